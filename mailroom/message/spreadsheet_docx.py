"""Papers of Word (ISO 29500-1, 17) as far as they hold figures: each table as a sheet, the rest as prose."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from mailroom.message.spreadsheet import Book, Cell, Comment, Extra, Part, Sheet
from mailroom.message.spreadsheet_comments import word_comments
from mailroom.message.spreadsheet_package import Attributes, Package, properties
from mailroom.message.spreadsheet_sheet import finite

_CHANGED: Final = frozenset(["ins", "del", "moveFrom", "moveTo"])
_OFF: Final = frozenset(["0", "false", "off"])
_PARTS: Final[tuple[tuple[Extra, str, re.Pattern[str]], ...]] = (
    ("embedded file", "another file inside it", re.compile(r"word/(?:embeddings|activeX)/.+", re.IGNORECASE)),
    ("macros", "macros", re.compile(r".*vba(?:Project|Data)\.\w+", re.IGNORECASE)),
    ("picture", "a picture, which this check cannot read", re.compile(r"word/media/.+", re.IGNORECASE)),
    ("hidden chart", "a chart with values of its own", re.compile(r"word/charts/chart[^/]*\.xml", re.IGNORECASE)),
)
_MARGIN = re.compile(r"word/(?:header|footer|footnotes|endnotes)\d{0,3}\.xml", re.IGNORECASE)
_FIGURE = re.compile(r"-?(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,11})(?:\.\d{1,12})?")


@dataclass(slots=True)
class _Table:
    cells: list[Cell] = field(default_factory=list)
    row: int = -1
    column: int = -1
    width: int = 1
    text: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    whole: Package
    tables: list[_Table] = field(default_factory=list)
    open: list[_Table] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    changed: bool = False
    vanishes: bool = False
    hidden: bool = False
    in_run: bool = False
    within: bool = False

    def begin(self, tag: str, attributes: Attributes) -> None:
        """Note what an element opens."""
        if tag == "tbl":
            self.open.append(_Table())
            self.tables.append(self.open[-1])
        elif tag in _CHANGED:
            self.changed = True
        elif tag == "r":
            self.vanishes, self.in_run = False, True
        elif tag in ("vanish", "webHidden"):
            off = next((v for k, v in attributes.items() if k.endswith(" val")), "1") in _OFF
            self.vanishes = self.vanishes or (self.in_run and not off and tag == "vanish")
        elif tag in ("t", "delText"):
            self.within = True
        elif tag in ("tab", "br", "cr"):
            self.said(" ", always=True)
        elif self.open:
            self.in_table(self.open[-1], tag, attributes)

    def in_table(self, table: _Table, tag: str, attributes: Attributes) -> None:
        """Note rows and cells."""
        if tag == "tr":
            table.row, table.column = table.row + 1, -1
        elif tag == "tc":
            self.whole.cell()
            table.column += table.width
            table.width = 1
            table.text.clear()
        elif tag == "gridSpan":
            span = next((v for k, v in attributes.items() if k.endswith(" val")), "1")
            table.width = min(int(span), 100) if span.isascii() and span.isdecimal() and len(span) < 5 else 1  # noqa: PLR2004

    def end(self, tag: str) -> None:
        """Note what an element closes."""
        if tag in ("t", "delText"):
            self.within = False
        elif tag == "r":
            self.in_run = self.vanishes = False
        elif tag == "p":
            (self.open[-1].text if self.open else self.line).append("\n")
            if not self.open:
                self.close_line()
        elif tag == "tc" and self.open:
            table = self.open[-1]
            text = " ".join("".join(table.text).split())
            table.text.clear()
            if text:
                table.cells.append(_cell(table.row, table.column, text))
        elif tag == "tbl" and self.open:
            self.open.pop()

    def said(self, words: str, *, always: bool = False) -> None:
        """Note what stands in a paragraph."""
        if not (self.within or always):
            return
        self.hidden = self.hidden or (self.vanishes and bool(words.strip()))
        (self.open[-1].text if self.open else self.line).append(words)

    def close_line(self) -> None:
        """End a paragraph outside tables."""
        if text := " ".join("".join(self.line).split()):
            self.prose.append(text)
        self.line.clear()


def read(whole: Package) -> Book:
    """Read a letter or paper.

    Raises:
        Unsound: it is damaged or too large.

    """
    document = next((one.target for one in whole.relations("") if one.kind == "officeDocument"), "word/document.xml")
    reading = _Reading(whole)
    whole.walk(document, reading.begin, reading.end, reading.said)
    margins = [whole.words(name) for name in whole.names if _MARGIN.fullmatch(name)]
    sheets = [Sheet(f"table {number}", tuple(table.cells)) for number, table in enumerate(reading.tables, start=1)]
    notes: tuple[Comment, ...] = word_comments(whole)
    if notes:
        first = sheets[0] if sheets else Sheet("the text", ())
        sheets[:1] = [Sheet(first.name, first.cells, comments=notes)]
    return Book(
        "",
        "table",
        tuple(sheets),
        tuple(_parts(whole, reading)),
        properties(whole, ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml")),
        (*reading.prose, *(text for text in margins if text)),
        links=whole.links(),
    )


def _parts(whole: Package, reading: _Reading) -> Iterator[Part]:
    if reading.changed:
        yield Part("tracked changes", "tracked changes; accept them first")
    if reading.hidden:
        yield Part("hidden text", "text that is hidden")
    for kind, what, pattern in _PARTS:
        if any(pattern.fullmatch(name) for name in whole.names):
            yield Part(kind, what)


def _cell(row: int, column: int, text: str) -> Cell:
    if _FIGURE.fullmatch(text) and (number := finite(text.replace(",", ""))) is not None:
        return Cell(row, column, text, "figure", number)
    return Cell(row, column, text, "percentage" if re.fullmatch(r"[\d.]+\s?%", text) else "text")
