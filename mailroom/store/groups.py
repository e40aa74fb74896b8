"""Groups of people that mail may be for, and the dates that the records hold of people and cases."""

import json
from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from mailroom.store.guards import Facts


@dataclass(frozen=True, slots=True)
class Dated:
    """A date and whose it is: a person's id or a case's reference."""

    row: str
    day: str


def active_members(db: Database, today: date) -> list[str]:
    """Return the ids of members who take part now: active, and not on leave."""
    return _ids(
        db,
        "SELECT p.id FROM people AS p LEFT JOIN members AS m ON m.person_id = p.id"
        " WHERE p.kind = 'member' AND p.state = 'active' AND coalesce(m.leave_until, '') < ? ORDER BY p.id",
        today.isoformat(),
    )


def newsletter_readers(db: Database, today: date) -> list[str]:
    """Return the ids of those who take the newsletter and are not on leave, suspended or gone."""
    return _ids(
        db,
        "SELECT p.id FROM people AS p LEFT JOIN members AS m ON m.person_id = p.id WHERE p.newsletter = 1"
        " AND p.state NOT IN ('left', 'suspended', 'withdrawn', 'regret')"
        " AND coalesce(m.leave_until, '') < ? AND (p.state <> 'on_leave' OR m.leave_until IS NOT NULL) ORDER BY p.id",
        today.isoformat(),
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who takes the newsletter, with all that decides whether they are written to today.

    `address` is where, "" where none can be used; `form` is the form they asked for.
    """

    id: str
    name: str
    form: str
    address: str
    facts: Facts


def readers(db: Database) -> list[Reader]:
    """Return those who take the newsletter and have not left, by name: one question, however many they are."""
    rows = db.execute(
        "SELECT p.id, p.name, coalesce(m.format, ''), iif(a.status IN ('ok', 'soft'), a.email, ''),"
        " p.kind, p.state, coalesce(m.leave_until, ''), coalesce(m.recused_for, '[]'), coalesce(a.status, 'retired')"
        " FROM people AS p LEFT JOIN members AS m ON m.person_id = p.id"
        " LEFT JOIN addresses AS a ON a.person_id = p.id AND a.is_primary = 1"
        " WHERE p.newsletter = 1 AND p.state <> 'left' AND p.kind <> 'former' ORDER BY p.name, p.id"
    )
    return [Reader(person, name, form, address, _facts(person, *facts)) for person, name, form, address, *facts in rows]


def _facts(person: str, kind: str, state: str, leave: str, interests: str, status: str) -> Facts:
    places = tuple(json.loads(interests)) if interests != "[]" else ()
    return Facts(person, kind, state, True, leave, places, status)  # noqa: FBT003 - they take it


def vetting_ends(db: Database) -> list[Dated]:
    """Return the last day of each member's vetting, as far as it is known."""
    return _dates(
        db,
        "SELECT p.id, m.vetting_to FROM members AS m JOIN people AS p ON p.id = m.person_id"
        " WHERE m.vetting_to IS NOT NULL AND p.kind = 'member' AND p.state NOT IN ('left', 'leaving') ORDER BY p.id",
    )


def agreements_end(db: Database) -> list[Dated]:
    """Return the last day of each agreement with a partner."""
    return _dates(
        db,
        "SELECT id, agreement_until FROM people WHERE agreement_until IS NOT NULL AND state <> 'left' ORDER BY id",
    )


def meetings(db: Database) -> list[Dated]:
    """Return the day of each meeting that is open: the fact `date` of its case."""
    return _dates(
        db,
        "SELECT ref, json_extract(facts, '$.date') FROM cases WHERE kind = 'meeting' AND final = 0"
        " AND json_type(facts, '$.date') = 'text' ORDER BY ref",
    )


def _ids(db: Database, sql: str, today: str) -> list[str]:
    return [person for (person,) in db.execute(sql, (today,))]


def _dates(db: Database, sql: str) -> list[Dated]:
    return [Dated(str(row), str(day)) for row, day in db.execute(sql)]
