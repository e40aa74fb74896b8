"""What people missed: mails withdrawn or returned because their address could not be used. Each is settled once.

Nobody has to remember to look: whoever has an address again and something unsettled here is found by `reachable`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlite_utils import Database

from mailroom.clock import stamp
from mailroom.store.guards import Guard
from mailroom.store.outbox import MailKind

TABLES: Final = (
    """CREATE TABLE missed (
        outbox_id INTEGER PRIMARY KEY REFERENCES outbox (id) ON DELETE CASCADE,
        person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        at TEXT NOT NULL,
        held INTEGER NOT NULL DEFAULT 0, returned INTEGER NOT NULL DEFAULT 0,
        outcome TEXT NOT NULL DEFAULT '' CHECK (outcome IN ('', 'written', 'dropped')), settled_at TEXT,
        CHECK ((outcome = '') = (settled_at IS NULL))
    ) STRICT""",
    "CREATE INDEX missed_unsettled ON missed (person_id) WHERE outcome = ''",
)
"""`held`: a person had not approved the mail when it was withdrawn; `returned`: it was sent, and came back."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A mail its owner never had. `expires` and `case` are as the outbox has them."""

    id: int
    key: str
    template: str
    created_at: str
    expires: str
    held: bool
    case_is_closed: bool


def note(db: Database, mail: int, now: datetime, *, held: bool = False, returned: bool = False) -> None:
    """Note that somebody missed a mail; direct answers and mails to nobody of the directory are not missed."""
    db.execute(
        "INSERT INTO missed (outbox_id, person_id, at, held, returned) SELECT id, person_id, ?, ?, ? FROM outbox"
        " WHERE id = ? AND person_id IS NOT NULL AND kind NOT IN ('ack', 'danger') ON CONFLICT DO NOTHING",
        (stamp(now), int(held), int(returned), mail),
    )


def reachable(db: Database) -> list[str]:
    """Return who missed something and can be written to again."""
    return [
        person
        for (person,) in db.execute(
            "SELECT DISTINCT m.person_id FROM missed AS m INDEXED BY missed_unsettled JOIN addresses AS a"
            " ON a.person_id = m.person_id AND a.is_primary = 1 AND a.status IN ('ok', 'soft')"
            " WHERE m.outcome = '' ORDER BY m.person_id"
        )
    ]


def unsettled(db: Database, person: str) -> list[Missed]:
    """Return what somebody missed and nothing was done about yet, oldest first.

    What an undo has put back into the outbox since was not missed.
    """
    return [
        Missed(row, key, template, created_at, expires, bool(held), bool(closed))
        for row, key, template, created_at, expires, held, closed in db.execute(
            "SELECT o.id, o.key, o.template, o.created_at, coalesce(o.expires, ''), m.held, coalesce(c.final, 0)"
            " FROM missed AS m JOIN outbox AS o ON o.id = m.outbox_id LEFT JOIN cases AS c ON c.id = o.case_id"
            " WHERE m.person_id = ? AND m.outcome = ''"
            " AND iif(m.returned, o.state IN ('sent', 'failed'), o.state = 'cancelled') ORDER BY o.id",
            (person,),
        )
    ]


def settle(db: Database, mail: int, outcome: Literal["written", "dropped"], now: datetime) -> None:
    """Record what was done about a missed mail."""
    db.execute("UPDATE missed SET outcome = ?, settled_at = ? WHERE outbox_id = ?", (outcome, stamp(now), mail))


def codes_of(db: Database, person: str) -> tuple[str, ...]:
    """Return the one-time codes that wait for somebody's word: they work for nobody else."""
    return tuple(code for (code,) in db.execute("SELECT code FROM codes WHERE person_id = ? AND used = ''", (person,)))


@dataclass(frozen=True, slots=True)
class Past:
    """A mail of the outbox as it was written, to be written anew."""

    id: int
    key: str
    recipient: str
    person: str
    kind: MailKind
    template: str
    subject: str
    mime: bytes
    case: int | None
    cause: int | None
    thread: int | None
    conversation: str
    not_before: str
    expires: str
    batch: str
    guard: Guard
    role: str


def past(db: Database, mail: int) -> Past:
    """Return a mail as it was written. Raises LookupError when there is none such."""
    row = db.execute(
        "SELECT id, key, recipient, coalesce(person_id, ''), kind, template, subject, mime, case_id, cause_id,"
        " thread_id, conversation, not_before, coalesce(expires, ''), batch, guard, role FROM mails WHERE id = ?",
        (mail,),
    ).fetchone()
    if row is None:
        raise LookupError(mail)
    return Past(*row)
