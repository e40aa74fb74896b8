"""What people have confirmed or corrected: the class a person gave a message, which suggestions learn from."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp

MOST = 2000
"""How many are learned from, the newest first: what was meant two thousand corrections ago may be meant no more."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A message whose class a person has given."""

    message: int
    class_: str
    by: str
    at: str
    """When the person said so, in UTC."""
    received_at: str
    subject: str


def remember(db: Database, message: int, class_: str, by: str, now: datetime) -> None:
    """Write down that a person says what a message is; what they say later counts instead."""
    db.execute(
        "INSERT INTO confirmed (message_id, class, by, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (message_id) DO UPDATE SET class = excluded.class, by = excluded.by, at = excluded.at",
        (message, class_, by, stamp(now)),
    )


def forget(db: Database, message: int) -> None:
    """Take back what a person said of a message."""
    db.execute("DELETE FROM confirmed WHERE message_id = ?", (message,))


def newest(db: Database, limit: int = MOST) -> list[Confirmed]:
    """Return what was confirmed, the newest first."""
    return [
        Confirmed(*row)
        for row in db.execute(
            "SELECT c.message_id, c.class, c.by, c.at, m.received_at, m.subject FROM confirmed AS c"
            " JOIN messages AS m ON m.id = c.message_id ORDER BY c.at DESC, c.message_id DESC LIMIT ?",
            (limit,),
        )
    ]


def of(db: Database, message: int) -> Confirmed | None:
    """Return what a person said of a message, if anybody has."""
    row = db.execute(
        "SELECT c.message_id, c.class, c.by, c.at, m.received_at, m.subject FROM confirmed AS c"
        " JOIN messages AS m ON m.id = c.message_id WHERE c.message_id = ?",
        (message,),
    ).fetchone()
    return Confirmed(*row) if row else None


def classes(db: Database) -> dict[int, str]:
    """Return the class a person gave, by message."""
    return dict(db.execute("SELECT message_id, class FROM confirmed"))


def state(db: Database) -> tuple[int, str]:
    """Say how many there are and when the newest came: what tells that something has been confirmed since."""
    n, at = db.execute("SELECT count(*), coalesce(max(at), '') FROM confirmed").fetchone()
    return int(n), str(at)
