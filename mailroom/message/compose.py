"""Draft to bytes: one recipient, both bodies, threaded, marked as automatic (RFC 3834), fit for any server.

Nothing from outside reaches a header raw. Control characters are refused in addresses and taken out
elsewhere, other words are encoded, and the finished bytes are parsed again: should their header names
differ from those intended, nothing is returned (CVE-2024-6923 let an encoded word in a Subject become
a Bcc line).
"""

import base64
import binascii
import functools
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.charset import Charset
from email.header import Header
from email.parser import BytesParser
from email.utils import format_datetime
from typing import Literal

from mailroom.message.invitation import Invitation, to_ical
from mailroom.message.model import Address
from mailroom.message.picture import Picture
from mailroom.message.text import clean, one_line
from mailroom.message.threads import conversation

_MAILBOX = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{3,900}>")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
# Headers that decide who gets a mail, or that compose writes itself.
_OURS = frozenset(
    {"from", "to", "cc", "bcc", "sender", "reply-to", "resent-to", "resent-cc", "resent-bcc", "return-path", "subject",
     "date", "message-id", "in-reply-to", "references", "thread-index", "auto-submitted", "x-auto-response-suppress",
     "x-loop", "mime-version", "content-type", "content-transfer-encoding", "received"}
)  # fmt: skip
# Long threads: the first id names the thread, the latest ones find it again.
_REFERENCES = 30
# Base64 of the id: 160 bits that nobody can guess.
_ID_BYTES = 20
_HEADERS = BytesParser()
_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,80}")
# RFC 5322 section 2.1.1: no line may be longer; and what we leave unfolded stays well below.
_LINE, _UNFOLDED, _NAME = 998, 900, 60
_SPACE = re.compile(r"\s")
_PLAIN = re.compile(r"[ !#-'*+\-/-9=?A-Z^_`a-z{|}~]*")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that comes with a mail; `type` is such as application/pdf."""

    name: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Draft:
    """One mail to one person, before it is bytes. `html` is "" where the mail has none."""

    sender: Address
    recipient: Address
    subject: str
    text: str
    html: str
    message_id: str
    date: datetime
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    automatic: Literal["auto-replied", "auto-generated"] = "auto-replied"
    reply_to: str = ""
    """Address that answers go to, where it is not the sender's."""
    thread_index: str = ""
    """Outlook's name of the conversation and of our place in it (`threads`)."""
    pictures: tuple[Picture, ...] = ()
    """What `html` shows, each under its Content-ID."""
    invitation: Invitation | None = None
    """A date for the recipient's calendar."""
    attachments: tuple[Attached, ...] = ()


def compose(draft: Draft) -> bytes:
    """Write `draft` as a message ready for SMTP: CRLF, no line over 998 octets.

    Raises:
        ValueError: an address, id, date or header of the draft is not fit to be sent.

    """
    written = [
        ("From", _mailbox(draft.sender)),
        ("To", _mailbox(draft.recipient)),
        ("Subject", _words(draft.subject)),
        ("Date", format_datetime(_aware(draft.date))),
        ("Message-ID", _id(draft.message_id)),
    ]
    if draft.in_reply_to:
        written.append(("In-Reply-To", _id(draft.in_reply_to)))
    if draft.references:
        kept = dict.fromkeys([draft.references[0], *draft.references[1 - _REFERENCES :]])
        written.append(("References", "\n ".join(_id(reference) for reference in kept)))
    if draft.reply_to:
        written.append(("Reply-To", _address(Address("", draft.reply_to))))
    if draft.thread_index:
        written.append(("Thread-Index", _index(draft.thread_index)))
    written += [
        ("Auto-Submitted", draft.automatic),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Loop", _address(draft.sender)),
        *(_extra(name, value) for name, value in draft.headers),
    ]
    # The boundary is derived, so that the same draft gives the same bytes.
    mark = hashlib.sha256(f"{draft.message_id}\n{draft.text}\n{draft.html}".encode("utf-8", "replace")).hexdigest()[:32]
    body = _body(draft, f"=_{mark}")
    return _checked(written, body)


def message_id_for(key: bytes, name: str, domain: str) -> str:
    """Give the Message-ID of the mail called `name`: always the same, and not to be guessed without `key`."""
    digest = hmac.new(key, name.encode("utf-8", "replace"), hashlib.sha256).digest()[:_ID_BYTES]
    return f"<{base64.b32encode(digest).decode('ascii').lower()}@{domain}>"


def address_line(shown: Address) -> str:
    """Write who a mail is to, as its header has it. Raises ValueError for what no mail can be sent to."""
    return _mailbox(shown)


def is_message_id(value: str) -> bool:
    """Tell whether a Message-ID from outside may stand in a mail of ours; not every program writes proper ones."""
    return _ID.fullmatch(value) is not None


def _body(draft: Draft, boundary: str) -> bytes:
    """Write what a mail says: its text alone, or all that says the same, the best last (RFC 2046 section 5.1.4)."""
    parts = [_text(draft.text, "plain")]
    if draft.html:
        page = _text(draft.html, "html")
        parts.append(_with_pictures(page, draft.pictures, f"{boundary}r") if draft.pictures else page)
    if draft.invitation is not None:
        date = to_ical(draft.invitation, draft.sender, draft.recipient, draft.date)
        parts.append(_text(date.replace("\r\n", "\n"), "calendar", method=draft.invitation.method))
    whole = parts[0] if len(parts) == 1 else _several("alternative", parts, boundary)
    if draft.attachments:
        whole = _several("mixed", [whole, *(_attached(one) for one in draft.attachments)], f"{boundary}m")
    head, body = whole
    return _entity(([*head, ("MIME-Version", "1.0")], body)).replace("\n", "\r\n").encode("ascii")


