"""Walking the MIME tree: which leaves are the message itself, and what they decode to."""

import binascii
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message as Tree
from email.policy import Compat32

from mailroom.message import limits, text
from mailroom.message.mime_tree import NONSENSE, Part, parsed

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
# Encodings that a composite part may not have (RFC 2045 section 6.4), and sometimes has.
_ENCODED = frozenset({"base64", "quoted-printable"})
# The standard library folds headers that are as long.
_FOLDED = 79
# A line that looks like a boundary: a header of a part follows it.
_BOUNDARY = re.compile(rb"(?im)^--(?!-*\r?$)([^\r\n]{1,70}?)[ \t]*\r?\ncontent-[a-z-]{1,40}[ \t]*:")


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
        elif kind.startswith("multipart/"):
            found = _reopened(part)
            stack.extend((child, alternative) for child in reversed(found))
            if not found:
                # Its parts cannot be found, but what stands there may be somebody's words.
                yield Leaf(part, "text/plain", "", "", alternative)
        else:
            yield Leaf(part, kind, file_name(part), (part.get_content_disposition() or ""), alternative)


def subparts(part: Tree) -> list[Tree]:
    """Give the parts of a multipart, the groups of a report, or the one message that is enclosed."""
    payload = part.get_payload() if part.is_multipart() else []
    children = [child for child in payload if isinstance(child, Tree)] if isinstance(payload, list) else []
    if part.get_content_type() in ENCLOSED and _encoding(part) in _ENCODED and children:
        # Encoded although it may not be: what the parser took for headers is the encoded text.
        return [parsed(limits.cap(_decoded(str(children[0]), _encoding(part))).raw)]
    return children


def content(part: Tree) -> bytes:
    """Decode a leaf's transfer encoding; an enclosed message comes back as it would be saved."""
    if part.is_multipart():
        return b"".join(_saved(child) for child in subparts(part))
    if _encoding(part) == "base64":
        # The standard library's own way splits and joins every line; this one is for what is well-formed.
        # Undecoded, it reads 8-bit payloads in any codec the sender names, and those may raise.
        with contextlib.suppress(ValueError, LookupError):
            return binascii.a2b_base64(str(part.get_payload()))
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def words(part: Tree) -> str:
    """Decode a text leaf to clean text."""
    markup = part.get_content_type() == "text/html"
    return text.clean(text.decode(content(part), charset(part), markup=markup))


def charset(part: Tree) -> str:
    """Give the charset a leaf claims, "" where it claims none or none that can be read."""
    try:
        return part.get_content_charset("") or ""
    except NONSENSE:
        return "unreadable"


def file_name(part: Tree) -> str:
    """Return the name a part claims, decoded (RFC 2231, or RFC 2047 as Outlook writes it), not yet safe."""
    # Most parts claim none; parsing the parameters to find that out is the dearest thing here.
    claims = (str(part.get("content-disposition", "")) + str(part.get("content-type", ""))).lower()
    if "name" not in claims:
        return ""
    try:
        name = _readable(part).get_filename("")
    except NONSENSE:
        return "unreadable"
    return text.header(name)


def _reopened(part: Tree) -> list[Tree]:
    """Find the parts of a multipart in which the parser found none: encoded whole, or under another boundary."""
    data = content(part)
    declared = part.get_boundary()
    found = _BOUNDARY.search(data)
    if declared and _encoding(part) in _ENCODED and b"--" + declared.encode("utf-8", "replace") in data:
        boundary = declared.encode("utf-8", "replace")
    elif found and b'"' not in found[1]:
        boundary = found[1]
    else:
        return []
    kind = part.get_content_type().encode("ascii", "replace")
    again = parsed(limits.cap(b'Content-Type: %s; boundary="%s"\r\n\r\n' % (kind, boundary) + data).raw)
    return subparts(again)


def _encoding(part: Tree) -> str:
    return str(part.get("content-transfer-encoding", "")).strip().lower()


def _decoded(encoded: str, encoding: str) -> bytes:
    shell = Tree()
    shell["Content-Transfer-Encoding"] = encoding
    shell.set_payload(encoded.strip())
    return content(shell)


def _readable(part: Tree) -> Tree:
    """Give the part's naming headers with raw 8-bit octets read as text; get_filename would replace them."""
    view = Part()
    for name, value in part.raw_items():
        if name.lower() in ("content-disposition", "content-type"):
            view[name] = text.octets(str(value))
    return view


class _Saving(Compat32):
    """The standard library's way of writing headers, without its slow folding where nothing is to be folded."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """Write one header."""
        lines = f"{name}: {value}".replace("\r\n", "\n").split("\n")
        if all(_as_it_is(line) for line in lines) and all(line[0] in " \t" for line in lines[1:]):
            return "\n".join([*lines, ""]).encode("ascii")
        try:
            return super().fold_binary(name, value)
        except MessageError:  # it sees a second header in this one, and there may be one
            return f"{name}: {value}{self.linesep}".encode("utf-8", "surrogateescape")


def _as_it_is(line: str) -> bool:
    """Say whether folding leaves a line of a header alone."""
    return len(line) < _FOLDED and line.isascii() and line[1:].isprintable() and line[-1:] not in ("", " ", "\t")


_SAVING = _Saving()


def _saved(tree: Tree) -> bytes:
    """Write an enclosed message in the standard library's form, as other programs hash it."""
    try:
        return tree.as_bytes(policy=_SAVING)
    except (UnicodeError, LookupError, ValueError, TypeError, KeyError):
        return str(tree).encode("utf-8", "surrogateescape")
