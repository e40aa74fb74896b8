"""Comments of a workbook: the old sort, and the threads that Excel 365 writes beside a copy of the old sort."""

import re
from dataclasses import dataclass, field

from mailroom.message.spreadsheet import Comment
from mailroom.message.spreadsheet_package import Attributes, Package

_PART = re.compile(r"xl/(?:.{1,100}/)?(?:comments|threadedcomments?)/?[^/]{0,100}\.xml", re.IGNORECASE)
# What Excel writes into the old sort for those who cannot see threads.
_COPY = "[Threaded comment]"


@dataclass(slots=True)
class Noted:
    """Which parts with comments were read already."""

    parts: set[str] = field(default_factory=set)

    def left(self, whole: Package) -> tuple[Comment, ...]:
        """Read the comments that belong to no sheet."""
        parts = [name for name in whole.names if _PART.fullmatch(name) and name.casefold() not in self.parts]
        return tuple(one for part in parts for one in _read(whole, part))


def comments(whole: Package, sheet: str, noted: Noted) -> tuple[Comment, ...]:
    """Return the comments of a sheet, each once.

    Raises:
        Unsound: they are damaged.

    """
    found: list[Comment] = []
    for relation in whole.relations(sheet):
        if relation.kind in ("comments", "threadedComment") and whole.has(relation.target):
            noted.parts.add(relation.target.casefold())
            found += _read(whole, relation.target)
    threads = {one.at for one in found if not one.text.startswith(_COPY)}
    return tuple(one for one in found if not (one.text.startswith(_COPY) and one.at in threads))


def _read(whole: Package, part: str) -> list[Comment]:
    found: list[Comment] = []
    at = ""
    piece: list[str] = []
    within = False

    def begin(tag: str, attributes: Attributes) -> None:
        nonlocal at, within
        if tag in ("comment", "threadedComment"):
            at = attributes.get("ref", "")
            piece.clear()
        within = within or tag in ("t", "text")

    def end(tag: str) -> None:
        nonlocal within
        if tag in ("comment", "threadedComment"):
            found.append(Comment(at, " ".join("".join(piece).split())))
            within = False
        elif tag == "text":
            within = False

    def said(words: str) -> None:
        if within:
            piece.append(words)

    whole.walk(part, begin, end, said)
    return found


def word_comments(whole: Package) -> tuple[Comment, ...]:
    """Return one `Comment` for each of a paper of Word; that there are any is enough.

    Raises:
        Unsound: they are damaged.

    """
    found: list[Comment] = []

    def begin(tag: str, _attributes: Attributes) -> None:
        if tag == "comment":
            found.append(Comment("", ""))

    if whole.has("word/comments.xml"):
        whole.walk("word/comments.xml", begin)
    return tuple(found)
