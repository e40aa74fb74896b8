"""Bounces: which recipient of which mail of ours could not be reached. One that names none of ours has no effect."""

from sqlite_utils import Database

from mailroom.message.model import Bounce
from mailroom.store import outbox


def record(db: Database, message: int, bounce: Bounce) -> bool:
    """Write down a failed recipient; True when it is about a mail of ours to that very address."""
    ours = outbox.ours(db, (bounce.original_message_id,)) if bounce.original_message_id else None
    about_ours = ours is not None and ours.recipient == bounce.recipient.lower()
    db.execute(
        "INSERT INTO bounces (message_id, outbox_id, recipient, status, severity) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (message, ours.id if ours and about_ours else None, bounce.recipient.lower(), bounce.status, bounce.severity),
    )
    return about_ours
