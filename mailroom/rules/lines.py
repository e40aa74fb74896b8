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
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice

from mailroom.errors import Problem, Problems

# A file of rules is a few pages. A megabyte is somebody's photograph, saved under the wrong name.
MOST_BYTES = 1_000_000

# A line is read aloud. A list of a thousand phrases is several lines.
MOST_CHARACTERS = 20_000

# Faults of one file that are told at once: whoever mends these sees the next.
MOST_FAULTS = 100

# Of a picture or a document of a word processor, one letter in ten can't be shown; of a text, hardly any.
_UNSHOWN = 0.02

# Words of a label; "If header X-Spam-Status contains" is five. Longer is prose that happens to hold a colon.
MOST_LABEL_WORDS = 8

_ALONE = frozenset({"stop", "then stop", "then do not index"})
_LABEL = re.compile(r"[^\W\d_][\w ./&'-]{0,80}")
_ROW_END = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffd]")

# What mail programs put before a line of a list or of an answer.
_BULLET = re.compile(r"^[\s>*\u2022-]{1,12}")

# A mail that fills in a form is a few pages; what lies below is somebody's pasted report.
_MOST_ROWS = 2000

# Beyond this a row is no line that a caret could be shown under.
_MOST_MAPPED = 2000

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
class Piece:
    """A part of a value that stands on one row of the file; `offset` is where it begins in the value."""

    offset: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Line:
    """One fact. `label` is lower-case with single spaces; `value` is as written, `values` its parts at `;`.

    `line` and `column` count from 1 and say where the value begins in the file; `label_column` where the label does.
    """

    label: str
    value: str
    line: int
    column: int
    values: tuple[str, ...]
    label_column: int = 1
    pieces: tuple[Piece, ...] = field(default=(), compare=False, repr=False)

    def spot(self, about: str = "") -> tuple[int, int]:
        """Return line and column of a word: of the value, on whichever row it stands, or else of the label."""
        wanted = about.casefold()
        if not wanted or wanted not in self.value.casefold():
            return self.line, self.label_column + max(0, self.label.find(wanted))
        folded = self.value.casefold()
        whole = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", folded)
        at = whole.start() if whole else folded.find(wanted)
        piece = next((one for one in reversed(self.pieces) if one.offset <= at), Piece(0, self.line, self.column))
        return piece.line, piece.column + at - piece.offset

    def problem(self, file: str, text: str, hint: str = "", about: str = "") -> Problem:
        """Say what is wrong with this line; `about` is the word of the value that the caret belongs under."""
        line, column = self.spot(about)
        return Problem(file, line, text, hint, column)


@dataclass(slots=True)
class _Open:
    """A line that may yet go on below."""

    label: str
    line: int
    column: int
    label_column: int
    parts: list[str]
    pieces: list[Piece]
    length: int = 0

    def go_on(self, content: str, line: int, column: int) -> None:
        """Add what stands on a row."""
        self.pieces.append(Piece(self.length, line, column))
        self.parts.append(content)
        self.length += len(content) + 1

    def closed(self) -> Line:
        """Return the whole line."""
        value = " ".join(self.parts)
        values = split_values(value)
        return Line(self.label, value, self.line, self.column, values, self.label_column, tuple(self.pieces))


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
    openers: Collection[str] = (),
    stray: str = "isn't “Label: value”; is a colon missing?",
) -> tuple[tuple[Line, ...], tuple[Problem, ...]]:
    """Read what can be read of `data`, and say what could not.

    `openers` are words that labels of such a file begin with: a row that begins with one never goes on with the
    value above, it has lost its colon. `stray` is what is said of a row that is no labelled line.
    """
    if len(data) > MOST_BYTES:
        return (), (Problem(file, 0, "is over a megabyte, so it can't be a file of labelled lines."),)
    text = decoded(data)
    if _is_no_text(text):
        return (), (Problem(file, 0, "isn't plain text. Save it as text, in Notepad for one, or take it away."),)
    found: list[_Open] = []
    problems: list[Problem] = []
    going_on = False
    for number, (raw, row) in enumerate(_rows(text), start=1):
        content = row.strip()
        if not content or content.startswith("#"):
            going_on = going_on and bool(content)
            continue
        if (opened := _opening(raw, row, number, alone)) is not None:
            found.append(opened)
            going_on = True
            continue
        column = _column(raw, row, len(row) - len(row.lstrip()))
        going_on = going_on and _goes_on(found[-1], row) and canonical(content).partition(" ")[0] not in openers
        if going_on:
            found[-1].go_on(content, number, column)
        elif len(problems) == MOST_FAULTS:
            problems.append(Problem(file, 0, f"{MOST_FAULTS} faults are shown; there may be more below them."))
            break
        else:
            problems.append(Problem(file, number, f"“{_short(content)}” {stray}", "", column))
    lines = tuple(one.closed() for one in found)
    problems += _valueless(lines, file, alone)
    return lines, tuple(sorted(problems, key=lambda problem: problem.line))


