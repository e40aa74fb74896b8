"""A whole mail read for the command it gives: first its newly written words, then its subject."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mailroom.message.model import Message
from mailroom.rules import vocabulary
from mailroom.rules.commands.below import is_greeting, read_below
from mailroom.rules.commands.command import NO_CHOICE, Command
from mailroom.rules.commands.line import LONGEST, POLITE, read_line, with_class
from mailroom.rules.commands.pieces import codes, take_apart, words
from mailroom.rules.commands.verbs import (
    BY_CODE,
    HELP,
    NO_CASES,
    OFFICE,
    VERBS,
    CaseVerbs,
    may,
    on_roster,
    roles_of,
)
from mailroom.rules.lines import typewritten
from mailroom.rules.model import Facts

UNKNOWN: Final = "notice/unknown"
"""The mail that asks what a message is, and takes a bare number or class for an answer."""

WHICH: Final = "notice/which-case"
"""The mail that asks to which case a message belongs, and takes a bare number, YES or NONE."""

TEXT_AT_ONCE: Final = frozenset({"answer"})
"""Verbs whose text begins below their line, without a line that announces it."""

MOST_CHOICES: Final = 20

_LABELLED = re.compile(r"[A-Za-z][\w ]{0,40}:\s*\S")
_PREFIX = re.compile(r"^\s*(?:(?:re|aw|sv|antw|fw|fwd|wg)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Mail:
    """The parts of a mail that a command may stand in: its first line that says something, and what is below."""

    first: str
    below: tuple[str, ...]
    subject: str
    facts: Facts
    of_cases: CaseVerbs


def read(message: Message, facts: Facts, of_cases: CaseVerbs = NO_CASES) -> Command | None:
    """Return the command a message gives, or None when it gives none, or comes from nobody who may give one.

    `of_cases` are the verbs that process files wait for.
    """
    if not is_persons(message, facts) or not on_roster(facts.sender, of_cases):
        return None
    mail = _taken_apart(message, facts, of_cases)
    answers = facts.answers_template
    found = read_line(mail.first, answers, of_cases) or _bare(mail.first, answers)
    in_subject = found is None
    if found is None:
        found = read_line(mail.subject, "", of_cases, alone=not mail.first)
        if found is not None and _is_ours(found, message.subject):
            found = None
        if found is not None and mail.first:
            mail = replace(mail, below=(mail.first, *mail.below))
    if found is None:
        found = _unread(mail.first, answers)
    if found is None or not _is_for(found, facts, of_cases):
        return None
    return _completed(found, mail, in_subject=in_subject)


def may_change_rules(message: Message, facts: Facts) -> bool:
    """Tell whether rules in this mail count: a person's, from the coordinator or her cover, proved."""
    return is_persons(message, facts) and bool(OFFICE & roles_of(facts.sender))


def is_persons(message: Message, facts: Facts) -> bool:
    """Tell whether somebody we know wrote this themselves, with an address our own server vouches for."""
    sender = facts.sender
    machine = message.kind != "person" or message.silence or message.automatic or message.sealed
    own = sender.address in facts.own_addresses
    return sender.trust == "verified" and sender.state not in {"left", "suspended"} and not own and not machine


def _taken_apart(message: Message, facts: Facts, of_cases: CaseVerbs) -> _Mail:
    lines = [typewritten(line).strip() for line in message.new_text.split("\n")]
    at = _next(lines, 0)
    if at < len(lines) and is_greeting(lines[at]) and _next(lines, at + 1) < len(lines):
        at = _next(lines, at + 1)
    first, below = (lines[at], tuple(lines[at + 1 :])) if at < len(lines) else ("", ())
    subject = _PREFIX.sub("", typewritten(message.subject)).strip()
    return _Mail(first, below, subject, facts, of_cases)


def _is_ours(found: Command, subject: str) -> bool:
    """Tell whether a subject only looks like a command as one of ours is answered: `Re: Done (#412)`."""
    return found.verb in VERBS and VERBS[found.verb].answers and _PREFIX.match(typewritten(subject)) is not None


def _next(lines: Sequence[str], at: int) -> int:
    return next((n for n in range(at, len(lines)) if lines[n]), len(lines))


