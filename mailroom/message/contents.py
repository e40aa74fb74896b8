"""The words in an attached document (.docx, .xlsx, .pdf, .csv, plain text), for steps that need them.

The sender made these files, so every look is bounded: what is unpacked, what is parsed, what is
returned. XML that declares anything of its own (entities, a document type) is refused: office
programs write none, and that is how such files attack their readers. Run it in `mailroom.reader`.
"""

import contextlib
import re
from collections.abc import Callable
from xml.parsers import expat

from mailroom.message import filetypes, text, zipped
from mailroom.message.zipped import Entry

LIMIT = 200_000
"""Characters returned, unless the caller says otherwise."""

_PART = 32 * 1024 * 1024
_SHEETS = 100
_PLAIN = frozenset(["text/plain", "text/csv", "text/tab-separated-values", "application/csv"])
_PLAIN_SUFFIX = (".csv", ".tsv", ".txt")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SHEET = re.compile(r"xl/worksheets/sheet(\d{1,4})\.xml")
_PLACE = re.compile(r"[0-9]{1,7}")
# Deleted or moved away in a tracked change, or a field's instruction: not what the document says.
_UNSAID = frozenset(["w:del", "w:moveFrom", "w:instrText"])
_HEADING = re.compile(r"word/(?:header|footer|footnotes)\d{0,3}\.xml")


class _EnoughError(Exception):
    """As much has been read as was asked for, or the document is not one to go on with."""


def text_of(name: str, kind: str, data: bytes, limit: int = LIMIT) -> str:
    """Return the words of a document, lines ended with a newline, cells parted by tabs.

    Args:
        name: the file's name; only its ending counts, and only where the bytes say nothing.
        kind: the type the sender gave, likewise.
        data: the file's bytes.
        limit: how many characters to return at most.

    Returns:
        "" for what is encrypted, damaged or no such document.

    """
    listed = zipped.entries(data)
    found = filetypes.true_type(data, listed)
    if found == filetypes.DOCX:
        words = _document(data, listed, limit)
    elif found == filetypes.XLSX:
        words = _workbook(data, listed, limit)
    elif found == filetypes.PDF:
        # A third of a second to import; most mail has none.
        from mailroom.message import pdf  # noqa: PLC0415

        words = pdf.to_text(data, limit)
    elif not found and (kind in _PLAIN or name.lower().endswith(_PLAIN_SUFFIX)):
        words = _plain(data[: 4 * limit])
    else:
        return ""
    return text.clean(words)[:limit].strip("\n")


def _plain(data: bytes) -> str:
    codec = next((codec for mark, codec in _BOMS if data.startswith(mark)), "")
    # Excel's "Unicode text" may come without its mark; every other byte is zero then.
    if not codec and data[1:200:2].count(0) > len(data[1:200:2]) // 2:
        codec = "utf-16-le"
    return text.decode(data, codec).lstrip("\ufeff")


def _document(data: bytes, listed: tuple[Entry, ...], limit: int) -> str:
    """Read headings first: that is where a marking stands."""
    deleted = 0

    def begin(tag: str, _attributes: dict[str, str]) -> str:
        nonlocal deleted
        deleted += tag in _UNSAID
        return {"w:tab": "\t", "w:br": "\n", "w:cr": "\n"}.get(tag, "")

    def end(tag: str) -> str:
        nonlocal deleted
        deleted -= tag in _UNSAID
        return "\n" if tag == "w:p" else ""

    def said(words: str) -> str:
        return "" if deleted else words

    out: list[str] = []
    for entry in [*(e for e in listed if _HEADING.fullmatch(e.name)), zipped.find(listed, "word/document.xml")]:
        out.append(_words(zipped.content(data, entry, _PART), limit, begin, end, said))
        deleted = 0
        if sum(map(len, out)) > limit:
            break
    return "".join(out)


def _workbook(data: bytes, listed: tuple[Entry, ...], limit: int) -> str:
    strings = _strings(zipped.content(data, zipped.find(listed, "xl/sharedStrings.xml"), _PART))
    names = _sheet_names(zipped.content(data, zipped.find(listed, "xl/workbook.xml"), _PART))
    out: list[str] = []
    sheets = sorted((int(match[1]), entry.at, entry) for entry in listed if (match := _SHEET.fullmatch(entry.name)))
    for place, (number, _, entry) in enumerate(sheets[:_SHEETS]):
        name = names[place] if place < len(names) else f"Sheet {number}"
        out.append(f"{name}\n{_rows(zipped.content(data, entry, _PART), limit, strings)}")
        if sum(map(len, out)) > limit:
            break
    return "".join(out)


def _rows(xml: bytes, limit: int, strings: list[str]) -> str:
    """Read one sheet: a line a row, the cells as they are shown, formulas left out."""
    kind, shown = "", False

    def begin(tag: str, attributes: dict[str, str]) -> str:
        nonlocal kind, shown
        if tag == "c":
            kind = attributes.get("t", "")
        shown = tag in ("v", "t")
        return ""

    def end(tag: str) -> str:
        nonlocal shown
        shown = False
        return {"c": "\t", "row": "\n"}.get(tag, "")

    def said(words: str) -> str:
        if not shown or kind != "s":
            return words if shown else ""
        place = int(words) if _PLACE.fullmatch(words) else len(strings)
        return strings[place] if place < len(strings) else ""

    return _words(xml, limit, begin, end, said)


def _strings(xml: bytes) -> list[str]:
    """Read the table of texts that cells refer to; phonetic guides are none."""
    found: list[str] = []
    piece: list[str] = []
    phonetic = False

    def begin(tag: str, _attributes: dict[str, str]) -> str:
        nonlocal phonetic
        phonetic = phonetic or tag == "rPh"
        return ""

    def end(tag: str) -> str:
        nonlocal phonetic
        phonetic = phonetic and tag != "rPh"
        if tag == "si":
            found.append("".join(piece))
            piece.clear()
        return ""

    def said(words: str) -> str:
        if not phonetic:
            piece.append(words)
        return ""

    _words(xml, _PART, begin, end, said)
    return found


def _sheet_names(xml: bytes) -> list[str]:
    found: list[str] = []

    def begin(tag: str, attributes: dict[str, str]) -> str:
        if tag == "sheet":
            hidden = " (hidden)" if attributes.get("state", "visible") != "visible" else ""
            found.append(attributes.get("name", "") + hidden)
        return ""

    _words(xml, _PART, begin, _nothing, _nothing)
    return found


def _words(
    xml: bytes,
    limit: int,
    begin: Callable[[str, dict[str, str]], str],
    end: Callable[[str], str],
    said: Callable[[str], str],
) -> str:
    """Join what the three functions make of elements and text, up to `limit`; damaged XML gives what can be had."""
    out: list[str] = []
    length = 0

    def add(words: str) -> None:
        nonlocal length
        if words:
            out.append(words)
            length += len(words)
        if length > limit:
            raise _EnoughError

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: add(begin(tag, attributes))
    parser.EndElementHandler = lambda tag: add(end(tag))
    parser.CharacterDataHandler = lambda words: add(said(words))
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse
    with contextlib.suppress(expat.ExpatError, _EnoughError):
        parser.Parse(xml, True)  # noqa: FBT003 - expat takes it by position only
    return "".join(out)


def _nothing(_: str) -> str:
    return ""


def _refuse(*_declared: object) -> None:
    raise _EnoughError
