"""What a file really is, and what is to be known of it before it is opened or passed on."""

import io
import struct
import zipfile

import pytest

from mailroom.message import filetypes, findings, zipped

pytestmark = pytest.mark.fast


def look(name: str, data: bytes) -> tuple[str, tuple[str, ...]]:
    listed = zipped.entries(data)
    kind = filetypes.true_type(data, listed)
    return kind, findings.findings(name, kind, data, listed)


def package(**files: str) -> bytes:
    """Zip up an office document; `_` in a name stands for `/`, and `.xml` goes without saying."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, text in files.items():
            archive.writestr(name.replace("_", "/") + ("" if name.endswith("bin") else ".xml"), text)
    return buffer.getvalue()


def ole(*streams: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + b"".join(name.encode("utf-16-le") for name in streams)


def tiff(order: str, *, latitude: bool) -> bytes:
    """Make a TIFF header whose directory points to a directory of a position."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}L", 8)
    first = struct.pack(f"{order}HHHLLL", 1, 0x8825, 4, 1, 26, 0)
    second = struct.pack(f"{order}HHHLLL", 1, 2 if latitude else 0, 5, 3, 90, 0)
    return head + first + second


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (package(word_document="x"), filetypes.DOCX),
        (package(xl_workbook="x"), filetypes.XLSX),
        (package(ppt_presentation="x"), filetypes.PPTX),
        (ole("Root Entry", "WordDocument"), filetypes.DOC),
        (ole("Root Entry", "EncryptedPackage"), filetypes.SEALED_OFFICE),
        (b"\n\n%PDF-1.7 x", filetypes.PDF),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (bytes(4) + b"ftypheic", "image/heic"),
        (bytes(257) + b"ustar", "application/x-tar"),
        (b"MZ" + bytes(200), filetypes.PROGRAM),
        (b"MZ is how my sister signs", ""),
        (b"Dear all,", ""),
        (b"", ""),
        (b"PK\x03\x04 cut off", filetypes.ZIP),
    ],
)
def test_a_type_is_told_from_the_bytes(data: bytes, kind: str):
    assert look("x", data)[0] == kind


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_place_a_picture_was_taken_is_noticed(order: str):
    camera = b"\xff\xd8\xff\xe1\x00\x00Exif\0\0"

    assert look("a.jpg", camera + tiff(order, latitude=True))[1] == (findings.POSITION,)
    assert look("a.jpg", camera + tiff(order, latitude=False))[1] == ()
    assert look("a.jpg", camera + tiff(order, latitude=True)[:30])[1] == ()


def test_a_hidden_sheet_is_noticed():
    hidden = '<sheets><sheet name="A" sheetId="1"/><sheet name="B" sheetId="2" state="veryHidden"/></sheets>'
    shown = '<sheets><sheet name="hidden state" sheetId="1" state="visible"/></sheets>'

    assert look("a.xlsx", package(xl_workbook=hidden))[1] == (findings.HIDDEN_SHEET,)
    assert look("a.xlsx", package(xl_workbook=shown))[1] == ()
    record = struct.pack("<HHLBB", 0x85, 14, 999, 1, 0) + b"\x06\0" + b"Secret"
    assert look("a.xls", ole("Workbook") + record)[1] == (findings.HIDDEN_SHEET,)
    assert look("a.xls", ole("Workbook") + record.replace(b"\xe7\x03\0\0\x01", b"\xe7\x03\0\0\0"))[1] == ()


@pytest.mark.parametrize(
    ("name", "data", "notes"),
    [
        ("a.docm", package(word_document="x", word_vbaProjectbin="x"), (findings.MACROS,)),
        ("a.docx", package(word_document="x", **{"word_vbaProject.bin": "x"}), (findings.MACROS,)),
        ("a.doc", ole("WordDocument", "_VBA_PROJECT"), (findings.MACROS,)),
        ("a.docx", package(word_document='<w:p><w:ins w:id="1">x</w:ins></w:p>'), (findings.TRACKED,)),
        ("a.docx", package(word_document="<w:p><w:insideH/></w:p>", word_comments="x"), (findings.COMMENTS,)),
        ("a.docx", ole("EncryptedPackage"), (findings.ENCRYPTED,)),
        ("a.pdf", b"%PDF-1.7 trailer << /Encrypt 5 0 R >>", (findings.ENCRYPTED,)),
        ("a.zip", package(x="x"), (findings.ARCHIVE,)),
        ("a.7z", b"no such thing", (findings.ARCHIVE,)),
        ("invoice.pdf.exe", b"x", (findings.PROGRAM,)),
        ("invoice.pdf", b"MZ" + bytes(100), (findings.PROGRAM, findings.OTHER_TYPE)),
        ("notes.txt", package(word_document="x"), (findings.OTHER_TYPE,)),
        ("old.doc", b"{\\rtf1 x}", ()),
        ("a.docx", package(word_document="x"), ()),
        ("noname", b"x", ()),
    ],
)
def test_what_is_noteworthy_is_said(name: str, data: bytes, notes: tuple[str, ...]):
    assert look(name, data)[1] == notes


def test_a_bomb_gives_no_more_than_was_asked_for():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(5_000_000))
    data = buffer.getvalue()

    assert len(zipped.content(data, zipped.entries(data)[0], 1000)) == 1000


def test_a_zip_file_after_something_else_is_still_read():
    data = package(word_document="hello")

    assert zipped.entries(b"#!" + data) == ()
    moved = b"PK\x00\x00" + data
    assert zipped.content(moved, zipped.find(zipped.entries(moved), "word/document.xml"), 99) == b"hello"


def test_a_damaged_zip_file_is_no_error():
    data = package(word_document="hello")
    for cut in range(0, len(data), 7):
        for broken in (data[:cut], data[cut:], data[:cut] + b"\xff\xff\xff\xff" + data[cut + 4 :]):
            for entry in zipped.entries(broken):
                zipped.content(broken, entry, 100)
            look("a.xlsx", broken)
