"""Tables that strangers sent: what every cell holds, and files made to hurt whoever reads them."""

import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.message.spreadsheet import Book, letters, place, read
from mailroom.message.spreadsheet_formats import of_code
from tests.workbooks import MAIN, Page, Value, docx, ods, ods_table, word_table, xlsx, zipped

ROWS: list[list[Value]] = [["Station", "Asian"], ["Ashlock", 43], ["Kingsmead", 3.5]]
FILES = {
    "return.xlsx": xlsx({"Table": Page(ROWS, comments={"A1": "why"}), "Raw": Page(ROWS, state="hidden")}),
    "return.ods": ods(ods_table("Table", ROWS)),
    "return.docx": docx(word_table(ROWS) + "<w:p><w:r><w:t>Words</w:t></w:r></w:p>"),
    "return.csv": b"Station,Asian\r\nAshlock,43\r\nKingsmead,3.5\r\n",
}
TOO_LARGE = "is too large to be checked; send only the table that was asked for"
DAMAGED = "is damaged and could not be read"


def sheet(cells: str, *, before: str = "") -> bytes:
    """Write a workbook of one sheet with this XML in it."""
    content = f'{before}<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'
    return xlsx({"Table": [["x"]]}, parts={"xl/worksheets/sheet1.xml": content})


def texts(book: Book) -> list[list[str]]:
    rows: dict[int, list[str]] = {}
    for cell in book.sheets[0].cells:
        rows.setdefault(cell.row, []).append(cell.text)
    return list(rows.values())


@pytest.mark.fast
@pytest.mark.parametrize("name", FILES)
def test_the_same_table_reads_the_same_in_every_form(name: str):
    book = read(name, "", FILES[name])

    assert book.fault == ""
    assert texts(book) == [["Station", "Asian"], ["Ashlock", "43"], ["Kingsmead", "3.5"]]
    assert [cell.number for cell in book.sheets[0].cells if cell.number is not None] == [43, 3.5]


@pytest.mark.fast
def test_places_are_written_as_a_workbook_writes_them():
    assert [letters(n) for n in (0, 25, 26, 701, 702, 16_383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert place(60, 6) == "G61"


@pytest.mark.fast
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", "figure"),
        ("0", "figure"),
        ("#,##0;[Red]-#,##0", "figure"),
        ('0" days"', "figure"),
        ('[<10]"under 10";0', "figure"),
        ("0.0%", "percentage"),
        ("dd/mm/yyyy", "date"),
        ("[$-809]d mmmm yyyy", "date"),
        ("[h]:mm", "date"),
        ("0.00E+00", "figure"),
        ('"£"#,##0', "amount"),
        ("[$€-2] #,##0", "amount"),
        (";;;", "hidden"),
        (";", "hidden"),
        ("", "figure"),
    ],
)
def test_a_number_format_tells_what_a_number_is(code: str, kind: str):
    assert of_code(code) == kind


@pytest.mark.fast
def test_shared_texts_are_found_by_their_number_and_guides_to_reading_them_are_left_out():
    strings = "<sst><si><r><t>Ash</t></r><r><t>lock</t></r><rPh><t>ash</t></rPh></si></sst>"
    cells = '<row><c t="s"><v>0</v></c><c t="s"><v>7</v></c><c t="s"><v>-1</v></c></row>'
    content = f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'
    book = read(
        "a.xlsx",
        "",
        xlsx({"Table": [["x"]]}, parts={"xl/sharedStrings.xml": strings, "xl/worksheets/sheet1.xml": content}),
    )

    assert texts(book) == [["Ashlock"]]


@pytest.mark.fast
def test_rows_and_cells_without_a_place_follow_one_another():
    book = read("a.xlsx", "", sheet('<row><c><v>1</v></c><c><v>2</v></c></row><row><c r="C2"><v>3</v></c></row>'))

    assert [(cell.row, cell.column) for cell in book.sheets[0].cells] == [(0, 0), (0, 1), (1, 2)]


@pytest.mark.fast
def test_a_workbook_whose_elements_have_a_prefix_reads_the_same():
    cells = "<x:sheetData><x:row><x:c><x:v>43</x:v></x:c></x:row></x:sheetData>"
    prefixed = f'<x:worksheet xmlns:x="{MAIN}">{cells}</x:worksheet>'
    book = read("a.xlsx", "", xlsx({"Table": [["x"]]}, parts={"xl/worksheets/sheet1.xml": prefixed}))

    assert texts(book) == [["43"]]


