"""winmail.dat opened: Outlook's own format, TNEF ([MS-OXTNEF]), as the files and words inside it.

A stream of attributes, each with a length; some hold MAPI properties ([MS-OXCDATA] section 2.11). What
is damaged ends the reading; what was read until then counts.
"""

import base64
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.message import Message as Tree

from mailroom.message import compressed_rtf, mime, text
from mailroom.message.mime import Leaf

TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
NAMES = frozenset({"winmail.dat", "win.dat"})
_SIGNATURE = b"\x78\x9f\x3e\x22"
_HEAD = struct.Struct("<BLL")
# Files and properties beyond these are no mail that Outlook writes.
_FILES, _PROPERTIES, _VALUES = 100, 2_000, 1_000

_CODEPAGE, _BODY, _MAPI, _NEW_FILE = 0x00069007, 0x0002800C, 0x00069003, 0x00069002
_TITLE, _DATA, _FILE_MAPI = 0x00018010, 0x0006800F, 0x00069005
_P_BODY, _P_RTF, _P_HTML = 0x1000, 0x1009, 0x1013
_P_LONG_NAME, _P_NAME, _P_MIME, _P_DATA = 0x3707, 0x3001, 0x370E, 0x3701
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING8, _UNICODE, _BINARY, _OBJECT = 0x1E, 0x1F, 0x102, 0x0D
_MULTIPLE, _NAMED = 0x1000, 0x8000
# An object that is a whole message in TNEF begins with the number of that interface.
_MESSAGE_INTERFACE = b"\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"
_INTERFACE = 16


@dataclass(slots=True)
class File:
    """A file in it."""

    name: str = ""
    type: str = ""
    data: bytes = b""


@dataclass(slots=True)
class Opened:
    """What is inside; `whole` is False when it is damaged or no TNEF at all."""

    text: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)
    whole: bool = False


def unwrapped(leaves: Iterable[Leaf]) -> tuple[Leaf, ...]:
    """Give the leaves with, after each winmail.dat, what is inside; its words only where the message has no others."""
    given = tuple(leaves)
    if not any(is_tnef(leaf) for leaf in given):
        return given
    worded = any(leaf.type in ("text/plain", "text/html") and mime.words(leaf.part).strip() for leaf in given)
    return tuple(one for leaf in given for one in (leaf, *(_inside(leaf, worded=worded) if is_tnef(leaf) else ())))


def is_tnef(leaf: Leaf) -> bool:
    """Say whether a leaf is winmail.dat, by type or by name."""
    return leaf.type in TYPES or leaf.name.lower() in NAMES


def opened_whole(leaf: Leaf) -> bool:
    """Say whether all of a winmail.dat could be read."""
    return opened(mime.content(leaf.part)).whole


def opened(data: bytes) -> Opened:
    """Read a TNEF stream; never raises."""
    found = Opened()
    if not data.startswith(_SIGNATURE):
        return found
    codepage = "1252"
    for attribute, value in _attributes(data, found):
        if attribute == _CODEPAGE and len(value) >= 4:  # noqa: PLR2004 - a LONG
            codepage = str(struct.unpack_from("<L", value)[0])
        elif attribute == _BODY:
            found.text = found.text or _string(value, codepage)
        elif attribute == _MAPI:
            _take_message(found, value, codepage)
        elif attribute == _NEW_FILE and len(found.files) < _FILES:
            found.files.append(File())
        elif found.files and attribute == _TITLE:
            found.files[-1].name = found.files[-1].name or _string(value, codepage)
        elif found.files and attribute == _DATA:
            found.files[-1].data = value
        elif found.files and attribute == _FILE_MAPI:
            _take_file(found.files[-1], value, codepage)
    return found


def _inside(leaf: Leaf, *, worded: bool) -> Iterator[Leaf]:
    found = opened(mime.content(leaf.part))
    if not worded and (found.text.strip() or found.html.strip()):
        kind = "text/plain" if found.text.strip() else "text/html"
        yield Leaf(_part(kind, (found.text.strip() or found.html).encode(), "utf-8"), kind, "", "", 0)
    for file in found.files:
        if file.data:
            yield Leaf(
                _part(file.type, file.data), file.type, text.one_line(file.name) or "attachment", "attachment", 0
            )


