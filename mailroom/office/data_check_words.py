"""Whether figures come explained: what they show, what they do not, out of how many, and over what time.

A table without these four misleads (domain, section C11). They may stand as labelled lines or as sentences, in the
mail or on a sheet of the file. This asks only whether each is there; whether it is right is for the coordinator.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mailroom.rules.cases.events import Verdict

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?:19|20)\d\d"
_COUNTED: Final = (
    r"(?:people|persons|searches|stops|arrests|incidents|crimes|offences|reports|complaints|records|encounters|cases"
    r"|passengers|uses|contacts|calls|events|hours|journeys|victims|officers|stations)"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing an explanation must say: its name, the words it may be labelled with, and sentences that say it."""

    name: str
    label: re.Pattern[str]
    sentence: re.Pattern[str]


PARTS: Final = (
    Part(
        "what it shows",
        re.compile(r"(?:what )?(?:it|this|they|these figures|the figures|the table) shows?|what this is|shows"),
        re.compile(
            rf"\bcounts? of\b|\bnumbers? of {_COUNTED}|\b(?:figures?|tables?|data|chart|it|they|these|this|sheet|column"
            rf"|row)s? (?:shows?|gives?|counts?|covers?|lists?|compares?|describes?|tells?)\b(?! (?:no|only)\b)"
            rf"|\b(?:these|they|figures) are (?:the )?(?:counts|numbers|totals|recorded)|\bhow many {_COUNTED}"
            rf"|\beach (?:figure|number|cell|row) (?:is|counts|shows)\b"
        ),
    ),
    Part(
        "what it does not show",
        re.compile(
            r"(?:what )?(?:it|this|they|these figures|the figures|the table) (?:does|do) ?n[o']t show|what is not shown"
            r"|limits|limitations|not shown|caveats?|cautions?|left out"
        ),
        re.compile(
            r"\b(?:does|do|did|can) ?n[o']t (?:show|tell|include|cover|say|mean|prove|measure|count|explain|compare"
            r"|be (?:compared|used|read))\b|\bcannot (?:show|tell|say|be|prove|explain)\b|\bnot (?:of )?people\b"
            r"|\bno (?:\w+ ){0,3}(?:rates?|comparison|conclusions?)\b"
            r"|\bnot (?:included|counted|shown|covered|comparable)\b"
            r"|\bexclud(?:es?|ing|ed)\b|\bleaves? out\b|\bnothing (?:about|on)\b"
        ),
    ),
    Part(
        "out of how many",
        re.compile(r"denominators?|out of(?: how many)?|base|population|compared with|rates?"),
        re.compile(
            r"\bdenominators?\b|\bout of\b|\bper (?:1,?000|10,?000|100,?000|head|person|passenger|100)\b|\brates?\b"
            rf"|\b(?:percentage|per cent|share|proportion)s? (?:is |are )?(?:of|out of)\b"
            rf"|\b\d[\d,]* {_COUNTED} in (?:all|total)"
            rf"|\bof all \d?[\d,]* ?{_COUNTED}|\bpassenger (?:count|number)s?\b|\bpopulation\b"
            r"|\bfootfall\b|\bbased on \d"
        ),
    ),
    Part(
        "over what time",
        re.compile(r"time(?: ?span)?|period(?: covered)?|dates?|from|between|time covered|covers"),
        re.compile(
            rf"\b(?:\d{{1,2}} )?{_MONTH}(?: {_YEAR})? (?:to|until|till|and|-) (?:\d{{1,2}} )?{_MONTH},? {_YEAR}"
            rf"|\b(?:in|during|for|of) (?:the )?(?:whole )?(?:year |month of )?(?:{_MONTH} )?{_YEAR}\b"
            rf"|\b(?:first|second|third|fourth|last) (?:quarter|half|\w+ months) of {_YEAR}"
            rf"|\bq[1-4][ ,]+(?:of )?{_YEAR}"
            rf"|\b{_YEAR} ?[/-] ?\d\d\b"
            r"|\b(?:in|to) the (?:year|quarter|(?:\w+ )?months?|\w+ weeks) (?:to|ending|from)\b"
            rf"|\bsince (?:\d{{1,2}} )?(?:{_MONTH} )?{_YEAR}"
            rf"|\b\d{{1,2}}/\d{{1,2}}/{_YEAR} (?:to|until|-) \d{{1,2}}/\d{{1,2}}"
        ),
    ),
)
"""The four, in the order in which whoever approves reads them."""

_LABELLED = re.compile(r"\s*[-*•]?\s*(?P<label>[A-Za-z' ]{2,40}?)\s*[:=]\s*(?P<said>.*\S)?\s*")
_NOTHING: Final = frozenset(["", "?", "-", "tbc", "to follow", "n/a", "..."])
_FOLD: Final = str.maketrans({"’": "'", "‘": "'", "–": "-", "—": "-", "\xa0": " "})
_SENTENCE_ENDS = re.compile(r"(?<=[a-z\d)][.!?]) +(?=[A-Z])")
_LONGEST: Final = 50_000
"""Characters looked at; an explanation is a page."""


@dataclass(frozen=True, slots=True)
class Explained:
    """Which of the four are missing, by name."""

    missing: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether all four are there."""
        return not self.missing

    @property
    def verdict(self) -> Verdict:
        """The answer to “explained”: whoever sent the figures may know what is missing."""
        return Verdict(self.ok, self.reason, self.reason)

    @property
    def reason(self) -> str:
        """What to ask the analyst for, or ""."""
        return f"The explanation leaves out {_and(self.missing)}." if self.missing else ""


def explained(mail: str, files: Sequence[str] = ()) -> Explained:
    """Look for the four in the mail's new words and its files' words; a label with nothing after it says nothing."""
    text = "\n".join((mail, *files))[:_LONGEST].translate(_FOLD).casefold()
    labelled = {
        match["label"]: match["said"] or "" for line in text.split("\n") if (match := _LABELLED.fullmatch(line))
    }
    empty = {label for label, said in labelled.items() if said.strip() in _NOTHING}
    prose = "\n".join(line for line in text.split("\n") if not _is_empty(line, empty))
    return Explained(
        tuple(
            part.name
            for part in PARTS
            if not any(part.label.fullmatch(label) for label in labelled.keys() - empty)
            and not part.sentence.search(prose)
        )
    )


def explanation(mail: str, files: Sequence[str]) -> tuple[str, ...]:
    """Return what may stand as the explanation in a draft, line by line: the coordinator reads and mends it.

    The words of the files, where they explain all four; else also those sentences of the mail that explain. What else
    an officer writes around them ("Clean sheet attached, sorry for the delay") is not for whoever asked.
    """
    if explained("", files).ok:
        return tuple(files)
    said = (part.strip() for line in mail.splitlines() for part in _SENTENCE_ENDS.split(line))
    found = [one for one in said if one and len(explained(one).missing) < len(PARTS)]
    return tuple(dict.fromkeys((*found, *files)))


def _is_empty(line: str, empty: set[str]) -> bool:
    match = _LABELLED.fullmatch(line)
    return match is not None and match["label"] in empty


def _and(names: tuple[str, ...]) -> str:
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
