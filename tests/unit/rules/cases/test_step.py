import pytest

from mailroom.rules.cases import (
    Actor,
    At,
    CaseReached,
    Commanded,
    Decided,
    DigestLine,
    Entered,
    Event,
    Flagged,
    FormCame,
    GoTo,
    MessageLinked,
    Record,
    Send,
    Tell,
    TimeCame,
    Unforeseen,
    commands,
    step,
    timers,
)
from mailroom.rules.forms import Filled
from tests.unit.rules.cases.conftest import NOTHING, STRANGER, Known, examples, made, member, role
from tests.unit.rules.conftest import somebody

pytestmark = pytest.mark.fast

BRIEF = Filled({"reply by": "12:00"}, ())


@pytest.fixture(scope="module")
def cases():
    return examples()


def kinds(found) -> list[str]:
    return [type(one).__name__ for one in found.effects]


def went(found) -> str:
    return next((one.stage for one in found.effects if isinstance(one, GoTo)), "")


def test_entering_does_the_leading_lines_in_order_and_says_where_they_stand(cases):
    found = step(cases["incident"], "received", Entered(), NOTHING)

    assert kinds(found) == ["Send", "Send", "GoTo"]
    assert found.why == At("rules/cases/incident.txt", 12)
    assert [one.at.line for one in found.effects] == [13, 14, 15]


def test_a_guard_that_holds_lets_the_list_go_on(cases):
    found = step(cases["observation"], "requested", Entered(), NOTHING)

    assert [one.template for one in found.effects if isinstance(one, Send)] == ["observation/form"]
    assert went(found) == "form_out"
    assert found.failed is None


def test_a_guard_that_fails_does_its_otherwise_lines_and_no_more(cases):
    found = step(cases["observation"], "requested", Entered(), Known(failing=("inducted",)))

    assert [one.template for one in found.effects if isinstance(one, Send)] == ["observation/declined"]
    assert went(found) == "declined"
    assert found.failed is not None
    assert (found.failed.public, found.failed.private) == ("not inducted", "requester fails inducted")


def test_a_line_whose_condition_does_not_hold_is_left_out(cases):
    found = step(cases["observation"], "requested", Entered(), Known(health_words="asthma"))

    assert [one.template for one in found.effects if isinstance(one, Send)] == [
        "observation/form", "observation/health-note",
    ]  # fmt: skip


def test_the_first_when_that_fits_answers(cases):
    called = step(cases["incident"], "open", MessageLinked("inc.advice", member("called")), NOTHING)
    other = step(cases["incident"], "open", MessageLinked("inc.advice", member()), NOTHING)

    assert kinds(called) == ["Record", "Send", "Send"]
    assert [one.apart for one in other.effects if isinstance(one, Record)] == [True]


def test_stage_any_answers_what_the_stage_itself_does_not(cases):
    late = step(cases["incident"], "summarised", MessageLinked("inc.advice", member("called")), NOTHING)

    assert [one.late for one in late.effects if isinstance(one, Record)] == [True]


def test_a_final_stage_waits_for_nothing(cases):
    found = step(cases["observation"], "cancelled", Commanded("cancel", role("coordinator")), NOTHING)

    assert kinds(found) == ["Unforeseen"]


def test_what_fits_nothing_is_for_a_person(cases):
    unforeseen: list[Event] = [
        MessageLinked("noise", STRANGER),
        Commanded("sing", role("coordinator")),
        FormCame("agreement", STRANGER, BRIEF),
    ]
    for event in unforeseen:
        (one,) = step(cases["incident"], "open", event, NOTHING).effects
        assert isinstance(one, Unforeseen)
    ignored: list[Event] = [
        Flagged("tor", STRANGER), Decided("nothing"), CaseReached("gold", "asked"), TimeCame(At("x", 1)),
    ]  # fmt: skip
    for event in ignored:
        assert step(cases["incident"], "open", event, NOTHING).effects == ()


def test_a_command_counts_from_its_roles_only_and_with_its_form(cases):
    incident = cases["incident"]
    release = Commanded("release", role("coordinator"), BRIEF)

    assert went(step(incident, "triaged", release, NOTHING)) == "open"
    assert kinds(step(incident, "triaged", Commanded("release", role("coordinator")), NOTHING)) == ["Unforeseen"]
    assert kinds(step(incident, "triaged", Commanded("release", role("press"), BRIEF), NOTHING)) == ["Unforeseen"]
    assert went(step(incident, "triaged", release, Known(failing=("fit to release",)))) == "brief_draft"


def test_a_command_that_needs_a_reason_has_words_beside_it(cases):
    chief = role("chief_inspector")

    assert kinds(step(cases["gold"], "asked", Commanded("decline", chief), NOTHING)) == ["Unforeseen"]
    assert went(step(cases["gold"], "asked", Commanded("decline", chief, words="Not now."), NOTHING)) == "declined"
    assert [one.reason for one in commands(cases["gold"], "asked", "decline")] == [True]
    assert commands(cases["gold"], "asked", "sing") == ()


