"""The values of a schedule's lines: rhythms, distances and times of day, in the words people have for them."""

import calendar
import re
from collections.abc import Sequence
from datetime import date, time
from typing import Final

from mailroom.rules import vocabulary
from mailroom.rules.known import Fault
from mailroom.rules.lines import canonical
from mailroom.rules.rhythm import Every, Offset, Pick

WEEKDAYS: Final = tuple(name.casefold() for name in calendar.day_name)
MONTHS: Final = tuple(name.casefold() for name in calendar.month_name[1:])
ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"
)  # fmt: skip
NUMBERS: Final = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "other": 2, "a": 1}

USUAL: Final = time(9)
"""When what counts from a day goes, where its line names no time."""

ALWAYS: Final = 28
"""Days that every month has."""

_MOST_WEEKS = 52
_MOST_WORKED = 15
_MOST_DAYS = 366
_SURE_WEEKDAYS = 4
_NOON = 12
_SHAPES = ("day", "working day", *WEEKDAYS, "month", "quarter", *MONTHS)
_TIME = re.compile(r"(?:at )?(\d{1,2})(?:[:.](\d\d))? ?(am|pm)?")
_WEEKS = re.compile(r"(?:(\w+) weeks?|(fortnight)s?)(?:,? (?:from|since|beginning|starting)(?: on)? (.+))?")
_OF = re.compile(r"(.+) (?:of|in) (?:(?:the|each|every) )?(.+)")
_DATE = re.compile(r"(?:[a-z]+day )?(\d{1,2})(?:st|nd|rd|th)? ([a-z]+) ?(\d{4})?")
_NTH = re.compile(r"(?:(\w+) )?(working day|day|[a-z]+day)")
_NUMBER = re.compile(r"(\d+)(?:st|nd|rd|th)?")
_OFFSET = re.compile(r"(?:(\d{1,4}|[a-z]+) ?)??(same day|working days?|days?|weeks?)?")
_AROUND = re.compile(r"^(?:(?:on|every|each|the) )+")


def parts(value: str) -> list[str]:
    """Return what stands between commas, semicolons and “and”."""
    return [canonical(one) for one in re.split(r"[,;]| and ", value) if one.strip()]


def is_time(written: str) -> bool:
    """Tell whether these words are meant as a time of day."""
    return written == "noon" or (_TIME.fullmatch(written) is not None and not written.isdecimal())


def read_time(written: str) -> time:
    """Read 08:30, 8.30, 9am or noon; raises Fault."""
    if written == "noon":
        return time(_NOON)
    found = _TIME.fullmatch(written)
    if found and (found[2] or found[3]):
        hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
        if half and 1 <= hour <= _NOON:
            hour = hour % _NOON + _NOON * (half == "pm")
        elif half:
            hour = 24
        if hour < 24 and minute < 60:  # noqa: PLR2004 - a day's hours and an hour's minutes
            return time(hour, minute)
    raise Fault(f"“{written}” is no time of day; write it like 08:30.", "", written)


def read_every(value: str) -> Every:
    """Read what stands after Every; raises Fault."""
    *heads, last = [_AROUND.sub("", one) for one in parts(value)] or [""]
    if not heads and not is_time(last):
        raise Fault("“Every” needs a time after a comma.", f"{last}, 08:30")
    if not heads:
        raise Fault("“Every” says no day.", f"day, {last}", last)
    at = read_time(last)
    first = heads[0]
    if first in {"day", "working day"} and len(heads) == 1:
        return Every("day" if first == "day" else "working day", at)
    if heads[0] == "week":
        heads = heads[1:] or heads
    days = [one.removesuffix("s") for one in heads]
    if all(day in WEEKDAYS for day in days):
        return Every("week", at, weekdays=tuple(sorted({WEEKDAYS.index(day) for day in days})))
    if found := _WEEKS.fullmatch(" ".join(heads)):
        return _weeks(found, at, heads)
    return _by_month(_turned(heads), at)


def _weeks(found: re.Match[str], at: time, heads: Sequence[str]) -> Every:
    word = "2" if found[2] else found[1]
    n = int(word) if word.isdecimal() else NUMBERS.get(word, 0)
    if not 1 <= n <= _MOST_WEEKS:
        raise Fault(f"“{word} weeks” is no rhythm: write from 1 to {_MOST_WEEKS}.", "2 weeks", word)
    if not found[3]:
        text = f"from when do every {n} weeks count? Name the first day."
        raise Fault(text, f"{n} weeks from 4 January 2027, {at:%H:%M}", heads[0])
    day = _date(found[3])
    return Every("week", at, weekdays=(day.weekday(),), weeks=n, begins=day)


def _date(written: str) -> date:
    found = _DATE.fullmatch(written)
    month = _month(found[2]) if found else 0
    if not found or not month:
        raise Fault(f"“{written}” is no date; write it like 4 January 2027.", "", written)
    if not found[3]:
        raise Fault(f"“{written}” needs its year.", f"{written} 2027", written)
    try:
        return date(int(found[3]), month, int(found[1]))
    except ValueError:
        raise Fault(f"there is no {written}.", "", written) from None


def _month(written: str) -> int:
    near = [n for n, name in enumerate(MONTHS, start=1) if written in {name, name[:3]} or written == "sept" == name[:4]]
    return near[0] if near else 0


