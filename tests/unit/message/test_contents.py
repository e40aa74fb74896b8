"""The words in documents that strangers sent, and the documents that are attacks."""

import io
import zipfile

import pytest
from pypdf import PdfWriter

from mailroom.message.contents import text_of

WORD = '<w:document xmlns:w="w"><w:body>{}</w:body></w:document>'


def zipped(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, text in files.items():
            archive.writestr(name.replace("_", "/") + ".xml", text)
    return buffer.getvalue()


def pdf(text: str) -> bytes:
    """Write a PDF of one page by hand; its reader mends the missing table."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
    return (
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>endobj\n"
        "4 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
        f"5 0 obj<</Length {len(stream)}>>stream\n{stream}\nendstream endobj\n"
        "xref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 6>>\nstartxref\n0\n%%EOF\n"
    ).encode()


def test_a_letter_gives_its_heading_its_words_and_nothing_that_was_deleted():
    document = WORD.format(
        "<w:p><w:r><w:t>Dear </w:t><w:t>Robin,</w:t></w:r></w:p>"
        "<w:p><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t></w:r></w:p>"
    )
    header = '<w:hdr xmlns:w="w"><w:p><w:r><w:t>OFFICIAL</w:t></w:r></w:p></w:hdr>'

    assert text_of("a.docx", "", zipped(word_document=document, word_header1=header)) == "OFFICIAL\nDear Robin,\na\tb"


def test_a_workbook_gives_its_sheets_and_says_which_are_hidden():
    found = text_of(
        "a.xlsx",
        "",
        zipped(
            xl_workbook='<workbook><sheet name="Stops"/><sheet name="Rows" state="hidden"/></workbook>',
            xl_sharedStrings="<sst><si><t>Area</t></si><si><t>Har</t><t>row</t><rPh><t>x</t></rPh></si></sst>",
            xl_worksheets_sheet1='<worksheet><row><c t="s"><v>0</v></c><c><f>1+1</f><v>2</v></c></row>'
            '<row><c t="inlineStr"><t>here</t></c><c t="s"><v>1</v></c><c t="s"><v>99</v></c></row></worksheet>',
            xl_worksheets_sheet2="<worksheet><sheetData><row><c><v>7</v></c></row></sheetData></worksheet>",
        ),
    )

    assert found == "Stops\nArea\t2\t\nhere\tHarrow\t\t\nRows (hidden)\n7\t"


@pytest.mark.parametrize(
    "data", ["a,b\r\nGrüße,1\r\n".encode(), "a,b\nGrüße,1".encode("utf-16"), "a,b\nGrüße,1".encode("cp1252"),
             "a,b\nGrüße,1".encode("utf-16-le"), "\ufeffa,b\nGrüße,1".encode()],
)  # fmt: skip
def test_a_table_is_read_in_whatever_charset_its_program_writes(data: bytes):
    assert text_of("a.csv", "application/octet-stream", data) == "a,b\nGrüße,1"


def test_a_pdf_gives_its_words():
    assert text_of("a.pdf", "application/pdf", pdf("Notes of the meeting")) == "Notes of the meeting"


def test_what_is_sealed_damaged_or_something_else_gives_nothing():
    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    writer.encrypt("password")
    sealed = io.BytesIO()
    writer.write(sealed)

    assert text_of("a.pdf", "application/pdf", sealed.getvalue()) == ""
    for cut in range(0, 700, 50):
        text_of("a.pdf", "application/pdf", pdf("x")[:cut] + b"\0" * 20 + pdf("x")[cut + 20 :])
    assert text_of("a.png", "image/png", b"\x89PNG\r\n\x1a\nwords") == ""
    assert text_of("a.docx", "", zipped(word_document="<w:document><w:p>cut</w:p><")) == "cut"


def test_xml_that_declares_anything_of_its_own_is_refused():
    laughs = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b SYSTEM "file:///etc/passwd">]>' + WORD.format("&a;&b;")

    assert text_of("a.docx", "", zipped(word_document=laughs)) == ""


def test_a_bomb_costs_no_more_than_a_document():
    many = zipped(word_document=WORD.format("<w:p><w:r><w:t>" + "x" * 60_000_000))
    repeated = zipped(
        xl_sharedStrings=f"<sst><si><t>{'x' * 1_000_000}</t></si></sst>",
        xl_worksheets_sheet1="<worksheet>" + '<c t="s"><v>0</v></c>' * 100_000,
    )

    assert len(text_of("a.docx", "", many, 1000)) == 1000
    assert len(text_of("a.xlsx", "", repeated, 1000)) <= 1000
