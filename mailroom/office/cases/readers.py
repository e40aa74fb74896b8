"""What a message says when a case asks it: one function for each reader, from the words newly written to a value.

A labelled line of the fact's own name counts first, as in a form. Otherwise prose is read, and only what stands there
plainly: what can't be read stays unknown, and a person is asked.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from mailroom.clock import stamp
from mailroom.message.date_words import MONTHS, WEEKDAYS
from mailroom.rules.cases import Reading
from mailroom.rules.commands.below import is_greeting
from mailroom.rules.form_readers import READERS as OF_FORMS
from mailroom.rules.lines import canonical, read_answers
from mailroom.rules.words import Phrase, fold, holds, phrase


@dataclass(frozen=True, slots=True)
class Text:
    """A message as it is read: when it came, and what the office knows that its words may name.

    `lists` are those of lists.txt, `holders` the names of whoever holds each role.
    """

    subject: str
    words: str
    at: datetime
    zone: ZoneInfo
    places: tuple[str, ...] = ()
    lists: Mapping[str, tuple[Phrase, ...]] | None = None
    holders: Mapping[str, Sequence[str]] | None = None

    @property
    def whole(self) -> str:
        """Subject and words, for what may stand in either."""
        return f"{self.subject}\n\n{self.words}"

    @property
    def today(self) -> date:
        """The day it came, where the office is."""
        return self.at.astimezone(self.zone).date()


_MONTH: Final = "|".join(sorted((re.escape(one) for one in MONTHS), key=len, reverse=True))
_WEEKDAY: Final = "|".join(sorted((re.escape(one) for one in WEEKDAYS), key=len, reverse=True))
_DATE = re.compile(
    rf"\b(?P<iso>20\d\d-\d\d-\d\d)\b"
    rf"|\b(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b\.?(?:,? (?P<year>20\d\d))?"
    rf"|\b(?P<month2>{_MONTH})\.? (?P<day2>[0-3]?\d)(?:st|nd|rd|th)?\b(?!:)(?:,? (?P<year2>20\d\d))?"
    rf"|\b(?P<d>[0-3]?\d)/(?P<m>[01]?\d)(?:/(?P<y>20\d\d|\d\d))?\b"
    rf"|\b(?P<word>today|tonight|tomorrow)\b"
    rf"|\b(?P<weekday>{_WEEKDAY})\b"
    rf"|\bthe (?P<only>[0-3]?\d)(?:st|nd|rd|th)\b",
    re.IGNORECASE,
)
_HOUR = r"(?:[01]?\d|2[0-3])"
_CLOCK: Final = (
    rf"(?:{_HOUR}[:.][0-5]\d|[0-2]\d[0-5]\d)(?: ?[ap]\.?m\b\.?)?(?: ?(?:hrs|hours|h)\b)?|{_HOUR} ?[ap]\.?m\b\.?"
)
_NAMED: Final = r"noon|midday|midnight"
_TIME = re.compile(rf"(?<![\w./-])(?P<time>{_CLOCK}|{_NAMED})(?![\w/-])", re.IGNORECASE)
_WANTED = re.compile(
    rf"\b(?:by|before|until|till|no later than)\b[^.\n]{{0,30}}?(?P<time>{_CLOCK}|{_NAMED})", re.IGNORECASE
)
_SPAN = re.compile(
    rf"(?P<from>{_CLOCK}|{_NAMED}|{_HOUR})\s*(?:-|–|—|to|until|till|and)\s*(?P<to>{_CLOCK}|{_NAMED}|{_HOUR})(?![\w/])",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^[ \t]*\(?(\d{1,2})[.):][ \t]+(\S.*)$", re.MULTILINE)
_NUMBER = re.compile(r"(?<![\w.,])\d{1,9}(?:\.\d{1,4})?(?![\w])")
_NOT: Final = frozenset({"not", "no", "never", "isnt", "not a", "without"})
_AFTERNOON: Final = 7
"""“11 to 4” ends in the afternoon: an hour below the first, and below this, is one after noon."""
_NOON: Final = 12


def read(reading: Reading, text: Text) -> str:
    """Return what a text says of a fact, "" where it says nothing that can be read."""
    return labelled(reading, text) or _PROSE[reading.reader](reading, text)


def says(words: str) -> Literal["", "yes", "no"]:
    """Return the yes or no that a person begins their answer with, "" where it is neither."""
    for sentence in fold(words[:600]).sentences()[:3]:
        if any(holds(sentence, "contains", one) for one in _NO):
            return "no"
        if any(holds(sentence, "contains", one) for one in _YES):
            return "yes"
    return ""


def _phrases(*written: str) -> tuple[Phrase, ...]:
    return tuple(one for word in written if (one := phrase(word)))


_NO: Final = _phrases(
    "no", "cannot", "can not", "can't", "unable", "unfortunately", "afraid not", "will not", "won't", "not possible",
    "not able", "decline", "sorry but", "not this time", "rather not",
)  # fmt: skip
_YES: Final = _phrases(
    "yes", "happy to", "glad to", "can do", "i can", "we can", "of course", "certainly", "sure", "will do",
    "fine by me", "fine with me", "that works", "agreed", "confirmed", "absolutely", "no problem", "ok",
    "okay", "would be pleased",
)  # fmt: skip


def phrase_stands(words: str, wanted: str) -> bool:
    """Tell whether a few words stand in a text and are not denied in their sentence: “I have read and agree”."""
    found = phrase(wanted)
    if found is None:
        return False
    for sentence in fold(words).sentences():
        if holds(sentence, "contains", found):
            before = sentence.text.partition(found.text.rstrip())[0].split()[-4:]
            return not _NOT & set(before)
    return False


def day_in(words: str, today: date) -> date | None:
    """Return the first day that words name; one without a year is the next such day."""
    return next((day for day, _, _ in _days(words, today)), None)


def labelled(reading: Reading, text: Text) -> str:
    """Return what a line with the fact's own name says of it, "" where there is none or it can't be read."""
    lines = read_answers(text.words, lambda label: label == reading.fact)
    if not lines:
        return ""
    said = lines[0].value.strip()
    if reading.choices and reading.reader == "one of":
        return _choice(said, reading.choices)
    if reading.reader in ("a time", "a date", "a date with hours", "a place"):
        return _PROSE[reading.reader](reading, Text("", said, text.at, text.zone, text.places)) or (
            said if reading.reader == "a place" else ""
        )
    reader = OF_FORMS.get(reading.reader)
    return reader.read(said, text.today) if reader is not None else ""


def _time(_: Reading, text: Text) -> str:
    """Read a moment: “by 1200 tomorrow”, “Wed 13 Jan 12:00”. One that has passed today is tomorrow's."""
    found = _WANTED.search(text.words) or _TIME.search(text.words)
    wall = _wall(found["time"]) if found else None
    if found is None or wall is None:
        return ""
    near = text.words[max(0, found.start() - 40) : found.end() + 40]
    day = day_in(near, text.today)
    at = datetime.combine(day or text.today, wall, text.zone)
    if day is None and at <= text.at:
        at += timedelta(days=1)
    return stamp(at)


