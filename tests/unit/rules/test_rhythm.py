from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.rules.rhythm import Beside, Every, Fall, Offset, Pick, counted, falls, moved
from tests.unit.rules.test_schedule_file import every

pytestmark = pytest.mark.fast

EASTER_MONDAY = date(2031, 4, 14)
GOOD_FRIDAY = date(2031, 4, 11)


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in {GOOD_FRIDAY, EASTER_MONDAY}


def days(text: str, first: str, last: str) -> list[str]:
    found = falls(every(text), date.fromisoformat(first), date.fromisoformat(last), works)
    return [f"{one.day:%a} {one.day.day} {one.day:%b}" for one in found]


@pytest.mark.parametrize(
    ("text", "first", "last", "expected"),
    [
        ("Monday, 07:30\nOr: next working day", "2031-04-07", "2031-04-22", ["Mon 7 Apr", "Tue 15 Apr", "Mon 21 Apr"]),
        ("Monday, 07:30\nOr: previous working day", "2031-04-08", "2031-04-22", ["Thu 10 Apr", "Mon 21 Apr"]),
        ("month, last working day, 10:00", "2031-05-01", "2031-06-30", ["Fri 30 May", "Mon 30 Jun"]),
        ("month, first working day, 10:00", "2031-05-01", "2031-06-30", ["Thu 1 May", "Mon 2 Jun"]),
        ("month, third working day, 10:00", "2031-05-01", "2031-05-31", ["Mon 5 May"]),
        ("month, second Tuesday, 10:00", "2031-04-01", "2031-05-31", ["Tue 8 Apr", "Tue 13 May"]),
        ("month, last Friday, 10:00", "2031-01-01", "2031-02-28", ["Fri 31 Jan", "Fri 28 Feb"]),
        ("month, last day, 10:00", "2032-02-01", "2032-03-31", ["Sun 29 Feb", "Wed 31 Mar"]),
        ("month, 14, 09:00\nOr: next working day", "2031-04-01", "2031-04-30", ["Tue 15 Apr"]),
        ("quarter, first working day, 09:00", "2031-01-01", "2031-09-30", ["Wed 1 Jan", "Tue 1 Apr", "Tue 1 Jul"]),
        ("quarter, last day, 09:00", "2031-01-01", "2031-09-30", ["Mon 31 Mar", "Mon 30 Jun", "Tue 30 Sep"]),
        ("March; October, first working day, 09:00", "2031-01-01", "2031-12-31", ["Mon 3 Mar", "Wed 1 Oct"]),
        ("3 weeks from 16 April 2031, 09:00", "2031-01-01", "2031-05-31", ["Wed 16 Apr", "Wed 7 May", "Wed 28 May"]),
        ("25 December, 09:00", "2030-01-01", "2031-12-31", ["Wed 25 Dec", "Thu 25 Dec"]),
    ],
)  # fmt: skip
def test_each_rhythm_falls_on_its_days(text: str, first: str, last: str, expected: list[str]):
    assert days(text, first, last) == expected


def test_working_days_are_counted_over_easter_both_ways():
    assert counted(date(2031, 4, 16), Offset(2, working=True), works, before=True) == date(2031, 4, 10)
    assert counted(date(2031, 4, 10), Offset(2, working=True), works, before=False) == date(2031, 4, 16)
    assert counted(date(2031, 4, 16), Offset(2), works, before=True) == EASTER_MONDAY
    assert counted(EASTER_MONDAY, Offset(0, working=True), works, before=True) == date(2031, 4, 10)
    assert counted(EASTER_MONDAY, Offset(0), works, before=True) == EASTER_MONDAY


def test_what_goes_before_another_line_is_over_when_that_one_goes():
    news = every("month, last working day, 10:00")
    chaser = Beside(
        "newsletter", news, before=True, offsets=(Offset(2, working=True), Offset(1, working=True)), at=time(9)
    )

    assert falls(chaser, date(2031, 5, 1), date(2031, 5, 31), works) == [
        Fall(date(2031, 5, 28), datetime.combine(date(2031, 5, 30), time(10))),
        Fall(date(2031, 5, 29), datetime.combine(date(2031, 5, 30), time(10))),
    ]


def test_what_goes_after_another_line_is_never_over():
    report = Beside("digest", every("Friday, 10:00"), before=False, offsets=(Offset(1),), at=time(9), otherwise="next")

    assert falls(report, date(2031, 4, 11), date(2031, 4, 20), works) == [
        Fall(date(2031, 4, 15)),
    ]


def test_a_calendar_that_never_works_ends():
    assert moved(EASTER_MONDAY, "next", lambda _: False) == EASTER_MONDAY
    assert falls(every("month, last working day, 10:00"), date(2031, 1, 1), date(2031, 12, 31), lambda _: False) == []


RHYTHMS = st.one_of(
    st.just(Every("day", time(9))),
    st.just(Every("working day", time(9))),
    st.builds(Every, st.just("week"), st.just(time(9)), weekdays=st.sets(st.integers(0, 6), min_size=1).map(tuple)),
    st.builds(
        Every,
        st.sampled_from(["month", "quarter"]),
        st.just(time(9)),
        pick=st.builds(
            Pick,
            st.sampled_from(["day", "working day", "weekday"]),
            st.sampled_from([-1, 1, 2, 4]),
            st.integers(0, 6),
        ),
        otherwise=st.sampled_from(["", "next", "previous"]),
    ),
)
WHENS = st.one_of(
    RHYTHMS,
    st.builds(
        Beside,
        st.just("digest"),
        RHYTHMS,
        st.booleans(),
        st.lists(st.builds(Offset, st.integers(1, 30), st.booleans()), min_size=1, max_size=3).map(tuple),
        st.just(time(8)),
    ),
)


@given(WHENS, st.dates(date(2026, 1, 1), date(2032, 1, 1)), st.integers(0, 40), st.integers(0, 40))
def test_however_a_span_is_cut_its_days_are_the_same(when: Every | Beside, first: date, some: int, more: int):
    middle = first + timedelta(days=some)
    last = middle + timedelta(days=more)

    whole = [one.day for one in falls(when, first, last, works)]
    parts = falls(when, first, middle, works) + falls(when, middle + timedelta(days=1), last, works)

    assert whole == [one.day for one in parts]
    assert whole == sorted(set(whole))
