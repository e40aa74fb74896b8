"""When an absent person says they are back, from the words of an out-of-office answer."""

import re
from datetime import date, timedelta

_MONTHS = {name: number for number, names in enumerate(
    ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
     "sep sept september", "oct october", "nov november", "dec december"), 1) for name in names.split()}  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_RETURN = re.compile(
    r"(?i)\b(?:until|till|back (?:in (?:the office )?)?(?:on)?|return(?:ing|s)?(?: to (?:the office|work))?(?: on)?|"
    r"resum\w* (?:work )?on|through to|to return on|available (?:again )?(?:on|from))\s*:?\s+(?:and including\s+)?"
    r"(?:the morning of\s+)?"
    r"(?P<when>.{3,60})"
)
_WRITTEN = re.compile(
    r"(?i)\A(?:(?:on )?(?P<weekday>mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s*)?(?:the )?"
    rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?\s+(?P<month>{_MONTH})\b|(?P<month2>{_MONTH})\s+(?P<day2>\d{{1,2}})"
    r"(?:st|nd|rd|th)?|(?P<numbers>\d{1,2}[/.\-]\d{1,2}(?:[/.\-]\d{2,4})?)|(?P<iso>\d{4}-\d{2}-\d{2}))?"
    r"(?:,?\s+(?P<year>20\d\d)\b)?"
)


def returns_on(text: str, written_on: date | None) -> date | None:
    """Find the day of return; a day without a year is the next such day after `written_on`."""
    for found in _RETURN.finditer(text[:5_000]):
        when = _WRITTEN.match(found["when"])
        day = _day(when, written_on) if when else None
        if day:
            return day
    return None


def _day(when: re.Match[str], written_on: date | None) -> date | None:
    try:
        if when["iso"]:
            return date.fromisoformat(when["iso"])
        if when["numbers"]:
            day, number, *year = [int(part) for part in re.split(r"[/.\-]", when["numbers"])]
            return _dated(day, number, year[0] % 1000 + 2000 if year else 0, written_on)
        if month := when["month"] or when["month2"]:
            return _dated(int(when["day"] or when["day2"]), _MONTHS[month.lower()], int(when["year"] or 0), written_on)
    except ValueError:
        return None
    if when["weekday"] and written_on:
        wanted = next(i for i, name in enumerate(_WEEKDAYS) if name.startswith(when["weekday"].lower()[:3]))
        return written_on + timedelta(days=(wanted - written_on.weekday() - 1) % 7 + 1)
    return None


def _dated(day: int, month: int, year: int, written_on: date | None) -> date | None:
    if year:
        return date(year, month, day)
    if written_on is None:
        return None
    this_year = date(written_on.year, month, day)
    return this_year if this_year >= written_on else date(written_on.year + 1, month, day)
