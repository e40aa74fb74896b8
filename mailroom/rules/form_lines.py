"""Finding the answers to a form in a mail: labelled lines as people really write them.

A label in any case, a little misspelt, with a colon, a dash, an equals sign, a tab or nothing; the answer beside it or
on the row below; several on a row; numbers in the order of the form. And the answers written into the quoted copy of
our own mail: a line of ours that was empty as we sent it and has words now is newly written, a line as we sent it
never is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, Protocol

from mailroom.rules import vocabulary
from mailroom.rules.lines import canonical, is_label, rows, typewritten

MOST_ROWS: Final = 2000
"""A mail that fills in a form is a few pages; what lies below is somebody's pasted report."""

MOST_ROW: Final = 4000
_MOST_JOINED: Final = 4
_NEAR: Final = 0.72
_OURS: Final = 3
_SURELY_OURS: Final = 7
"""From so many words on, the beginning of a line of ours is ours, and any piece of it, where a program broke it."""

_PREFIX: Final = re.compile(r"^[\s>|]*(?:>|\|)")
_BULLET: Final = re.compile(r"^[\s>|*\u2022\u25cf\u25aa-]{1,20}")
_STARS: Final = re.compile(r"(?<!\w)[*_]+(?=\S)|(?<=\S)[*_]+(?!\w)")
_NUMBER: Final = re.compile(r"\(?(\d{1,2}) ?[.):] *(?=\S)|\(?(\d{1,2}) - (?=\S)")
_MARK: Final = re.compile(r"\s*(?:[:=]+(?!//)|-(?!\w)|-(?=\s)|\s-(?=\w))\s*")
_ANOTHER: Final = re.compile(r"\s+of\s|(?:\s+[^\W\d]+){1,4}\s*[:=](?!//)")
"""What goes on after a label and makes another of it, or prose: “Date of birth: …”."""
_HINT: Final = re.compile(r"\s*\([^()]{0,200}\)")
_CLOSING: Final = re.compile(
    r"(?:(?:many|kind|best|warm|with|all|yours) ?(?:kind|best)? ?)?"
    r"(?:thanks|thank you|regards|wishes|cheers|best|sincerely|faithfully|the best)\b.{0,30}"
)
_GOES_ON: Final = re.compile(r"(?:or|and|but|not|to|until|till|unless|if|except|maybe|perhaps|though)\b|[-/?]")


