"""What follows from a mail of ours that came back. A report that names none of ours changes nothing.

No such mailbox: nobody is written to there any more, what waited for it is withdrawn, and the coordinator is asked to
ring. For now (mailbox full): the same mail goes again, twice, under its Message-ID. Each day on which mail to an
address came back, or was refused, counts (`store.bounces`); what makes too many of them is as good as no mailbox.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from mailroom.message import Message
from mailroom.message.model import Bounce
from mailroom.office import instead, wording
from mailroom.office.office import Office
from mailroom.office.threads import tokens_of
from mailroom.store import bounces, cases, journal, links, missed, outbox, people, tasks
from mailroom.store.guards import Unfit
from mailroom.store.messages import Waiting
from mailroom.store.outbox import Ours

AGAIN_AFTER = (timedelta(hours=4), timedelta(hours=24))
"""When a mail is sent again after it came back the first and the second time."""

MAY_PASS: Final = frozenset({"no such host"})
"""Reasons that are for good and yet may pass: a domain that is not found today may be found tomorrow. They count."""


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
        if bounce.severity == "hard" and bounce.reason not in MAY_PASS:
            missed.note(db, ours.id, now, returned=True)
            code = bounce.status or "no such address"
            _out_of_use(office, db, ours, f"mail bounces ({code})", "the address does not exist", now, row.id)
            continue
        if bounce.severity == "soft":
            _for_now(db, row, bounce, ours, now)
        for_good = bounce.severity == "hard" or bounce.status.startswith("5")
        count(office, db, ours, now, for_good=for_good, message=row.id)


def count(
    office: Office, db: Database, ours: Ours, now: datetime, *, for_good: bool, message: int | None = None
) -> None:
    """Count a mail that its recipient could not be given; too many write the address off, and say so aloud."""
    if people.status_of(db, ours.recipient) not in ("ok", "soft"):
        return  # nobody's in the directory, or written off already
    limits = office.config.bounces
    today = now.astimezone(office.zone).date()
    found = bounces.score(db, ours.recipient, limits.hard if for_good else limits.soft, today, limits.stale_days)
    since = wording.day(datetime.fromisoformat(found.since).date())
    words = f"Mail to {_who(db, ours)} has come back since {since}: {found.score:g} of {limits.threshold:g} points."
    journal.write(db, now, "bounce score", words, message=message, case=ours.case, outbox=ours.id)
    if found.score < limits.threshold:
        return
    for lost in bounces.lost_since(db, ours.recipient, found.since):
        missed.note(db, lost, now, returned=True)
    why = f"mail has kept coming back since {since}"
    _out_of_use(office, db, ours, why, "mail to the address keeps coming back", now, message)


def _out_of_use(
    office: Office, db: Database, ours: Ours, why: str, reason: str, now: datetime, message: int | None
) -> None:
    """Write to an address no more, withdraw what waits for it, and ask the coordinator to ring."""
    in_use = people.suspend(db, ours.recipient)
    bounces.forget_score(db, ours.recipient)
    withdrawn = outbox.cancel_to(db, ours.recipient, reason, now)
    for mail in withdrawn:
        journal.write(db, now, "withheld", f"Not sent: {reason}.", message=message, outbox=mail.id)
        instead.follow(office, db, mail.id, Unfit(reason, because="address"), now, held=mail.held)
    if not in_use and people.status_of(db, ours.recipient):
        return  # this was known: the coordinator has been asked
    words = f"Phone {_who(db, ours)}: {why}. Ask for an address that works."
    if withdrawn:
        words += f" Mails withdrawn: {len(withdrawn)}."
    tasks.add(db, f"bounced:{ours.id}", "coordinator", words, now, message=message, case=ours.case)


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
