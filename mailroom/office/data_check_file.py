"""What a file holds beside the cells everybody sees: hidden parts, comments, kept copies, author, marking."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from mailroom.message.marking import marking
from mailroom.message.spreadsheet import Book, Cell
from mailroom.office.data_check_finding import Finding, called, capital, counting
from mailroom.office.data_check_tables import listed
from mailroom.rules.vocabulary import MARKINGS

_HIDDEN: Final = {
    "hidden": "is hidden",
    "very hidden": "is hidden in a way that Excel does not show in its menus",
    "unlisted": "is in the file and not in its list of sheets",
}
# What blocks by itself; a picture may be a logo, so somebody looks.
_LOOKED_AT: Final = frozenset(["picture", "unknown part"])
_AUTHORS: Final = frozenset(
    ["creator", "lastmodifiedby", "initial-creator", "manager", "author", "last author", "printed-by"]
)
_PROGRAMS = re.compile(
    r"openpyxl|xlsxwriter|apache poi|python|r|sas|spss|power ?bi|libreoffice.*|microsoft.*|unknown|user|admin.*"
)
_MOST_SHOWN: Final = 60
_RANKS: Final = ("", *MARKINGS)
# A marking in a cell stands there alone or with little beside it.
_LONGEST_MARKING: Final = 120
_FORMULA = re.compile(r"[=@\t\r]|[+-](?=.*[A-Za-z(|!])")


def out_of_sight(book: Book, of_file: str) -> Iterator[Finding]:
    """Find hidden sheets, and hidden rows, columns and cells of sheets that are seen."""
    for place, sheet in enumerate(book.sheets):
        where = called(book, place, of_file)
        if sheet.hidden:
            text = f"{capital(where)} {_HIDDEN[sheet.hidden]}. Delete it; whoever gets the file can open it."
            yield Finding("hidden sheet", text, sheet.name)
            continue
        if cells := [cell for cell in sheet.cells if not cell.shown]:
            text = f"{capital(where)} has hidden rows, columns or cells that are not empty: {listed(cells)}."
            yield Finding("hidden cells", text, f"{sheet.name}!{listed(cells)}")


def beside(book: Book, of_file: str, own: Collection[str], names: Collection[str]) -> Iterator[Finding]:
    """Find comments, formulas that cannot be trusted, what the file carries, and whom it names as its author."""
    for place, sheet in enumerate(book.sheets):
        where = called(book, place, of_file)
        if sheet.comments:
            at = ", ".join(dict.fromkeys(one.at for one in sheet.comments if one.at)) or "on the sheet"
            has = counting(len(sheet.comments), "comment")
            text = f"{capital(where)} has {has} ({at[:200]}). Delete {'it' if len(sheet.comments) == 1 else 'them'}."
            yield Finding("comments", text, f"{sheet.name}!{at[:200]}")
        if unknown := [cell for cell in sheet.cells if cell.unknown]:
            text = (
                f"{capital(where)} has formulas whose results were not saved ({listed(unknown)}): open it and save it."
            )
            yield Finding("formula", text, f"{sheet.name}!{listed(unknown)}")
        if book.unit == "list" and (live := [cell for cell in sheet.cells if _is_live(cell)]):
            text = f"{capital(where)} has cells that a spreadsheet would run as formulas: {listed(live)}."
            yield Finding("formula", text, listed(live))
    the_file = f"The file{of_file}" if not of_file else of_file.removeprefix(" of ")
    for part in book.parts:
        blocks = part.kind not in _LOOKED_AT
        yield Finding("carried", f"{the_file} carries {part.what}.", part.kind, blocks)
    yield from _authors(book, the_file, own, names)


def marked(book: Book, of_file: str, ceiling: str) -> Iterator[Finding]:
    """Find a marking above `ceiling`: in a cell, a page's margin, a property or the file's name."""
    for place, sheet in enumerate(book.sheets):
        texts = [cell.text for cell in sheet.cells if cell.form == "text" and len(cell.text) <= _LONGEST_MARKING]
        yield from _above(marking((), "", "\n".join((*texts, *sheet.margins))), called(book, place, of_file), ceiling)
    texts = [*(value for _, value in book.properties), *book.prose, *book.drawn]
    lines = [line for text in texts for line in text.split("\n") if len(line) <= _LONGEST_MARKING]
    labels = tuple(("msip_label", f"{name}={value}") for name, value in book.properties if name.startswith("MSIP"))
    found = marking(labels, re.sub(r"[_.]", " ", book.name), "\n".join(lines))
    yield from _above(found, f"the file{of_file}" if not of_file else of_file.removeprefix(" of "), ceiling)


def _above(found: str, where: str, ceiling: str) -> Iterator[Finding]:
    if _RANKS.index(found) > _RANKS.index(ceiling):
        text = f"{capital(where)} is marked {found}; what goes to a member may be {ceiling} at most."
        yield Finding("marking", text, where)


def _authors(book: Book, the_file: str, own: Collection[str], names: Collection[str]) -> Iterator[Finding]:
    """Find people in a file's properties. The analyst's own name is theirs to leave there; it is only said."""
    own_names = {one.casefold() for one in own}
    known = {one.casefold() for one in names}
    told: set[str] = set()
    for label, value in book.properties:
        name = value.strip()
        if label.casefold() not in _AUTHORS or name.casefold() in told or _PROGRAMS.fullmatch(name.casefold()):
            continue
        told.add(name.casefold())
        blocks = name.casefold() in known - own_names
        text = f"{the_file} names “{name[:_MOST_SHOWN]}” in its properties, which whoever gets it can read."
        yield Finding("properties", text, label, blocks)


def _is_live(cell: Cell) -> bool:
    return cell.form == "text" and cell.number is None and _FORMULA.match(cell.text) is not None
