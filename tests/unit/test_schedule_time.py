"""Each occurrence once, whatever becomes of the time: clock changes, sleep, downtime, clocks that are set."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailroom import schedule
from mailroom.office import occurrences
from mailroom.office.office import Office
from mailroom.rules import RuleSet
from mailroom.rules.rhythm import Beside, Dated, Every, Offset, Pick
from mailroom.rules.schedule_file import Duty
from mailroom.store import Store
from tests.conftest import OFFICE
from tests.unit.office import reports

LONDON = ZoneInfo("Europe/London")
NIGHTLY = Duty("digest", Every("day", time(1, 30)), ("chief_inspector",), "schedule.txt", 1)
LATER = Duty("summary", Every("day", time(2, 30)), ("coordinator",), "schedule.txt", 2)
MONDAYS = Every("week", time(7, 30), weekdays=(0,), otherwise="next")
WEEKLY = Duty("digest", MONDAYS, ("chief_inspector",), "s.txt", 1)
MORNING = Duty("summary", Every("working day", time(8, 30)), ("coordinator",), "schedule.txt", 2)
CHASER = Duty(
    "summary",
    Beside("digest", MONDAYS, before=True, offsets=(Offset(2, working=True), Offset(1, working=True)), at=time(9)),
    ("coordinator",),
    "schedule.txt",
    2,
)  # fmt: skip
LADDER = Duty(
    "digest",
    Dated("vetting expiry", before=True, offsets=(Offset(60), Offset(30), Offset(0)), at=time(9)),
    ("chief_inspector",),
    "schedule.txt",
    1,
)

Make = Callable[..., Office]


def at(text: str) -> datetime:
    """A moment of the wall in London."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


@pytest.fixture
def make(office_folder: Path) -> Iterator[Make]:
    """Make an office with these duties, which has been running up to a moment."""
    opened: list[Store] = []

    def running(since: str, *duties: Duty) -> Office:
        made = reports.make(office_folder, *duties)
        opened.append(made.store)
        with made.store.immediate() as db:
            db.execute("UPDATE settings SET value = ? WHERE key = 'started_at'", (f"{at(since):%Y-%m-%dT%H:%M:%SZ}",))
        schedule.run_due(made, at(since))
        return made

    yield running
    for store in opened:
        store.close()


def look(office: Office, *moments: str) -> None:
    for moment in moments:
        schedule.run_due(office, at(moment))


def keep_looking(office: Office, start: str, until: str) -> None:
    """Look every ten minutes, as the daemon does every few seconds."""
    now = at(start)
    while now <= at(until):
        schedule.run_due(office, now)
        now += timedelta(minutes=10)


def sent(office: Office) -> list[tuple[str, str]]:
    """Return (occurrence, when its mail was written in UTC) of what was sent."""
    rows = office.store.db.execute("SELECT key, created_at FROM outbox ORDER BY id")
    return [(key.rpartition(":")[0], created[:16]) for key, created in rows]


def keys(office: Office) -> list[str]:
    return [key for key, _ in sent(office)]


def let_go(office: Office) -> list[str]:
    rows = office.store.db.execute("SELECT key FROM duty_runs WHERE outcome = 'stale' ORDER BY due_at")
    return [row[0] for row in rows]


def journal(office: Office, word: str) -> list[str]:
    rows = office.store.db.execute("SELECT words FROM journal WHERE words LIKE ? ORDER BY id", (f"%{word}%",))
    return [row[0] for row in rows]


def test_in_the_night_of_october_each_goes_once_the_first_time(make: Make):
    office = make("2027-10-30T12:00", NIGHTLY, LATER)

    keep_looking(office, "2027-10-30T12:00", "2027-11-01T12:00")

    assert sent(office) == [
        ("digest:2027-10-31", "2027-10-31T00:30"),
        ("summary:2027-10-31", "2027-10-31T02:30"),
        ("digest:2027-11-01", "2027-11-01T01:30"),
        ("summary:2027-11-01", "2027-11-01T02:30"),
    ]
    assert let_go(office) == []


def test_in_the_night_of_march_what_is_due_in_the_missing_hour_goes_an_hour_later_by_the_wall(make: Make):
    office = make("2027-03-27T12:00", NIGHTLY, LATER)

    keep_looking(office, "2027-03-27T12:00", "2027-03-29T12:00")

    assert sent(office) == [
        ("digest:2027-03-28", "2027-03-28T01:30"),
        ("summary:2027-03-28", "2027-03-28T01:30"),
        ("digest:2027-03-29", "2027-03-29T00:30"),
        ("summary:2027-03-29", "2027-03-29T01:30"),
    ]


