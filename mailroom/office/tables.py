"""The office's spreadsheets: a .csv file, in any of the forms Excel saves one, as rows of named values.

Read: UTF-8 with or without BOM, UTF-16, Windows-1252; comma, semicolon or tab between columns; a
first line `sep=;`; any line end; quoted values; trailing empty columns and empty rows. A column may
stand anywhere, in capitals or with spaces. What cannot be read is a `Problem` with its line, and
every fault of a file is found at once.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from mailroom.errors import Problem

SEPARATORS = (",", ";", "\t")
BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
MAX_BYTES = 4 << 20
"""An office's list has some hundred lines; a file this large is something else."""
YEARS = range(1900, 2200)

_NEVER_CLOSED = "unexpected end of data"


@dataclass(frozen=True, slots=True)
class Layout:
    """What a table may hold: every column's name, and those that must not be missing."""

    columns: tuple[str, ...]
    needed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; `values` has the columns of the file, and only those, stripped."""

    line: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """Return a value, "" where the column is empty or not in the file."""
        return self.values.get(column, "")


@dataclass(slots=True)
class Faults:
    """The problems of one file, gathered so that they can be told all at once."""

    file: str
    found: list[Problem] = field(default_factory=list)

    def add(self, line: int, text: str, hint: str = "") -> None:
        """Note a fault; line 0 is the whole file."""
        self.found.append(Problem(self.file, line, text, hint))


def nearest(word: str, valid: Sequence[str]) -> str:
    """Return the valid word most like this one, "" when none is near."""
    folded = {name.casefold(): name for name in valid}
    close = get_close_matches(word.casefold(), folded, n=1)
    return folded[close[0]] if close else ""


def canonical(words: str) -> str:
    """Fold a role, kind or stage to the form the office stores: `Chief Inspector` is chief_inspector."""
    return re.sub(r"[\W_]+", "_", words.casefold()).strip("_")


def several(value: str) -> tuple[str, ...]:
    """Split what stands between semicolons; empty pieces and repetitions are dropped."""
    return tuple(dict.fromkeys(piece.strip() for piece in value.split(";") if piece.strip()))


def day(value: str) -> str:
    """Return a date as 2027-01-31. Raises ValueError for anything but that form and 31/01/2027."""
    text = re.sub(r"[ T]00:00(:00)?$", "", value.strip())
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        year, month, number = map(int, found.groups())
    elif found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        number, month, year = map(int, found.groups())
    else:
        raise ValueError(value)
    if year not in YEARS:
        raise ValueError(value)
    return date(year, month, number).isoformat()


def read(data: bytes, layout: Layout, faults: Faults) -> list[Row]:
    """Return the rows of a table; what is wrong with its form is added to `faults`."""
    text = _decode(data, faults)
    if text is None:
        return []
    records = _records(text, layout, faults)
    if not records:
        faults.add(0, f"the file is empty. Expected a first line with the columns {', '.join(layout.needed)}")
        return []
    header, *rest = records
    names = _header(header[0], header[1], layout, faults)
    return [row for line, cells in rest if (row := _row(line, cells, names, faults)) is not None]


def _decode(data: bytes, faults: Faults) -> str | None:
    if len(data) > MAX_BYTES:
        faults.add(0, f"the file has more than {MAX_BYTES >> 20} MiB. Expected a list saved as CSV")
        return None
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        faults.add(0, "this is an Excel workbook. Save it as “CSV UTF-8” and import that file")
        return None
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    if data[1:2] == b"\0":
        return data.decode("utf-16-le", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # What Excel on Windows calls plain "CSV". It has five unused bytes, which are no reason to stop.
        return data.decode("cp1252", errors="replace")


def _records(text: str, layout: Layout, faults: Faults) -> list[tuple[int, list[str]]]:
    """Return (line, cells) of every record that is not empty."""
    lines = re.split(r"(?<=\n)", re.sub(r"\r\n?", "\n", text))
    told = re.fullmatch(r"\ufeff?\"?sep=(.)\"?\s*", lines[0], re.IGNORECASE)
    skipped = 1 if told else 0
    separator = told[1] if told else _separator(lines, layout)
    reader = csv.reader(lines[skipped:], delimiter=separator, strict=True)
    records: list[tuple[int, list[str]]] = []
    line = skipped + 1
    while True:
        try:
            cells = [_clean(cell) for cell in next(reader)]
        except StopIteration:
            return records
        except csv.Error as error:
            # The reader's place in the file is lost: anything told of later lines could be wrong.
            never = str(error) == _NEVER_CLOSED
            what = "is opened here and never closed" if never else "inside a quoted value has to be doubled"
            faults.add(line, f"a quotation mark {what}")
            return records
        if any(cells):
            records.append((line, cells))
        line = skipped + reader.line_num + 1


def _clean(cell: str) -> str:
    """Keep words and single spaces: a line break in a name would end up in a header."""
    return " ".join("".join(char for char in cell if char.isprintable() or char.isspace()).split())


def _separator(lines: Sequence[str], layout: Layout) -> str:
    """Return the separator under which the first written line names the most columns."""
    first = next((line for line in lines if line.strip()), "")

    def named(separator: str) -> int:
        return sum(_column(cell) in layout.columns for cell in first.split(separator))

    return max(SEPARATORS, key=lambda separator: (named(separator), first.count(separator)))


def _column(cell: str) -> str:
    return canonical(cell.strip().strip('"\ufeff'))


def _header(line: int, cells: Sequence[str], layout: Layout, faults: Faults) -> list[str]:
    names: list[str] = []
    for cell in cells:
        name = _column(cell)
        if name in names and name:
            faults.add(line, f"the column “{cell}” stands there twice. Expected each column once")
        elif cell and name not in layout.columns:
            faults.add(
                line,
                f"there is no column “{cell}”. Expected {', '.join(layout.columns)}.",
                nearest(name, layout.columns),
            )
        names.append(name)
    unknown = [name for name in names if name and name not in layout.columns]
    for name in layout.needed:
        if name not in names and not any(nearest(other, layout.columns) == name for other in unknown):
            faults.add(line, f"the column “{name}” is missing. Expected the columns {', '.join(layout.needed)}")
    return names


def _row(line: int, cells: Sequence[str], names: Sequence[str], faults: Faults) -> Row | None:
    beyond = [cell for n, cell in enumerate(cells) if cell and (n >= len(names) or not names[n])]
    if beyond:
        faults.add(line, f"“{beyond[0]}” stands under no column. Expected {len([n for n in names if n])} values")
        return None
    return Row(line, {name: cell for name, cell in zip(names, cells, strict=False) if name})
