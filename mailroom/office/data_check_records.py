"""Whether a table holds totals or records: one row for each person, search or arrest.

Three signs tell records: a column whose heading and values name one person or event; codes in it that never repeat;
or many columns of particulars and none of figures. Months and stations repeat too, but with figures beside them.
"""

import re
from collections.abc import Iterator
from typing import Final

from mailroom.office.data_check_tables import Table, is_count

_EVENT = (
    r"(?:crime|incident|custody|search|stop|record|case|person|officer|nominal|occurrence|arrest|offence|log|event|"
    r"suspect|victim|witness|complaint|complainant|exhibit|warrant|detainee|prisoner|report|intelligence|intel|user|"
    r"unique|member|subject|force|staff|employee|badge|shoulder|collar|epaulette|pocket book|bwv|clip)"
)
_ID = re.compile(
    rf"(?:the )?(?:{_EVENT} ){{1,3}}(?:id|identifier|ref|reference|urn|no|number|num|nr)|id|identifier|ref|"
    r"reference|urn|nhs number|pnc ?id|pnc|ni number|nino|passport(?: number)?|niche(?: id)?|cris(?: no| number)?|"
    r"case ref|log no|collar|warrant"
)
_NAME = re.compile(
    r"(?:fore|sur|first|last|family|given|full|middle|maiden)[ ]?names?|initials?|"
    r"(?:officer|suspect|victim|complainant|witness|member|person|driver|offender)s? names?|"
    r"names? of (?:the )?(?:officer|suspect|victim|complainant|witness|member|person|driver|offender)s?"
)
_PERSON = re.compile(
    r"(?:officer|suspect|victim|complainant|witness|member|person|subject|passenger|driver|offender|detainee|prisoner|"
    r"defendant|individual|supervisor|searched person|person searched|searching officer|reporting officer)"
)
# Under “Victim” may stand “Adult” or “White British” as well as somebody's name or number.
_SOMEBODY = re.compile(r"[A-Z]{1,6}[-/ ]?\d{1,8}|\d{3,8}|(?:[A-Z]\.? ?){1,3}[A-Z][a-z'’-]+|[A-Z][a-z'’-]+, [A-Z].*")
_BIRTH = re.compile(r"d\.?o\.?b\.?|date of birth|birth ?dates?|born|birthday")
_REACH = re.compile(
    r"(?:home |work |mobile )?(?:phone|telephone|tel|mobile)(?: no| number)?|e-?mail(?: address)?|home address|"
    r"vrm|vehicle registration(?: mark| number)?|reg(?:istration)? (?:no|number)|number plate"
)
_ATTRIBUTE = re.compile(
    r"age(?: at [a-z ]{1,30})?|years? of age|time(?: of .{1,30})?|hour|minutes?|year|month|week|day|height|weight|"
    r"latitude|longitude|lat|long|easting|northing"
)
_CODE = re.compile(r"[A-Z]{1,6}[-/ ]?\d{3,}(?:[-/]\d+)*|\d{2,}(?:[-/]\d{2,}){1,3}|0\d{4,}", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T].*)?|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}(?: .*)?")
_SIGNS = re.compile(r"[_\s]+")

_MOSTLY: Final = 0.8
_LEAST_CODES, _LEAST_ROWS, _LEAST_REPEATS = 3, 5, 10
_PARTICULARS: Final = 3
_SMALLEST_REFERENCE: Final = 1_000
"""Whole numbers below this, under “search no”, may be how many there were."""


def signs(table: Table) -> tuple[str, ...] | None:
    """Return the headings that show a table to hold records, () where other signs do, None where it holds totals."""
    found = tuple(table.heads[column] for column in table.columns if _tells(table, column))
    if found:
        return found
    return () if _has_codes(table) or _has_particulars(table) else None


