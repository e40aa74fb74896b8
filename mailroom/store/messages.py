"""The ledger of inbound messages: one row each, from the moment the server's bytes are ours."""

import hashlib
import json
import zlib
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, Self

from sqlite_utils import Database

from mailroom.clock import moment, stamp
from mailroom.message.model import Message
from mailroom.rules.model import Decision, Sender, Trust
from mailroom.store import keeping, places

Direction = Literal["in", "out"]
"""Whether a message came to the office, or a person sent it from the office's own mailbox."""

TRIES = 3
"""How often a message that makes us fail is tried before it is parked for a person."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A message's bytes as they are kept, and their SHA-256. Packing takes time and no lock: do it in a thread."""

    data: bytes
    sha256: str

    @classmethod
    def of(cls, raw: bytes) -> Self:
        """Pack the bytes the server gave."""
        # Level 1: mail is mostly base64 and text; higher levels cost four times the time for a tenth of the size.
        return cls(zlib.compress(raw, 1), hashlib.sha256(raw).hexdigest())


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as the server announced it; `content` is None when it is too large to take."""

    mailbox: str
    uidvalidity: int
    uid: int
    received_at: datetime
    size: int
    content: Packed | None
    direction: Direction = "in"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of the ledger that has to be decided."""

    id: int
    received_at: datetime
    history: bool
    size: int
    direction: Direction = "in"


@dataclass(frozen=True, slots=True)
class ToFile:
    """A decided message that is to leave the folder it came to; "" stays there."""

    id: int
    uid: int
    folder: str


def receive(db: Database, arrived: Arrived, now: datetime, *, history: bool, reason: str = "") -> int | None:
    """Enter a message in the ledger; None when this (mailbox, UIDVALIDITY, UID) stands there already.

    `reason` says why there is no content, where there is none.
    """
    content = arrived.content
    row = db.execute(
        "INSERT INTO messages (mailbox, uidvalidity, uid, state, reason, history, size, sha256, received_at, stored_at,"
        " folder, direction) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
        (
            arrived.mailbox,
            arrived.uidvalidity,
            arrived.uid,
            "received" if content else "quarantined",
            reason,
            int(history),
            arrived.size,
            content.sha256 if content else "",
            stamp(arrived.received_at),
            stamp(now),
            "" if content or history else "Quarantine",
            arrived.direction,
        ),
    ).fetchone()
    if row is None:
        return None
    if content:
        db.execute("INSERT INTO message_raw VALUES (?, ?)", (row[0], content.data))
    return int(row[0])


