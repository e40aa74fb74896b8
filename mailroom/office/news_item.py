"""What somebody sends for the newsletter: its words, what its pictures show, who agreed, and what is missing.

Pure. Labelled lines are read first (`Alt text: …`, `Permission: yes, all six`, `Heading: …`); where somebody just
writes, the paragraphs that are more than a greeting are the item. The coordinator sees it before anybody else does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mailroom.message import Message

MOST_WORDS: Final = 120
"""Words of an item (domain, D2)."""
LONG_ENOUGH: Final = 15
"""Words that make a paragraph more than a greeting, a request or a signature."""
MOST_HEADING: Final = 60

GAPS: Final = {
    "words": "the words themselves: about 60 to 120, in plain English;",
    "length": "a shorter text: it has {n} words, and there is room for 120;",
    "picture": (
        "the picture once more: we could not open the one that came. A photo saved as JPEG or PNG is best, and not as "
        "HEIC, which most programs cannot show;"
    ),
    "alt_text": "alt text: for each picture a sentence that says what it shows, for readers who cannot see it;",
    "permission": (
        "permission: that each person who can be recognised has agreed to be shown, and a parent for a child; "
        "if one of them has not, please send another picture;"
    ),
    "marking": "a version that may be read outside the police: this one is marked {marking};",
}
"""What an item may lack, as the acknowledgement says it."""

_LABEL = re.compile(
    r"^\W{0,3}(?P<label>alt(?:ernative)?[ -]?text|alt|caption|(?:picture|photo|image)(?: \d)?|permissions?|consents?"
    r"|heading|title|words|text|item|article)\s*\d?\s*(?::|=| - | – )\s*(?P<value>\S.*)$",
    re.IGNORECASE,
)
_SHOWS = re.compile(r"\b(?:picture|photo|photograph|image) shows\b.{8,}", re.IGNORECASE)
_AGREED = re.compile(
    r"\b(?:all|everyone|everybody|each)\b.{0,60}"
    r"\b(?:agreed?|consent(?:ed|s)?|said yes|happy|(?:gave|given) permission)\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"(?:yes|given|granted|agreed|all|everyone|everybody|each|obtained|confirmed|no (?:people|faces)|not needed|n/?a\b"
    r"|(?:nobody|no[ -]one).{0,30}(?:recogni|identif|shown|seen))",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"\b(?:except|apart from|but|not yet|waiting|await\w*|pending|some|most|still|asking|refused|declined)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(r"^(?:dear|hi|hello|hey|morning|good (?:morning|afternoon|evening))\b.{0,40}$", re.IGNORECASE)
_ASKING = re.compile(
    r"^(?:sorry|please|words below|could you|can you|would you|here is|here are|many thanks)\b", re.IGNORECASE
)
_PICTURES = frozenset({"png", "jpeg", "jpg", "gif", "webp", "heic", "tiff", "bmp"})
_LOGO, _LOGO_BYTES = re.compile(r"image\d{3}\.\w+|logo.*|signature.*", re.IGNORECASE), 40_000
_OF_THE_MAIL = re.compile(
    r"newsletter|news letter|item|deadline|\blate\b|article|issue|photo|picture|can this", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class NewsItem:
    """An item as far as it has come."""

    heading: str = ""
    words: str = ""
    pictures: int = 0
    alt: str = ""
    """What the pictures show, a line each."""
    permission: str = ""
    """What was said of it, "" while nobody said a clear yes."""
    marking: str = ""
    broken: int = 0
    """How many of the pictures cannot be opened."""

    @property
    def length(self) -> int:
        """How many words it has."""
        return len(self.words.split())

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is missing, as GAPS names it."""
        return tuple(self._gaps())

    def _gaps(self) -> Iterator[str]:
        if not self.words:
            yield "words"
        if self.length > MOST_WORDS:
            yield "length"
        if self.broken:
            yield "picture"
        if len(self.alt.splitlines()) < self.pictures:
            yield "alt_text"
        if self.pictures and not self.permission:
            yield "permission"
        if self.marking not in ("", "OFFICIAL"):
            yield "marking"

    def missing(self) -> list[str]:
        """Say what is missing, a phrase each."""
        return [GAPS[gap].format(n=self.length, marking=self.marking) for gap in self.gaps]