@pytest.mark.fast
def test_rows_that_repeat_in_libreoffice_are_counted_as_often():
    rows = (
        '<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="2" '
        'office:value-type="float" office:value="4"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    )
    book = read("a.ods", "", ods(f'<table:table table:name="T">{rows}</table:table>'))

    assert [place(cell.row, cell.column) for cell in book.sheets[0].cells] == ["A1", "B1", "A2", "B2", "A3", "B3"]


@pytest.mark.fast
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_list_is_read_whatever_parts_its_values(separator: str):
    lines = [["Station", "Searches, all", "Note"], ["Ashlock", "1,043", 'said "no"']]
    written = "\n".join(separator.join('"' + one.replace('"', '""') + '"' for one in line) for line in lines)
    book = read("a.csv", "", written.encode())

    assert texts(book) == lines
    assert book.sheets[0].cells[4].number == 1043


@pytest.mark.fast
def test_a_number_that_begins_with_nought_in_a_list_is_a_code():
    assert read("a.csv", "", b"ref\n0123\n").sheets[0].cells[1].number is None


@pytest.mark.fast
@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("a.xlsx", b"", "is empty"),
        ("a.xlsx", b"hello", "is not what its name says, or is damaged"),
        ("a.xlsx", FILES["return.xlsx"][:900], "is not what its name says, or is damaged"),
        (
            "a.csv",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
            "is in a form that cannot be checked; save it as .xlsx",
        ),
        ("a.pdf", b"%PDF-1.4 x", "is not a table that can be checked; send figures as .xlsx, .ods or .csv"),
        ("a.csv", b"a,b\0c\n1,2\n", "is not text"),
        ("a.xlsx", zipped({"[Content_Types].xml": "<T/>", "xl/workbook.bin": b"x"}), DAMAGED),
        ("a.xlsx", sheet("<row><c><v>1</v></row>"), DAMAGED),
        ("a.xlsx", xlsx({}), DAMAGED),
        ("a.ods", ods(""), DAMAGED),
        ("a.ods", ods("", parts={"META-INF/manifest.xml": "<m><encryption-data/></m>"}), "is encrypted"),
    ],
    ids=range(11),
)
def test_what_cannot_be_read_whole_is_not_read_at_all(name: str, data: bytes, fault: str):
    assert read(name, "", data) == Book(name, fault=fault)


@pytest.mark.fast
def test_a_workbook_under_the_name_of_a_list_is_read_as_what_it_is():
    assert len(read("figures.csv", "text/csv", FILES["return.xlsx"]).sheets) == 2


@pytest.mark.fast
def test_a_binary_workbook_is_sent_back():
    relations = '<R><Relationship Id="r" Type="a/officeDocument" Target="xl/workbook.bin"/></R>'
    data = zipped({"[Content_Types].xml": "<T/>", "_rels/.rels": relations, "xl/workbook.bin": b"x"})

    assert read("a.xlsb", "", data).fault == "is a binary workbook (.xlsb), which cannot be checked; save it as .xlsx"


@pytest.mark.fast
def test_an_encrypted_workbook_is_named_as_one():
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")

    assert read("a.xlsx", "", data).fault == "is encrypted"


@pytest.mark.fast
def test_a_thousand_million_laughs_are_refused():
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'

    assert read("a.xlsx", "", sheet("<row><c><v>&b;</v></c></row>", before=laughs)).fault == DAMAGED


@pytest.mark.fast
def test_two_parts_of_one_name_are_refused_since_another_reader_may_see_the_other():
    buffer = io.BytesIO(FILES["return.xlsx"])
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("XL/worksheets/Sheet1.xml", "<worksheet/>")

    assert read("a.xlsx", "", buffer.getvalue()).fault == DAMAGED


def test_a_bomb_is_stopped_at_the_allowance():
    bomb = sheet("<row><c><v>1</v></c></row>" + " " * (60 * 1024 * 1024))

    assert len(bomb) < 100_000
    assert read("a.xlsx", "", bomb).fault == TOO_LARGE


def test_a_million_rows_are_stopped_and_not_read():
    data = sheet("<row><c><v>1</v></c></row>" * 1_000_000)

    assert read("a.xlsx", "", data).fault == TOO_LARGE
    assert read("a.csv", "", b"1,2\n" * 120_000).fault == TOO_LARGE


def test_a_row_that_stands_for_a_million_is_stopped():
    cell = "<table:table-cell><text:p>x</text:p></table:table-cell>"
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'

    assert read("a.ods", "", ods(f"<table:table>{row}</table:table>")).fault == TOO_LARGE


def test_elements_without_number_are_stopped():
    assert read("a.xlsx", "", sheet("<row/>" * 650_000)).fault == TOO_LARGE


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(FILES)), st.integers(0, 2**32), st.integers(1, 40))
def test_no_damage_to_a_file_raises(name: str, seed: int, times: int):
    chance = random.Random(seed)
    data = bytearray(FILES[name])
    for _ in range(times):
        at = chance.randrange(len(data))
        match chance.randrange(3):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randrange(1, 20)]
            case _:
                data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 20)))
        if not data:
            break

    assert isinstance(read(name, "", bytes(data)), Book)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["return.xlsx", "return.ods", "return.docx"]), st.data())
def test_no_change_within_a_part_raises(name: str, data: st.DataObject):
    with zipfile.ZipFile(io.BytesIO(FILES[name])) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    part = data.draw(st.sampled_from(sorted(parts)))
    content = parts[part].decode()
    at = data.draw(st.integers(0, len(content)))
    length = data.draw(st.integers(0, 30))
    put = data.draw(st.text(max_size=12) | st.sampled_from(["<c>", "-1", "1e999", "NaN", 'r="A0"', "</row>", "9" * 9]))
    parts[part] = (content[:at] + put + content[at + length :]).encode("utf-8", "surrogatepass")

    assert isinstance(read(name, "", zipped(parts)), Book)
