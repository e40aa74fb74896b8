"""The outbox: every mail that leaves is a row first, with a key of its own and exactly one recipient.

The bytes of a mail are a row apart: they are written once, and the state of a mail changes several times.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from mailroom.clock import stamp
from mailroom.store import batches
from mailroom.store.guards import STOPPED, Guard

MailKind = Literal["ack", "alert", "danger", "task", "notice", "digest", "mail", "forward"]
REPEATED_WHEN_DOUBTFUL = ("ack", "alert", "danger")
"""Better twice under one Message-ID than never (design, section 2); bulk and drafts wait for a person."""
TO_WHOEVER_WROTE = ("ack", "danger")
"""Direct answers go even where the address is in doubt: whoever wrote is there."""
BEFORE_US = "before mailroom"
"""The reason of a mail that was sent before this service took over: it is known, and never sent again."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail to be queued: `mime` is complete, `recipient` one address.

    `batch` names the sending it is one of many of; `guard` says what must still hold as it leaves ("": nothing for a
    direct answer, else what holds for anybody); `role` is the role it is written to, and goes with.
    """

    key: str
    recipient: str
    person: str
    kind: MailKind
    template: str
    subject: str
    message_id: str
    mime: bytes
    case: int | None = None
    cause: int | None = None
    thread: int | None = None
    expires: datetime | None = None
    conversation: str = ""
    token: str = ""
    batch: str = ""
    guard: Guard | Literal[""] = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Ours:
    """The mail of ours that a message answers, or that bounced."""

    id: int
    template: str
    recipient: str
    person: str
    case: int | None
    thread: int | None


def queue(
    db: Database, mail: Outgoing, now: datetime, *, not_before: datetime | None = None, held: bool = False
) -> int | None:
    """Queue a mail, to wait where its sending stands still; None when its key is taken: once is enough."""
    at = stamp(not_before or now)
    row = db.execute(
        "INSERT INTO outbox (key, recipient, person_id, kind, template, subject, message_id, sha256, state,"
        " case_id, cause_id, thread_id, created_at, not_before, next_at, expires, conversation, token, batch, guard,"
        " role, waits) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CASE WHEN EXISTS ("
        "  SELECT 1 FROM batches WHERE name = ? AND stopped_at IS NOT NULL) THEN ? ELSE '' END)"
        " ON CONFLICT (key) DO NOTHING RETURNING id",
        (
            mail.key, mail.recipient, mail.person or None, mail.kind, mail.template, mail.subject, mail.message_id,
            hashlib.sha256(mail.mime).hexdigest(), "held" if held else "ready", mail.case, mail.cause,
            mail.thread, stamp(now), at, at, stamp(mail.expires) if mail.expires else None,
            mail.conversation, mail.token, mail.batch,
            mail.guard or ("none" if mail.kind in TO_WHOEVER_WROTE else "any"), mail.role, mail.batch, STOPPED,
        ),
    ).fetchone()  # fmt: skip
    if row is None:
        return None
    _keep(db, row[0], mail.mime)
    return int(row[0])


def _keep(db: Database, row: int, mime: bytes) -> None:
    db.execute("INSERT INTO bodies (outbox_id, mime) VALUES (?, ?)", (row, mime))


def queue_all(
    db: Database, mails: Iterable[Outgoing], now: datetime, *, not_before: datetime | None = None, held: bool = False
) -> int:
    """Queue the mails of one sending, all or none, and return how many were new.

    `mails` may be made as they are asked for: should writing one of them fail, none has been queued.
    """
    with db.atomic():
        return sum(queue(db, mail, now, not_before=not_before, held=held) is not None for mail in mails)


def settle(db: Database, row: int, state: Literal["sent", "failed"], reply: str, now: datetime) -> None:
    """Record the server's last word."""
    db.execute("UPDATE outbox SET state = ?, reply = ?, settled_at = ? WHERE id = ?", (state, reply, stamp(now), row))


