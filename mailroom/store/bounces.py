"""Bounces: which recipient of which mail of ours could not be reached. One that names none of ours has no effect."""

from collections.abc import Sequence

from sqlite_utils import Database

from mailroom.message.model import Bounce
from mailroom.store import outbox
from mailroom.store.outbox import Ours


def record(db: Database, message: int, bounce: Bounce, tokens: Sequence[str] = ()) -> Ours | None:
    """Write down a failed recipient; returns the mail of ours to that very address that it is about.

    `tokens` are the reply tokens that the report shows, for servers that leave our Message-ID out.
    """
    found = about(db, bounce, tokens)
    db.execute(
        "INSERT INTO bounces (message_id, outbox_id, recipient, status, severity) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (message, found.id if found else None, bounce.recipient.lower(), bounce.status, bounce.severity),
    )
    return found


def about(db: Database, bounce: Bounce, tokens: Sequence[str] = ()) -> Ours | None:
    """Return the mail of ours to a failed recipient that a report names, by Message-ID or reply token."""
    ids = (bounce.original_message_id,) if bounce.original_message_id else ()
    for found in (outbox.ours(db, ids), outbox.by_token(db, tokens)):
        if found is not None and found.recipient.lower() == bounce.recipient.lower():
            return found
    return None
