"""What the office asks a person by mail: what a message is that no rule knew, and whether a held mail may go.

Both wait for the next working minute. Both stand among the tasks as well, and the answer closes the task.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Final

from sqlite_utils import Database

from mailroom.office import lint, linting, mail
from mailroom.office.absence import acting_as, who_is_asked
from mailroom.office.commands.given import choices
from mailroom.office.commands.links import mailto
from mailroom.office.mail import Cause, Recipient
from mailroom.office.office import Office
from mailroom.office.plain import plain_words
from mailroom.office.working_days import next_working_moment
from mailroom.rules import vocabulary
from mailroom.rules.commands import UNKNOWN
from mailroom.rules.model import Decision, Sender
from mailroom.store import codes, held, messages, people
from mailroom.store import commands as store

ROLE: Final = "coordinator"
HELD: Final = "notice/held"
MOST_A_DAY: Final = 20
"""Questions to one person in a day; beyond, the messages stand in the daily summary with everything else."""


def what_is_it(office: Office, db: Database, decision: Decision, sender: Sender, cause: Cause, now: datetime) -> None:
    """Ask the coordinator what a message is, with what it may be."""
    mailbox = office.config.office.mailbox
    number = f"#{cause.message}"
    near = {one.class_: one.near for one in decision.suggestions}
    offered = [
        {
            "n": str(n), "class": class_, "means": vocabulary.CLASSES.get(class_, ""), "near": near[class_],
            "link": mailto(mailbox, "CLASS", class_, number),
        }
        for n, class_ in enumerate(choices(near), start=1)
    ]  # fmt: skip
    variables = {
        "sender_name": sender.name if sender.person else "",
        "choices": offered,
        "why_link": mailto(mailbox, "WHY", number),
    }
    for person in who_is_asked(office, db, ROLE, now, case=cause.case, message=cause.message):
        address = people.address_of(db, person)
        if address is None or store.mails_since(db, address, UNKNOWN, now - timedelta(days=1)) >= MOST_A_DAY:
            continue  # the task stands in her summary
        mail.write(
            office, db, now, key=f"unknown:{cause.message}:{person}", template=UNKNOWN, kind="notice",
            recipient=Recipient(address, person, people.name_of(db, person)), variables=variables, cause=cause,
            not_before=next_working_moment(now, office.config.hours.week, office.zone),
        )  # fmt: skip


def may_it_go(office: Office, db: Database, now: datetime, rnd: Random) -> int:
    """Ask the coordinator about each held mail that nobody was asked about, and return how many there were."""
    waiting = held.unasked(db)
    for one in waiting:
        _ask(office, db, one, now, rnd)
    return len(waiting)


def ask_next(office: Office, db: Database, mail_row: int, now: datetime, rnd: Random) -> None:
    """Ask those about a held mail who have come into the role since: the code of whoever left it is of no use."""
    one = held.by_id(db, mail_row)
    if one.state == "held":
        _ask(office, db, one, now, rnd)


def _ask(office: Office, db: Database, one: held.Held, now: datetime, rnd: Random) -> None:
    to_whom = people.name_of(db, one.person) if one.person else ""
    why = _why(db, one)
    found = linting.of_held(office, db, one, now)
    mailbox = office.config.office.mailbox
    asked = held.asked(db, one.id)
    for person in who_is_asked(office, db, ROLE, now, case=one.case, message=one.cause):
        address = people.address_of(db, person)
        if address is None or person in asked:
            continue
        code = codes.issue(db, person, "mail", one.id, one.sha256, now, rnd)
        mail.write(
            office, db, now, key=f"held:{one.id}:{person}", template=HELD, kind="notice",
            recipient=Recipient(address, person, people.name_of(db, person), acting_as(db, person, ROLE)),
            variables={
                "why": why, "to_whom": to_whom, "held_subject": one.subject, "words": plain_words(one.mime),
                "findings": [finding.text for finding in found], "may_go": "" if lint.stops(found) else "yes",
                "code": code, "approve_link": mailto(mailbox, "APPROVE", one.ref, code),
                "refuse_link": mailto(mailbox, "REFUSE", one.ref, code),
            },
            cause=Cause(one.cause, one.case, one.ref, one.thread),
            not_before=next_working_moment(now, office.config.hours.week, office.zone),
        )  # fmt: skip


def _why(db: Database, one: held.Held) -> str:
    """Return why a mail is held, in the words of the rule that holds it."""
    stored = messages.stored(db, one.cause) if one.cause is not None else None
    actions = stored.decision.get("actions", ()) if stored else ()
    return next((str(action["values"][0]) for action in actions if action["verb"] == "hold"), one.why)