def defer(db: Database, row: int, reply: str, next_at: datetime) -> None:
    """Record that the server said later. A mail of a sending that has been stopped meanwhile waits with the others."""
    db.execute(
        "UPDATE outbox SET state = 'deferred', reply = ?, next_at = ?,"
        " waits = iif(batch IN (SELECT name FROM batches WHERE stopped_at IS NOT NULL), ?, waits) WHERE id = ?",
        (reply, stamp(next_at), STOPPED, row),
    )


def bar(db: Database, row: int, now: datetime) -> None:
    """Record that the server refused a mail for what seems everybody's fault, and when it first did."""
    db.execute("UPDATE outbox SET barred_at = coalesce(barred_at, ?) WHERE id = ?", (stamp(now), row))


def doubt(db: Database, row: int, reply: str, now: datetime) -> bool:
    """Record that the mail may or may not have arrived; True when it is repeated at once.

    Only once: a second doubt waits for a person.
    """
    kind, before = db.execute("SELECT kind, doubtful_at FROM outbox WHERE id = ?", (row,)).fetchone()
    db.execute(
        "UPDATE outbox SET state = 'doubtful', reply = ?, doubtful_at = ? WHERE id = ?", (reply, stamp(now), row)
    )
    if kind not in REPEATED_WHEN_DOUBTFUL or before:
        return False
    db.execute("UPDATE outbox SET state = 'ready', next_at = ? WHERE id = ?", (stamp(now), row))
    return True


def stands_in_sent(db: Database, message_id: str, now: datetime) -> int | None:
    """Note that the server has filed its copy of a mail, which proves that it took it.

    Returns the row where that settles a doubt: it is `sent`.
    """
    db.execute("UPDATE outbox SET copied_at = ? WHERE message_id = ?", (stamp(now), message_id))
    row = db.execute(
        "UPDATE outbox SET state = 'sent', settled_at = ? WHERE message_id = ? AND state = 'doubtful' RETURNING id",
        (stamp(now), message_id),
    ).fetchone()
    return int(row[0]) if row else None


def was_seen_in_sent(db: Database, row: int) -> bool:
    """Tell whether the server's copy of a mail has been seen since it was last begun to be sent."""
    found = db.execute("SELECT 1 FROM outbox WHERE id = ? AND copied_at >= claimed_at", (row,)).fetchone()
    return found is not None


def left_sending(db: Database) -> list[int]:
    """Return the rows a crash left between the mark and the reply."""
    return [row for (row,) in db.execute("SELECT id FROM outbox WHERE state = 'sending' ORDER BY id")]


def uncopied(db: Database, limit: int) -> list[tuple[int, str, bytes, str]]:
    """Return sent mails without their copy in Sent: (id, Message-ID, bytes, sent at)."""
    return [
        (row[0], row[1], row[2], row[3])
        for row in db.execute(
            "SELECT id, message_id, mime, settled_at FROM outbox INDEXED BY outbox_uncopied"
            " JOIN bodies ON outbox_id = id WHERE state = 'sent' AND copied_at IS NULL"
            " ORDER BY id LIMIT ?",
            (limit,),
        )
    ]


def copied(db: Database, row: int, now: datetime) -> None:
    """Record that the copy stands in Sent."""
    db.execute("UPDATE outbox SET copied_at = ? WHERE id = ?", (stamp(now), row))


OURS = "SELECT id, template, recipient, coalesce(person_id, ''), case_id, thread_id FROM outbox WHERE "
MAY_HAVE_ARRIVED = "state IN ('sent', 'sending', 'doubtful', 'ready', 'deferred')"
COMING_BACK = "('sending', 'sent', 'doubtful')"
WENT_OUT = "state IN ('sent', 'sending', 'doubtful', 'ready', 'deferred', 'failed')"
"""What makes its recipient take part: a mail that was refused, withdrawn or never approved told them nothing."""


def not_copied(db: Database, row: int, reason: str, now: datetime) -> None:
    """Record that there will be no copy in Sent, and why."""
    db.execute("UPDATE outbox SET copied_at = ?, reason = ? WHERE id = ?", (stamp(now), reason, row))


