"""The words newly written, apart from quotations, forwarded messages, signatures and legal notices.

One pass over the lines, each looked at a bounded number of times. Where it is unsure it keeps: losing a
person's words is worse than keeping a quotation. Answers written between quoted lines survive.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from mailroom.message import footers, labels, quotation

# A text with more lines that look like the mark of a signature is a drawing.
_MARKS = 100
_BLANKS = re.compile(r"\n{4,}")

Sort = Literal["own", "quoted"]


@dataclass(frozen=True, slots=True)
class Words:
    """A message's text taken apart.

    `new`: what its sender wrote, which alone may classify, command or be forwarded. `reply`: for a reader, the
    same with the quoted lines ("> ") it answers; where nothing was written, the bare quotation.
    """

    new: str
    reply: str


@dataclass(slots=True)
class _Sorted:
    """The lines worth keeping, in order, and what was seen on the way.

    `marks`: lines that looked like the mark of a signature. `announced`: a quotation with its attribution stands
    above the first line written. `rest`: the line at which the text of an enclosed mail begins, -1 for none.
    """

    lines: list[tuple[Sort, str]] = field(default_factory=list)
    written: bool = False
    marks: int = 0
    announced: bool = False
    rest: int = -1


def split(text: str, subject: str) -> Words:
    """Take `text` (clean text) apart; `subject` says whether it is marked as forwarded."""
    lines = text.split("\n")
    forward = labels.is_forward(subject)
    found = _sort(lines, forward=forward)
    own = _without_notices(found.lines)
    new = _joined(line for sort, line in own if sort == "own")
    if not new:
        return Words("", _passed_on(own, found, lines) if not forward else "")
    return Words(new, _reply(own, announced=found.announced))


def new_text(text: str, subject: str) -> str:
    """Return what the sender of `text` (clean text) wrote themselves; "" if nothing."""
    return split(text, subject).new


def _sort(lines: list[str], *, forward: bool) -> _Sorted:
    found = _Sorted()
    at = 0
    while at < len(lines) and found.rest < 0:
        line = lines[at]
        bare = line.strip()
        if not bare or bare.startswith((">", "&gt;")):
            found.lines.append(("quoted" if bare else "own", line.rstrip()))
            at += 1
        elif block := quotation.block_at(lines, at):
            found.rest = block.end
        elif said := _said(lines, at):
            quoted = _quoted_next(lines, at + said.lines)
            at += said.lines
            if not quoted and (found.written or forward):
                found.rest = at
            found.announced = found.announced or (quoted and not found.written)
        elif found.written and found.marks < _MARKS and footers.is_mark(line):
            found.marks += 1
            end = footers.signature_end(lines, at, lambda index: _is_others(lines, index))
            if not end:
                found.lines.append(("own", line.rstrip()))
            at = end or at + 1
        else:
            if not _is_device_line(lines, at):
                found.lines.append(("own", line.rstrip()))
                found.written = True
            at += 1
    return found


def _said(lines: list[str], at: int) -> labels.Attribution | None:
    """Give the attribution at line `at`, if it is surely one or has a quotation under it."""
    said = labels.attribution(lines, at)
    return said if said and (said.sure or _quoted_next(lines, at + said.lines)) else None


def _is_others(lines: list[str], at: int) -> bool:
    """Say whether somebody else's words begin at line `at`."""
    bare = lines[at].strip()
    return bool(bare) and (
        bare.startswith(">") or labels.attribution(lines, at) is not None or quotation.block_at(lines, at) is not None
    )


def _quoted_next(lines: list[str], at: int) -> bool:
    after = _next_written(lines, at)
    return after < len(lines) and lines[after].lstrip().startswith(">")


def _next_written(lines: list[str], at: int) -> int:
    """Find the next line with something on it, looking at most five lines on."""
    for index in range(at, min(at + 5, len(lines))):
        if lines[index].strip():
            return index
    return len(lines)


def _is_device_line(lines: list[str], at: int) -> bool:
    """Recognise "Sent from my phone" on a line that is the last of its paragraph."""
    if not footers.is_device_line(lines[at]):
        return False
    after = lines[at + 1].strip() if at + 1 < len(lines) else ""
    return not after or after.startswith(">") or quotation.is_rule(after) or _is_others(lines, at + 1)


def _reply(own: list[tuple[Sort, str]], *, announced: bool) -> str:
    """Give the new words with the quotations they answer: those above the last of them, but no whole mail."""
    while own and (own[-1][0] == "quoted" or not own[-1][1]):
        own = own[:-1]
    runs = [sort for sort, _ in groupby(sort for sort, line in own if line)]
    if runs == ["quoted", "own"] and announced:
        # Written under the whole of the mail that is answered.
        return _joined(line for sort, line in own if sort == "own")
    return _joined(line for _, line in own)


def _passed_on(own: list[tuple[Sort, str]], found: _Sorted, lines: list[str]) -> str:
    """Give what stands in a message that has no words of its own and is not marked as a forward."""
    return _joined(line for _, line in own) or (_joined(lines[found.rest :]) if found.rest >= 0 else "")


def _without_notices(lines: list[tuple[Sort, str]]) -> list[tuple[Sort, str]]:
    """Drop paragraphs that are legal notices, unless nothing else is written."""
    kept: list[tuple[Sort, str]] = []
    for own, group in groupby(lines, lambda item: item[0] == "own" and bool(item[1])):
        paragraph = list(group)
        if not (own and footers.is_notice(" ".join(line.strip() for _, line in paragraph))):
            kept += paragraph
    return kept if any(sort == "own" and line for sort, line in kept) else lines


def _joined(lines: Iterable[str]) -> str:
    return _BLANKS.sub("\n\n\n", "\n".join(lines)).strip("\n").rstrip()
