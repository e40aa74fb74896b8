"""What takes the place of a mail that a guard has taken away as it was to leave. Called in that same transaction.

Its reader has another address by now: it goes there. A role has passed on: it goes to whoever holds it. Nobody does:
the coordinator is told. And what somebody cannot be given now is kept for `catch_up`.
"""

from datetime import datetime
from email import message_from_bytes
from email.policy import default
from random import SystemRandom
from typing import Final

from sqlite_utils import Database

from mailroom.office import anew, mail
from mailroom.office.commands import asking
from mailroom.office.linting import FORCE
from mailroom.office.mail import Cause
from mailroom.office.office import Office
from mailroom.store import alarms, journal, missed, people, tasks
from mailroom.store.guards import Unfit
from mailroom.store.missed import Past

TOLD: Final = "notice/told"
WITHIN_THE_FORCE: Final = "forward"
"""The kind of mail that holds somebody's words to the police, and never reaches a member, whatever role they hold."""


def follow(office: Office, db: Database, row: int, unfit: Unfit, now: datetime, *, held: bool = False) -> None:
    """Do what follows from a mail that was cancelled; `held`: nobody had approved it yet."""
    old = missed.past(db, row)
    if unfit.because == "address":
        missed.note(db, row, now, held=held)
        to = anew.recipient(db, old.person, old.role)
        if to is not None and to.address != old.recipient.lower():
            # They only moved: whatever it is, it goes where they are, and counts as a mail of its sending.
            anew.write(office, db, old, to, anew.again(row), now, held=held, batch=old.batch)
            missed.settle(db, row, "written", now)
            return
    if old.role:
        _pass_on(office, db, old, unfit.why, now, held=held)


def _pass_on(office: Office, db: Database, old: Past, why: str, now: datetime, *, held: bool) -> None:
    """Write to those who hold the role now; the key is such that nobody who was written to already is again."""
    if _asks(db, old):
        _asked(office, db, old, why, now)
        return
    key = old.key.removesuffix(f":{old.person}")
    reached = False
    for person in people.holders(db, old.role):
        outside = old.kind == WITHIN_THE_FORCE and people.kind_of(db, person) not in FORCE
        to = None if outside or person == old.person else anew.recipient(db, person, old.role)
        if to is not None:
            anew.write(office, db, old, to, f"{key}:{person}", now, held=held, batch=old.batch)
            reached = True
    if not reached:
        _nobody(db, old, why, now)


def _asks(db: Database, old: Past) -> bool:
    """Tell whether a mail bears a code of its reader's: it would be of no use to anybody else, and is not theirs."""
    plain = message_from_bytes(old.mime, policy=default).get_body(("plain",))
    text = str(plain.get_content()) if plain is not None else ""
    return any(code in text for code in missed.codes_of(db, old.person))


def _asked(office: Office, db: Database, old: Past, why: str, now: datetime) -> None:
    """Tell the role's next holders that something waits for a word; what they need is asked anew, with their code."""
    asked, _, about = old.key.partition(":")
    if old.template == asking.HELD and asked == "held" and about.partition(":")[0].isdecimal():
        asking.ask_next(office, db, int(about.partition(":")[0]), now, SystemRandom())
        return
    words = (
        f"“{old.subject}” waits for a word. It was to go to {people.name_of(db, old.person)}, but {why}, and a code "
        "works for one person only."
    )
    told = mail.to_role(
        office, db, now, key=f"asked:{old.id}", role=old.role, template=TOLD, kind="notice",
        variables={"reasons": [words], "class_words": "a decision that waits", "sender_name": "mailroom"},
        cause=Cause(message=old.cause, case=old.case),
    )  # fmt: skip
    tasks.add(db, f"asked:{old.id}", old.role, words, now, message=old.cause, case=old.case)
    if not told:
        _nobody(db, old, why, now)


def _nobody(db: Database, old: Past, why: str, now: datetime) -> None:
    role = old.role.replace("_", " ")
    words = f"A mail to the role “{role}” ({old.subject}) reached nobody: {why}, and nobody else can be written to."
    tasks.add(db, f"nobody:{old.id}", "coordinator", words, now, message=old.cause, case=old.case)
    if alarms.sound(db, f"role:{old.role}", words, now):
        journal.write(db, now, "alarm", words, outbox=old.id)
