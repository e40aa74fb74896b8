"""What a line of a command is made of: references, numbers and codes, and the words that are left."""

import re
from dataclasses import dataclass
from typing import Final

REFERENCE: Final = re.compile(
    r"\b(?:[A-Z]{2,6}-\d{4}-(?:\d{2,4}|Q\d)|(?:TOR|STRAT)-\d{4}(?!-?\d))\b", re.IGNORECASE
)  # fmt: skip
_NUMBER = re.compile(r"#\s?(\d{1,9})\b")
# 8 of A-Z and 2-9 without O and I. Every code holds a letter and a digit, so that no word is taken for one.
_CODE = re.compile(
    r"(?<![\w-])(?=[A-Z2-9 -]*[2-9])(?=[A-Z2-9 -]*[A-Z])([A-HJ-NP-Z2-9]{4}) ?-? ?([A-HJ-NP-Z2-9]{4})(?![\w-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Pieces:
    """One line taken apart: each reference, number and code once, and what is left without them."""

    left: str
    refs: tuple[str, ...]
    numbers: tuple[int, ...]
    codes: tuple[str, ...]

    @property
    def named(self) -> bool:
        """Whether it names a message or a case."""
        return bool(self.refs or self.numbers)

    @property
    def things(self) -> int:
        """How many messages and cases it names."""
        return len(self.refs) + len(self.numbers)


def take_apart(line: str) -> Pieces:
    """Take references, numbers and codes out of a line."""
    refs = tuple(dict.fromkeys(one.upper() for one in REFERENCE.findall(line)))
    left = REFERENCE.sub(" ", line)
    numbers = tuple(dict.fromkeys(int(one) for one in _NUMBER.findall(left)))
    left = _NUMBER.sub(" ", left)
    found = codes(left)
    return Pieces(_CODE.sub(" ", left) if found else left, refs, numbers, found)


def codes(text: str) -> tuple[str, ...]:
    """Return the codes that stand in a text, each once, as they are printed."""
    found = (f"{one}-{other}".upper() for one, other in _CODE.findall(text))
    return tuple(dict.fromkeys(code for code in found if re.search(r"\d", code) and re.search(r"[A-Z]", code)))


def words(text: str) -> list[str]:
    """Return the words of a line, without the marks around them."""
    return [word for one in re.split(r"[\s,;:!?()\[\]\"<>*/]+", text) if (word := one.strip(".'-_"))]
