"""When an absent person says they are back, from the words of an out-of-office answer, in some twenty languages.

Every date in the text is found first; then the words on either side say whether it is the day of return. So
"back on 3 March", "bis 2. März, ab dem 3. März wieder erreichbar" and "3月3日まで" need no grammar of their own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from mailroom.message.alternatives import alternatives
from mailroom.message.date_words import MONTHS, WEEKDAYS

_TEXT = 5_000
# How far from a date the words that explain it may stand.
_BEFORE, _AFTER = 70, 40


def _any_of(words: dict[str, int]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_MONTH, _WEEKDAY = _any_of(MONTHS), _any_of(WEEKDAYS)
_DATE = re.compile(
    "|".join((
        r"(?P<iso>\b20\d\d-\d\d-\d\d)",
        r"(?:(?P<cyear>20\d\d) ?[年년] ?)?(?P<cmonth>\d{1,2}) ?[月월] ?(?P<cday>\d{1,2}) ?[日일号]",
        (rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|ª|:e|\.)?(?: of| de)? ?(?:d')?(?P<month>{_MONTH})\b"
        r"(?:\.?,? (?:de |del )?(?P<year>20\d\d)\b)?"),
        (rf"\b(?:(?P<year2>20\d\d)\. )?(?P<month2>{_MONTH})\.? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.]\d)"
        r"(?:,? (?P<year3>20\d\d)\b)?"),
        (r"\b(?P<d>\d{1,2})(?P<dash>\. |[./\-])(?P<m>\d{1,2})"
        r"(?:(?P=dash)(?P<y>20\d\d|\d\d)\b|(?P<dot>\.(?!\d))|(?![\d.:\-]))"),
        rf"\b(?P<weekday>{_WEEKDAY})\b",
    ))
)  # fmt: skip
_RETURN = re.compile(
    alternatives(r"""
        \bback\b|\breturn|\bresum|again|in the office (?:on|from)
        wieder|zurück|rückkehr|erreichbar ab|\bab (?:dem|montag)
        retour|reviendrai|à compter du|à partir d|vuelvo|volver|regres|vuelta|reincorpor
        rientr|ritorn|tornerò|sarò di nuovo|torno|volto|voltarei|retorn|terug|weer
        tillbaka|åter|tilbage|tilbake|palaan|palaa|takaisin|wracam|wrócę|powr|vrátím|zpět|vissza|întorc|reveni
        вернусь|вернёт|возвращ|выхожу|повернусь|dön[eü]|επιστρ|dychwelyd|yn ôl
        以降|から|出社|返回|回来|回來|恢复|복귀|돌아
    """)
)
_ARTICLE = r"(?:the|den|dem|das|le|la|les|il|lo|el|los|o|au|al|y|zum|en met|o[cg]h? med|på|on|(?:and )?including)"
_UNTIL = re.compile(
    r"(?:\b(?:until|till?|up to|through|thru|to include|including|ends?|ending|bis|jusqu.?(?:au|à|aux)?|hasta|fino|"
    r"sino|até|tot|til|asti|saakka|do|dnia|până|pana|до|по|έως|μέχρι|tan|hyd)|t/m|t\.o\.m\.?)[\s:,]{0,4}"
    rf"(?:(?:{_ARTICLE}|einschließlich|(?:the )?(?:end|close|morning) of|\w{{2,12}}[.,]?) ){{0,2}}(?:a |al |ao )?\Z"
)
_RANGE = re.compile(
    r"(?:\b(?:from|between|vom|von|zwischen|du|entre|del|desde|dal|de|van|från|fra|od|с|з)\b.{0,40}\b"
    r"(?:to|and|und|et|y|e|au|al|a|à|ao|bis|til|till|tot|do|по)|\d\.?\s?[-–])\s{0,3}(?:the\s)?\Z"
)
_UNTIL_AFTER = re.compile(r"\A\W{0,3}(?:まで|迄|-?ig\b|.?(?:te|ta|de|da)?\s?(?:tarihine )?kadar|까지|为止|之前)")
_SENTENCE = re.compile(r"(?<!\b\w)(?<!\b\d\d)[.!?;]\s|\n\s{0,99}\n|。")


@dataclass(frozen=True, slots=True)
class _Found:
    day: date
    start: int
    end: int


def returns_on(text: str, written_on: date | None) -> date | None:
    """Find the day of return; a day without a year is the next such day after `written_on`."""
    text = " ".join(text[:_TEXT].lower().replace("’", "'").split(" "))
    found = list(_dates(text, written_on))
    best, weight = None, 0
    for index, item in enumerate(found):
        before = text[max(found[index - 1].end if index else 0, item.start - _BEFORE) : item.start]
        after = _SENTENCE.split(text[item.end : item.end + _AFTER])[0]
        if index + 1 < len(found) and item.end + len(after) > found[index + 1].start:
            after = after[:2]  # what stands between two dates speaks of the second
        value = _weight(_SENTENCE.split(before)[-1], after)
        if value > weight:
            best, weight = item.day, value
    return best


def _weight(before: str, after: str) -> int:
    """Rank what the words around say: a return above an end, an end above the end of a span."""
    if _UNTIL.search(before) or _UNTIL_AFTER.match(after):
        return 2
    if _RETURN.search(before) or _RETURN.search(after):
        return 3
    return 1 if _RANGE.search(before) else 0


def _dates(text: str, written_on: date | None) -> Iterator[_Found]:
    """Give the dates in `text`; a weekday before a date belongs to it, alone it is the next one of that name."""
    pending: _Found | None = None
    for match in _DATE.finditer(text):
        if match["weekday"]:
            if pending:
                yield pending
            day = _next_weekday(WEEKDAYS[match["weekday"]], written_on)
            pending = _Found(day, match.start(), match.end()) if day else None
            continue
        day = _day(match, written_on)
        if day:
            adjacent = pending is not None and match.start() - pending.end <= len(", the ")
            if pending and not adjacent:
                yield pending
            yield _Found(day, pending.start if pending and adjacent else match.start(), match.end())
            pending = None
    if pending:
        yield pending


def _next_weekday(wanted: int, written_on: date | None) -> date | None:
    return written_on + timedelta(days=(wanted - written_on.weekday() - 1) % 7 + 1) if written_on else None


def _day(found: re.Match[str], written_on: date | None) -> date | None:
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        if found["cmonth"]:
            return _dated(int(found["cday"]), int(found["cmonth"]), int(found["cyear"] or 0), written_on)
        if word := found["month"] or found["month2"]:
            year = found["year"] or found["year2"] or found["year3"]
            return _dated(int(found["day"] or found["day2"]), MONTHS[word], int(year or 0), written_on)
        if not found["y"] and found["dash"] != "/" and not found["dot"]:
            return None  # 9-5 or 10.30 is a time of day
        day, month, year = int(found["d"]), int(found["m"]), int(found["y"] or 0)
        if month > 12 >= day and found["dash"] == "/":  # noqa: PLR2004 - written the American way round
            day, month = month, day
        return _dated(day, month, year % 1000 + 2000 if year else 0, written_on)
    except ValueError:
        return None


def _dated(day: int, month: int, year: int, written_on: date | None) -> date | None:
    if year:
        return date(year, month, day)
    if written_on is None:
        return None
    this_year = date(written_on.year, month, day)
    return this_year if this_year >= written_on else date(written_on.year + 1, month, day)