def _date(_: Reading, text: Text) -> str:
    day = day_in(text.words, text.today) or day_in(text.subject, text.today)
    return day.isoformat() if day else ""


def _date_with_hours(_: Reading, text: Text) -> str:
    for words in (text.words, text.subject):
        found = next(_days(words, text.today), None)
        if found is not None:
            day, start, end = found
            hours = _hours(f"{words[max(0, start - 60) : start]} | {words[end : end + 60]}") or _hours(words)
            return f"{day.isoformat()} {hours}".strip()
    return ""


def _hours(words: str) -> str:
    for found in _SPAN.finditer(words):
        begins, ends = _wall(found["from"]), _wall(found["to"])
        if begins is None or ends is None:
            continue
        if ends <= begins and ends.hour <= _AFTERNOON:
            ends = ends.replace(hour=ends.hour + _NOON)
        if begins < ends:
            return f"{begins:%H:%M}-{ends:%H:%M}"
    return ""


def _place(_: Reading, text: Text) -> str:
    folded = fold(text.whole)
    named = [one for one in text.places if (wanted := phrase(one)) and holds(folded, "contains", wanted)]
    # “Millgate Interchange” is meant where it stands, and “Millgate” where only that does.
    longest = [one for one in named if not any(one != other and one in other for other in named)]
    return min(longest, key=lambda one: text.whole.casefold().find(one.casefold()), default="")


def _yes_or_no(reading: Reading, text: Text) -> str:
    return "yes" if phrase_stands(text.whole, reading.fact) else ""


def _words(_: Reading, text: Text) -> str:
    return re.sub(r"^(?:\s*(?:re|fw|fwd)\s*:\s*)+", "", text.subject, flags=re.IGNORECASE).strip()[:200]


def _numbered(_: Reading, text: Text) -> str:
    return "\n".join(" ".join(found[2].split()) for found in _NUMBERED.finditer(text.words))


