"""Folders that rules file in: one that is spelt nearly like another is a slip, and would hide mail where nobody looks.

A folder that no other rule names is fine; who reads the mail makes new ones as she likes.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from mailroom.errors import Problem
from mailroom.rules.lines import canonical
from mailroom.rules.model import Action
from mailroom.rules.sorting import Rule

OURS: Final = ("Quarantine", "Restricted", "Bin")
"""Folders that mailroom files in by itself."""

_SHORT, _LONG = 4, 10
"""A name shorter than the one is never taken for a slip; from the other on, two letters may be wrong."""

_MOST_SLIPS: Final = 2
_DIGITS = re.compile(r"\d+")


class _Name(NamedTuple):
    """A folder, and what of it is compared: its parts, its letters without numbers, and which letters there are."""

    folder: str
    parts: tuple[str, ...]
    worded: str
    letters: frozenset[str]


def misspelt(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Find folders that differ from another by a letter, or only by capitals; the rarer of two is the slip."""
    filings = [one for rule in rules for one in rule.actions if one.verb == "file in"]
    used = Counter(OURS) + Counter(one.values[0] for one in filings)
    first: dict[str, Action] = {}
    for one in filings:
        first.setdefault(one.values[0], one)
    order = list(first)
    names = [_name(folder) for folder in used]
    for here in (_name(folder) for folder in order):
        twins = [one.folder for one in names if one.folder != here.folder and _alike(here, one)]
        better = [other for other in twins if _rank(other, used, order) > _rank(here.folder, used, order)]
        if better:
            near = max(better, key=lambda other: used[other])
            where = _where(near, first)
            text = f"the folder “{here.folder}” is spelt nearly like “{near}”{where}; use one name for one folder."
            yield Problem(first[here.folder].file, first[here.folder].line, text, near)


def alike(one: str, other: str) -> bool:
    """Tell whether two folders are so nearly spelt the same that one must be a slip. Years and numbers may differ."""
    return _alike(_name(one), _name(other))


def _name(folder: str) -> _Name:
    whole = canonical(folder)
    return _Name(folder, tuple(whole.split("/")), _DIGITS.sub("", whole), frozenset(whole))


def _alike(one: _Name, other: _Name) -> bool:
    # Two letters wrong change four at most.
    if len(one.parts) != len(other.parts) or len(one.letters ^ other.letters) > 2 * _MOST_SLIPS:
        return False
    if one.parts == other.parts:
        return True
    if one.worded == other.worded:
        return False
    different = [pair for pair in zip(one.parts, other.parts, strict=True) if pair[0] != pair[1]]
    if len(different) != 1:
        return False
    here, there = different[0]
    shortest = min(len(here), len(there))
    return shortest >= _SHORT and _slips(here, there) <= (_MOST_SLIPS if shortest >= _LONG else 1)


def _rank(folder: str, used: Counter[str], order: Sequence[str]) -> tuple[bool, int, int]:
    """How likely a folder is the one that is meant: ours, then the one used more, then the one named first."""
    return folder in OURS, used[folder], -order.index(folder) if folder in order else 1


def _where(folder: str, first: dict[str, Action]) -> str:
    place = first.get(folder)
    return f" at {place.file}:{place.line}" if place else ""


def _slips(one: str, other: str) -> int:
    """Count the letters left out, put in, changed, or swapped with the next, between two words."""
    if abs(len(one) - len(other)) > _MOST_SLIPS:
        return _MOST_SLIPS + 1
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, start=1):
        former, row = row, [number]
        for place, there in enumerate(other, start=1):
            row.append(min(former[place] + 1, row[-1] + 1, former[place - 1] + (letter != there)))
    swapped = [n for n, (a, b) in enumerate(pairwise(one)) if other[n : n + 2] == b + a]
    if len(one) == len(other) and any(one[:n] + one[n + 1] + one[n] + one[n + 2 :] == other for n in swapped):
        return 1
    return row[-1]
