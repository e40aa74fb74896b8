"""Who is named or can be reached by what a file says: names, numbers, addresses, wherever in it they stand.

The sentences show no more than the first letters: they go to the analyst, who need not learn whom the office knows.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from mailroom.message.spreadsheet import Book, Cell, Sheet
from mailroom.office import lint_private
from mailroom.office.data_check_finding import Finding, called, capital
from mailroom.office.data_check_tables import Table, listed
from mailroom.office.lint_private import Line
from mailroom.rules.words import Phrases, fold, phrase, together

_SORTS: Final = {
    "national insurance": "National Insurance number", "bank": "bank account", "passport": "passport number",
    "driving licence": "driving licence number", "password": "password", "registration": "vehicle registration",
    "postcode": "postcode", "home address": "home address", "date of birth": "date of birth",
    "card": "bank card number", "telephone": "telephone number", "address": "email address",
    "name": "person's name", "officer": "officer's number",
}  # fmt: skip
_MANY: Final = {
    "home address": "home addresses", "address": "email addresses", "date of birth": "dates of birth",
    "name": "people's names", "officer": "officers' numbers",
}  # fmt: skip
_OFFICER = re.compile(
    r"\b(?:PC|PS|PCSO|DC|DS|Sgt|Con|Insp|DI)\.? ?[A-Z]?\d{2,6}[A-Z]?\b|\bcollar (?:no\.?|number) ?\w*\d\w*",
    re.IGNORECASE,
)
# Nothing that tells a person is shorter, and figures written as words are no telephone numbers.
_SHORTEST: Final = 4
# Two figures, one before a road, or a word that stands before what no mail may hold.
_NUMBERED = re.compile(r"\d\D*\d|\d\w?,? [A-Z]|pass|log-?in|token|born|birth|d\.?o\.?b", re.IGNORECASE)
_FIGURE = re.compile(r"[\d.,%£ ()<>*-]{1,8}")


def people(book: Book, of_file: str, names: Collection[str], records: Sequence[Table]) -> Iterator[Finding]:
    """Find what tells a person, a finding a sort and sheet; in rows about single people the rows are finding enough."""
    known = together(found for one in names if (found := phrase(one)) is not None)
    for place, sheet in enumerate(book.sheets):
        where = called(book, place, of_file)
        passed = {at for table in records if table.sheet is sheet for at in table.cells}
        held: dict[str, list[Cell]] = defaultdict(list)
        told: dict[str, tuple[str, ...]] = {}
        for cell in sheet.cells:
            if (cell.row, cell.column) in passed or cell.form != "text":
                continue
            if cell.text not in told:
                told[cell.text] = tuple(_told(cell.text, known))
            for sort in told[cell.text]:
                held[sort].append(cell)
        for sort, cells in held.items():
            text = f"{capital(where)} holds what looks like {_some(sort, len(cells))}: {listed(cells)}."
            yield Finding("person", text, f"{sheet.name}!{listed(cells)}")
        yield from _elsewhere(sheet, where, known)
    rest = "in its words" if book.unit == "table" else "among texts that no cell shows any more"
    for texts, place_of in ((book.prose, rest), (book.drawn, "in a drawing or chart")):
        if sorts := dict.fromkeys(sort for text in texts for sort in _told(text, known)):
            what = ", ".join(_some(sort, 1) for sort in sorts)
            yield Finding("person", f"The file{of_file} holds what looks like {what}, {place_of}.", book.name)


def _elsewhere(sheet: Sheet, where: str, known: Phrases) -> Iterator[Finding]:
    for text, place in ((sheet.name, "name"), *((one, "page margin") for one in sheet.margins)):
        for sort in _told(text, known):
            yield Finding("person", f"{capital(where)} has {_some(sort, 1)} in its {place}.", sheet.name)


def _told(text: str, known: Phrases) -> Iterator[str]:
    if len(text) < _SHORTEST or _FIGURE.fullmatch(text):
        return
    if _NUMBERED.search(text):
        yield from dict.fromkeys(number.what for number in lint_private.numbers(Line("", text), ""))
        if _OFFICER.search(text):
            yield "officer"
    if "@" in text and lint_private.addresses(text):
        yield "address"
    plain = lint_private.without_addresses(text)
    if (known.all and known.found([fold(plain)])) or any(sure for _, sure in lint_private.perhaps_names(plain)):
        yield "name"


def _some(sort: str, number: int) -> str:
    words = _SORTS.get(sort, sort)
    if number == 1:
        return f"{'an' if words[0] in 'aeio' else 'a'} {words}"
    return f"{number} {_MANY.get(sort, words + 's')}"
