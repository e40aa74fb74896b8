"""Tables that people send, as values: what every cell holds, what is kept out of sight, and what else is in the file.

A workbook (.xlsx, .xlsm, .ods), a letter with tables (.docx) and a list (.csv) all become one `Book`. Nothing is
left out because it is hidden: that is what these values are for. The sender made the files, so all that is unpacked
and parsed is bounded, and what cannot be read to its end gives no half of it but a `fault`. Run it at arm's length.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

from mailroom.message import filetypes, zipped

Form = Literal["text", "figure", "date", "percentage", "amount"]
Hiding = Literal["", "hidden", "very hidden", "unlisted"]
Extra = Literal[
    "pivot cache", "data model", "external link", "connection", "embedded file", "macros", "tracked changes",
    "hidden name", "hidden chart", "picture", "hidden text", "unknown part",
]  # fmt: skip

_CSV_ENDINGS: Final = (".csv", ".tsv", ".txt")
_CSV_TYPES: Final = frozenset(["text/csv", "text/tab-separated-values", "application/csv"])
_OLD: Final = frozenset([filetypes.XLS, filetypes.DOC, filetypes.PPT, filetypes.OLE, filetypes.PPTX])


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that holds something; rows and columns count from 0. `number` is there where `form` is a figure.

    `shown` is false where its row, its column or its number format keeps it out of sight; `unknown` says that a
    formula's result was not saved with it.
    """

    row: int
    column: int
    text: str
    form: Form = "text"
    number: float | None = None
    shown: bool = True
    formula: bool = False
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """A note on a cell; `at` is its place as a workbook writes it ("C3"), or ""."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, in reading order; `margins` is what is printed above and below each page."""

    name: str
    cells: tuple[Cell, ...]
    hidden: Hiding = ""
    comments: tuple[Comment, ...] = ()
    margins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Something in a file beside its cells; `what` says which, in words that may stand in a sentence."""

    kind: Extra
    what: str


@dataclass(frozen=True, slots=True)
class Book:
    """One file. `unit` is what a sheet of it is called; `prose` what stands outside tables.

    `properties` is what the file says about itself (author, company …), `drawn` the words in drawings and charts,
    `links` where it leads to. With a `fault` there is nothing else: it is a
    sentence about the file that begins after its name, such as "is encrypted".
    """

    name: str
    unit: Literal["sheet", "table", "list"] = "sheet"
    sheets: tuple[Sheet, ...] = ()
    parts: tuple[Part, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    prose: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    fault: str = ""


class Unsound(Exception):
    """A file that cannot be read to its end; the words follow its name in a sentence."""


def place(row: int, column: int) -> str:
    """Write a place as a workbook does: (0, 0) is "A1"."""
    return f"{letters(column)}{row + 1}"


def letters(column: int) -> str:
    """Write a column as a workbook does: 0 is "A", 26 is "AA"."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


def read(name: str, kind: str, data: bytes) -> Book:
    """Read a file with tables.

    Args:
        name: the file's name; its ending counts only where the bytes say nothing.
        kind: the type the sender gave, likewise.
        data: the file's bytes.

    Returns:
        A `Book`; with a `fault` where it could not be read whole.

    """
    listed = zipped.entries(data)
    true_type = filetypes.true_type(data, listed)
    try:
        book = _read(name, kind, data, listed, true_type)
    except Unsound as fault:
        return Book(name, fault=str(fault))
    return replace(book, name=name)


def _read(name: str, kind: str, data: bytes, listed: tuple[zipped.Entry, ...], true_type: str) -> Book:
    # Each is imported where it is needed: most mail has no table at all.
    from mailroom.message import spreadsheet_docx, spreadsheet_list, spreadsheet_ods, spreadsheet_xlsx  # noqa: PLC0415
    from mailroom.message.spreadsheet_package import package  # noqa: PLC0415

    if true_type == filetypes.SEALED_OFFICE or any(entry.encrypted for entry in listed):
        raise Unsound("is encrypted")
    if true_type == filetypes.XLSX:
        return spreadsheet_xlsx.read(package(data, listed))
    if true_type == filetypes.ODS:
        return spreadsheet_ods.read(package(data, listed))
    if true_type == filetypes.DOCX:
        return spreadsheet_docx.read(package(data, listed))
    if true_type in _OLD:
        raise Unsound("is in a form that cannot be checked; save it as .xlsx")
    if not data.strip():
        raise Unsound("is empty")
    if not true_type and (kind in _CSV_TYPES or name.lower().endswith(_CSV_ENDINGS)):
        return spreadsheet_list.read(data)
    if name.lower().endswith((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".docx")):
        raise Unsound("is not what its name says, or is damaged")
    raise Unsound("is not a table that can be checked; send figures as .xlsx, .ods or .csv")
