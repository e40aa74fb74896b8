"""The message's own words: the best of its text parts, as one clean text."""

from collections.abc import Iterable
from dataclasses import dataclass

from mailroom.message import attachments, html, mime, text
from mailroom.message.flowed import unflowed
from mailroom.message.mime import Leaf
from mailroom.message.uuencoded import taken_out

# Words beyond this are not read by anybody; the raw message keeps them.
_LONGEST, _LINES = 2 * 1024 * 1024, 100_000
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
    reports: list[Leaf] = []
    for leaf in leaves:
        if attachments.is_file(leaf):
            files.append(leaf)
        if leaf.type in _WORDS and leaf.disposition != "attachment" and (not leaf.name or leaf.disposition == "inline"):
            shown.append(leaf)
        elif leaf.type in mime.REPORTS:
            reports.append(leaf)
    texts = {id(leaf): mime.words(leaf.part) for leaf in shown}
    plain = {leaf.alternative for leaf in shown if leaf.type != "text/html" and texts[id(leaf)].strip()} - {0}
    read = [leaf for leaf in shown if leaf.type != "text/html" or leaf.alternative not in plain]
    pieces: list[str] = []
    for leaf in read:
        words, inside = _words(leaf, texts[id(leaf)])
        files += inside
        if words.strip():
            pieces.append(words.strip("\n"))
    defects = _defects(read, texts)
    if not pieces:
        # Some servers explain themselves only where the report for machines stands.
        pieces = [text.clean(text.decode(mime.content(leaf.part))).strip() for leaf in reports]
    whole = "\n".join(pieces)
    if len(whole) > _LONGEST:
        whole = whole[:_LONGEST]
        defects.append("the text is longer than 2 MiB: only the first part was read")
    if whole.count("\n") >= _LINES:
        whole = "\n".join(whole.split("\n", _LINES)[:_LINES])
        defects.append(f"the text has more than {_LINES} lines: only the first were read")
    return Body(whole, tuple(files), tuple(defects))


def _words(leaf: Leaf, words: str) -> tuple[str, list[Leaf]]:
    """Give a leaf as plain text, and the files that were written into it."""
    if leaf.type == "text/html":
        return text.clean(html.to_text(words)), []
    if "format" in str(leaf.part.get("content-type", "")).lower():
        flowed = str(leaf.part.get_param("format", "")).lower() == "flowed"
        if flowed:
            return unflowed(words, delete_space=str(leaf.part.get_param("delsp", "")).lower() == "yes"), []
    return taken_out(words) if "begin " in words else (words, [])


def _defects(leaves: Iterable[Leaf], texts: dict[int, str]) -> list[str]:
    defects = [
        f"its character set {text.one_line(charset)[:40]!r} is not one we read: read as Western text"
        for leaf in leaves
        if not text.known(charset := mime.charset(leaf.part))
    ]
    if any("\ufffd" in words for words in texts.values()):
        defects.append("a part is not in the character set it names")
    return list(dict.fromkeys(defects))
