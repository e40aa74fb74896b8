"""The first reading: bytes to a MIME tree, mailboxes and a date.

mail-parser does it; the standard library stands by for what mail-parser trips over. Both give the
same `Parsed`, and neither is trusted with anything more: words, charsets and structure are ours.
"""

import email
import email.utils
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.message import Message as Tree

import mailparser

from mailroom.message import text
from mailroom.message.limits import ADDRESSES
from mailroom.message.model import Address

# Both log what they stumble over, and that is other people's mail.
for _name in ("mailparser", "flufl.bounce"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

# A Date header is only a claim; outside these years it is nonsense, and arithmetic on it may overflow.
_YEARS = range(1970, 2100)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]{1,256}@[^\s<>()\[\],;:\"@]{1,256}")
_IN_ANGLES = re.compile(r"<\s*([^<>\s]{1,512})\s*>")


@dataclass(frozen=True, slots=True)
class Parsed:
    """One message, parsed but not yet understood."""

    tree: Tree
    senders: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None
    defects: tuple[str, ...]


def with_mail_parser(raw: bytes) -> Parsed:
    """Parse with mail-parser. Raises whatever mail-parser raises."""
    parser = mailparser.parse_from_bytes(raw)
    tree: Tree = parser.message
    defects: list[str] = []
    date = parser.date
    if date is not None:
        date = date.astimezone(timezone(timedelta(hours=float(parser.timezone or 0))))
    return Parsed(
        tree=tree,
        senders=_senders(parser.from_, tree, defects),
        reply_to=_addresses(parser.reply_to, defects),
        to=_addresses(parser.to, defects),
        cc=_addresses(parser.cc, defects),
        date=_believable(date or _standard_date(tree), tree, defects),
        defects=(*_defects(parser, tree), *defects),
    )


def with_standard_library(raw: bytes) -> Parsed:
    """Parse with the standard library's forgiving parser (policy compat32)."""
    tree = email.message_from_bytes(raw)
    defects = ["mail-parser could not read it: read in the plain way"]

    def addresses(name: str) -> tuple[Address, ...]:
        return _addresses(_plain_pairs(tree, name), defects)

    return Parsed(
        tree=tree,
        senders=_senders(_plain_pairs(tree, "from"), tree, defects),
        reply_to=addresses("reply-to"),
        to=addresses("to"),
        cc=addresses("cc"),
        date=_believable(_standard_date(tree), tree, defects),
        defects=tuple(defects),
    )


def _plain_pairs(tree: Tree, header: str) -> list[tuple[str, str]]:
    values = [text.octets(str(value)) for name, value in tree.raw_items() if name.lower() == header]
    return email.utils.getaddresses(values[:1])


def _addresses(pairs: Iterable[tuple[str, str]] | str, defects: list[str]) -> tuple[Address, ...]:
    found = [
        Address(text.header(name), text.one_line(address).lower())
        for name, address in (pairs if not isinstance(pairs, str) else ())
        if "@" in address
    ]
    if len(found) > ADDRESSES:
        defects.append(f"more than {ADDRESSES} addresses in one header: the rest was not read")
    return tuple(found[:ADDRESSES])


def _senders(pairs: Iterable[tuple[str, str]] | str, tree: Tree, defects: list[str]) -> tuple[Address, ...]:
    found = _addresses(pairs, defects)
    headers = [str(value) for name, value in tree.raw_items() if name.lower() == "from"]
    if len(headers) > 1:
        defects.append("more than one From header")
    if found or not headers:
        if not headers:
            defects.append("no From header")
        return found
    # Not a mailbox by the grammar; a person would still see an address in it.
    shown = text.header(headers[0])
    angles = _IN_ANGLES.findall(shown)
    guesses = [angle for angle in angles if "@" in angle] or _ADDRESS.findall(shown)
    defects.append("the From header is not a proper address")
    if not guesses:
        return ()
    return (Address(text.one_line(shown.partition("<")[0].strip(" \"'")), guesses[-1].lower()),)


def _standard_date(tree: Tree) -> datetime | None:
    try:
        date = email.utils.parsedate_to_datetime(str(tree.get("date", "")))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _believable(date: datetime | None, tree: Tree, defects: list[str]) -> datetime | None:
    if date is not None and date.year in _YEARS:
        return date
    defects.append("the Date header is not a believable date" if "date" in tree else "no Date header")
    return None


def _defects(parser: mailparser.MailParser, tree: Tree) -> list[str]:
    """Name what mail-parser found wrong with the structure, in our words."""
    known = {
        "StartBoundaryNotFoundDefect": "the parts are not where the headers say",
        "CloseBoundaryNotFoundDefect": "the end is missing",
        "NoBoundaryInMultipartDefect": "the parts cannot be told apart",
        "MultipartInvariantViolationDefect": "said to have parts, but has none",
        "InvalidBase64PaddingDefect": "an encoded part is damaged",
        "InvalidBase64CharactersDefect": "an encoded part is damaged",
        "InvalidBase64LengthDefect": "an encoded part is damaged",
        "MissingHeaderBodySeparatorDefect": "the headers are damaged",
        "FirstHeaderLineIsContinuationDefect": "the headers are damaged",
        "MisplacedEnvelopeHeaderDefect": "the headers are damaged",
        "CharsetDecodeDefect": "a part is not in the character set it names",
        "MimeHeaderDefect": "a part's headers are damaged",
    }
    named = [known[category] for category in sorted(parser.defects_categories) if category in known]
    if not tree.keys():
        named.append("no headers")
    return list(dict.fromkeys(named))
