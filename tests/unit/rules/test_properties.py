"""Nothing at all crashes the reader of rules, and nothing loads that says something else than it shows."""

import contextlib
import string
from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.errors import Problem, Problems
from mailroom.rules import ROLES, RuleSet, load
from mailroom.rules.lines import parse_lines
from mailroom.rules.ruleset import TOP
from tests.unit.rules.conftest import LISTS, TEMPLATES
from tests.unit.rules.test_ruleset import CASE, PLACES

SORTING = """\
# The meeting.
Rule: Replies about a meeting
Note: Partners answer by telephone.
If from: any member; recused member
If subject or text contains: RSVP; can't attend; {worry};
  cannot come
Unless message is: automatic reply; reply to a poll
Unless date: from 24 December to 2 January
Then class: mtg.rsvp
Then file in: Meetings/Replies
Then tell: coordinator; cover with danger/alert
Then remind: coordinator in 3 working days, if still unanswered
Then move: incident to triaged
Status: trial
Should catch: RSVP for Tuesday
Should not catch: from any member: hello

Rule: Papers
If trust: verified
If attachment name ends with: .docx; .pdf
Then flag: access
Then strip attachments: .docx
Then do not index
Stop
"""
FORM = """\
Form: Coming along
Field: date, a date
Field: risk, one of low; high
"""
SCHEDULE = """\
Send: digest
Every: Monday, 07:30
Or: next working day
To: chief inspector
"""
FILES = {
    PLACES["rules"]: SORTING,
    PLACES["schedule"]: SCHEDULE,
    "rules/lists.txt": LISTS.decode(),
    "rules/cases/incident.txt": CASE.decode(),
    "rules/forms/observation.txt": FORM,
}
WORDS = [
    *("Rule", "If from", "If text contains", "Unless", "Then class", "Then file in", "Stop", "Status", "Should catch"),
    *("Note", "any member", "noise", "trial", "List", "Words", "Send", "Every", "Case", "Stage", "Form", "Field"),
    *("a date", "{worry}", ":", ": ", ";", ",", "#", '"', "“", "”", "'", "{", "}", "/", "\n", "\n\n", "\r\n", " "),
    *("\t", "\u00a0", "–", "\ufeff", "\0"),
]


def loaded(**changed: str) -> RuleSet | tuple[Problem, ...]:
    """Load the files, some of them changed; or return what is wrong with them."""
    named = {PLACES[kind]: text for kind, text in changed.items()}
    try:
        return load({name: text.encode() for name, text in (FILES | named).items()}, TEMPLATES, ROLES)
    except Problems as refused:
        return refused.problems


def said(value: object) -> object:
    """Return what a value says, without where it stands."""
    if is_dataclass(value) and not isinstance(value, type):
        return tuple((one.name, said(getattr(value, one.name))) for one in fields(value) if one.name not in WHERE)
    if isinstance(value, dict):
        return tuple((key, said(one)) for key, one in value.items())
    return tuple(map(said, value)) if isinstance(value, tuple | list) else value


WHERE = {"line", "file", "column", "by_head", "gaps"}
PLAIN = load({name: text.encode() for name, text in FILES.items()}, TEMPLATES, ROLES)


def facts_of(found: RuleSet) -> int:
    """Count what a set of rules says of its sorting file, a fact a line."""
    return sum(
        1
        + len(rule.conditions)
        + len(rule.actions)
        + len(rule.examples)
        + len(rule.notes)
        + rule.stop
        + (rule.status != "on")
        for rule in found.rules
    )


def test_every_labelled_line_of_a_file_is_a_fact_of_the_set():
    assert facts_of(PLAIN) == len(parse_lines(SORTING, "a.txt"))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=8)), max_size=40).map("".join))
@pytest.mark.parametrize("kind", PLACES)
def test_no_text_at_all_crashes_the_reader(kind: str, text: str):
    found = loaded(**{kind: text})

    if not isinstance(found, RuleSet):
        assert found
        assert all(one.text and one.file.startswith(TOP) and one.line >= 0 and one.column >= 0 for one in found)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=200))
@pytest.mark.parametrize("place", FILES)
def test_no_bytes_at_all_crash_the_reader(place: str, data: bytes):
    files = {name: text.encode() for name, text in FILES.items()} | {place: data}
    with contextlib.suppress(Problems):
        load(files, TEMPLATES, ROLES)


@st.composite
def slipped(draw: st.DrawFn) -> tuple[str, str]:
    """Return the sorting file with a letter put in, left out, changed or swapped, and the row it happened in."""
    at = draw(st.integers(0, len(SORTING) - 1))
    letter = draw(st.sampled_from(string.ascii_letters + string.digits + ":;,.#{}\"' /\n-"))
    how = draw(st.sampled_from(["put in", "left out", "changed", "swapped"]))
    row = SORTING[SORTING.rfind("\n", 0, at) + 1 : (SORTING.find("\n", at) + 1 or len(SORTING))]
    match how:
        case "put in":
            return SORTING[:at] + letter + SORTING[at:], row
        case "left out":
            return SORTING[:at] + SORTING[at + 1 :], row
        case "changed":
            return SORTING[:at] + letter + SORTING[at + 1 :], row
        case _:
            return SORTING[:at] + SORTING[at : at + 2][::-1] + SORTING[at + 2 :], row


@settings(max_examples=200, deadline=None)
@given(slipped())
def test_a_slip_of_one_letter_is_refused_or_every_line_still_counts(made: tuple[str, str]):
    text, _ = made
    found = loaded(rules=text)
    if not isinstance(found, RuleSet):
        return

    assert facts_of(found) == len(parse_lines(text, "a.txt")), "a line was passed over"
    # Of the words of the language, no slip makes another one.
    assert chosen(found) <= chosen(PLAIN)


def chosen(found: RuleSet) -> set[object]:
    """Return the words of closed lists that the rules name: classes, flags, roles, templates, stages, kinds of mail."""
    closed = {"class", "flag", "tell", "move", "do not index"}
    actions = {value for rule in found.rules for one in rule.actions if one.verb in closed for value in one.values}
    conditions = {line for rule in found.rules for line in rule.conditions}
    looks = {value for line in conditions if line.look in {"trust", "message is"} for value in line.values}
    return actions | looks | {one.kind for line in conditions for one in line.groups}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_only_looks_different_means_the_same(data: st.DataObject):
    rows = SORTING.split("\n")
    for number, row in enumerate(rows):
        label, colon, value = row.partition(":")
        if colon and not row.startswith(("#", " ")) and data.draw(st.booleans()):
            label = data.draw(
                st.sampled_from([label.upper(), label.lower(), f"  {label}", label.replace(" ", "\u00a0 ")])
            )
            value = data.draw(st.sampled_from([value, f"{value}  ", f" \t{value}", value.replace("'", "’")]))
            rows[number] = f"{label}{colon}{value}"
    found = loaded(rules=data.draw(st.sampled_from(["\n", "\r\n", "\r"])).join(rows))

    assert isinstance(found, RuleSet), found
    assert _folded(said(found.rules)) == _folded(said(PLAIN.rules))


def _folded(value: object) -> str:
    return str(value).replace("’", "'").casefold()
