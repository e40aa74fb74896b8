"""Which occurrences of which duties have run: a duty runs once per occurrence, across restarts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from mailroom.clock import moment, stamp


@dataclass(frozen=True, slots=True)
class Run:
    """One occurrence that was run."""

    key: str
    due: datetime
    ran_at: datetime


def last_due(db: Database, duty: str) -> datetime | None:
    """Return the moment of the newest occurrence that ran, None when the duty never did."""
    [found] = db.execute("SELECT max(due_at) FROM duty_runs WHERE duty = ?", (duty,)).fetchone()
    return moment(found) if found else None


def is_settled(db: Database, key: str) -> bool:
    """Tell whether an occurrence needs nothing more: it was done, or let go as stale. A failed one is tried again."""
    found = db.execute("SELECT 1 FROM duty_runs WHERE key = ? AND outcome <> 'failed'", (key,)).fetchone()
    return found is not None


def last_done(db: Database, duty: str) -> datetime | None:
    """Return when a duty last did its work, None when it never did."""
    [found] = db.execute("SELECT max(ran_at) FROM duty_runs WHERE duty = ? AND outcome = 'done'", (duty,)).fetchone()
    return moment(found) if found else None


def failed_last(db: Database, duty: str) -> Run | None:
    """Return the newest occurrence of a duty, if it failed."""
    row = db.execute(
        "SELECT key, due_at, ran_at, outcome FROM duty_runs WHERE duty = ? ORDER BY due_at DESC LIMIT 1", (duty,)
    ).fetchone()
    return Run(row[0], moment(row[1]), moment(row[2])) if row and row[3] == "failed" else None


def record(
    db: Database,
    key: str,
    duty: str,
    due: datetime,
    now: datetime,
    outcome: Literal["done", "stale", "failed"],
    words: str,
) -> None:
    """Write down that an occurrence ran; a failed one may be written over by its repetition."""
    db.execute(
        "INSERT INTO duty_runs VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET ran_at = excluded.ran_at,"
        " outcome = excluded.outcome, words = excluded.words",
        (key, duty, stamp(due), stamp(now), outcome, words),
    )
