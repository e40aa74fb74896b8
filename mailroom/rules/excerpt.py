"""The line a fault is about, and where in it: what stands under the sentence on a terminal and in a mail."""

import re

from mailroom.errors import Problem
from mailroom.rules.lines import decoded, rows

# A line beyond this is cut: the sentence says what matters.
WIDTH = 110


def line_of(problem: Problem, data: bytes) -> str:
    """Return the line of the file that a fault is about, fit to be shown; "" when there is none."""
    lines = rows(decoded(data))
    if not 0 < problem.line <= len(lines):
        return ""
    return "".join(letter if letter.isprintable() else " " for letter in lines[problem.line - 1].rstrip())[:WIDTH]


def spot(problem: Problem, line: str) -> tuple[int, int]:
    """Return where the caret begins under `line`, from 0, and how long it is."""
    quoted = re.findall("“(.+?)”", problem.text)
    folded = line.casefold()
    start = problem.column - 1
    if 0 <= start < len(line):
        here = next((word for word in quoted if folded.startswith(word.casefold(), start)), "")
        rest = re.match(r"[^\s:;]+", line[start:])
        return start, len(here) or (rest.end() if rest else 1)
    for word in quoted:
        if found := re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", folded):
            return found.start(), len(word)
    indent = len(line) - len(line.lstrip())
    return indent, len(line.strip())
