"""When somebody who holds a role is away, by their own word or by that of whoever stands in for them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import stamp

TABLES: Final = (
    """CREATE TABLE absences (
        id INTEGER PRIMARY KEY,
        person_id TEXT NOT NULL REFERENCES people (id),
        first TEXT NOT NULL, last TEXT NOT NULL CHECK (last >= first),
        said_by TEXT NOT NULL, said_at TEXT NOT NULL, message_id INTEGER REFERENCES messages (id),
        ended_at TEXT
    ) STRICT""",
    "CREATE INDEX absences_person ON absences (person_id) WHERE ended_at IS NULL",
)
"""`first` and `last` are days, both of them away; `ended_at` is when somebody said that it is over."""


@dataclass(frozen=True, slots=True)
class Absence:
    """One absence that stands."""

    id: int
    person: str
    first: date
    last: date
    said_by: str


def add(db: Database, person: str, first: date, last: date, said_by: str, message: int | None, now: datetime) -> int:
    """Enter an absence; what was said of the same person before, and is not over, no longer counts."""
    end(db, person, now, first)
    [row] = db.execute(
        "INSERT INTO absences (person_id, first, last, said_by, said_at, message_id) VALUES (?, ?, ?, ?, ?, ?)"
        " RETURNING id",
        (person, first.isoformat(), last.isoformat(), said_by, stamp(now), message),
    ).fetchone()
    return int(row)


def end(db: Database, person: str, now: datetime, since: date) -> int:
    """End somebody's absences that last until a day or longer; returns how many there were."""
    return db.execute(
        "UPDATE absences SET ended_at = ? WHERE person_id = ? AND ended_at IS NULL AND last >= ?",
        (stamp(now), person, since.isoformat()),
    ).rowcount


def on(db: Database, person: str, day: date) -> Absence | None:
    """Return the absence that somebody has on a day, None where they are here."""
    row = db.execute(
        "SELECT id, person_id, first, last, said_by FROM absences WHERE person_id = ?1 AND ended_at IS NULL"
        " AND first <= ?2 AND last >= ?2 ORDER BY id DESC LIMIT 1",
        (person, day.isoformat()),
    ).fetchone()
    return Absence(row[0], row[1], date.fromisoformat(row[2]), date.fromisoformat(row[3]), row[4]) if row else None
