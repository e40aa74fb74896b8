"""What ties a mail to earlier ones besides Message-IDs: Outlook's Thread-Index, and tokens in our own address.

A Thread-Index ([MS-OXOMSG] 2.2.1.3) is base64 of 22 bytes that name the conversation, the first of them 1, and 5
more for each answer. It comes through where a gateway rewrites Message-IDs. A reply token stands after the plus
of our own address (RFC 5233); like our Message-IDs it is made with the office's key, so nobody can guess one.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

_NAME, _CHILD = 22, 5
# Longer than any conversation of people; a header of ours has to stay one line.
_LONGEST = _NAME + 60 * _CHILD
_FILETIME = datetime(1601, 1, 1, tzinfo=UTC)
# Ticks of 100 ns. A child block keeps 31 bits of the time since the conversation began; the unit of short spans
# is 2^18 ticks, that of spans of 1.7 years and more 2^23.
_SHORT, _LONG, _DELTA_BITS = 18, 23, 31

_TOKEN_BYTES = 16
_TOKEN = re.compile(r"[a-z2-7]{26}")
# RFC 5321 section 4.5.3.1.1.
_LOCAL_PART = 64


def conversation(thread_index: str) -> str:
    """Return the name of the conversation that a Thread-Index header belongs to, in hex; "" for no proper one."""
    found = _bytes(thread_index)
    return found[:_NAME].hex() if found else ""


def first_index(key: bytes, name: str, at: datetime) -> str:
    """Return the Thread-Index of a mail of ours that begins a conversation: its name cannot be guessed."""
    own = hmac.new(key, b"conversation\0" + name.encode("utf-8", "replace"), hashlib.sha256).digest()[:16]
    return _text(b"\x01" + _ticks(at).to_bytes(8, "big")[1:6] + own)


def next_index(thread_index: str, at: datetime, salt: str) -> str:
    """Return the Thread-Index of an answer to a mail that carried `thread_index`; "" where that is no proper one.

    `salt` tells apart answers of the same moment.
    """
    found = _bytes(thread_index)
    if not found:
        return ""
    if len(found) + _CHILD > _LONGEST:
        found = found[:_NAME]
    began = int.from_bytes(found[:6] + b"\0\0", "big")
    passed = max(_ticks(at) - began, 0)
    is_long = passed >> (_SHORT + _DELTA_BITS) > 0
    span = (passed >> (_LONG if is_long else _SHORT)) & ((1 << _DELTA_BITS) - 1)
    block = (span | is_long << _DELTA_BITS).to_bytes(4, "big")
    return _text(found + block + hashlib.sha256(salt.encode("utf-8", "replace")).digest()[:1])


def token_for(key: bytes, name: str) -> str:
    """Return the reply token of the mail called `name`: 128 bits, lower case, always the same."""
    digest = hmac.new(key, b"reply token\0" + name.encode("utf-8", "replace"), hashlib.sha256).digest()
    return base64.b32encode(digest[:_TOKEN_BYTES]).decode("ascii").lower().rstrip("=")


def plus_address(mailbox: str, token: str) -> str:
    """Return our own address with a token in it; "" without one, or where it would be longer than an address may be."""
    local, _, domain = mailbox.rpartition("@")
    long = len(local) + 1 + len(token) > _LOCAL_PART
    return "" if long or not local or not token else f"{local}+{token}@{domain}"


def tokens(addresses: Iterable[str], mailbox: str) -> tuple[str, ...]:
    """Return what may be reply tokens in `addresses`, each once: those of forms of our own address, and no other."""
    local, _, domain = mailbox.lower().rpartition("@")
    found = dict.fromkeys(
        token
        for address in addresses
        if (token := address.lower().removeprefix(f"{local}+").removesuffix(f"@{domain}"))
        and address.lower() == f"{local}+{token}@{domain}"
    )
    return tuple(token for token in found if _TOKEN.fullmatch(token))


def is_ours(address: str, mailbox: str) -> bool:
    """Tell whether an address is our own, with or without a token in it."""
    return address.lower() == mailbox.lower() or bool(tokens((address,), mailbox))


def _bytes(thread_index: str) -> bytes:
    text = "".join(thread_index.split()).rstrip("=")
    if len(text) > 2 * _LONGEST * 4:
        return b""
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
    named = len(found) >= _NAME and found[0] == 1 and any(found[6:_NAME])
    # What a program left half-written at the end says nothing of the conversation.
    return found[: len(found) - (len(found) - _NAME) % _CHILD] if named else b""


def _text(found: bytes) -> str:
    return base64.b64encode(found).decode("ascii")


def _ticks(at: datetime) -> int:
    return (at - _FILETIME) // timedelta(microseconds=1) * 10
