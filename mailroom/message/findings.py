"""What a person should know of an attached file before opening it or passing it on, in a word or two each.

Read from the file's own bytes; nothing is run, unpacked to disk or fetched.
"""

import re
import struct
from collections.abc import Callable, Iterator

from mailroom.message import filetypes, zipped
from mailroom.message.zipped import Entry

ARCHIVE = "archive, not opened"
PROGRAM = "program, not opened"
MACROS = "macros"
ENCRYPTED = "encrypted"
POSITION = "position"
HIDDEN_SHEET = "hidden sheet"
COMMENTS = "comments"
TRACKED = "tracked changes"
OTHER_TYPE = "not what its name says"

_PROGRAMS = frozenset(
    [
        "exe", "dll", "scr", "com", "pif", "cpl", "msi", "msp", "msix", "bat", "cmd", "ps1", "vbs", "vbe", "js",
        "jse", "wsf", "wsh", "hta", "lnk", "reg", "jar", "apk", "app", "dmg", "pkg", "sh", "chm", "inf", "scf",
        "url", "gadget", "appref-ms", "iqy", "xll", "one",
    ]
)  # fmt: skip
_ARCHIVES = frozenset(
    ["zip", "rar", "7z", "gz", "tgz", "bz2", "xz", "tar", "cab", "iso", "img", "ace", "arj", "lzh", "z"]
)
_WITH_MACROS = frozenset(["docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "potm", "ppam", "ppsm", "sldm"])
_SAME = {
    "pdf": filetypes.PDF, "docx": filetypes.DOCX, "docm": filetypes.DOCX, "xlsx": filetypes.XLSX,
    "xlsm": filetypes.XLSX, "pptx": filetypes.PPTX, "doc": filetypes.DOC, "xls": filetypes.XLS, "ppt": filetypes.PPT,
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "zip": filetypes.ZIP,
    "txt": "", "csv": "", "ics": "text/calendar", "html": "", "htm": "", "rtf": "application/rtf",
}  # fmt: skip
# Office takes one for another without a word, and so may a sender.
_ALIKE = frozenset([filetypes.DOC, filetypes.XLS, filetypes.PPT, "application/rtf", filetypes.OLE])
_PART = 4 * 1024 * 1024
_TIFF = re.compile(rb"II\*\0|MM\0\*")
# A camera writes its position near the start.
_HEAD, _HEADERS_TRIED = 1024 * 1024, 16
_GPS_POINTER, _LATITUDE = 0x8825, 2
_DIRECTORY_ENTRY, _MOST_TAGS = 12, 512
_HIDDEN_XLSX = re.compile(rb"<(?:\w{1,20}:)?sheet\b[^>]{0,2000}\bstate\s*=\s*[\"'](?:hidden|veryHidden)[\"']")
_HIDDEN_ODS = re.compile(rb"table:display\s*=\s*[\"']false[\"']")
_BOUND_SHEET = re.compile(rb"\x85\0(?P<length>.)\0....(?P<state>.)[\0\1\2\6](?P<letters>.)(?P<wide>[\0\1])", re.DOTALL)
_CHANGED = re.compile(rb"<w:(?:ins|del|moveFrom|moveTo)[ >]")


def findings(name: str, true_type: str, data: bytes, listed: tuple[Entry, ...]) -> tuple[str, ...]:
    """Say what is noteworthy about a file; `listed` is what `zipped.entries` gave."""
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    return tuple(dict.fromkeys(note for look in _LOOKS for note in look(suffix, true_type, data, listed)))


def _kind(suffix: str, true_type: str, data: bytes, listed: tuple[Entry, ...]) -> Iterator[str]:
    """Notice programs and archives by name or bytes, and whatever claims to be something else."""
    if true_type in (filetypes.PROGRAM, "application/x-ms-shortcut") or suffix in _PROGRAMS:
        yield PROGRAM
    elif true_type in filetypes.ARCHIVES or suffix in _ARCHIVES:
        yield ARCHIVE
    told = _SAME.get(suffix)
    alike = true_type in (told, filetypes.SEALED_OFFICE) or {true_type, told} <= _ALIKE
    if told is not None and true_type and not alike:
        yield OTHER_TYPE
    sealed = true_type in (filetypes.SEALED_OFFICE, "application/pgp-encrypted")
    if sealed or any(entry.encrypted for entry in listed) or (true_type == filetypes.PDF and b"/Encrypt" in data):
        yield ENCRYPTED


def _document(suffix: str, true_type: str, data: bytes, listed: tuple[Entry, ...]) -> Iterator[str]:
    """Look into office documents for what their writer may not have meant to send."""
    names = [entry.name for entry in listed]
    ole = true_type in (filetypes.DOC, filetypes.XLS, filetypes.PPT, filetypes.OLE)
    if (
        suffix in _WITH_MACROS
        or any(one.endswith("vbaProject.bin") or one.startswith("Basic/") for one in names)
        or (ole and "_VBA_PROJECT".encode("utf-16-le") in data)
    ):
        yield MACROS
    hidden = {
        filetypes.XLSX: ("xl/workbook.xml", _HIDDEN_XLSX),
        filetypes.ODS: ("content.xml", _HIDDEN_ODS),
    }.get(true_type)
    if hidden and hidden[1].search(zipped.content(data, zipped.find(listed, hidden[0]), _PART)):
        yield HIDDEN_SHEET
    if true_type == filetypes.XLS and any(_hides(match) for match in _BOUND_SHEET.finditer(data[:_PART])):
        yield HIDDEN_SHEET
    if any(re.match(r"(?:word|xl|ppt)/(?:threadedC|c)omments", one) for one in names):
        yield COMMENTS
    if true_type == filetypes.DOCX:
        words = zipped.content(data, zipped.find(listed, "word/document.xml"), _PART)
        if _CHANGED.search(words):
            yield TRACKED


def _picture(suffix: str, true_type: str, data: bytes, listed: tuple[Entry, ...]) -> Iterator[str]:  # noqa: ARG001
    """Notice where a picture or film was taken, as the camera wrote it (Exif, XMP, QuickTime)."""
    if true_type.startswith("image/"):
        head = data[:_HEAD]
        headers = [match.start() for match, _ in zip(_TIFF.finditer(head), range(_HEADERS_TRIED), strict=False)]
        if b"GPSLatitude" in head or any(_located(head[at:]) for at in headers):
            yield POSITION
    elif true_type.startswith("video/") and (b"\xa9xyz" in data or b"location.ISO6709" in data):
        yield POSITION


_LOOKS: tuple[Callable[[str, str, bytes, tuple[Entry, ...]], Iterator[str]], ...] = (_kind, _document, _picture)


def _hides(match: re.Match[bytes]) -> bool:
    """Say whether a BOUNDSHEET record of an .xls file ([MS-XLS] 2.4.28) is whole and names a hidden sheet."""
    letters = match["letters"][0] * (2 if match["wide"] == b"\1" else 1)
    return match["length"][0] == letters + 8 and match["state"][0] & 3 in (1, 2)


def _located(tiff: bytes) -> bool:
    """Say whether a TIFF directory (Exif 2.3 section 4.6) points to a latitude."""
    order = "<" if tiff.startswith(b"II") else ">"
    if len(tiff) < struct.calcsize("<4sL"):
        return False
    pointer = _tags(tiff, struct.unpack_from(f"{order}L", tiff, 4)[0], order).get(_GPS_POINTER, 0)
    return pointer > 0 and _LATITUDE in _tags(tiff, pointer, order)


def _tags(tiff: bytes, at: int, order: str) -> dict[int, int]:
    """Read a directory of tags and their values, as far as it is within the bytes."""
    if at + 2 > len(tiff):
        return {}
    count = struct.unpack_from(f"{order}H", tiff, at)[0]
    found: dict[int, int] = {}
    for number in range(min(count, _MOST_TAGS)):
        begins = at + 2 + number * _DIRECTORY_ENTRY
        if begins + _DIRECTORY_ENTRY > len(tiff):
            break
        tag, _, _, value = struct.unpack_from(f"{order}HHLL", tiff, begins)
        found[tag] = value
    return found