def ours(db: Database, message_ids: Sequence[str]) -> Ours | None:
    """Return the nearest mail of ours among Message-IDs, as given: nearest first."""
    return _first(db, f"message_id = ? AND {MAY_HAVE_ARRIVED}", message_ids)


def of(db: Database, row: int) -> Ours:
    """Return a mail of ours, whatever became of it. Raises LookupError when there is none such."""
    found = db.execute(f"{OURS} id = ?", (row,)).fetchone()
    if found is None:
        raise LookupError(row)
    return Ours(*found)


def by_token(db: Database, tokens: Sequence[str]) -> Ours | None:
    """Return the mail of ours that carried a reply token, of the first of `tokens` that is one of ours."""
    return _first(db, f"token = ? AND token <> '' AND {MAY_HAVE_ARRIVED}", tokens)


def in_conversation(db: Database, conversation: str, address: str, person: str) -> Ours | None:
    """Return the newest mail of ours that somebody had in an Outlook conversation."""
    row = db.execute(
        f"{OURS} conversation = ?1 AND conversation <> '' AND {MAY_HAVE_ARRIVED}"
        " AND (recipient = ?2 OR (person_id = ?3 AND ?3 <> '')) ORDER BY id DESC LIMIT 1",
        (conversation, address, person),
    ).fetchone()
    return Ours(*row) if row else None


def is_ours(db: Database, message_id: str) -> bool:
    """Tell whether a Message-ID is that of a mail of ours, whatever became of it."""
    return db.execute("SELECT 1 FROM outbox WHERE message_id = ?", (message_id,)).fetchone() is not None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A mail that was withdrawn; `held`: nobody had approved it yet."""

    id: int
    held: bool


def cancel_to(db: Database, address: str, reason: str, now: datetime) -> list[Withdrawn]:
    """Withdraw what waits for an address, and return it. Answers to whoever just wrote from it stay."""
    found = db.execute(
        "SELECT id, state = 'held' FROM outbox WHERE recipient = ? AND state IN ('held', 'ready', 'deferred')"
        " AND kind NOT IN ('ack', 'danger') ORDER BY id",
        (address,),
    ).fetchall()
    return [Withdrawn(row, bool(held)) for row, held in found if cancel(db, row, reason, now)]


def came_back(db: Database, row: int, reply: str, again_at: Sequence[datetime], now: datetime) -> datetime | None:
    """Take a sent mail back that its recipient could not be given at present.

    Returns when it is sent again, under the same Message-ID: at the first of `again_at` the first time, and so
    on; None once it has failed as often as that. Nothing changes for a mail that is not `sent`, or was sent by
    whoever ran the mailbox before.

    Raises:
        LookupError: it is such a mail.

    """
    found = db.execute(
        "UPDATE outbox SET state = 'deferred', reply = ?, returned = returned + 1, settled_at = NULL"
        " WHERE id = ? AND state = 'sent' AND reason <> ? RETURNING returned",
        (reply, row, BEFORE_US),
    ).fetchone()
    if found is None:
        raise LookupError(row)
    if found[0] > len(again_at):
        settle(db, row, "failed", reply, now)
        return None
    at: datetime = again_at[found[0] - 1]
    defer(db, row, reply, at)
    return at


def _first(db: Database, where: str, values: Sequence[str]) -> Ours | None:
    for value in values:
        row = db.execute(OURS + where, (value,)).fetchone()
        if row:
            return Ours(*row)
    return None


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with one mail."""

    id: int
    state: str
    kind: str
    template: str
    recipient: str
    person: str
    settled_at: str


def standing(db: Database, row: int) -> Standing | None:
    """Return how it stands with a mail."""
    found = db.execute(
        "SELECT id, state, kind, template, recipient, coalesce(person_id, ''), coalesce(settled_at, '') FROM outbox"
        " WHERE id = ?",
        (row,),
    ).fetchone()
    return Standing(*found) if found else None


