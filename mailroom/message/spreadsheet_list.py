"""Lists: text with commas, semicolons, tabs or bars between the values (RFC 4180 and what Excel makes of it)."""

import csv
import re
from typing import Final

from mailroom.message import text
from mailroom.message.spreadsheet import Book, Cell, Form, Sheet, Unsound
from mailroom.message.spreadsheet_package import MOST_CELLS, TOO_LARGE

_MOST_BYTES: Final = 8 * 1024 * 1024
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS: Final = ",;\t|"
# “0123” is a code or a telephone number, not a figure.
_FIGURE = re.compile(r"-?(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,11})(?:\.\d{1,12})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}.{0,9})?|\d{1,2}/\d{1,2}/\d{2,4}(?: \d{2}:\d{2}.{0,3})?")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def read(data: bytes) -> Book:
    """Read a list.

    Raises:
        Unsound: it is too large, or no text.

    """
    if len(data) > _MOST_BYTES:
        raise Unsound(TOO_LARGE)
    written = _text(data)
    if "\0" in written:
        raise Unsound("is not text")
    lines = written.splitlines(keepends=True)
    if lines and re.fullmatch(r"sep=.\s*", lines[0], re.IGNORECASE):
        lines = lines[1:]
    cells: list[Cell] = []
    try:
        for row, values in enumerate(csv.reader(lines, delimiter=_separator(lines))):
            cells += [_cell(row, column, value) for column, value in enumerate(values) if value.strip()]
            if len(cells) > MOST_CELLS or row > MOST_CELLS:
                raise Unsound(TOO_LARGE)
    except csv.Error as error:
        raise Unsound("is damaged and could not be read") from error
    return Book("", "list", (Sheet("", tuple(cells)),))


def _text(data: bytes) -> str:
    codec = next((codec for mark, codec in _BOMS if data.startswith(mark)), "")
    # Excel's "Unicode text" may come without its mark; every other byte is zero then.
    if not codec and data[1:200:2].count(0) > len(data[1:200:2]) // 2:
        codec = "utf-16-le"
    return text.decode(data, codec).lstrip("\ufeff")


def _separator(lines: list[str]) -> str:
    """Choose what stands in most of the first lines equally often."""
    head = [line for line in lines[:20] if line.strip()]
    return max(_SEPARATORS, key=lambda one: (sum(one in line for line in head), sum(line.count(one) for line in head)))


def _cell(row: int, column: int, value: str) -> Cell:
    plain = value.strip(" \n\r\xa0")
    formula = value.startswith(_FORMULA)
    if _FIGURE.fullmatch(plain):
        return Cell(row, column, plain, "figure", float(plain.replace(",", "")))
    form: Form = "date" if _DATE.fullmatch(plain) else "text"
    return Cell(row, column, plain if not formula else value.strip(" \n"), form, formula=formula)
