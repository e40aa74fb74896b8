"""`If nothing happens`: a case that rests in a stage too long becomes a task, and so a line a person reads."""

from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.office import mail
from mailroom.office.mail import Cause
from mailroom.office.office import Office
from mailroom.office.working_days import is_working_day, next_working_moment
from mailroom.rules.cases import Calendar, due
from mailroom.store import cases, journal, tasks
from mailroom.store.cases import Case

SUMMARISED = "coordinator"
"""The role whose open tasks stand in the daily summary."""


def remind(office: Office, now: datetime) -> int:
    """Make a task of every deadline that has passed, and return how many there were.

    Once a stage, and once more after each answer that a person gives by hand.
    """
    passed = [(case, roles) for case in cases.still_open(office.store.db) if (roles := _owed(office, case, now))]
    made = 0
    for case, roles in passed:
        with office.store.immediate() as db:
            for role in roles:
                since = "the last answer by hand" if case.answered_at > case.entered_at else f"it became “{case.stage}”"
                words = f"Nothing has happened on {case.ref} since {since}. What is the next step?"
                key = f"deadline:{case.ref}:{case.quiet_since}:{role}"
                if tasks.add(db, key, role, words, now, case=case.id):
                    journal.write(db, now, "alarm", words, case=case.id)
                    made += 1
                    if role != SUMMARISED:
                        _write(office, db, case, role, key, words, now)
    return made


def _write(office: Office, db: Database, case: Case, role: str, key: str, words: str, now: datetime) -> None:
    """Write to a role that has no summary of its own: a task nobody sees is no task."""
    mail.to_role(
        office, db, now, key=key, role=role, template="notice/told", kind="notice", variables={"reasons": [words]},
        cause=Cause(case=case.id, ref=case.ref),
        not_before=next_working_moment(now, office.config.hours.week, office.zone),
    )  # fmt: skip


def _owed(office: Office, case: Case, now: datetime) -> tuple[str, ...]:
    """Return whom a case's deadline concerns, () while it has not passed."""
    process = office.rules.cases.get(case.kind)
    deadline = process.deadline if process else None
    if deadline is None:
        return ()
    at = due(deadline.moment, moment(case.quiet_since), {}, Calendar(office.zone, is_working_day))
    return deadline.roles if at is not None and now >= at else ()
