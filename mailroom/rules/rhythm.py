"""When something is due, as a line of the schedule has it, and the days that makes.

Dates only: which days are worked is for the caller to know, and so is when the clocks change.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

Works = Callable[[date], bool]
"""Tells whether a day is worked."""

Otherwise = Literal["", "next", "previous"]
"""What a day that is not worked gives way to: itself, or the nearest worked day after or before it."""

# Long enough for any holiday; a calendar that never works again would otherwise hang the schedule.
_MOST_DAYS_OFF: Final = 31

_DAY: Final = timedelta(days=1)
_WEEK: Final = 7
_QUARTERS: Final = (1, 4, 7, 10)


@dataclass(frozen=True, slots=True)
class Pick:
    """Which day of a month or a quarter: the `nth` day, worked day or weekday in it; -1 is the last."""

    what: Literal["day", "working day", "weekday"]
    nth: int
    weekday: int = 0


@dataclass(frozen=True, slots=True)
class Every:
    """A rhythm: `at` is the time on the office's wall, weekdays count from 0, Monday.

    `weeks` and `begins` belong to every so many weeks from a date; `months` (none for all) and `pick` to month and
    quarter.
    """

    unit: Literal["day", "working day", "week", "month", "quarter"]
    at: time
    weekdays: tuple[int, ...] = ()
    weeks: int = 1
    begins: date | None = None
    months: tuple[int, ...] = ()
    pick: Pick | None = None
    otherwise: Otherwise = ""


@dataclass(frozen=True, slots=True)
class Offset:
    """So many days, or working days."""

    n: int
    working: bool = False

    def __str__(self) -> str:
        """Write it as the schedule does: `2 working days`."""
        return f"{self.n} {'working ' * self.working}day{'s' * (self.n != 1)}"


@dataclass(frozen=True, slots=True)
class Beside:
    """Before or after another line of the schedule, `line`, whose own time is `of`."""

    line: str
    of: "Every | Beside"
    before: bool
    offsets: tuple[Offset, ...]
    at: time
    otherwise: Otherwise = ""


@dataclass(frozen=True, slots=True)
class Dated:
    """Before or after a date that the office's records hold, such as the end of somebody's vetting."""

    date: str
    before: bool
    offsets: tuple[Offset, ...]
    at: time
    otherwise: Otherwise = ""


When = Every | Beside | Dated


@dataclass(frozen=True, slots=True)
class Fall:
    """A day on which something is due; `over` is the time on the wall from which it would come too late."""

    day: date
    over: datetime | None = None


def falls(when: Every | Beside, first: date, last: date, works: Works) -> list[Fall]:
    """Return the days from `first` to `last` on which it is due, in order."""
    found: dict[date, Fall] = {}
    reach = timedelta(days=_reach(when))
    wide = _days(when, first - reach, last + reach, works)
    for fall in wide:
        day = moved(fall.day, when.otherwise, works)
        if first <= day <= last:
            found[day] = Fall(day, fall.over)
    return sorted(found.values(), key=lambda fall: fall.day)


def counted(day: date, offset: Offset, works: Works, *, before: bool) -> date:
    """Return the day that lies so far before or after another.

    No working days at all is the day itself, or the nearest worked one on that side.
    """
    step = -_DAY if before else _DAY
    if not offset.working:
        return day + step * offset.n
    day = moved(day, "previous" if before else "next", works) if offset.n == 0 else day
    for _ in range(offset.n):
        day = moved(day + step, "previous" if before else "next", works)
    return day


def moved(day: date, otherwise: Otherwise, works: Works) -> date:
    """Return the day itself where it is worked, else what it gives way to."""
    step = {"": timedelta(), "next": _DAY, "previous": -_DAY}[otherwise]
    for n in range(_MOST_DAYS_OFF):
        if not step or works(day + step * n):
            return day + step * n
    return day


def _reach(when: Every | Beside) -> int:
    """Return how far the day that counts may lie from the day it falls on."""
    off = _MOST_DAYS_OFF if when.otherwise else 0
    if isinstance(when, Every):
        return off
    # Of two days one is worked, holidays and all, once the longest of those is allowed for.
    return off + max(one.n * 2 + _MOST_DAYS_OFF if one.working else one.n for one in when.offsets)


def _days(when: Every | Beside, first: date, last: date, works: Works) -> Iterator[Fall]:
    if isinstance(when, Every):
        yield from (Fall(day) for day in _rhythm(when, first, last, works))
        return
    # From far to near: two that meet on one day are one, and it is the nearer occasion that counts.
    for offset in sorted(when.offsets, key=lambda one: -one.n):
        for fall in falls(when.of, first, last, works):
            over = datetime.combine(fall.day, when.of.at) if when.before else None
            yield Fall(counted(fall.day, offset, works, before=when.before), over)


def _rhythm(every: Every, first: date, last: date, works: Works) -> Iterator[date]:
    match every.unit:
        case "day":
            yield from _span(first, last)
        case "working day":
            yield from filter(works, _span(first, last))
        case "week":
            yield from (day for day in _span(first, last) if _in_week(every, day))
        case "month" | "quarter":
            for begins, ends in _periods(every, first, last):
                day = _picked(every.pick, begins, ends, works)
                if day is not None and first <= day <= last:
                    yield day


def _in_week(every: Every, day: date) -> bool:
    if day.weekday() not in every.weekdays:
        return False
    if every.begins is None:
        return True
    monday = every.begins - timedelta(days=every.begins.weekday())
    return day >= every.begins and (day - monday).days // _WEEK % every.weeks == 0


def _periods(every: Every, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Return the first and the last day of each month or quarter that has a day in a span."""
    months = _QUARTERS if every.unit == "quarter" else every.months or tuple(range(1, 13))
    length = 3 if every.unit == "quarter" else 1
    for year in range(first.year - 1, last.year + 1):
        for month in months:
            begins = date(year, month, 1)
            after = date(year + (month + length > 12), (month + length - 1) % 12 + 1, 1)  # noqa: PLR2004 - December
            if begins <= last and after > first:
                yield begins, after - _DAY


def _picked(pick: Pick | None, begins: date, ends: date, works: Works) -> date | None:
    fits: Callable[[date], bool] = {
        "day": lambda _: True,
        "working day": works,
        "weekday": lambda day: pick is not None and day.weekday() == pick.weekday,
    }[pick.what if pick else "day"]
    nth = pick.nth if pick else 1
    found = [day for day in _span(begins, ends) if fits(day)]
    if nth < 0:
        return found[-1] if found else None
    return found[nth - 1] if nth <= len(found) else None


def _span(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
