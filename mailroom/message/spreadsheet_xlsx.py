"""Workbooks of Excel (ISO 29500-1): every sheet with its cells, its comments and what keeps them out of sight."""

from dataclasses import dataclass, replace
from typing import Final

from mailroom.message import spreadsheet_parts
from mailroom.message.spreadsheet import Book, Hiding, Sheet, Unsound
from mailroom.message.spreadsheet_comments import Noted, comments
from mailroom.message.spreadsheet_formats import formats
from mailroom.message.spreadsheet_package import DAMAGED, Attributes, Package, properties
from mailroom.message.spreadsheet_sheet import Shared, read_sheet

_HIDING: Final[dict[str, Hiding]] = {"visible": "", "hidden": "hidden", "veryhidden": "very hidden"}
PROPERTIES: Final = ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml")


@dataclass(frozen=True, slots=True)
class DefinedName:
    """A name the workbook gives to cells or a formula."""

    name: str
    refers_to: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class _Listed:
    name: str
    hidden: Hiding
    relation: str


def read(whole: Package) -> Book:
    """Read a workbook.

    Raises:
        Unsound: it is damaged, too large, or a form of workbook that is not made of XML.

    """
    workbook = next((one.target for one in whole.relations("") if one.kind == "officeDocument"), "xl/workbook.xml")
    if not workbook.casefold().endswith(".xml"):
        raise Unsound("is a binary workbook (.xlsb), which cannot be checked; save it as .xlsx")
    listed, names = _workbook(whole, workbook)
    relations = {one.id: one for one in whole.relations(workbook)}
    targets = {one.kind: one.target for one in relations.values()}
    shared = _shared(whole, targets.get("sharedStrings", "xl/sharedStrings.xml"))
    styles = formats(whole, targets.get("styles", "xl/styles.xml"))
    sheets: list[Sheet] = []
    read_parts: set[str] = set()
    noted = Noted()
    for one in listed:
        if one.relation not in relations:
            raise Unsound(DAMAGED)
        part = relations[one.relation].target
        read_parts.add(part.casefold())
        sheets.append(read_sheet(whole, part, one.name, one.hidden, shared, styles, comments(whole, part, noted)))
    sheets += [
        read_sheet(whole, part, part.rpartition("/")[2], "unlisted", shared, styles, comments(whole, part, noted))
        for part in whole.names
        if part.casefold() not in read_parts and spreadsheet_parts.is_sheet(part)
    ]
    if not sheets:
        raise Unsound(DAMAGED)
    if left := noted.left(whole):
        sheets[0] = replace(sheets[0], comments=(*sheets[0].comments, *left))
    hidden = {sheet.name for sheet in sheets if sheet.hidden}
    return Book(
        "",
        sheets=tuple(sheets),
        parts=(
            *spreadsheet_parts.of_workbook(whole, hidden),
            *spreadsheet_parts.of_names(((one.name, one.refers_to, one.hidden) for one in names), hidden),
        ),
        properties=properties(whole, PROPERTIES),
        prose=shared.unused(),
        drawn=spreadsheet_parts.drawn(whole),
        links=whole.links() + tuple(shared.links),
    )


def _workbook(whole: Package, name: str) -> tuple[list[_Listed], list[DefinedName]]:
    sheets: list[_Listed] = []
    names: list[DefinedName] = []
    now: tuple[str, bool] | None = None
    piece: list[str] = []

    def begin(tag: str, attributes: Attributes) -> None:
        nonlocal now
        if tag == "sheet":
            state = attributes.get("state", "visible").casefold()
            relation = next((v for k, v in attributes.items() if k.endswith(" id")), "")
            sheets.append(_Listed(attributes.get("name", ""), _HIDING.get(state, "hidden"), relation))
        elif tag == "definedName":
            now = (attributes.get("name", ""), attributes.get("hidden", "0") in ("1", "true"))
            piece.clear()

    def end(tag: str) -> None:
        nonlocal now
        if tag == "definedName" and now is not None:
            names.append(DefinedName(now[0], "".join(piece), now[1]))
            now = None

    def said(words: str) -> None:
        if now is not None:
            piece.append(words)

    whole.walk(name, begin, end, said)
    return sheets, names


def _shared(whole: Package, name: str) -> Shared:
    """Read the table of texts that cells refer to; phonetic guides are none."""
    found: list[str] = []
    piece: list[str] = []
    within = phonetic = False

    def begin(tag: str, attributes: Attributes) -> None:  # noqa: ARG001
        nonlocal within, phonetic
        within = within or tag == "t"
        phonetic = phonetic or tag == "rPh"

    def end(tag: str) -> None:
        nonlocal within, phonetic
        if tag == "t":
            within = False
        elif tag == "rPh":
            phonetic = False
        elif tag == "si":
            found.append("".join(piece))
            piece.clear()

    def said(words: str) -> None:
        if within and not phonetic:
            piece.append(words)

    if whole.has(name):
        whole.walk(name, begin, end, said)
    return Shared(found)
