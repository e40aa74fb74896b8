"""Attachments: safe names, types, sizes, hashes and what is to be known of them. Nothing is ever run or unpacked."""

import hashlib
import re
from collections.abc import Iterable

from mailroom.message import filetypes, findings, mime, zipped
from mailroom.message.mime import Leaf
from mailroom.message.model import Attachment

# Longest name shown or stored; file systems stop at 255 bytes.
_NAME = 120
_RESERVED = re.compile(r"(?i)\A(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?=\.|\Z)")
_FORBIDDEN = re.compile(r"[<>:\"|?*]")


def attachments(leaves: Iterable[Leaf]) -> tuple[Attachment, ...]:
    """Describe the leaves that are files rather than the message's own words."""
    found: list[Attachment] = []
    taken: set[str] = set()
    for leaf in leaves:
        data = mime.content(leaf.part)
        name = _unique(safe_name(leaf.name), taken) if leaf.name else ""
        listed = zipped.entries(data)
        true_type = filetypes.true_type(data, listed)
        notes = findings.findings(name, true_type, data, listed)
        found.append(Attachment(name, leaf.type, len(data), hashlib.sha256(data).hexdigest(), true_type, notes))
    return tuple(found)


def is_file(leaf: Leaf) -> bool:
    """Say whether a leaf is a file: it has a name, is marked as one, or is nothing a reader shows as text."""
    if leaf.type in mime.REPORTS:
        return False
    if leaf.type == "text/calendar" and leaf.disposition != "attachment" and not leaf.name:
        return False
    shown = leaf.type in ("text/plain", "text/html", "text/enriched")
    # Apple Mail names inline text; a reader still shows it, so it is both a file and words.
    return bool(leaf.name) or leaf.disposition == "attachment" or not (shown or leaf.type.startswith("multipart/"))


def safe_name(claimed: str) -> str:
    """Make a sender's file name one that can be shown and stored: no path, no device, no trailing dots.

    `../../etc/passwd` gives `passwd`, `CON.txt` gives `_CON.txt`, `..` gives `attachment`.
    """
    name = _FORBIDDEN.sub("_", claimed.replace("\\", "/").rpartition("/")[2]).strip().rstrip(". ")
    name = _RESERVED.sub(lambda match: f"_{match[0]}", name)
    stem, dot, suffix = name.rpartition(".")
    if len(name) > _NAME and dot and len(suffix) < _NAME // 4:
        name = f"{stem[: _NAME - len(suffix) - 1].rstrip()}.{suffix}"
    # Where it was cut, a space or a dot may have come last.
    name = name[:_NAME].rstrip(". ")
    return name if name.strip("._ ") else "attachment"


def _unique(name: str, taken: set[str]) -> str:
    stem, dot, suffix = name.rpartition(".")
    candidate, number = name, 1
    while candidate.lower() in taken:
        number += 1
        candidate = f"{stem or suffix} ({number}){dot + suffix if stem else ''}"
    taken.add(candidate.lower())
    return candidate
