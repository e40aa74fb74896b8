"""The table of contents of a ZIP file, and single entries of it: what office documents are made of.

Archives that people send are never unpacked; documents are looked into for what matters here. A bound
on what comes out of an entry is given with every call, so a bomb costs no more than a document.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

# Beyond this no honest document goes.
_ENTRIES = 5_000
_END, _CENTRAL, _LOCAL = struct.Struct("<4s4H2LH"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s5H3L2H")
_COMMENT = 0xFFFF
_ENCRYPTED, _UTF8 = 0x1, 0x800
_STORED, _DEFLATED = 0, 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a ZIP file: `at` is where it begins, `packed` how many bytes it takes there."""

    name: str
    encrypted: bool
    method: int
    packed: int
    at: int


def entries(data: bytes) -> tuple[Entry, ...]:
    """List what is in a ZIP file; () when it is none, or its table is damaged."""
    if not data.startswith(b"PK"):
        return ()
    return tuple(_entries(data))


def find(listed: tuple[Entry, ...], name: str) -> Entry | None:
    """Return the entry called `name`, if there is one."""
    return next((entry for entry in listed if entry.name == name), None)


def content(data: bytes, entry: Entry | None, limit: int) -> bytes:
    """Return the first `limit` bytes of an entry; b"" when it is encrypted, damaged or packed in another way."""
    if entry is None or entry.encrypted or entry.at + _LOCAL.size > len(data):
        return b""
    magic, *_, name, extra = _LOCAL.unpack_from(data, entry.at)
    if magic != b"PK\x03\x04":
        return b""
    begins = entry.at + _LOCAL.size + name + extra
    packed = data[begins : begins + entry.packed]
    if entry.method == _STORED:
        return packed[:limit]
    if entry.method != _DEFLATED:
        return b""
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, limit)
    except zlib.error:
        return b""


def _entries(data: bytes) -> Iterator[Entry]:
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - _END.size - _COMMENT))
    if end < 0 or end + _END.size > len(data):
        return
    _, _, _, _, count, size, offset, _ = _END.unpack_from(data, end)
    # What was put before a ZIP file shifts all its offsets.
    shift = max(0, end - size - offset)
    at = offset + shift
    for _ in range(min(count, _ENTRIES)):
        if at + _CENTRAL.size > len(data):
            return
        magic, _, _, flags, method, _, _, _, packed, _, name, extra, comment, _, _, _, local = _CENTRAL.unpack_from(
            data, at
        )
        if magic != b"PK\x01\x02":
            return
        begins = at + _CENTRAL.size
        written = data[begins : begins + name].decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        yield Entry(written, bool(flags & _ENCRYPTED), method, packed, local + shift)
        at = begins + name + extra + comment
