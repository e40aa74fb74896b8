"""Which occurrences of which duties have run: a duty runs once per occurrence, across restarts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlite_utils import Database

from mailroom.clock import moment, stamp

Outcome = Literal["done", "stale", "failed", "trial"]

TABLES: Final = (
    """CREATE TABLE new_duty_runs (
        key TEXT PRIMARY KEY, duty TEXT NOT NULL,
        due_at TEXT NOT NULL, ran_at TEXT NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('done', 'stale', 'failed', 'trial')), words TEXT NOT NULL
    ) STRICT""",
    "INSERT INTO new_duty_runs SELECT key, duty, due_at, ran_at, outcome, words FROM duty_runs",
    "DROP TABLE duty_runs",
    "ALTER TABLE new_duty_runs RENAME TO duty_runs",
    "CREATE INDEX duty_runs_duty ON duty_runs (duty, due_at)",
    "CREATE INDEX duty_runs_ran ON duty_runs (ran_at)",
)

AHEAD: Final = timedelta(days=1)
"""What is written down as done later than this from now was written by a clock that ran wrong."""


@dataclass(frozen=True, slots=True)
class Run:
    """One occurrence that was run, let go or tried."""

    key: str
    duty: str
    due: datetime
    ran_at: datetime
    outcome: Outcome
    words: str


def last_due(db: Database, duty: str, now: datetime) -> datetime | None:
    """Return the moment of the newest occurrence up to now that is written down, None when there is none."""
    [found] = db.execute(
        "SELECT max(due_at) FROM duty_runs WHERE duty = ? AND due_at <= ? AND ran_at <= ?",
        (duty, stamp(now), stamp(now + AHEAD)),
    ).fetchone()
    return moment(found) if found else None


def settled(db: Database, keys: Iterable[str], now: datetime) -> set[str]:
    """Return which of these occurrences need nothing more. A failed one does, and one a wrong clock let go."""
    return {
        key
        for key in keys
        if db.execute(
            "SELECT 1 FROM duty_runs WHERE key = ? AND (outcome = 'done' OR outcome <> 'failed' AND ran_at <= ?)",
            (key, stamp(now + AHEAD)),
        ).fetchone()
    }


def last_done(db: Database, duty: str, now: datetime) -> datetime | None:
    """Return when a duty last did its work before now, None when it never did."""
    [found] = db.execute(
        "SELECT max(ran_at) FROM duty_runs WHERE duty = ? AND outcome = 'done' AND ran_at <= ?", (duty, stamp(now))
    ).fetchone()
    return moment(found) if found else None


def failed(db: Database, duty: str) -> list[Run]:
    """Return the occurrences of a duty that failed and have not been settled since, oldest first."""
    rows = db.execute(
        "SELECT key, duty, due_at, ran_at, outcome, words FROM duty_runs WHERE duty = ? AND outcome = 'failed'"
        " ORDER BY due_at",
        (duty,),
    )
    return [_run(row) for row in rows]


def between(db: Database, outcome: Outcome, since: datetime, until: datetime) -> list[Run]:
    """Return what ended like this after one moment, up to and including another, in order of when it was due."""
    rows = db.execute(
        "SELECT key, duty, due_at, ran_at, outcome, words FROM duty_runs WHERE outcome = ? AND ran_at > ?"
        " AND ran_at <= ? ORDER BY duty, due_at, key",
        (outcome, stamp(since), stamp(until)),
    )
    return [_run(row) for row in rows]


def record(
    db: Database,
    key: str,
    duty: str,
    due: datetime,
    now: datetime,
    outcome: Outcome,
    words: str,
) -> None:
    """Write down how an occurrence ended; what is written of it before is written over."""
    db.execute(
        "INSERT INTO duty_runs VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET ran_at = excluded.ran_at,"
        " outcome = excluded.outcome, words = excluded.words",
        (key, duty, stamp(due), stamp(now), outcome, words),
    )


def _run(row: tuple[str, str, str, str, Outcome, str]) -> Run:
    key, duty, due, ran_at, outcome, words = row
    return Run(key, duty, moment(due), moment(ran_at), outcome, words)
