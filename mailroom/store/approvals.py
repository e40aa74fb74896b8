"""Sendings that wait for a person's word: what each says, to whom, when it goes, and what was said about it.

What is approved is a hash of the words. Whoever changes a word after that has a text that nobody has approved.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlite_utils import Database

from mailroom.clock import moment, stamp
from mailroom.store import codes

State = Literal["waiting", "approved", "sent", "cancelled", "missed"]

TABLES: Final = (
    """CREATE TABLE approvals (
        id INTEGER PRIMARY KEY,
        batch TEXT NOT NULL UNIQUE CHECK (batch <> ''),
        title TEXT NOT NULL, case_id INTEGER REFERENCES cases (id),
        template TEXT NOT NULL, variables TEXT NOT NULL, sha256 TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'sent', 'cancelled', 'missed')),
        version INTEGER NOT NULL DEFAULT 1,
        due_at TEXT NOT NULL, shown INTEGER NOT NULL DEFAULT 0,
        by TEXT NOT NULL DEFAULT '', settled_at TEXT, created_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX approvals_open ON approvals (due_at) WHERE state IN ('waiting', 'approved')",
    "ALTER TABLE codes RENAME TO codes_before",
    "DROP INDEX codes_subject",
    """CREATE TABLE codes (
        code TEXT PRIMARY KEY,
        person_id TEXT NOT NULL REFERENCES people (id),
        about TEXT NOT NULL CHECK (about IN ('rules', 'mail', 'sending')), subject_id INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        issued_at TEXT NOT NULL, expires_at TEXT NOT NULL,
        used TEXT NOT NULL DEFAULT '', used_at TEXT
    ) STRICT""",
    "INSERT INTO codes SELECT * FROM codes_before",
    "DROP TABLE codes_before",
    "CREATE INDEX codes_subject ON codes (about, subject_id)",
)
"""`shown` is how many people the last proof named; `version` counts the proofs."""


@dataclass(frozen=True, slots=True)
class Approval:
    """One sending as it stands. `by` is who approved it, or said no."""

    id: int
    batch: str
    title: str
    case: int | None
    template: str
    variables: Mapping[str, Any]
    sha256: str
    state: State
    version: int
    due_at: datetime
    shown: int
    by: str


_COLUMNS = "id, batch, title, case_id, template, variables, sha256, state, version, due_at, shown, by"


def propose(  # noqa: PLR0913 - what a sending is made of
    db: Database,
    batch: str,
    now: datetime,
    *,
    title: str,
    case: int | None,
    template: str,
    variables: Mapping[str, object],
    sha256: str,
    due_at: datetime,
) -> Approval:
    """Enter a sending, or its new words: either way nobody has approved it from here on.

    One that has gone stays as it is.
    """
    db.execute(
        "INSERT INTO approvals (batch, title, case_id, template, variables, sha256, state, due_at, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?) ON CONFLICT (batch) DO UPDATE SET title = excluded.title,"
        " template = excluded.template, variables = excluded.variables, sha256 = excluded.sha256, state = 'waiting',"
        " version = version + 1, due_at = excluded.due_at, by = '', settled_at = NULL WHERE state <> 'sent'",
        (batch, title, case, template, json.dumps(variables), sha256, stamp(due_at), stamp(now)),
    )
    found = by_batch(db, batch)
    assert found is not None  # noqa: S101 - it was entered just now
    return found


def by_id(db: Database, approval: int) -> Approval:
    """Return a sending. Raises LookupError when there is none such."""
    found = next(iter(_found(db, "id = ?", approval)), None)
    if found is None:
        raise LookupError(approval)
    return found


def by_batch(db: Database, batch: str) -> Approval | None:
    """Return a sending by its name."""
    return next(iter(_found(db, "batch = ?", batch)), None)


def of_case(db: Database, case: int) -> Approval | None:
    """Return the newest sending about a case."""
    return next(iter(_found(db, "case_id = ? ORDER BY id DESC", case)), None)


def pending(db: Database) -> list[Approval]:
    """Return the sendings that wait for a word or for their time, the soonest first."""
    return _found(db, "state IN ('waiting', 'approved') ORDER BY due_at, id")


def show(db: Database, approval: int, people: int) -> None:
    """Write down how many people a proof named."""
    db.execute("UPDATE approvals SET shown = ? WHERE id = ?", (people, approval))


def settle(db: Database, approval: Approval, state: State, by: str, now: datetime) -> bool:
    """Write down what was said or done about a sending; False where its words or its state have changed meanwhile."""
    done = db.execute(
        "UPDATE approvals SET state = ?, by = ?, settled_at = ? WHERE id = ? AND state = ? AND sha256 = ?",
        (state, by, stamp(now), approval.id, approval.state, approval.sha256),
    )
    return done.rowcount > 0


def void(db: Database, approval: int, now: datetime) -> None:
    """Let no code count any more that was given for a sending: its words have changed, or it was stopped."""
    codes.void(db, "sending", approval, codes.REPLACED, now)


def last_count(db: Database, like: str, but: str) -> int:
    """Return how many mails the newest sent sending of a kind had, 0 where there was none; `like` is `newsletter:%`."""
    row = db.execute(
        "SELECT count(*) FROM outbox WHERE batch = (SELECT batch FROM approvals WHERE state = 'sent' AND batch LIKE ?"
        " AND batch <> ? ORDER BY due_at DESC LIMIT 1) AND batch <> ''",
        (like, but),
    ).fetchone()
    return int(row[0])


def _found(db: Database, where: str, *values: object) -> list[Approval]:
    found = []
    for row in db.execute(f"SELECT {_COLUMNS} FROM approvals WHERE {where}", values):  # noqa: S608 - our own words
        number, batch, title, case, template, variables, sha256, state, version, due_at, shown, by = row
        about = (number, batch, title, case, template, json.loads(variables), sha256, state)
        found.append(Approval(*about, version, moment(due_at), shown, by))
    return found