def cancel(db: Database, row: int, reason: str, now: datetime) -> bool:
    """Withdraw a mail that has not gone; False when it has, or is on its way: should it come back, it stays here."""
    done = db.execute(
        "UPDATE outbox SET state = 'cancelled', reason = ?, settled_at = ?"
        " WHERE id = ? AND state IN ('held', 'ready', 'deferred')",
        (reason, stamp(now), row),
    )
    if not done.rowcount:
        sql = "UPDATE outbox SET expires = min(coalesce(expires, ?1), ?1) WHERE id = ?2 AND state IN "
        db.execute(sql + COMING_BACK, (stamp(now), row))
    return done.rowcount > 0


def unsent(db: Database, case: int) -> list[int]:
    """Return the mails about a case that have not gone."""
    sql = "SELECT id FROM outbox WHERE case_id = ? AND state IN ('held', 'ready', 'deferred') ORDER BY id"
    return [row for (row,) in db.execute(sql, (case,))]


def going(db: Database, case: int) -> list[int]:
    """Return the mails about a case that have not gone, or may have to go again."""
    sql = f"SELECT id FROM outbox WHERE case_id = ? AND state IN {COMING_BACK}"  # noqa: S608 - our own words
    return sorted({*unsent(db, case), *(row for (row,) in db.execute(sql, (case,)))})


def held_for(db: Database, message: int) -> list[int]:
    """Return the answers to a message that wait for a person's word."""
    return [
        row
        for (row,) in db.execute("SELECT id FROM outbox WHERE cause_id = ? AND state = 'held' ORDER BY id", (message,))
    ]


@dataclass(frozen=True, slots=True)
class Caused:
    """A mail that was written because of a message."""

    recipient: str
    person: str
    template: str
    kind: str
    subject: str


def caused_by(db: Database, message: int) -> list[Caused]:
    """Return the mails that were written because of a message."""
    return [
        Caused(*row)
        for row in db.execute(
            "SELECT recipient, coalesce(person_id, ''), template, kind, subject FROM outbox WHERE cause_id = ?"
            " ORDER BY id",
            (message,),
        )
    ]


def answers_since(db: Database, recipient: str, since: datetime, kind: Literal["ack", "danger"]) -> int:
    """Return how many automatic answers of a kind an address was sent, or is about to be, since a moment."""
    [n] = db.execute(
        "SELECT count(*) FROM outbox WHERE recipient = ? AND kind = ? AND created_at > ?"
        " AND state NOT IN ('cancelled', 'expired', 'refused')",
        (recipient, kind, stamp(since)),
    ).fetchone()
    return int(n)


def same_answer_since(db: Database, recipient: str, case: int | None, template: str, since: datetime) -> bool:
    """Tell whether this person had this answer on this case since a moment."""
    found = db.execute(
        "SELECT 1 FROM outbox WHERE recipient = ? AND case_id IS ? AND template = ? AND created_at > ?"
        " AND state NOT IN ('cancelled', 'expired', 'refused') LIMIT 1",
        (recipient, case, template, stamp(since)),
    ).fetchone()
    return found is not None


def next_due(db: Database) -> str:
    """Return when the next mail may go, "" when none waits for its time alone."""
    [at] = db.execute("SELECT min(next_at) FROM outbox WHERE state IN ('ready', 'deferred') AND waits = ''").fetchone()
    tried = batches.next_try(db)
    return min(filter(None, (at, tried)), default="")


def record_history(db: Database, mail: Outgoing, at: datetime) -> None:
    """Enter a mail that was sent before this service took over, so that answers to it find their thread."""
    row = db.execute(
        "INSERT INTO outbox (key, recipient, person_id, kind, template, subject, message_id, sha256, state,"
        " reason, case_id, thread_id, created_at, not_before, next_at, settled_at, copied_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'sent', ?12, ?9, ?10, ?11, ?11, ?11, ?11, ?11)"
        " ON CONFLICT (key) DO NOTHING RETURNING id",
        (
            mail.key, mail.recipient, mail.person or None, mail.kind, mail.template, mail.subject, mail.message_id,
            hashlib.sha256(mail.mime).hexdigest(), mail.case, mail.thread, stamp(at), BEFORE_US,
        ),
    ).fetchone()  # fmt: skip
    if row is not None:
        _keep(db, row[0], mail.mime)
