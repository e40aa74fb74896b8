"""What people ask of the office: rows made readable, for `status` and the demo's account. Nothing is changed here."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from mailroom.clock import stamp


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message of the ledger. `words` are those that decided its class, `rule` the rule that held them."""

    id: int
    state: str
    reason: str
    received_at: str
    subject: str
    from_name: str
    from_address: str
    person: str
    trust: str
    class_: str
    priority: str
    folder: str
    flags: tuple[str, ...]
    rule: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MailView:
    """One mail of the outbox. `cause` is the message that led to it, `ref` the case it is about, "" for none."""

    id: int
    state: str
    reason: str
    kind: str
    template: str
    subject: str
    recipient: str
    person: str
    message_id: str
    cause: int | None
    ref: str
    settled_at: str
    mime: bytes


MAILS = (
    "SELECT o.id, o.state, iif(o.reply <> '', o.reply, o.reason), o.kind, o.template, o.subject, o.recipient,"
    " coalesce(o.person_id, ''), o.message_id, o.cause_id, coalesce(c.ref, ''), coalesce(o.settled_at, ''), b.mime"
    " FROM outbox AS o JOIN bodies AS b ON b.outbox_id = o.id LEFT JOIN cases AS c ON c.id = o.case_id "
)


def message(db: Database, row: int) -> MessageView:
    """Return a message. Raises LookupError when there is none such."""
    found = db.execute(
        "SELECT id, state, reason, received_at, subject, from_name, from_address, coalesce(person_id, ''), trust,"
        " class, priority_words, folder, flags, decision FROM messages WHERE id = ?",
        (row,),
    ).fetchone()
    if found is None:
        raise LookupError(row)
    actions = json.loads(found[13]).get("actions", [])
    because: dict[str, Any] = next((action for action in actions if action["verb"] == "class"), {})
    number, state, reason, received_at, subject, name, address, person, trust, class_, priority, folder = found[:12]
    return MessageView(
        number, state, reason, received_at, subject, name, address, person, trust, class_, priority, folder,
        tuple(json.loads(found[12])), because.get("rule", ""), tuple(because.get("words", ())),
    )  # fmt: skip


def newest(db: Database) -> int:
    """Return the number of the newest message, 0 when there is none."""
    [row] = db.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()
    return int(row)


def caused_by(db: Database, row: int) -> list[MailView]:
    """Return the mails that a message led to, in the order they were queued."""
    return [MailView(*mail) for mail in db.execute(MAILS + "WHERE o.cause_id = ? ORDER BY o.id", (row,))]


def about(db: Database, case: int) -> list[MailView]:
    """Return the mails about a case, in the order they were queued."""
    return [MailView(*mail) for mail in db.execute(MAILS + "WHERE o.case_id = ? ORDER BY o.id", (case,))]


def mail(db: Database, message_id: str) -> MailView | None:
    """Return the mail of ours with a Message-ID."""
    row = db.execute(MAILS + "WHERE o.message_id = ?", (message_id,)).fetchone()
    return MailView(*row) if row else None


def written_by(db: Database, does: Callable[[], object]) -> list[MailView]:
    """Return the mails that something queues, in the order it does."""
    [newest] = db.execute("SELECT coalesce(max(id), 0) FROM outbox").fetchone()
    does()
    return [MailView(*mail) for mail in db.execute(MAILS + "WHERE o.id > ? ORDER BY o.id", (newest,))]


def newest_sent(db: Database, recipient: str, ref: str) -> MailView | None:
    """Return the newest mail really sent to an address about a case."""
    where = "WHERE o.state = 'sent' AND o.recipient = ? AND c.ref = ? ORDER BY o.settled_at DESC, o.id DESC LIMIT 1"
    row = db.execute(MAILS + where, (recipient, ref)).fetchone()
    return MailView(*row) if row else None


def troubled_mails(db: Database, since: datetime) -> list[MailView]:
    """Return the mails whose fate a person must look at: doubtful ones, and those refused for good `since` then."""
    where = "WHERE o.state = 'doubtful' OR (o.state = 'failed' AND o.settled_at >= ?) ORDER BY o.id"
    return [MailView(*row) for row in db.execute(MAILS + where, (stamp(since),))]


def stuck(db: Database) -> list[MessageView]:
    """Return the messages that are parked for a person."""
    return [message(db, row) for (row,) in db.execute("SELECT id FROM messages WHERE state = 'stuck' ORDER BY id")]


def states(db: Database, table: str) -> dict[str, int]:
    """Return how many rows of `messages` or `outbox` stand in each state."""
    counts = {
        "messages": "SELECT state, count(*) FROM messages GROUP BY state ORDER BY state",
        "outbox": "SELECT state, count(*) FROM outbox GROUP BY state ORDER BY state",
    }
    return dict(db.execute(counts[table]))


def search(db: Database, words: str, limit: int = 100) -> list[int]:
    """Return the messages that hold all of `words`, the best first; whatever a person types is only words."""
    if not any(char.isalnum() for char in words):
        return []  # quoting alone leaves FTS5 an empty query, which it calls a syntax error
    return [row["message_id"] for row in db.table("message_text").search(words, quote=True, limit=limit)]


def sent_to(db: Database, case: int, address: str) -> list[int]:
    """Return the last mails that somebody had about a case, the newest first: their answer may quote any of them."""
    found = db.execute(
        "SELECT id FROM outbox WHERE case_id = ? AND recipient = ?"
        " AND state IN ('sent', 'sending', 'doubtful', 'ready', 'deferred') ORDER BY id DESC LIMIT 5",
        (case, address),
    )
    return [row for (row,) in found]
