"""What follows `Should catch:` and `Should not catch:`.

A subject that might as well be the text, or a mail in parts:

    Should catch: RSVP for the quarterly meeting
    Should catch: from any member / subject: Re: our meeting / text: I can attend
    Should not catch: from stranger: RSVP to win a holiday
    Should catch: from any officer / text: figures attached / attachment: sheet.xlsx / answers: chaser
"""

import re
from dataclasses import dataclass
from typing import Final

from mailroom.rules import vocabulary
from mailroom.rules.known import Fault, Known, one_of
from mailroom.rules.lines import Line, canonical
from mailroom.rules.who import Group, group, names

PARTS: Final = ("from", "subject", "text", "attachment", "answers")

_PART = re.compile(r"(from|subject|text|attachment|answers)\b(.*)", re.IGNORECASE | re.DOTALL)
_NEXT = re.compile(r"\s/\s*(?=(?:subject|text|attachment|answers)\s*:|from\s)", re.IGNORECASE)
_WHO = re.compile(r"\s*:?\s*(?:an? )?([^:]{1,80})(?::\s*(.*))?", re.DOTALL)

# A sender spelt so nearly like a group that it must be meant as one.
_MEANT = 0.8


@dataclass(frozen=True, slots=True)
class Example:
    """A mail the rule's author wants caught, or not. `text` is all its words, `written` the
    line as it stands.

    `sender` is None and `answers` is "" where the line does not say: then they are granted, whatever the rule asks.
    """

    written: str
    text: str
    caught: bool
    line: int
    subject: str
    body: str
    sender: Group | None = None
    answers: str = ""
    attachment: str = ""
    column: int = 0


def read_example(line: Line, known: Known) -> Example:
    """Read a `Should catch` or `Should not catch` line; raises Fault."""
    caught = line.label == "should catch"
    value = line.value.strip(' "')
    parts = [part.strip() for part in _NEXT.split(value)]
    if len(parts) == 1 and not _is_part(value, known):
        return Example(value, value, caught, line.line, value, value, column=line.column)
    said: dict[str, str] = {}
    sender: Group | None = None
    for part in parts:
        found = _PART.fullmatch(part)
        if found is None:
            raise Fault(f"“{part}” is no part of a mail: write {', '.join(PARTS)}.", "subject: ", part)
        name, rest = found[1].lower(), found[2]
        if name == "from":
            sender, words = _sender(rest, known)
            if words:
                said.setdefault("subject", words)
        elif name in said:
            raise Fault(f"“{name}” stands twice in this example.", "", part)
        else:
            said[name] = rest.removeprefix(":").strip()
    answers = _answers(said["answers"]) if "answers" in said else ""
    subject, body = said.get("subject", ""), said.get("text", "")
    text = f"{subject}\n\n{body}".strip()
    return Example(
        value, text, caught, line.line, subject, body, sender, answers, said.get("attachment", ""), line.column
    )


def _is_part(value: str, known: Known) -> bool:
    """Tell whether a line of one part names it. “From the choir: an item” is a subject, “from member: …” a sender."""
    found = _PART.fullmatch(value)
    if found is None:
        return False
    if found[1].lower() != "from":
        return found[2].lstrip().startswith(":")
    who = _WHO.fullmatch(found[2])
    if who is None or not value.startswith("from"):
        return False
    name = canonical(who[1])
    return group(name, known.roles) is not None or bool(vocabulary.nearest(name, names(known.roles), _MEANT))


def _sender(written: str, known: Known) -> tuple[Group, str]:
    who = _WHO.fullmatch(written)
    name = canonical(who[1]) if who else canonical(written)
    found = group(name, known.roles)
    if found is None:
        near = vocabulary.nearest(name, names(known.roles))
        raise Fault(f"“{name}” is no group, role, address or domain.", near, name)
    return found, (who[2] or "").strip() if who else ""


def _answers(written: str) -> str:
    bare = re.sub(r"^(?:an?|the|our) ", "", canonical(written))
    return one_of(bare, vocabulary.ANSWERS, "mail of ours called")
