"""What follows from a mail of ours that came back. A report that names none of ours changes nothing.

For good (no such address): nobody is written to there any more, what waited for it is withdrawn, and the
coordinator is asked to ring. For now (mailbox full): the same mail goes again, twice, under its Message-ID.
"""

from datetime import datetime, timedelta

from sqlite_utils import Database

from mailroom.message import Message
from mailroom.message.model import Bounce
from mailroom.office.office import Office
from mailroom.office.threads import tokens_of
from mailroom.store import bounces, cases, journal, links, outbox, people, tasks
from mailroom.store.messages import Waiting
from mailroom.store.outbox import Ours

AGAIN_AFTER = (timedelta(hours=4), timedelta(hours=24))
"""When a mail is sent again after it came back the first and the second time."""


def take_back(office: Office, db: Database, row: Waiting, message: Message, now: datetime) -> None:
    """Write down each failed recipient, and do what follows where it is one of ours and this is no history."""
    shown = tokens_of(message, office.config.office.mailbox)
    for bounce in message.bounces:
        ours = bounces.record(db, row.id, bounce, shown)
        if ours is None or row.history or message.kind != "bounce":
            continue
        if ours.person:
            links.to_person(db, row.id, ours.person, now, confirmed=True, how="a mail to them came back", by="mailroom")
        why = f"{bounce.status or 'no code'}, {'for good' if bounce.severity == 'hard' else 'for now'}"
        words = f"A mail ({ours.template}) to {_who(db, ours)} came back ({why})."
        journal.write(db, now, "bounced", words, message=row.id, case=ours.case, outbox=ours.id)
        if bounce.severity == "hard":
            _for_good(db, row, bounce, ours, now)
        else:
            _for_now(db, row, bounce, ours, now)


def _for_good(db: Database, row: Waiting, bounce: Bounce, ours: Ours, now: datetime) -> None:
    in_use = people.suspend(db, ours.recipient)
    withdrawn = outbox.cancel_to(db, ours.recipient, "the address does not exist", now)
    for mail in withdrawn:
        journal.write(db, now, "withheld", "Not sent: the address does not exist.", message=row.id, outbox=mail)
    if not in_use and people.status_of(db, ours.recipient):
        return  # this was known: the coordinator has been asked
    words = (
        f"Phone {_who(db, ours)}: mail bounces ({bounce.status or 'no such address'}). Ask for an address that works."
    )
    if withdrawn:
        words += f" Mails withdrawn: {len(withdrawn)}."
    tasks.add(db, f"bounced:{ours.id}", "coordinator", words, now, message=row.id, case=ours.case)


def _for_now(db: Database, row: Waiting, bounce: Bounce, ours: Ours, now: datetime) -> None:
    people.doubt(db, ours.recipient)
    reply = f"came back as #{row.id} ({bounce.status or 'no code'})"
    try:
        again = outbox.came_back(db, ours.id, reply, [row.received_at + pause for pause in AGAIN_AFTER], now)
    except LookupError:
        return  # it waits to be sent again already, or was never ours to send again
    if again is not None:
        hours = round((again - row.received_at).total_seconds() / 3600)
        words = f"{ours.template} is sent once more in {hours} hours."
        journal.write(db, now, "deferred", words, case=ours.case, outbox=ours.id)
        return
    words = (
        f"A mail ({ours.template}) to {_who(db, ours)} came back {len(AGAIN_AFTER) + 1} times. It is not sent again."
    )
    journal.write(db, now, "failed", words, case=ours.case, outbox=ours.id)
    tasks.add(db, f"failed:{ours.id}", "coordinator", words, now, message=row.id, case=ours.case)


def _who(db: Database, ours: Ours) -> str:
    """Name whom a mail was to: a person of the directory, or nobody the coordinator could know."""
    if not ours.person:
        ref = cases.by_id(db, ours.case).ref if ours.case else ""
        return f"the enquirer of {ref}" if ref else "somebody outside the directory"
    return f"{people.name_of(db, ours.person)} ({ours.person})"
