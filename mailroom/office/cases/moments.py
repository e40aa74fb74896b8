"""Times as a case reckons with them: the pure half's arithmetic, with the office's zone, days and slots."""

from datetime import datetime

from mailroom.office.cases.scene import Scene
from mailroom.office.office import Office
from mailroom.office.working_days import after_quiet, day_ends, is_working_day, next_working_moment
from mailroom.rules.cases import Calendar, Moment, due, timers

CLOSES = frozenset({"fact", "fact_ends"})
OFFICE_ROLES = frozenset({"coordinator", "cover", "chief_inspector"})
"""Whoever works the office's hours: their drafts and tasks wait for the next working minute."""


def calendar(office: Office) -> Calendar:
    """Return the days and the wall that cases count by."""
    return Calendar(office.zone, is_working_day, lambda at: day_ends(at, office.config.hours.week, office.zone))


def when(scene: Scene, moment: Moment, *, entry: datetime | None = None) -> datetime | None:
    """Return when a moment of the case comes, None while what it hangs on is unknown."""
    begin = entry or datetime.fromisoformat(scene.case.entered_at)
    return due(moment, begin, scene.facts, calendar(scene.office))


def too_late(scene: Scene) -> datetime | None:
    """Return from when on a call or a reminder is of no use any more: when the time comes that its stage waits for.

    Nobody is asked for what nobody needs now, nor reminded of what is over; None where no such time is known.
    """
    ends = (
        when(scene, one.moment)
        for one in timers(scene.process, scene.case.stage)
        if one.kind == "when" and one.moment.anchor in CLOSES and not one.moment.amount
    )
    return min((at for at in ends if at is not None), default=None)


def slot(office: Office, now: datetime, role: str, hours: str) -> datetime | None:
    """Return when a mail may leave: at once at any hour, else in the slot of whoever reads it (design, section 2)."""
    if hours == "any":
        return None
    if hours == "" and role in OFFICE_ROLES:
        return next_working_moment(now, office.config.hours.week, office.zone)
    return after_quiet(now, office.config.hours.quiet, office.zone)
