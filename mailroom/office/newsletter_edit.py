"""EDIT of an issue: the labelled lines of the coordinator, read and entered. Reading is pure.

A value goes on to the next empty row; what she says first goes on to END where she writes one. A line EDIT does not
know, or cannot read, changes nothing at all: she hears which, and the draft stays as it was.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from sqlite_utils import Database

from mailroom.office.newsletter_content import numbered
from mailroom.office.newsletter_items import as_read
from mailroom.rules.commands.command import ends_text
from mailroom.rules.form_dates import a_date, a_time, hours
from mailroom.rules.lines import canonical, typewritten
from mailroom.store import news_lines, newsletter
from mailroom.store.news_lines import Given
from mailroom.store.newsletter import Issue

MOST_FROM_ME, MOST_LINE = 80, 40
"""Words of what the coordinator says first (domain, D2), and of one line of hers."""

A_SENTENCE: Final = 8
"""Words that are more than `Many thanks` or a job's title."""

SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "you said": ("you said", "you said, we did", "we did"),
    "dates": ("dates", "date"),
    "places": ("places", "places and gaps", "gaps", "gap", "place", "vacancies"),
}
"""What can be left out besides items, and how it may be called."""

HOW: Final = (
    "EDIT takes lines such as “From me: …” (END on a line of its own ends it), “Item 2: …”, “Heading 2: …”, “Date: 16 "
    "March 18:00, meeting”, “Gap: …”, “Leave out: 3”, “Leave out: dates” and “Put back: 3”, each on a line of its own "
    "below it. “Date: none” and “Gap: none” take away yours. Nothing was changed."
)
_LABELLED: Final = re.compile(r"^\W{0,3}(?P<label>[^\W\d_][\w ]{0,30}?)\s*:(?:\s+(?P<value>.*))?$")
_NUMBERED: Final = re.compile(r"(item|heading) (\d{1,2})")
_FROM_ME: Final = frozenset({"from me", "intro", "from the coordinator"})
_GAP: Final = frozenset({"gap", "gaps", "place", "places", "vacancy", "vacancies"})
_NONE: Final = frozenset({"none", "nothing", "no", "-"})
_HOUR: Final = r"(?:\d{1,2}[:.]\d\d(?: ?[ap]m)?|\d{1,2} ?[ap]m|noon|midday)"
_CLOCK: Final = re.compile(rf",? ?(?:\b(?:at|from) )?\b({_HOUR}(?: ?(?:-|to|until) ?{_HOUR})?)(?!\w)", re.IGNORECASE)


@dataclass(slots=True)
class Changes:
    """What of a draft is to be changed; `fault` says why nothing is."""

    intro: str | None = None
    words: dict[int, str] = field(default_factory=dict)
    headings: dict[int, str] = field(default_factory=dict)
    without: dict[int, bool] = field(default_factory=dict)
    sections: dict[str, bool] = field(default_factory=dict)
    dates: list[Given] = field(default_factory=list)
    gaps: list[Given] = field(default_factory=list)
    cleared: set[news_lines.Section] = field(default_factory=set)
    fault: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is to be changed."""
        items = self.words or self.headings or self.without
        return self.intro is not None or bool(items or self.sections or self.dates or self.gaps or self.cleared)


def read(rows: Sequence[str], goes: date) -> Changes:
    """Read the rows below EDIT, for an issue that goes on a day."""
    found = Changes()
    for label, value in blocks(rows, _is_known):
        fault = _take(found, label, value, goes) if label else _stray(value)
        if fault:
            found.fault = f"{fault} Nothing was changed." if fault != HOW else fault
            break
    return found


def blocks(rows: Sequence[str], is_known: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Give each labelled line with all that belongs to it, and one with a label that is not known as well.

    "" is the label of a row that stands behind the empty row that ended a value.
    """
    label, kept, long, cut = "", [""], False, False
    for n, row in enumerate(rows):
        found = _LABELLED.match(typewritten(row).strip())
        opens = canonical(found["label"]) if found else ""
        if ends_text(row) or (opens and (is_known(opens) or not long)) or (not row.strip() and not long):
            if label:
                yield label, "\n".join(kept).strip()
            cut = (cut or bool(label)) and not row.strip()
            label, kept = opens, [(found["value"] or "") if found else ""]
            long = label in _FROM_ME and any(ends_text(one) for one in rows[n + 1 :])
        elif label:
            kept.append(row.strip())
        elif cut:
            yield "", row.strip()
            cut = False
    if label:
        yield label, "\n".join(kept).strip()