def test_after_six_hours_of_sleep_each_goes_once_and_waits_for_the_end_of_the_quiet_hours(make: Make):
    office = make("2027-01-05T12:00", NIGHTLY, LATER)

    look(office, "2027-01-05T23:00", "2027-01-06T05:00", "2027-01-06T05:10", "2027-01-06T12:00")

    assert keys(office) == ["digest:2027-01-06", "summary:2027-01-06"]
    assert [row[0] for row in office.store.db.execute("SELECT not_before FROM outbox ORDER BY id")] == [
        "2027-01-06T05:00:00Z",
        "2027-01-06T05:00:00Z",
    ]
    assert journal(office, "late at Wed 6 Jan 05:00") != []


def test_what_is_late_within_the_quiet_hours_waits_for_their_end(make: Make):
    office = make("2027-01-06T12:00", MORNING)

    look(office, "2027-01-07T23:15")

    [(not_before,)] = office.store.db.execute("SELECT not_before FROM outbox").fetchall()
    assert not_before == "2027-01-08T07:00:00Z"


def test_after_a_fortnight_off_the_newest_of_each_goes_and_the_others_are_reported(make: Make):
    office = make("2027-01-04T12:00", WEEKLY, MORNING)

    look(office, "2027-01-18T12:00", "2027-01-18T12:01")

    assert keys(office) == ["digest:2027-01-18", "summary:2027-01-18"]
    assert let_go(office) == ["summary:2027-01-05", "summary:2027-01-06", "summary:2027-01-07", "summary:2027-01-08",
                              "digest:2027-01-11", "summary:2027-01-11", "summary:2027-01-12", "summary:2027-01-13",
                              "summary:2027-01-14", "summary:2027-01-15"]  # fmt: skip
    assert journal(office, "missed") == [
        "“digest”, due on Mon 11 January, 07:30, was missed and will not be sent.",
        "“summary” was missed 9 times, from Tue 5 January, 08:30 to Fri 15 January, 08:30; these will not be sent.",
    ]
    [summary] = [row[0] for row in office.store.db.execute("SELECT mime FROM mails WHERE template = 'digest/summary'")]
    assert "“digest”, due on Mon 11 January, 07:30, was missed" in plain(summary)


def plain(mime: bytes) -> str:
    body = message_from_bytes(mime, policy=policy.default).get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def test_what_was_missed_stands_in_one_summary_only(make: Make):
    office = make("2027-01-04T12:00", WEEKLY, MORNING)
    look(office, "2027-01-18T12:00", "2027-01-19T08:30")

    texts = [
        plain(row[0])
        for row in office.store.db.execute("SELECT mime FROM mails WHERE template = 'digest/summary' ORDER BY id")
    ]

    assert ["missed" in text for text in texts] == [True, False]


def test_a_clock_set_back_an_hour_sends_nothing_twice(make: Make):
    office = make("2027-01-06T07:00", MORNING)

    look(office, "2027-01-06T08:30", "2027-01-06T07:31", "2027-01-06T08:29", "2027-01-06T08:31", "2027-01-07T08:30")

    assert keys(office) == ["summary:2027-01-06", "summary:2027-01-07"]
    assert let_go(office) == []


def test_a_clock_that_ran_years_ahead_for_a_moment_silences_nothing(make: Make):
    office = make("2027-01-04T12:00", WEEKLY, MORNING)

    look(office, "2029-06-01T12:00")
    keep_looking(office, "2027-01-11T07:30", "2027-01-11T09:00")

    assert keys(office)[-3:] == ["digest:2027-01-11", "summary:2027-01-08", "summary:2027-01-11"]


def test_a_reminder_is_dropped_when_what_it_reminds_of_is_over(make: Make):
    office = make("2027-01-05T12:00", WEEKLY, CHASER)

    look(office, "2027-01-11T08:00")

    assert keys(office) == ["digest:2027-01-11"]
    assert let_go(office) == ["summary:2027-01-07", "summary:2027-01-08"]


def test_of_two_reminders_that_were_missed_the_nearer_goes(make: Make):
    office = make("2027-01-05T12:00", WEEKLY, CHASER)

    look(office, "2027-01-10T12:00", "2027-01-11T12:00")

    assert keys(office) == ["summary:2027-01-08", "digest:2027-01-11"]
    assert let_go(office) == ["summary:2027-01-07"]