def test_whoever_is_left_out_is_left_out(cases):
    host = Actor(somebody("officer", roles=("authoriser",)), groups=frozenset({"host"}))

    assert went(step(cases["observation"], "ra_done", Commanded("authorise", role("authoriser")), NOTHING))
    assert kinds(step(cases["observation"], "ra_done", Commanded("authorise", host), NOTHING)) == ["Unforeseen"]


def test_a_yes_is_told_from_a_no(cases):
    host = member("host")

    assert went(step(cases["observation"], "agreed", MessageLinked("obs.process", host, says="yes"), NOTHING))
    assert kinds(step(cases["observation"], "agreed", MessageLinked("obs.process", host, says="no"), NOTHING)) == [
        "Unforeseen",
    ]  # fmt: skip


def test_whoever_asked_is_known_as_the_requester(cases):
    asked = MessageLinked("inc.request", role("officer", is_requester=True))

    assert went(step(cases["incident"], "summarised", asked, NOTHING)) == "feedback_received"


def test_an_approval_and_a_refusal_are_two_events():
    case = made(
        "Stage: a\nThen hold: note, incident/call to requester, for coordinator\nWhen approved: note\n"
        "Then go to: closed\nWhen refused: note\nThen go to: withdrawn\n"
    )
    assert went(step(case, "a", Decided("note"), NOTHING)) == "closed"
    assert went(step(case, "a", Decided("note", refused=True), NOTHING)) == "withdrawn"


def test_a_flag_is_an_event_of_its_own(cases):
    assert kinds(step(cases["incident"], "open", Flagged("gold_suggestion", member("called")), NOTHING)) == ["Open"]
    assert step(cases["incident"], "open", Flagged("gold_suggestion", member()), NOTHING).effects == ()


def test_each_clock_is_answered_by_its_line(cases):
    incident = cases["incident"]
    nudge, ends, deadline = timers(incident, "open")
    told = step(incident, "open", TimeCame(nudge.at), NOTHING)

    assert [one.to[0].only for one in told.effects if isinstance(one, Send)] == ["silent"]
    assert (nudge.at_least, nudge.hours) == (360, "not_quiet")
    assert went(step(incident, "open", TimeCame(ends.at), NOTHING)) == "closed_for_advice"
    (asked,) = step(incident, "open", TimeCame(deadline.at), NOTHING).effects
    assert isinstance(asked, Tell)
    assert (asked.roles, deadline.kind) == (("coordinator",), "deadline")


def test_a_chase_is_a_clock_for_each_of_its_moments(cases):
    chases = [one for one in timers(cases["incident"], "summarised") if one.kind == "chase"]

    assert [(one.n, one.moment.amount) for one in chases] == [(0, 0), (1, 5), (0, 10)]
    owed = step(cases["incident"], "summarised", TimeCame(chases[1].at), NOTHING).effects[0]
    line = step(cases["incident"], "summarised", TimeCame(chases[2].at), NOTHING).effects[0]
    assert isinstance(owed, Send)
    assert owed.template == "incident/feedback-owed"
    assert isinstance(line, DigestLine)
    assert line.roles == ("chief_inspector",)


def test_a_stage_of_its_own_deadline_has_no_other():
    case = made(
        "Stage: a\nIf nothing happens: task to cover, 2 days after entry\nWhen command: ON, from cover\n"
        "Then go to: b\nStage: b\nWhen command: CLOSE, from cover\nThen go to: closed\n"
    )
    assert [one.moment.amount for one in timers(case, "a")] == [2]
    assert [one.moment.amount for one in timers(case, "b")] == [1]
    assert timers(case, "closed") == ()
    (told,) = step(case, "a", TimeCame(timers(case, "a")[0].at), NOTHING).effects
    assert isinstance(told, Tell)
    assert told.roles == ("cover",)


def test_what_is_repeated_says_so_with_its_clock():
    case = made(
        "Stage: a\nChase: danger/alert to coordinator; cover, every 10 minutes, any hour\n"
        "When command: CLOSE, from coordinator\nThen go to: closed\n"
    )
    first = timers(case, "a")[0]

    assert first.every is not None
    assert (first.kind, first.moment.amount, first.every.amount, first.hours) == ("chase", 10, 10, "any")


def test_a_stage_the_file_no_longer_has_still_answers(cases):
    assert kinds(step(cases["incident"], "forgotten", MessageLinked("noise", STRANGER), NOTHING)) == ["Unforeseen"]
    assert step(cases["incident"], "forgotten", Entered(), NOTHING).effects == ()