def _number(reading: Reading, text: Text) -> str:
    for row in text.words.split("\n"):
        if reading.fact in canonical(row) and (found := _NUMBER.search(row)):
            return found[0]
    found = _NUMBER.search(text.words)
    return found[0] if found else ""


def _one_of(reading: Reading, text: Text) -> str:
    return _choice(text.words, reading.choices)


def _choice(words: str, choices: Sequence[str]) -> str:
    folded = fold(words)
    at = {one: folded.text.find(wanted.text) for one in choices if (wanted := phrase(one))}
    standing = {one: place for one, place in at.items() if place >= 0}
    return min(standing, key=lambda one: standing[one], default="")


def _told_by(reading: Reading, text: Text) -> str:
    folded, lists = fold(text.whole), text.lists or {}
    for name in reading.choices:
        if any(holds(folded, "contains", one) for one in lists.get(name, ())):
            return name
    return ""


def _about(reading: Reading, text: Text) -> str:
    # “Dear Robin” says whom a letter is for, not whom it is about.
    written = "\n".join(row for row in text.words.split("\n") if not is_greeting(row))
    whole, holders = f"{text.subject}\n\n{written}", text.holders or {}
    folded = fold(whole)
    for role in reading.choices:
        names = [role.replace("_", " "), *holders.get(role, ())]
        if any((wanted := phrase(one)) and holds(folded, "contains", wanted) for one in names):
            return "yes"
        # “Robin was rude”, “Ms Hale”: as it is written, for “will” and “brown” are words too.
        halves = {half for one in holders.get(role, ()) for half in (*one.split()[:1], *one.split()[-1:])}
        if any(re.search(rf"\b{re.escape(half)}\b", whole) for half in halves):
            return "yes"
    return "no"


_PROSE: Final[Mapping[str, Callable[[Reading, Text], str]]] = {
    "a time": _time, "a date": _date, "a date with hours": _date_with_hours, "a place": _place,
    "yes or no": _yes_or_no, "words": _words, "numbered lines": _numbered, "a number": _number, "one of": _one_of,
    "told by": _told_by, "about": _about,
}  # fmt: skip


def _days(words: str, today: date) -> Iterator[tuple[date, int, int]]:
    """Give the days that words name, with where each stands."""
    for found in _DATE.finditer(words):
        day = _day(found, today)
        if day is not None:
            yield day, found.start(), found.end()


def _day(found: re.Match[str], today: date) -> date | None:
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        if month := found["month"] or found["month2"]:
            year = found["year"] or found["year2"]
            return _dated(int(found["day"] or found["day2"]), MONTHS[month.lower()], int(year or 0), today)
        if found["d"]:
            year = int(found["y"] or 0)
            return _dated(int(found["d"]), int(found["m"]), year + 2000 if 0 < year < 100 else year, today)  # noqa: PLR2004
        if found["word"]:
            return today + timedelta(days=found["word"].lower() == "tomorrow")
        if found["only"]:
            return _this_or_next_month(int(found["only"]), today)
        ahead = (WEEKDAYS[found["weekday"].lower()] - today.weekday()) % 7
        return None if _is_with_a_date(found) else today + timedelta(days=ahead or 7)
    except (ValueError, LookupError):
        return None  # no such day, or a month in letters that only look like its own


def _is_with_a_date(found: re.Match[str]) -> bool:
    """Tell whether a weekday only begins a date, as in “Sat 20 Feb”: then the date says which."""
    following = _DATE.match(
        found.string, found.end() + len(found.string[found.end() :]) - len(found.string[found.end() :].lstrip(" ,"))
    )
    return following is not None and not following["weekday"] and not following["word"]


def _dated(day: int, month: int, year: int, today: date) -> date:
    if year:
        return date(year, month, day)
    this_year = date(today.year, month, day)
    return this_year if this_year >= today else date(today.year + 1, month, day)


def _this_or_next_month(day: int, today: date) -> date:
    if day >= today.day:
        return today.replace(day=day)
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return following.replace(day=day)


def _wall(written: str) -> time | None:
    """Read a time of day: 12:00, 1200, 7pm, noon, 11."""
    text = written.lower().replace(".m", "m").replace("m.", "m").strip()
    if text in ("noon", "midday"):
        return time(_NOON)
    if text == "midnight":
        return time(0)
    found = re.match(r"(\d{1,2})[:.]?(\d\d)?\s*([ap]m)?", text)
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] and hour <= _NOON:
        hour = hour % _NOON + (_NOON if found[3] == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None  # noqa: PLR2004