def raw(db: Database, message: int) -> bytes:
    """Return the bytes as the server gave them. Raises LookupError when none are kept."""
    row = db.execute("SELECT packed FROM message_raw WHERE message_id = ?", (message,)).fetchone()
    if row is None:
        raise LookupError(message)
    return zlib.decompress(row[0])


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored message and what was decided about it; `raw` is b"" where the bytes were not taken."""

    raw: bytes
    subject: str
    from_address: str
    person: str
    person_kind: str
    trust: Trust
    thread: int | None
    decision: dict[str, Any]


def stored(db: Database, message: int) -> Stored | None:
    """Return a stored message; None when there is none such."""
    row = db.execute(
        "SELECT m.subject, m.from_address, coalesce(m.person_id, ''), coalesce(p.kind, ''), m.trust, m.thread_id,"
        " m.decision FROM messages AS m LEFT JOIN people AS p ON p.id = m.person_id WHERE m.id = ?",
        (message,),
    ).fetchone()
    if row is None:
        return None
    try:
        data = raw(db, message)
    except LookupError:
        data = b""
    subject, address, person, kind, trust, thread, decision = row
    return Stored(data, subject, address, person, kind, trust, thread, json.loads(decision))


@dataclass(frozen=True, slots=True)
class Followed:
    """What a decided message is to those who act on it later. `hold`: a rule holds the answers to it."""

    class_: str
    thread: int
    silence: str
    hold: bool


def subject(db: Database, message: int) -> str:
    """Return the subject of a stored message."""
    [found] = db.execute("SELECT subject FROM messages WHERE id = ?", (message,)).fetchone()
    return str(found)


def followed(db: Database, message: int) -> Followed | None:
    """Return what a decided message is; None for one of ours, and for one that is set apart or not decided."""
    row = db.execute(
        "SELECT class, thread_id, decision FROM messages WHERE id = ? AND direction = 'in' AND thread_id IS NOT NULL"
        " AND state IN ('handled', 'filed', 'restricted')",
        (message,),
    ).fetchone()
    if row is None:
        return None
    decision = json.loads(row[2])
    hold = any(action["verb"] == "hold" for action in decision.get("actions", ()))
    return Followed(row[0], row[1], decision.get("silence", ""), hold)


def waiting(db: Database, limit: int) -> list[Waiting]:
    """Return rows that are still to be decided, in the order the server received them."""
    return [
        Waiting(row[0], moment(row[1]), bool(row[2]), row[3], row[4])
        for row in db.execute(
            "SELECT id, received_at, history, size, direction FROM messages WHERE state = 'received'"
            " ORDER BY attempts, received_at, id LIMIT ?",
            (limit,),
        )
    ]


def record_reading(db: Database, row: int, message: Message, sender: Sender, thread: int | None) -> None:
    """Write down what was understood."""
    db.execute(
        "UPDATE messages SET message_id = ?, claimed_date = ?, from_name = ?, from_address = ?, subject = ?, kind = ?,"
        " marking = ?, person_id = ?, trust = ?, thread_id = ?, conversation = ? WHERE id = ?",
        (
            message.message_id,
            message.date.isoformat() if message.date else None,
            message.sender.name,
            message.sender.address,
            message.subject,
            message.kind,
            message.marking,
            sender.person or None,
            sender.trust,
            thread,
            message.conversation,
            row,
        ),
    )


def index(db: Database, row: int, subject: str, body: str) -> None:
    """Make a message findable by its words."""
    db.execute("INSERT OR REPLACE INTO message_text VALUES (?, ?, ?)", (row, subject, body))


def record_decision(db: Database, row: int, decision: Decision, now: datetime) -> None:
    """Write down the outcome; the row becomes `handled`, or `quarantined` where the decision says so."""
    db.execute(
        "UPDATE messages SET state = ?, reason = ?, class = ?, flags = ?, priority = ?, priority_words = ?,"
        " decision = ?, handled_at = ? WHERE id = ?",
        (
            "quarantined" if decision.quarantine else "handled",
            decision.quarantine,
            decision.class_,
            json.dumps(decision.flags),
            decision.priority.n,
            decision.priority.words,
            json.dumps(asdict(decision), separators=(",", ":")),
            stamp(now),
            row,
        ),
    )


def set_folder(db: Database, row: int, folder: str) -> None:
    """Say where a decided message is to be filed."""
    db.execute("UPDATE messages SET folder = ? WHERE id = ?", (folder, row))


def add_flag(db: Database, row: int, flag: str) -> None:
    """Add a flag that a case raised on a decided message."""
    db.execute(
        "UPDATE messages SET flags = json_insert(flags, '$[#]', ?1) WHERE id = ?2"
        " AND NOT EXISTS (SELECT 1 FROM json_each(flags) WHERE value = ?1)",
        (flag, row),
    )


def flags(db: Database, row: int) -> list[str]:
    """Return a message's flags."""
    [found] = db.execute("SELECT flags FROM messages WHERE id = ?", (row,)).fetchone()
    return list(json.loads(found))


def of_message_id(db: Database, message_id: str, sender: str, *, before: int) -> list[int]:
    """Return the decided messages before one that have this Message-ID and sender, at most a handful."""
    if not message_id:
        return []
    return [
        row
        for (row,) in db.execute(
            "SELECT id FROM messages WHERE message_id = ? AND from_address = ? AND id < ? AND duplicate_of IS NULL"
            " AND state <> 'stuck' ORDER BY id LIMIT 5",
            (message_id, sender, before),
        )
    ]


def record_duplicate(db: Database, row: int, twin: int, now: datetime) -> None:
    """Close a message that came before: it takes its first copy's class, sender and folder, and does nothing."""
    db.execute(
        "UPDATE messages SET state = 'handled', reason = 'came before as #' || ?1, duplicate_of = ?1, handled_at = ?2,"
        " (class, folder, person_id, trust) = (SELECT class, folder, person_id, trust FROM messages WHERE id = ?1)"
        " WHERE id = ?3",
        (twin, stamp(now), row),
    )
    keeping.as_its_twin(db, row, twin)
    places.came_again(db, row, twin)


