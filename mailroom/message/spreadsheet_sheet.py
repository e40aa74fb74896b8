"""One sheet of a workbook (ISO 29500-1, 18.3): its cells, which of them are out of sight, and its page margins."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from mailroom.message.spreadsheet import Cell, Comment, Form, Hiding, Sheet
from mailroom.message.spreadsheet_formats import Format, day, form_of
from mailroom.message.spreadsheet_package import Attributes, Package

_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_ADDRESS = re.compile(r"\w{2,10}://[^\s\"'<>]{1,200}|mailto:[^\s\"'<>]{1,200}", re.IGNORECASE)
_MARGINS: Final = frozenset(["oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter"])
# &L, &C, &R part a margin in three; &"Arial,Bold", &12 and &P are no words of it.
_MARGIN_PART = re.compile(r"&[LCR]")
_MARGIN_CODE = re.compile(r"&\"[^\"]*\"|&K[0-9A-Fa-f+\-.]{5,8}|&\d{1,3}|&[A-Za-z]")
_YES: Final = frozenset(["1", "true"])


@dataclass(slots=True)
class Shared:
    """What the sheets of a workbook share: texts that cells refer to by number, which of them none did, and links."""

    texts: list[str]
    used: set[int] = field(default_factory=set)
    links: list[str] = field(default_factory=list)

    def text(self, number: str) -> str:
        """Return a text by its number, or "" where there is none."""
        if not (number.isascii() and number.isdecimal()) or len(number) > len(str(len(self.texts))):
            return ""
        place = int(number)
        self.used.add(place)
        return self.texts[place] if place < len(self.texts) else ""

    def unused(self) -> tuple[str, ...]:
        """Return the texts that stand in no cell."""
        return tuple(text for place, text in enumerate(self.texts) if place not in self.used and text.strip())


@dataclass(slots=True)
class _Reading:
    whole: Package
    shared: Shared
    styles: tuple[Format, ...]
    cells: list[Cell] = field(default_factory=list)
    columns: list[tuple[int, int]] = field(default_factory=list)
    margins: list[str] = field(default_factory=list)
    row: int = -1
    column: int = -1
    row_hidden: bool = False
    rows_hidden: bool = False
    kind: str = "n"
    style: int = 0
    formula: bool = False
    into: str = ""
    value: list[str] = field(default_factory=list)
    phonetic: bool = False

    def begin(self, tag: str, attributes: Attributes) -> None:
        """Note what an element opens."""
        if (opened := _OPENS.get(tag)) is not None:
            opened(self, attributes)
        elif tag == "v" or tag in _MARGINS:
            self.into = tag
        elif tag == "t":
            self.into = "" if self.phonetic else "t"
        elif tag == "f":
            self.formula, self.into = True, "f"
        elif tag == "rPh":
            self.phonetic = True

    def end(self, tag: str) -> None:
        """Note what an element closes."""
        if tag == "c":
            self.close_cell()
        elif tag == "f":
            self.shared.links += _ADDRESS.findall("".join(self.value))
            self.value.clear()
        elif tag == "rPh":
            self.phonetic = False
        elif tag in _MARGINS:
            self.margins += _margins("".join(self.value))
            self.value.clear()
        self.into = ""

    def said(self, words: str) -> None:
        """Note what stands in a cell or a margin."""
        if self.into:
            self.value.append(words)

    def open_sheet(self, attributes: Attributes) -> None:
        """Rows may be hidden unless they say otherwise."""
        self.rows_hidden = attributes.get("zeroHeight", "0") in _YES

    def open_columns(self, attributes: Attributes) -> None:
        """Note columns that are hidden, or have no width."""
        if attributes.get("hidden", "0") in _YES or _is_nothing(attributes.get("width", "")):
            first, last = _whole(attributes.get("min", "")), _whole(attributes.get("max", ""))
            self.columns.append((first - 1, last - 1))

    def open_row(self, attributes: Attributes) -> None:
        """A row without a number follows the one before."""
        number = _whole(attributes.get("r", ""))
        self.row = number - 1 if number else self.row + 1
        self.column = -1
        hidden = attributes.get("hidden", "1" if self.rows_hidden else "0") in _YES
        self.row_hidden = hidden or _is_nothing(attributes.get("ht", ""))

    def open_cell(self, attributes: Attributes) -> None:
        """A cell without a place follows the one before."""
        self.whole.cell()
        if match := _PLACE.fullmatch(attributes.get("r", "")):
            self.column = _number(match[1])
        else:
            self.column += 1
        self.kind = attributes.get("t", "n")
        self.style = _whole(attributes.get("s", ""))
        self.formula = False
        self.value.clear()

    def close_cell(self) -> None:
        """Make a value of what stood in the cell."""
        text = "".join(self.value)
        self.value.clear()
        if not text.strip():
            if self.formula:
                self.cells.append(self.made("", "text", None, unknown=True))
            return
        if self.kind == "s":
            text = self.shared.text(text.strip())
        elif self.kind == "b":
            text = "yes" if text.strip() == "1" else "no"
        if self.kind in ("n", "") and (number := finite(text)) is not None:
            form = form_of(self.style_format())
            self.cells.append(self.made(day(number) if form == "date" else text.strip(), form, number))
        elif self.kind == "d":
            self.cells.append(self.made(text.strip(), "date", None))
        elif text.strip():
            self.cells.append(self.made(text.strip(), "text", None))

    def made(self, text: str, form: Form, number: float | None, *, unknown: bool = False) -> Cell:
        """Return the cell at hand."""
        kept = number if form == "figure" else None
        shown = not self.row_hidden and (self.style_format() != "hidden" or self.kind == "s")
        return Cell(self.row, self.column, text, form, kept, shown, self.formula, unknown)

    def style_format(self) -> Format:
        """Return what the cell's style makes of a number."""
        return self.styles[self.style] if self.style < len(self.styles) else "figure"


