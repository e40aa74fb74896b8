"""Working days of England and Wales, and the office's working hours. Pure: the caller says what day it is.

A working day is Monday to Friday, not a bank holiday. Part-time hours make no day less a working day:
deadlines count days, mail to the coordinator waits for hours.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from mailroom.config.model import Hours

SATURDAY = 5
# Christmas to New Year is the longest stretch without work; a week of days off is a config fault.
_MOST_DAYS_AHEAD = 14

Week = Sequence[Hours | None]
"""Working hours of each day, Monday first; None is a day off."""


def is_working_day(day: date) -> bool:
    """Tell whether England and Wales work on a day."""
    return day.weekday() < SATURDAY and day not in _bank_holidays(day.year)


def bank_holiday(day: date) -> str:
    """Return what a bank holiday is called, "" for a day that is none."""
    return _bank_holidays(day.year).get(day, "")


def next_working_day(day: date) -> date:
    """Return the day itself, or the first working day after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def add_working_days(day: date, n: int) -> date:
    """Return the working day `n` working days after a day; 0 is the day itself, or the next that is worked."""
    day = next_working_day(day)
    for _ in range(n):
        day = next_working_day(day + timedelta(days=1))
    return day


def working_days_late(due: date, today: date) -> int:
    """Return how many full working days have passed since a due date; 0 on the day and before it.

    Due on Friday 15 January, a thing is 10 working days late on Friday 29 January.
    """
    return sum(is_working_day(due + timedelta(days=n)) for n in range(1, (today - due).days + 1))


def in_hours(moment: datetime, week: Week, zone: ZoneInfo) -> bool:
    """Tell whether the office is at work at a moment."""
    local = moment.astimezone(zone)
    today, wall = local.date(), local.time()
    if (hours := _hours(today, week)) and hours.begins <= wall and (wall < hours.ends or hours.ends <= hours.begins):
        return True
    night = _hours(today - timedelta(days=1), week)
    return night is not None and night.ends <= night.begins and wall < night.ends


def next_working_moment(moment: datetime, week: Week, zone: ZoneInfo) -> datetime:
    """Return the moment itself when the office is at work, else the next at which its hours begin.

    An office without any working hours is taken to be always at work: its mail must not wait for ever.
    """
    if in_hours(moment, week, zone):
        return moment
    local = moment.astimezone(zone)
    for n in range(_MOST_DAYS_AHEAD):
        day = local.date() + timedelta(days=n)
        hours = _hours(day, week)
        if hours and (begins := datetime.combine(day, hours.begins, zone)) > local:
            return begins.astimezone(moment.tzinfo)
    return moment


def day_ends(moment: datetime, week: Week, zone: ZoneInfo) -> datetime:
    """Return when the office stops work on the day of a moment; the moment itself where it is not at work."""
    if not in_hours(moment, week, zone):
        return moment
    local = moment.astimezone(zone)
    day = local.date()
    for began in (day - timedelta(days=1), day):
        hours = _hours(began, week)
        if hours is None:
            continue
        past_midnight = hours.ends <= hours.begins
        ends = datetime.combine(began + timedelta(days=1) if past_midnight else began, hours.ends, zone)
        if datetime.combine(began, hours.begins, zone) <= local < ends:
            return ends.astimezone(moment.tzinfo)
    return moment


def in_quiet(moment: datetime, quiet: Hours | None, zone: ZoneInfo) -> bool:
    """Tell whether people are left in peace at a moment."""
    if quiet is None:
        return False
    wall = moment.astimezone(zone).time()
    if quiet.begins <= quiet.ends:
        return quiet.begins <= wall < quiet.ends
    return wall >= quiet.begins or wall < quiet.ends


def after_quiet(moment: datetime, quiet: Hours | None, zone: ZoneInfo) -> datetime:
    """Return the moment itself, or when the quiet hours it lies in end."""
    if quiet is None or not in_quiet(moment, quiet, zone):
        return moment
    local = moment.astimezone(zone)
    tomorrow = quiet.ends <= local.time()
    return datetime.combine(local.date() + timedelta(days=tomorrow), quiet.ends, zone).astimezone(moment.tzinfo)


def _hours(day: date, week: Week) -> Hours | None:
    return week[day.weekday()] if is_working_day(day) else None


@cache
def _bank_holidays(year: int) -> Mapping[date, str]:
    # Half a second the first time, so once a year and process.
    return dict(holidays.country_holidays("GB", subdiv="ENG", years=year))
