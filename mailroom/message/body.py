"""The message's own words: the best of its text parts, as one clean text."""

from collections.abc import Iterable
from dataclasses import dataclass

from mailroom.message import attachments, html, mime, text
from mailroom.message.mime import Leaf

# Words beyond this are not read by anybody; the raw message keeps them.
_LONGEST = 2 * 1024 * 1024
_WORDS = ("text/plain", "text/html", "text/enriched")


@dataclass(frozen=True, slots=True)
class Body:
    """The text, and the leaves that are files."""

    text: str
    files: tuple[Leaf, ...]
    defects: tuple[str, ...] = ()


def read(leaves: Iterable[Leaf]) -> Body:
    """Choose and join the parts a person reads: of each set of alternatives, the plain one unless it is empty."""
    files: list[Leaf] = []
    shown: list[Leaf] = []
    for leaf in leaves:
        if attachments.is_file(leaf):
            files.append(leaf)
        if leaf.type in _WORDS and leaf.disposition != "attachment" and (not leaf.name or leaf.disposition == "inline"):
            shown.append(leaf)
    plain = {leaf.alternative for leaf in shown if leaf.type != "text/html" and mime.words(leaf.part).strip()} - {0}
    pieces = [_words(leaf) for leaf in shown if leaf.type != "text/html" or leaf.alternative not in plain]
    whole = "\n".join(piece.strip("\n") for piece in pieces if piece.strip())
    if len(whole) > _LONGEST:
        return Body(whole[:_LONGEST], tuple(files), ("the text is longer than 2 MiB: only the first part was read",))
    return Body(whole, tuple(files))


def _words(leaf: Leaf) -> str:
    words = mime.words(leaf.part)
    return text.clean(html.to_text(words)) if leaf.type == "text/html" else words
