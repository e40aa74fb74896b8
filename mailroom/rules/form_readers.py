"""How an answer in a form may be read: one catalogue, printed in docs/forms.md.

Each reader returns "" for what it can't read, and for what can be read in two ways: a person is then asked.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from mailroom.rules import vocabulary
from mailroom.rules.form_dates import UNSURE, a_date, a_time, hours
from mailroom.rules.lines import canonical

_YES: Final = re.compile(
    r"(?:yes|y|yep|yeah|yup|aye|ok|okay|sure|certainly|of course|absolutely|agreed?|accepted?|confirmed|true|done"
    r"|i (?:do|am|can|will|agree|accept|confirm|consent)|(?:i have |i've )?read (?:it )?and (?:i )?agreed?"
    r"|i (?:have|'ve) read|i've read|[\u2713\u2714\U0001f44d])(?![\w'])"
)
_AGREES: Final = re.compile(r"\b(?:agree|agreed|accept|consent)\b")
_NO: Final = re.compile(r"(?:no|n|nope|nay|none|false|disagree|declined?|i (?:disagree|decline|refuse))(?![\w'])")
_DENIED: Final = re.compile(r"\b(?:no|not|nope|never|cannot|unable|disagree|decline|refuse|without)\b|n't\b")
_HEDGED: Final = re.compile(
    r"\b(?:but|though|although|however|except|unless|if|maybe|perhaps|mostly|partly|probably|possibly|only|or)\b|\?"
)
_NO_MATTER: Final = re.compile(r"(?:no|not an?) (?:problem|worries|objection|issue|prob)")
_SENTENCE: Final = re.compile(r"[.!;\n]+(?:\s|$)|\s\(")

_NUMBER: Final = re.compile(r"(?<![\w.,-])-?(?:\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.\d{1,4})?(?![\d,]*\d|[/:-])", re.ASCII)
_COUNTED: Final = (
    "nil", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_NUMBERED: Final = re.compile(r"(?:^|\s)\d{1,2}[.)] +")
_NEAR: Final = 0.7


@dataclass(frozen=True, slots=True)
class Reader:
    """One way to read an answer.

    `hint` stands beside the empty line, `example` is an answer it reads. `reads` are answers and what they are read
    as, `asks` some that are asked back; `loose`: it takes any words, so that there is no telling an answer from prose.
    """

    read: Callable[[str, date | None], str]
    says: str
    hint: str
    example: str
    reads: tuple[tuple[str, str], ...]
    asks: tuple[str, ...] = ()
    loose: bool = False


def yes_or_no(answer: str, _near: date | None = None) -> str:
    """Read a yes or a no that nothing beside it takes back."""
    text = canonical(answer)
    first, *others = [one.strip() for one in _SENTENCE.split(text) if one and one.strip()] or [""]
    first = re.sub(r"^(?:\W(?<![\u2713\u2714\U0001f44d]))+", "", first)
    following = others[0].lstrip("(") if others else ""
    if _NO_MATTER.match(first) or _HEDGED.search(first) or _HEDGED.match(following):
        return ""
    denied = _DENIED.search(first)
    if _NO.match(first):
        return "" if _AGREES.search(first) and not re.search(r"\b(?:not|n't)\b", first) else "no"
    if _YES.match(first):
        return "" if denied else "yes"
    if denied:
        return "no" if _AGREES.search(first) and not re.search(r"\bdisagree\b.*\bnot\b", first) else ""
    return "yes" if _AGREES.search(first) else ""


def one_of(answer: str, choices: Sequence[str]) -> str:
    """Return the one of the answers there are that was written, also a little misspelt."""
    bare = canonical(answer).rstrip(".!")
    if bare in choices:
        return bare
    rest, found = bare, list[str]()
    for choice in sorted(choices, key=len, reverse=True):
        pattern = re.compile(rf"(?<!\w){re.escape(choice)}(?!\w)")
        if pattern.search(rest):
            found.append(choice)
            rest = pattern.sub(" ", rest)
    if found:
        return found[0] if len(found) == 1 and not UNSURE.search(rest) else ""
    near = vocabulary.nearest(bare, choices, _NEAR)
    others = [one for one in choices if one != near]
    return near if near and not vocabulary.nearest(bare, others, _NEAR) else ""


def _number(answer: str, _near: date | None) -> str:
    text = canonical(answer).replace("£", "")
    found = _NUMBER.findall(text)
    rest = _NUMBER.sub(" ", text)
    if re.search(r"\d", rest) or UNSURE.search(rest):
        return ""
    if not found:
        named = [word for word in re.findall(r"[a-z]+", text) if word in _COUNTED]
        return str(_COUNTED.index(named[0])) if len(named) == 1 and text.startswith(named[0]) else ""
    return found[0].replace(",", "") if len(found) == 1 and text.startswith(found[0]) else ""


def _numbered(answer: str, _near: date | None) -> str:
    return "\n".join(part.strip() for part in _NUMBERED.split(answer) if part.strip())


def _words(answer: str, _near: date | None) -> str:
    return " ".join(answer.split())


READERS: Final[Mapping[str, Reader]] = {
    "a date": Reader(
        a_date,
        "a day. The day stands before the month, as in this country: 5/6 is the fifth of June. Without a year it is "
        "the day between two months before the case began and nine months after. A weekday has to fit the day.",
        "such as 20 February 2031",
        "20 February 2031",
        (
            ("20 February 2031", "2031-02-20"), ("Thu 20 Feb", "2031-02-20"), ("20/2", "2031-02-20"),
            ("20.2.31", "2031-02-20"), ("5/6", "2031-06-05"), ("the 20th of Febuary, please", "2031-02-20"),
        ),
        ("tomorrow", "Friday", "next week", "20 or 21 Feb", "Sat 20 Feb", "by 20 Feb", "31/2", "20 October"),
    ),
    "a time": Reader(
        a_time,
        "a time of day. From one to seven it has to say which half of the day, or be written with two digits.",
        "such as 2.30 pm",
        "2.30 pm",
        (
            ("2pm", "14:00"), ("2.30 p.m.", "14:30"), ("14.00", "14:00"), ("1405", "14:05"), ("noon", "12:00"),
            ("5 in the afternoon", "17:00"), ("9:30", "09:30"),
        ),
        ("2.30", "about 2pm", "2pm or 3pm", "in the afternoon", "25:00"),
    ),
    "hours": Reader(
        hours,
        "from when until when, on one day.",
        "such as 11 am to 4 pm",
        "11 am to 4 pm",
        (
            ("1100-1600", "11:00-16:00"), ("11 to 4", "11:00-16:00"), ("2-4pm", "14:00-16:00"),
            ("from 10am until noon", "10:00-12:00"), ("9.30 – 17.00", "09:30-17:00"),
        ),
        ("2 to 4", "all day", "from 10am", "1600-1100"),
    ),
    "a place": Reader(
        _words, "where: any words.", "", "Millgate", (("Millgate,  gate 4", "Millgate, gate 4"),), loose=True
    ),
    "a number": Reader(
        _number,
        "a number, in figures or, up to twelve, in a word.",
        "a number",
        "3",
        (("3", "3"), ("3 of us", "3"), ("£8.40", "8.40"), ("1,200", "1200"), ("three", "3")),
        ("about 3", "3 or 4", "2-3", "a few"),
    ),
    "yes or no": Reader(
        yes_or_no,
        "yes or no, in any words that say one of them and take nothing back.",
        "yes or no",
        "yes",
        (
            ("aye", "yes"), ("Yes thanks", "yes"), ("I have read and agree", "yes"), ("Agreed.", "yes"),
            ("no – sorry", "no"), ("I don't agree", "no"), ("nope", "no"),
        ),
        ("maybe", "yes, but not on Monday", "yes / no", "if I have to", "no problem"),
    ),
    "numbered lines": Reader(
        _numbered,
        "several lines, each beginning with its number.",
        "one below the other, each with its number",
        "1. wear boots",
        (("1. wear boots 2. stay with the officer", "wear boots\nstay with the officer"),),
        loose=True,
    ),
    "words": Reader(
        _words, "any words.", "", "I have asthma", (("I have  asthma.", "I have asthma."),), loose=True
    ),
}  # fmt: skip
"""How an answer may be read, by the words a form says it with."""
