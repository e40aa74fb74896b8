"""Bring people and open work into the office: all of a file, or nothing and every fault of it.

Each function is called inside one `Store.immediate()`. Importing a file twice changes nothing the
second time.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.errors import Problems
from mailroom.office import cases_file, people_file
from mailroom.office.tables import Faults, Layout
from mailroom.rules import ROLES
from mailroom.store import cases as store_cases
from mailroom.store import journal
from mailroom.store import people as store_people

IsFinal = Callable[[str, str], bool]
"""Tells of a kind and a stage whether a case rests there for good."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file changed: ids of people, or references of cases."""

    file: str
    noun: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    """Those that were as the file says, or, for cases, that the office has moved on with since."""

    def __str__(self) -> str:
        """`people.csv: 32 people added, 1 changed, 4 left as they were.`"""
        added = f"{len(self.added)} {self.noun} added"
        return f"{self.file}: {added}, {len(self.changed)} changed, {len(self.kept)} left as they were."


def people(db: Database, data: bytes, file: str, now: datetime, *, roles: Collection[str] = ROLES) -> Imported:
    """Enter the people of a people.csv, or bring them up to date. Raises Problems, one a fault.

    `roles` are those of the office: what every office has, and what its roles.txt adds.
    """
    faults = Faults(file)
    directory = {person.id: person for person in store_people.everyone(db)}
    found = people_file.read(data, directory, store_people.owners(db), faults, roles)
    _refuse(faults)
    changed = [person for person in found if directory.get(person.id) != person]
    for person in changed:
        store_people.save(db, person)
    result = Imported(
        file,
        "people",
        tuple(person.id for person in changed if person.id not in directory),
        tuple(person.id for person in changed if person.id in directory),
        tuple(person.id for person in found if directory.get(person.id) == person),
    )
    journal.write(db, now, "imported", str(result))
    return result


def ends(kind: str, stage: str) -> bool:  # noqa: ARG001 - one answer for every kind
    """Tell whether a stage ends a case, by its name alone."""
    return stage in cases_file.FINAL


def cases(db: Database, data: bytes, file: str, now: datetime, *, is_final: IsFinal = ends) -> Imported:
    """Enter the cases of a cases.csv; a reference the office has already is left as it is.

    Their numbers are taken from the counters, so that none is given out again. Raises Problems.
    """
    return _work(db, data, file, now, cases_file.CASES, is_final)


def actions(db: Database, data: bytes, file: str, now: datetime, *, is_final: IsFinal = ends) -> Imported:
    """Enter the actions of an actions.csv, each a case of kind action. Raises Problems."""
    return _work(db, data, file, now, cases_file.ACTIONS, is_final)


def _work(db: Database, data: bytes, file: str, now: datetime, layout: Layout, is_final: IsFinal) -> Imported:
    faults = Faults(file)
    directory = {person.id: person for person in store_people.everyone(db)}
    found = cases_file.read(data, layout, directory, faults)
    for work in found:
        known = store_cases.by_ref(db, work.ref)
        if known is not None and known.kind != work.kind:
            expected = "Expected that kind, or another reference"
            faults.add(work.line, f"{work.ref} is of kind {known.kind} in the office. {expected}")
    _refuse(faults)
    added = [work for work in found if store_cases.by_ref(db, work.ref) is None]
    for work in added:
        if work.number:
            store_cases.reserve(db, *work.number)
        case = store_cases.add(
            db, work.ref, work.kind, work.stage, now, owner=work.owner, requester=work.requester, place=work.place,
            text=work.text, due=work.due, final=is_final(work.kind, work.stage), facts=work.facts,
        )  # fmt: skip
        why = f"{file}, line {work.line}"
        store_cases.record(db, case, now, event="imported", to_stage=work.stage, why=why, message=None)
    kept = tuple(work.ref for work in found if work not in added)
    noun = "actions" if layout is cases_file.ACTIONS else "cases"
    result = Imported(file, noun, tuple(work.ref for work in added), (), kept)
    journal.write(db, now, "imported", str(result))
    return result


def _refuse(faults: Faults) -> None:
    if faults.found:
        raise Problems(sorted(faults.found, key=lambda problem: problem.line))