_Part = tuple[list[tuple[str, str]], str]
"""One part of a mail: its headers and what follows them, with line ends of one character."""


def _entity(part: _Part) -> str:
    head, body = part
    return "".join(f"{name}: {value}\n" for name, value in head) + f"\n{body}"


def _several(subtype: str, parts: Sequence[_Part], boundary: str, more: str = "") -> _Part:
    inside = "".join(f"--{boundary}\n{_entity(part)}\n" for part in parts)
    return [("Content-Type", f'multipart/{subtype};{more}\n boundary="{boundary}"')], f"{inside}--{boundary}--\n"


def _text(words: str, subtype: str, method: str = "") -> _Part:
    kind = f'text/{subtype}; charset="utf-8"' + (f"; method={method}" if method else "")
    body = binascii.b2a_qp(clean(words).encode("utf-8", "replace")).decode("ascii")
    return [("Content-Type", kind), ("Content-Transfer-Encoding", "quoted-printable")], body


def _with_pictures(page: _Part, pictures: tuple[Picture, ...], boundary: str) -> _Part:
    """Put a page and what it shows together (RFC 2387)."""
    shown = {picture.cid: picture for picture in pictures}.values()
    return _several("related", [page, *(_picture(one) for one in shown)], boundary, ' type="text/html";')


def _picture(shown: Picture) -> _Part:
    return [
        ("Content-Type", f"image/{shown.type}"),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-ID", f"<{shown.cid}>"),
        ("Content-Disposition", f'inline; filename="{_file_name(shown.name)}.{shown.type}"'),
    ], _base64(shown.data)


def _attached(file: Attached) -> _Part:
    stem, dot, extension = file.name.rpartition(".")
    name = f"{_file_name(stem)}.{_file_name(extension)}" if dot else _file_name(file.name)
    kind = file.type if _TYPE.fullmatch(file.type) else "application/octet-stream"
    return [
        ("Content-Type", kind),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", f'attachment; filename="{name}"'),
    ], _base64(file.data)


@functools.lru_cache(maxsize=64)
def _base64(data: bytes) -> str:
    return base64.encodebytes(data).decode("ascii")


def _file_name(name: str) -> str:
    return re.sub("[^A-Za-z0-9-]+", "-", name).strip("-")[:_NAME] or "file"


def _checked(written: list[tuple[str, str]], body: bytes) -> bytes:
    head = "".join(f"{name}: {value}\n" for name, value in written).encode("ascii").replace(b"\n", b"\r\n")
    whole = head + body
    own, all_ = (_HEADERS.parsebytes(data.partition(b"\r\n\r\n")[0]).keys() for data in (body, whole))
    if all_ != [*(name for name, _ in written), *own]:
        message = "a header of this mail would break into several"
        raise ValueError(message)
    if max(map(len, whole.split(b"\r\n"))) > _LINE:
        message = "a line of this mail is longer than 998 octets (RFC 5322 section 2.1.1)"
        raise ValueError(message)
    return whole


def _mailbox(shown: Address) -> str:
    address = _address(shown)
    if shown.name != one_line(shown.name):
        message = f"the name of {address} holds control characters or line ends"
        raise ValueError(message)
    if not shown.name:
        return address
    if _PLAIN.fullmatch(shown.name) and "=?" not in shown.name and len(shown.name) < _NAME:
        return f"{shown.name} <{address}>" if "." not in shown.name else f'"{shown.name}" <{address}>'
    return f"{_words(shown.name, encode=True)}\n <{address}>"


def _address(shown: Address) -> str:
    """Give an address as it may stand in an envelope: exactly one, ASCII, its domain as A-labels (RFC 5891)."""
    local, _, domain = shown.address.rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode('ascii')}" if domain else shown.address
    except UnicodeError:
        address = ""
    if _MAILBOX.fullmatch(address) is None or ".." in address:
        message = f"{one_line(shown.address)[:80]!r} is not one address that mail can be sent to"
        raise ValueError(message)
    return address


def _words(value: str, *, encode: bool = False) -> str:
    """Write free text for a header: as it is where plain, else as RFC 2047 words, folded."""
    line = one_line(value)
    if line.isascii() and "=?" not in line and len(line) < _UNFOLDED and not encode:
        return Header(line, "us-ascii", maxlinelen=200).encode(linesep="\n")
    # Encoded even when ASCII: somebody's "=?utf-8?…" must arrive as the letters they typed, not as what it decodes to.
    return Header(line, Charset("utf-8"), maxlinelen=72).encode(linesep="\n")


def _id(value: str) -> str:
    if not is_message_id(value):
        message = f"{one_line(value)[:80]!r} is not a message id"
        raise ValueError(message)
    return value


def _index(value: str) -> str:
    if not conversation(value) or len(value) > _UNFOLDED or _SPACE.search(value):
        message = f"{one_line(value)[:80]!r} is not a Thread-Index"
        raise ValueError(message)
    return value


def _aware(date: datetime) -> datetime:
    if date.tzinfo is None:
        message = "the date of a mail needs its offset"
        raise ValueError(message)
    return date


def _extra(name: str, value: str) -> tuple[str, str]:
    if _HEADER_NAME.fullmatch(name) is None or name.lower() in _OURS:
        message = f"{one_line(name)[:80]!r} is not a header a draft may set"
        raise ValueError(message)
    return name, _words(value)
