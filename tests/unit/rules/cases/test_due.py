from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailroom.office.working_days import is_working_day
from mailroom.rules.cases import Calendar, Moment, due, settled
from mailroom.rules.cases.due import months_after, working_days_after

pytestmark = pytest.mark.fast

LONDON = ZoneInfo("Europe/London")
CALENDAR = Calendar(LONDON, is_working_day)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def comes(moment: Moment, entry: str, at_least: int = 0, **facts: str) -> str:
    named = {name.replace("_", " "): value for name, value in facts.items()}
    found = due(moment, wall(entry), named, CALENDAR, at_least=at_least)
    return found.strftime("%a %d %b %H:%M") if found else ""


def now(amount: int, unit: str) -> Moment:
    return Moment("now", "", amount, unit)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("moment", "entry", "expected"),
    [
        (now(1, "months"), "2027-02-15T11:00", "Mon 15 Mar 09:00"),
        (now(20, "working_days"), "2027-02-03T10:00", "Wed 03 Mar 09:00"),
        (now(30, "days"), "2027-03-10T10:20", "Fri 09 Apr 09:00"),
        (now(72, "hours"), "2027-02-12T11:11", "Mon 15 Feb 11:11"),
        (now(10, "working_days"), "2027-02-08T09:30", "Mon 22 Feb 09:00"),
    ],
)
def test_the_statutory_clocks_end_when_the_law_says(moment: Moment, entry: str, expected: str):
    assert comes(moment, entry) == expected


def test_a_month_ends_on_the_same_day_or_the_last_there_is():
    assert months_after(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert months_after(date(2027, 12, 31), 2) == date(2028, 2, 29)
    assert months_after(date(2027, 12, 1), 1) == date(2028, 1, 1)
    assert months_after(date(2027, 8, 28), 1) == date(2027, 9, 28)


def test_a_working_day_is_not_counted_on_which_it_begins_and_holidays_never():
    assert working_days_after(date(2027, 3, 25), 1, is_working_day) == date(2027, 3, 30), "Good Friday to Easter Monday"
    assert working_days_after(date(2027, 2, 6), 1, is_working_day) == date(2027, 2, 8), "received on a Saturday"
    assert working_days_after(date(2027, 2, 20), -5, is_working_day) == date(2027, 2, 15)


def test_half_way_lies_between_entry_and_the_fact_when_they_are_far_enough_apart():
    half = Moment("half_way", "window ends", 0, "minutes")

    assert comes(half, "2027-01-12T22:12", 360, window_ends="2027-01-13T12:00:00Z") == "Wed 13 Jan 05:06"
    assert comes(half, "2027-01-13T08:00", 360, window_ends="2027-01-13T12:00:00Z") == ""
    assert comes(half, "2027-01-13T13:00", window_ends="2027-01-13T12:00:00Z") == ""


def test_what_counts_from_a_day_comes_in_the_morning_and_from_its_hours_at_them():
    visit = "2027-02-20 12:00-16:00"
    entry = "2027-02-01T15:00"

    assert comes(Moment("fact", "day", -5, "working_days"), entry, day=visit) == "Mon 15 Feb 09:00"
    assert comes(Moment("fact", "day", -1, "working_days"), entry, day=visit) == "Fri 19 Feb 09:00"
    assert comes(Moment("fact_ends", "day", 0, "minutes"), entry, day=visit) == "Sat 20 Feb 16:00"
    assert comes(Moment("fact_ends", "day", 48, "hours"), entry, day=visit) == "Mon 22 Feb 16:00"
    assert comes(Moment("fact", "day", -2, "hours"), entry, day=visit) == "Sat 20 Feb 10:00"
    assert comes(Moment("fact", "day", 0, "minutes"), entry, day="2027-02-20") == "Sat 20 Feb 09:00"
    assert comes(Moment("fact_ends", "day", 0, "minutes"), entry, day="2027-02-20") == "Sun 21 Feb 00:00"


def test_hours_that_go_past_midnight_end_on_the_day_after():
    ends = Moment("fact_ends", "day", 0, "minutes")

    assert comes(ends, "2027-02-01T10:00", day="2027-02-19 21:00-02:30") == "Sat 20 Feb 02:30"
    assert comes(ends, "2027-02-01T10:00", day="2027-02-19 21:00-24:00") == "Sat 20 Feb 00:00"


def test_hours_run_by_the_clock_and_days_by_the_wall_when_the_clocks_change():
    entry = "2027-03-27T12:00"

    assert comes(Moment("entry", "", 24, "hours"), entry) == "Sun 28 Mar 13:00"
    assert comes(Moment("entry", "", 1, "days"), entry) == "Sun 28 Mar 12:00"
    assert comes(Moment("entry", "", 1, "days"), "2027-03-27T01:30") == "Sun 28 Mar 02:30"


def test_a_moment_whose_fact_is_unknown_or_no_time_never_comes():
    at = Moment("fact", "wanted by", 0, "minutes")

    assert comes(at, "2027-02-01T10:00") == ""
    assert comes(at, "2027-02-01T10:00", wanted_by="soon") == ""
    assert comes(at, "2027-02-01T10:00", wanted_by="9999-12-31T23:00") != ""
    assert comes(Moment("fact", "wanted by", 9999, "weeks"), "2027-02-01T10:00", wanted_by="9999-12-31") == ""


def test_a_time_of_day_is_the_next_there_is():
    at = Moment("fact", "wanted by", 0, "minutes")

    assert comes(at, "2027-02-01T10:00", wanted_by="12:00") == "Mon 01 Feb 12:00"
    assert comes(at, "2027-02-01T13:00", wanted_by="12:00") == "Tue 02 Feb 12:00"
    assert settled("12:00", wall("2027-02-01T13:00"), LONDON) == "2027-02-02T12:00+00:00"
    assert settled("2027-02-20", wall("2027-02-01T13:00"), LONDON) == "2027-02-20"


def test_what_is_counted_keeps_its_hour_from_entry_and_from_a_time():
    assert comes(Moment("entry", "", 1, "working_days"), "2027-02-05T21:40") == "Mon 08 Feb 21:40"
    assert comes(Moment("fact", "wanted by", 5, "working_days"), "2027-02-01T10:00", wanted_by="2027-02-05T14:00") == (
        "Fri 12 Feb 14:00"
    )


def test_a_fact_with_an_offset_is_shown_by_the_wall():
    found = due(Moment("fact", "x"), datetime(2027, 6, 1, tzinfo=UTC), {"x": "2027-06-02T09:00:00Z"}, CALENDAR)

    assert found is not None
    assert (found.hour, found.utcoffset()) == (10, timedelta(hours=1))
