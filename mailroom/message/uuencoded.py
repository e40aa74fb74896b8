"""Files that old programs write into the text itself (uuencode): taken out of the words and made parts."""

import binascii
import re
from email.message import Message as Tree

from mailroom.message.mime import Leaf

_BEGIN = re.compile(r"(?m)^begin [0-7]{3,4} (\S[^\n]{0,200})\n")
# How many files one text may hold; what comes after stays text.
_FILES = 100


def taken_out(text: str) -> tuple[str, list[Leaf]]:
    """Give the words without the files, and the files. What only looks like one stays text."""
    files: list[Leaf] = []
    kept: list[str] = []
    at = 0
    while len(files) < _FILES and (begin := _BEGIN.search(text, at)):
        found = _data(text, begin.end())
        kept.append(text[at : begin.start() if found else begin.end()])
        at = begin.end()
        if found:
            data, at = found
            files.append(_leaf(begin[1].strip(), data))
    return "".join([*kept, text[at:]]) if files else text, files


def _data(text: str, start: int) -> tuple[bytes, int] | None:
    """Decode the lines from `start` to "end"; None where they are not uuencoded, or never end."""
    decoded: list[bytes] = []
    while (stop := text.find("\n", start) + 1) > 0 or start < len(text):
        line = text[start : stop or len(text)].rstrip("\n")
        start = stop or len(text)
        if line == "end":
            return b"".join(decoded), start
        if not line.isascii():
            return None
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders count wrongly; what the length letter says is still there.
            length = ((ord(line[0]) - 32) & 63) * 4 // 3 + 2 if line else 0
            try:
                decoded.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                return None
    return None


def _leaf(name: str, data: bytes) -> Leaf:
    part = Tree()
    part["Content-Type"] = "application/octet-stream"
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(binascii.b2a_base64(data, newline=False).decode("ascii"))
    return Leaf(part, "application/octet-stream", name, "attachment", 0)
