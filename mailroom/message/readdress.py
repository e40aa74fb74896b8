"""A finished mail written anew to another address: the words stay, and who and where it goes to change.

For a mail that its reader has missed, or that passes on with a role. What a person approved is what arrives: nothing
is filled in again. The old address goes wherever it stands (an invitation names its reader, RFC 5546), and the name of
another reader where the mail greets them.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.charset import QP, Charset
from email.header import decode_header, make_header
from email.message import Message as Tree
from email.policy import compat32
from email.utils import format_datetime, getaddresses
from typing import Final

from mailroom.message.compose import address_line
from mailroom.message.model import Address

_GREETING: Final = r"(?mi)^(?P<before>(?:<[^<>]*>|\s)*(?:hello|hi|dear|good (?:morning|afternoon|evening))[ ,]+)"
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP
_UNFOLDED = compat32.clone(max_line_length=0)
_FOLDED = re.compile(r"\r?\n[ \t]")
_LINE = 73
"""RFC 5545 section 3.1: no line of a calendar is longer than 75 octets; room for the letters of a name."""


@dataclass(frozen=True, slots=True)
class Anew:
    """What the new mail says of itself: `reply_to` "" where answers go to the sender."""

    recipient: Address
    message_id: str
    date: datetime
    reply_to: str = ""


def readdress(mime: bytes, anew: Anew) -> bytes:
    """Return a mail of ours as it goes to another reader, or to another address of the same one.

    Raises:
        ValueError: mail cannot be sent to that address.

    """
    tree = message_from_bytes(mime)
    [(name, address)] = getaddresses([str(tree["To"])])
    name = str(make_header(decode_header(name)))
    changed = {
        "to": address_line(anew.recipient), "date": format_datetime(anew.date), "message-id": anew.message_id,
        "reply-to": anew.reply_to,
    }  # fmt: skip
    lines = [(key, changed.get(key.lower(), str(value))) for key, value in tree.items()]
    for key in tree.keys():  # noqa: SIM118 - a message has no keys but these
        del tree[key]
    for key, value in lines:
        if value:
            tree[key] = value
    for part in tree.walk():
        if part.get_content_maintype() == "text":
            _rewrite(part, Address(name, address), anew.recipient)
    return tree.as_bytes(policy=_UNFOLDED).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _rewrite(part: Tree, before: Address, after: Address) -> None:
    """Put the new reader's address, and name where they are greeted, in the place of the old ones."""
    data = part.get_payload(decode=True)
    words = data.decode("utf-8", "replace") if isinstance(data, bytes) else ""
    calendar = part.get_content_subtype() == "calendar"
    said = _FOLDED.sub("", words) if calendar else words
    found = re.sub(rf"(?i)(?<![\w.+-]){re.escape(before.address)}(?![\w-])", lambda _: after.address, said)
    if before.name and before.name != after.name:
        found = _named(found, before.name, after.name, calendar=calendar)
    if found == said:
        return
    if calendar:
        found = "\r\n".join(_fold(line) for line in found.splitlines()) + "\r\n"
    del part["Content-Transfer-Encoding"]
    part.set_payload(found.replace("\r\n", "\n"), _UTF8)


def _named(words: str, before: str, after: str, *, calendar: bool) -> str:
    """Greet the new reader by the part of their name by which the old one was greeted."""
    if calendar:
        return words.replace(f"CN={before}:", f"CN={after}:").replace(f'CN="{before}"', f'CN="{after}"')
    for old, new in ((before, after), (before.partition(" ")[0], after.partition(" ")[0])):
        greeted = new.replace("\\", r"\\")
        words = re.sub(rf"{_GREETING}{re.escape(old)}\b", rf"\g<before>{greeted}", words)
    return words


def _fold(line: str) -> str:
    """Fold a line of a calendar, never within a letter."""
    folded, width = "", 0
    for letter in line:
        size = len(letter.encode())
        if width + size > _LINE:
            folded, width = f"{folded}\r\n ", 1
        folded, width = folded + letter, width + size
    return folded
