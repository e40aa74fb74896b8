"""One Authentication-Results value, taken apart (RFC 8601 section 2.2), whatever a sender smuggled into it.

A server copies into this header what strangers gave it: an envelope address, a HELO name, a key's
reason. Comments are dropped and quoted text is bared of everything that has a meaning here, in one
pass, so that no stranger's text can pass for a result.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# A longer header is no receiving server's.
LENGTH = 16 * 1024
_RESULT = re.compile(r"\s*(spf|dkim|dmarc|compauth|arc)\s*=\s*([a-z]{1,20})(?=\s|\Z)")
_PROPERTY = re.compile(r"(header\.from|header\.d|header\.i|smtp\.mailfrom)\s*=\s*([^\s;]{1,256})")
_MEANT_NOTHING = re.compile(r"[^a-z0-9@._+\-]")


@dataclass(frozen=True, slots=True)
class Result:
    """What one method found, such as dkim=pass, and of which domain."""

    value: str
    header_from: str = ""
    vouched: str = ""
    """The domain that is vouched for: that of the DKIM signature or of the envelope's sender."""


Results = Mapping[str, tuple[Result, ...]]


def identity(value: str) -> tuple[str, str]:
    """Split off the authserv-id and its version: who wrote this, "" when nobody says, and the results."""
    who, semicolon, rest = plain(value).partition(";")
    words = who.split()
    if not semicolon or not words or not (words[1:] == [] or (len(words) == 2 and words[1].isdigit())):  # noqa: PLR2004
        return "", ""
    return words[0].rstrip("."), rest


def results(plain_value: str) -> Results:
    """Read the results of a value that `plain` or `identity` gave."""
    found: dict[str, tuple[Result, ...]] = {}
    for clause in plain_value.split(";"):
        match = _RESULT.match(clause)
        if match:
            properties = dict(reversed(_PROPERTY.findall(clause)))
            vouched = properties.get("header.d") or properties.get(
                "header.i" if match[1] == "dkim" else "smtp.mailfrom"
            )
            result = Result(match[2], properties.get("header.from", ""), (vouched or "").rpartition("@")[2].rstrip("."))
            found[match[1]] = (*found.get(match[1], ()), result)
    return found


def plain(value: str) -> str:
    """Give `value` in lower case without comments, quoted text reduced to what can stand in an address."""
    if len(value) > LENGTH:
        return ""
    value = value.lower()
    if "(" not in value and '"' not in value:
        return value
    out: list[str] = []
    depth, quoted, escaped = 0, False, False
    for char in value:
        if escaped:
            escaped = False
        elif char == "\\" and (quoted or depth):
            escaped = True
        elif char == '"' and not depth:
            quoted = not quoted
        elif quoted:
            out.append(_MEANT_NOTHING.sub("", char))
        elif char == "(":
            depth += 1
        elif char == ")":
            depth = max(depth - 1, 0)
        elif not depth:
            out.append(char)
    return "".join(out)