def _tells(table: Table, column: int) -> bool:
    """Tell whether a column is about single people or events by its heading, and its values agree."""
    head = _SIGNS.sub(" ", table.heads[column]).strip(" .:#*")
    held = table.column(column)
    if not head or not held:
        return False
    texts = [cell.text for cell in held]
    wordy = sum(is_count(cell) is None for cell in held) >= _MOSTLY * len(held)
    distinct = len(set(texts)) >= _MOSTLY * len(texts)
    if _ID.fullmatch(head):
        large = all((is_count(cell) or 0) >= _SMALLEST_REFERENCE for cell in held)
        bare = head in ("id", "ref", "urn", "reference", "identifier")
        return distinct and (wordy or large or (bare and len(held) >= _LEAST_CODES))
    if head == "name":
        return wordy and not _figures(table)
    if _BIRTH.fullmatch(head):
        return any(cell.form == "date" or _DATE.fullmatch(cell.text) for cell in held)
    if _NAME.fullmatch(head):
        return wordy
    if _PERSON.fullmatch(head):
        named = sum(_SOMEBODY.fullmatch(text) is not None for text in texts) * 2 >= len(texts)
        return wordy and (named or not _figures(table))
    return wordy and _REACH.fullmatch(head) is not None


def _has_codes(table: Table) -> bool:
    """Tell whether a column is all codes that never repeat, whatever it is called."""
    for column in table.columns:
        texts = [cell.text.strip() for cell in table.column(column) if is_count(cell) is None]
        coded = [text for text in texts if _CODE.fullmatch(text) and not _DATE.fullmatch(text)]
        if len(coded) >= _LEAST_CODES and len(coded) >= _MOSTLY * len(table.rows) and len(set(coded)) == len(coded):
            return True
    return False


def _has_particulars(table: Table) -> bool:
    """Tell whether rows have many particulars and no figures, or the same particulars again and again."""
    particulars = [
        column for column in table.columns if not _is_figures(table, column) and len(table.column(column)) > 1
    ]
    rows = [row for row in table.rows if sum((row, column) in table.cells for column in particulars) > 1]
    if len(rows) < _LEAST_ROWS or len(particulars) < _PARTICULARS:
        return False
    figures = _figures(table)
    if not figures:
        return _short(table, particulars)
    if any(_days(table, column) for column in particulars) and len(figures) == 1:
        return True
    return len(rows) >= _LEAST_REPEATS and len(set(_filled(table, rows, particulars))) <= _MOSTLY * len(rows)


def _short(table: Table, particulars: list[int]) -> bool:
    """Tell particulars from a page of explanation, whose cells are sentences, or marks for figures left out."""
    texts = [cell.text for column in particulars for cell in table.column(column)]
    words = [text for text in texts if any(letter.isalnum() for letter in text)]
    return len(words) >= _MOSTLY * len(texts) and sum(map(len, words)) <= 40 * len(words)


def _figures(table: Table) -> list[int]:
    return [column for column in table.columns if _is_figures(table, column)]


def _is_figures(table: Table, column: int) -> bool:
    """Tell whether a column counts something; an age, a time or a place on the map is no count."""
    if column in table.labels or _ATTRIBUTE.fullmatch(_SIGNS.sub(" ", table.heads[column]).strip(" .:")):
        return False
    held = table.column(column)
    figures = sum(cell.form in ("figure", "percentage", "amount") or is_count(cell) is not None for cell in held)
    return figures * 2 >= len(held) > 0


def _days(table: Table, column: int) -> bool:
    """Tell whether a column holds days rather than months written as their first day."""
    texts = [cell.text for cell in table.column(column) if cell.form == "date" or _DATE.fullmatch(cell.text)]
    days = {text[8:10] if text[4:5] == "-" else text[:2] for text in texts}
    return len(texts) >= _MOSTLY * len(table.rows) and len(days) > _PARTICULARS


def _filled(table: Table, rows: list[int], columns: list[int]) -> Iterator[tuple[str, ...]]:
    """Give the particulars of each row; a station written once stands for the empty cells below it."""
    above: dict[int, str] = {}
    for row in rows:
        for column in columns:
            cell = table.cells.get((row, column))
            if cell is not None:
                above[column] = cell.text.casefold()
            elif column not in table.labels:
                above[column] = ""
        yield tuple(above.get(column, "") for column in columns)
