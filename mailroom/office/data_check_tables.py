"""Where the tables are on a sheet, and what in them is a heading, a label and a figure.

A table is a block of cells with empty rows and columns around it. What stands alone above or below it is a title or
a note. The first rows without figures are its headings, the first columns without figures its labels.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from mailroom.message.spreadsheet import Cell, Sheet, place

_MOST_HEADINGS: Final = 4
_YEARS: Final = range(1900, 2101)
# “1, 2, 3” across the top or down the side are months, hours or ranks; two or three in a row may be figures.
_LEAST_RUN: Final = 4


@dataclass(frozen=True, slots=True)
class Table:
    """One block of cells. `rows` are the rows of its body; `heads` is what stands above each column, in small letters.

    `labels` are the columns before the first figures, `ordinal` those of them that number the rows: months, years.
    `headings` are the places of what stands above the body.
    """

    sheet: Sheet
    cells: dict[tuple[int, int], Cell]
    columns: tuple[int, ...]
    rows: tuple[int, ...]
    heads: dict[int, str]
    labels: frozenset[int]
    ordinal: frozenset[int]
    headings: frozenset[tuple[int, int]]

    def column(self, column: int) -> list[Cell]:
        """Return what a column of the body holds."""
        return [self.cells[row, column] for row in self.rows if (row, column) in self.cells]

    def label(self, row: int) -> str:
        """Return what stands beside a row, in small letters."""
        held = (self.cells.get((row, column)) for column in sorted(self.labels))
        return " ".join(cell.text.casefold() for cell in held if cell is not None)


def tables(sheet: Sheet) -> list[Table]:
    """Find the tables of a sheet; lone cells and lines of words are none."""
    return [table for block in _blocks(sheet.cells) if (table := _table(sheet, block)) is not None]


def has_figures(table: Table) -> bool:
    """Tell whether a table counts anything; a page of sentences does not."""
    return any(is_count(cell) is not None or cell.number is not None for cell in table.cells.values())


def span(cells: Iterable[Cell]) -> str:
    """Write the smallest range that holds all these cells, such as "A2:G61"."""
    places = [(cell.row, cell.column) for cell in cells]
    first = place(min(row for row, _ in places), min(column for _, column in places))
    last = place(max(row for row, _ in places), max(column for _, column in places))
    return first if first == last else f"{first}:{last}"


def listed(cells: Sequence[Cell], most: int = 12) -> str:
    """Write the places of some cells: "C3, E4:F4", and how many more there are."""
    found: list[str] = []
    for _, row in groupby(sorted(cells, key=_order), key=lambda cell: cell.row):
        run: list[Cell] = []
        for cell in row:
            if run and cell.column != run[-1].column + 1:
                found.append(span(run))
                run = []
            run.append(cell)
        found.append(span(run))
    if len(found) <= most:
        return ", ".join(found)
    return ", ".join(found[:most]) + f" and {len(found) - most} more"


def _order(cell: Cell) -> tuple[int, int]:
    return cell.row, cell.column


def _blocks(cells: Sequence[Cell]) -> Iterator[list[Cell]]:
    held = [cell for cell in cells if cell.text or cell.unknown]
    for rows in _split(held, lambda cell: cell.row):
        yield from _split(rows, lambda cell: cell.column)


def _split(cells: list[Cell], by: Callable[[Cell], int]) -> Iterator[list[Cell]]:
    """Part cells where a whole row or column is empty between them."""
    numbers = sorted({by(cell) for cell in cells})
    gaps = {after for before, after in pairwise(numbers) if after - before > 1}
    block: dict[int, int] = {}
    part = 0
    for number in numbers:
        part += number in gaps
        block[number] = part
    parts: list[list[Cell]] = [[] for _ in range(part + 1)]
    for cell in cells:
        parts[block[by(cell)]].append(cell)
    yield from (one for one in parts if one)


def _table(sheet: Sheet, block: list[Cell]) -> Table | None:
    cells = {(cell.row, cell.column): cell for cell in block}
    rows = [list(row) for _, row in groupby(sorted(block, key=_order), key=lambda cell: cell.row)]
    columns = tuple(sorted({cell.column for cell in block}))
    if len(columns) > 1:
        while rows and len(rows[0]) == 1 and rows[0][0].form == "text":
            rows.pop(0)
        while rows and len(rows[-1]) == 1 and rows[-1][0].form == "text":
            rows.pop()
    count = _headings(rows)
    body = rows[count:]
    if not body:
        return None
    heads = {
        column: " ".join(cell.text.casefold() for row in rows[:count] for cell in row if cell.column == column)
        for column in columns
    }
    numbers = tuple(row[0].row for row in body)
    inside = set(numbers)
    kept = {at: cell for at, cell in cells.items() if at[0] in inside}
    headings = frozenset((cell.row, cell.column) for row in rows[:count] for cell in row)
    return Table(sheet, kept, columns, numbers, heads, *_labels(kept, columns, heads), headings)


def _headings(rows: list[list[Cell]]) -> int:
    """Count the rows at the top that are headings: those before the first figure that is one."""
    count = 0
    for row in rows[:_MOST_HEADINGS]:
        figures = [number for cell in row if (number := is_count(cell)) is not None]
        named = all(one in _YEARS for one in figures) or (count == 0 and _is_run(figures))
        # “Under 18” is a heading where it comes first, and a figure left out where it comes below one.
        if (figures and not named) or (count > 0 and any(is_masked(cell) or is_spelt(cell) for cell in row)):
            break
        count += 1
    has_figures = any(is_count(cell) is not None for row in rows[count:] for cell in row)
    # Without figures below there is nothing to tell where headings end: it is the first row.
    return count if has_figures else min(1, len(rows))


def _labels(
    cells: dict[tuple[int, int], Cell], columns: tuple[int, ...], heads: dict[int, str]
) -> tuple[frozenset[int], frozenset[int]]:
    """Find the columns on the left that say what a row is, and those of them that say it in numbers."""
    found: set[int] = set()
    ordinal: set[int] = set()
    for column in columns[:-1]:
        held = sorted((cell for at, cell in cells.items() if at[1] == column), key=_order)
        figures = [number for cell in held if (number := is_count(cell)) is not None]
        first = column == columns[0]
        head = heads[column].strip()
        if figures and (_LABELS.fullmatch(head) or (first and (_AREAS.fullmatch(head) or _numbers_rows(figures)))):
            ordinal.add(column)
        elif sum(map(_is_value, held)) * 2 >= (len(held) if first else 1):
            break
        found.add(column)
    return frozenset(found), frozenset(ordinal)


def _numbers_rows(figures: list[int]) -> bool:
    return _is_run(figures) or all(one in _YEARS for one in figures)


_LABELS = re.compile(
    r"(?:month|year|week|quarter|day|hour|period|date|rank|row|#)(?: (?:number|no\.?|beginning|ending))?"
)
SPELT: Final = frozenset(["nil", "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
_AREAS = re.compile(
    r"(?:district|zone|ward|sector|beat|area|platform|line|band|level|decile|age)(?: (?:number|no\.?))?"
)
_MASK = re.compile(
    r"[*†#~xc:.–—-]{1,3}|\[[a-z]\]|…|suppressed|withheld|redacted|s|not shown"
    r"|(?:<|≤|under|less than|fewer than|up to)\s?(?P<limit>\d{1,4})",
    re.IGNORECASE,
)
_AS_TEXT = re.compile(r"(\d{1,3}(?:,\d{3})+|[1-9]\d{0,8}|0)(?:\s?[*†‡¹²³]|\s?\[\w\]|\s*\(\s*\d[\d.,]*\s*%?\s*\))?")


def is_count(cell: Cell) -> int | None:
    """Return the whole number a cell shows, or None: also where it was written as words, as in “3 (2.1%)”."""
    if cell.number is not None:
        return int(cell.number) if cell.number == int(cell.number) and cell.number >= 0 else None
    if cell.form == "text" and (match := _AS_TEXT.fullmatch(cell.text.strip())):
        return int(match[1].replace(",", ""))
    return None


def is_masked(cell: Cell) -> bool:
    """Tell whether a figure was left out here on purpose."""
    return cell.form == "text" and is_count(cell) is None and _MASK.fullmatch(cell.text.strip()) is not None


def is_spelt(cell: Cell) -> bool:
    """Tell whether a figure under ten was written out."""
    return cell.form == "text" and cell.text.casefold().strip() in SPELT


def _is_value(cell: Cell) -> bool:
    return is_count(cell) is not None or is_masked(cell) or is_spelt(cell)


def limit(cell: Cell) -> int | None:
    """Return the number a figure left out is under, where the cell says so: 5 for “<5”."""
    match = _MASK.fullmatch(cell.text.strip()) if cell.form == "text" else None
    return int(match["limit"]) if match is not None and match["limit"] is not None else None


def _is_run(figures: Sequence[int]) -> bool:
    first = figures[0] if figures else None
    if first not in (0, 1) or len(figures) < _LEAST_RUN:
        return False
    return list(figures) == list(range(first, first + len(figures)))
