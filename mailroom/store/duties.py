"""Which occurrences of which duties have run: a duty runs once per occurrence, across restarts."""

from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from mailroom.clock import moment, stamp


def last_due(db: Database, duty: str) -> datetime | None:
    """Return the moment of the newest occurrence that ran, None when the duty never did."""
    [found] = db.execute("SELECT max(due_at) FROM duty_runs WHERE duty = ?", (duty,)).fetchone()
    return moment(found) if found else None


def has_run(db: Database, key: str) -> bool:
    """Tell whether an occurrence, such as digest:2027-01-04, has run."""
    return db.execute("SELECT 1 FROM duty_runs WHERE key = ?", (key,)).fetchone() is not None


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
