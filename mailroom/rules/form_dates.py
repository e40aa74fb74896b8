"""Days and times as people write them into a form, read only where a line has one meaning.

5/6 is the fifth of June: this office is British. A day without its year is the one near the day it is `near` to;
“tomorrow”, a weekday alone, and a weekday that is not that day's are nobody's to guess.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from typing import Final

from mailroom.message.date_words import MONTHS
from mailroom.rules import vocabulary
from mailroom.rules.lines import canonical

BEFORE: Final = timedelta(days=61)
AFTER: Final = timedelta(days=274)
"""A day without its year lies between two months before the case began and nine months after: one day at most."""

UNSURE: Final = re.compile(
    r"\b(?:or|not|maybe|perhaps|probably|possibly|if|unless|except|between|until|till|before|after|by|about|around"
    r"|roughly|week|tbc|tba|either|any|but|never)\b|\?|n't\b"
)
"""Words beside an answer that leave open which it is."""

_NOON: Final = 12
_CENTURY: Final = 2000
_TWO_FIGURES: Final = 2
"""Figures of a year written short."""
_YEARS_OFF: Final = 100
_LATE_MORNING: Final = 8
_HOURS: Final = 24
_MINUTES: Final = 60
_MISSPELT: Final = 5
"""A month is misspelt a little in its long form only: “Febuary”."""

_ENGLISH: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_SHORT: Final = {name[:3]: n for n, name in enumerate(_ENGLISH, start=1)} | {"sept": 9}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY: Final = re.compile(
    r"\b(mon|tue|tues|wed|weds|thu|thur|thurs|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
)

_DATE: Final = re.compile(
    r"(?<![\w/.-])(?:(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"|(?P<d>\d{1,2})(?P<s>[./-])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})"
    r"|(?P<d2>\d{1,2})[./](?P<m2>\d{1,2})"
    r"|(?P<d3>\d{1,2})(?:st|nd|rd|th)?[ -](?:of )?(?P<w3>[^\W\d_]{3,12})\.?(?:[ ,-]{1,2}(?P<y3>\d{4}|'?\d{2}))?"
    rf"|(?P<w4>(?:{'|'.join(_SHORT)})[^\W\d_]{{0,9}})\.? (?:the )?(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?"
    r"(?:,? (?P<y4>\d{4}))?)(?![\w/:]|[.-]\d)"
)
_TIME: Final = re.compile(
    r"(?<![\w/.:-])(?:(?P<h>\d{1,2})(?:[:.h](?P<min>[0-5]\d))? ?(?P<half>am|pm)\b"
    r"|(?P<h2>\d{1,2})[:.h](?P<min2>[0-5]\d)(?: ?(?:hrs|hours|h))?"
    r"|(?P<h3>[01]\d|2[0-3])(?P<min3>[0-5]\d)(?: ?(?:hrs|hours|h))?"
    r"|(?P<named>noon|midday|midnight))(?![\w/:]|[.-]\d)"
)
_HOUR: Final = r"(?:\d{1,2}(?:[:.h][0-5]\d)? ?(?:am|pm)?|[01]\d[0-5]\d|2[0-3][0-5]\d|noon|midday|midnight)"
_SPAN: Final = re.compile(
    rf"(?:from |between )?({_HOUR})(?: ?hrs)? ?(?:-|to|until|till|and) ?({_HOUR})(?: ?(?:hrs|hours|h))?"
)
_HALVES: Final = (
    (re.compile(r"\b([ap])\. ?m\b\.?"), r"\1m"),
    (re.compile(r" (?:o'clock )?in the morning\b"), " am"),
    (re.compile(r" (?:o'clock )?(?:in the (?:afternoon|evening)|at night)\b"), " pm"),
)


def a_date(answer: str, near: date | None) -> str:
    """Read a day, `near` the one its year is counted from; "" where it names none, or leaves open which."""
    text = canonical(answer)
    found = list(_DATE.finditer(text))
    rest = _DATE.sub(" ", text)
    if not found or UNSURE.search(rest) or "tomorrow" in rest or "today" in rest:
        return ""
    if re.search(r"\d", _TIME.sub(" ", rest)):
        return ""
    days = {_day(one, near) for one in found}
    day = days.pop()
    if days or day is None:
        return ""
    named = {word[:3] for word in _WEEKDAY.findall(text)}
    return day.isoformat() if named <= {_DAYS[day.weekday()][:3]} else ""


def a_time(answer: str, _near: date | None = None) -> str:
    """Read a time of day, as 14:05; half past two, without saying of which half of the day, is not read."""
    text = _halved(answer)
    found = list(_TIME.finditer(text))
    rest = _TIME.sub(" ", text)
    if not found or UNSURE.search(rest) or re.search(r"\d", rest):
        return ""
    times = {_only(one) for one in found}
    return times.pop() if len(times) == 1 else ""


def hours(answer: str, _near: date | None = None) -> str:
    """Read from when until when, as 11:00-16:00, where only one such stretch of one day can be meant."""
    text = _halved(answer).rstrip(".")
    found = _SPAN.fullmatch(text)
    if not found:
        return ""
    begins, ends = (list(_either(one)) for one in found.groups())
    possible = [(begin, end) for begin, end in product(begins, ends) if begin < end]
    if len(possible) > 1 and re.search(r"[ap]m$", found[2]):
        # “2-4pm”: what is said of the end is said of both, where that makes a stretch.
        alike = [(begin, end) for begin, end in possible if (begin < _NOON * _MINUTES) == (end < _NOON * _MINUTES)]
        possible = alike or possible
    return f"{_clock(possible[0][0])}-{_clock(possible[0][1])}" if len(possible) == 1 else ""


def _day(found: re.Match[str], near: date | None) -> date | None:
    day = int(found["day"] or found["d"] or found["d2"] or found["d3"] or found["d4"])
    year = found["year"] or found["y"] or found["y3"] or found["y4"] or ""
    written = found["w3"] or found["w4"]
    month = _month(written, year) if written else int(found["month"] or found["m"] or found["m2"])
    if not year:
        return _without_year(day, month, near)
    digits = year.strip("'")
    counted = int(digits) if len(digits) > _TWO_FIGURES else _CENTURY + int(digits)
    # A finger slips: 3031, 0231.
    return _dated(counted, month, day) if near is None or abs(counted - near.year) <= _YEARS_OFF else None


def _month(word: str, year: str) -> int:
    """Return the month of a word, 0 for none: of other languages only where a year stands beside it."""
    if word in _SHORT:
        return _SHORT[word]
    near = vocabulary.nearest(word, _ENGLISH, 0.8) if len(word) >= _MISSPELT else word
    if near in _ENGLISH:
        return _ENGLISH.index(near) + 1
    return MONTHS.get(word, 0) if year else 0


def _without_year(day: int, month: int, near: date | None) -> date | None:
    if near is None:
        return None
    for year in (near.year - 1, near.year, near.year + 1):
        one = _dated(year, month, day)
        if one is not None and near - BEFORE <= one <= near + AFTER:
            return one
    return None


def _dated(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _halved(answer: str) -> str:
    """Write which half of the day it is one way: 2 p.m. and 2 in the afternoon are 2 pm."""
    text = canonical(answer)
    for pattern, written in _HALVES:
        text = pattern.sub(written, text)
    return text


def _only(found: re.Match[str]) -> str:
    """Return the one time that is meant, "" where it is the night's or the day's."""
    if found["named"]:
        return "00:00" if found["named"] == "midnight" else "12:00"
    hour = found["h"] or found["h2"] or found["h3"]
    minute = found["min"] or found["min2"] or found["min3"] or "0"
    if found["half"]:
        whole = _whole(int(hour), found["half"])
        return f"{whole:02}:{int(minute):02}" if whole is not None else ""
    unsaid = len(hour) == 1 and 0 < int(hour) < _LATE_MORNING
    return "" if unsaid or int(hour) >= _HOURS else f"{int(hour):02}:{int(minute):02}"


def _whole(hour: int, half: str) -> int | None:
    if hour > _NOON:
        return hour if half == "pm" and hour < _HOURS else None
    return hour % _NOON + (_NOON if half == "pm" else 0)


def _either(written: str) -> Iterator[int]:
    """Give the minutes of a day that an hour may mean: “4” is four in the night or in the afternoon."""
    if written in ("noon", "midday", "midnight"):
        yield _HOURS * _MINUTES if written == "midnight" else _NOON * _MINUTES
        return
    if re.fullmatch(r"\d{4}", written):
        yield int(written[:2]) * _MINUTES + int(written[2:])
        return
    found = re.fullmatch(r"(\d{1,2})(?:[:.h](\d\d))? ?(am|pm)?", written)
    if found is None:
        return
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        whole = _whole(hour, found[3])
        if whole is not None:
            yield whole * _MINUTES + minute
        return
    if hour >= _HOURS:
        return
    yield hour * _MINUTES + minute
    said = found[2] and (len(found[1]) > 1 or hour >= _LATE_MORNING)
    if not said and 0 < hour < _NOON:
        yield (hour + _NOON) * _MINUTES + minute


def _clock(minutes: int) -> str:
    return f"{minutes // _MINUTES % _HOURS:02}:{minutes % _MINUTES:02}"
