"""Mails that are held until a person has seen them: which nobody was asked about yet, and what the answer does."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp


@dataclass(frozen=True, slots=True)
class Held:
    """A mail of the outbox as somebody who may release it has to see it; `why` is the reason it is held."""

    id: int
    state: str
    recipient: str
    person: str
    subject: str
    mime: bytes
    sha256: str
    why: str
    cause: int | None
    case: int | None
    ref: str
    thread: int | None
    template: str
    guard: str


_COLUMNS = (
    "o.id, o.state, o.recipient, coalesce(o.person_id, ''), o.subject, b.mime, o.sha256, o.reason, o.cause_id,"
    " o.case_id, coalesce(c.ref, ''), o.thread_id, o.template, o.guard"
    " FROM outbox AS o JOIN bodies AS b ON b.outbox_id = o.id"
    " LEFT JOIN cases AS c ON c.id = o.case_id"
)


def unasked(db: Database) -> list[Held]:
    """Return the held mails that nobody has a code for, oldest first; the drafts of a case are asked about together."""
    where = (
        "WHERE o.state = 'held' AND NOT EXISTS (SELECT 1 FROM codes WHERE about = 'mail' AND subject_id = o.id)"
        " AND NOT EXISTS (SELECT 1 FROM case_drafts WHERE outbox_id = o.id)"
    )
    return [Held(*row) for row in db.execute(f"SELECT {_COLUMNS} {where} ORDER BY o.id")]


def asked(db: Database, mail: int) -> frozenset[str]:
    """Return who was given a code for a mail."""
    found = db.execute("SELECT person_id FROM codes WHERE about = 'mail' AND subject_id = ?", (mail,))
    return frozenset(person for (person,) in found)


def by_id(db: Database, mail: int) -> Held:
    """Return a mail. Raises LookupError when there is none such."""
    row = db.execute(f"SELECT {_COLUMNS} WHERE o.id = ?", (mail,)).fetchone()
    if row is None:
        raise LookupError(mail)
    return Held(*row)


def release(db: Database, mail: int, reason: str, now: datetime) -> bool:
    """Let a held mail go, now or when its time comes; False when it is held no more."""
    sql = (
        "UPDATE outbox SET state = 'ready', reason = ?, next_at = max(next_at, ?) WHERE id = ? AND state = 'held'"
        " AND (expires IS NULL OR expires > ?)"
    )
    return db.execute(sql, (reason, stamp(now), mail, stamp(now))).rowcount > 0


def caused_by(db: Database, mail: int, message: int) -> None:
    """Write down that a held mail goes because of a message: a person's word in answer to the draft."""
    db.execute("UPDATE outbox SET cause_id = ? WHERE id = ?", (message, mail))


def refuse(db: Database, mail: int, reason: str, now: datetime) -> bool:
    """Drop a held mail; False when it is held no more."""
    sql = "UPDATE outbox SET state = 'refused', reason = ?, settled_at = ? WHERE id = ? AND state = 'held'"
    return db.execute(sql, (reason, stamp(now), mail)).rowcount > 0