def read(message: Message, before: NewsItem | None = None, *, whose: str = "") -> NewsItem:
    """Read an item, or what a further mail adds to one. `whose` heads an item that has no heading of its own."""
    labels, left = _labels(message.new_text)
    had = before or NewsItem()
    pictures = sum(is_picture(one.name, one.type, one.true_type, one.size) for one in message.attachments)
    body = labels.get("words") or _body(left, answers=before is not None)
    words = body if body and (before is None or _replaces(body, had, labels)) else had.words
    heading = labels.get("heading") or had.heading
    if not heading or (heading == whose and words != had.words):
        heading, words = _heading(words, message.subject, whose)
    alt = labels.get("alt") or (found[0] if (found := _SHOWS.search(message.new_text)) else "")
    said = labels.get("permission", "")
    agreed = (said if said and agrees(said) else "") or ("" if said else _agreed(message.new_text))
    return NewsItem(
        heading=heading,
        words=words,
        pictures=had.pictures + pictures,
        alt="\n".join(part for part in (had.alt, alt) if part),
        permission=agreed or ("" if said else had.permission),
        marking=message.marking if words != had.words else had.marking,
        broken=had.broken,
    )


def agrees(said: str) -> bool:
    """Tell whether words about permission are a clear yes for everybody who is shown."""
    return _YES.match(said.strip()) is not None and _BUT.search(said) is None


def _agreed(text: str) -> str:
    found = _AGREED.search(text)
    return found[0] if found and not _BUT.search(found[0]) else ""


def _labels(text: str) -> tuple[dict[str, str], str]:
    """Take labelled lines out of a text; several that say what pictures show are kept, a line each."""
    found: dict[str, str] = {}
    left: list[str] = []
    for line in text.split("\n"):
        match = _LABEL.match(line)
        name = _named(match["label"]) if match else ""
        if match is None or (name in found and name != "alt"):
            left.append(line)
        elif name == "alt":
            found[name] = "\n".join(filter(None, (found.get(name, ""), match["value"].strip())))
        else:
            found[name] = match["value"].strip()
    return found, "\n".join(left)


def _named(label: str) -> str:
    word = label.casefold()
    if word.startswith(("alt", "caption", "picture", "photo", "image")):
        return "alt"
    if word.startswith(("permission", "consent")):
        return "permission"
    return "heading" if word in ("heading", "title") else "words"


def _body(text: str, *, answers: bool) -> str:
    """Return the paragraphs that are the item; of an answer to our own mail, only what is clearly a text."""
    paragraphs = [" ".join(one.split()) for one in re.split(r"\n\s*\n", text)]
    kept = [one for one in paragraphs if one and not _GREETING.match(one) and not _ASKING.match(one)]
    long = [one for one in kept if len(one.split()) >= LONG_ENOUGH]
    if long or answers:
        return "\n".join(long)
    return max(kept, key=lambda one: len(one.split()), default="")


def _replaces(body: str, had: NewsItem, labels: dict[str, str]) -> bool:
    """Tell whether the words of an answer take the place of those there were: those asked for, or said to be so."""
    return "words" in labels or not had.words or (had.length > MOST_WORDS and len(body.split()) >= LONG_ENOUGH)


def _heading(words: str, subject: str, whose: str) -> tuple[str, str]:
    """Return a heading and what is left of the words: `Platform safety week: the team met …` brings its own."""
    head, colon, rest = words.partition(": ")
    if colon and head[:1].isupper() and len(head) <= MOST_HEADING and "." not in head and rest.strip():
        return head, rest[0].upper() + rest[1:]
    own = re.sub(r"^(?:(?:re|fw|fwd)\s*:\s*)+", "", subject, flags=re.IGNORECASE).strip()
    if own and len(own) <= MOST_HEADING and not _OF_THE_MAIL.search(own):
        return own, words
    return whose, words


def is_picture(name: str, type_: str, true_type: str, size: int) -> bool:
    """Tell a picture from a signature's logo, which mail programs attach as well."""
    kind = (true_type or type_).casefold().rpartition("/")[2]
    logo = _LOGO.fullmatch(name) is not None and size < _LOGO_BYTES
    return (kind in _PICTURES or type_.startswith("image/")) and not logo
