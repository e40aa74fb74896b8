"""The protective marking a message bears (Government Security Classifications), where markings stand."""

import re

from mailroom.message.headers import Headers, every

_MARKS = ("TOP SECRET", "SECRET", "OFFICIAL-SENSITIVE", "OFFICIAL")
_MARK = re.compile(
    r"\s*[\[(*_\-{]*\s*(?P<mark>TOP[ \-_]?SECRET|SECRET|OFFICIAL(?:\s*[-–—: _]\s*|\s*)\(?SENSITIVE\)?|OFFICIAL)"
    r"(?P<rest>.*)",
    re.DOTALL,
)
# After a marking comes its end, a mark of punctuation or a known descriptor; "SECRET SANTA" is a party.
_AFTER = re.compile(
    r"\s*(?:\Z|[\])*_\-–—:;,.|/}\n]|(?i:personal|commercial|locsen|locally sensitive|"
    r"for police|police|uk eyes|fw:|re:))"
)
_HEADERS = ("x-protective-marking", "protective-marking", "x-classification", "msip_labels", "sensitivity-marking")
_PREFIX = re.compile(r"(?i)\s*(?:(?:re|fwd?|aw)\s*:\s*|\[external\]\s*|\[ext\]\s*)+")
# A first line longer than this is prose.
_LINE = 80


def marking(headers: Headers, subject: str, text: str) -> str:
    """Return the highest of the markings in headers, at the subject's start or end, or on the first line; or ""."""
    found = [_in_header(value) for name in _HEADERS for value in every(headers, name)]
    found.append(_at_start(_PREFIX.sub("", subject, count=1)))
    found.append(_in_brackets(subject))
    first = next((line for line in text.split("\n", 20)[:20] if line.strip()), "")
    if len(first) <= _LINE:
        found.append(_at_start(first))
    return min((mark for mark in found if mark), key=_MARKS.index, default="")


def _at_start(line: str) -> str:
    """Read a marking in capitals; in lower case it is a word of the language."""
    match = _MARK.match(line)
    if match is None or _AFTER.match(match["rest"]) is None:
        return ""
    return _canonical(match["mark"])


def _in_brackets(subject: str) -> str:
    opening = subject.rstrip().rfind("[")
    return _at_start(subject[opening:]) if opening >= 0 and subject.rstrip().endswith("]") else ""


def _in_header(value: str) -> str:
    upper = value.upper()
    for name in ("TOP SECRET", "TOP-SECRET", "TOPSECRET"):
        if name in upper:
            return "TOP SECRET"
    if re.search(r"\bSECRET\b", upper):
        return "SECRET"
    if "OFFICIAL" in upper:
        return "OFFICIAL-SENSITIVE" if "SENSITIVE" in upper else "OFFICIAL"
    return ""


def _canonical(written: str) -> str:
    if written.startswith("TOP"):
        return "TOP SECRET"
    if "SENSITIVE" in written:
        return "OFFICIAL-SENSITIVE"
    return written
