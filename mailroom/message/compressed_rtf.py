"""The words of Outlook's compressed RTF ([MS-OXRTFCP]), for mail whose text stands nowhere else."""

import re
import struct
from collections.abc import Iterator

from mailroom.message import text

_HEAD = struct.Struct("<LL4sL")
# What the dictionary of the compression holds at the start ([MS-OXRTFCP] section 2.1.3.1).
_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_RING = 4096
_LONGEST = 2 * 1024 * 1024
_TOKEN = re.compile(
    rb"\\'(?P<octet>[0-9a-fA-F]{2})|\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\(?P<symbol>[^a-zA-Z])"
    rb"|(?P<brace>[{}])|(?P<plain>[^\\{}\r\n]{1,4096})|[\r\n]"
)
# Groups that hold no words of the letter.
_APART = frozenset(
    [b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"header", b"footer", b"object", b"generator"]
)
_BREAKS = {b"par": "\n", b"line": "\n", b"tab": "\t", b"cell": "\t", b"row": "\n", b"emdash": "—", b"endash": "–",
           b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•"}  # fmt: skip


def to_text(packed: bytes) -> str:
    """Return the words, or "" when this is no compressed RTF; damaged data gives what can be had."""
    return text.clean(_words(_unpacked(packed)))


def _unpacked(packed: bytes) -> bytes:
    if len(packed) < _HEAD.size:
        return b""
    _, size, kind, _ = _HEAD.unpack_from(packed)
    if kind == b"MELA":
        return packed[_HEAD.size : _HEAD.size + size]
    if kind != b"LZFu":
        return b""
    out = bytearray(_START)
    end = len(_START) + min(size, _LONGEST)
    at = _HEAD.size
    while at < len(packed) and len(out) < end:
        flags = packed[at]
        at += 1
        for bit in range(8):
            if flags >> bit & 1:
                if not _repeat(out, packed[at : at + 2]):
                    return bytes(out[len(_START) : end])
                at += 2
            else:
                out += packed[at : at + 1]
                at += 1
    return bytes(out[len(_START) : end])


def _repeat(out: bytearray, reference: bytes) -> bool:
    """Repeat what a reference points to in the last 4,096 bytes; False at the end or where it points nowhere."""
    if len(reference) < 2:  # noqa: PLR2004 - twelve bits of place, four of length
        return False
    place, length = reference[0] << 4 | reference[1] >> 4, (reference[1] & 0xF) + 2
    back = (len(out) - place) % _RING
    if not 0 < back <= len(out):
        return False
    for _ in range(length):
        out.append(out[-back])
    return True


def _words(rtf: bytes) -> str:
    """Turn shown tokens into text; octets wait for their neighbours, as one character may be several."""
    out: list[str] = []
    octets = bytearray()
    skip = 0
    for token, stand_ins in _shown(rtf):
        if token["octet"]:
            octets += b"" if skip else bytes([int(token["octet"], 16)])
            skip = max(skip - 1, 0)
            continue
        out.append(text.decode(bytes(octets), "cp1252"))
        octets.clear()
        if token["word"] == b"u":
            out.append(chr(int(token["number"] or 0) % 0x10000))
            # What readers without Unicode show instead follows.
            skip = stand_ins
        elif token["word"]:
            out.append(_BREAKS.get(token["word"], ""))
        elif token["symbol"]:
            out.append({b"\\": "\\", b"{": "{", b"}": "}", b"~": " "}.get(token["symbol"], ""))
        else:
            plain = text.decode(token["plain"] or b"", "cp1252")
            out.append(plain[skip:])
            skip = max(skip - len(plain), 0)
    whole = "".join([*out, text.decode(bytes(octets), "cp1252")])
    return whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _shown(rtf: bytes) -> Iterator[tuple[re.Match[bytes], int]]:
    """Give the tokens outside of groups that are apart, and how many characters stand in for one of Unicode there."""
    groups: list[tuple[bool, int]] = []
    shown, stand_ins = True, 1
    for token in _TOKEN.finditer(rtf):
        if token["brace"] == b"{":
            groups.append((shown, stand_ins))
        elif token["brace"]:
            shown, stand_ins = groups.pop() if groups else (True, 1)
        elif token["symbol"] == b"*" or token["word"] in _APART:
            shown = False
        elif token["word"] == b"uc":
            stand_ins = min(max(int(token["number"] or 1), 0), 9)
        elif shown and token.lastgroup:
            yield token, stand_ins
