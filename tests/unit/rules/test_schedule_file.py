from datetime import date, time, timedelta

import pytest

from mailroom.errors import Problems
from mailroom.rules import RuleSet
from mailroom.rules.schedule_file import Every, falls_on
from tests.unit.rules.conftest import rules, shipped

pytestmark = pytest.mark.fast

SORTING = "Rule: Any\nIf from: anyone\nThen class: noise\n"
EASTER_MONDAY = date(2031, 4, 14)


def works(day: date) -> bool:
    return day.weekday() < 5 and day != EASTER_MONDAY


def scheduled(text: str) -> RuleSet:
    return rules(SORTING, schedule=text)


def every(text: str) -> Every:
    return scheduled(f"Send: digest\nEvery: {text}\nTo: chief inspector").duties[0].every


def test_the_shipped_schedule_sends_a_summary_and_a_digest():
    assert [(duty.name, duty.to) for duty in shipped().duties] == [
        ("summary", ("coordinator",)),
        ("digest", ("chief_inspector",)),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("day, 09:00", Every("day", time(9))),
        ("working day, 8.30", Every("working day", time(8, 30))),
        ("Monday, 07:30", Every("week", time(7, 30), weekday=0)),
        ("Mondays; 07:30", Every("week", time(7, 30), weekday=0)),
        ("month, last working day, 10:00", Every("month", time(10), last_working_day=True)),
        ("month, 15th, 09:00", Every("month", time(9), day=15)),
        ("month, day 1, 09:00\nOr: next working day", Every("month", time(9), day=1, or_next=True)),
    ],
)
def test_each_rhythm_is_read(text: str, expected: Every):
    assert expected == every(text)


def test_a_digest_of_a_bank_holiday_monday_goes_on_tuesday_and_only_then():
    digest = every("Monday, 07:30\nOr: next working day")
    fortnight = [EASTER_MONDAY + timedelta(days=days) for days in range(-7, 9)]

    assert [date(2031, 4, 7), date(2031, 4, 15), date(2031, 4, 21)] == [
        day for day in fortnight if falls_on(digest, day, works)
    ]


def test_the_last_working_day_of_a_month_is_found():
    last = every("month, last working day, 10:00")
    may = [date(2031, 5, day) for day in range(1, 32)]

    assert [date(2031, 5, 30)] == [day for day in may if falls_on(last, day, works)]


def test_a_calendar_that_never_works_ends():
    assert not falls_on(every("Monday, 07:30\nOr: next working day"), EASTER_MONDAY, lambda _: False)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Send: digest\nEvery: Monday, 01:30\nTo: coordinator", "the clock strikes twice in October"),
        ("Send: digest\nEvery: Monday\nTo: coordinator", "needs a time"),
        ("Send: digest\nEvery: Monday, 25:00\nTo: coordinator", "is no time of day"),
        ("Send: digest\nEvery: Wensday, 07:30\nTo: coordinator", "Did you mean “wednesday”"),
        ("Send: digest\nEvery: month, 31, 07:30\nTo: coordinator", "no day that every month has"),
        ("Send: digets\nEvery: day, 07:30\nTo: coordinator", "Did you mean “digest”"),
        ("Send: digest\nEvery: day, 07:30\nTo: cordinator", "Did you mean “coordinator”"),
        ("Send: digest\nEvery: day, 07:30", "needs a line “To”"),
        ("Send: digest\nEvery: day, 07:30\nTo: cover\nOr: never", "can only be “next working day”"),
        ("Every: day, 07:30", "begins with “Send:”"),
        ("Send: digest\nEvery: day, 07:30\nTo: cover\nSend: digest\nEvery: day, 07:30\nTo: cover", "scheduled twice"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused_in_a_sentence(text: str, sentence: str):
    with pytest.raises(Problems) as caught:
        scheduled(text)

    assert sentence in str(caught.value)
