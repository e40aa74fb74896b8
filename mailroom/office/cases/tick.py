"""What is due as of now: every clock of every case that has come, each in a transaction and an act of its own.

Nothing is read while nothing is due, but for one question to an index. After the machine was off, everything that
came meanwhile comes once, in its order; of one line that chases several times, only the last.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlite_utils import Database

from mailroom.clock import moment, stamp
from mailroom.errors import Problems
from mailroom.office import mail
from mailroom.office.absence import is_covered
from mailroom.office.cases import clocks, engine, sending
from mailroom.office.cases.moments import calendar
from mailroom.office.cases.scene import Scene
from mailroom.office.mail import Cause
from mailroom.office.office import Office
from mailroom.office.working_days import next_working_moment
from mailroom.rules.cases import ASKED, At, CaseFile, TimeCame, Timer, due
from mailroom.store import acts, alarms, case_facts, case_timers, cases, journal, tasks
from mailroom.store.case_timers import Due
from mailroom.store.cases import Case

log = logging.getLogger(__name__)

SUMMARISED: Final = "coordinator"
"""The role whose open tasks stand in the daily summary."""
MOST: Final = 10_000
"""Clocks that come in one look; the next look goes on."""
AT_A_TIME: Final = 500
RETRY: Final = timedelta(minutes=15)
WITHOUT_FILE: Final = timedelta(hours=1)
"""When what falls due in a case is looked at again whose file is gone."""


Guarded = Callable[[Callable[[], int], Callable[[Exception], None]], int | None]
"""Does something, or hands what went wrong to a second function and gives None (`schedule.guarded`)."""


def bare(do: Callable[[], int], failed: Callable[[Exception], None]) -> int | None:
    """Do something; a template that cannot be filled is what may go wrong."""
    try:
        return do()
    except Problems as error:
        failed(error)
        return None


def tick(office: Office, now: datetime, guarded: Guarded = bare) -> int:
    """Let every clock come that is due, and return how many there were to which something followed.

    What fails in one, `guarded` keeps from the others: it is tried again later.
    """
    clocks.rewind(office, now)
    done = 0
    for _ in range(MOST // AT_A_TIME):
        found = case_timers.due(office.store.db, now, AT_A_TIME)
        done += sum(guarded(partial(_come, office, one, now), partial(_failed, office, one, now)) or 0 for one in found)
        if len(found) < AT_A_TIME:
            break
    return done


def _come(office: Office, one: Due, now: datetime) -> int:
    """Let one clock come, all that follows from it or nothing."""
    with office.store.immediate() as db:
        return _due(office, db, one, now) if case_timers.still_due(db, one.id, now) else 0


def _due(office: Office, db: Database, one: Due, now: datetime) -> int:
    case = cases.by_id(db, one.case)
    process = office.rules.cases.get(case.kind)
    timer = _timer(process, case, one) if process is not None else None
    if process is None and not case.final:
        words = f"{case.ref} is open, and no file says any more how a case ({case.kind}) goes on. Please decide."
        tasks.add(db, f"case:{case.ref}:nofile", SUMMARISED, words, now, case=case.id)
        # The file may come back: what falls due meanwhile waits for it.
        case_timers.put_off(db, one.id, now + WITHOUT_FILE)
        return 0
    if case.final or process is None or timer is None:
        case_timers.done(db, one.id, now)
        return 0
    if one.kind == "deadline":
        return _deadline(office, db, process, case, one, timer, now)
    if _overtaken(db, case, one, now):
        case_timers.done(db, one.id, now)
        said = f"{case.ref}: a reminder due {stamp(one.due_at)[:16]} was passed over for a later one."
        journal.write(db, now, "withheld", said, case=case.id)
        return 0
    _settle(office, db, timer, one, now)
    scene = Scene(office, db, process, case, f"time:{case.entered_at}:{one.key}:{one.n}", now)
    words = f"{case.ref}: the time of {one.file} line {one.line} had come."
    with acts.recording(db, now, acts.OURSELVES, "timer", words, case=case.id):
        engine.run(scene, TimeCame(At(one.file, one.line)))
    return 1


def _timer(process: CaseFile, case: Case, one: Due) -> Timer | None:
    at = At(one.file, one.line)
    found = (timer for timer in clocks.running(process, case.stage) if timer.at == at and timer.kind == one.kind)
    return next(found, None)


def _overtaken(db: Database, case: Case, one: Due, now: datetime) -> bool:
    """Tell whether a later clock of the same line is due as well: then only that one is worth a mail."""
    if one.kind != "chase":
        return False
    others = (other for other in case_timers.of_case(db, case.id) if other.line == one.line and other.id != one.id)
    return any(one.due_at < other.due_at <= now for other in others)


def _settle(office: Office, db: Database, timer: Timer, one: Due, now: datetime) -> None:
    """Write down that a clock has come; one that repeats is set to its next turn after now."""
    if timer.every is None:
        case_timers.done(db, one.id, now)
        return
    at = due(replace(timer.every, anchor="entry"), one.due_at, {}, calendar(office))
    while at is not None and at <= now:
        at = due(replace(timer.every, anchor="entry"), at, {}, calendar(office))
    if at is None:
        case_timers.done(db, one.id, now)
    else:
        case_timers.again(db, one.id, at)


def _deadline(
    office: Office, db: Database, process: CaseFile, case: Case, one: Due, timer: Timer, now: datetime
) -> int:  # fmt: skip
    """Make a task of a deadline that has passed, and set it anew: an open case is never without a next step."""
    blocks = (*process.stages, *((process.any_stage,) if process.any_stage else ()))
    own = next((block.deadline for block in blocks if block.deadline and block.deadline.at == timer.at), None)
    whole = own or process.deadline
    roles = whole.roles if whole is not None and timer.at.line else tuple(case.owner.split("; "))
    again = due(replace(timer.moment, anchor="entry"), now, {}, calendar(office))
    case_timers.again(db, one.id, again if again is not None and again > now else now + timedelta(days=1))
    scene = Scene(office, db, process, case, f"deadline:{one.key}:{one.n}", now)
    since = "the last answer by hand" if case.answered_at > case.entered_at else f"it became “{case.stage}”"
    words = f"Nothing has happened on {case.ref} since {since}. What is the next step?"
    made = 0
    for role in dict.fromkeys(sending.shown_to(scene, roles or ("coordinator",))):
        key = f"deadline:{case.ref}:{case.quiet_since}:{role}"
        if case_timers.has_task(db, case.id, role):
            continue
        if tasks.add(db, key if one.n == 0 else f"{key}:{one.n}", role, words, now, case=case.id):
            journal.write(db, now, "alarm", words, case=case.id)
            made += 1
            if role != SUMMARISED or is_covered(office, db, role, now):
                _write(office, db, case, role, key, words, now)
    return made


def _write(office: Office, db: Database, case: Case, role: str, key: str, words: str, now: datetime) -> None:
    """Write to a role that has no summary of its own: a task nobody sees is no task."""
    mail.to_role(
        office, db, now, key=key, role=role, template=ASKED, kind="notice",
        variables={"reasons": [words], "stage": case.stage.replace("_", " ")},
        cause=Cause(case=case.id, ref=case.ref),
        not_before=next_working_moment(now, office.config.hours.week, office.zone),
    )  # fmt: skip


def _failed(office: Office, one: Due, now: datetime, error: Exception) -> None:
    # Of an error that is not ours, only the kind: its text may hold what a person wrote.
    why = str(error.problems[0]) if isinstance(error, Problems) else type(error).__name__
    with office.store.immediate() as db:
        case = cases.by_id(db, one.case)
        case_timers.put_off(db, one.id, now + RETRY)
        # An alarm is the coordinator's to read: of a case she may not see it says no more than that.
        hidden = SUMMARISED in case_facts.hidden_from(db, case.id)
        which = "A case that is kept apart" if hidden else f"{case.ref}: what falls due by {one.file} line {one.line}"
        words = f"{which} failed and is tried again later: {why}"
        if alarms.sound(db, f"timer:{case.ref}:{one.line}", words, now):
            journal.write(db, now, "alarm", words, case=case.id)
    log.warning("%s", words, exc_info=None if isinstance(error, Problems) else error)


def next_due(office: Office) -> datetime | None:
    """Return when the next clock comes, None when none runs."""
    at = case_timers.next_due(office.store.db)
    return moment(at) if at else None
