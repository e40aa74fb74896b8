"""Workbooks of LibreOffice (OpenDocument 1.3, part 3): what spreadsheet_xlsx.py is for Excel's.

One part holds everything. Rows and cells that repeat are written once with a number, so a page of it may stand for
a million cells: they are counted before they are made.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from mailroom.message.spreadsheet import Book, Cell, Comment, Form, Hiding, Part, Sheet, Unsound, place
from mailroom.message.spreadsheet_package import DAMAGED, Attributes, Package, local, properties
from mailroom.message.spreadsheet_sheet import finite

_FORMS: Final[dict[str, Form]] = {
    "float": "figure", "percentage": "percentage", "currency": "amount", "date": "date", "time": "date",
}  # fmt: skip
_HIDDEN: Final = frozenset(["collapse", "filter"])
_FILES = re.compile(r"(?:Object|ObjectReplacements)[ /].*", re.IGNORECASE)
_MACROS = re.compile(r"(?:Basic|Scripts)/.+\.(?:xml|py|js|bsh)", re.IGNORECASE)
_MOST_REPEATED = 1 << 20


@dataclass(slots=True)
class _Open:
    """The sheet at hand."""

    name: str
    hidden: Hiding
    cells: list[Cell] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    columns: list[tuple[int, int]] = field(default_factory=list)
    column: int = 0


@dataclass(slots=True)
class _Reading:
    whole: Package
    hidden_styles: set[str] = field(default_factory=set)
    sheets: list[Sheet] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    sheet: _Open | None = None
    style: str = ""
    row: int = -1
    rows: int = 1
    row_hidden: bool = False
    row_cells: list[tuple[int, int, Attributes, str]] = field(default_factory=list)
    column: int = 0
    cell: Attributes | None = None
    text: list[str] = field(default_factory=list)
    note: list[str] | None = None

    def begin(self, tag: str, attributes: Attributes) -> None:
        """Note what an element opens."""
        if tag == "style":
            self.style = local(attributes, "name")
        elif tag == "table-properties" and local(attributes, "display") == "false":
            self.hidden_styles.add(self.style)
        elif tag == "tracked-changes":
            self.parts.append(Part("tracked changes", "a history of changes"))
        elif tag == "table" and self.sheet is None:
            hidden: Hiding = "hidden" if local(attributes, "style-name") in self.hidden_styles else ""
            self.sheet = _Open(local(attributes, "name"), hidden)
            self.row = -1
        elif self.sheet is not None:
            self.within(self.sheet, tag, attributes)

    def within(self, sheet: _Open, tag: str, attributes: Attributes) -> None:
        """Note what stands in a sheet."""
        hidden = local(attributes, "visibility") in _HIDDEN
        if tag == "table-column":
            last = sheet.column + _repeated(attributes, "number-columns-repeated")
            if hidden:
                sheet.columns.append((sheet.column, last - 1))
            sheet.column = last
        elif tag == "table-row":
            self.row += 1
            self.rows, self.row_hidden, self.column = _repeated(attributes, "number-rows-repeated"), hidden, 0
            self.row_cells.clear()
        elif tag in ("table-cell", "covered-table-cell"):
            self.whole.cell()
            self.cell = attributes
            self.text.clear()
        elif tag == "annotation":
            self.note = []
        elif tag == "p" and self.text:
            self.text.append(" ")
        elif tag in ("database-range", "external-data", "table-source"):
            self.parts.append(Part("external link", "a link to data elsewhere"))

    def end(self, tag: str) -> None:
        """Note what an element closes."""
        if self.sheet is None:
            return
        if tag == "annotation" and self.note is not None:
            at = place(max(self.row, 0), self.column)
            self.sheet.comments.append(Comment(at, " ".join(" ".join(self.note).split())))
            self.note = None
        elif tag in ("table-cell", "covered-table-cell") and self.cell is not None:
            times = _repeated(self.cell, "number-columns-repeated")
            written = "".join(self.text).strip()
            if written or local(self.cell, "value") or local(self.cell, "formula"):
                self.row_cells.append((self.column, times, self.cell, written))
            self.column += times
            self.cell = None
        elif tag == "table-row":
            self.close_row(self.sheet)
        elif tag == "table":
            one = self.sheet
            cells = sorted(one.cells, key=lambda cell: (cell.row, cell.column))
            self.sheets.append(Sheet(one.name, tuple(cells), one.hidden, tuple(one.comments)))
            self.sheet = None

    def said(self, words: str) -> None:
        """Note what stands in a cell or a comment."""
        if self.note is not None:
            self.note.append(words)
        elif self.cell is not None:
            self.text.append(words)

    def close_row(self, sheet: _Open) -> None:
        """Make the cells of a row, as often as it stands there."""
        for _ in range(self.rows if self.row_cells else 0):
            for first, times, attributes, written in self.row_cells:
                for column in range(first, first + times):
                    self.whole.cell()
                    shown = not self.row_hidden and not any(a <= column <= b for a, b in sheet.columns)
                    sheet.cells.append(_cell(self.row, column, attributes, written, shown=shown))
            self.row += 1
        self.row += -1 if self.row_cells else self.rows - 1


def read(whole: Package) -> Book:
    """Read a workbook.

    Raises:
        Unsound: it is encrypted, damaged or too large.

    """
    if whole.has("META-INF/manifest.xml"):
        sealed: list[bool] = []
        whole.walk("META-INF/manifest.xml", lambda tag, _: sealed.append(tag == "encryption-data"))
        if any(sealed):
            raise Unsound("is encrypted")
    reading = _Reading(whole)
    whole.walk("content.xml", reading.begin, reading.end, reading.said)
    if not reading.sheets:
        raise Unsound(DAMAGED)
    parts = tuple(dict.fromkeys((*reading.parts, *_carried(whole))))
    return Book("", sheets=tuple(reading.sheets), parts=parts, properties=properties(whole, ("meta.xml",)))


def _carried(whole: Package) -> Iterator[Part]:
    if any(_FILES.fullmatch(name) for name in whole.names):
        yield Part("embedded file", "another file inside it")
    if any(_MACROS.fullmatch(name) for name in whole.names):
        yield Part("macros", "macros")
    if any(name.casefold().startswith(("pictures/", "media/")) for name in whole.names):
        yield Part("picture", "a picture, which this check cannot read")


def _cell(row: int, column: int, attributes: Attributes, written: str, *, shown: bool) -> Cell:
    form = _FORMS.get(local(attributes, "value-type"), "text")
    number = finite(local(attributes, "value")) if form == "figure" else None
    if form == "figure" and number is None:
        form = "text"
    text = written or local(attributes, "value") or local(attributes, "date-value")
    if form == "date":
        text = local(attributes, "date-value") or text
    formula = bool(local(attributes, "formula"))
    return Cell(row, column, text, form, number, shown, formula, unknown=formula and not text)


def _repeated(attributes: Attributes, name: str) -> int:
    written = local(attributes, name)
    times = int(written) if written.isascii() and written.isdecimal() and len(written) < 9 else 1  # noqa: PLR2004
    return max(1, min(times, _MOST_REPEATED))