def test_what_counts_from_a_date_of_the_records_goes_once_for_each_day(make: Make):
    office = make("2027-01-04T12:00", LADDER)
    with office.store.immediate() as db:
        reports.member(db, 1, vetting_to="2027-03-10")
        reports.member(db, 2, vetting_to="2027-03-10")
        reports.member(db, 3, vetting_to="2027-02-30")

    keep_looking(office, "2027-01-04T12:00", "2027-01-10T12:00")
    look(office, "2027-02-08T09:00", "2027-02-08T09:30", "2027-03-10T09:00", "2027-03-11T09:00")

    assert sent(office) == [
        ("digest:2027-01-09", "2027-01-09T09:00"),
        ("digest:2027-02-08", "2027-02-08T09:00"),
        ("digest:2027-03-10", "2027-03-10T09:00"),
    ]


def test_a_date_that_is_entered_late_owes_nothing_from_before(make: Make):
    office = make("2027-01-04T12:00", LADDER)
    keep_looking(office, "2027-01-20T08:00", "2027-01-20T12:00")
    with office.store.immediate() as db:
        reports.member(db, 1, vetting_to="2027-03-10")
    keep_looking(office, "2027-01-20T12:10", "2027-01-20T18:00")

    assert keys(office) == []
    assert let_go(office) == []


def test_a_date_that_has_passed_while_nobody_looked_is_let_go(make: Make):
    office = make("2027-01-04T12:00", LADDER)
    with office.store.immediate() as db:
        reports.member(db, 1, vetting_to="2027-03-10")
    look(office, "2027-01-09T09:00", "2027-03-12T09:00")

    assert keys(office) == ["digest:2027-01-09"]
    assert let_go(office) == ["digest:2027-02-08", "digest:2027-03-10"]


def test_what_is_about_a_row_of_the_records_has_an_occurrence_for_each():
    each = Duty("digest", LADDER.when, LADDER.to, "s.txt", 1, each=True)
    ends = {"M01": date(2027, 3, 10), "M02": date(2027, 3, 10)}
    dates = {"vetting expiry": lambda: [occurrences.RowDate(row, day) for row, day in ends.items()]}

    found = occurrences.between(each, at("2027-02-01T00:00"), at("2027-03-01T00:00"), LONDON, dates)

    assert [(one.key, one.row, one.over) for one in found] == [
        ("digest:M01:2027-03-10:T-30", "M01", at("2027-03-11T00:00")),
        ("digest:M02:2027-03-10:T-30", "M02", at("2027-03-11T00:00")),
    ]


def with_duties(office: Office, *duties: Duty) -> None:
    office.rules = RuleSet(rules=(), lists={}, cases={}, duties=duties)


def test_a_line_that_is_changed_owes_nothing_from_before(make: Make):
    weekly = replace(WEEKLY, written="every: monday")
    office = make("2027-01-04T12:00", weekly)
    with_duties(office, replace(weekly, when=Every("day", time(7, 30)), written="every: day"))

    look(office, "2027-01-08T12:00", "2027-01-09T07:30")

    assert keys(office) == ["digest:2027-01-09"]
    assert let_go(office) == []


def test_a_line_that_was_taken_out_and_put_back_owes_nothing_from_between(make: Make):
    office = make("2027-01-04T12:00", MORNING)
    look(office, "2027-01-05T08:30")
    with_duties(office)
    look(office, "2027-01-06T08:30")
    with_duties(office, MORNING)
    look(office, "2027-01-08T12:00", "2027-01-11T08:30")

    assert keys(office) == ["summary:2027-01-05", "summary:2027-01-11"]
    assert let_go(office) == []


def test_what_is_off_sends_nothing_and_owes_nothing_when_it_is_on_again(make: Make):
    office = make("2027-01-04T12:00", replace(MORNING, status="off", written="off"))
    look(office, "2027-01-05T08:30", "2027-01-06T08:30")
    with_duties(office, replace(MORNING, written="every: working day"))
    look(office, "2027-01-06T12:00", "2027-01-07T08:30")

    assert keys(office) == ["summary:2027-01-07"]
    assert let_go(office) == []


def test_what_is_on_trial_sends_nothing_and_the_summary_says_whom_it_would_have_reached(make: Make):
    office = make("2027-01-08T12:00", replace(WEEKLY, status="trial"), MORNING)

    look(office, "2027-01-11T07:30", "2027-01-11T07:40", "2027-01-11T08:30")

    assert keys(office) == ["summary:2027-01-11"]
    assert journal(office, "on trial") == ["digest is on trial. It would have sent a mail to Alex Dunmore."]
    [(mime,)] = office.store.db.execute("SELECT mime FROM mails").fetchall()
    assert "Send: digest, 1 time: a mail to Alex Dunmore (such as Mon 11 January, 07:30)" in plain(mime)


