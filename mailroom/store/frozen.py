"""Groups of a case as they were when something was first sent to them: who was called stays called."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import stamp

TABLES: Final = (
    """CREATE TABLE frozen (
        id INTEGER PRIMARY KEY,
        case_id INTEGER NOT NULL REFERENCES cases (id),
        name TEXT NOT NULL, person_id TEXT REFERENCES people (id), at TEXT NOT NULL
    ) STRICT""",
    "CREATE UNIQUE INDEX frozen_once ON frozen (case_id, name, coalesce(person_id, ''))",
)
"""A row without a person says that the group was frozen, also where nobody was in it."""


def freeze(db: Database, case: int, name: str, those: Sequence[str], now: datetime) -> None:
    """Write down who is in a group from here on."""
    for person in (None, *those):
        db.execute(
            "INSERT INTO frozen (case_id, name, person_id, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (case, name, person, stamp(now)),
        )


def members(db: Database, case: int, name: str) -> tuple[str, ...] | None:
    """Return who is in a group, None while it has not been frozen."""
    found = db.execute(
        "SELECT coalesce(person_id, '') FROM frozen WHERE case_id = ? AND name = ? ORDER BY 1", (case, name)
    ).fetchall()
    return tuple(person for (person,) in found if person) if found else None


def groups_of(db: Database, case: int, person: str) -> frozenset[str]:
    """Return the frozen groups of a case that somebody is in."""
    rows = db.execute("SELECT name FROM frozen WHERE case_id = ? AND person_id = ?", (case, person))
    return frozenset(name for (name,) in rows)
