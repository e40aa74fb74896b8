"""Which message belongs to which case or person: proposed or confirmed, by whom and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp
from mailroom.store.outbox import WENT_OUT


@dataclass(frozen=True, slots=True)
class Link:
    """A message's link to a case."""

    ref: str
    case: int
    state: str
    how: str


def to_case(db: Database, message: int, case: int, now: datetime, *, confirmed: bool, how: str, by: str) -> None:
    """Link a message to a case. A confirmed link is never weakened, a refused one never renewed by itself."""
    db.execute(
        "INSERT INTO links (message_id, case_id, state, how, by, at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (message_id, case_id) DO UPDATE SET state = excluded.state, how = excluded.how"
        " WHERE state = 'proposed'",
        (message, case, "confirmed" if confirmed else "proposed", how, by, stamp(now)),
    )


def confirm(db: Database, message: int, case: int, now: datetime, *, how: str, by: str) -> None:
    """Link a message to a case on a person's word: it counts whatever was thought before."""
    _say(db, message, case, "confirmed", now, how=how, by=by)


def refuse(db: Database, message: int, case: int, now: datetime, *, how: str, by: str) -> None:
    """Say that a message does not belong to a case: it is not proposed again by itself."""
    _say(db, message, case, "refused", now, how=how, by=by)


def _say(db: Database, message: int, case: int, state: str, now: datetime, *, how: str, by: str) -> None:
    db.execute(
        "INSERT INTO links (message_id, case_id, state, how, by, at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (message_id, case_id) DO UPDATE SET state = excluded.state, how = excluded.how,"
        " by = excluded.by, at = excluded.at",
        (message, case, state, how, by, stamp(now)),
    )


def state_of(db: Database, message: int, case: int) -> str:
    """Return how it stands between a message and a case, "" where nobody has thought of it."""
    row = db.execute("SELECT state FROM links WHERE message_id = ? AND case_id = ?", (message, case)).fetchone()
    return str(row[0]) if row else ""


def proposed(db: Database, message: int) -> list[Link]:
    """Return the cases a message may belong to, in the order a person is asked about them."""
    return [link for link in of_message(db, message) if link.state == "proposed"]


def to_person(db: Database, message: int, person: str, now: datetime, *, confirmed: bool, how: str, by: str) -> None:
    """Link a message to a person."""
    db.execute(
        "INSERT INTO links (message_id, person_id, state, how, by, at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (message, person, "confirmed" if confirmed else "proposed", how, by, stamp(now)),
    )


def of_message(db: Database, message: int) -> list[Link]:
    """Return a message's cases, confirmed ones first."""
    return [
        Link(*row)
        for row in db.execute(
            "SELECT c.ref, c.id, l.state, l.how FROM links AS l JOIN cases AS c ON c.id = l.case_id"
            " WHERE l.message_id = ? AND l.state <> 'refused' ORDER BY l.state, l.id",
            (message,),
        )
    ]


def opened(db: Database, message: int, case: int) -> bool:
    """Tell whether a case was opened by a message."""
    return db.execute("SELECT 1 FROM cases WHERE id = ? AND opened_by = ?", (case, message)).fetchone() is not None


@dataclass(frozen=True, slots=True)
class Linked:
    """A message that belongs, or may belong, to a case."""

    message: int
    received_at: str
    class_: str
    person: str
    state: str
    how: str
    by: str


def of_case(db: Database, case: int) -> list[Linked]:
    """Return the messages linked to a case, oldest first, those refused included."""
    return [
        Linked(*row)
        for row in db.execute(
            "SELECT m.id, m.received_at, m.class, coalesce(m.person_id, ''), l.state, l.how, l.by FROM links AS l"
            " JOIN messages AS m ON m.id = l.message_id WHERE l.case_id = ? ORDER BY m.received_at, m.id",
            (case,),
        )
    ]


def takes_part(db: Database, case: int, address: str, person: str = "") -> bool:
    """Tell whether somebody has part in a case: opened it, wrote in it as is confirmed, or was written to about it."""
    found = db.execute(
        "SELECT EXISTS (SELECT 1 FROM cases WHERE id = ?1"  # noqa: S608 - our own words
        "   AND (requester_address = ?2 OR (requester_id = ?3 AND ?3 <> '')))"
        " OR EXISTS (SELECT 1 FROM outbox WHERE case_id = ?1 AND (recipient = ?2 OR (person_id = ?3 AND ?3 <> ''))"
        f"   AND {WENT_OUT})"
        " OR EXISTS (SELECT 1 FROM links AS l JOIN messages AS m ON m.id = l.message_id WHERE l.case_id = ?1"
        "   AND l.state = 'confirmed' AND (m.from_address = ?2 OR (m.person_id = ?3 AND ?3 <> '')))",
        (case, address, person),
    ).fetchone()
    return bool(found[0])


def threads_of(db: Database, case: int) -> list[int]:
    """Return the threads that are about a case, newest first."""
    return [
        thread
        for (thread,) in db.execute(
            "SELECT m.thread_id FROM links AS l JOIN messages AS m ON m.id = l.message_id WHERE l.case_id = ?1"
            "  AND l.state = 'confirmed' AND m.thread_id IS NOT NULL"
            " UNION SELECT thread_id FROM outbox WHERE case_id = ?1 AND thread_id IS NOT NULL ORDER BY 1 DESC",
            (case,),
        )
    ]


def of_thread(db: Database, thread: int) -> list[str]:
    """Return the references of the cases that a thread is confirmed to be about, newest link first."""
    return [
        ref
        for (ref,) in db.execute(
            "SELECT c.ref FROM cases AS c WHERE c.id IN ("
            " SELECT l.case_id FROM links AS l JOIN messages AS m ON m.id = l.message_id"
            "  WHERE m.thread_id = ?1 AND l.state = 'confirmed'"
            " UNION SELECT o.case_id FROM outbox AS o WHERE o.thread_id = ?1) ORDER BY c.id DESC",
            (thread,),
        )
    ]