def _part(kind: str, data: bytes, charset: str = "") -> Tree:
    """Make a MIME part of what was none."""
    part = Tree()
    part["Content-Type"] = f"{kind}; charset={charset}" if charset else kind
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(base64.b64encode(data).decode("ascii"))
    return part


def _attributes(data: bytes, found: Opened) -> Iterator[tuple[int, bytes]]:
    at = len(_SIGNATURE) + 2
    while at + _HEAD.size <= len(data):
        level, attribute, length = _HEAD.unpack_from(data, at)
        begins = at + _HEAD.size
        # Two bytes of checksum follow; Outlook itself does not mind a wrong one.
        if level not in (1, 2) or begins + length + 2 > len(data):
            return
        yield attribute, data[begins : begins + length]
        at = begins + length + 2
    found.whole = at == len(data) or not any(data[at:])


def _take_message(found: Opened, value: bytes, codepage: str) -> None:
    for number, kind, raw in _properties(value):
        if number == _P_BODY:
            found.text = found.text or _text(kind, raw, codepage)
        elif number == _P_HTML:
            found.html = found.html or _text(kind, raw, codepage)
        elif number == _P_RTF and not found.text:
            found.text = compressed_rtf.to_text(raw)


def _take_file(file: File, value: bytes, codepage: str) -> None:
    for number, kind, raw in _properties(value):
        if number == _P_LONG_NAME:
            file.name = _text(kind, raw, codepage) or file.name
        elif number == _P_NAME:
            file.name = file.name or _text(kind, raw, codepage)
        elif number == _P_MIME:
            file.type = _media_type(_text(kind, raw, codepage))
        elif number == _P_DATA and kind == _OBJECT and len(raw) > _INTERFACE:
            file.data = raw[_INTERFACE:]
            if raw.startswith(_MESSAGE_INTERFACE):
                file.type, file.name = "application/ms-tnef", file.name or "message.dat"
        elif number == _P_DATA and kind == _BINARY:
            file.data = file.data or raw
    file.type = file.type or "application/octet-stream"


def _media_type(claimed: str) -> str:
    main, slash, sub = claimed.strip().lower().partition("/")
    plain = slash and all(word and all(c.isalnum() or c in ".+-_" for c in word) for word in (main, sub))
    return f"{main}/{sub}" if plain and claimed.isascii() and main not in ("message", "multipart") else ""


def _properties(value: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Give (number, type, bytes) of each MAPI property with one value, as far as they can be read."""
    at = 4
    try:
        count = struct.unpack_from("<L", value)[0]
        for _ in range(min(count, _PROPERTIES)):
            kind, number = struct.unpack_from("<HH", value, at)
            at = _after_name(value, at + 4) if number >= _NAMED else at + 4
            values = 1
            base = kind & ~_MULTIPLE
            if base not in _FIXED or kind & _MULTIPLE:
                values = struct.unpack_from("<L", value, at)[0]
                at += 4
            for _ in range(min(values, _VALUES)):
                length = _FIXED.get(base)
                if length is None:
                    length = struct.unpack_from("<L", value, at)[0]
                    at += 4
                raw = value[at : at + length]
                # Every value is filled up to four bytes.
                at += length + -length % 4
                if number < _NAMED and values == 1:
                    yield number, base, raw
    except struct.error:
        return


def _after_name(value: bytes, at: int) -> int:
    """Step over what names a property: a GUID and a number, or a GUID and a text."""
    kind = struct.unpack_from("<L", value, at + 16)[0]
    length = struct.unpack_from("<L", value, at + 20)[0]
    return at + 24 + (length + -length % 4 if kind == 1 else 0)


def _text(kind: int, raw: bytes, codepage: str) -> str:
    if kind == _UNICODE:
        return text.clean(raw.decode("utf-16-le", "replace")).rstrip("\0")
    return _string(raw, codepage) if kind in (_STRING8, _BINARY) else ""


def _string(raw: bytes, codepage: str) -> str:
    return text.clean(text.decode(raw.rstrip(b"\0"), f"cp{codepage}"))
