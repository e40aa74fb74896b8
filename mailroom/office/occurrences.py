"""The moments at which a duty of the schedule is due: its days on the wall, the clocks' changes and the records' dates.

A wall time has one moment a day. In October the hour from 01:00 comes twice, and the first counts; in March it does
not come, and what is due in it is due one hour later by the wall.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from mailroom.office.working_days import is_working_day
from mailroom.rules.rhythm import Dated, counted, falls, moved
from mailroom.rules.schedule_file import Duty

# The rarest rhythm is yearly, and may be moved by a holiday; what is not due within this span never is.
_LONGEST = timedelta(days=434)
_STRIDE = timedelta(days=62)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RowDate:
    """A date that the records hold: `row` is the key of the person or case it belongs to."""

    row: str
    day: date


Dates = Mapping[str, Callable[[], Iterable[RowDate]]]
"""What reads the dates of the records, by their names in the schedule."""

NO_DATES: Dates = {}


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time a duty is due. `over` is the moment from which it would come too late, if there is one.

    `key` names it for ever: by the duty's name and the local date, so that a duty runs at most once a day; or, where
    the duty is about one row of the records, by that row, its date and the distance. `row` is that row, else "".
    """

    key: str
    due: datetime
    over: datetime | None = None
    row: str = ""


def between(duty: Duty, after: datetime, until: datetime, zone: ZoneInfo, dates: Dates = NO_DATES) -> list[Occurrence]:
    """Return the occurrences of a duty after one moment, up to and including another, oldest first."""
    if isinstance(duty.when, Dated):
        return [one for one in _dated(duty, zone, dates) if after < one.due <= until]
    return list(takewhile(lambda one: one.due <= until, _coming(duty, after, zone)))


def following(duty: Duty, after: datetime, zone: ZoneInfo, n: int, dates: Dates = NO_DATES) -> list[Occurrence]:
    """Return the next occurrences of a duty after a moment, at most `n`, soonest first."""
    if isinstance(duty.when, Dated):
        return [one for one in _dated(duty, zone, dates) if one.due > after][:n]
    return list(islice(_coming(duty, after, zone), n))


def on_the_wall(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the one moment, in UTC, of a wall time on a day."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def _coming(duty: Duty, after: datetime, zone: ZoneInfo) -> Iterator[Occurrence]:
    """Give the occurrences after a moment for as long as there are any."""
    if isinstance(duty.when, Dated):
        raise TypeError(duty.when)
    # A day early: a time the clocks leap over at midnight belongs to the day before.
    first = after.astimezone(zone).date() - _DAY
    empty = timedelta()
    begins = getattr(duty.when, "begins", None)
    if begins is not None:
        first = max(first, begins - _DAY)
    while empty < _LONGEST and date.max - first > _LONGEST:
        found = falls(duty.when, first, first + _STRIDE, is_working_day)
        for fall in found:
            due = on_the_wall(fall.day, duty.when.at, zone)
            over = fall.over and on_the_wall(fall.over.date(), fall.over.time(), zone)
            if due > after:
                yield Occurrence(f"{duty.name}:{fall.day.isoformat()}", due, over)
        empty = timedelta() if found else empty + _STRIDE
        first += _STRIDE + _DAY


def _dated(duty: Duty, zone: ZoneInfo, dates: Dates) -> list[Occurrence]:
    """Return every occurrence of a duty that counts from dates of the records, oldest first.

    What goes before a date comes too late when that day is over.
    """
    when = duty.when
    if not isinstance(when, Dated):
        raise TypeError(when)
    found: dict[str, Occurrence] = {}
    for one in dates.get(when.date, tuple)():
        for offset in when.offsets:
            if not _LONGEST < one.day - date.min < date.max - date.min - _LONGEST:
                continue  # a slip of the pen, such as the year 9999
            day = moved(counted(one.day, offset, is_working_day, before=when.before), when.otherwise, is_working_day)
            due = on_the_wall(day, when.at, zone)
            over = on_the_wall(one.day + _DAY, time(), zone) if when.before else None
            key, row = f"{duty.name}:{day.isoformat()}", ""
            if duty.each:
                side, unit = "-" if when.before else "+", "wd" if offset.working else ""
                key, row = f"{duty.name}:{one.row}:{one.day.isoformat()}:T{side}{offset.n}{unit}", one.row
            same = found.get(key)
            if same is not None and same.over is not None and over is not None:
                over = max(over, same.over)
            found[key] = Occurrence(key, due, over, row)
    return sorted(found.values(), key=lambda one: (one.due, one.key))
