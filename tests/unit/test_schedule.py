"""Duties: due by the wall clock, run once per occurrence, across restarts, holidays and clock changes."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailroom import schedule
from mailroom.clock import stamp
from mailroom.office import occurrences, templates
from mailroom.office.office import Office
from mailroom.rules.rhythm import Every, Pick
from mailroom.rules.schedule_file import Duty
from mailroom.store import alarms, duties, people, settings
from mailroom.store.people import Person
from tests.unit.office import reports

LONDON = ZoneInfo("Europe/London")
DIGEST = Duty(
    "digest", Every("week", time(7, 30), weekdays=(0,), otherwise="next"), ("chief_inspector",), "rules/schedule.txt", 1
)
SUMMARY = Duty("summary", Every("working day", time(8, 30)), ("coordinator",), "rules/schedule.txt", 5)


def at(text: str) -> datetime:
    """A moment of the wall in London."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def duty(every: Every, name: str = "digest") -> Duty:
    return Duty(name, every, ("coordinator",), "rules/schedule.txt", 1)


def due(every: Every, after: str, until: str) -> list[str]:
    """Occurrences as moments of the wall."""
    found = occurrences.between(duty(every), at(after), at(until), LONDON)
    return [f"{one.due.astimezone(LONDON):%a %d %b %H:%M}" for one in found]


@pytest.fixture
def office(office_folder: Path) -> Iterator[Office]:
    made = reports.make(office_folder, DIGEST, SUMMARY)
    yield made
    made.store.close()


def keys(office: Office) -> list[str]:
    return [key for key, _, _ in reports.mails(office.store)]


def runs(office: Office) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in office.store.db.execute("SELECT key, outcome FROM duty_runs ORDER BY due_at")]


def test_a_bank_holiday_monday_gives_way_to_tuesday():
    [found] = occurrences.between(DIGEST, at("2027-03-23T00:00"), at("2027-04-04T00:00"), LONDON)

    assert found.due == datetime(2027, 3, 30, 6, 30, tzinfo=UTC)
    assert found.key == "digest:2027-03-30"


def test_the_twelve_mondays_of_a_quarter():
    found = occurrences.between(DIGEST, at("2027-01-04T00:00"), at("2027-03-28T23:59"), LONDON)

    assert len(found) == 12
    assert {f"{one.due.astimezone(LONDON):%a %H:%M}" for one in found} == {"Mon 07:30"}


@pytest.mark.parametrize(
    ("every", "until", "expected"),
    [
        (Every("day", time(9)), "2027-01-04T00:00", ["Sat 02 Jan 09:00", "Sun 03 Jan 09:00"]),
        (Every("working day", time(8, 30)), "2027-01-05T08:30", ["Mon 04 Jan 08:30", "Tue 05 Jan 08:30"]),
        (Every("week", time(10), weekdays=(4,)), "2027-01-16T00:00", ["Fri 08 Jan 10:00", "Fri 15 Jan 10:00"]),
        (
            Every("month", time(10), pick=Pick("working day", -1)),
            "2027-03-01T00:00",
            ["Fri 29 Jan 10:00", "Fri 26 Feb 10:00"],
        ),
        (Every("month", time(9), pick=Pick("day", 15)), "2027-02-28T00:00", ["Fri 15 Jan 09:00", "Mon 15 Feb 09:00"]),
        (Every("month", time(9), pick=Pick("day", 17), otherwise="next"), "2027-02-01T00:00", ["Mon 18 Jan 09:00"]),
    ],
    ids=["day", "working day", "weekday", "last working day", "day of the month", "or the next"],
)
def test_each_rhythm_of_the_schedule_falls_due(every: Every, until: str, expected: list[str]):
    assert due(every, "2027-01-02T00:00", until) == expected


def test_the_moment_itself_is_due_and_not_due_again():
    assert due(Every("day", time(9)), "2027-01-04T08:59:59", "2027-01-04T09:00") == ["Mon 04 Jan 09:00"]
    assert due(Every("day", time(9)), "2027-01-04T09:00", "2027-01-04T23:00") == []


def test_nine_stays_nine_across_both_changes_of_the_clock():
    nine = Every("day", time(9))

    assert due(nine, "2027-03-27T00:00", "2027-03-29T00:00") == ["Sat 27 Mar 09:00", "Sun 28 Mar 09:00"]
    assert due(nine, "2027-10-30T00:00", "2027-11-01T00:00") == ["Sat 30 Oct 09:00", "Sun 31 Oct 09:00"]
    spring = occurrences.between(duty(nine), at("2027-03-28T00:00"), at("2027-03-29T00:00"), LONDON)
    autumn = occurrences.between(duty(nine), at("2027-10-31T00:00"), at("2027-11-01T00:00"), LONDON)
    assert [one.due.hour for one in spring + autumn] == [8, 9]