def _is_for(found: Command, facts: Facts, of_cases: CaseVerbs) -> bool:
    """Tell whether a line counts as this person's command at all.

    What somebody may not say is answered only where it names what it is about; else it is a mail like any other.
    """
    if found.verb == HELP and not found.fault:
        return True
    named = bool(found.ref or found.code or found.number is not None)
    return may(found.verb, facts.sender, of_cases) or named


def _bare(line: str, answers: str) -> Command | None:
    """Read a bare class or number, which answers the mail that asks what a message is, or where it belongs."""
    if answers == WHICH:
        return _which(line)
    if answers != UNKNOWN or len(line) > LONGEST:
        return None
    said = [word for word in words(line) if word.casefold() not in POLITE | VERBS["class"].fillers]
    found, left = with_class(Command("class", line), said)
    if left or not (found.class_ or found.choice):
        return None
    return found


def _which(line: str) -> Command | None:
    """Read the answer to which of some cases a message belongs."""
    said = [word.casefold() for word in words(line)]
    said = [word for word in said if word not in POLITE - {"yes", "no", "one"}]
    match said:
        case ["yes"] | ["yes", "it", "does"]:
            return Command("link", line, choice=1)
        case ["none"] | ["no"] | ["none", "of", "them"]:
            return Command("unlink", line, choice=NO_CHOICE)
        case [number] if number.isdigit() and 0 < int(number) <= MOST_CHOICES:
            return Command("link", line, choice=int(number))
    return None


def _unread(line: str, answers: str) -> Command | None:
    """Help somebody whose short answer to our question could not be read; thanks are no answer."""
    said = [word for word in words(line) if word.casefold() not in POLITE]
    if answers != UNKNOWN or not said or len(said) > 3:  # noqa: PLR2004 - more is a letter
        return None
    near = vocabulary.nearest(" ".join(said), vocabulary.CLASSES)
    return Command(HELP, line, fault=f"There is no class “{' '.join(said)}”.", near=f"class {near}" if near else "")


def _completed(found: Command, mail: _Mail, *, in_subject: bool) -> Command:
    """Add what stands elsewhere: parameters, text and note below, a code there or in the subject."""
    fixed = VERBS.get(found.verb)
    prose = fixed is not None and fixed.prose
    below = read_below(mail.below, mail.facts.sender.name, at_once=found.verb in TEXT_AT_ONCE)
    if not found.fault and not in_subject and not prose and (other := _another(found, below.outside, mail)):
        return replace(found, fault=f"This mail holds two commands, {found.verb.upper()} and {other.upper()}.")
    elsewhere = codes("\n".join(below.outside)) or codes(mail.subject)
    given = (found.code,) if found.code else elsewhere
    takes_code = fixed is None or fixed.kind != "record"
    if len(given) > 1 and takes_code and not found.fault:
        return replace(found, fault="This mail holds more than one code.")
    ref, number = found.ref, found.number
    if not ref and number is None and not mail.facts.answers_template:
        named = take_apart(mail.subject)
        ref = named.refs[0] if len(named.refs) == 1 else ""
        number = named.numbers[0] if len(named.numbers) == 1 and not named.refs else None
    note = "\n".join(part for part in (found.note, below.rest) if part) if prose else found.note
    code = given[0] if given and (takes_code or found.code) else ""
    found = replace(
        found, parameters=below.parameters, text=below.text, below=below.rest, note=note, code=code, ref=ref,
        number=number,
    )  # fmt: skip
    return found if found.fault else replace(found, fault=_lacking(found, mail))


def _another(found: Command, lines: Sequence[str], mail: _Mail) -> str:
    """Return another verb that stands on a line of its own below the first, "" where there is none.

    A labelled line is none, such as `Close: Wed 13 Jan 17:00`.
    """
    read_ = (read_line(line, "", mail.of_cases) for line in lines if not _LABELLED.match(line))
    other = next(
        (one for one in read_ if one is not None and not one.note and one.verb not in {HELP, found.verb}), None
    )
    return other.verb if other is not None else ""


def _lacking(found: Command, mail: _Mail) -> str:
    if not may(found.verb, mail.facts.sender, mail.of_cases):
        return f"{found.verb.upper()} is not yours to say."
    if found.verb in BY_CODE and not found.code:
        return f"{found.verb.upper()} needs the code that stands in the mail it is about, such as 7KQM-3TVX."
    if found.verb == "class" and not found.class_ and not found.choice:
        return "CLASS needs the name of a class, such as CLASS concern."
    return ""
