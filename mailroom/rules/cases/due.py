"""When a moment comes: arithmetic with the office's calendar, in the wall time of its zone.

Days, weeks and months are counted on the calendar, and keep the hour they are counted from; hours and minutes are
counted by the clock that runs, so that 72 hours are 72 hours also across a change of the clocks. What is counted from
a day, and not from an hour of it, comes at nine in the morning of the day it leads to.

A fact is text: `2027-02-20T14:00:00Z`, `2027-02-20 14:00`, `2027-02-20`, `2027-02-20 14:00-16:00`, or `14:00`.
"""

import calendar as months
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from mailroom.rules.cases.effects import Moment

MORNING: Final = time(9)
"""When what is due on a day is done (design, section 1)."""

_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
_HOURS = r"(?:from )?([01]?\d|2[0-3])[:.]([0-5]\d)(?: ?(?:-|to|until) ?([01]?\d|2[0-4])[:.]([0-5]\d))?"
_DAY = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}})(?:[ ,]+{_HOURS})?")
_CLOCKED: Final = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1)}
_MONTHS: Final = 12
# No office waits longer; beyond it the calendar of a computer may end.
_LONGEST = timedelta(days=36_600)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where the office is, on which days England and Wales work, and when the coordinator's day ends.

    `day_ends` gives the end of her hours on a day, and the moment itself where she is not at work at it.
    """

    zone: ZoneInfo
    is_working_day: Callable[[date], bool]
    day_ends: Callable[[datetime], datetime] = lambda moment: moment


@dataclass(frozen=True, slots=True)
class _When:
    """A fact as a time: its day, and the hours where it has any."""

    day: date
    begins: datetime | None = None
    ends: datetime | None = None


def due(
    moment: Moment, entry: datetime, facts: Mapping[str, str], calendar: Calendar, *, at_least: int = 0
) -> datetime | None:
    """Return when a moment comes, in the office's zone; None while its fact is unknown, or is no time.

    `entry` is when the case came into its stage, or what `from now` counts from; `facts` is what is known of the
    case. `at_least` are the minutes that half way needs between the two.
    """
    zone = calendar.zone
    entry = entry.astimezone(zone)
    try:
        if moment.anchor == "now":
            on_a_day = moment.unit not in _CLOCKED
            found = _counted(entry, moment, calendar)
            return _at(found.date(), MORNING, zone) if on_a_day else found
        if moment.anchor == "entry":
            return _counted(entry, moment, calendar)
        if moment.anchor == "day_ends":
            return _counted(calendar.day_ends(entry).astimezone(zone), moment, calendar)
        when = _read(facts.get(moment.fact, ""), entry, zone)
        return _of_fact(moment, when, entry, calendar, at_least) if when is not None else None
    except (OverflowError, ValueError):
        return None


def settled(value: str, now: datetime, zone: ZoneInfo) -> str:
    """Return a fact that says an hour only as the next such hour after `now`: a time must not move with the stage."""
    when = _read(value, now.astimezone(zone), zone) if _CLOCK.fullmatch(value.strip()) else None
    return when.begins.isoformat(timespec="minutes") if when is not None and when.begins is not None else value


def _of_fact(moment: Moment, when: _When, entry: datetime, calendar: Calendar, at_least: int) -> datetime | None:
    zone = calendar.zone
    begins = when.begins or _at(when.day, MORNING, zone)
    if moment.anchor == "half_way":
        between = begins.astimezone(UTC) - entry.astimezone(UTC)
        if between <= timedelta(0) or between < timedelta(minutes=at_least):
            return None
        return (entry.astimezone(UTC) + between / 2).astimezone(zone)
    if moment.anchor == "fact_ends":
        ends = when.ends or when.begins or _at(when.day + timedelta(days=1), time(0), zone)
        return _counted(ends, moment, calendar)
    if not moment.amount or moment.unit in _CLOCKED:
        return _counted(begins, moment, calendar)
    # A time counts from its hour; a day, also one with hours, from the morning.
    exact = when.begins is not None and when.ends is None
    return _counted(begins if exact else _at(when.day, MORNING, zone), moment, calendar)


def _counted(start: datetime, moment: Moment, calendar: Calendar) -> datetime:
    amount, zone = moment.amount, calendar.zone
    if moment.unit in _CLOCKED:
        return (start.astimezone(UTC) + _CLOCKED[moment.unit] * amount).astimezone(zone)
    day = start.date()
    match moment.unit:
        case "days":
            day += timedelta(days=amount)
        case "weeks":
            day += timedelta(weeks=amount)
        case "months":
            day = months_after(day, amount)
        case _:
            day = working_days_after(day, amount, calendar.is_working_day)
    return _at(day, start.timetz().replace(tzinfo=None), zone)


def months_after(day: date, amount: int) -> date:
    """Return the same day of a later month, or that month's last day where it has none such (Article 12(3) UK GDPR).

    A last day that is no working day stays the last day: an answer on the working day before it is never late.
    """
    year, month = divmod(day.year * _MONTHS + day.month - 1 + amount, _MONTHS)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def working_days_after(day: date, amount: int, is_working_day: Callable[[date], bool]) -> date:
    """Return the working day that many after a day, which is not counted; before it where `amount` is negative.

    So counts section 10(1) of the Freedom of Information Act 2000: the twentieth working day following the receipt.
    """
    step = timedelta(days=1 if amount > 0 else -1)
    begun = day
    for _ in range(abs(amount)):
        day += step
        while not is_working_day(day):
            day += step
            if abs(day - begun) > _LONGEST:
                raise OverflowError
    return day


def _at(day: date, wall: time, zone: ZoneInfo) -> datetime:
    # An hour that the change of the clocks leaves out is taken an hour later.
    return datetime.combine(day, wall, zone).astimezone(UTC).astimezone(zone)


def _read(value: str, entry: datetime, zone: ZoneInfo) -> _When | None:
    text = value.strip()
    if found := _CLOCK.fullmatch(text):
        at = _at(entry.date(), time(int(found[1]), int(found[2])), zone)
        at = at if at > entry else _at(entry.date() + timedelta(days=1), time(int(found[1]), int(found[2])), zone)
        return _When(at.date(), at)
    if found := _DAY.fullmatch(text):
        return _day(found, zone)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(zone)
    return _When(at.date(), at)


def _day(found: re.Match[str], zone: ZoneInfo) -> _When:
    day = date.fromisoformat(found[1])
    if not found[2]:
        return _When(day)
    begins = _at(day, time(int(found[2]), int(found[3])), zone)
    if not found[4]:
        return _When(day, begins)
    midnight = int(found[4]) == 24  # noqa: PLR2004 - the end of the day
    ends = _at(
        day + timedelta(days=1) if midnight else day, time(0 if midnight else int(found[4]), int(found[5])), zone
    )
    # Hours that go past midnight end on the day after.
    return _When(day, begins, ends if ends > begins else _at(day + timedelta(days=1), ends.time(), zone))
