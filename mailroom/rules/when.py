"""Lines about when a message came, and how big it is.

    If weekday: Saturday; Sunday               If time: out of hours
    If weekday: weekend                        If time: from 22:00 to 06:00
    If date: from 1 December to 5 January      If size: over 5 MB
    If date: 24 December; from 1 May 2031 to 31 May 2031

A message came when our server took it, by the clock on the office's wall. A date without a year comes every year.
Values are kept so that they compare as text: "1201-0105", "20310501-20310531", "22:00-06:00".
"""

import calendar
import re
from datetime import datetime
from typing import Final

from mailroom.message.date_words import MONTHS
from mailroom.rules import vocabulary
from mailroom.rules.known import Fault
from mailroom.rules.lines import canonical

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OUT_OF_HOURS: Final = "out of hours"
IN_HOURS: Final = "office hours"

_GROUPS = {"weekend": DAYS[5:], "weekday": DAYS[:5]}
_UNITS = {"b": 1, "bytes": 1, "kb": 1000, "mb": 1_000_000, "gb": 1_000_000_000}
_ENGLISH_MONTHS = calendar.month_name[1:]
_DATE = re.compile(r"(\d{1,2})(?:st|nd|rd|th)? (?:of )?([a-z]+)(?: (\d{4}))?")
_RANGE = re.compile(r"(?:from |between )?(.+?) (?:to|until|and|-) (.+)")
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
_SIZE = re.compile(r"(over|more than|under|less than) (\d{1,6}(?:\.\d{1,3})?) ?([a-z]+)")
_LEAP = 2024


def read_weekday(value: str) -> str:
    """Return monday … sunday, weekend or weekday; raises Fault."""
    name = re.sub(r"^(?:on )?(?:an? |the )?", "", canonical(value))
    name = name if name in _GROUPS else name.removesuffix("s")
    if name not in DAYS and name not in _GROUPS:
        near = vocabulary.nearest(name, [*(day.capitalize() for day in DAYS), *_GROUPS])
        raise Fault(f"“{value}” is no day of the week.", near, value)
    return name


def read_dates(value: str) -> str:
    """Return a date or the dates between two, as they are compared; raises Fault."""
    name = re.sub(r"^on ", "", canonical(value))
    if found := _DATE.fullmatch(name):
        day = _day(found, value)
        return f"{day}-{day}"
    found = _RANGE.fullmatch(name)
    ends = [_DATE.fullmatch(one) for one in found.groups()] if found else []
    first, last = (_day(one, value) if one else "" for one in ends) if len(ends) == 2 else ("", "")  # noqa: PLR2004 - both ends
    if not first or not last:
        raise Fault(f"“{value}” is no date; write it like 24 December or from 1 May to 31 May.", "", value)
    if len(first) != len(last):
        raise Fault("give the year with both dates or with neither.", "from 1 May 2031 to 31 May 2031", value)
    if len(first) == len("20310501") and first > last:
        raise Fault(f"“{value}” ends before it begins.", "", value)
    return f"{first}-{last}"


def read_hours(value: str) -> str:
    """Return out of hours, office hours, or a stretch of the day; raises Fault."""
    name = canonical(value)
    if name in {OUT_OF_HOURS, "out of office hours", "outside office hours", "outside hours"}:
        return OUT_OF_HOURS
    if name in {IN_HOURS, "in hours", "in office hours", "working hours", "in working hours"}:
        return IN_HOURS
    found = _RANGE.fullmatch(name)
    ends = [_TIME.fullmatch(one) for one in found.groups()] if found else []
    if not ends or None in ends:
        near = vocabulary.nearest(name, (OUT_OF_HOURS, IN_HOURS)) or "from 22:00 to 06:00"
        raise Fault(f"“{value}” is no time; write out of hours, office hours, or from 22:00 to 06:00.", near, value)
    first, last = (f"{int(one[1]):02}:{one[2]}" for one in ends if one)
    if first == last:
        raise Fault(f"“{value}” begins and ends at the same time.", "", value)
    return f"{first}-{last}"


def read_size(value: str) -> str:
    """Return "over N" or "under N" bytes; raises Fault."""
    found = _SIZE.fullmatch(canonical(value))
    unit = _UNITS.get(found[3]) if found else None
    if not found or unit is None:
        raise Fault(f"“{value}” is no size; write it like over 5 MB or under 20 kB.", "over 5 MB", value)
    word = "over" if found[1] in {"over", "more than"} else "under"
    return f"{word} {round(float(found[2]) * unit)}"


def is_weekday(value: str, moment: datetime) -> bool:
    """Tell whether a moment is on such a day."""
    return DAYS[moment.weekday()] in _GROUPS.get(value, (value,))


def is_dated(value: str, moment: datetime) -> bool:
    """Tell whether a moment is on that date or between those."""
    first, last = value.split("-")
    here = moment.strftime("%Y%m%d")[-len(first) :]
    return first <= here <= last if first <= last else here >= first or here <= last


def is_timed(value: str, moment: datetime, *, out_of_hours: bool) -> bool:
    """Tell whether a moment is in that stretch of the day; its last minute no longer is."""
    if value in {OUT_OF_HOURS, IN_HOURS}:
        return out_of_hours == (value == OUT_OF_HOURS)
    first, last = value.split("-")
    here = moment.strftime("%H:%M")
    return first <= here < last if first < last else here >= first or here < last


def is_sized(value: str, size: int) -> bool:
    """Tell whether a size is over or under what a line names."""
    word, _, limit = value.partition(" ")
    return size > int(limit) if word == "over" else size < int(limit)


def _day(found: re.Match[str], written: str) -> str:
    month = MONTHS.get(found[2], 0)
    if not month or not found[2].isascii():
        name = found[2].capitalize()
        raise Fault(f"“{name}” is no month.", vocabulary.nearest(name, _ENGLISH_MONTHS), found[2])
    year = int(found[3]) if found[3] else 0
    if not 1 <= int(found[1]) <= calendar.monthrange(year or _LEAP, month)[1]:
        raise Fault(f"“{written}” is no date: the month has no day {found[1]}.", "", written)
    return f"{found[3] or ''}{month:02}{int(found[1]):02}"