def first_copy(db: Database, row: int) -> int:
    """Return the message that a second copy is a copy of, and any other message itself."""
    [first] = db.execute("SELECT coalesce(duplicate_of, id) FROM messages WHERE id = ?", (row,)).fetchone()
    return int(first)


def record_failure(db: Database, row: int, reason: str) -> bool:
    """Count a failed attempt; True when it was the last and the message is parked as stuck."""
    [attempts] = db.execute(
        "UPDATE messages SET attempts = attempts + 1, reason = ? WHERE id = ? RETURNING attempts",
        (reason, row),
    ).fetchone()
    if attempts < TRIES:
        return False
    db.execute("UPDATE messages SET state = 'stuck' WHERE id = ?", (row,))
    return True


def retry_stuck(db: Database) -> int:
    """Put parked messages back in line, as rules or mailroom itself may have been mended; returns how many."""
    return db.execute("UPDATE messages SET state = 'received', attempts = 0 WHERE state = 'stuck'").rowcount


def record_sent(db: Database, row: int, reason: str, now: datetime) -> None:
    """Complete a message that a person sent from our own mailbox: it stays where it is. `reason`: why that is all."""
    db.execute(
        "UPDATE messages SET state = 'handled', reason = ?, handled_at = ? WHERE id = ?", (reason, stamp(now), row)
    )
    filed(db, [row], now)


def classes(db: Database, thread: int) -> frozenset[str]:
    """Return the classes of a thread's messages."""
    return frozenset(one for (one,) in db.execute("SELECT class FROM messages WHERE thread_id = ?", (thread,)))


def quarantine(db: Database, row: int, reason: str, now: datetime) -> None:
    """Set a message apart that could not be read."""
    db.execute(
        "UPDATE messages SET state = 'quarantined', reason = ?, folder = 'Quarantine', handled_at = ? WHERE id = ?",
        (reason, stamp(now), row),
    )


def to_file(db: Database, mailbox: str, uidvalidity: int, limit: int, *, without: Collection[str] = ()) -> list[ToFile]:
    """Return decided messages that are not filed yet, oldest first, save those for folders in `without`."""
    return [
        ToFile(*row)
        for row in db.execute(
            "SELECT id, uid, folder FROM messages WHERE mailbox = ? AND uidvalidity = ? AND filed_at IS NULL"
            " AND state IN ('handled', 'quarantined', 'restricted') AND folder NOT IN (SELECT value FROM json_each(?))"
            " AND seek_twin = 0 ORDER BY id LIMIT ?",
            (mailbox, uidvalidity, json.dumps(list(without)), limit),
        )
    ]


def leave(db: Database, rows: Iterable[int], reason: str) -> None:
    """Record that messages stay in the inbox, and why."""
    db.conn.executemany("UPDATE messages SET folder = '', reason = ? WHERE id = ?", [(reason, row) for row in rows])


def filed(db: Database, rows: Iterable[int], now: datetime) -> None:
    """Complete messages that are where they belong."""
    db.conn.executemany(
        "UPDATE messages SET filed_at = ?, state = CASE state WHEN 'handled' THEN 'filed' ELSE state END WHERE id = ?",
        [(stamp(now), row) for row in rows],
    )


def abandon_old_uids(db: Database, mailbox: str, uidvalidity: int, now: datetime) -> int:
    """Complete messages under a UIDVALIDITY that is gone; their copies under the new one are filed instead."""
    return db.execute(
        "UPDATE messages SET filed_at = ?, state = CASE state WHEN 'handled' THEN 'filed' ELSE state END"
        " WHERE mailbox = ? AND uidvalidity <> ? AND filed_at IS NULL"
        " AND state IN ('handled', 'quarantined', 'restricted')",
        (stamp(now), mailbox, uidvalidity),
    ).rowcount


def twin(db: Database, row: int) -> int | None:
    """Return the first message with the very same bytes, if it came before this one.

    The Message-ID alone is no key: different mails share one, and one mail comes twice.
    """
    found = db.execute(
        "SELECT first.id FROM messages AS this JOIN messages AS first ON first.sha256 = this.sha256"
        " WHERE this.id = ? AND first.id < this.id AND this.sha256 <> '' AND first.state <> 'stuck'"
        " ORDER BY first.id LIMIT 1",
        (row,),
    ).fetchone()
    return int(found[0]) if found else None
