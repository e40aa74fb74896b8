"""What a file is by its own bytes, whatever its name and its sender say."""

from mailroom.message import zipped
from mailroom.message.zipped import Entry

_OOXML = "application/vnd.openxmlformats-officedocument."
DOCX, XLSX, PPTX = (
    f"{_OOXML}wordprocessingml.document",
    f"{_OOXML}spreadsheetml.sheet",
    f"{_OOXML}presentationml.presentation",
)
ODS = "application/vnd.oasis.opendocument.spreadsheet"
PDF, ZIP, OLE = "application/pdf", "application/zip", "application/x-ole-storage"
DOC, XLS, PPT = "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"
SEALED_OFFICE = "application/x-encrypted-office-document"
PROGRAM = "application/x-executable"

ARCHIVES = frozenset(
    [ZIP, "application/vnd.rar", "application/x-7z-compressed", "application/gzip", "application/x-bzip2",
     "application/x-xz", "application/vnd.ms-cab-compressed", "application/x-tar", "application/x-iso9660-image",
     "application/java-archive"]
)  # fmt: skip

_MAGIC = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"), (0, b"\xff\xd8\xff", "image/jpeg"), (0, b"GIF8", "image/gif"),
    (0, b"II*\0", "image/tiff"), (0, b"MM\0*", "image/tiff"), (8, b"WEBP", "image/webp"), (8, b"WAVE", "audio/wav"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"), (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b", "application/gzip"), (0, b"BZh", "application/x-bzip2"), (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"MSCF", "application/vnd.ms-cab-compressed"), (257, b"ustar", "application/x-tar"),
    (32769, b"CD001", "application/x-iso9660-image"), (0, b"{\\rtf", "application/rtf"), (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"), (0, b"\x7fELF", PROGRAM), (0, b"\xcf\xfa\xed\xfe", PROGRAM),
    (0, b"\xca\xfe\xba\xbe", PROGRAM), (0, b"L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
    (0, b"\x78\x9f\x3e\x22", "application/ms-tnef"), (0, b"-----BEGIN PGP MESSAGE", "application/pgp-encrypted"),
    (0, b"BEGIN:VCALENDAR", "text/calendar"), (0, b"BEGIN:VCARD", "text/vcard"),
    (0, b"!BDN", "application/vnd.ms-outlook-pst"),
)  # fmt: skip
_HEIF = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif")
# A PDF may have something before its first line, and readers forgive it (ISO 32000 annex H).
_PDF_WITHIN = 1024
# How far into an OLE file its directory of streams is looked for.
_DIRECTORY = 4 * 1024 * 1024


def true_type(data: bytes, listed: tuple[Entry, ...]) -> str:
    """Return the type that the bytes show, or "" for text and what is not known; `listed` is of `zipped.entries`."""
    for at, magic, kind in _MAGIC:
        if data.startswith(magic, at):
            return kind
    if data.startswith(b"PK\x03\x04") or listed:
        return _of_zip(data, listed)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _of_ole(data[:_DIRECTORY])
    if data.startswith(b"ftyp", 4):
        return "image/heic" if data[8:12] in _HEIF else "video/mp4"
    if data.startswith(b"MZ") and len(data) > _PDF_WITHIN // 16:
        return PROGRAM
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return PDF
    return ""


def _of_zip(data: bytes, listed: tuple[Entry, ...]) -> str:
    names = {entry.name for entry in listed}
    if "[Content_Types].xml" in names:
        for folder, kind in (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX)):
            if any(name.startswith(folder) for name in names):
                return kind
    if "mimetype" in names:
        return zipped.content(data, zipped.find(listed, "mimetype"), 100).decode("ascii", "replace").strip()
    return "application/java-archive" if "META-INF/MANIFEST.MF" in names else ZIP


def _of_ole(data: bytes) -> str:
    for stream, kind in (
        ("EncryptedPackage", SEALED_OFFICE), ("WordDocument", DOC), ("Workbook", XLS), ("PowerPoint Document", PPT),
        ("__properties_version1.0", "application/vnd.ms-outlook"), ("Book", XLS),
    ):  # fmt: skip
        if stream.encode("utf-16-le") in data:
            return kind
    return OLE
