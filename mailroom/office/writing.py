"""The mails of a big sending are written a few at a time, so that what comes in meanwhile is not kept waiting.

Each few are a transaction of their own, and stand back until all are there: `approval.send` then lets all of them go in
the transaction that says that the sending went. A crash in between leaves mails that stand back, and writing goes on
behind them; where the word is taken back, or anything has changed, they are withdrawn, and none has left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlite_utils import Database

from mailroom.office import approval
from mailroom.store import batches
from mailroom.store.approvals import Approval

if TYPE_CHECKING:
    from mailroom.office.many import Many
    from mailroom.office.office import Office

AT_ONCE: Final = 20
"""Mails written in one transaction: some 50 ms."""
REASON: Final = "its mails are being written"


@dataclass(frozen=True, slots=True)
class Writing:
    """How far the writing of one sending has come; only to go on faster, as the rows know it too."""

    approval: Approval
    templates: object
    many: "Many"
    left: Sequence[str]


def ahead(
    office: "Office", db: Database, made: Approval, now: datetime, expires: datetime, this: Writing | None
) -> bool:
    """Write a few more mails of an approved sending that stand back; False once there is none left to write.

    `this` is how far it had come at the last look. Raises Problems when one of them cannot be written.
    """
    if this is None or this.approval != made or this.templates is not office.templates:
        this = _begun(office, db, made, now)
    if not this.left:
        return False
    these, left = this.left[:AT_ONCE], this.left[AT_ONCE:]
    for person in these:
        approval.write_to(office, db, made, person, this.many, now, expires)
    batches.hold_back(db, made.batch, REASON, now, expires)
    office.writing = replace(this, left=left)
    return True


def withdraw(office: "Office", db: Database, batch: str, now: datetime) -> None:
    """Take back the mails of a sending that is being written: it does not go as it was."""
    office.writing = None
    batches.withdraw(db, batch, "the sending was changed before it went", now)


def _begun(office: "Office", db: Database, made: Approval, now: datetime) -> Writing:
    there = batches.people_in(db, made.batch)
    found = approval.listed(db, made, now.astimezone(office.zone).date()).people
    left = [person for person in found if person not in there]
    return Writing(made, office.templates, approval.to_many(office, db, made), left if len(left) > AT_ONCE else [])
