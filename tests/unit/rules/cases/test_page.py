import pytest

from mailroom.rules.cases import catalogue, sending
from mailroom.rules.cases.blocks import LABELS
from mailroom.rules.cases.checks import CATALOGUE, OF_PERSON
from mailroom.rules.cases.doing import EFFECTS
from mailroom.rules.cases.head import LABELS as HEAD_LABELS
from mailroom.rules.cases.page import page
from mailroom.rules.cases.waiting import TRIGGERS
from mailroom.rules.catalogue import Entry
from tests.unit.rules.cases.conftest import made, office
from tests.unit.rules.conftest import ROOT

pytestmark = pytest.mark.fast

RENEW = "python -c 'from mailroom.rules.cases.page import page; print(page(), end=str())' > docs/cases.md"
HEAD = """\
Case: Worry
Reference: WORRY
Owner: coordinator
Read: place, a place; wanted by, a time; day, a date with hours; level, one of low, high
Group called: members who are active
Group host: the observation_host of place
If nothing happens: task to coordinator, 1 working day after entry
Final: closed; withdrawn
"""
STAGE = "Stage: a\nThen hold: summary, incident/summary to requester, for coordinator\n"
LEAVE = "When command: CLOSE, from coordinator\nThen go to: closed\n"
ENTRIES = [*catalogue.WHENS, *catalogue.EFFECTS, *catalogue.CHASES]


def test_the_page_in_docs_is_what_the_program_prints():
    assert (ROOT / "docs" / "cases.md").read_text(encoding="utf-8") == page(), RENEW


def test_every_line_of_the_language_is_on_the_page():
    named = {entry.name.casefold() for entry in (*catalogue.HEAD, *ENTRIES)}
    wanted = {"group name", "read", "chase", *HEAD_LABELS, *(f"when {one}" for one in TRIGGERS)}
    wanted |= {f"then {one}" for one in EFFECTS}

    assert named == wanted
    for label in LABELS:
        word = label.removeprefix("otherwise ")
        assert f"{label.capitalize()}" in page() or f"Then {word}" in page(), label


def test_every_check_and_way_to_send_is_on_the_page():
    for kinds in CATALOGUE.values():
        for name in kinds:
            assert f"| `{name}` |" in page(), name
    for name in (*sending.SENDING, *sending.HOLDING, *sending.TELLING):
        assert f"| `{name}` |" in page(), name
    assert "not on leave" in OF_PERSON["on leave"].means


@pytest.mark.parametrize("entry", catalogue.HEAD, ids=lambda entry: entry.name)
def test_each_line_of_the_head_is_read_as_the_page_shows_it(entry: Entry):
    for line in entry.lines:
        label = line.partition(":")[0]
        head = "\n".join(one for one in HEAD.splitlines() if not one.startswith(f"{label}:"))
        groups = {"rules/groups.txt": b"Group: called\nWho: members who are active\n"} if "as in groups" in line else {}
        head = head.replace("Group called: members who are active\n", "") if groups else head
        assert office(groups, worry=f"{head}\n{line}\n{STAGE}{LEAVE}").cases["worry"].first == "a"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_each_line_of_a_stage_is_read_as_the_page_shows_it(entry: Entry):
    gold = {"gold": (ROOT / "tests" / "cases" / "gold.txt").read_text(encoding="utf-8")}
    gold["gold"] = gold["gold"].replace(" of the linked case", "").replace("to called", "to requester")
    for line in entry.lines:
        if line.startswith("When"):
            body = f"{STAGE}Then open: gold, linked\n{line}\nThen go to: closed\n"
        elif line.startswith("Chase"):
            body = f"{STAGE}{line}\n{LEAVE}"
        else:
            form = "command: RELEASE with form brief, from coordinator" if "form" in line else "message: concern"
            body = f"{STAGE}When {form}\n{line}\n{LEAVE}"
        assert office(worry=HEAD + body, **gold).cases["worry"].stages


@pytest.mark.parametrize("moment", [moment for moment, _ in catalogue.MOMENTS])
def test_each_moment_is_read_as_the_page_shows_it(moment: str):
    line = f"Then set: due = {moment}\n" if "now" in moment else f"Chase: task to coordinator, {moment}\n"

    assert made(f"Stage: a\n{line}{LEAVE}", HEAD).stages


@pytest.mark.parametrize("person", [name.partition(",")[0] for name, _ in catalogue.PEOPLE if "linked" not in name])
def test_each_reader_is_named_as_the_page_shows_it(person: str):
    body = f"Stage: a\nWhen message: concern\nThen send: incident/received to {person}\nThen go to: closed\n"

    assert made(body, HEAD).stages


def test_the_process_at_the_top_of_the_page_can_be_loaded():
    gold = page().split("```")[1]

    assert office(gold=gold).cases["gold"].verbs == {"agreed", "decline"}


def test_the_checks_on_the_page_can_be_read():
    lines = page().split("## If and Otherwise")[1].split("```")[1].strip()

    assert made(f"Stage: a\n{lines}\n{LEAVE}", HEAD).stages[0].entering


def test_the_roles_and_groups_on_the_page_can_be_loaded():
    role, group = page().split("## Roles and groups")[1].split("```")[1::2]
    files = {"rules/roles.txt": role.encode(), "rules/groups.txt": group.encode()}

    found = office(files, worry=HEAD.replace("Group called: members who are active\n", "") + STAGE + LEAVE)
    assert (set(found.roles), set(found.groups)) == ({"night_desk"}, {"called"})
