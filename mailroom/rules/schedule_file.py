"""`schedule.txt`: what is sent by the clock, to whom, and when.

    Send: digest
    Every: Monday, 07:30
    Or: next working day
    To: chief inspector

`Every` is one of: day; working day; a weekday; month, last working day; month, the day's number. Times are those
of the office's wall, also across the changes of the clock. Whether a day is worked is for the caller to know.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Literal

from mailroom.errors import Problem
from mailroom.rules import vocabulary
from mailroom.rules.actions import read_roles
from mailroom.rules.known import Fault, Known
from mailroom.rules.lines import Line, canonical

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
KNOWN_SENDS = ("summary", "digest")

Unit = Literal["day", "working day", "week", "month"]

_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
_LAST_DAY_ALWAYS = 28
_LABELS = ("send", "every", "or", "to", "note")
_EXAMPLES = {"every": "Every: working day, 08:30", "to": "To: coordinator"}
_SHAPES = ("day", "working day", *WEEKDAYS, "month")

# Long enough for any holiday; a calendar that never works again would otherwise hang the schedule.
_MOST_DAYS_OFF = 31


@dataclass(frozen=True, slots=True)
class Every:
    """When a duty falls due: `at` on the office's wall.

    `weekday` (0 Monday) belongs to week. `day` (1 to 28) or `last_working_day` belong to month. `or_next`: a day
    that is not worked gives way to the next that is.
    """

    unit: Unit
    at: time
    weekday: int | None = None
    day: int | None = None
    last_working_day: bool = False
    or_next: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing sent by the clock; `to` are roles."""

    name: str
    every: Every
    to: tuple[str, ...]
    file: str
    line: int


def falls_on(every: Every, day: date, works: Callable[[date], bool]) -> bool:
    """Tell whether the duty is due on `day`, a date of the office; `works` says which days are worked."""
    if not every.or_next:
        return _named(every, day, works)
    if not works(day):
        return False
    for back in range(_MOST_DAYS_OFF):
        earlier = day - timedelta(days=back)
        if back and works(earlier):
            return False
        if _named(every, earlier, works):
            return True
    return False


def read_schedule(lines: tuple[Line, ...], file: str, known: Known) -> tuple[list[Duty], list[Problem]]:
    """Read the schedule and every fault in it."""
    blocks: list[dict[str, Line]] = []
    problems: list[Problem] = []
    for line in lines:
        if line.label == "send":
            blocks.append({"send": line})
        elif line.label not in _LABELS:
            near = vocabulary.nearest(line.label, _LABELS).capitalize()
            problems.append(line.problem(file, f"a schedule has no line “{line.label.capitalize()}”.", near))
        elif line.label == "note":
            continue
        elif not blocks:
            problems.append(line.problem(file, "a schedule begins with “Send:” and what is sent.", "Send"))
        elif line.label in blocks[-1]:
            problems.append(line.problem(file, f"“{line.label.capitalize()}” stands twice."))
        else:
            blocks[-1][line.label] = line
    duties: list[Duty] = []
    for block in blocks:
        duty = _duty(block, file, known, problems)
        if duty is None:
            continue
        if any(one.name == duty.name for one in duties):
            problems.append(Problem(file, duty.line, f"“{duty.name}” is scheduled twice."))
        duties.append(duty)
    return duties, problems


def _duty(block: dict[str, Line], file: str, known: Known, problems: list[Problem]) -> Duty | None:
    head = block["send"]
    name = canonical(head.value)
    missing = [label for label in ("every", "to") if label not in block]
    problems += [
        head.problem(file, f"“Send: {name}” needs a line “{label.capitalize()}”.", _EXAMPLES[label], head.value)
        for label in missing
    ]
    if missing:
        return None
    line = head
    try:
        _known_send(name)
        line = block.get("or", head)
        or_next = _or_next(block)
        line = block["every"]
        every = _every(line, or_next=or_next)
        line = block["to"]
        return Duty(name, every, _roles(line, known), file, head.line)
    except Fault as fault:
        problems.append(line.problem(file, fault.text, fault.hint, fault.about))
        return None


def _known_send(name: str) -> None:
    if name not in KNOWN_SENDS:
        raise Fault(f"there is nothing called “{name}” to send.", vocabulary.nearest(name, KNOWN_SENDS), name)


def _or_next(block: dict[str, Line]) -> bool:
    if "or" not in block:
        return False
    if canonical(block["or"].value) != "next working day":
        raise Fault(
            f"“Or” can only be “next working day”, not “{block['or'].value}”.", "next working day", block["or"].value
        )
    return True


def _every(line: Line, *, or_next: bool) -> Every:
    first, *rest = [canonical(part) for part in re.split(r"[,;]", line.value) if part.strip()]
    if not rest:
        raise Fault("“Every” needs a time after a comma.", f"{first}, 08:30")
    at = _time(rest[-1])
    if first == "day":
        return Every("day", at, or_next=or_next)
    if first == "working day":
        return Every("working day", at, or_next=or_next)
    if first.removesuffix("s") in WEEKDAYS:
        return Every("week", at, weekday=WEEKDAYS.index(first.removesuffix("s")), or_next=or_next)
    if first == "month" and len(rest) > 1:
        if rest[0] == "last working day":
            return Every("month", at, last_working_day=True, or_next=or_next)
        number = re.sub(r"^day |(st|nd|rd|th)$", "", rest[0])
        if number.isdecimal() and 1 <= int(number) <= _LAST_DAY_ALWAYS:
            return Every("month", at, day=int(number), or_next=or_next)
        raise Fault(
            f"“{rest[0]}” is no day that every month has: write last working day, or 1 to 28.",
            "last working day",
            rest[0],
        )
    raise Fault(
        f"“{first}” is no rhythm: write day, working day, a weekday, or month with its day.",
        vocabulary.nearest(first, _SHAPES),
        first,
    )


def _time(written: str) -> time:
    found = _TIME.fullmatch(written)
    if not found:
        raise Fault(f"“{written}” is no time of day; write it like 08:30.", "", written)
    at = time(int(found[1]), int(found[2]))
    if at.hour == 1:
        raise Fault(
            "between 01:00 and 01:59 the clock strikes twice in October and not at all in March; choose another time.",
            "02:00",
            written,
        )
    return at


def _roles(line: Line, known: Known) -> tuple[str, ...]:
    return read_roles(line.value, known)


def _named(every: Every, day: date, works: Callable[[date], bool]) -> bool:
    match every.unit:
        case "day":
            return True
        case "working day":
            return works(day)
        case "week":
            return day.weekday() == every.weekday
        case "month":
            return _last_working(day, works) if every.last_working_day else day.day == every.day


def _last_working(day: date, works: Callable[[date], bool]) -> bool:
    if not works(day):
        return False
    later = day + timedelta(days=1)
    while later.month == day.month:
        if works(later):
            return False
        later += timedelta(days=1)
    return True
