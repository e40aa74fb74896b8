"""What somebody wrote themselves, where a mail program left the copy of our mail below it without a mark.

Our mails print codes and commands, and words of other people: none of it may count as said by whoever answers.
"""

from itertools import pairwise
from typing import Final

from mailroom.rules.commands.pieces import codes
from mailroom.rules.lines import canonical, typewritten

_LEAST: Final = 3
"""Words from which on a row that stands in a mail of ours is ours: a reference or a code may well be copied by hand."""
_SURELY: Final = 7
"""And from which on a piece of one is, where a program broke it."""


def own_words(text: str, sent: str) -> str:
    """Return what stands above the copy of a mail of ours; two of its rows, one below the other, make a copy."""
    ours = frozenset(_bare(line) for line in sent.split("\n"))
    flat = " ".join(_bare(sent).split())
    rows = text.split("\n")
    said = [(at, row) for at, line in enumerate(rows) if (row := _bare(line))]
    copied = [_is_ours(row, ours, flat) for _, row in said]
    first = next((n for n, both in enumerate(pairwise(copied)) if all(both)), None)
    if first is None:
        return text
    # What a copy begins with is short: a marking, a greeting.
    while first and said[first - 1][1] in ours and not codes(said[first - 1][1]):
        first -= 1
    return "\n".join(rows[: said[first][0]]).rstrip()


def _is_ours(row: str, ours: frozenset[str], flat: str) -> bool:
    words = len(row.split())
    return (words >= _LEAST and row in ours) or (words >= _SURELY and row in flat)


def _bare(line: str) -> str:
    return canonical(typewritten(line).lstrip("> \t-*\u2022"))
