"""What must not leave, or should be looked at first: a finished mail and what is known of it, to findings.

Pure. A finding that says *stop* is one that no approval can lift: the mail has to be written anew. One that says *ask*
is put before whoever approves, who may know better. What the office itself publishes, such as a number in a
template, is no leak and gives no finding. Sentences name people where they must, and never show an address or the
whole of a number (domain, section E2).
"""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from typing import Final, Literal
from urllib.parse import urlsplit

from mailroom.message.marking import marking
from mailroom.office import lint_dates, lint_private
from mailroom.office.layout import MOST_HTML
from mailroom.office.lint_private import Line
from mailroom.office.rendered import Rendered
from mailroom.rules.vocabulary import MARKINGS
from mailroom.rules.words import Folded, Phrases, fold, phrase, together

Severity = Literal["stop", "ask"]

MOST_WORDS, MOST_QUESTIONS = 250, 4
"""Of a call for advice (domain, sections C3 and D4)."""
FAR_OFF: Final = 0.2
"""Share by which the number of recipients may differ from last time before somebody is asked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: `what` names the check, `text` is a sentence for the coordinator."""

    severity: Severity
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a mail besides its words.

    `call`: it asks members for advice, so it names nobody and no place. `own`: what the office publishes itself: its
    templates' words, its address, its telephone. `people`: addresses that are somebody's own, each with whose it is.
    `theirs`, `reader`: the addresses and the name of whoever reads it, which are no leak to them.
    `ceiling`: the highest marking its reader may get. `recipients` and `last_time`: how many get it, and got the last.
    """

    today: date
    call: bool = False
    own: tuple[str, ...] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    theirs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    reader: str = ""
    ceiling: str = "OFFICIAL"
    attachments: int = 0
    places: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    brief: str = ""
    recipients: int = 1
    last_time: int = 0


def lint(mail: Rendered, context: Context) -> tuple[Finding, ...]:
    """Return everything about a mail that must stop it or that somebody should be asked about."""
    lines = tuple(_lines(mail))
    found = (
        *_placeholders(lines, "\n".join(context.own)),
        *_private(lines, context),
        *_marked(mail, context),
        *_attached(lines, context),
        *(Finding(*one) for one in lint_dates.findings(lines, context.today)),
        *_page(mail),
        *(_call(mail, context) if context.call else ()),
        *_count(context),
    )
    return tuple(dict.fromkeys(found))


def stops(findings: tuple[Finding, ...]) -> bool:
    """Tell whether a mail with these findings must not leave."""
    return any(finding.severity == "stop" for finding in findings)


def _lines(mail: Rendered) -> Iterator[Line]:
    yield Line("the subject", mail.subject)
    for n, text in enumerate(mail.text.split("\n"), start=1):
        if text.strip():
            yield Line(f"line {n}", text)


_UNFILLED = re.compile(
    r"\{\{|\}\}|\{%|%\}|«[^»\n]{1,40}»|\blorem ipsum\b"
    r"|[\[<](?:insert|enter|add|fill in|your|recipient|first ?name|name|date|time|place|location|venue|link|address"
    r"|number|ref(?:erence)?)\b[^\]>\n]{0,40}[\]>]",
    re.IGNORECASE,
)
_UNSURE = re.compile(r"\b(?:TBC|TBD|TBA|TODO|FIXME|XX+)\b|_{4,}|\?{3,}")


def _placeholders(lines: tuple[Line, ...], own: str) -> Iterator[Finding]:
    for line in lines:
        if found := _UNFILLED.search(line.text):
            yield Finding("stop", "placeholder", f"“{found[0][:40]}” in {line.where} was never filled in.")
        elif (found := _UNSURE.search(line.text)) and found[0] not in own:
            yield Finding("ask", "placeholder", f"“{found[0][:12]}” in {line.where} looks as if something is missing.")


def _private(lines: tuple[Line, ...], context: Context) -> Iterator[Finding]:
    own = lint_private.compact("\n".join(context.own))
    for line in lines:
        for found in lint_private.numbers(line, own):
            severity: Severity = "stop" if found.always or context.call else "ask"
            yield Finding(severity, found.what, found.text)
        for address in lint_private.addresses(line.text):
            whose = context.people.get(address, "") if address not in context.theirs else ""
            if not whose and address in own.casefold():
                continue
            text = f"{whose}'s email address stands" if whose else "an email address stands"
            yield Finding(
                "stop" if whose or context.call else "ask", "address", f"{text[0].upper()}{text[1:]} in {line.where}."
            )
        yield from _names(line, context)


def _names(line: Line, context: Context) -> Iterator[Finding]:
    severity: Severity = "stop" if context.call else "ask"
    here = standing(context.names, fold(lint_private.without_addresses(line.text)))
    named = tuple(name for name in here if name != context.reader)
    for name in named:
        yield Finding(severity, "name", f"{name} is named in {line.where}.")
    if context.call:
        known = (*named, *context.own, *context.places)
        for name, sure in lint_private.perhaps_names(line.text):
            if not any(name in one for one in known):
                text = f"“{name}” in {line.where} {'is' if sure else 'may be'} somebody's name."
                yield Finding("stop" if sure else "ask", "name", text)


def standing(phrases: tuple[str, ...], words: Folded) -> tuple[str, ...]:
    """Return which of these names stand in a text."""
    return _together(phrases).found([words])


@functools.lru_cache(maxsize=16)
def _together(phrases: tuple[str, ...]) -> Phrases:
    return together(found for one in phrases if (found := phrase(one)) is not None)


def _marked(mail: Rendered, context: Context) -> Iterator[Finding]:
    found = marking((), mail.subject, mail.text)
    highest = max(found, mail.marking, key=_rank)
    if _rank(highest) > _rank(context.ceiling):
        text = f"It is marked {highest}; this reader may get {context.ceiling} at most."
        yield Finding("stop", "marking", text)


_RANKS: Final = ("", *MARKINGS)


def _rank(mark: str) -> int:
    return _RANKS.index(mark) if mark in _RANKS else len(_RANKS)


_ATTACHED = re.compile(
    r"\b(?:(?:is|are|find|see|as|i have|we have|i've|we've|i’ve|we’ve|have)\s+(?:now\s+|also\s+)?(?:attached|enclosed)"
    r"(?!\s+to\b(?!\s+this\s+(?:e-?mail|mail|message|letter)\b))"
    r"|(?:attached|enclosed)\s+(?:is|are|please|herewith|you will|you'll)"
    r"|(?:attached|enclosed)\s+(?:to|with) this (?:e-?mail|mail|message|letter)"
    r"|(?:i|we)(?:'m|’m|'re|’re| am| are)?\s+(?:attach|attaching|enclose|enclosing)\b"
    r"|(?:see|open|in|read)\s+(?:the\s+)?(?:attachment|attached|enclosed)|the\s+(?:attached|enclosed)\s+\w+"
    r"|^\W*(?:attached|enclosed):)",
    re.IGNORECASE,
)
_NO_SUCH = re.compile(
    r"\b(?:no|not|n[o']t|never|nothing|without|cannot|can[’']t|don[’']t|isn[’']t|aren[’']t|if|unless|you|your)\b"
    r"[^.!?]{0,30}$",
    re.IGNORECASE,
)


def _attached(lines: tuple[Line, ...], context: Context) -> Iterator[Finding]:
    if context.attachments:
        return
    for line in lines:
        found = None if line.quoted else _ATTACHED.search(line.text)
        if found and not _NO_SUCH.search(line.text[: found.start()]) and not _NO_SUCH.search(found[0]):
            text = f"“{found[0].strip()}” stands in {line.where}, and nothing is attached."
            yield Finding("stop", "attachment", text)


class _Page(HTMLParser):
    """The links and pictures of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.pictures: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag shows or leads to."""
        facts = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(facts.get("href", ""))
        elif tag == "img":
            self.pictures.append((facts.get("src", ""), facts.get("alt", "")))


def _page(mail: Rendered) -> Iterator[Finding]:
    page = _Page(mail.html)
    for address in page.links:
        if not _leads_somewhere(address):
            shown = address[:60] or "nothing"
            yield Finding("stop", "link", f"A link leads to “{shown}”, which no reader can open.")
    cids = {f"cid:{picture.cid}" for picture in mail.pictures}
    for source, alt in page.pictures:
        if not alt.strip():
            yield Finding("stop", "picture", "A picture has no words for those who can't see it.")
        if source not in cids:
            yield Finding("stop", "picture", "A picture does not come with the mail, so most readers would not see it.")
    size = len(mail.html.encode())
    if size > MOST_HTML:
        yield Finding("stop", "size", f"It is {size // 1024} KB; the most is {MOST_HTML // 1024}.")


def _leads_somewhere(address: str) -> bool:
    if any(character.isspace() for character in address):
        return False
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    match parts.scheme:
        case "https":
            return "." in host.strip(".") and host == host.strip(".")
        case "mailto":
            return re.fullmatch(r"[^@]+@[^@]+\.[^@.]+", parts.path) is not None
        case "tel":
            return re.fullmatch(r"\+?[0-9-]{3,20}", parts.path) is not None
    return False


_QUESTION = re.compile(r"\?(?=[\s\"'”’)*]|$)")


def _call(mail: Rendered, context: Context) -> Iterator[Finding]:
    brief = context.brief or mail.text.rpartition("\n-- \n")[0] or mail.text
    if (n := len(brief.split())) > MOST_WORDS:
        yield Finding("stop", "length", f"The call has {n} words; the most is {MOST_WORDS}.")
    if (n := len(_QUESTION.findall(brief))) > MOST_QUESTIONS:
        yield Finding("stop", "questions", f"The call asks {n} questions; the most is {MOST_QUESTIONS}.")
    yield from in_subject(mail.subject, context)


def in_subject(subject: str, context: Context) -> Iterator[Finding]:
    """Give the places and groups that the subject of a call names."""
    words = fold(subject)
    for kind, known in (("place", context.places), ("group", context.groups)):
        for name in standing(known, words):
            text = f"The subject names the {kind} “{name}”; lock screens show it."
            yield Finding("stop", f"{kind} in subject", text)


def _count(context: Context) -> Iterator[Finding]:
    now, before = context.recipients, context.last_time
    if before and abs(now - before) > before * FAR_OFF:
        yield Finding("ask", "recipients", f"It goes to {now}; last time it went to {before}.")
