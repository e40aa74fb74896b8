"""Caps on a message's bytes, applied before any parser sees them.

One linear look; what lies beyond a cap is cut off and named as a defect, what lies within is read.
A message within every cap (nearly all mail) is passed on untouched.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

MIB = 1024 * 1024
# The whole message: what common servers accept, encoded.
MESSAGE = 25 * MIB
# All headers, one header (Postfix header_size_limit), and how many of them.
HEADERS, HEADER, HEADER_FIELDS = MIB, 100 * 1024, 1_000
# Mailboxes kept of one address header.
ADDRESSES = 1_000
# Parts, and how deep they nest; the standard parser recurses once a level.
PARTS, DEPTH = 1_000, 50

# One header of a part; its parameters are read in quadratic time, so a text without many of them is let be.
PART_HEADER, _SEMICOLONS = 4_000, 500

_END_OF_HEADERS = re.compile(rb"\r\n\r\n|\n\r?\n|\r\r(?!\n)")
_FIELD = re.compile(rb"(?:\A|\r\n|\n|\r)(?=[^ \t\r\n])")
_STRUCTURE = re.compile(
    rb"(?im)(?:(?<=\n)|(?<=\r)|\A)--(?P<line>[^\r\n]{1,200})"
    rb"|boundary[ \t]*=[ \t]*(?:\"(?P<quoted>[^\"\r\n]{1,200})\"|(?P<bare>[^\s;\"]{1,200}))"
    rb"|(?P<message>content-type[ \t]*:\s{0,9}message/(?!delivery-status))"
)


_PART_HEADER = re.compile(
    rb"(?i)(?:\A|(?<=\n)|(?<=\r))content-[a-z-]{1,40}[ \t]*:[^\r\n]*(?:(?:\r\n|\n|\r)[ \t][^\r\n]*)*"
)


@dataclass(frozen=True, slots=True)
class Capped:
    """The bytes to parse, and what had to be left out."""

    raw: bytes
    defects: tuple[str, ...]


def cap(raw: bytes) -> Capped:
    """Cut `raw` to the caps of this module."""
    defects: list[str] = []
    if len(raw) > MESSAGE:
        defects.append(f"larger than {MESSAGE // MIB} MiB: only the first part was read")
        raw = raw[:MESSAGE]
    if b"\n" not in raw:
        # Old Macintoshes end lines with CR alone; quoted-printable cannot be undone then.
        raw = raw.replace(b"\r", b"\n")
    if raw.count(b";") > _SEMICOLONS:
        raw = _cap_part_headers(raw, defects)
    end = _END_OF_HEADERS.search(raw, 0, HEADERS)
    if end is None and len(raw) > HEADERS:
        defects.append(f"headers larger than {HEADERS // MIB} MiB: the rest was not read")
        raw = raw[: raw.rfind(b"\n", 0, HEADERS) + 1 or HEADERS]
    head, body = (raw[: end.start()], raw[end.start() :]) if end else (raw, b"")
    head = _cap_headers(head, defects)
    if raw.count(b"\n--") + raw.count(b"\r--") > DEPTH or raw.lower().count(b"message/") > DEPTH:
        body = _cap_structure(head, body, defects)
    return Capped(head + body, tuple(defects)) if defects else Capped(raw, ())


def _cap_part_headers(raw: bytes, defects: list[str]) -> bytes:
    def cut(header: re.Match[bytes]) -> bytes:
        return header[0] if len(header[0]) <= PART_HEADER else header[0][:PART_HEADER].rstrip()

    capped = _PART_HEADER.sub(cut, raw)
    if len(capped) < len(raw):
        defects.append(f"a part's header longer than {PART_HEADER} bytes was cut")
    return capped


def _cap_headers(head: bytes, defects: list[str]) -> bytes:
    if len(head) <= HEADER and head.count(b"\n") + head.count(b"\r") <= HEADER_FIELDS:
        return head
    fields = [head[a:b] for a, b in pairwise([*(match.end() for match in _FIELD.finditer(head)), len(head)])]
    if len(fields) > HEADER_FIELDS:
        defects.append(f"more than {HEADER_FIELDS} header lines: the rest was not read")
        fields = fields[:HEADER_FIELDS]
    if any(len(field) > HEADER for field in fields):
        defects.append(f"a header longer than {HEADER // 1024} KiB was cut")
        fields = [field if len(field) <= HEADER else field[:HEADER].rstrip() + b"\r\n" for field in fields]
    return b"".join(fields).rstrip(b"\r\n")


def _cap_structure(head: bytes, body: bytes, defects: list[str]) -> bytes:
    """Follow boundaries as a parser would and cut `body` where parts or depth pass their caps."""
    whole = head + body
    open_levels: list[bytes] = []
    parts = 0
    for found in _STRUCTURE.finditer(whole):
        boundary = found["quoted"] or found["bare"]
        if boundary or found["message"]:
            open_levels.append((boundary or b"").rstrip())
        else:
            line = found["line"].rstrip()
            level = _level_of(line, open_levels)
            if level < 0:
                continue
            closing = line != open_levels[level]
            del open_levels[level + (not closing) :]
            parts += not closing
        too_many, too_deep = parts > PARTS, len(open_levels) > DEPTH
        if too_many or too_deep:
            defects.append(f"more than {PARTS} parts" if too_many else f"parts nested more than {DEPTH} deep")
            return whole[len(head) : max(found.start(), len(head))]
    return body


def _level_of(line: bytes, open_levels: list[bytes]) -> int:
    """Find the innermost open boundary that `line` (without its two hyphens) opens or closes, or -1."""
    for level in range(len(open_levels) - 1, -1, -1):
        name = open_levels[level]
        if name and line.startswith(name) and line[len(name) :] in (b"", b"--"):
            return level
    return -1
