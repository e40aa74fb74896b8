"""What nobody sent in time: a mail whose moment has passed never goes late, and the coordinator is told once.

A mail that waited for its reader, who is on leave until it is too late, is only written down: that is as meant.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp
from mailroom.store import journal, outbox, people, tasks
from mailroom.store.guards import STOPPED

REASON = "its moment passed"


@dataclass(frozen=True, slots=True)
class _Late:
    id: int
    held: bool
    subject: str
    person: str
    template: str
    case: int | None
    cause: int | None
    batch: str
    waits: str


def expire(db: Database, now: datetime) -> None:
    """Let go what is too late by now, and say so: one task for a mail, and one for all of a sending."""
    late = [
        _Late(row, bool(held), *rest)
        for row, held, *rest in db.execute(
            "SELECT id, state = 'held', subject, coalesce(person_id, ''), template, case_id, cause_id, batch, waits"
            " FROM outbox INDEXED BY outbox_expires"
            " WHERE state IN ('ready', 'held') AND expires IS NOT NULL AND expires <= ? ORDER BY id",
            (stamp(now),),
        ).fetchall()
    ]
    for one in late:
        db.execute(
            "UPDATE outbox SET state = 'expired', settled_at = ?, reason = ? WHERE id = ?", (stamp(now), REASON, one.id)
        )
        why = "nobody approved it in time" if one.held else one.waits or "it was not sent in time"
        journal.write(db, now, "let go", f"Not sent: {one.template}, {why}.", case=one.case, outbox=one.id)
        if one.cause is not None and not outbox.held_for(db, one.cause):
            tasks.done(db, f"hold:{one.cause}", now)
    missed = [one for one in late if one.held or one.waits in ("", STOPPED)]
    for batch in dict.fromkeys(one.batch for one in missed if one.batch):
        n = sum(one.batch == batch for one in missed)
        words = f"{n} mails of “{batch}” were not sent in time. They are not sent any more."
        tasks.add(db, f"expired:{batch}", "coordinator", words, now)
    for one in missed:
        if not one.batch:
            _tell(db, one, now)


def _tell(db: Database, one: _Late, now: datetime) -> None:
    to = f" to {people.name_of(db, one.person)} ({one.person})" if one.person else ""
    why = "Nobody approved it" if one.held else "It could not be sent"
    words = f"The mail “{one.subject}”{to} was not sent. {why} before its time had passed. It is not sent any more."
    tasks.add(db, f"expired:{one.id}", "coordinator", words, now, message=one.cause, case=one.case)
