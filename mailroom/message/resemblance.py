"""Who pretends to be whom: names shown by strangers, and domains made to be misread (RFC 5890, UTS 39).

What an eye takes for the same is folded to one skeleton; two things resemble each other when their
skeletons do. Nothing here says that anybody lies, only that a person has to look.
"""

import contextlib
import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Protocol, TypeVar

RANKS = frozenset(
    [
        "pc", "dc", "ps", "ds", "sgt", "sergeant", "constable", "cst", "insp", "inspector", "di", "dci", "ch",
        "chief", "supt", "superintendent", "det", "detective", "acting", "temporary", "t", "temp", "special", "psc",
        "pcso", "sc", "acc", "dcc", "cc", "commander", "cmdr", "commissioner", "assistant", "deputy", "officer",
        "mr", "mrs", "ms", "mx", "miss", "dr", "prof", "professor", "rev", "revd", "reverend", "rabbi", "imam",
        "sir", "dame", "lord", "lady", "cllr", "councillor", "the", "hon", "mp", "obe", "mbe", "cbe", "qpm", "kpm",
        "jp",
    ]
)  # fmt: skip
"""Words around a name that are no part of it."""

ALIKE = 0.8
"""How alike each label of two domains is before one is taken for a pretender.

Label by label, as neighbours share their endings: met.police.example is no pretender to btp.police.example.
"""

SHORTEST_LABEL = 3
"""A label of a domain shorter than this, such as "uk", is nobody's name."""

VETTED = (".gov.uk", ".police.uk", ".nhs.uk", ".parliament.uk", ".mod.uk", ".ac.uk", ".sch.uk", ".judiciary.uk")
"""Registries that give a name only to whom it belongs: kent.gov.uk does not pretend to be kent.police.uk."""

# Letters drawn like a Latin one: other scripts, barred and dotless forms that decomposing leaves alone.
_DRAWN_LIKE = {
    "a": "аαɑ", "b": "ьƅ", "c": "сϲ", "d": "ԁđ", "e": "еєҽ", "g": "ɡց", "h": "һħհ", "i": "іıɩι", "j": "јϳ",
    "k": "кκ", "l": "ӏłǀ", "m": "м", "n": "ոпη", "o": "оοօøσ", "p": "рρ", "q": "ԛ", "r": "гᴦ", "s": "ѕꜱ", "t": "тτŧ",
    "u": "սυ", "v": "ѵν", "w": "ԝωѡ", "x": "хχ", "y": "уүγ", "z": "ᴢ",
}  # fmt: skip
_LETTERS = str.maketrans({other: latin for latin, others in _DRAWN_LIKE.items() for other in others})
_DIGITS = str.maketrans("01358$|", "olesbsl")
# What follows a name: where its bearer works, or what passed the mail on.
_AFTER_NAME = re.compile(r"\s[-–—|/@]+\s|[(\[|<\"]|\bvia\b", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,8}")
_WORD = re.compile(r"[^\W_]+")


class Named(Protocol):
    """Whoever has a name to be shown under."""

    @property
    def name(self) -> str:
        """The name as the directory has it."""


Person = TypeVar("Person", bound=Named)


def doubts(name: str, address: str) -> tuple[str, ...]:
    """Say what about a sender is made to mislead, whoever they are."""
    found = [word for word in _ADDRESS.findall(_folded(name)) if word != _folded(address)]
    said = ["the name shown is an address, but not the one it came from"] if found else []
    if mixes_scripts(address.rpartition("@")[2]):
        said.append("the sender's domain mixes letters of several alphabets")
    return tuple(said)


def namesake(shown: str, directory: Iterable[Person]) -> Person | None:
    """Return the person whose name a stranger shows: the whole name in any order, or a rank and the surname."""
    words = _words(_AFTER_NAME.split(shown.strip("\"'( "))[0])
    bare = _bare(words)
    if not bare:
        return None
    ranked = len(bare) < len(words)
    for person in directory:
        name = _bare(_words(person.name))
        if len(name) > 1 and (_same(bare, name) or (ranked and bare == name[-1:])):
            return person
    return None


def lookalike(domain: str, ours: Iterable[str]) -> str:
    """Return the domain of ours that a stranger's domain pretends to be, or "".

    It pretends when it is written almost the same, or carries our first label as a word of its own:
    btp-police.invalid for btp.example.org. Domains may be Unicode or A-labels (xn--).
    """
    folded = _skeleton(domain)
    own_domains = tuple(ours)
    if any(domain == own or domain.endswith("." + own) for own in own_domains) or domain.endswith(VETTED):
        return ""
    words = re.split(r"[.\-_]", folded)
    for own in own_domains:
        label = own.split(".")[0]
        near = _alike(folded.split("."), _skeleton(own).split("."))
        if near or (len(label) >= SHORTEST_LABEL and _skeleton(label) in words):
            return own
    return ""


def mixes_scripts(domain: str) -> bool:
    """Say whether one label of `domain` draws on several alphabets, as no honest name does (UTS 39 section 5.1)."""
    shown = shown_domain(domain)
    return not shown.isascii() and any(len(_scripts(label)) > 1 for label in shown.split("."))


def shown_domain(domain: str) -> str:
    """Give a domain as a reader sees it, in Unicode; a label that is no valid A-label stays (RFC 5891 section 5.3)."""
    labels = []
    for written in domain.split("."):
        label = written
        if written.startswith("xn--") and written.isascii():
            with contextlib.suppress(UnicodeError):
                # Not the "idna" codec: it raises for a whole domain, and takes long over long ones.
                label = written[4:67].encode("ascii").decode("punycode")
        labels.append(label)
    return ".".join(labels)


def _scripts(label: str) -> set[str]:
    """Name the alphabets of a label; those that Japanese, Korean and Chinese mix count as one, as do digits."""
    found = {unicodedata.name(char, "?").split(" ", 1)[0] for char in label if char.isalpha()}
    east = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "KATAKANA-HIRAGANA"}
    # Latin beside an eastern script is everyday there.
    return found - east - {"LATIN"} if found & east else found


def _alike(theirs: list[str], own: list[str]) -> bool:
    return len(theirs) == len(own) and all(
        SequenceMatcher(None, one, other).ratio() >= ALIKE for one, other in zip(theirs, own, strict=True)
    )


def _bare(words: list[str]) -> list[str]:
    """Drop ranks and titles."""
    return [word for word in words if word not in RANKS]


def _same(one: list[str], other: list[str]) -> bool:
    """Compare names in any order; a middle initial on one side is no difference."""
    long_one, long_other = ([word for word in words if len(word) > 1] for words in (one, other))
    return sorted(one) == sorted(other) or (len(long_other) > 1 and sorted(long_one) == sorted(long_other))


def _words(name: str) -> list[str]:
    """Split a name into folded words; numbers, such as a collar number, are none."""
    return [word.translate(_DIGITS) for word in _WORD.findall(_folded(name)) if not word.isdigit()]


def _folded(text: str) -> str:
    """Fold case, accents, invisible characters and letters drawn alike."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Cf")).translate(_LETTERS)


def _skeleton(domain: str) -> str:
    return _folded(shown_domain(domain)).translate(_DIGITS).replace("rn", "m").replace("vv", "w")
