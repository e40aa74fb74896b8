from pathlib import Path

import pytest

from mailroom.rules import ROLES, load
from mailroom.rules.actions import ACTIONS
from mailroom.rules.catalogue import ACTIONS as DESCRIBED_ACTIONS
from mailroom.rules.catalogue import CONDITIONS, Entry
from mailroom.rules.looks import LOOKS
from mailroom.rules.page import page
from mailroom.rules.ruleset import RuleSet
from tests.unit.rules.conftest import LISTS, ROOT, TEMPLATES

pytestmark = pytest.mark.fast

CASES = {
    f"rules/cases/{name}.txt": f"Case: {name}\nReference: {reference}\nOwner: coordinator\nFinal: closed\n"
    "Read: right, one of foi, sar\n"
    "If nothing happens: task to coordinator, 1 working day after entry\n"
    f"Stage: {stage}\nWhen message: noise\nThen go to: closed\n".encode()
    for name, reference, stage in (
        ("incident", "INC", "triaged"),
        ("concern", "CONC", "received"),
        ("rights", "RIGHTS", "open"),
    )
}
FORM = {"rules/forms/observation.txt": b"Form: Coming along\nField: date, a date"}


def loaded(condition: str, action: str) -> RuleSet:
    rule = f"Rule: One\nIf from: anyone\n{condition}\n{action}\n"
    return load({"rules/sorting/a.txt": rule.encode(), "rules/lists.txt": LISTS} | CASES | FORM, TEMPLATES, ROLES)


RENEW = "python -c 'from mailroom.rules.page import page; print(page(), end=str())' > docs/rules.md"


def test_the_page_in_docs_is_what_the_program_prints():
    assert Path(ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == page(), RENEW


def test_every_condition_and_action_of_the_language_is_on_the_page():
    assert [entry.name for entry in CONDITIONS] == list(LOOKS)
    assert [entry.name for entry in DESCRIBED_ACTIONS] == list(ACTIONS)


@pytest.mark.parametrize("entry", CONDITIONS, ids=lambda entry: entry.name)
def test_each_condition_is_written_as_the_page_shows_it(entry: Entry):
    for line in entry.lines:
        condition = loaded(line, "Then class: noise").rules[0].conditions[1]
        assert (condition.look, condition.written.casefold()) == (entry.name, line.casefold())


@pytest.mark.parametrize("entry", DESCRIBED_ACTIONS, ids=lambda entry: entry.name)
def test_each_action_is_written_as_the_page_shows_it(entry: Entry):
    for line in entry.lines:
        assert loaded("If trust: verified", line).rules[0].actions[0].verb == entry.name


def test_the_rule_at_the_top_of_the_page_can_be_loaded():
    rule = page().split("```")[1]
    lists = LISTS + b"List: coming or not\nWords: I am coming"
    made = load({"rules/sorting/a.txt": rule.encode(), "rules/lists.txt": lists}, TEMPLATES, ROLES).rules[0]

    assert (len(made.conditions), len(made.actions), made.stop, len(made.examples), len(made.notes)) == (
        3,
        2,
        True,
        2,
        1,
    )