def test_a_time_the_clock_strikes_twice_in_october_is_due_once():
    found = occurrences.between(duty(Every("day", time(1, 30))), at("2027-10-30T12:00"), at("2027-10-31T12:00"), LONDON)

    assert [(one.key, one.due) for one in found] == [("digest:2027-10-31", datetime(2027, 10, 31, 0, 30, tzinfo=UTC))]


def test_a_time_the_clock_leaps_over_in_march_is_due_once():
    found = occurrences.between(duty(Every("day", time(1, 30))), at("2027-03-27T12:00"), at("2027-03-28T12:00"), LONDON)

    assert [one.key for one in found] == ["digest:2027-03-28"]


def test_what_comes_next_is_told_in_order(office: Office):
    coming = schedule.next_duties(office.rules, at("2027-01-04T07:30"), LONDON, 4)

    assert [(name, stamp(when)) for name, when in coming] == [
        ("summary", "2027-01-04T08:30:00Z"),
        ("summary", "2027-01-05T08:30:00Z"),
        ("summary", "2027-01-06T08:30:00Z"),
        ("summary", "2027-01-07T08:30:00Z"),
    ]


def test_nothing_is_sent_before_its_time(office: Office):
    assert schedule.run_due(office, at("2027-01-04T07:29")) == 0
    assert keys(office) == []


def test_the_digest_goes_once_to_the_chief_inspector_even_when_empty(office: Office):
    ran = schedule.run_due(office, at("2027-01-04T07:30"))

    assert ran == 1
    assert reports.mails(office.store) == [("digest:2027-01-04:alex", "alex.dunmore@example.org", "digest/weekly")]
    assert schedule.run_due(office, at("2027-01-04T07:30")) == 0
    assert schedule.run_due(office, at("2027-01-04T07:31")) == 0
    assert len(reports.mails(office.store)) == 1


def test_a_restart_sends_nothing_twice(office: Office, office_folder: Path):
    schedule.run_due(office, at("2027-01-04T08:30"))
    again = reports.reopened(office_folder, office.store, DIGEST, SUMMARY)

    assert schedule.run_due(again, at("2027-01-04T08:30:10")) == 0
    assert keys(again) == ["digest:2027-01-04:alex", "summary:2027-01-04:robin"]


def test_downtime_heals_itself_with_the_newest_and_reports_the_rest(office: Office):
    schedule.run_due(office, at("2027-01-04T09:00"))

    ran = schedule.run_due(office, at("2027-01-20T12:00"))

    assert ran == 2
    assert keys(office)[2:] == ["digest:2027-01-18:alex", "summary:2027-01-20:robin"]
    assert [outcome for _, outcome in runs(office)].count("stale") == 12
    words = [row[0] for row in office.store.db.execute("SELECT words FROM journal WHERE words LIKE '%missed%'")]
    assert words == [
        "“digest”, due on Mon 11 January, 07:30, was missed and will not be sent.",
        "“summary” was missed 11 times, from Tue 5 January, 08:30 to Tue 19 January, 08:30; these will not be sent.",
    ]


def test_a_duty_that_came_due_before_the_first_look_is_not_lost(office: Office, office_folder: Path):
    later = reports.reopened(office_folder, office.store, DIGEST, SUMMARY)

    assert schedule.run_due(later, at("2027-01-04T12:00")) == 2


def test_a_duty_added_later_owes_nothing_from_before(office: Office, office_folder: Path):
    office.rules = reports.reopened(office_folder, office.store, SUMMARY).rules
    schedule.run_due(office, at("2027-01-06T08:30"))
    office.rules = reports.reopened(office_folder, office.store, SUMMARY, DIGEST).rules

    assert schedule.run_due(office, at("2027-01-06T09:00")) == 0
    assert schedule.run_due(office, at("2027-01-11T07:30")) >= 1
    assert "digest:2027-01-11:alex" in keys(office)
    assert "digest:2027-01-04:alex" not in keys(office)


