"""Tell the coordinator by mail of what only she can settle: a mail in doubt, with a code to send it once more."""

from datetime import datetime
from random import Random, SystemRandom
from typing import Final

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.office import mail, wording
from mailroom.office.absence import who_is_asked
from mailroom.office.commands.doubts import reader
from mailroom.office.commands.links import mailto
from mailroom.office.mail import Cause, Recipient
from mailroom.office.office import Office
from mailroom.office.working_days import next_working_moment
from mailroom.store import codes, doubts, people
from mailroom.store.doubts import Doubt

DOUBTFUL: Final = "notice/doubtful"
ROLE: Final = "coordinator"


def tell(office: Office, now: datetime) -> int:
    """Ask what only a person can settle, and return how many mails were asked about."""
    if not doubts.untold(office.store.db):
        return 0
    with office.store.immediate() as db:
        return has_it_arrived(office, db, now, SystemRandom())


def has_it_arrived(office: Office, db: Database, now: datetime, rnd: Random) -> int:
    """Ask about each mail in doubt that nobody was asked about, and return how many there were.

    One that tells of another mail in doubt is not asked about: such mails could go on for ever.
    """
    waiting = [one for one in doubts.untold(db) if one.template != DOUBTFUL]
    for one in waiting:
        _ask(office, db, one, now, rnd)
    return len(waiting)


def _ask(office: Office, db: Database, one: Doubt, now: datetime, rnd: Random) -> None:
    mailbox, number = office.config.office.mailbox, f"#{one.id}"
    for person in who_is_asked(office, db, ROLE, now, case=one.case, message=None):
        address = people.address_of(db, person)
        if address is None:
            continue
        code = codes.issue(db, person, "doubt", one.id, one.sha256, now, rnd)
        mail.write(
            office, db, now, key=f"doubt:{one.id}:{person}", template=DOUBTFUL, kind="notice",
            recipient=Recipient(address, person, people.name_of(db, person)),
            variables={
                "number": number, "to_whom": reader(db, one), "held_subject": one.subject, "why": one.why,
                "when": wording.moment(moment(one.at), office.zone) if one.at else "",
                "code": code, "resend_link": mailto(mailbox, "RESEND", number, code),
                "was_sent_link": mailto(mailbox, "WAS SENT", number),
            },
            cause=Cause(case=one.case, ref=one.ref),
            not_before=next_working_moment(now, office.config.hours.week, office.zone),
        )  # fmt: skip
