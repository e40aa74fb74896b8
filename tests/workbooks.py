"""Workbooks made by hand, as the standard writes them (ISO 29500-1): a test hides what it likes where it likes."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from mailroom.message.spreadsheet import letters

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

Value = str | int | float | None
# The styles every workbook made here has, by the names tests use.
STYLES = {"": 0, "percent": 1, "day": 2, "money": 3, "nothing": 4, "masked": 5}
_STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="165" formatCode="&quot;£&quot;#,##0"/><numFmt numFmtId="166" formatCode=";;;"/>'
    '<numFmt numFmtId="167" formatCode="[&lt;10]&quot;under 10&quot;;0"/></numFmts><cellXfs><xf numFmtId="0"/>'
    '<xf numFmtId="9"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/></cellXfs>'
    "</styleSheet>"
)


@dataclass(frozen=True)
class Page:
    """One sheet: its rows, and the XML or attributes a test wants in it."""

    rows: Sequence[Sequence[Value]] = ()
    state: str = ""
    hidden_rows: Sequence[int] = ()
    columns: str = ""
    before: str = ""
    after: str = ""
    comments: Mapping[str, str] | None = None
    threads: Mapping[str, str] | None = None
    styles: Mapping[str, str] | None = None
    formulas: Mapping[str, str] | None = None


def xlsx(
    pages: Mapping[str, Page | Sequence[Sequence[Value]]],
    *,
    names: str = "",
    parts: Mapping[str, str | bytes] | None = None,
    creator: str = "",
) -> bytes:
    """Write a workbook; `parts` are added or replaced, `names` are its defined names as XML."""
    sheets = {name: page if isinstance(page, Page) else Page(page) for name, page in pages.items()}
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/styles.xml": _STYLES,
        "docProps/core.xml": f"<c xmlns:dc='dc'><dc:creator>{escape(creator)}</dc:creator></c>",
    }
    listed = ""
    for n, (name, page) in enumerate(sheets.items(), start=1):
        state = f' state="{page.state}"' if page.state else ""
        listed += f'<sheet name={quoteattr(name)} sheetId="{n}"{state} r:id="rId{n}"/>'
        files[f"xl/worksheets/sheet{n}.xml"] = _sheet(page)
        notes = [("rIdc", "comments", f"../comments{n}.xml")] if page.comments else []
        notes += [("rIdt", "threadedComment", f"../threadedComments/threadedComment{n}.xml")] if page.threads else []
        files[f"xl/worksheets/_rels/sheet{n}.xml.rels"] = _relations(notes)
        if page.comments:
            files[f"xl/comments{n}.xml"] = _comments(page.comments, "comment", "<text><r><t>{}</t></r></text>")
        if page.threads:
            made = _comments(page.threads, "threadedComment", "<text>{}</text>")
            files[f"xl/threadedComments/threadedComment{n}.xml"] = made
    files["xl/workbook.xml"] = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets>'
        f"<definedNames>{names}</definedNames></workbook>"
    )
    files["xl/_rels/workbook.xml.rels"] = _relations(
        [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)]
        + [("rIds", "styles", "styles.xml")]
    )
    return zipped({**files, **(parts or {})})


def docx(body: str, **parts: str) -> bytes:
    """Write a paper of Word; `parts` such as word_comments are added."""
    named = {f"{name.replace('_', '/', 1)}.xml": text for name, text in parts.items()}
    document = f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": document, **named})


def word_table(rows: Sequence[Sequence[Value]]) -> str:
    """Write the rows of a table as Word does."""
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    written = "".join(f"<w:tr>{''.join(cell.format(escape(str(one))) for one in row)}</w:tr>" for row in rows)
    return f"<w:tbl>{written}</w:tbl>"


def ods(tables: str, *, styles: str = "", parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """Write a workbook of LibreOffice around its tables."""
    content = (
        '<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x" xmlns:style="s">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": kind, "content.xml": content, **(parts or {})})


def ods_table(name: str, rows: Sequence[Sequence[Value]], *, style: str = "") -> str:
    """Write one table as LibreOffice does."""
    cells = []
    for row in rows:
        one = "".join(_ods_cell(value) for value in row)
        cells.append(f"<table:table-row>{one}</table:table-row>")
    return f'<table:table table:name={quoteattr(name)} table:style-name="{style}">{"".join(cells)}</table:table>'


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Put files into a ZIP file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2027, 1, 4, 9, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _ods_cell(value: Value) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'
    shown = f"<text:p>{value}</text:p>"
    return f'<table:table-cell office:value-type="float" office:value="{value}">{shown}</table:table-cell>'


def _relations(found: Sequence[tuple[str, str, str]]) -> str:
    lines = "".join(f'<Relationship Id="{i}" Type="{RELATIONS}/{kind}" Target="{to}"/>' for i, kind, to in found)
    return f'<Relationships xmlns="{PACKAGE}">{lines}</Relationships>'


def _comments(held: Mapping[str, str], tag: str, form: str) -> str:
    written = "".join(f'<{tag} ref="{at}">{form.format(escape(text))}</{tag}>' for at, text in held.items())
    return f'<comments xmlns="{MAIN}"><commentList>{written}</commentList></comments>'


def _sheet(page: Page) -> str:
    rows = []
    for n, row in enumerate(page.rows, start=1):
        hidden = ' hidden="1"' if n in page.hidden_rows else ""
        cells = "".join(_cell(f"{letters(column)}{n}", value, page) for column, value in enumerate(row))
        rows.append(f'<row r="{n}"{hidden}>{cells}</row>')
    cols = f"<cols>{page.columns}</cols>" if page.columns else ""
    return (
        f'<worksheet xmlns="{MAIN}">{page.before}{cols}<sheetData>{"".join(rows)}</sheetData>{page.after}</worksheet>'
    )


def _cell(at: str, value: Value, page: Page) -> str:
    style = STYLES[(page.styles or {}).get(at, "")]
    formula = f"<f>{escape((page.formulas or {})[at])}</f>" if at in (page.formulas or {}) else ""
    if value is None:
        return f'<c r="{at}" s="{style}">{formula}</c>' if formula else ""
    if isinstance(value, str):
        return f'<c r="{at}" s="{style}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{at}" s="{style}">{formula}<v>{value}</v></c>'
