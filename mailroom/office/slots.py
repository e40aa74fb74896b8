"""One mail for many readers: written once in each form, with marks where readers differ, and filled for each of them.

A filled copy is, byte for byte, what `templates.render` would write for that reader; where nobody can vouch for that,
the copy is rendered by itself. It is vouched for where the template does no more with a reader's own values than show
them or ask whether they are there, where a value begins and ends with a letter or digit (so that Markdown reads it as
it reads the mark), and where a trial value of everything Markdown and HTML make something of comes out the same.

A mark is a hash of all that the mail says, so nobody's words can hold it, and a copy is filled in one pass, so that a
value is never looked at for marks.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from mailroom.message.picture import Picture
from mailroom.office import markdown, templates
from mailroom.office.rendered import Rendered
from mailroom.office.templates import Templates
from mailroom.office.variants import Format

NAMES: Final = ("recipient_name", "recipient_first_name")
LINKS: Final = ("stop_link",)
"""What differs from reader to reader: names, and links that end with a token of the reader's own."""

_TOKEN = re.compile(r"(?P<before>.*?)(?P<token>[a-z2-7]{26})", re.DOTALL)
_MOST = 200
_TRIAL: Final = ("Zoë & <b> 'a' \"b\" *c* _d_ [e](f) `g` | #h 1. ~i~ \\j ![k](cid:l) {{ m }} &amp; " * 4)[
    : _MOST - 1
] + "z"


@dataclass(frozen=True, slots=True)
class Copy:
    """One reader's copy, and what of its words is that reader's own: every other line is the same in all copies."""

    rendered: Rendered
    own: Rendered
    master: "Master"


@dataclass(frozen=True, slots=True)
class Master:
    """A mail with marks in it. Its parts are cut at the marks: every second piece is the name of a value."""

    marked: Rendered
    subject: tuple[str, ...]
    text: tuple[str, ...]
    html: tuple[str, ...]

    def fill(self, values: Mapping[str, str]) -> Copy:
        """Write the copy of a reader with these values."""
        shown = {name: html.escape(value, quote=False) for name, value in values.items()}
        subject, text = _joined(self.subject, values), _joined(self.text, values)
        rendered = replace(self.marked, subject=subject, text=text, html=_joined(self.html, shown))
        same = self.marked.text.split("\n")
        lines = ("" if line == same[n] else line for n, line in enumerate(text.split("\n")))
        own = replace(rendered, subject=subject if len(self.subject) > 1 else "", text="\n".join(lines), html="")
        return Copy(rendered, replace(own, pictures=()), self)


@dataclass(frozen=True, slots=True)
class Masters:
    """The masters of one sending, made as they are asked for. What all its readers read is `shared`."""

    templates: Templates
    name: str
    shared: Mapping[str, object]
    made: dict[tuple[str, ...], Master | None] = field(default_factory=dict)

    def copy(self, own: Mapping[str, str], form: Format) -> Copy | None:
        """Write one reader's copy, None where it has to be rendered by itself. Raises Problems as `render` does."""
        if not all(_fits(name, value) for name, value in own.items()):
            return None
        cut = {name: _cut(name, value) for name, value in own.items()}
        slots = {name: before for name, (before, value) in cut.items() if value}
        whole = {name: before for name, (before, value) in cut.items() if not value}
        key = (form, *(f"{name}={before}" for name, before in sorted(slots.items())), "", *whole.values())
        if key not in self.made:
            self.made[key] = _master(self.templates, self.name, {**self.shared, **whole}, slots, form)
        master = self.made[key]
        return master.fill({name: value for name, (_, value) in cut.items()}) if master is not None else None


def _cut(name: str, value: str) -> tuple[str, str]:
    """Part a value into what all readers' have in common and what is the reader's own."""
    if name in NAMES:
        return "", value
    found = _TOKEN.fullmatch(value)
    return (found["before"], found["token"]) if found else (value, "")


def _fits(name: str, value: str) -> bool:
    """Tell whether Markdown reads a value as it reads a mark, wherever it stands."""
    if name not in NAMES or not value:
        return name in NAMES or name in LINKS
    return (
        len(value) <= _MOST
        and value[0].isalpha()
        and value[-1].isalnum()
        and value == markdown.plain(value)
        and not markdown.REFERENCE.search(value)
    )


def _master(
    made: Templates, name: str, shared: Mapping[str, object], slots: Mapping[str, str], form: Format
) -> Master | None:
    if name not in made.mails or not templates.only_shows(made, name, slots):
        return None
    marks = _marks(made, name, shared, slots)
    marked = templates.render(made, name, {**shared, **{one: slots[one] + marks[one] for one in slots}}, form)
    cut = re.compile("|".join(f"(?:{re.escape(mark)})" for mark in marks.values()) or r"(?!)")
    whose = {mark: one for one, mark in marks.items()}
    subject, text, page = (_pieces(cut, whose, part) for part in (marked.subject, marked.text, marked.html))
    master = Master(marked, subject, text, page)
    if any(_joins(pieces) for pieces in (subject, text, page)):
        return None
    trial = {one: _TRIAL if one in NAMES else marks[one][::-1] for one in slots}
    whole = templates.render(made, name, {**shared, **{one: slots[one] + trial[one] for one in slots}}, form)
    return master if master.fill(trial).rendered == whole else None


def _marks(made: Templates, name: str, shared: Mapping[str, object], slots: Mapping[str, str]) -> dict[str, str]:
    """Return a mark for each slot: 26 letters and digits as a token has them, with a letter at each end."""
    mail = made.mails[name].source
    said = json.dumps([mail.subject, mail.body, made.footer.source.body, shared], sort_keys=True, default=_of_picture)
    found = {}
    for one in slots:
        digest = base64.b32encode(hashlib.sha256(f"{one}\0{said}".encode()).digest()).decode("ascii").lower()
        found[one] = f"q{digest[:24]}q"
    return found


def _of_picture(value: object) -> str:
    if not isinstance(value, Picture):
        raise TypeError(type(value))
    return f"{value.cid} {value.alt}"


def _pieces(cut: re.Pattern[str], whose: Mapping[str, str], text: str) -> tuple[str, ...]:
    pieces: list[str] = []
    end = 0
    for found in cut.finditer(text):
        pieces += (text[end : found.start()], whose[found[0]])
        end = found.end()
    return (*pieces, text[end:])


def _joins(pieces: tuple[str, ...]) -> bool:
    """Tell whether a value would stand against a word: together they might be a reference, which has its own form."""
    values = range(1, len(pieces), 2)
    return any(
        (pieces[n] in NAMES and (re.search(r"[\w-]\Z", pieces[n - 1]) or re.match(r"[\w-]", pieces[n + 1])))
        or (not pieces[n - 1] and n > 1)
        for n in values
    )


def _joined(pieces: tuple[str, ...], values: Mapping[str, str]) -> str:
    return "".join(values[piece] if n % 2 else piece for n, piece in enumerate(pieces))