def test_a_duty_moved_to_later_in_the_day_does_not_run_twice_that_day(office: Office, office_folder: Path):
    schedule.run_due(office, at("2027-01-04T08:30"))
    moved = Duty("summary", Every("working day", time(16)), ("coordinator",), "rules/schedule.txt", 5)
    office.rules = reports.reopened(office_folder, office.store, DIGEST, moved).rules

    assert schedule.run_due(office, at("2027-01-04T16:00")) == 0
    assert schedule.run_due(office, at("2027-01-05T16:00")) == 1


def test_a_duty_that_fails_is_told_and_stops_no_other(office: Office):
    office.templates = templates.Templates(
        {name: one for name, one in office.templates.mails.items() if name != "digest/weekly"}, office.templates.footer
    )

    assert schedule.run_due(office, at("2027-01-04T08:30")) == 1

    assert keys(office) == ["summary:2027-01-04:robin"]
    assert runs(office) == [("digest:2027-01-04", "failed"), ("summary:2027-01-04", "done")]
    [alarm] = alarms.sounding(office.store.db)
    assert alarm.key == "duty:digest"
    assert "there is no such template" in alarm.words


def test_a_duty_that_failed_is_tried_again_and_its_alarm_ends(office: Office):
    whole = office.templates
    office.templates = templates.Templates({}, whole.footer)
    schedule.run_due(office, at("2027-01-04T07:30"))
    office.templates = whole

    assert schedule.run_due(office, at("2027-01-04T07:31")) == 0
    assert schedule.run_due(office, at("2027-01-04T07:30") + schedule.RETRY) == 1

    assert keys(office) == ["digest:2027-01-04:alex"]
    assert runs(office) == [("digest:2027-01-04", "done")]
    assert alarms.sounding(office.store.db) == []


def test_a_crash_in_a_duty_leaves_none_of_it(office: Office):
    def crash(step: str) -> None:
        if step == "before commit":
            raise KeyboardInterrupt

    schedule.run_due(office, at("2027-01-04T07:00"))
    office.store._crash_point = crash
    with pytest.raises(KeyboardInterrupt):
        schedule.run_due(office, at("2027-01-04T07:30"))
    office.store._crash_point = None

    assert keys(office) == []
    assert schedule.run_due(office, at("2027-01-04T07:31")) == 1
    assert keys(office) == ["digest:2027-01-04:alex"]


def test_each_holder_of_a_role_gets_one_mail_with_one_recipient(office: Office):
    with office.store.immediate() as db:
        people.save(db, Person("sam", "Sam Okoro", "officer", ("sam.okoro@example.org",), ("chief_inspector",)))

    schedule.run_due(office, at("2027-01-04T07:30"))

    assert [to for _, to, _ in reports.mails(office.store)] == ["alex.dunmore@example.org", "sam.okoro@example.org"]


def test_a_role_nobody_holds_sounds_an_alarm(office: Office):
    with office.store.immediate() as db:
        people.save(db, Person("alex", "Alex Dunmore", "officer", ("alex.dunmore@example.org",)))

    schedule.run_due(office, at("2027-01-04T07:30"))

    assert [one.key for one in alarms.sounding(office.store.db)] == ["role:chief_inspector"]


def test_the_summary_is_new_since_the_last_one_ran(office: Office):
    schedule.run_due(office, at("2027-01-04T08:45"))

    assert duties.last_done(office.store.db, "summary", at("2027-01-04T08:45")) == at("2027-01-04T08:45")


def test_an_office_without_a_recorded_start_owes_nothing_from_before(office: Office):
    with office.store.immediate() as db:
        settings.put(db, "started_at", "")

    assert schedule.run_due(office, at("2027-01-04T12:00")) == 0
    assert schedule.run_due(office, at("2027-01-05T08:30")) == 1


async def test_the_ticker_says_look_when_a_duty_falls_due():
    looked = asyncio.Event()
    soon = datetime.now(UTC) + timedelta(days=1)
    ticker = schedule.Ticker((duty(Every("day", time(soon.hour, 0))),), ZoneInfo("UTC"), looked.set)
    ticker.start()
    try:
        [job] = ticker._scheduler.get_jobs()
        assert (job.misfire_grace_time, job.coalesce) == (None, True)
        assert job.next_run_time.astimezone(UTC) > datetime.now(UTC)
        job.modify(next_run_time=datetime.now(UTC))
        await asyncio.wait_for(looked.wait(), 5)
        ticker.reload((DIGEST, SUMMARY))
        assert sorted(one.name for one in ticker._scheduler.get_jobs()) == ["digest", "summary"]
    finally:
        ticker.stop()
        ticker.stop()