_OPENS: Final[dict[str, Callable[[_Reading, Attributes], None]]] = {
    "c": _Reading.open_cell,
    "row": _Reading.open_row,
    "col": _Reading.open_columns,
    "sheetFormatPr": _Reading.open_sheet,
}


def read_sheet(
    whole: Package,
    part: str,
    name: str,
    hidden: Hiding,
    shared: Shared,
    styles: tuple[Format, ...],
    notes: tuple[Comment, ...],
) -> Sheet:
    """Read one sheet; a chart that has a sheet to itself has no cells.

    Raises:
        Unsound: it is damaged or too large.

    """
    reading = _Reading(whole, shared, styles)
    whole.walk(part, reading.begin, reading.end, reading.said)
    cells = reading.cells
    if reading.columns:
        cells = [_in_columns(cell, reading.columns) for cell in cells]
    return Sheet(name, tuple(sorted(cells, key=_order)), hidden, notes, tuple(reading.margins))


def finite(text: str) -> float | None:
    """Return the number a text is, or None; what Python reads as one and people do not is none."""
    if "_" in text:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _order(cell: Cell) -> tuple[int, int]:
    return cell.row, cell.column


def _in_columns(cell: Cell, columns: list[tuple[int, int]]) -> Cell:
    if not cell.shown or not any(first <= cell.column <= last for first, last in columns):
        return cell
    return Cell(
        cell.row, cell.column, cell.text, cell.form, cell.number, shown=False, formula=cell.formula,
        unknown=cell.unknown,
    )  # fmt: skip


def _margins(written: str) -> list[str]:
    parts = (_MARGIN_CODE.sub("", part).strip() for part in _MARGIN_PART.split(written))
    return [part for part in parts if part]


def _number(column: str) -> int:
    found = 0
    for letter in column.upper():
        found = found * 26 + ord(letter) - ord("A") + 1
    return found - 1


def _whole(written: str) -> int:
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 8 else 0  # noqa: PLR2004


def _is_nothing(measure: str) -> bool:
    return bool(measure) and finite(measure) == 0
