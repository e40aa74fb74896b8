"""Take attached files out of a message's bytes: where each stood, a few lines say what it was.

For identity papers, vetting forms, officers' numbers: what must not be kept. Words and headers stay. A file that
can't be cut out alone (inside winmail.dat, written into the text, inside an enclosed message) takes with it what it
lies in: better too much than a byte too little. The result is read again before it counts.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message as Tree
from typing import Final

from mailroom.message import body, filetypes, limits, mime, tnef
from mailroom.message.attachments import attachments
from mailroom.message.mime import Leaf
from mailroom.message.mime_tree import parsed
from mailroom.message.model import Attachment
from mailroom.message.text import clean

ANY: Final = "any"

_ENDINGS: Final[dict[str, frozenset[str]]] = {
    filetypes.DOCX: frozenset({".docx", ".docm", ".dotx"}),
    filetypes.XLSX: frozenset({".xlsx", ".xlsm"}),
    filetypes.PPTX: frozenset({".pptx", ".pptm"}),
    filetypes.ODS: frozenset({".ods"}),
    filetypes.PDF: frozenset({".pdf"}),
    filetypes.ZIP: frozenset({".zip"}),
    filetypes.DOC: frozenset({".doc"}),
    filetypes.XLS: frozenset({".xls"}),
    filetypes.PPT: frozenset({".ppt"}),
    filetypes.SEALED_OFFICE: frozenset({".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx"}),
    "application/vnd.ms-outlook": frozenset({".msg"}),
    "application/rtf": frozenset({".rtf"}),
    "image/png": frozenset({".png"}),
    "image/jpeg": frozenset({".jpg", ".jpeg"}),
    "image/gif": frozenset({".gif"}),
    "image/tiff": frozenset({".tif", ".tiff"}),
    "image/webp": frozenset({".webp"}),
    "image/heic": frozenset({".heic", ".heif", ".avif"}),
}
"""The endings that files of a type go under: a form that calls itself “scan” is a .pdf by its bytes."""

NOTE: Final = "taken-out.txt"
"""The name of the note that stands where a file stood."""

_TOLD_AT_MOST = 100
_OF_THE_BODY = ("content-", "mime-version")


@dataclass(frozen=True, slots=True)
class Stripped:
    """A message without the files that were to go, and what they were."""

    raw: bytes
    removed: tuple[Attachment, ...]


def strip(raw: bytes, endings: Collection[str]) -> Stripped | None:
    """Take files out of a message: all (`any`), or those with one of some endings, such as .pdf. None if it has none.

    `removed` names the files that are gone, with all that went with them.
    """
    tree = parsed(limits.cap(raw).raw)
    files = _files(tree)
    gone = [(leaf, file) for leaf, file in files if is_wanted(file, endings) or _holds(leaf, endings)]
    if not gone:
        return None
    own = {id(part) for part in tree.walk()}
    removed = tuple(file for _, file in gone)
    if all(id(leaf.part) in own for leaf, _ in gone):
        for leaf, file in gone:
            _become(leaf.part, told(file))
        for part in tree.walk():
            # What stands before the first part and after the last one, no reader shows; files may hide there.
            part.preamble = part.epilogue = None
        made = _written(tree)
        if made and _is_clean(made, removed):
            return Stripped(made, removed)
    everything = tuple(file for _, file in files)
    return Stripped(_only_words(parsed(limits.cap(raw).raw), everything, endings), everything)


def is_wanted(file: Attachment, endings: Collection[str]) -> bool:
    """Tell whether a file is one of those named, by its name or by its bytes."""
    name = file.name.lower()
    own = {name[name.rfind(".") :]} if "." in name else set()
    shown = _ENDINGS.get(file.true_type, frozenset()) | _ENDINGS.get(file.type, frozenset())
    return ANY in endings or not (own | shown).isdisjoint(endings)


def told(file: Attachment) -> str:
    """Say what a file was that is gone."""
    return (
        "This file was taken out and is not kept.\n\n"
        f"Name: {file.name or '(none)'}\nType: {file.true_type or file.type}\nSize: {file.size} bytes\n"
        f"SHA-256: {file.sha256}\n"
    )


def _files(tree: Tree) -> list[tuple[Leaf, Attachment]]:
    files = body.read(tnef.unwrapped(mime.leaves(tree))).files
    return list(zip(files, attachments(files), strict=True))


def _holds(leaf: Leaf, endings: Collection[str]) -> bool:
    """Tell whether a file of the message is a message itself, or winmail.dat, with such a file in it."""
    if leaf.type in mime.ENCLOSED:
        inside = [one for child in mime.subparts(leaf.part) for one in _files(child)]
        return any(is_wanted(file, endings) or _holds(inner, endings) for inner, file in inside)
    return tnef.is_tnef(leaf) and any(
        is_wanted(file, endings) for file in attachments(one for one in tnef.unwrapped([leaf]) if one is not leaf)
    )


def _become(part: Tree, words: str) -> None:
    """Turn a part into one of text; of a whole message, the headers that are not about its body stay."""
    for name in {name.lower() for name, _ in part.raw_items()}:
        if name.startswith("content-"):
            del part[name]
    part["Content-Type"] = 'text/plain; charset="utf-8"'
    part["Content-Disposition"] = f'attachment; filename="{NOTE}"'
    part["Content-Transfer-Encoding"] = "8bit"
    part.set_payload(_octets(words).decode("ascii", "surrogateescape"))


def _octets(words: str) -> bytes:
    return clean(words).encode("utf-8", "replace")


def _written(tree: Tree) -> bytes:
    """Write a tree; b"" where something in it is beyond the standard library."""
    try:
        return tree.as_bytes()
    except (UnicodeError, LookupError, ValueError, TypeError, KeyError, MessageError):
        return b""


def _is_clean(made: bytes, removed: Sequence[Attachment]) -> bool:
    gone = {file.sha256 for file in removed}
    return all(file.sha256 not in gone for _, file in _files(parsed(limits.cap(made).raw)))


def _only_words(tree: Tree, files: Sequence[Attachment], endings: Collection[str]) -> bytes:
    """Write what is left where files can't be cut out alone: the headers, the words, and what the files were."""
    leaves = [one for one in tnef.unwrapped(mime.leaves(tree)) if not _is_named_text(one, endings)]
    words = body.read(leaves).text
    head = b"".join(
        f"{name}: {value}\n".encode("ascii", "surrogateescape")
        for name, value in tree.raw_items()
        if not name.lower().startswith(_OF_THE_BODY)
    )
    notes = "\n".join(told(file) for file in files[:_TOLD_AT_MOST])
    mark = "=_taken_out"
    while mark in words or mark in notes:
        mark += "_"
    text = 'Content-Type: text/plain; charset="utf-8"\nContent-Transfer-Encoding: 8bit\n'
    whole = (
        f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{mark}"\n\n'
        f"--{mark}\n{text}\n{words}\n"
        f'--{mark}\n{text}Content-Disposition: attachment; filename="{NOTE}"\n\n{notes}\n--{mark}--\n'
    )
    return head + _octets(whole)


def _is_named_text(leaf: Leaf, endings: Collection[str]) -> bool:
    """Tell whether a part that is shown among the words is one of the files to go."""
    return bool(leaf.name) and any(is_wanted(file, endings) for file in attachments([leaf]))
