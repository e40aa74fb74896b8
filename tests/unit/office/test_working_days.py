"""Working days of England and Wales, and the office's hours."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from mailroom.config.model import Hours
from mailroom.office.working_days import (
    Week,
    add_working_days,
    after_quiet,
    day_ends,
    in_hours,
    in_quiet,
    is_working_day,
    next_working_day,
    next_working_moment,
    working_days_late,
)

pytestmark = pytest.mark.fast

LONDON = ZoneInfo("Europe/London")
DAY = Hours(time(8, 30), time(16, 30))
WEEK = (DAY, DAY, DAY, DAY, Hours(time(8, 30), time(13, 0)), None, None)
NIGHTS = (Hours(time(22, 0), time(6, 0)), *[None] * 6)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    "day",
    ["2027-01-01", "2027-01-02", "2027-01-03", "2027-03-26", "2027-03-29", "2026-12-25", "2026-12-28", "2027-08-30"],
)
def test_weekends_and_bank_holidays_are_not_worked(day: str):
    assert not is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2027-01-04", "2027-03-25", "2027-03-30", "2026-12-29"])
def test_other_days_are_worked(day: str):
    assert is_working_day(date.fromisoformat(day))


def test_after_good_friday_comes_tuesday():
    assert next_working_day(date(2027, 3, 26)) == date(2027, 3, 30)


def test_corrections_due_five_working_days_after_22_march_skip_easter():
    assert add_working_days(date(2027, 3, 22), 5) == date(2027, 3, 31)


def test_no_working_days_after_a_holiday_is_the_next_worked_day():
    assert add_working_days(date(2027, 1, 1), 0) == date(2027, 1, 4)


@pytest.mark.parametrize(
    ("today", "late"), [("2027-01-14", 0), ("2027-01-15", 0), ("2027-01-16", 0), ("2027-01-18", 1), ("2027-01-29", 10)]
)
def test_a_thing_due_on_15_january_is_late_by_full_working_days(today: str, late: int):
    assert working_days_late(date(2027, 1, 15), date.fromisoformat(today)) == late


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2027-01-04T08:29:59", False),
        ("2027-01-04T08:30", True),
        ("2027-01-04T16:30", False),
        ("2027-01-08T13:00", False),
        ("2027-01-09T10:00", False),
        ("2027-03-29T10:00", False),
        ("2027-06-01T08:30", True),
    ],
)
def test_the_office_is_at_work_by_the_wall_clock(moment: str, open_: bool):
    assert in_hours(at(moment), WEEK, LONDON) is open_


@pytest.mark.parametrize(
    ("moment", "open_"), [("2027-01-04T23:00", True), ("2027-01-05T05:59", True), ("2027-01-05T06:00", False)]
)
def test_hours_that_end_before_they_begin_run_past_midnight(moment: str, open_: bool):
    assert in_hours(at(moment), NIGHTS, LONDON) is open_


@pytest.mark.parametrize(
    ("moment", "week", "ends"),
    [
        ("2027-02-12T11:11", WEEK, "2027-02-12T13:00"),
        ("2027-02-11T11:11", WEEK, "2027-02-11T16:30"),
        ("2027-02-12T13:00", WEEK, "2027-02-12T13:00"),
        ("2027-02-13T11:11", WEEK, "2027-02-13T11:11"),
        ("2027-01-04T23:00", NIGHTS, "2027-01-05T06:00"),
        ("2027-01-05T05:59", NIGHTS, "2027-01-05T06:00"),
        ("2027-01-05T06:00", NIGHTS, "2027-01-05T06:00"),
    ],
)
def test_the_day_ends_with_its_hours_and_is_over_outside_them(moment: str, week: Week, ends: str):
    assert day_ends(at(moment), week, LONDON) == at(ends)


@pytest.mark.parametrize(
    ("moment", "begins"),
    [
        ("2027-01-04T10:00", "2027-01-04T10:00"),
        ("2027-01-04T06:00", "2027-01-04T08:30"),
        ("2027-01-08T13:00", "2027-01-11T08:30"),
        ("2027-03-25T17:00", "2027-03-30T08:30"),
    ],
)
def test_mail_for_the_coordinator_waits_for_the_next_working_minute(moment: str, begins: str):
    assert next_working_moment(at(moment), WEEK, LONDON) == at(begins)


def test_an_office_without_hours_keeps_nobody_waiting_for_ever():
    assert next_working_moment(at("2027-01-04T10:00"), [None] * 7, LONDON) == at("2027-01-04T10:00")


QUIET = Hours(time(22, 0), time(7, 0))


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        ("2027-01-06T21:59", "2027-01-06T21:59"),
        ("2027-01-06T22:00", "2027-01-07T07:00"),
        ("2027-01-07T06:59", "2027-01-07T07:00"),
        ("2027-01-07T07:00", "2027-01-07T07:00"),
        ("2027-03-27T23:00", "2027-03-28T07:00"),
        ("2027-10-31T01:30", "2027-10-31T07:00"),
    ],
)
def test_quiet_hours_end_by_the_wall_clock(moment: str, ends: str):
    at = datetime.fromisoformat(moment).replace(tzinfo=LONDON).astimezone(UTC)
    expected = datetime.fromisoformat(ends).replace(tzinfo=LONDON)

    assert after_quiet(at, QUIET, LONDON) == expected
    assert in_quiet(at, QUIET, LONDON) == (moment != ends)


def test_quiet_hours_may_lie_within_a_day_or_be_none_at_all():
    noon = datetime(2027, 1, 6, 12, 30, tzinfo=UTC)

    assert after_quiet(noon, Hours(time(12), time(14)), LONDON) == noon.replace(hour=14, minute=0)
    assert after_quiet(noon, None, LONDON) == noon
