"""Labelled lines: the one small notation of the coordinator's files, the forms in mails and commands.

    # a comment
    Rule: Replies about a meeting
    If subject contains: RSVP; can attend;
      apologies
    Stop

A fact a line, `Label: value; value`. A line that is indented, or that follows one ending in `;` or `,`,
goes on with the value above. A few labels, such as Stop, stand alone. What Word, Notepad and Outlook do to
text (byte order marks, UTF-16, CRLF, tabs, curly quotes, non-breaking spaces, long dashes, capitals, quotes
round a value, the colon of another alphabet) is read as meant. This file knows no label: what labels mean
is for its callers.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from mailroom.errors import Problem, Problems

# A file of rules is a few pages. A megabyte is somebody's photograph, saved under the wrong name.
MOST_BYTES = 1_000_000

# Words of a label; "If header X-Spam-Status contains" is five. Longer is prose that happens to hold a colon.
MOST_LABEL_WORDS = 8

_ALONE = frozenset({"stop"})
_LABEL = re.compile(r"[^\W\d_][\w ./&'-]{0,80}")

# What a typewriter has. A word processor's finer quotes, dashes and spaces mean the same to everyone but a program.
_TYPEWRITER = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u0060\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys("\t\u00a0\u1680\u202f\u205f\u3000", " "),
        **dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "),
        "\uff1a": ":",
        "\uff1b": ";",
        "\uff03": "#",
    },
)


@dataclass(frozen=True, slots=True)
class Line:
    """One fact. `label` is lower-case with single spaces; `value` is as written, `values` its parts at `;`.

    `line` and `column` count from 1 and say where the value begins in the file.
    """

    label: str
    value: str
    line: int
    column: int
    values: tuple[str, ...]


@dataclass(slots=True)
class _Open:
    """A line that may yet go on below."""

    label: str
    value: str
    line: int
    column: int


def parse_lines(data: bytes | str, file: str, alone: Collection[str] = _ALONE) -> tuple[Line, ...]:
    """Read `data` into lines, or raise Problems with every fault in it.

    `file` is the name faults are reported under; `alone` are the labels that need no value.
    """
    lines, problems = read_lines(data, file, alone)
    if problems:
        raise Problems(list(problems))
    return lines


def read_lines(
    data: bytes | str,
    file: str,
    alone: Collection[str] = _ALONE,
) -> tuple[tuple[Line, ...], tuple[Problem, ...]]:
    """Read what can be read of `data`, and say what could not."""
    if len(data) > MOST_BYTES:
        return (), (Problem(file, 0, "is over a megabyte, so it can't be a file of labelled lines."),)
    found: list[_Open] = []
    problems: list[Problem] = []
    going_on = False
    for number, raw in enumerate(_rows(_text(data)), start=1):
        content = raw.strip()
        if not content:
            going_on = False
            continue
        if content.startswith("#"):
            continue
        opened = _opening(raw, number, alone)
        if opened is not None:
            found.append(opened)
            going_on = True
        elif going_on and (raw[0] == " " or found[-1].value.endswith((";", ","))):
            found[-1].value = f"{found[-1].value} {content}".strip()
        else:
            problems.append(Problem(file, number, f"“{_short(content)}” isn't “Label: value”; is a colon missing?"))
            going_on = False
    problems += [
        Problem(file, one.line, f"“{one.label.capitalize()}” has nothing after its colon.")
        for one in found
        if not split_values(one.value) and one.label not in alone
    ]
    problems.sort(key=lambda problem: problem.line)
    return tuple(Line(one.label, one.value, one.line, one.column, split_values(one.value)) for one in found), tuple(
        problems,
    )


def split_values(value: str) -> tuple[str, ...]:
    """Split at `;`, but not inside closed double quotes; quotes round a part are dropped, closed or not."""
    parts = re.findall(r'(?:"[^"]*"|[^;])+', value) if value.count('"') % 2 == 0 else value.split(";")
    return tuple(part for part in map(_unquoted, parts) if part)


def canonical(word: str) -> str:
    """Write a label, role or class one way: lower-case, single spaces."""
    return " ".join(typewritten(word).casefold().split())


def typewritten(text: str) -> str:
    """Undo what word processors do to quotes, dashes and spaces, and drop what can't be seen."""
    text = unicodedata.normalize("NFC", text).translate(_TYPEWRITER)
    if text.isprintable():
        return text
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"})


def _text(data: bytes | str) -> str:
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    # Notepad's "Unicode" without its mark: every other byte of English text is zero.
    if data[1::2].count(0) > len(data) // 4:
        return data.decode("utf-16-le", errors="replace")
    if data[::2].count(0) > len(data) // 4:
        return data.decode("utf-16-be", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _rows(text: str) -> Iterator[str]:
    for row in re.split(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]", text):
        yield typewritten(row).rstrip()


def _opening(raw: str, number: int, alone: Collection[str]) -> _Open | None:
    """Return the line `raw` opens, or None when it can only go on with the one above."""
    head, colon, tail = raw.partition(":")
    label = canonical(head)
    if not colon:
        bare = label.rstrip(".")
        return _Open(bare, "", number, 1) if bare in alone else None
    indented = raw[0] == " "
    # "10:00 at the office" and "https://" go on with a value; "  If from: x" was only indented for looks.
    if not _LABEL.fullmatch(head.strip()) or len(label.split()) > MOST_LABEL_WORDS:
        return None
    if indented and tail and not tail.startswith(" "):
        return None
    return _Open(label, tail.strip(), number, len(head) + 2 + len(tail) - len(tail.lstrip()))


def _unquoted(part: str) -> str:
    part = part.strip().strip('"').strip()
    if len(part) > 1 and part[0] == part[-1] == "'":
        part = part[1:-1].strip()
    return part


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - about a line of a terminal
