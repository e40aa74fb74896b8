"""Threads: which messages and mails of ours are one exchange, and who takes part in it.

A message is in exactly one thread. Which one is decided in the office when it comes, and only a person cuts a thread
afterwards; here stands what is asked of the tables.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp
from mailroom.store.outbox import WENT_OUT

ADDRESSED_KEPT = 100
"""How many recipients of one message take part in its thread; the rest of a longer list does not."""


def new(db: Database, subject: str, now: datetime) -> int:
    """Open a thread."""
    [thread] = db.execute(
        "INSERT INTO threads (subject, opened_at) VALUES (?, ?) RETURNING id", (subject, stamp(now))
    ).fetchone()
    return int(thread)


def of_message_id(db: Database, message_id: str) -> list[int]:
    """Return the threads of the stored messages and mails of ours with a Message-ID, oldest first."""
    return _threads(
        db,
        "SELECT thread_id FROM messages WHERE message_id = ?1 UNION SELECT thread_id FROM outbox WHERE message_id = ?1",
        message_id,
    )


def of_conversation(db: Database, conversation: str) -> list[int]:
    """Return the threads of an Outlook conversation, oldest first; of none for ""."""
    if not conversation:
        return []
    return _threads(
        db,
        "SELECT thread_id FROM messages WHERE conversation = ?1 AND conversation <> ''"
        " UNION SELECT thread_id FROM outbox WHERE conversation = ?1 AND conversation <> ''",
        conversation,
    )


def that_mention(db: Database, message_id: str) -> list[int]:
    """Return the threads in which a message was named before it came, oldest first."""
    return _threads(db, "SELECT thread_id FROM mentions WHERE message_id = ?", message_id)


def mention(db: Database, thread: int, message_ids: Iterable[str]) -> None:
    """Remember that a thread names messages: one that has not come yet may belong to it."""
    db.conn.executemany(
        "INSERT INTO mentions (message_id, thread_id) SELECT ?1, ?2"
        " WHERE NOT EXISTS (SELECT 1 FROM messages WHERE message_id = ?1)"
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE message_id = ?1) ON CONFLICT DO NOTHING",
        [(message_id, thread) for message_id in message_ids],
    )


def address(db: Database, message: int, addresses: Sequence[str]) -> None:
    """Let those a message was addressed to take part in its thread. Only where its sender is surely who they say."""
    db.conn.executemany(
        "INSERT INTO addressed (message_id, address) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(message, one) for one in addresses[:ADDRESSED_KEPT]],
    )


def of_message(db: Database, message: int) -> int | None:
    """Return the thread a message is in."""
    row = db.execute("SELECT thread_id FROM messages WHERE id = ?", (message,)).fetchone()
    return int(row[0]) if row and row[0] is not None else None


def messages_in(db: Database, thread: int) -> list[int]:
    """Return the messages of a thread, in the order they came."""
    found = db.execute("SELECT id FROM messages WHERE thread_id = ? ORDER BY received_at, id", (thread,))
    return [one for (one,) in found]


def cut(db: Database, messages: Sequence[int], thread: int) -> None:
    """Put messages into another thread, with the mails that were written because of them."""
    for message in messages:
        db.execute("UPDATE messages SET thread_id = ? WHERE id = ?", (thread, message))
        db.execute("UPDATE outbox SET thread_id = ? WHERE cause_id = ? AND thread_id IS NOT NULL", (thread, message))


def takes_part(db: Database, thread: int, address: str, person: str = "") -> bool:
    """Tell whether somebody wrote in a thread, was written to in it, or was addressed in it by one who surely was."""
    found = db.execute(
        "SELECT EXISTS (SELECT 1 FROM messages WHERE thread_id = ?1 AND direction = 'in'"  # noqa: S608 - our own words
        "   AND ((from_address = ?2 AND ?2 <> '') OR (person_id = ?3 AND ?3 <> '')))"
        " OR EXISTS (SELECT 1 FROM outbox WHERE thread_id = ?1"
        f"   AND (recipient = ?2 OR (person_id = ?3 AND ?3 <> '')) AND {WENT_OUT})"
        " OR EXISTS (SELECT 1 FROM addressed AS a JOIN messages AS m ON m.id = a.message_id"
        "   WHERE m.thread_id = ?1 AND a.address = ?2)",
        (thread, address, person),
    ).fetchone()
    return bool(found[0])


def opened_by(db: Database, case: int, address: str) -> str:
    """Return the Message-ID of the message that opened a case, where a proved sender wrote it to an address as well."""
    row = db.execute(
        "SELECT m.message_id FROM cases AS c JOIN messages AS m ON m.id = c.opened_by"
        " JOIN addressed AS a ON a.message_id = m.id WHERE c.id = ? AND a.address = ?",
        (case, address),
    ).fetchone()
    return str(row[0]) if row else ""


def written_in_since(db: Database, message: int) -> bool:
    """Tell whether another person has written in a message's thread since it came, or one of us by hand."""
    found = db.execute(
        "SELECT EXISTS (SELECT 1 FROM messages AS m JOIN messages AS this ON this.thread_id = m.thread_id"
        "  WHERE this.id = ?1 AND m.id <> ?1 AND m.received_at > this.received_at AND m.kind IN ('person', 'calendar')"
        "  AND m.duplicate_of IS NULL AND (m.direction = 'out' OR m.from_address <> this.from_address))",
        (message,),
    ).fetchone()
    return bool(found[0])


def _threads(db: Database, sql: str, value: str) -> list[int]:
    return sorted({int(thread) for (thread,) in db.execute(sql, (value,)) if thread is not None})
