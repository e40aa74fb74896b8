"""A brief before it is released to members as a call for advice (domain, sections C3 and D4).

Pure. A fault names the line of the brief by its number and says what stands there, and never repeats it: the refusal
is a mail too. What says *stop* keeps the brief where it is; what says *ask* may be put before whoever releases it.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from mailroom.office import lint_private
from mailroom.office.lint import MOST_QUESTIONS, MOST_WORDS, Context, Finding, in_subject, standing
from mailroom.office.lint_private import Line
from mailroom.rules.words import fold

_MARKING = re.compile(r"^\W{0,3}marking\s*[:=]\s*(?P<mark>\S.*)$", re.IGNORECASE)
_QUESTION = re.compile(r"^\W{0,3}question\s*\d*\s*[:=]", re.IGNORECASE)
_ASKS = re.compile(r"\?(?=[\s\"'”’)*]|$)")
_INITIALS: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr)\.? ?(?:[A-Z]\b\.? ?){1,4}")

_WHAT: Final = {
    "national insurance": "a National Insurance number", "bank": "a bank account", "passport": "a passport number",
    "driving licence": "a driving licence number", "password": "a password", "card": "a bank card's number",
    "registration": "a vehicle registration", "postcode": "a postcode", "home address": "what may be a home address",
    "date of birth": "a date of birth", "telephone": "a telephone number",
}  # fmt: skip


def brief(
    text: str, context: Context, *, subject: str, deadline: datetime | None, now: datetime, attachments: int = 0
) -> tuple[Finding, ...]:
    """Return what keeps a brief from going out.

    `text` is what stands between BRIEF and END, line for line; `subject` what the call's subject would be; `deadline`
    what its line “Reply by” was read as, None where it has none or nobody can read it; `attachments` how many files
    came with it. Of `context` count `names`, `places`, `groups` and `own`, as `linting.context` gives them for a call.
    """
    lines = [Line(f"line {n}", row) for n, row in enumerate(text.split("\n"), start=1) if row.strip()]
    found = (
        *in_subject(subject, context),
        *(one for line in lines for one in _private(line, context)),
        *_marking(lines),
        *_asks(lines),
        *_by(deadline, now),
    )
    if attachments:
        found += (Finding("stop", "attachment", "A file came with it. A call goes out as words alone."),)
    return tuple(dict.fromkeys(found))


def _private(line: Line, context: Context) -> Iterator[Finding]:
    own = lint_private.compact("\n".join(context.own))
    where = line.where.capitalize()
    for number in lint_private.numbers(line, own):
        yield Finding("stop", number.what, f"{where} holds {_WHAT[number.what]}.")
    if any(address not in own.casefold() for address in lint_private.addresses(line.text)):
        yield Finding("stop", "address", f"{where} holds an email address.")
    words = lint_private.without_addresses(line.text)
    known = (*context.own, *context.places)
    perhaps = [sure for name, sure in lint_private.perhaps_names(words) if not any(name in one for one in known)]
    if standing(context.names, fold(words)) or _INITIALS.search(words) or any(perhaps):
        yield Finding("stop", "name", f"{where} names a person.")
    elif perhaps:
        yield Finding("ask", "name", f"{where} may name a person.")


def _marking(lines: list[Line]) -> Iterator[Finding]:
    marked = [(line, found["mark"].strip(" .*")) for line in lines if (found := _MARKING.match(line.text))]
    if not marked:
        yield Finding("stop", "marking", "It has no line “Marking: OFFICIAL”.")
    for line, mark in marked:
        if mark.upper() != "OFFICIAL":
            text = f"{line.where.capitalize()} does not mark it OFFICIAL; nothing else goes to members."
            yield Finding("stop", "marking", text)


def _asks(lines: list[Line]) -> Iterator[Finding]:
    if (n := sum(len(line.text.split()) for line in lines)) > MOST_WORDS:
        yield Finding("stop", "length", f"It has {n} words; the most is {MOST_WORDS}.")
    questions = sum(max(len(_ASKS.findall(line.text)), _QUESTION.match(line.text) is not None) for line in lines)
    if questions > MOST_QUESTIONS:
        yield Finding("stop", "questions", f"It asks {questions} questions; the most is {MOST_QUESTIONS}.")
    if not questions:
        yield Finding("stop", "questions", "It asks no question. Write a line such as “Question 1: …”.")


def _by(deadline: datetime | None, now: datetime) -> Iterator[Finding]:
    if deadline is None:
        text = "It has no line that says by when to answer, such as “Reply by: Wed 13 Jan 12:00”."
        yield Finding("stop", "deadline", text)
    elif deadline <= now:
        yield Finding("stop", "deadline", "The moment by which it asks for answers is over.")
