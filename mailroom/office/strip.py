"""Take files out of a stored message for good (design, section 1, Strip).

In the transaction of the message: its stored bytes are rewritten, its full-text row is made anew from what is left,
and the mail server's copy, which still holds the files, goes to Restricted with a date for the bin. Pages of the
database are overwritten as they are freed; `Store.wipe` empties the log afterwards.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from mailroom.message import read
from mailroom.message.stripping import strip
from mailroom.office.cases import Incoming
from mailroom.office.office import Office
from mailroom.store import journal, keeping, messages, readings
from mailroom.store.messages import Packed

REASON: Final = "its attachments were taken out"
KEPT_FOR: Final = timedelta(days=7)
"""How long the mail server's copy stays, for a person who has to pass it on (domain, B, vet.member)."""


def take_out(office: Office, db: Database, this: Incoming, endings: Collection[str], why: str, now: datetime) -> bool:
    """Take the files named by `endings` out of a message; False when it holds none of them."""
    stripped = strip(messages.raw(db, this.row), endings)
    if stripped is None:
        return False
    keeping.replace_raw(db, this.row, Packed.of(stripped.raw).data)
    left = read(stripped.raw, office.config.border)
    if keeping.is_indexed(db, this.row):
        messages.index(db, this.row, left.subject, left.new_text)
    readings.strip(db, this.row, left)
    keeping.restrict(db, this.row, REASON)
    keeping.bin_on(db, this.row, this.at.astimezone(office.zone).date() + KEPT_FOR)
    number = len(stripped.removed)
    kinds = ", ".join(dict.fromkeys(file.true_type or file.type for file in stripped.removed))
    words = f"Took {number} {'file' if number == 1 else 'files'} out of #{this.row} ({kinds}), {why}."
    journal.write(db, now, "stripped", words, message=this.row)
    return True