def _turned(heads: Sequence[str]) -> list[str]:
    """Turn “second tuesday of the month” and “15 march” round: first which month, then which day in it."""
    found = _OF.fullmatch(heads[0])
    if found:
        return [found[2], *heads[1:], found[1]]
    dated = _DATE.fullmatch(heads[0])
    if dated and _month(dated[2]) and not dated[3] and len(heads) == 1:
        return [dated[2], dated[1]]
    return list(heads)


def _by_month(heads: Sequence[str], at: time) -> Every:
    unit = heads[0]
    months: tuple[int, ...] = ()
    rest = list(heads[1:])
    if unit not in {"month", "quarter"}:
        named = [_month(one) for one in heads]
        months = tuple(sorted({n for n in named if n}))
        rest = [one for one, n in zip(heads, named, strict=True) if not n]
        if unit == "week":
            raise Fault("which day of the week?", f"Monday, {at:%H:%M}", unit)
        if not any(named):
            # Of “Monday and Tusday” it is the second that is no day.
            unit = next((one for one in heads if one.removesuffix("s") not in WEEKDAYS), unit)
            text = (
                f"“{unit}” is no rhythm: write day, working day, a weekday, month or quarter with its day, "
                "or 2 weeks from a date."
            )
            raise Fault(text, vocabulary.nearest(unit, _SHAPES), unit)
    if not rest:
        text = f"which day of the {unit if not months else 'month'}? Write it after a comma."
        raise Fault(text, f"{', '.join(heads)}, last working day, {at:%H:%M}", unit)
    if len(rest) > 1:
        raise Fault(f"“{rest[1]}” is one day too many.", "", rest[1])
    pick = _pick(rest[0], months)
    return Every("quarter", at, pick=pick) if unit == "quarter" else Every("month", at, months=months, pick=pick)


def _pick(written: str, months: tuple[int, ...]) -> Pick:
    name = _AROUND.sub("", written)
    bare = re.sub(r"^day ", "", name)
    if found := _NUMBER.fullmatch(bare):
        most = min((calendar.monthrange(2025, month)[1] for month in months), default=ALWAYS)
        if 1 <= int(found[1]) <= most:
            return Pick("day", int(found[1]))
        text = f"“{written}” is no day that every month has: write last day, last working day, or 1 to {ALWAYS}."
        if months:
            text = f"not each of these months has a day “{written}”: write last day, last working day, or 1 to {most}."
        raise Fault(text, "last working day", written)
    found = _NTH.fullmatch(name)
    if found is None or (found[2] not in {"working day", "day"} and found[2].removesuffix("s") not in WEEKDAYS):
        near = vocabulary.nearest(name, [f"{nth} {day}" for nth in ("first", "second", "third", "fourth", "last")
                                         for day in ("working day", *WEEKDAYS)])  # fmt: skip
        text = f"“{written}” is no day of a month: write last working day, second Tuesday, or 15."
        raise Fault(text, near or "last working day", written)
    nth = _nth(found[1] or "", written)
    what = found[2]
    if what == "day":
        if nth > ALWAYS:
            raise Fault(f"“{written}” is no day that every month has.", "last day", written)
        return Pick("day", nth)
    if what == "working day":
        if nth > _MOST_WORKED:
            raise Fault(f"not every month has a {written}.", "last working day", written)
        return Pick("working day", nth)
    if nth > _SURE_WEEKDAYS:
        raise Fault(f"not every month has a {written}.", f"last {what.capitalize()}", written)
    return Pick("weekday", nth, WEEKDAYS.index(what))


def _nth(written: str, whole: str) -> int:
    if written == "last":
        return -1
    if written in ORDINALS:
        return ORDINALS.index(written) + 1
    found = _NUMBER.fullmatch(written)
    if found and int(found[1]) > 0:
        return int(found[1])
    near = vocabulary.nearest(written, (*ORDINALS, "last"))
    text = f"which {whole.removeprefix(written).strip()}? Write first, second, third, fourth or last."
    raise Fault(text, near or f"first {whole}", written or whole)


def read_distance(value: str, unit: str) -> tuple[str, tuple[Offset, ...], time]:
    """Read `digest, 2 working days; 1 working day, 09:00`: what it counts from, how far, and the time; raises Fault.

    `unit` is what a number alone counts, "" where it has to say so itself.
    """
    name, *rest = [canonical(one) for one in re.split(r"[,;]| and ", value) if one.strip()] or [""]
    at = USUAL
    if rest and (is_time(rest[-1]) or ":" in rest[-1]):
        at = read_time(rest.pop())
    if not rest:
        raise Fault("how many days? Write them after a comma.", f"{name}, 2 {unit or 'working day'}s", name)
    return name, tuple(dict.fromkeys(_offset(one, unit) for one in rest)), at


def _offset(written: str, unit: str) -> Offset:
    if written in {"same day", "the same day", "the day", "on the day"}:
        return Offset(0)
    found = _OFFSET.fullmatch(written)
    word = found[1] or "" if found else ""
    n = int(word) if word.isdecimal() else NUMBERS.get(word, -1)
    counts = (found[2] if found else "") or unit
    if n < 0 or word == "other":
        text = f"“{written}” is no number of days; write it like 2 working days."
        raise Fault(text, f"2 {unit or 'working day'}s", written)
    if not counts:
        raise Fault(f"“{written}” of what? Write {n} days, or {n} working days.", f"{n} working days", written)
    working = counts.startswith("working")
    n *= 7 if counts.startswith("week") else 1
    if n > _MOST_DAYS or (working and n > _MOST_DAYS // 2):
        raise Fault(f"“{written}” is too far off: a year at the most.", "", written)
    return Offset(n, working)
