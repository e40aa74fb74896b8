from pathlib import Path

import pytest

from mailroom.cli.show import line_and_caret
from mailroom.errors import Problems
from mailroom.rules import ROLES, load
from mailroom.rules.vocabulary import CLASSES
from tests.unit.rules.conftest import LISTS, TEMPLATES, rules, shipped

pytestmark = pytest.mark.fast

# Where a bad file of each folder would stand in an office.
PLACES = {
    "rules": "rules/sorting/10-test.txt",
    "cases": "rules/cases/test.txt",
    "lists": "rules/lists.txt",
    "schedule": "rules/schedule.txt",
    "forms": "rules/forms/test.txt",
    "roles": "rules/roles.txt",
    "groups": "rules/groups.txt",
}
BAD = [path for folder in PLACES for path in sorted((Path(__file__).parents[2] / "bad" / folder).glob("*.txt"))]
GOOD = "Rule: Any\nIf from: anyone\nThen class: noise\n"


CASE = b"""
Case: Incident
Reference: INC
Owner: coordinator
Final: closed
If nothing happens: task to coordinator, 1 working day after entry
Stage: received
Then go to: triaged
Stage: triaged
When message: inc.advice
Then go to: closed
"""


def faults(bad: Path) -> str:
    """Return what a person reads about a bad file: sentences, and the lines with a caret."""
    place = PLACES[bad.parent.name]
    data = bad.read_bytes() + (LISTS if place == "rules/lists.txt" else b"")
    form = b"Form: Coming along\nField: date, a date\n"
    files = {"rules/lists.txt": LISTS, "rules/cases/incident.txt": CASE, "rules/forms/observation.txt": form}
    with pytest.raises(Problems) as caught:
        load(files | {place: data}, TEMPLATES, ROLES)
    shown = [
        part for problem in caught.value.problems for part in (str(problem), line_and_caret(problem, {place: data}))
    ]
    return "".join(f"{part}\n" for part in shown if part)


@pytest.mark.parametrize("bad", BAD, ids=[f"{path.parent.name}-{path.stem}" for path in BAD])
def test_each_bad_file_is_refused_in_the_words_beside_it_with_a_caret_under_the_word(bad: Path):
    assert bad.with_suffix(".expected").read_text() == faults(bad)


def test_the_shipped_rules_give_every_class():
    given = {rule.class_ for rule in shipped().rules}

    assert set(CLASSES) == given - {""}


def test_every_shipped_rule_about_words_has_examples_both_ways():
    for rule in shipped().rules:
        if any(not one.unless and one.look in {"subject", "text", "subject or text"} for one in rule.conditions):
            assert {True, False} == {example.caught for example in rule.examples}, rule.name


def test_what_an_editor_leaves_behind_is_not_read():
    litter = ("~$10-test.txt", "10-test.txt.bak", ".10-test.txt", "10-test.tmp", "10-test.txt~")
    files = {f"rules/sorting/{name}": b"rubbish" for name in litter}

    assert len(load(files | {"rules/sorting/10-test.txt": GOOD.encode()}, TEMPLATES, ROLES).rules) == 1


def test_files_are_asked_in_the_order_of_their_names():
    files = {f"rules/sorting/{name}.txt": GOOD.replace("Any", name).encode() for name in ("20-b", "10-a")}

    assert [rule.name for rule in load(files, TEMPLATES, ROLES).rules] == ["10-a", "20-b"]


def test_a_file_in_the_wrong_place_is_named():
    with pytest.raises(Problems, match=r"list\.txt: this file is in no place.*lists\.txt"):
        load({"rules/list.txt": LISTS}, TEMPLATES, ROLES)


def test_lists_without_the_words_of_danger_are_refused():
    with pytest.raises(Problems, match="the list “danger now” is missing"):
        load({"rules/lists.txt": b"List: worry\nWords: scared"}, TEMPLATES, ROLES)


def test_an_office_may_add_a_role():
    made = load({"rules/sorting/a.txt": GOOD.encode() + b"Then tell: night desk"}, TEMPLATES, ["night desk"])

    assert made.rules[0].actions[1].values == ("night_desk", "notice/told")


def test_faults_of_all_files_come_together_in_order():
    files = {"rules/sorting/b.txt": b"Rule: B\nIf form: x", "rules/sorting/a.txt": b"Rule: A\nThen class: x"}
    with pytest.raises(Problems) as caught:
        load(files, TEMPLATES, ROLES)

    assert [(problem.file, problem.line) for problem in caught.value.problems] == [
        ("rules/sorting/a.txt", 2),
        ("rules/sorting/b.txt", 2),
    ]


def test_an_example_may_be_right_by_danger_words():
    examples = "Should catch: he is following me\nShould not catch: hello"
    made = rules(f"Rule: D\nIf flag: danger\nThen file in: Danger\n{examples}")

    assert [rule.name for rule in made.rules] == ["D"]
