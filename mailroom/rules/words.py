"""Words as people mean them: folding, phrases, and whether a text holds a phrase.

A text is folded into words between single spaces. Capitals, accents, apostrophes, dashes, punctuation and
Unicode forms make no difference, so that “Can’t – attend” and “cant attend” are one. The end of a sentence or
paragraph stays as a bar, which no phrase can cross. A phrase is held only on word boundaries. What is written short
is written out (spelling.py). “left my ... on the train” leaves room for a few words of the same sentence.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from mailroom.rules.spelling import LONG, written_out

Form = Literal["contains", "is", "starts with", "ends with"]

# Enough for any letter; a longer text is a pasted report, whose first 200,000 characters say what it is.
MOST_CHARACTERS = 200_000

MOST_BETWEEN = 5
"""Words that “...” in a phrase leaves room for."""

_UNWRITTEN = {ord(char): None for char in "'\u2018\u2019\u201b\u02bc`\u00b4"}
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)|\n[ \t]*\n")
_WORD_OR_BAR = re.compile(r"\w+|\|")
_ROOM = re.compile(r"\.{3}|\u2026")
_BETWEEN = rf" (?:[^ |]+ ){{0,{MOST_BETWEEN}}}"


@dataclass(frozen=True, slots=True)
class Folded:
    """A text ready for matching: " word word | word ", and the set of its words."""

    text: str
    words: frozenset[str]

    def sentences(self) -> list["Folded"]:
        """Return the sentences, each folded."""
        return [_folded(part.split()) for part in self.text.split("|") if part.strip()]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One or more words in order; `written` is how the coordinator put it.

    `gaps` is the pattern to look for where the phrase leaves room between its words.
    """

    text: str
    head: str
    written: str
    gaps: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases to look for together: hundreds cost no more than the few whose rarest word is in the text."""

    all: tuple[Phrase, ...]
    by_head: Mapping[str, tuple[tuple[int, Phrase], ...]] = field(compare=False, repr=False)

    def found(self, texts: Iterable[Folded], form: Form = "contains") -> tuple[str, ...]:
        """Return those that any of the texts holds, as the coordinator wrote them and in her order."""
        held = {
            number: one.written
            for text in texts
            for head in text.words & self.by_head.keys()
            for number, one in self.by_head[head]
            if holds(text, form, one)
        }
        return tuple(dict.fromkeys(held[number] for number in sorted(held)))


def together(phrases: Iterable[Phrase]) -> Phrases:
    """Put phrases together, each once."""
    once = tuple({one.text: one for one in phrases}.values())
    by_head: dict[str, tuple[tuple[int, Phrase], ...]] = {}
    for number, one in enumerate(once):
        by_head[one.head] = (*by_head.get(one.head, ()), (number, one))
    return Phrases(once, by_head)


def fold(text: str) -> Folded:
    """Fold a text of any length; what lies beyond MOST_CHARACTERS is not looked at."""
    words = _WORD_OR_BAR.findall(_SENTENCE_END.sub(" | ", _plain(text[:MOST_CHARACTERS])))
    return _folded(words if LONG.keys().isdisjoint(words) else written_out(words))


def phrase(written: str) -> Phrase | None:
    """Make a phrase of what was written, or None when it holds no word."""
    parts = [
        written_out(word for word in _WORD_OR_BAR.findall(_plain(part)) if word != "|") for part in _ROOM.split(written)
    ]
    parts = [part for part in parts if part]
    if not parts:
        return None
    # The longest word is the one least likely to stand in a text by chance: looking it up first is what makes
    # hundreds of phrases cheap.
    head = max((word for part in parts for word in part), key=len)
    gaps = None
    if len(parts) > 1:
        gaps = re.compile(f" {_BETWEEN.join(re.escape(' '.join(part)) for part in parts)} ")
    return Phrase(f" {' ... '.join(' '.join(part) for part in parts)} ", head, written.strip(), gaps)


def holds(text: Folded, form: Form, wanted: Phrase) -> bool:
    """Tell whether `text` contains, is, starts with or ends with the phrase."""
    if wanted.head not in text.words:
        return False
    if wanted.gaps is not None:
        return _holds_with_room(text, form, wanted.gaps)
    if form == "contains":
        return wanted.text in text.text
    if form == "starts with":
        return text.text.startswith(wanted.text)
    if form == "ends with":
        return text.text.removesuffix("| ").endswith(wanted.text)
    return text.text.removesuffix("| ") == wanted.text


def _holds_with_room(text: Folded, form: Form, gaps: re.Pattern[str]) -> bool:
    whole = text.text.removesuffix("| ")
    if form == "contains":
        return gaps.search(whole) is not None
    if form == "is":
        return gaps.fullmatch(whole) is not None
    if form == "starts with":
        return gaps.match(whole) is not None
    return any(gaps.fullmatch(whole, place) for place, char in enumerate(whole) if char == " ")


def _folded(words: list[str]) -> Folded:
    while words and words[0] == "|":
        del words[0]
    return Folded(f" {' '.join(words)} ", frozenset(words))


def _plain(text: str) -> str:
    text = text.replace("|", " ").translate(_UNWRITTEN)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_UNWRITTEN)
        text = "".join(char for char in text if unicodedata.category(char) not in {"Mn", "Cf"})
    return text.casefold()
