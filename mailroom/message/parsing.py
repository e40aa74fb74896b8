"""The first reading: bytes to a MIME tree, mailboxes and a date.

mail-parser reads the headers it is good at, mailboxes and the date; mime_tree builds the tree. The standard
library stands by for what either trips over. Both ways give the same `Parsed`, and neither is trusted with
anything more: words, charsets and structure are ours.
"""

import email
import email.utils
import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.message import Message as Tree
from unicodedata import normalize

from mailparser.dates import parse_mail_date
from mailparser.utils import get_addresses

from mailroom.message import mime_tree, text
from mailroom.message.limits import ADDRESSES
from mailroom.message.model import Address

# Both log what they stumble over, and that is other people's mail.
for _name in ("mailparser", "flufl.bounce"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

Pairs = list[tuple[str, str]]

# A Date header is only a claim; outside these years it is nonsense, and arithmetic on it may overflow.
_YEARS = range(1970, 2100)
_MAILBOXES = ("from", "reply-to", "to", "cc")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]{1,256}@[^\s<>()\[\],;:\"@]{1,256}")
_IN_ANGLES = re.compile(r"<\s*([^<>\s]{1,512})\s*>")
# A quoted boundary that was folded is the boundary with its fold undone (RFC 5322 section 2.2.3).
_FOLDED_BOUNDARY = re.compile(rb"(?i)(boundary[ \t]*=[ \t]*\"[^\"\r\n]{0,200})\r?\n(?=[ \t][^\"\r\n]{0,200}\")")
_DEFECTS = {
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
}


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
    """Parse, mail-parser reading mailboxes and date. Raises whatever it raises.

    Only its readers of these headers are called: the whole of it would also decode and keep every attachment.
    """
    tree = mime_tree.parsed(raw)
    if "StartBoundaryNotFoundDefect" in _faults(tree) and _FOLDED_BOUNDARY.search(raw):
        tree = mime_tree.parsed(_FOLDED_BOUNDARY.sub(rb"\1", raw))
    values = _values(tree)
    pairs: dict[str, Pairs] = {
        # Of several To headers a person's program shows all; of several From, the first (counted as a defect).
        name: [pair for value in values[name][: 1 if name == "from" else None] for pair in _mailboxes(value)]
        for name in _MAILBOXES
    }
    claim = next((str(value) for name, value in tree.raw_items() if name.lower() == "date"), None)
    read = parse_mail_date(claim)
    date = read.value.astimezone(timezone(timedelta(hours=float(read.timezone)))) if read.value else None
    return _parsed(tree, values, pairs, date, [])


def _mailboxes(value: str) -> Pairs:
    # Names come back as written and are decoded by `text`, once: a literal "=?" must stay one.
    pairs: Pairs = get_addresses(text.shielded(text.octets(value)))
    return pairs


def with_standard_library(raw: bytes) -> Parsed:
    """Parse with the standard library's forgiving parser alone (policy compat32)."""
    tree = email.message_from_bytes(raw, _class=mime_tree.Part)
    values = _values(tree)
    pairs = {name: email.utils.getaddresses([text.octets(value) for value in values[name][:1]]) for name in _MAILBOXES}
    return _parsed(tree, values, pairs, None, ["mail-parser could not read it: read in the plain way"])


def _faults(tree: Tree) -> set[str]:
    return {type(defect).__name__ for part in tree.walk() for defect in part.defects}


def _values(tree: Tree) -> dict[str, list[str]]:
    """Give the values of the headers that hold mailboxes, 8-bit octets still as the parser carries them."""
    values: dict[str, list[str]] = {name: [] for name in _MAILBOXES}
    for name, value in tree.raw_items():
        if name.lower() in values:
            values[name.lower()].append(str(value))
    return values


def _parsed(
    tree: Tree, values: dict[str, list[str]], pairs: dict[str, Pairs], date: datetime | None, defects: list[str]
) -> Parsed:
    senders = _addresses(pairs["from"], values["from"], defects)
    if not values["from"]:
        defects.append("no From header")
    elif len(values["from"]) > 1:
        defects.append("more than one From header")
    if values["from"] and not any("@" in address for _, address in pairs["from"]):
        defects.append("the From header is not a proper address")
    return Parsed(
        tree=tree,
        senders=senders,
        reply_to=_addresses(pairs["reply-to"], values["reply-to"], defects),
        to=_addresses(pairs["to"], values["to"], defects),
        cc=_addresses(pairs["cc"], values["cc"], defects),
        date=_believable(date or _standard_date(tree), tree, defects),
        defects=(*_structure(tree), *defects),
    )


def _addresses(pairs: Pairs, values: list[str], defects: list[str]) -> tuple[Address, ...]:
    found = [_address(name, address) for name, address in pairs if "@" in address] or _guessed(values)
    if len(found) > ADDRESSES:
        defects.append(f"more than {ADDRESSES} addresses in one header: the rest was not read")
    return tuple(found[:ADDRESSES])


def _address(name: str, address: str) -> Address:
    return Address(text.header(name), normalize("NFC", text.one_line(address)).lower())


def _guessed(values: list[str]) -> list[Address]:
    """Find the address that a person would still see in what is no mailbox by the grammar."""
    if not values or "@" not in (shown := text.header(values[0])):
        return []
    guesses = [angle for angle in _IN_ANGLES.findall(shown) if "@" in angle] or _ADDRESS.findall(shown)
    return [_address(shown.partition("<")[0].strip(" \"'"), guesses[-1])] if guesses else []


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


def _structure(tree: Tree) -> list[str]:
    """Name what the parser found wrong with the structure, in our words."""
    named = [_DEFECTS[name] for name in sorted(_faults(tree)) if name in _DEFECTS]
    if not tree.keys():
        named.append("no headers")
    return list(dict.fromkeys(named))
