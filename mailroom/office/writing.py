"""The mails of a big sending are written a few at a time, so that what comes in meanwhile is not kept waiting.

Each few are a transaction of their own, and stand back until all are there: `approval.send` then lets all of them go in
the transaction that says that the sending went. A crash in between leaves mails that stand back, and writing goes on
behind them; where the word is taken back, or anything has changed, they are withdrawn, and none has left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlite_utils import Database

from mailroom.store import batches

if TYPE_CHECKING:
    from mailroom.office.many import Many
    from mailroom.office.office import Office

AT_ONCE: Final = 20
"""Mails written in one transaction: some 50 ms."""
REASON: Final = "its mails are being written"


@dataclass(frozen=True, slots=True)
class Sending:
    """What is to be written. `what` stands for all that its readers read: where that is another, all begins anew.

    `people` lists who gets one, `begin` writes what is the same for all, and `write` one person's mail, which may be
    there already. What is not sent by `expires` is not sent.
    """

    batch: str
    what: object
    expires: datetime
    people: Callable[[], Sequence[str]]
    begin: "Callable[[], Many]"
    write: "Callable[[str, Many], object]"


@dataclass(frozen=True, slots=True)
class Writing:
    """How far the writing of one sending has come; only to go on faster, as the rows know it too."""

    batch: str
    what: object
    templates: object
    many: "Many"
    left: Sequence[str]


def ahead(office: "Office", db: Database, sending: Sending, now: datetime, this: Writing | None) -> bool:
    """Write a few more mails of a sending that stand back; False once there is none, or are few, left to write.

    `this` is how far it had come at the last look. Raises Problems when one of them cannot be written.
    """
    if this is None or (this.batch, this.what) != (sending.batch, sending.what) or _changed(office, this):
        this = _begun(office, db, sending)
    if not this.left:
        return False
    these, left = this.left[:AT_ONCE], this.left[AT_ONCE:]
    for person in these:
        sending.write(person, this.many)
    batches.hold_back(db, sending.batch, REASON, now, sending.expires)
    office.writing = replace(this, left=left)
    return True


def withdraw(office: "Office", db: Database, batch: str, now: datetime) -> None:
    """Take back the mails of a sending that is being written: it does not go as it was."""
    office.writing = None
    batches.withdraw(db, batch, "the sending was changed before it went", now)


def _changed(office: "Office", this: Writing) -> bool:
    return this.templates is not office.templates


def _begun(office: "Office", db: Database, sending: Sending) -> Writing:
    there = batches.people_in(db, sending.batch)
    left = [person for person in sending.people() if person not in there]
    few = len(left) <= AT_ONCE
    return Writing(sending.batch, sending.what, office.templates, sending.begin(), [] if few else left)
