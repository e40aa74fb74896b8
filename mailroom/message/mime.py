"""Walking the MIME tree: which leaves are the message itself, and what they decode to."""

import binascii
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Tree

from mailroom.message import text

# Parts that are machine reports about another message (RFC 3464, 8098, 5965): read apart, not as files.
REPORTS = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/global-disposition-notification",
        "message/feedback-report",
        "text/rfc822-headers",
        "message/global-headers",
    }
)
ENCLOSED = frozenset({"message/rfc822", "message/global", "message/news"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """One part that holds something; `alternative` numbers the multipart/alternative it is a version in, or 0."""

    part: Tree
    type: str
    name: str
    disposition: str
    alternative: int


def leaves(tree: Tree) -> Iterator[Leaf]:
    """Give the leaves in reading order, without going into enclosed messages."""
    stack: list[tuple[Tree, int]] = [(tree, 0)]
    alternatives = 0
    while stack:
        part, alternative = stack.pop()
        kind = part.get_content_type()
        if part.is_multipart() and not kind.startswith("message/"):
            if kind == "multipart/alternative":
                alternatives += 1
                alternative = alternatives
            stack.extend((child, alternative) for child in reversed(subparts(part)))
        else:
            yield Leaf(part, kind, file_name(part), (part.get_content_disposition() or ""), alternative)


def subparts(part: Tree) -> list[Tree]:
    """Give the parts of a multipart, the groups of a report, or the one message that is enclosed."""
    payload = part.get_payload() if part.is_multipart() else []
    return [child for child in payload if isinstance(child, Tree)] if isinstance(payload, list) else []


def content(part: Tree) -> bytes:
    """Decode a leaf's transfer encoding; an enclosed message comes back as it would be saved."""
    if part.is_multipart():
        return b"".join(_saved(child) for child in subparts(part))
    if str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
        # The standard library's own way splits and joins every line; this one is for what is well-formed.
        # Undecoded, it reads 8-bit payloads in any codec the sender names, and those may raise.
        with contextlib.suppress(ValueError, LookupError):
            return binascii.a2b_base64(str(part.get_payload()))
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def words(part: Tree) -> str:
    """Decode a text leaf to clean text."""
    return text.clean(text.decode(content(part), part.get_content_charset("") or ""))


def file_name(part: Tree) -> str:
    """Return the name a part claims, decoded (RFC 2231, or RFC 2047 as Outlook writes it), not yet safe."""
    # Most parts claim none; parsing the parameters to find that out is the dearest thing here.
    claims = (str(part.get("content-disposition", "")) + str(part.get("content-type", ""))).lower()
    if "name" not in claims:
        return ""
    try:
        name = _readable(part).get_filename("")
    except (LookupError, UnicodeError, ValueError):  # RFC 2231 lets the sender name any codec
        return "unreadable"
    return text.header(name)


def _readable(part: Tree) -> Tree:
    """Give the part's naming headers with raw 8-bit octets read as text; get_filename would replace them."""
    view = Tree()
    for name, value in part.raw_items():
        if name.lower() in ("content-disposition", "content-type"):
            view[name] = text.octets(str(value))
    return view


def _saved(tree: Tree) -> bytes:
    """Write an enclosed message without folding its headers anew, nor escaping lines that begin with From."""
    try:
        return tree.as_bytes(policy=tree.policy.clone(mangle_from_=False, max_line_length=0))
    except (UnicodeError, LookupError, ValueError, TypeError, KeyError):
        return str(tree).encode("utf-8", "surrogateescape")
