"""`Then remind`: who is told again when the day comes, if what the rule asks about is still so at that moment."""

from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.office import mail, wording
from mailroom.office.mail import Cause
from mailroom.office.office import Office
from mailroom.office.working_days import next_working_moment
from mailroom.rules.actions import TOLD
from mailroom.store import cases, journal, links, people, reminders, tasks, threads, views
from mailroom.store.reminders import REMINDED, Reminder

_STILL: Final = {
    "": "",
    "open": " Its case is still open.",
    "unanswered": " Nobody has written since.",
    "undecided": " Nobody has said what it is.",
}


def remind(office: Office, now: datetime) -> int:
    """Remind of everything that is due, and return how many reminders were settled; each is asked once."""
    due = reminders.due(office.store.db, now)
    for one in due:
        with office.store.immediate() as db:
            reminders.settle(db, one.id, _remind(office, db, one, now), now)
    return len(due)


def _remind(office: Office, db: Database, one: Reminder, now: datetime) -> str:
    """Tell the roles, by a task and a mail each; returns what became of the reminder."""
    if reason := _not_needed(db, one):
        return reason
    about = views.message(db, one.message)
    came = moment(about.received_at)
    words = (
        f"You asked to be reminded of #{one.message}, which came on {wording.short_moment(came, office.zone)}, "
        f"{one.why}.{_STILL[one.still]}"
    )
    found = [link for link in links.of_message(db, one.message) if link.state == "confirmed"]
    case, ref = (found[0].case, found[0].ref) if len(found) == 1 else (None, "")
    for role in one.roles:
        tasks.add(db, f"remind:{one.key}:{role}", role, words, now, message=one.message, case=case)
        # Under one key for all the roles: whoever holds two of them gets one mail.
        mail.to_role(
            office, db, now, key=f"remind:{one.key}", role=role, template=TOLD, kind="notice",
            variables={
                "reasons": [words],
                "class_words": about.class_,
                "sender_name": people.name_of(db, about.person) or "somebody outside the directory",
            },
            cause=Cause(one.message, case, ref, at=came),
            not_before=next_working_moment(now, office.config.hours.week, office.zone),
        )  # fmt: skip
    journal.write(db, now, "reminded", words, message=one.message, case=case)
    return REMINDED


def _not_needed(db: Database, one: Reminder) -> str:
    """Return why nobody needs reminding any more, "" when somebody does.

    A message without a case is still open: nobody has closed anything.
    """
    if one.still == "open":
        own = [cases.by_id(db, link.case) for link in links.of_message(db, one.message) if link.state == "confirmed"]
        return "its case is closed" if own and all(case.final for case in own) else ""
    if one.still == "unanswered":
        return "somebody has written since" if threads.written_in_since(db, one.message) else ""
    if one.still == "undecided":
        return "it has a class" if views.message(db, one.message).class_ else ""
    return ""
