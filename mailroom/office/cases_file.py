"""cases.csv and actions.csv: the work an office brings with it (design, section 10).

    ref, kind, stage, owner, due, text, facts
    INC-2026-009, incident, closed, coordinator, , , place=Northgate

`owner` is a role or a person of the directory, by id, name or address. `facts` holds anything else as
`key=value; …`; of these, `place` and `requester` are facts every case has. A line of actions.csv is a case of kind
action, and needs no kind or stage.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailroom.office import tables
from mailroom.office.tables import Faults, Layout, Row
from mailroom.store.people import Person

COLUMNS = ("ref", "kind", "stage", "owner", "due", "text", "facts")
CASES = Layout(COLUMNS, ("ref", "kind", "stage"))
ACTIONS = Layout(COLUMNS, ("ref", "text"))
REFERENCE = re.compile(r"[A-Z]{2,6}-[A-Z0-9]+(-[A-Z0-9]+)*")
NUMBERED = re.compile(r"([A-Z]{2,6})-(\d{4})-(\d{1,6})")
"""A reference that takes its number out of the counter of its kind and year."""
FINAL = frozenset(
    {"closed", "done", "reported", "withdrawn", "declined", "cancelled", "completed", "published", "rejected"},
)
"""Stages that end a case of any kind, where its own file does not say."""
COMMON_ROLES = ("coordinator", "cover", "chief_inspector")


@dataclass(frozen=True, slots=True)
class OpenWork:
    """One line of such a file, read; `number` is its (prefix, year, n) or None."""

    line: int
    ref: str
    kind: str
    stage: str
    owner: str
    due: str | None
    text: str
    place: str
    requester: str
    facts: Mapping[str, str]
    number: tuple[str, int, int] | None


def read(data: bytes, layout: Layout, directory: Mapping[str, Person], faults: Faults) -> list[OpenWork]:
    """Return the lines of a file; every fault is added to `faults`, and what is returned counts only without any."""
    who = _Who(directory)
    work: list[OpenWork] = []
    lines: dict[str, int] = {}
    for row in tables.read(data, layout, faults):
        ref = row["ref"].upper()
        if not REFERENCE.fullmatch(ref):
            faults.add(row.line, f"“{row['ref']}” is no reference. Expected one such as ACT-2026-021")
        elif ref in lines:
            faults.add(row.line, f"{ref} stands on line {lines[ref]} as well. Expected one line each")
        lines.setdefault(ref, row.line)
        work.append(_work(row, ref, who, faults, action=layout is ACTIONS))
    return work


class _Who:
    """Finds the person or role an owner is named by."""

    def __init__(self, directory: Mapping[str, Person]) -> None:
        self._names: dict[str, str] = {}
        for role in (*COMMON_ROLES, *(role for person in directory.values() for role in person.roles)):
            self._names[role] = role
            self._names[role.replace("_", " ")] = role
        for person in directory.values():
            for word in (person.name, *person.emails, person.id):
                self._names[word.casefold()] = person.id

    def find(self, word: str) -> str:
        return self._names.get(word.casefold(), "")

    def nearest(self, word: str) -> str:
        return tables.nearest(word, list(self._names))


def _work(row: Row, ref: str, who: _Who, faults: Faults, *, action: bool) -> OpenWork:
    facts = _facts(row, faults)
    stage = tables.canonical(row["stage"]) or ("open" if action else "")
    kind = "action" if action else tables.canonical(row["kind"])
    if action and tables.canonical(row["kind"]) not in ("", "action"):
        faults.add(row.line, f"“{row['kind']}” stands among the actions. Expected kind action, or import it as cases")
    for column, value, such_as in (("kind", kind, "incident"), ("stage", stage, "open")):
        if not value:
            faults.add(row.line, f"{ref} has no {column}. Expected a word such as {such_as}")
    if action and not row["text"]:
        faults.add(row.line, f"{ref} has no text. Expected what is to be done")
    found = NUMBERED.fullmatch(ref)
    return OpenWork(
        row.line,
        ref,
        kind,
        stage,
        _owner(row, row["owner"], "owner", who, faults),
        _due(row, faults),
        row["text"],
        facts.pop("place", ""),
        _owner(row, facts.pop("requester", ""), "requester", who, faults),
        facts,
        (found[1], int(found[2]), int(found[3])) if found else None,
    )


def _owner(row: Row, word: str, column: str, who: _Who, faults: Faults) -> str:
    owner = who.find(word)
    if word and not owner:
        expected = "Expected a role, or a person of the directory (import people.csv first)."
        faults.add(row.line, f"nobody is known as {column} “{word}”. {expected}", who.nearest(word))
    return owner


def _due(row: Row, faults: Faults) -> str | None:
    if not row["due"]:
        return None
    try:
        return tables.day(row["due"])
    except ValueError:
        faults.add(row.line, f"“{row['due']}” under due is no date. Expected the form 2027-01-31 or 31/01/2027")
        return None


def _facts(row: Row, faults: Faults) -> dict[str, str]:
    facts: dict[str, str] = {}
    for piece in tables.several(row["facts"]):
        key, equals, value = piece.partition("=")
        if not equals or not tables.canonical(key):
            faults.add(row.line, f"“{piece}” under facts says nothing. Expected key=value, with “;” between several")
            continue
        facts[tables.canonical(key)] = value.strip()
    return facts
