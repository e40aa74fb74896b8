"""What a workbook carries beside its sheets: kept copies of data, links, other files, programs, changes."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from mailroom.message.spreadsheet import Extra, Part
from mailroom.message.spreadsheet_package import Attributes, Package

_SHEET = re.compile(r"xl/(?:worksheets|macrosheets|dialogsheets)/[^/]{1,100}\.xml", re.IGNORECASE)

_CARRIED: Final[tuple[tuple[Extra, str, str], ...]] = (
    ("data model", "a data model with the records behind it", r"xl/model/.+"),
    ("connection", "a connection to a database", r"xl/connections\.xml|xl/queryTables/.+|customXml/.*datamashup.*"),
    ("embedded file", "another file inside it", r"xl/embeddings/.+|xl/(?:activeX|ctrlProps)/.+\.(?:xml|bin)"),
    ("macros", "macros", r".*vbaProject\.bin|xl/macrosheets/.+\.xml|.*/vbaData\.xml"),
    ("tracked changes", "a history of changes", r"xl/revisions/.+"),
    ("picture", "a picture, which this check cannot read", r"xl/media/.+"),
)
_PATTERNS: Final = tuple(
    (kind, what, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for kind, what, pattern in _CARRIED
)
_RECORDS = re.compile(r"xl/pivotCache/pivotCacheRecords[^/]*\.xml", re.IGNORECASE)
_CACHE = re.compile(r"xl/pivotCache/.+\.xml", re.IGNORECASE)
_LINK = re.compile(r"xl/externalLinks/[^/]+\.xml", re.IGNORECASE)
_CHART = re.compile(r"xl/charts/[^/]+\.xml", re.IGNORECASE)
_DRAWN = re.compile(r"xl/(?:drawings|charts|diagrams)/(?:drawing|chart|data)[^/]*\.xml", re.IGNORECASE)
_KNOWN = re.compile(
    r"\[Content_Types\]\.xml|(?:.*/)?_rels/.*\.rels|docProps/.*|docMetadata/.*"
    r"|xl/(?:workbook|styles|sharedStrings|calcChain|metadata|volatileDependencies)\.xml"
    r"|xl/(?:worksheets|chartsheets|theme|charts|drawings|tables|comments\d*|threadedComments|persons|printerSettings"
    r"|richData|richStyles|slicers|slicerCaches|timelines|timelineCaches|pivotTables|featurePropertyBag)(?:/.*)?"
    r"|xl/comments\d*\.xml|.*/|customXml/.*",
    re.IGNORECASE,
)


def drawn(whole: Package) -> tuple[str, ...]:
    """Return the words in text boxes, shapes and charts.

    Raises:
        Unsound: a part is damaged or too large.

    """
    found = (whole.words(name) for name in whole.names if _DRAWN.fullmatch(name))
    return tuple(text for text in found if text)


def is_sheet(name: str) -> bool:
    """Tell whether a part is a sheet with cells."""
    return _SHEET.fullmatch(name) is not None


def of_workbook(whole: Package, hidden: set[str]) -> Iterator[Part]:
    """Give what a workbook carries, each sort once; `hidden` are the names of its hidden sheets.

    Raises:
        Unsound: a part is damaged or too large.

    """
    told: set[str] = set()
    known: set[str] = set()
    for kind, what, pattern in _PATTERNS:
        found = {name for name in whole.names if pattern.fullmatch(name)}
        known |= found
        if found and kind not in told:
            told.add(kind)
            yield Part(kind, what)
    if caches := [name for name in whole.names if _CACHE.fullmatch(name)]:
        rows = sum(_count(whole, name, "r") for name in caches if _RECORDS.fullmatch(name))
        kept = f"{rows} rows" if rows != 1 else "1 row"
        yield Part("pivot cache", f"a pivot table's own copy of the data behind it ({kept})")
    if any(_LINK.fullmatch(name) for name in whole.names):
        yield Part("external link", "a link to another workbook, with values copied from it")
    elif any(one.outside and one.kind == "externalLinkPath" for one in whole.relations("xl/workbook.xml")):
        yield Part("external link", "a link to another workbook")
    charts = [name for name in whole.names if _CHART.fullmatch(name)]
    if any(_draws_on(whole, name, hidden) for name in charts):
        yield Part("hidden chart", "a chart with the values of a hidden sheet or of another file")
    for name in whole.names:
        if name in known or is_sheet(name) or any(one.fullmatch(name) for one in (_CACHE, _LINK, _CHART, _KNOWN)):
            continue
        yield Part("unknown part", f"a part that this check does not know ({name[:60]})")


def of_names(names: Iterable[tuple[str, str, bool]], hidden: set[str]) -> Iterator[Part]:
    """Give the defined names (name, what it stands for, hidden) that lead to what is out of sight."""
    for name, refers_to, is_hidden in names:
        if name.startswith("_xlnm."):
            continue  # print areas and filters, which Excel keeps for itself
        if any(_names_sheet(refers_to, sheet) for sheet in hidden):
            yield Part("hidden name", f"the name “{name[:60]}”, which leads to a hidden sheet")
        elif is_hidden:
            yield Part("hidden name", f"the hidden name “{name[:60]}”")


def _names_sheet(formula: str, sheet: str) -> bool:
    quoted = "'" + sheet.replace("'", "''") + "'!"
    return quoted in formula or re.search(rf"(?<![\w.']){re.escape(sheet)}!", formula) is not None


def _count(whole: Package, name: str, wanted: str) -> int:
    found = 0

    def begin(tag: str, _attributes: Attributes) -> None:
        nonlocal found
        found += tag == wanted

    whole.walk(name, begin)
    return found


def _draws_on(whole: Package, name: str, hidden: set[str]) -> bool:
    """Tell whether a chart keeps values from where nobody looks."""
    formulas: list[str] = []
    outside = within = False

    def begin(tag: str, _attributes: Attributes) -> None:
        nonlocal within, outside
        within = tag == "f"
        outside = outside or tag == "externalData"

    def end(_tag: str) -> None:
        nonlocal within
        within = False

    def said(words: str) -> None:
        if within:
            formulas.append(words)

    whole.walk(name, begin, end, said)
    written = "\n".join(formulas)
    return outside or "[" in written or any(_names_sheet(written, sheet) for sheet in hidden)
