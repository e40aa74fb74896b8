"""Timers of cases: what is due when, as rows. They are written as a case enters a stage and go as it leaves it.

Nothing runs while nothing is due: one index says what is, and everything else stays unread.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlite_utils import Database

from mailroom.clock import moment, stamp

TABLES: Final = (
    """CREATE TABLE case_timers (
        id INTEGER PRIMARY KEY,
        case_id INTEGER NOT NULL REFERENCES cases (id),
        key TEXT NOT NULL,
        file TEXT NOT NULL, line INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('when', 'chase', 'deadline')),
        n INTEGER NOT NULL DEFAULT 0,
        due_at TEXT NOT NULL, done_at TEXT,
        UNIQUE (case_id, key)
    ) STRICT""",
    "CREATE INDEX case_timers_due ON case_timers (due_at, id) WHERE done_at IS NULL",
    """CREATE TABLE case_seen (
        id INTEGER PRIMARY KEY,
        case_id INTEGER NOT NULL REFERENCES cases (id), key TEXT NOT NULL, at TEXT NOT NULL,
        UNIQUE (case_id, key)
    ) STRICT""",
)
"""`key` says which clock of which line; `n` counts how often it has come. `case_seen` holds each event that a case
has answered: the same event again changes nothing."""

Kind = Literal["when", "chase", "deadline"]


@dataclass(frozen=True, slots=True)
class Due:
    """A timer whose time has come."""

    id: int
    case: int
    key: str
    file: str
    line: int
    kind: Kind
    n: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """A timer as it is to stand: `key` within its case, the line it belongs to, and when it comes."""

    key: str
    file: str
    line: int
    kind: Kind
    due_at: datetime


_COLUMNS: Final = "id, case_id, key, file, line, kind, n, due_at"


def due(db: Database, now: datetime, limit: int = 1000) -> list[Due]:
    """Return the timers whose time has come, the longest due first."""
    return _found(db, "done_at IS NULL AND due_at <= ? ORDER BY due_at, id LIMIT ?", stamp(now), limit)


def still_due(db: Database, timer: int, now: datetime) -> bool:
    """Tell whether a timer is due yet: something before it may have ended its stage."""
    return bool(_found(db, "id = ? AND done_at IS NULL AND due_at <= ?", timer, stamp(now)))


def of_case(db: Database, case: int) -> list[Due]:
    """Return what a case still waits for, the soonest first."""
    return _found(db, "case_id = ? AND done_at IS NULL ORDER BY due_at, id", case)


def next_due(db: Database) -> str:
    """Return when the next timer comes, "" when none runs."""
    [at] = db.execute("SELECT min(due_at) FROM case_timers WHERE done_at IS NULL").fetchone()
    return at or ""


def write(db: Database, case: int, clocks: Iterable[Clock]) -> None:
    """Let exactly these clocks run for a case. One that has not come takes its new time.

    One that has come stays come, unless its time has been put off until later: then it comes once more.
    """
    wanted = {one.key: one for one in clocks}
    running = _standing(db, case)
    for key, (done, n, due_at, line, file) in running.items():
        one = wanted.pop(key, None)
        if one is None:
            if not done:
                db.execute("DELETE FROM case_timers WHERE case_id = ? AND key = ?", (case, key))
        elif done and stamp(one.due_at) > max(done, due_at):
            db.execute(
                "UPDATE case_timers SET due_at = ?, done_at = NULL, line = ?, file = ? WHERE case_id = ? AND key = ?",
                (stamp(one.due_at), one.line, one.file, case, key),
            )
        elif not done and (due_at, line, file) != (stamp(one.due_at), one.line, one.file):
            # One that repeats is set to its next turn, and that does not hang on when it began.
            db.execute(
                "UPDATE case_timers SET due_at = ?, line = ?, file = ? WHERE case_id = ? AND key = ?",
                (due_at if n else stamp(one.due_at), one.line, one.file, case, key),
            )
    for one in wanted.values():
        db.execute(
            "INSERT INTO case_timers (case_id, key, file, line, kind, due_at) VALUES (?, ?, ?, ?, ?, ?)",
            (case, one.key, one.file, one.line, one.kind, stamp(one.due_at)),
        )


def keys(db: Database, case: int) -> frozenset[str]:
    """Return every clock of a case by its key, those that have come included."""
    return frozenset(_standing(db, case))


def stop(db: Database, case: int) -> None:
    """Let nothing run any more, nor count as having come: the case has left its stage."""
    db.execute("DELETE FROM case_timers WHERE case_id = ?", (case,))


def done(db: Database, timer: int, now: datetime) -> None:
    """Write down that a timer has come."""
    db.execute("UPDATE case_timers SET done_at = ?, n = n + 1 WHERE id = ?", (stamp(now), timer))


def again(db: Database, timer: int, at: datetime) -> None:
    """Let a timer that has come do so once more."""
    db.execute("UPDATE case_timers SET n = n + 1, due_at = ? WHERE id = ?", (stamp(at), timer))


def put_off(db: Database, timer: int, at: datetime) -> None:
    """Look at a timer again later: what it was to do failed."""
    db.execute("UPDATE case_timers SET due_at = ? WHERE id = ?", (stamp(at), timer))


def has_task(db: Database, case: int, role: str) -> bool:
    """Tell whether a role is asked already what the next step of a case is."""
    row = db.execute(
        "SELECT 1 FROM tasks WHERE case_id = ? AND role = ? AND done_at IS NULL AND key LIKE 'deadline:%' LIMIT 1",
        (case, role),
    ).fetchone()
    return row is not None


def see(db: Database, case: int, key: str, now: datetime) -> bool:
    """Note that a case is about to answer an event; False when it has answered it before."""
    added = db.execute(
        "INSERT INTO case_seen (case_id, key, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (case, key, stamp(now))
    )
    return added.rowcount > 0


def untimed(db: Database, files: Mapping[str, str], limit: int = 2000) -> list[tuple[int, str, str]]:
    """Return open cases whose timers are not those of their process file as it is today: (id, kind, was).

    `files` is the hash of each process file by its kind.
    """
    found: list[tuple[int, str, str]] = []
    for kind, sha in files.items():
        for other in ("<", ">"):  # each a range of the index; “unlike” would read all of it
            found += db.execute(
                "SELECT id, kind, timed_by FROM cases INDEXED BY cases_timed"  # noqa: S608 - our own words
                f" WHERE final = 0 AND kind = ? AND timed_by {other} ? LIMIT ?",
                (kind, sha, limit),
            ).fetchall()
    return found


def timed(db: Database, case: int, by: str) -> None:
    """Write down which process file a case's timers are those of."""
    db.execute("UPDATE cases SET timed_by = ? WHERE id = ? AND timed_by <> ?", (by, case, by))


def _standing(db: Database, case: int) -> dict[str, tuple[str, int, str, int, str]]:
    return {
        key: (done or "", n, due_at, line, file)
        for key, done, n, due_at, line, file in db.execute(
            "SELECT key, done_at, n, due_at, line, file FROM case_timers WHERE case_id = ?", (case,)
        )
    }


def _found(db: Database, where: str, *values: object) -> list[Due]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM case_timers WHERE {where}", values)  # noqa: S608 - our own words
    return [
        Due(number, case, key, file, line, kind, n, moment(at)) for number, case, key, file, line, kind, n, at in rows
    ]
