"""“matches pattern”: regular expressions for whoever installs the office, in time linear in the text.

Only RE2's language is understood: no back-references and no looking around, which are what makes other engines
take hours over a sentence made for the purpose. Capitals make no difference. Off unless config.toml allows it.
"""

import unicodedata
from functools import lru_cache
from typing import Final

import re2

from mailroom.rules.lines import typewritten
from mailroom.rules.words import MOST_CHARACTERS

LONGEST: Final = 200
"""Characters of a pattern. What needs more is no pattern a person can check by reading."""

_MOST_MEMORY: Final = 1 << 20


def fault(pattern: str) -> str:
    """Say why a pattern can't be used, "" when it can."""
    if len(pattern) > LONGEST:
        return f"a pattern has at most {LONGEST} characters; this has {len(pattern)}."
    try:
        found = _compiled(pattern).search("")
    except re2.error as error:
        words = error.args[0]
        said = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
        return f"“{pattern}” is no pattern: {said}."
    return f"“{pattern}” fits an empty text, so it would fit every mail." if found else ""


def found(pattern: str, text: str) -> str:
    """Return the part of `text` (made by `plain`) that a pattern fits, "" for none."""
    match = _compiled(pattern).search(text)
    return " ".join(match.group().split()) if match else ""


def plain(text: str) -> str:
    """Write a text as patterns see it: one kind of quotes, dashes and spaces, and of every letter one form."""
    return unicodedata.normalize("NFKC", typewritten(text[:MOST_CHARACTERS]))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> "re2._Regexp[str]":
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    return re2.compile(pattern, options)
