"""Commands that were shown before they are carried out: what each said, and what it would have done.

Their sender approves them with a code; what would be done then must still be what was shown.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import stamp

TABLES: Final = (
    """CREATE TABLE pending (
        id INTEGER PRIMARY KEY,
        message_id INTEGER NOT NULL UNIQUE REFERENCES messages (id),
        person_id TEXT NOT NULL REFERENCES people (id),
        verb TEXT NOT NULL, line TEXT NOT NULL, case_id INTEGER REFERENCES cases (id),
        sha256 TEXT NOT NULL, shown TEXT NOT NULL,
        at TEXT NOT NULL, settled_at TEXT, outcome TEXT NOT NULL DEFAULT ''
    ) STRICT""",
)
"""`shown` is what the proof said would be done, line by line; `message_id` the mail that gave the command."""


@dataclass(frozen=True, slots=True)
class Pending:
    """One command that waits for its sender's word."""

    id: int
    message: int
    person: str
    verb: str
    line: str
    case: int | None
    sha256: str
    shown: tuple[str, ...]
    outcome: str


def add(  # noqa: PLR0913 - what is to be known of a command
    db: Database,
    message: int,
    now: datetime,
    *,
    person: str,
    verb: str,
    line: str,
    case: int | None,
    sha256: str,
    shown: tuple[str, ...],
) -> int:
    """Keep a command until its sender approves it; shown anew, it is what was shown last."""
    [row] = db.execute(
        "INSERT INTO pending (message_id, person_id, verb, line, case_id, sha256, shown, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (message_id) DO UPDATE SET sha256 = excluded.sha256,"
        " shown = excluded.shown RETURNING id",
        (message, person, verb, line, case, sha256, "\n".join(shown), stamp(now)),
    ).fetchone()
    return int(row)


def by_id(db: Database, pending: int) -> Pending:
    """Return a command that waits, or waited. Raises LookupError when there is none such."""
    row = db.execute(
        "SELECT id, message_id, person_id, verb, line, case_id, sha256, shown, outcome FROM pending WHERE id = ?",
        (pending,),
    ).fetchone()
    if row is None:
        raise LookupError(pending)
    id_, message, person, verb, line, case, sha256, shown, outcome = row
    return Pending(id_, message, person, verb, line, case, sha256, tuple(shown.split("\n")), outcome)


def settle(db: Database, pending: int, outcome: str, now: datetime) -> bool:
    """Say what became of it; False where it was settled before."""
    done = db.execute(
        "UPDATE pending SET settled_at = ?, outcome = ? WHERE id = ? AND settled_at IS NULL",
        (stamp(now), outcome, pending),
    )
    return done.rowcount > 0


@contextmanager
def rolled_back(db: Database) -> Iterator[None]:
    """Try something out inside a transaction: nothing of it stays, and the transaction goes on."""
    db.execute("SAVEPOINT shown")
    try:
        yield
    finally:
        # A fault of the disk has ended the transaction already, and the savepoint with it.
        if db.conn.in_transaction:
            db.execute("ROLLBACK TO shown")
            db.execute("RELEASE shown")
