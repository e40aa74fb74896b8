"""How a fact is read from a message: the readers there are, and a `Read` line that names them.

    Read: advice wanted by, a time; place, a place; critical, yes or no
    Read: level, low medium or high; conditions, numbered lines
    Read: right, told by right of access, freedom of information; about us, about coordinator

What each makes of a text is the office's: the same words as in a form (rules/forms.py), and a few more.
"""

import re
from collections.abc import Mapping
from typing import Final

from mailroom.rules import vocabulary
from mailroom.rules.cases.effects import At, Reading
from mailroom.rules.known import Fault, Known, one_of
from mailroom.rules.lines import Line, canonical

ONE_OF: Final = "one of"
TOLD_BY: Final = "told by"
ABOUT: Final = "about"

READERS: Final[Mapping[str, str]] = {
    "a time": "when something is wanted or happens: a time of a day that is named, or of today",
    "a date": "a day",
    "a date with hours": "a day, with the hours from and to where they are said",
    "a place": "a place the office knows",
    "yes or no": "what the message says on a line of that name",
    "words": "the words on a line of that name",
    "numbered lines": "the numbered lines of the message, one by one",
    "a number": "the number on a line of that name",
    ONE_OF: "the one of these answers that the message gives: “low medium or high”, or “one of low, medium, high”",
    TOLD_BY: "which of these lists of lists.txt has words that the message holds; its name is the answer",
    ABOUT: "yes where the message names somebody who holds this role, or says the role",
}
"""Every reader, and what it reads."""

TIMES: Final = frozenset({"a time", "a date", "a date with hours"})
"""Readers of facts that time can be counted from."""

_OR = re.compile(r",? or |, ?")
_FACT = re.compile(r"[a-z][\w '-]{0,40}")
_LEAST_CHOICES = 2


def split(reader: str) -> tuple[str, tuple[str, ...]]:
    """Return a reader's name and its choices; ("", ()) where it is none. `reader` is canonical."""
    if reader in READERS and reader not in {ONE_OF, TOLD_BY, ABOUT}:
        return reader, ()
    for name in (ONE_OF, TOLD_BY, ABOUT):
        if reader.startswith(f"{name} "):
            rest = reader.removeprefix(name).strip()
            return name, tuple(part for one in _OR.split(rest) if (part := one.strip()))
    head, either, last = reader.rpartition(" or ")
    if either and "," not in head:
        return ONE_OF, (*head.split(), last.strip())
    if either:
        return ONE_OF, (*(one.strip() for one in head.split(",") if one.strip()), last.strip())
    return "", ()


def read_readings(line: Line, at: At, known: Known) -> tuple[Reading, ...]:
    """Read a `Read` line; raises Fault."""
    found: list[Reading] = []
    for value in line.values:
        name, comma, reader = (canonical(one) for one in value.partition(","))
        if not comma or not name or not reader:
            raise Fault(f"“{value}” needs a comma and how it is read.", f"{name or 'place'}, a place", value)
        if not _FACT.fullmatch(name):
            raise Fault(f"“{name}” can't be the name of a fact; use a few words.", "", name)
        if any(one.fact == name for one in found):
            raise Fault(f"“{name}” is read twice in this line.", "", name)
        found.append(_reading(name, reader, at, known))
    return tuple(found)


def _reading(name: str, reader: str, at: At, known: Known) -> Reading:
    kind, choices = split(reader)
    if not kind:
        near = vocabulary.nearest(reader, READERS)
        plain = [one for one in READERS if one not in {ONE_OF, TOLD_BY, ABOUT}]
        text = f"nothing is read as “{reader}”: write {', '.join(plain)}, one of …, …, told by … or about …."
        raise Fault(text, near, reader)
    if kind == ONE_OF and len(choices) < _LEAST_CHOICES:
        raise Fault("“one of” needs two answers or more.", "one of low, medium, high", reader)
    if kind == TOLD_BY:
        for one in choices:
            one_of(one, known.lists, "list")
    if kind == ABOUT:
        choices = tuple(_role(one, known) for one in choices)
    return Reading(name, kind, choices, at)


def _role(written: str, known: Known) -> str:
    found = vocabulary.role(written.removeprefix("the "), known.roles)
    if not found:
        near = vocabulary.nearest(written, [one.replace("_", " ") for one in known.roles])
        raise Fault(f"there is no role “{written}”.", near, written)
    return found
