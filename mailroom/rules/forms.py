"""`forms/NAME.txt`: what a mail may be asked to say in labelled lines, and how each line is read.

    Form: Coming along on an observation
    Field: date, a date
    Field: arrival, a time
    Field: risk, one of low; medium; high
    Field: read and agreed, yes or no
    Field: remarks, words, may be empty

`Then record: NAME` fills the form from the words newly written, and so does a case that waits for it. A label may be
misspelt a little; an answer that can't be read, or in two ways, is asked back or left to a person, and so is one that
is missing. docs/forms.md, printed by `form_page`, says how each answer is read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from mailroom.errors import Problem
from mailroom.rules import form_lines, form_readers, vocabulary
from mailroom.rules.form_lines import Answer
from mailroom.rules.form_readers import READERS
from mailroom.rules.lines import Line, canonical, is_label, split_values

_LABELS = ("form", "field", "note")
_CHOICE = "one of "
_MAY_BE_EMPTY = ", may be empty"

MOST_CHARACTERS: Final = 4000


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form: its label, how the answer is read, and the answers there are ("one of")."""

    label: str
    reader: str
    choices: tuple[str, ...] = ()
    optional: bool = False

    @property
    def title(self) -> str:
        """The label as a mail shows it."""
        return f"{self.label[:1].upper()}{self.label[1:]}"

    @property
    def hint(self) -> str:
        """What may be answered, in a few plain words; "" where any words will do."""
        if not self.choices:
            return READERS[self.reader].hint
        *first, last = self.choices
        return f"{', '.join(first)} or {last}"

    @property
    def example(self) -> str:
        """An answer that can be read."""
        return self.choices[0] if self.choices else READERS[self.reader].example

    @property
    def blank(self) -> str:
        """The line as a mail shows it, to be filled in: `Read and agreed (yes or no):`."""
        return f"{self.title} ({self.hint}):" if self.hint else f"{self.title}:"

    @property
    def loose(self) -> bool:
        """Whether any words answer it, so that there is no telling an answer from prose."""
        return not self.choices and READERS[self.reader].loose

    def read(self, words: str, near: date | None = None) -> str:
        """Read an answer; "" where it can't be read, or in two ways."""
        if self.choices:
            return form_readers.one_of(words, self.choices)
        return READERS[self.reader].read(words, near)


@dataclass(frozen=True, slots=True)
class Form:
    """A form by its file's stem; `title` is what people call it."""

    name: str
    title: str
    file: str
    fields: tuple[Field, ...]

    def only(self, labels: Iterable[str]) -> "Form":
        """Return the form with some of its lines."""
        wanted = set(labels)
        return Form(self.name, self.title, self.file, tuple(one for one in self.fields if one.label in wanted))


@dataclass(frozen=True, slots=True)
class Filled:
    """What a mail says in a form's lines: label to answer, and the labels whose answer is missing or unreadable.

    A date is 2031-02-20, a time 14:05, hours 11:00-16:00, yes or no one of the two, and numbered lines stand one below
    the other. `unclear` are the words of those answers that were written and could not be read.
    """

    values: Mapping[str, str]
    unread: tuple[str, ...]
    unclear: Mapping[str, str] = field(default_factory=dict)

    @property
    def tried(self) -> bool:
        """Whether anything was written into the form at all."""
        return bool(self.values or self.unclear)


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


def fill(form: Form, text: str, near: date | None = None, *, copy: str = "", sent: str = "") -> Filled:
    """Read the answers to a form in the words newly written, and in the copy of our own mail that they answer.

    `near` is the day that a date without its year lies near to. `copy` is the whole text of the mail, `sent` what we
    had sent: of a quotation only what was written into our empty lines counts.
    """
    own = form_lines.written(form.fields, text, near, sent)
    copied = form_lines.copied(form.fields, copy, sent)
    values: dict[str, str] = {}
    unclear: dict[str, str] = {}
    for one in form.fields:
        given = [each for each in own if each.label == one.label]
        given = given or [each for each in copied if each.label == one.label]
        read, words = _settled(one, given, near)
        if read:
            values[one.label] = read
        elif words:
            unclear[one.label] = words
    missing = (one.label for one in form.fields if one.label not in values)
    optional = {one.label for one in form.fields if one.optional} - set(unclear)
    return Filled(values, tuple(label for label in missing if label not in optional), unclear)


def merged(form: Form, before: Mapping[str, str], now: Filled) -> Filled:
    """Put together what was said before and what is said now: the last answer counts, and the rest is kept.

    An answer that can no longer be read takes back the one before it.
    """
    kept = {label: value for label, value in before.items() if label not in now.unclear}
    values = {one.label: value for one in form.fields if (value := {**kept, **now.values}.get(one.label, ""))}
    unread = tuple(
        one.label for one in form.fields if one.label not in values and (not one.optional or one.label in now.unclear)
    )
    return Filled(values, unread, now.unclear)


def blanks(form: Form) -> list[dict[str, str]]:
    """Return the rows of a form as a mail shows them, to be filled in."""
    return [
        {"label": one.title, "hint": one.hint, "line": one.blank, "example": f"{one.title}: {one.example}"}
        for one in form.fields
    ]


def _settled(one: Field, given: Sequence[Answer], near: date | None) -> tuple[str, str]:
    """Return the one value that all answers to a field come to, or the words of those that come to none or several.

    Of “Arrival - let me look” and then “Arrival: 2pm” the second counts; the other way round neither does.
    """
    read = [next((value for part in _parts(one, each) if (value := one.read(part, near))), "") for each in given]
    values = {value for value in read if value}
    if len(values) == 1 and read[-1]:
        return read[-1], ""
    return "", "; ".join(dict.fromkeys(each.whole[:MOST_CHARACTERS] for each in given))


def _parts(one: Field, answer: Answer) -> Iterator[str]:
    """Give an answer, and where prose follows on the next row, its own row alone."""
    yield answer.whole[:MOST_CHARACTERS]
    if not one.loose and not answer.goes_on:
        yield answer.rows[0][:MOST_CHARACTERS]


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
    optional = kind.endswith(_MAY_BE_EMPTY)
    kind = kind.removesuffix(_MAY_BE_EMPTY)
    if kind.startswith(_CHOICE):
        choices = tuple(dict.fromkeys(map(canonical, split_values(kind.removeprefix(_CHOICE).replace(",", ";")))))
        if len(choices) > 1:
            return Field(label, _CHOICE.strip(), choices, optional)
        problems.append(line.problem(file, "“one of” needs two answers or more.", "one of low; medium; high", kind))
        return None
    if kind not in READERS:
        text = f"nothing is read as “{kind}”: write {', '.join(READERS)} or one of …; …."
        problems.append(line.problem(file, text, vocabulary.nearest(kind, READERS), reader.strip()))
        return None
    return Field(label, kind, (), optional)
