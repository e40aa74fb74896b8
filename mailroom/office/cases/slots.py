"""Labelled lines beside APPROVE: a fact that the case reads is a slot, and its value needs no new code.

The code is for the text with its slots open. A value is read as the case reads that fact; where the draft shows it, the
draft is written anew with it, which counts as the one that was approved only if nothing else in it has changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlite_utils import Database

from mailroom.office.cases import readers
from mailroom.office.cases.readers import Text
from mailroom.office.office import Office
from mailroom.rules.cases import CaseFile, Hold, Reading
from mailroom.rules.cases.graph import blocks, effects
from mailroom.rules.lines import Line
from mailroom.store import case_facts, cases, people
from mailroom.store.case_drafts import Draft

MOST: Final = 4
"""Lines that a proof lists."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the lines beside a word: `values` by fact, `lines` as they were understood, and what was not."""

    values: Mapping[str, str]
    lines: tuple[str, ...]
    unread: str = ""
    other: tuple[str, ...] = ()
    """Labels that the case reads nothing from; they are a note."""


def listed(office: Office, db: Database, draft: Draft) -> list[str]:
    """Return what a proof says may stand beside APPROVE: `Pack: yes or no`; what is unknown, or shown in the draft."""
    process = office.rules.cases.get(cases.by_id(db, draft.case).kind)
    if process is None:
        return []
    known = case_facts.known(db, draft.case)
    shown = [one for one in process.read if one.fact not in known or is_shown(office, process, draft, one.fact)]
    return [f"{one.fact.capitalize()}: {_expected(one)}" for one in shown][:MOST]


def read(office: Office, db: Database, draft: Draft, lines: Sequence[Line], text: Text) -> Filled:
    """Read the lines beside APPROVE as the case reads those facts."""
    process = office.rules.cases.get(cases.by_id(db, draft.case).kind)
    wanted = {one.fact: one for one in process.read} if process is not None else {}
    values: dict[str, str] = {}
    other: list[str] = []
    for line in lines:
        one = wanted.get(line.label)
        if one is None:
            other.append(line.label.capitalize())
            continue
        said = Text("", f"{one.fact}: {line.value}", text.at, text.zone, people.places(db), office.rules.lists)
        if not readers.labelled(one, said):
            return Filled(
                {}, (), f"“{line.label.capitalize()}: {line.value}” can't be read; expected {_expected(one)}."
            )
        values[one.fact] = line.value
    return Filled(values, tuple(f"{fact.capitalize()}: {value}." for fact, value in values.items()), other=tuple(other))


def is_shown(office: Office, process: CaseFile, draft: Draft, fact: str) -> bool:
    """Tell whether a draft's text shows a fact."""
    name = f"facts.{fact.replace(' ', '_')}"
    made = (office.templates.mails.get(one.template) for one in holds(process, draft.name))
    return any(one is not None and name in f"{one.source.subject}\n{one.source.body}" for one in made)


def holds(process: CaseFile, name: str) -> Iterator[Hold]:
    """Give the lines of a process that hold drafts under a name."""
    for stage in blocks(process):
        for items in (stage.entering, *(when.then for when in stage.whens)):
            yield from (one for one in effects(items) if isinstance(one, Hold) and one.name == name)


def _expected(one: Reading) -> str:
    return " or ".join(one.choices) if one.choices else one.reader
