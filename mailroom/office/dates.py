"""The dates of the office's records that lines of the schedule count from, such as the end of somebody's vetting."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Final

from sqlite_utils import Database

from mailroom.office.occurrences import Dates, RowDate
from mailroom.store import groups
from mailroom.store.groups import Dated

READERS: Final[Mapping[str, Callable[[Database], list[Dated]]]] = {
    "vetting expiry": groups.vetting_ends,
    "agreement expiry": groups.agreements_end,
    "meeting": groups.meetings,
}
"""One for each name in rules.sends.DATES."""


def of(db: Database) -> Dates:
    """Return what reads the dates of this office's records, each when it is asked for."""
    return {name: partial(_read, db, read) for name, read in READERS.items()}


def _read(db: Database, read: Callable[[Database], list[Dated]]) -> list[RowDate]:
    return [RowDate(one.row, day) for one in read(db) if (day := _day(one.day))]


def _day(written: str) -> date | None:
    """Return a day, None for what is none: a slip in one row must not silence the others."""
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        return None
