"""Small cells: figures under the threshold, and those left out that can be worked out from a total.

Zero counts as small (domain, section E4). Rates, averages, ages, years and shares are no counts of people.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailroom.message.spreadsheet import Cell
from mailroom.office.data_check_tables import SPELT, Table, is_count, is_masked, is_spelt, limit

_NO_COUNT = re.compile(
    r"%|\bper ?cent|\bpercentage|\bproportion|\brates?\b|\bratio\b|\baverage\b|\bmean\b|\bmedian\b|\bshare of\b"
    r"|\bper (?:1,?000|10,?000|100,?000|head|day|month|million)\b|\bindex\b|\bchange\b"
    r"|\bp-value\b|\bodds\b|\btimes as\b"
)
_ALONE = re.compile(
    r"(?:age|year|month|week|day|hour|quarter|date|time|rank|row|page|version|sheet|table|figure|threshold|district|"
    r"minutes|hours|latitude|longitude)s?(?: (?:no\.?|number|from|to))?|#|k|no\."
)
_SPOKEN = re.compile(
    r"(?<![\w,./-])(?P<number>\d{1,4}|one|two|three|four|five|six|seven|eight|nine) "
    r"(?:of (?:them|these|those|whom)|(?:\w+ )?"
    r"(?:people|persons|searches|stops|arrests|women|men|girls|boys|children|complaints|incidents|offences|crimes"
    r"|officers|victims|suspects|passengers|detainees))\b",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"(?:(?:grand|sub|overall)[ -]?)?totals?(?: .{0,30})?|all(?: (?:groups|ethnicities|people|persons|searches|stations"
    r"|ages|genders|months|areas|stops))?|overall|sum"
)


@dataclass(frozen=True, slots=True)
class Counted:
    """The small cells of a table, and the cells left out in vain."""

    small: tuple[Cell, ...]
    solvable: tuple[Cell, ...]


def counted(table: Table, threshold: int) -> Counted:
    """Find what a table should not show, or should not let anybody work out."""
    small = tuple(cell for cell in _counts(table) if _is_small(cell, threshold))
    return Counted(small, tuple(dict.fromkeys((*_solved(_across(table)), *_solved(_down(table))))))


def _counts(table: Table) -> Iterator[Cell]:
    """Give the cells of a table that count something; a number among the labels may be one that slipped there."""
    columns = frozenset(column for column in table.columns if not _is_no_count(table.heads[column])) - table.ordinal
    rows = frozenset(row for row in table.rows if not _is_no_count(table.label(row)))
    for (row, column), cell in sorted(table.cells.items()):
        if column in table.labels:
            if column in columns and is_count(cell) is not None:
                yield cell
        elif column in columns and row in rows:
            yield cell


def _is_no_count(words: str) -> bool:
    return bool(_NO_COUNT.search(words) or _ALONE.fullmatch(words.strip(" :()")))


def _is_small(cell: Cell, threshold: int) -> bool:
    number = is_count(cell)
    if number is None and is_spelt(cell):
        return True
    if number is None:
        # “Under 5” where 10 is the limit says more than may be said.
        number = limit(cell)
    return number is not None and number < threshold


def spoken(text: str, threshold: int) -> str:
    """Return the first small figure that a sentence says of people or events, such as “3 arrests”, or ""."""
    for match in _SPOKEN.finditer(text):
        number = match["number"].casefold()
        if number in SPELT or (number.isdecimal() and int(number) < threshold):
            return match[0]
    return ""


_Line = tuple[list[Cell], Cell]


def _across(table: Table) -> Iterator[_Line]:
    """Give each row's figures and its total."""
    total = next((column for column in reversed(table.columns) if _TOTAL.fullmatch(table.heads[column].strip())), None)
    if total is None:
        return
    for row in table.rows:
        held = [
            table.cells[row, column]
            for column in table.columns
            if (row, column) in table.cells
            and column not in table.labels
            and not _TOTAL.fullmatch(table.heads[column].strip())
            and not _is_no_count(table.heads[column])
        ]
        if (row, total) in table.cells:
            yield held, table.cells[row, total]


def _down(table: Table) -> Iterator[_Line]:
    """Give each column's figures and its total."""
    total = next((row for row in reversed(table.rows) if _is_total_row(table, row)), None)
    if total is None:
        return
    for column in table.columns:
        if column in table.labels or _is_no_count(table.heads[column]):
            continue
        held = [
            table.cells[row, column]
            for row in table.rows
            if (row, column) in table.cells and row != total and not _is_total_row(table, row)
        ]
        if (total, column) in table.cells:
            yield held, table.cells[total, column]


def _is_total_row(table: Table, row: int) -> bool:
    cells = (table.cells.get((row, column)) for column in sorted(table.labels))
    return any(cell is not None and _TOTAL.fullmatch(cell.text.casefold().strip()) for cell in cells)


def _solved(lines: Iterator[_Line]) -> Iterator[Cell]:
    """Give the cells left out that the others and their total give away.

    100 in all, of them 60, 30 and *: the star is 10. Two stars are safe, unless nothing is left for them.
    """
    for held, total in lines:
        whole = is_count(total)
        masked = [cell for cell in held if is_masked(cell)]
        figures = [number for cell in held if (number := is_count(cell)) is not None]
        if whole is None or not masked or len(masked) + len(figures) < len(held):
            continue
        rest = whole - sum(figures)
        if rest == 0 or (len(masked) == 1 and rest > 0):
            yield from masked
