"""The coordinator's own out-of-office answer: nothing follows from it but a question to whoever stands in for her."""

from datetime import date, datetime
from typing import Final

from sqlite_utils import Database

from mailroom.office import mail, wording
from mailroom.office.absence import INSTEAD
from mailroom.office.commands.links import mailto
from mailroom.office.mail import Cause, Recipient
from mailroom.office.office import Office
from mailroom.rules.model import Sender
from mailroom.store import absences, people

TEMPLATE: Final = "notice/away"
ROLE: Final = "coordinator"


def ask(office: Office, db: Database, sender: Sender, returns: date, row: int, now: datetime) -> int:
    """Ask her cover whether she is away, with a link that says so; returns how many were asked.

    A mail program's word is proposed, never taken: an answer may be old, or set by mistake.
    """
    today = now.astimezone(office.zone).date()
    if sender.trust != "verified" or sender.person not in people.holders(db, ROLE) or returns <= today:
        return 0
    if absences.on(db, sender.person, today) is not None:
        return 0
    words = f"AWAY UNTIL {wording.day(returns)}"
    asked = 0
    for person in people.holders(db, next(iter(INSTEAD[ROLE]))):
        address = people.address_of(db, person)
        if address is None:
            continue
        asked += mail.write(
            office, db, now, key=f"away:{sender.person}:{returns.isoformat()}:{person}", template=TEMPLATE,
            kind="notice", recipient=Recipient(address, person, people.name_of(db, person)),
            variables={
                "who": people.name_of(db, sender.person), "until": wording.day(returns), "away_words": words,
                "away_link": mailto(office.config.office.mailbox, words), "undo_link": "",
            },
            cause=Cause(row, at=now),
        ) is not None  # fmt: skip
    return asked
