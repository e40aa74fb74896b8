"""The parts of an issue that are not items: what was done on advice, dates, and places and gaps.

Each is drawn from what the coordinator wrote for it, or from a calendar, never from anybody's own words; one with
nothing to say is empty, and then the issue has no such heading.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlite_utils import Database

from mailroom.office import wording
from mailroom.office.newsletter_days import Days
from mailroom.office.office import Office
from mailroom.office.working_days import bank_holiday
from mailroom.store import groups, news_lines
from mailroom.store.newsletter import Issue

AHEAD: Final = timedelta(weeks=8)
"""How far ahead an issue tells meetings."""

FROM_ME, SAID, DATES, PLACES, REACH = (
    "From the coordinator", "You said, we did", "Dates", "Places and gaps", "How to reach us",
)  # fmt: skip
"""The headings, as the list of contents gives them; the template has the same."""


@dataclass(frozen=True, slots=True)
class Sections:
    """What the parts say; `cases` are those whose outcome is told."""

    said: list[dict[str, str]]
    dates: list[str]
    places: list[str]
    cases: tuple[int, ...]


def of_issue(office: Office, db: Database, issue: Issue, following: Days | None) -> Sections:
    """Return what the parts of an issue say; `following` are the days of the next."""
    without = {one.words for one in news_lines.lines(db, issue.case, "without")}
    done = news_lines.done(db, issue.ref) if "you said" not in without else []
    goes = issue.send_at.astimezone(office.zone).date()
    dates = sorted(_dates(office, db, issue, goes, following)) if "dates" not in without else []
    places = news_lines.lines(db, issue.case, "gap") if "places" not in without else []
    return Sections(
        [{"you_said": one.you_said, "we_did": one.we_did} for one in done],
        [f"{_day(when)}: {what}" for when, what in dates],
        [one.words for one in places],
        tuple(one.case for one in done),
    )


def _dates(office: Office, db: Database, issue: Issue, goes: date, following: Days | None) -> Iterator[tuple[str, str]]:
    """Give each date as 2027-03-16 or with its hours, and what is on it."""
    for one in news_lines.lines(db, issue.case, "date"):
        if one.day >= goes.isoformat():
            yield one.day, one.words
    for meeting in groups.meetings(db):
        when = _local(office, meeting.day)
        if goes.isoformat() <= when <= (goes + AHEAD).isoformat():
            yield when, "meeting of our members"
    last = following.send_at.astimezone(office.zone).date() if following else goes + AHEAD
    for n in range(1, (last - goes).days + 1):
        day = goes + timedelta(days=n)
        if name := bank_holiday(day):
            yield day.isoformat(), f"{name}, a bank holiday"
    if following:
        close = following.close_at.astimezone(office.zone)
        yield f"{close:%Y-%m-%d %H:%M}", "last moment for your news for the next newsletter"


def _local(office: Office, day: str) -> str:
    """Write the date of a meeting one way: a day, with its hour or hours if it has any; "" for none."""
    try:
        if "T" in day:
            return f"{datetime.fromisoformat(day).astimezone(office.zone):%Y-%m-%d %H:%M}"
        date.fromisoformat(day[:10])
    except ValueError:
        return ""
    return day


def _day(when: str) -> str:
    """`Tuesday 16 March 2027, 18:00 to 20:00` of 2027-03-16 18:00-20:00."""
    day, _, clock = when.partition(" ")
    said = wording.day(date.fromisoformat(day))
    return f"{said}, {clock.replace('-', ' to ')}" if clock else said
