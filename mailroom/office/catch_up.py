"""What somebody missed while no address of theirs could be used: written anew, or let go, once they can be reached.

A template says `Catch up: until closes` where it is worth it (domain.md, C1). Its date is the mail's own last moment,
and the end of its case. Whatever makes an address usable (an import, a person's word) needs to do nothing else: the
delivery loop looks for those who can be reached again. A command that wants to say what follows calls
`usable_again` in its own transaction.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import moment, stamp
from mailroom.office import anew, wording
from mailroom.office.office import Office
from mailroom.store import bounces, journal, missed, people
from mailroom.store.missed import Missed

UNTIL_CLOSES = "until closes"


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What became of what somebody had missed: subjects written anew, and sentences about the rest."""

    written: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


def everybody(office: Office, db: Database, now: datetime) -> None:
    """Catch up with everybody who can be reached again."""
    for person in missed.reachable(db):
        usable_again(office, db, person, now)


def usable_again(office: Office, db: Database, person: str, now: datetime) -> CaughtUp:
    """Write anew what somebody missed and can still use, and journal what is let go. A second call does nothing."""
    to = anew.recipient(db, person)
    if to is None:
        return CaughtUp()
    bounces.forget_score(db, to.address)
    written, dropped = list[str](), list[str]()
    for one in missed.unsettled(db, person):
        if why := _too_late(office, one, now):
            missed.settle(db, one.id, "dropped", now)
            dropped.append(f"{one.template} of {_day(office, one.created_at)}: {why}")
            words = f"Not written again to {people.name_of(db, person)} ({person}): {dropped[-1]}."
            journal.write(db, now, "let go", words, outbox=one.id)
            continue
        old = missed.past(db, one.id)
        anew.write(office, db, old, to, anew.again(one.id), now, held=one.held)
        missed.settle(db, one.id, "written", now)
        written.append(old.subject)
    return CaughtUp(tuple(written), tuple(dropped))


def is_caught_up(office: Office, template: str) -> bool:
    """Tell whether a template wants to be sent to whoever could not be reached."""
    found = office.templates.mails.get(template)
    return found is not None and found.source.catch_up == UNTIL_CLOSES


def _too_late(office: Office, one: Missed, now: datetime) -> str:
    """Return why a mail is not written anew, "" where it is."""
    if not is_caught_up(office, one.template):
        return "mails of this kind are not sent later"
    if one.expires and one.expires <= stamp(now):
        return f"it closed on {_day(office, one.expires)}"
    return "its case is closed" if one.case_is_closed else ""


def _day(office: Office, at: str) -> str:
    return wording.day(moment(at).astimezone(office.zone).date())