TIMES = st.sampled_from([time(0), time(1, 30), time(2, 15), time(9), time(23, 45)])
RHYTHMS = st.one_of(
    st.builds(Every, st.sampled_from(["day", "working day"]), TIMES),
    st.builds(Every, st.just("week"), TIMES, weekdays=st.sets(st.integers(0, 6), min_size=1).map(tuple)),
    st.builds(
        Every,
        st.sampled_from(["month", "quarter"]),
        TIMES,
        pick=st.builds(Pick, st.sampled_from(["day", "working day"]), st.sampled_from([-1, 1, 5])),
        otherwise=st.sampled_from(["", "next", "previous"]),
    ),
)
BESIDES = st.builds(
    Beside,
    st.just("digest"),
    RHYTHMS,
    before=st.booleans(),
    offsets=st.lists(st.builds(Offset, st.integers(1, 9), working=st.booleans()), min_size=1, max_size=3).map(tuple),
    at=TIMES,
)
JUMPS = st.lists(
    st.one_of(
        st.timedeltas(timedelta(minutes=1), timedelta(hours=8)),
        st.timedeltas(timedelta(days=1), timedelta(days=40)),
        st.timedeltas(-timedelta(hours=12), timedelta()),
    ),
    min_size=1,
    max_size=25,
)
STARTS = st.sampled_from(["2027-01-04T12:00", "2027-03-26T23:00", "2027-10-30T00:10", "2027-12-20T09:00"])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RHYTHMS, BESIDES, STARTS, JUMPS)
def test_whatever_the_clock_does_each_occurrence_runs_once_or_is_reported(
    rhythm: Every, beside: Beside, start: str, jumps: list[timedelta]
):
    pair = (Duty("digest", rhythm, ("chief_inspector",), "s", 1), Duty("summary", beside, ("coordinator",), "s", 2))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.toml").write_text(OFFICE)
        for name in ("rules", "templates"):
            (Path(folder) / name).mkdir()
        (Path(folder) / "secret").write_text("x")
        (Path(folder) / "secret").chmod(0o600)
        office = reports.make(Path(folder), *pair)
        began = now = furthest = at(start)
        with office.store.immediate() as db:
            db.execute("UPDATE settings SET value = ? WHERE key = 'started_at'", (f"{now:%Y-%m-%dT%H:%M:%SZ}",))
        for jump in (timedelta(), *jumps):
            now += jump
            furthest = max(furthest, now)
            schedule.run_due(office, now)
        schedule.run_due(office, furthest)

        runs = office.store.db.execute("SELECT key, outcome FROM duty_runs").fetchall()
        mails = Counter(keys(office))
        told = sum(int(words.split(" missed ")[1].split()[0]) if " times, " in words else 1
                   for words in journal(office, "missed"))  # fmt: skip
        worked = len(journal(office, " queued."))
        office.store.close()

    fell_due = {one.key for duty in pair for one in occurrences.between(duty, began, furthest, LONDON)}
    assert {key for key, _ in runs} == fell_due
    assert mails == Counter(key for key, outcome in runs if outcome == "done")
    assert told == sum(outcome == "stale" for _, outcome in runs)
    assert worked == sum(outcome == "done" for _, outcome in runs)
    assert {outcome for _, outcome in runs} <= {"done", "stale"}


@settings(max_examples=25, deadline=None)
@given(st.one_of(RHYTHMS, BESIDES), STARTS)
def test_the_timer_strikes_at_each_occurrence_and_at_no_other_moment(when: Every | Beside, start: str):
    duty = Duty("digest", when, ("cover",), "s", 1)
    trigger = schedule.WallTrigger(duty, LONDON)
    until = at(start) + timedelta(days=100)
    struck: list[datetime] = []
    fire = trigger.get_next_fire_time(None, at(start))
    while fire is not None and fire <= until:
        struck.append(fire.astimezone(UTC))
        fire = trigger.get_next_fire_time(fire, fire)

    expected = occurrences.between(duty, at(start) - timedelta(microseconds=1), until, LONDON)
    assert struck == [one.due for one in expected]


def test_what_counts_from_a_date_of_the_records_is_asked_for_each_day():
    trigger = schedule.WallTrigger(LADDER, LONDON)

    assert trigger.get_next_fire_time(None, at("2027-03-27T12:00")) == at("2027-03-28T09:00")
    assert trigger.get_next_fire_time(at("2027-03-28T09:00"), at("2027-03-28T09:00")) == at("2027-03-29T09:00")