class Asked(Protocol):
    """A question of a form, as far as its answer has to be found."""

    @property
    def label(self) -> str:
        """Its label, in small letters."""

    @property
    def blank(self) -> str:
        """The line as a mail shows it."""

    @property
    def loose(self) -> bool:
        """Whether any words answer it."""

    def read(self, words: str, near: date | None = None) -> str:
        """Read an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The words that stand with a label, row by row."""

    label: str
    rows: tuple[str, ...]

    @property
    def whole(self) -> str:
        """All of it in one line."""
        return " ".join(self.rows).strip()

    @property
    def goes_on(self) -> bool:
        """Whether the next row goes on with the first: “20 February”, and below it “or the 21st”."""
        return len(self.rows) > 1 and _GOES_ON.match(canonical(self.rows[1])) is not None


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a mail: its words, and whether it stood there as a quotation."""

    text: str
    quoted: bool

    @property
    def bare(self) -> str:
        """Its words, one way."""
        return canonical(_STARS.sub("", self.text))


@dataclass(frozen=True, slots=True)
class _Head:
    """A label at the beginning of a row, what stands behind it, and how many rows it took."""

    label: str
    rest: str
    sure: bool
    took: int = 1


def written(fields: Sequence[Asked], text: str, near: date | None = None, sent: str = "") -> list[Answer]:
    """Find the answers in words newly written; a row just as we sent it is none, wherever a mail program left it."""
    found = _without_ours(fields, _rows(text), sent)
    pieces = [piece for row in found for piece in _pieces(fields, row)]
    answers = list(_labelled(fields, pieces, near))
    if answers:
        return answers
    return _by_number(fields, found, near) or _alone(fields, found, near)


def copied(fields: Sequence[Asked], text: str, sent: str) -> list[Answer]:
    """Find what was written into the empty lines of a form in the copy of a mail of ours."""
    if not sent.strip() or not text.strip():
        return []
    ours = _Ours.of(sent)
    asked = [one for one in fields if ours.has_blank(one.blank)]
    found = _rows(text)
    answers: list[Answer] = []
    at = 0
    while at < len(found):
        head = _printed(asked, found, at)
        if head is None:
            at += 1
            continue
        begin, at = at, at + head.took
        said = list(_said_here(head, found, begin, at, asked, ours))
        if said:
            answers.append(Answer(head.label, tuple(said)))
    return answers


def _without_ours(fields: Sequence[Asked], found: list[_Row], sent: str) -> list[_Row]:
    """Leave out rows just as we sent them; where the copy of our mail itself was taken for new, all from there on."""
    if not sent.strip():
        return found
    ours = _Ours.of(sent)
    told = [
        at
        for at, row in enumerate(found)
        if len(row.bare.split()) > _OURS and ours.is_ours(row) and _printed(fields, found, at) is None
    ]
    if len(told) > 1:
        return found[: told[0]]
    whole = {at for at, row in enumerate(found) if " " in row.bare and row.bare in ours.rows}
    return [row for at, row in enumerate(found) if at not in {*told, *whole} or _printed(fields, found, at)]


@dataclass(frozen=True, slots=True)
class _Ours:
    """The words of a mail of ours, to tell a line of it by."""

    rows: frozenset[str]
    flat: str

    @classmethod
    def of(cls, sent: str) -> "_Ours":
        """Take a mail of ours apart."""
        found = [row.bare for row in _rows(sent)]
        return cls(frozenset(found), " ".join(" ".join(found).split()))

    def has_blank(self, blank: str) -> bool:
        """Tell whether a line of a form stood in it, empty."""
        wanted = canonical(blank)
        return wanted in self.rows or (wanted in self.flat and any(row.startswith(wanted[:20]) for row in self.rows))

    def is_ours(self, row: _Row) -> bool:
        """Tell whether a row is ours as we sent it, wherever it was broken.

        “20 February 2031” stands within a line of ours, as an example, and may yet be somebody's answer.
        """
        bare = row.bare
        words = len(bare.split())
        if bare in self.rows or (words >= _SURELY_OURS and bare in self.flat):
            return True
        return words >= _OURS and any(
            one.startswith(f"{bare} ") or (words > _OURS and one.endswith(f" {bare}")) for one in self.rows
        )


def _rows(text: str) -> list[_Row]:
    """Return the rows of a text as a typewriter would have them, the marks of quotations taken off."""
    made: list[_Row] = []
    for raw in rows(text)[:MOST_ROWS]:
        short = raw[:MOST_ROW]
        head, tab, tail = short.strip().partition("\t")
        row = typewritten(f"{head}: {tail}" if tab and ":" not in head and is_label(head.strip()) else short)
        quoted = _PREFIX.match(row) is not None
        made.append(_Row(_BULLET.sub("", row).strip(), quoted))
    return made


def _pieces(fields: Sequence[Asked], row: _Row) -> list[_Row]:
    """Cut a row that holds several labels: “Date: 20 Feb; Arrival: 2pm”."""
    marks: list[int] = []
    for one in sorted(fields, key=lambda each: len(each.label), reverse=True):
        words = r"\s+".join(map(re.escape, one.label.split()))
        for found in re.finditer(rf"(?<![\w-]){words}\s*(?:\([^()]{{0,200}}\))?\s*[:=]", row.text, re.IGNORECASE):
            before = row.text[: found.start()].rstrip(" *_")
            spaced = row.text[found.start() - 1 : found.start()] in (" ", "*", "_")
            cut = (
                before[-1:] in (";", ",", "|") or (spaced and before[-1:] in (".", "/", ")")) or found[0][:1].isupper()
            )
            inside = any(mark <= found.start() < mark + len(one.label) + 40 for mark in marks) and not before
            if before and cut and not inside and not _within(row.text, found.start(), fields, one):
                marks.append(found.start())
    if not marks:
        return [row]
    edges = [0, *sorted(set(marks)), len(row.text)]
    parts = (row.text[begin:end].strip(" ;,|") for begin, end in pairwise(edges))
    return [_Row(part, row.quoted) for part in parts if part]


def _within(text: str, at: int, fields: Sequence[Asked], one: Asked) -> bool:
    """Tell whether a label at a place is only the end of a longer one: “activity date”."""
    head = canonical(text[: at + len(one.label)])
    return any(len(other.label) > len(one.label) and head.endswith(other.label) for other in fields)


def _labelled(fields: Sequence[Asked], found: Sequence[_Row], near: date | None) -> Iterator[Answer]:
    heads = {at: head for at in range(len(found)) if (head := _head(fields, found, at, near)) is not None}
    if not any(head.sure for head in heads.values()):
        loose = {one.label for one in fields if one.loose}
        heads = {at: head for at, head in heads.items() if head.label not in loose}
    for at, head in heads.items():
        said = [head.rest] if head.rest else []
        following = at + head.took
        while following < len(found) and following not in heads:
            row = found[following].text
            if (not row and said) or (not row and not head.sure):
                break
            if row and _CLOSING.fullmatch(canonical(row)):
                break
            said += [row] if row else []
            following += 1
        if said:
            yield Answer(head.label, tuple(said))


def _head(fields: Sequence[Asked], found: Sequence[_Row], at: int, near: date | None) -> _Head | None:
    """Recognise a label at the beginning of a row."""
    if not found[at].text:
        return None
    return _printed(fields, found, at) or _named(fields, found[at].text, near) or _misspelt(fields, found[at].text)


def _printed(fields: Iterable[Asked], found: Sequence[_Row], at: int) -> _Head | None:
    """Recognise a line as our mail showed it, also where a mail program broke it."""
    first = found[at].bare
    if not first:
        return None
    for one in fields:
        blank = canonical(one.blank)
        joined = ""
        for took in range(1, _MOST_JOINED + 1):
            if at + took > len(found):
                break
            joined = f"{joined} {_STARS.sub('', found[at + took - 1].text)}".strip()
            bare = canonical(joined)
            if bare.startswith(blank):
                return _Head(one.label, _after(joined, blank), sure=True, took=took)
            if not bare or not blank.startswith(bare):
                break
    return None


def _after(text: str, blank: str) -> str:
    """Return what stands behind a printed line, as it was written."""
    words = r"\s+".join(map(re.escape, blank.split()))
    found = re.match(words, text, re.IGNORECASE)
    return text[found.end() :].strip() if found else canonical(text)[len(blank) :].strip()


def _named(fields: Sequence[Asked], text: str, near: date | None) -> _Head | None:
    """Recognise a label that is spelt as it should be, with whatever mark behind it, or none."""
    bare = _NUMBER.sub("", _STARS.sub("", text), count=1) if _NUMBER.match(text) else _STARS.sub("", text)
    for one in sorted(fields, key=lambda each: len(each.label), reverse=True):
        words = r"\s+".join(map(re.escape, one.label.split()))
        found = re.match(rf"{words}(?![\w'])", bare, re.IGNORECASE)
        if found is None:
            continue
        rest = bare[found.end() :]
        hint = _HINT.match(rest)
        rest = rest[hint.end() :] if hint else rest
        mark = _MARK.match(rest)
        if mark and mark[0].strip():
            return _Head(one.label, rest[mark.end() :].strip(), sure=True)
        if not rest.strip(" ?."):
            return _Head(one.label, "", sure=True)
        if _ANOTHER.match(rest):
            continue
        if hint or one.loose or one.read(rest.strip(), near):
            return _Head(one.label, rest.strip(), sure=hint is not None or not one.loose)
    return None


def _misspelt(fields: Sequence[Asked], text: str) -> _Head | None:
    """Recognise a label that is misspelt a little before a colon, an equals sign or a dash."""
    found = re.search(r"\s*[:=]\s*(?!//)|\s-\s", text)
    if found is None:
        return None
    head = _HINT.sub("", _NUMBER.sub("", _STARS.sub("", text[: found.start()]), count=1)).strip()
    if not is_label(head):
        return None
    labels = [one.label for one in fields]
    label = vocabulary.nearest(head, labels, _NEAR if "-" in found[0] else 0.6)
    # “Update: later” is no “date”: fingers rarely slip on the first letter.
    return _Head(label, text[found.end() :].strip(), sure=True) if label and label[:1] == canonical(head)[:1] else None


def _by_number(fields: Sequence[Asked], found: Sequence[_Row], near: date | None) -> list[Answer]:
    """Take “1. 20 Feb  2. yes” in the order of the form, where the numbers can mean nothing else."""
    answers: dict[int, str] = {}
    for row in found:
        mark = _NUMBER.match(row.text)
        if mark is None:
            continue
        n = int(mark[1] or mark[2])
        if not 1 <= n <= len(fields) or n in answers:
            return []
        answers[n] = row.text[mark.end() :].strip()
    strict = [n for n in answers if not fields[n - 1].loose]
    read = [n for n in strict if fields[n - 1].read(answers[n], near)]
    if not answers or (len(answers) < len(fields) and len(read) * 2 <= len(strict)):
        return []
    return [Answer(fields[n - 1].label, (said,)) for n, said in sorted(answers.items())]


def _alone(fields: Sequence[Asked], found: Sequence[_Row], near: date | None) -> list[Answer]:
    """Take the first row of a mail for the answer, where one thing was asked that can be told from prose."""
    first = next((row.text for row in found if row.text), "")
    if len(fields) == 1 and not fields[0].loose and fields[0].read(first, near):
        return [Answer(fields[0].label, (first,))]
    return []


def _said_here(
    head: _Head, found: Sequence[_Row], begin: int, at: int, asked: Sequence[Asked], ours: _Ours
) -> Iterator[str]:
    """Give what was written behind or below one of our empty lines, up to an empty row or to words of ours."""
    if head.rest:
        whole = canonical(f"{found[begin].text} {head.rest}") if head.took > 1 else found[begin].bare
        if whole in ours.rows or any(row.startswith(whole) for row in ours.rows):
            return
        yield head.rest
    following, quoted = at, found[begin].quoted if head.rest else None
    while following < len(found):
        row = found[following]
        following += 1
        if not row.text:
            if quoted is not None or following - at > _MOST_JOINED:
                return
            continue
        if ours.is_ours(row) or _printed(asked, found, following - 1) or (quoted is not None and row.quoted != quoted):
            return
        if _CLOSING.fullmatch(row.bare) or set(row.text) <= set("-_ ="):
            return
        quoted = row.quoted
        yield row.text
