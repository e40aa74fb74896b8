"""Dates in a mail's words: a weekday that does not fit, a day that is no day, and a day that is over.

A date without a year is taken for the nearest of that name. A day that is over is only odd where the sentence looks
ahead: “answer by”, “join us on”; what was on a day may be told for ever.
"""

import calendar
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from mailroom.message.date_words import MONTHS, WEEKDAYS
from mailroom.office.lint_private import Line
from mailroom.office.wording import day as written

_DAYS = "|".join(name[:3] for name in calendar.day_name)
_WEEKDAY = rf"(?P<weekday>(?:{_DAYS})(?:day|sday|nesday|rsday|urday|s|rs?)?)"
_MONTHS = "|".join((*calendar.month_name[1:], *calendar.month_abbr[1:], "Sept"))
_DATE = re.compile(
    rf"(?:\b{_WEEKDAY}\.?,?[ ](?:the[ ])?)?\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[ ](?:of[ ])?"
    rf"(?P<month>{_MONTHS})\b\.?(?:,?[ ](?P<year>(?:19|20)\d{{2}})\b)?"
)
_NUMBERS = re.compile(
    rf"(?:\b{_WEEKDAY}\.?,?[ ])?(?<![\w./-])(?:(?P<day>\d{{1,2}})[/.](?P<month>\d{{1,2}})[/.](?P<year>20\d{{2}})"
    r"|(?P<iso_year>20\d{2})-(?P<iso_month>\d{2})-(?P<iso_day>\d{2}))(?![\w/-]|\.\d)"
)
_SPAN = re.compile(rf"(?:{_DAYS})[a-z]*\s*(?:to|and|or|until|till|/|&|–|-)\s*$")
"""“Monday to Friday, 4 January”: the second day does not belong to the date."""

_AHEAD = re.compile(
    r"\b(?:by|until|till|before|no later than|deadline|reply|answer|respond|rsvp|will|shall|join|come|comes|begins?"
    r"|starts?|takes? place|closes?|opens?|due|please|invited?|hope to|looking forward|next|save the date)\b",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:was|were|had|has|have been|been|did|since|ago|last|held|met|came|sent|asked|said|told|received|took place"
    r"|happened|wrote|reported|began|started|closed|opened|ended|mended|visited|thanks?|thank you|minutes of|dated"
    r"|late|overdue)\b",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Found:
    """A date as it stands in a mail; `day` is None where there is no such day."""

    words: str
    day: date | None
    weekday: int | None
    sure: bool


def findings(lines: Iterable[Line], today: date) -> Iterator[tuple[Literal["stop", "ask"], str, str]]:
    """Give what is wrong with a mail's dates: how bad, which check, and a sentence."""
    for line in lines:
        if line.quoted:
            continue
        for sentence in _SENTENCE.split(line.text):
            for one in _dates(sentence, today):
                if one.day is None:
                    yield "stop", "date", f"There is no “{one.words}” ({line.where})."
                elif one.weekday is not None and one.day.weekday() != one.weekday:
                    name = calendar.day_name[one.day.weekday()]
                    when = f"{one.day.day} {calendar.month_name[one.day.month]} {one.day.year}"
                    text = f"“{one.words}” in {line.where} does not fit: {when} is a {name}."
                    yield "stop" if one.sure else "ask", "weekday", text
                elif one.day < today and _AHEAD.search(sentence) and not _BACK.search(sentence):
                    yield "ask", "past", f"“{one.words}” in {line.where} is over: it was {written(one.day)}."


def _dates(sentence: str, today: date) -> Iterator[Found]:
    for found in _DATE.finditer(sentence):
        number, month = int(found["day"]), MONTHS[found["month"].casefold()]
        year = int(found["year"]) if found["year"] else None
        yield _found(found, sentence, number, month, year, today)
    for found in _NUMBERS.finditer(sentence):
        numbers = [int(found[name] or found[f"iso_{name}"]) for name in ("day", "month", "year")]
        if numbers[1] <= 12:  # noqa: PLR2004 - months
            yield _found(found, sentence, numbers[0], numbers[1], numbers[2], today)


def _found(found: re.Match[str], sentence: str, number: int, month: int, year: int | None, today: date) -> Found:
    named = found["weekday"] if not _SPAN.search(sentence[: found.start()]) else None
    weekday = WEEKDAYS.get(named.casefold(), WEEKDAYS.get(named[:3].casefold())) if named else None
    years = (year,) if year else (today.year - 1, today.year, today.year + 1)
    days = [day for one in years if (day := _day(one, month, number)) is not None]
    nearest = min(days, key=lambda day: abs((day - today).days), default=None)
    return Found(found[0].strip(), nearest, weekday, year is not None)


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
