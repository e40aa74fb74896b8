import pytest

from mailroom.errors import Problems
from mailroom.rules import ROLES, load
from mailroom.rules.actions import ACTIONS
from tests.unit.rules.conftest import LISTS, TEMPLATES
from tests.unit.rules.test_ruleset import CASE

pytestmark = pytest.mark.fast

FORM = b"Form: Coming along\nField: date, a date\n"
FACTS = b"Read: severity, one of low, high; kind of place, words\n"


def values(line: str) -> tuple[str, tuple[str, ...]]:
    """Return an action line as the program keeps it."""
    files = {
        "rules/sorting/a.txt": f"Rule: One\nIf from: any member\n{line}\n".encode(),
        "rules/lists.txt": LISTS,
        "rules/cases/incident.txt": CASE.replace(b"Stage: received", FACTS + b"Stage: received"),
        "rules/forms/observation.txt": FORM,
    }
    action = load(files, TEMPLATES, ROLES).rules[0].actions[0]
    return action.verb, action.values


@pytest.mark.parametrize(
    ("line", "verb", "kept"),
    [
        ("Then move: Incident to Triaged", "move", ("incident", "triaged")),
        ("Then move: incident to closed", "move", ("incident", "closed")),
        ("Then record: observation", "record", ("observation",)),
        ("Then record: Observation.txt", "record", ("observation",)),
        ("Then remind: coordinator in 3 working days", "remind", ("coordinator", "3", "")),
        (
            "Then remind: coordinator; Chief Inspector in 1 working day, if still unanswered",
            "remind",
            ("coordinator", "chief_inspector", "1", "unanswered"),
        ),
        ("Then remind: cover, in 10 working days if still it is open", "remind", ("cover", "10", "open")),
        ("Then hold: a  person reads it\n  first", "hold", ("a person reads it first",)),
        ("Then restrict: health matters; money", "restrict", ("health matters; money",)),
        ("Then quarantine: it looks like bait", "quarantine", ("it looks like bait",)),
        ("Then strip attachments: any", "strip attachments", ("any",)),
        ("Then strip attachments: .DOCX; pdf; *.docx", "strip attachments", (".docx", ".pdf")),
        ("Then strip attachments: .pdf; all", "strip attachments", ("any",)),
        ("Then do not index", "do not index", ()),
        ("Then do not index.", "do not index", ()),
        ("Then do not index: yes", "do not index", ()),
        ("Then bin in: 30 days", "bin in", ("30",)),
        ("Then bin in: 030", "bin in", ("30",)),
        ("Then link to: the case it answers", "link", ("the case it answers",)),
        ("Then link: incident", "link", ("incident",)),
        ("Then tell: coordinator, straight away With danger/alert", "tell", ("coordinator", "danger/alert")),
        ("Then forward to: press office", "forward to", ("press", "notice/forwarded")),
        ("Then flag: Gold suggestion; tor; tor", "flag", ("gold_suggestion", "tor")),
        ("Then file in: Meetings / Replies", "file in", ("Meetings/Replies",)),
        ("Then open: Incident", "open", ("incident",)),
        ("Then open: incident with Severity High", "open", ("incident", "severity", "high")),
        ("Then open: incident with kind of place platform", "open", ("incident", "kind of place", "platform")),
    ],
)
def test_each_action_is_kept_in_one_form_however_it_is_written(line: str, verb: str, kept: tuple[str, ...]):
    assert values(line) == (verb, kept)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Then remind: coordinator in 0 working days", "after 1 to 250 working days"),
        ("Then remind: coordinator in 3 days", "says whom and when"),
        ("Then remind: in 3 working days", "says whom and when"),
        ("Then bin in: 6 days", "a bin is kept for 7 to 3650 days"),
        ("Then bin in: soon", "“soon” is no number of days"),
        ("Then bin: yes", "no rule can bin a message"),
        ("Then erase: yes", "no rule can erase a message"),
        ("Then file in: Trash/Old", "no rule can delete a message"),
        ("Then file in: Junk", "no rule can delete a message"),
        ("Then do not index: no", "stands alone"),
        ("Then move: incident", "needs a kind of case and a stage"),
        ("Then file in: A; B", "takes one value; “B” is a second"),
        ("Then reply with: incident/received; danger/answer", "takes one value"),
        ("Then tell: ;", "has nothing after its colon"),
        ("Then tell: coordinator with incident/nothing", "there is no template “incident/nothing”"),
        ("Then open: incident with high", "needs a fact of the case and what it is"),
        ("Then open: incident with severty high", "reads no fact “severty”"),
        ("Then open: incident with severity hight", "is low or high in cases/incident.txt, never “hight”"),
    ],
)
def test_an_action_that_cannot_be_meant_is_refused(line: str, sentence: str):
    with pytest.raises(Problems, match=sentence):
        values(line)


def test_no_action_of_the_language_deletes():
    assert not {"delete", "remove", "erase", "discard"} & ACTIONS.keys()
