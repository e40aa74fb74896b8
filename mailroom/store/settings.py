"""Small things the office remembers: its secret for Message-IDs, when it last read the mailbox."""

import secrets

from sqlite_utils import Database

WIPE = "wipe"
"""Set while bytes that were taken out of the database may still stand in its write-ahead log."""


def get(db: Database, key: str) -> str:
    """Return a value, "" when it was never set."""
    row = db.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else ""


def starting(db: Database, beginning: str) -> dict[str, str]:
    """Return the values whose keys begin with something, by the rest of their keys."""
    rows = db.execute(
        "SELECT substr(key, ?), value FROM settings WHERE key GLOB ? || '*'", (len(beginning) + 1, beginning)
    )
    return {str(key): str(value) for key, value in rows}


def put(db: Database, key: str, value: str) -> None:
    """Remember a value."""
    db.execute("INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (key, value))


def clear(db: Database, key: str) -> None:
    """Remember a value no longer."""
    db.execute("DELETE FROM settings WHERE key = ?", (key,))


def message_id_key(db: Database) -> bytes:
    """Return the office's key for Message-IDs, making it once: nobody else can guess an id of ours."""
    found = get(db, "message_id_key")
    if not found:
        found = secrets.token_hex(32)
        put(db, "message_id_key", found)
    return bytes.fromhex(found)
