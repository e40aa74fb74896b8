"""A stored message made ready once more for what follows from it, with the time at which it came."""

from sqlite_utils import Database

from mailroom.message import Message, read
from mailroom.office.cases.incoming import Incoming
from mailroom.office.office import Office
from mailroom.office.place import identify
from mailroom.store import messages, readings


def incoming(office: Office, db: Database, row: int) -> Incoming | None:
    """Return a message as a case meets it; None for one of ours, one that was not read, and one that is set apart.

    Who the sender is, is looked up as of now: somebody may have left since, or have been found out.
    """
    reading, held = readings.one(db, row), messages.followed(db, row)
    if reading is None or held is None:
        return None
    message = reading.message or _again(office, db, row)
    if message is None:
        return None
    return Incoming(
        row,
        message,
        identify(db, message, office.config.trust.internal_domains),
        held.class_,
        held.thread,
        reading.received_at,
        held.silence,
        held.hold,
    )


def _again(office: Office, db: Database, row: int) -> Message | None:
    """Read the stored bytes: a reading of an older version is no longer understood."""
    try:
        return read(messages.raw(db, row), office.config.border)
    except LookupError:
        return None
