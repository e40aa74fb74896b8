"""Where a file leads to. A link to footage, a case or a shared folder is itself something that must not leave."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from mailroom.message.spreadsheet import Book, Cell
from mailroom.office.data_check_finding import Finding, called, capital
from mailroom.office.data_check_tables import listed

_ADDRESS = re.compile(r"\b(?:https?|ftp|file)://\S+|\bwww\.[\w-]+\.\S+|\\\\[\w.-]{2,60}\\\S+", re.IGNORECASE)
_PUBLIC: Final = frozenset(
    ["www.gov.uk", "gov.uk", "www.ons.gov.uk", "ons.gov.uk", "www.legislation.gov.uk", "data.police.uk",
     "www.police.uk", "www.ethnicity-facts-figures.service.gov.uk"]
)  # fmt: skip
"""Where public figures and laws are read: a source may be named."""
_MOST_NAMED: Final = 3


def links(book: Book, of_file: str) -> Iterator[Finding]:
    """Find links in cells, and those that the file keeps behind words, shapes and formulas."""
    for place, sheet in enumerate(book.sheets):
        if cells := [cell for cell in sheet.cells if cell.form == "text" and _leads_away(cell)]:
            text = f"{capital(called(book, place, of_file))} has links that its reader might follow: {listed(cells)}."
            yield Finding("link", text, f"{sheet.name}!{listed(cells)}")
    hosts = dict.fromkeys(_host(one) for one in book.links if not _is_public(one))
    if hosts:
        named = ", ".join(f"“{host}”" if "." in host else host for host in list(hosts)[:_MOST_NAMED])
        yield Finding("link", f"The file{of_file} has links behind its words: to {named}.", book.name)


def _leads_away(cell: Cell) -> bool:
    return any(not _is_public(one) for one in _ADDRESS.findall(cell.text))


def _is_public(address: str) -> bool:
    return _host(address) in _PUBLIC


def _host(address: str) -> str:
    whole = f"https://{address}" if address.casefold().startswith("www.") else address
    try:
        parts = urlsplit(whole)
        host = (parts.hostname or "").rstrip(".").casefold()
    except ValueError:
        host = ""
    if host:
        return host[:60]
    return "an email address" if address.casefold().startswith("mailto:") else "another file"