def apply(db: Database, issue: Issue, changes: Changes) -> None:
    """Enter the changes of a draft. Raises LookupError for an item that is not there."""
    if changes.intro is not None:
        newsletter.put_intro(db, issue.case, changes.intro)
    for n in sorted({*changes.words, *changes.headings, *changes.without}):
        item = numbered(db, issue)[n]
        before = as_read(item)
        assert before is not None  # noqa: S101 - every item has been read
        now = replace(
            before, heading=changes.headings.get(n, item.heading), words=changes.words.get(n, item.words)
        )  # fmt: skip
        newsletter.change_item(
            db, item.id, heading=now.heading, words=now.words, pictures=now.pictures, alt=now.alt,
            permission=now.permission, gaps=now.gaps, left_out=changes.without.get(n, item.left_out),
        )  # fmt: skip
    for section in sorted(changes.cleared):
        news_lines.clear(db, issue.case, section)
    news_lines.add(db, issue.case, "date", changes.dates)
    news_lines.add(db, issue.case, "gap", changes.gaps)
    for name, left_out in changes.sections.items():
        if left_out:
            news_lines.add(db, issue.case, "without", [Given(name)])
        else:
            news_lines.clear(db, issue.case, "without", name)


def _is_known(label: str) -> bool:
    return (
        label in _FROM_ME or label in _GAP or label in ("date", "dates", "leave out", "put back")
        or _NUMBERED.fullmatch(label) is not None
    )  # fmt: skip


def _take(found: Changes, label: str, value: str, goes: date) -> str:
    """Take one labelled line, and return why that can't be done, "" where it is."""
    if not _is_known(label):
        return f"EDIT knows no line “{label.capitalize()}”. {HOW.removesuffix(' Nothing was changed.')}"
    words = " ".join(value.split())
    if label in _FROM_ME:
        return _from_me(found, value)
    if label in ("leave out", "put back"):
        return _leave_out(found, label, canonical(words))
    if not words:
        return f"“{label.capitalize()}” has nothing after its colon."
    if numbered_ := _NUMBERED.fullmatch(label):
        (found.words if numbered_[1] == "item" else found.headings)[int(numbered_[2])] = words
        return ""
    if canonical(words) in _NONE:
        found.cleared.add("gap" if label in _GAP else "date")
        return ""
    if len(words.split()) > MOST_LINE:
        return f"“{label.capitalize()}” has {len(words.split())} words; there is room for {MOST_LINE}."
    if label in _GAP:
        found.gaps.append(Given(words))
        return ""
    return _dated(found, words, goes)


def _stray(row: str) -> str:
    """Ask where a sentence belongs that would be lost; a few words only take leave."""
    if len(row.split()) < A_SENTENCE:
        return ""
    return f"“{row[:50]} …” stands below an empty row. “From me” goes on to END on a line of its own, others do not."


def _from_me(found: Changes, value: str) -> str:
    paragraphs = [" ".join(one.split()) for one in re.split(r"\n\s*\n", value)]
    words = "\n".join(one for one in paragraphs if one)
    found.intro = "" if canonical(words) in _NONE else words
    n = len(found.intro.split())
    return f"“From me” has {n} words; there is room for {MOST_FROM_ME}." if n > MOST_FROM_ME else ""


def _leave_out(found: Changes, label: str, words: str) -> str:
    numbers = re.findall(r"\d+", words)
    said = words.strip(" .")
    section = next((name for name, others in SECTIONS.items() if said in others), "")
    if section:
        found.sections[section] = label == "leave out"
    elif not numbers:
        return f"“{label.capitalize()}” needs the number of an item, or you said, dates or places."
    found.without |= dict.fromkeys(map(int, numbers), label == "leave out")
    return ""


def _dated(found: Changes, words: str, goes: date) -> str:
    when, what = _parted(words, goes)
    clock = _CLOCK.search(typewritten(when))
    span = clock[1] if clock else ""
    time = (hours(span) or a_time(span)) if clock else ""
    day = a_date(_CLOCK.sub(" ", typewritten(when), count=1), goes)
    if not day or not what or (clock and not time):
        return f"“Date: {words}” could not be read; please write it such as “Date: 16 March 18:00, meeting”."
    if date.fromisoformat(day) < goes:
        return f"“Date: {words}” is before the issue goes."
    found.dates.append(Given(what, f"{day} {time}".strip()))
    return ""


def _parted(words: str, goes: date) -> tuple[str, str]:
    """Part a date from what is on it: `16 March 18:00, meeting`, `Tuesday 16 March: meeting`."""
    parts = re.split(r"(?:,|:(?=\s)|\s[-\u2013\u2014](?=\s\D))\s*", words)
    for n in range(1, len(parts)):
        when = ", ".join(parts[:n])
        if a_date(_CLOCK.sub(" ", typewritten(when), count=1), goes):
            while n < len(parts) - 1 and _CLOCK.fullmatch(typewritten(parts[n])):
                when, n = f"{when}, {parts[n]}", n + 1  # noqa: PLW2901 - what follows a day may be its hour
            return when, ", ".join(parts[n:])
    return words, ""