def _valueless(lines: tuple[Line, ...], file: str, alone: Collection[str]) -> Iterator[Problem]:
    """Find lines whose value is none, or none that a person could have meant."""
    for line in lines:
        name = line.label.capitalize()
        if not line.values and line.label not in alone:
            yield line.problem(file, f"“{name}” has nothing after its colon.")
        elif ";" in line.value and line.value.count('"') % 2 and line.value.count('"') > 1:
            yield Problem(file, line.line, f"a quote in “{name}” is not closed.", "", line.column)
        elif len(line.value) > MOST_CHARACTERS:
            text = f"“{name}” goes on for over {MOST_CHARACTERS // 1000},000 characters; make several lines of it."
            yield line.problem(file, text)


def read_answers(text: str, is_label: Callable[[str], bool]) -> tuple[Line, ...]:
    """Read the labelled lines in a mail's own words: only what `is_label` says opens one.

    Everything else in the mail is prose, and no fault. An answer goes on to the next empty row, and may begin on the
    row below its label, as mail programs and people put it.
    """
    found: list[_Open] = []
    going_on = False
    for number, (raw, row) in enumerate(islice(_rows(text[:MOST_BYTES]), _MOST_ROWS), start=1):
        bare = _BULLET.sub("", row)
        opened = _opening(raw, bare, number, ())
        if opened is not None and is_label(opened.label):
            found.append(opened)
            going_on = True
        elif not bare.strip():
            # An empty row ends an answer, but not one that has yet to begin.
            going_on = going_on and not found[-1].parts
        elif going_on:
            found[-1].go_on(bare.strip(), number, _column(raw, row, len(row) - len(row.lstrip())))
    return tuple(one.closed() for one in found)


def rows(text: str) -> list[str]:
    """Return the rows of a file's text as they stand in it: the lines that faults count."""
    return _ROW_END.split(text)


def split_values(value: str) -> tuple[str, ...]:
    """Split at `;`, but not inside closed double quotes; quotes round a part are dropped, closed or not."""
    parts = re.findall(r'(?:"[^"]*"|[^;])+', value) if value.count('"') % 2 == 0 else value.split(";")
    return tuple(part for part in map(_unquoted, parts) if part)


def canonical(word: str) -> str:
    """Write a label, role or class one way: lower-case, single spaces."""
    return " ".join(typewritten(word).casefold().split())


def is_label(text: str) -> bool:
    """Tell whether a mail's line can begin with this: a few words, of which the first begins with a letter."""
    return _LABEL.fullmatch(text) is not None and len(text.split()) <= MOST_LABEL_WORDS


def typewritten(text: str) -> str:
    """Undo what word processors do to quotes, dashes and spaces, and drop what can't be seen."""
    text = unicodedata.normalize("NFC", text).translate(_TYPEWRITER)
    if text.isprintable():
        return text
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co"})


def decoded(data: bytes | str) -> str:
    """Return the text of a file, in whichever of its encodings Notepad or Word saved it."""
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


def _is_no_text(text: str) -> bool:
    unshown = len(_CONTROL.findall(text))
    return unshown > _UNSHOWN * len(text) and unshown > 1


def _rows(text: str) -> Iterator[tuple[str, str]]:
    """Return each row as it is and as a typewriter would have it."""
    for row in rows(text):
        yield row, typewritten(row).rstrip()


def _column(raw: str, row: str, at: int) -> int:
    """Return the column, in the row as it is, of a place in the typewritten row."""
    if len(raw.rstrip()) == len(row) or len(raw) > _MOST_MAPPED:
        return at + 1
    left = at
    for column, char in enumerate(raw, start=1):
        width = 0 if unicodedata.combining(char) else len(typewritten(char))
        if left < width:
            return column
        left -= width
    return len(raw) + 1


def _goes_on(above: _Open, row: str) -> bool:
    return row[0] == " " or (bool(above.parts) and above.parts[-1].endswith((";", ",")))


def _opening(raw: str, row: str, number: int, alone: Collection[str]) -> _Open | None:
    """Return the line that `row` opens, or None when it can only go on with the one above."""
    head, colon, tail = row.partition(":")
    label = canonical(head)
    start = _column(raw, row, len(row) - len(row.lstrip()))
    if not colon:
        bare = label.rstrip(".")
        return _Open(bare, number, start, start, [], []) if bare in alone else None
    indented = row[0] == " "
    # "10:00 at the office" and "https://" go on with a value; "  If from: x" was only indented for looks.
    if not is_label(head.strip()):
        return None
    if indented and tail and not tail.startswith(" "):
        return None
    value = tail.strip()
    column = _column(raw, row, len(head) + 1 + len(tail) - len(tail.lstrip()))
    opened = _Open(label, number, column, start, [], [])
    if value:
        opened.go_on(value, number, column)
    return opened


def _unquoted(part: str) -> str:
    part = part.strip().strip('"').strip()
    if len(part) > 1 and part[0] == part[-1] == "'":
        part = part[1:-1].strip()
    return part


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - about a line of a terminal
