"""`forms/NAME.txt`: what a mail may be asked to say in labelled lines, and how each line is read.

    Form: Coming along on an observation
    Field: date, a date
    Field: arrival, a time
    Field: risk, one of low; medium; high
    Field: read and agreed, yes or no
    Field: remarks, words

`Then record: NAME` fills the form from the words newly written. A label may be misspelt a little; an answer that
can't be read as asked is left to a person, and so is one that is missing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from mailroom.errors import Problem
from mailroom.message.date_words import MONTHS
from mailroom.rules import vocabulary
from mailroom.rules.lines import Line, canonical, is_label, read_answers, split_values

_LABELS = ("form", "field", "note")
_CHOICE = "one of "

_YES = frozenset({"yes", "y", "yep", "yeah", "agreed", "i agree", "agree", "ok", "okay", "true", "read and agreed"})
_NO = frozenset({"no", "n", "nope", "not agreed", "i do not agree", "disagree", "false", "none"})

_TIME = re.compile(r"([01]?\d|2[0-3])[:.h]?([0-5]\d)(?: ?(am|pm))?|(1[0-2]|0?[1-9]) ?(am|pm)")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})")
_WORDED = re.compile(r"(?:\w+,? )?(\d{1,2})(?:st|nd|rd|th)? (?:of )?([^\W\d_]+),? (\d{4})")
_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,4})?")
_NUMBERED = re.compile(r"(?:^|\s)\d{1,2}[.)] +")
_NOON = 12
_CENTURY = 2000
_MOST_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form: its label, how the answer is read, and the answers there are ("one of")."""

    label: str
    reader: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A form by its file's stem; `title` is what people call it."""

    name: str
    title: str
    file: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """What a mail says in a form's lines: label to answer, and the labels whose answer is missing or unreadable.

    A date is 2031-02-20, a time 14:05, yes or no one of the two, and numbered lines stand one below the other.
    """

    values: Mapping[str, str]
    unread: tuple[str, ...]


def read_form(lines: tuple[Line, ...], name: str, file: str) -> tuple[Form | None, list[Problem]]:
    """Read one form file; None when there is a fault in it. A line without a value is a fault already told."""
    problems: list[Problem] = []
    fields: list[Field] = []
    title: Line | None = None
    for line in lines:
        if not line.values:
            title = line if line.label == "form" else title
        elif line.label == "form":
            if title is not None:
                problems.append(line.problem(file, "“Form” stands twice; each form has a file of its own."))
            title = line
        elif line.label == "field":
            made = _field(line, file, problems)
            if made and any(one.label == made.label for one in fields):
                problems.append(line.problem(file, f"the field “{made.label}” stands twice.", about=made.label))
            elif made:
                fields.append(made)
        elif line.label != "note":
            near = vocabulary.nearest(line.label, _LABELS).capitalize()
            problems.append(line.problem(file, f"a form has no line “{line.label.capitalize()}”.", near))
    if title is None:
        problems.append(Problem(file, 0, "the line “Form” is missing.", "Form: Coming along on an observation"))
    elif not fields and not problems:
        problems.append(title.problem(file, "a form needs at least one “Field”.", "Field: date, a date"))
    if problems or title is None or not all(line.values for line in lines):
        return None, problems
    return Form(name, title.value, file, tuple(fields)), []


def fill(form: Form, text: str) -> Filled:
    """Read the answers to a form in the words newly written."""
    asked = {field.label: field for field in form.fields}
    written = read_answers(text, lambda label: label in asked or bool(vocabulary.nearest(label, asked)))
    answers = {vocabulary.nearest(line.label, asked): line for line in written}
    values: dict[str, str] = {}
    unread: list[str] = []
    for label, field in asked.items():
        read = _read(field, answers[label]) if label in answers else ""
        if read:
            values[label] = read
        else:
            unread.append(label)
    return Filled(values, tuple(unread))


def _read(field: Field, line: Line) -> str:
    """Read an answer; where prose follows a date without an empty row between, the date's own row."""
    whole = line.value[:_MOST_CHARACTERS].strip()
    for answer in (whole, line.first_row()):
        read = _choice(field, answer) if field.choices else READERS[field.reader](answer)
        if answer and read:
            return read
    return ""


def _field(line: Line, file: str, problems: list[Problem]) -> Field | None:
    label, comma, reader = line.value.partition(",")
    label = canonical(label)
    if not comma or not label:
        hint = f"{label or 'date'}, a date"
        problems.append(line.problem(file, "a field needs a comma and how it is read.", hint))
        return None
    if not is_label(label):
        text = f"“{label}” can't begin a line of a mail; a field is a few words, the first beginning with a letter."
        problems.append(line.problem(file, text, about=label))
        return None
    kind = canonical(reader)
    if kind.startswith(_CHOICE):
        choices = tuple(dict.fromkeys(map(canonical, split_values(kind.removeprefix(_CHOICE).replace(",", ";")))))
        if len(choices) > 1:
            return Field(label, _CHOICE.strip(), choices)
        problems.append(line.problem(file, "“one of” needs two answers or more.", "one of low; medium; high", kind))
        return None
    if kind not in READERS:
        text = f"nothing is read as “{kind}”: write {', '.join(READERS)} or one of …; …."
        problems.append(line.problem(file, text, vocabulary.nearest(kind, READERS), reader.strip()))
        return None
    return Field(label, kind)


def _choice(field: Field, answer: str) -> str:
    bare = canonical(answer).rstrip(".!")
    return bare if bare in field.choices else vocabulary.nearest(bare, field.choices)


def _yes_or_no(answer: str) -> str:
    first = re.split(r"[.,;!(]| - ", canonical(answer), maxsplit=1)[0].strip()
    return "yes" if first in _YES else "no" if first in _NO else ""


def _date(answer: str) -> str:
    text = canonical(answer).rstrip(".")
    if found := _ISO.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.fullmatch(text):
        year = int(found[3])
        return _day(year if year > _CENTURY else _CENTURY + year, int(found[2]), int(found[1]))
    if found := _WORDED.fullmatch(text):
        return _day(int(found[3]), MONTHS.get(found[2], 0), int(found[1]))
    return ""


def _day(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def _time(answer: str) -> str:
    text = canonical(answer).rstrip(".").replace("a.m", "am").replace("p.m", "pm")
    found = _TIME.fullmatch({"noon": "12:00", "midday": "12:00", "midnight": "00:00"}.get(text, text))
    if not found:
        return ""
    hour, minute = int(found[1] or found[4]), int(found[2] or 0)
    half = found[3] or found[5]
    if half and hour <= _NOON:
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    return f"{hour:02}:{minute:02}"


def _number(answer: str) -> str:
    found = _NUMBER.match(answer.strip().lstrip("£"))
    return found[0] if found else ""


def _numbered(answer: str) -> str:
    return "\n".join(part.strip() for part in _NUMBERED.split(answer) if part.strip())


READERS: Mapping[str, Callable[[str], str]] = {
    "a date": _date,
    "a time": _time,
    "a place": lambda answer: " ".join(answer.split()),
    "a number": _number,
    "yes or no": _yes_or_no,
    "numbered lines": _numbered,
    "words": lambda answer: " ".join(answer.split()),
}
"""How an answer may be read, by the words a form says it with; each returns "" for what it can't read."""
