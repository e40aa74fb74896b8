from pathlib import Path

import pytest

from mailroom.errors import Problems
from mailroom.rules import ROLES, load
from mailroom.rules.case_old import Entered, Flag, GoTo, MessageLinked, Send, Tell, step
from tests.unit.rules.conftest import TEMPLATES, rules, shipped, somebody

pytestmark = pytest.mark.fast

EXAMPLES = Path(__file__).parents[4] / "shared" / "examples"
HEAD = "Case: Concern\nReference: CONC\nOwner: coordinator; cover when she is away\nFinal: closed\n"
WAITS = "When message: concern from requester\nThen go to: closed\n"
SORTING = "Rule: Any\nIf from: anyone\nThen class: concern\n"


@pytest.fixture(scope="module")
def incident():
    return shipped().cases["incident"]


def test_entering_an_incident_answers_the_officer_alerts_three_and_moves_on(incident):
    effects = step(incident, incident.first, Entered())

    assert [
        Send("incident/received", ("requester",), any_hour=True, file=incident.file, line=effects[0].line),
        Send(
            "incident/alert",
            ("coordinator", "cover", "chief_inspector"),
            any_hour=True,
            file=incident.file,
            line=effects[1].line,
        ),
        GoTo("triaged", incident.file, effects[2].line),
    ] == list(effects)
    assert all(effect.line > 0 for effect in effects)


def test_advice_of_a_recused_member_is_kept_apart_and_others_get_nothing(incident):
    recused = somebody("member", recused_for=("Millgate",))

    told = step(incident, "triaged", MessageLinked("inc.advice", recused, is_requester=False, place="Millgate"))
    assert [(one.template, one.to) for one in told if isinstance(one, Send)] == [("incident/kept-apart", ("sender",))]
    assert (
        step(incident, "triaged", MessageLinked("inc.advice", recused, is_requester=False, place="Harrow Vale")) == ()
    )
    assert step(incident, "triaged", MessageLinked("inc.advice", somebody("member"), is_requester=False)) == ()


def test_an_interest_counts_while_the_place_is_unknown(incident):
    recused = somebody("member", recused_for=("Millgate",))

    assert step(incident, "triaged", MessageLinked("inc.advice", recused, is_requester=False))


def test_the_first_when_that_fits_is_taken_and_any_stage_only_after_it():
    text = (
        HEAD + "Stage: received\n"
        "When message: concern from requester\nThen tell: coordinator\n"
        "When message: concern from any member\nThen tell: cover\n"
        "Stage: any\nWhen message: concern\nThen flag: complaint hint\n"
    )
    case = rules(SORTING, cases__concern=text).cases["concern"]
    told = [
        step(case, "received", MessageLinked("concern", somebody("member"), is_requester=True)),
        step(case, "received", MessageLinked("concern", somebody("member"), is_requester=False)),
        step(case, "received", MessageLinked("concern", somebody(), is_requester=False)),
    ]

    assert [one.roles for effects in told for one in effects if isinstance(one, Tell)] == [("coordinator",), ("cover",)]
    assert [one.flag for one in told[2] if isinstance(one, Flag)] == ["complaint_hint"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("Stage: a\n", "neither waits for anything nor is final"),
        (f"Stage: a\n{WAITS}Stage: b\n{WAITS}", "no case ever reaches the stage “b”"),
        ("Stage: a\nThen go to: b\nStage: b\nThen go to: a\n", "pass a case round for ever"),
        ("Stage: a\nThen go to: clsoed\n", "there is no stage “clsoed”. Did you mean “closed”"),
        (f"Stage: a\n{WAITS}Then tell: coordinator\n", "nothing can follow “Then go to”"),
        (f"Stage: a\nThen send: incident/recieved to requester\n{WAITS}", "Did you mean “incident/received”"),
        (f"Stage: a\nThen send: incident/received to requestor\n{WAITS}", "Did you mean “requester”"),
        (f"Stage: a\nThen send: incident/received\n{WAITS}", "needs a template and a recipient"),
        (f"Stage: a\nThen tel: coordinator\n{WAITS}", "Did you mean “Then tell”"),
        ("Stage: a\nWhen message: concern from any membr\nThen tell: cover\n", "Did you mean “any member”"),
        ("Stage: a\nWhen command: CLOSE, from coordinator\n", "is not followed yet by this version"),
        (f"Stage: a\n{WAITS}Stage: a\n{WAITS}", "stands twice"),
        ("", "needs at least one stage"),
    ],
)
def test_a_case_file_that_cannot_work_is_refused_in_a_sentence(body: str, sentence: str):
    with pytest.raises(Problems) as caught:
        rules(SORTING, cases__concern=HEAD + body)

    assert sentence.replace(". Did", ". Did") in str(caught.value)


def test_two_cases_cannot_share_a_reference():
    with pytest.raises(Problems, match="already that of"):
        rules(SORTING, cases__concern=HEAD + "Stage: a\n" + WAITS, cases__other=HEAD + "Stage: a\n" + WAITS)


def test_a_rule_cannot_open_a_case_on_a_class_it_does_not_open_on():
    case = HEAD + "Opens on: concern from anyone\nStage: a\n" + WAITS
    with pytest.raises(Problems, match="opens only on concern"):
        rules("Rule: Any\nIf from: anyone\nThen class: noise\nThen open: concern", cases__concern=case)


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared examples are not beside this checkout")
def test_the_full_language_is_refused_line_by_line_and_never_crashes():
    for path in sorted(EXAMPLES.glob("*.txt")):
        with pytest.raises(Problems) as caught:
            load({f"rules/cases/{path.name}": path.read_bytes()}, TEMPLATES, ROLES)
        assert all(problem.text for problem in caught.value.problems)
