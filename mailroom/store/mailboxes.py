"""What we know of each watched folder: its UIDVALIDITY, and where history ends (RFC 3501 section 2.3.1.1)."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp
from mailroom.store import settings


@dataclass(frozen=True, slots=True)
class Watched:
    """One watched folder: mail with a UID below `history_below` was there before us and is not answered."""

    name: str
    uidvalidity: int
    history_below: int
    last_uid: int


def find(db: Database, name: str) -> Watched | None:
    """Return what is known of a folder, or None at first contact."""
    row = db.execute(
        "SELECT name, uidvalidity, history_below, last_uid FROM mailboxes WHERE name = ?", (name,)
    ).fetchone()
    return Watched(*row) if row else None


def first_contact(db: Database, name: str, uidvalidity: int, uidnext: int) -> None:
    """Record where history ends, before a single message of it is imported."""
    db.execute("INSERT INTO mailboxes VALUES (?, ?, ?, 0)", (name, uidvalidity, uidnext))


def new_validity(db: Database, name: str, uidvalidity: int) -> None:
    """Forget the UIDs of a folder the server has renumbered; the ledger knows its messages by content."""
    db.execute(
        "UPDATE mailboxes SET uidvalidity = ?, history_below = 0, last_uid = 0 WHERE name = ?", (uidvalidity, name)
    )


def seen_up_to(db: Database, name: str, uid: int) -> None:
    """Record that every message up to `uid` is in the ledger."""
    db.execute("UPDATE mailboxes SET last_uid = max(last_uid, ?) WHERE name = ?", (uid, name))


def read_since(db: Database, at: datetime) -> bool:
    """Tell whether the inbox was read after a moment, and all that was in it decided; where it never is, yes."""
    read = settings.get(db, "last_read_at")
    if not read:
        return True
    return read >= stamp(at) and db.execute("SELECT 1 FROM messages WHERE state = 'received'").fetchone() is None
