"""The weekly digest and the daily summary: what they say, and what they never say."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailroom.clock import stamp
from mailroom.office import digest, summary, templates
from mailroom.office.office import Office
from mailroom.store import alarms, cases, duties, people, settings, tasks
from mailroom.store.people import Person
from tests.unit.office import reports

LONDON = ZoneInfo("Europe/London")
MONDAY = datetime(2027, 2, 1, 7, 30, tzinfo=UTC)


@pytest.fixture
def office(office_folder: Path):
    made = reports.make(office_folder)
    yield made
    made.store.close()


def weekly(office: Office, now: datetime = MONDAY) -> str:
    values = digest.variables(office.store.db, now, LONDON)
    return templates.render(office.templates, "digest/weekly", values | {"office_name": "Riverside"}).text


def daily(office: Office, now: datetime = MONDAY) -> str:
    values = summary.variables(office.store.db, now, LONDON)
    return templates.render(office.templates, "digest/summary", values | {"office_name": "Riverside"}).text


def test_an_empty_office_has_a_digest_all_the_same(office: Office):
    with office.store.immediate() as db:
        settings.put(db, "last_read_at", stamp(MONDAY - timedelta(minutes=1)))

    text = weekly(office)

    assert "The week 25 to 31 January 2027" in text
    assert "Nothing needs your decision." in text
    assert "Active members; Now: 0" in text
    assert "Open cases; Now: 0" in text
    assert "Nothing is due." in text
    assert "No mails sent." in text
    assert "No delivery faults." in text
    assert "Cover: Casey Moran." in text
    assert "AMBER" not in text
    assert "RED" not in text


@pytest.mark.parametrize(
    ("minutes", "word"), [(59, ""), (61, "AMBER"), (239, "AMBER"), (241, "RED"), (None, "RED")], ids=str
)
def test_the_digest_says_when_the_mailbox_was_not_read(office: Office, minutes: int | None, word: str):
    if minutes is not None:
        with office.store.immediate() as db:
            settings.put(db, "last_read_at", stamp(MONDAY - timedelta(minutes=minutes)))

    text = weekly(office)

    assert [one for one in ("AMBER", "RED") if one in text] == ([word] if word else [])
    assert ("Mailbox last read: never" in text) is (minutes is None)


def test_an_action_of_the_police_ten_working_days_late_needs_the_chief_inspector(office: Office):
    with office.store.immediate() as db:
        reports.member(db, 10)
        cases.add(
            db, "ACT-2026-021", "action", "open", MONDAY, owner="alex", due="2027-01-15", text="Ask Member Number10"
        )
        cases.add(db, "ACT-2026-022", "action", "open", MONDAY, owner="alex", due="2027-01-27")
        cases.add(db, "ACT-2026-023", "action", "open", MONDAY, owner="M10", due="2027-01-15")
        cases.add(db, "ACT-2026-024", "action", "open", MONDAY, owner="M10", due="2027-02-10")
        cases.add(db, "ACT-2026-025", "action", "done", MONDAY, owner="alex", due="2027-01-04", final=True)

    text = weekly(office)

    assert "- ACT-2026-021, a police action, is 11 working days late." in text
    assert "ACT-2026-021; Owner: police; Due: Fri 15 January; Working days late: 11" in text
    assert "ACT-2026-022; Owner: police; Due: Wed 27 January; Working days late: 3" in text
    assert "ACT-2026-023; Owner: IAG; Due: Fri 15 January; Working days late: 11" in text
    assert "Wed 10 February; What: action; Reference: ACT-2026-024; Stage: open" in text
    assert "Open cases; Now: 4 (4 action)" in text
    assert "ACT-2026-025" not in text


def test_danger_comes_first_and_at_most_five_lines_need_a_decision(office: Office):
    with office.store.immediate() as db:
        for n in range(1, 8):
            cases.add(db, f"RIGHTS-2027-00{n}", "rights", "open", MONDAY, due=f"2027-01-{10 + n}")
        cases.add(db, "SAFE-2027-001", "danger", "red", MONDAY)

    needs = digest.variables(office.store.db, MONDAY, LONDON)["needs_you"]

    assert needs == [
        "SAFE-2027-001 is still red: a person may be at risk.",
        "RIGHTS-2027-001 (rights) was due on Mon 11 January.",
        "RIGHTS-2027-002 (rights) was due on Tue 12 January.",
        "RIGHTS-2027-003 (rights) was due on Wed 13 January.",
        "and 4 more.",
    ]


def test_vetting_counts_to_the_end_of_its_last_day(office: Office):
    with office.store.immediate() as db:
        reports.member(db, 1)
        reports.member(db, 2, vetting_to="2027-02-01")
        reports.member(db, 3, vetting_to="2027-01-31", state="restricted")
        reports.member(db, 4, vetting_status="suspended")
        reports.member(db, 5, vetting_to="")
        reports.member(db, 6, leave_until="2027-03-01")
        reports.member(db, 7, state="left")

    text = weekly(office)

    assert "Active members; Now: 6 (1 on leave, 1 restricted)" in text
    assert "Vetting current; Now: 3 of 6" in text
    assert "Vetting ends within 90 days; Now: 1" in text
    assert "No vetting date is known for 1 member." in text


def test_mail_in_counts_what_people_sent_in_the_week(office: Office):
    with office.store.immediate() as db:
        for n, day in enumerate((11, 18, 25, 26, 31)):
            reports.message(db, n + 1, datetime(2027, 1, day, 9, 0, tzinfo=UTC))
        reports.message(db, 10, datetime(2027, 1, 26, 9, 0, tzinfo=UTC), kind="automatic")
        reports.message(db, 11, datetime(2027, 1, 26, 9, 0, tzinfo=UTC), history=1)
        reports.message(db, 12, datetime(2027, 1, 26, 9, 0, tzinfo=UTC), duplicate_of=1)
        tasks.add(db, "look:3", "coordinator", "No rule knew what #3 is.", MONDAY, message=3)

    text = weekly(office)

    assert "Mail in; Now: 3; Week before: 1 (4-week mean 0.5)" in text
    assert "Waiting for a person; Now: 1, the oldest for 5 working days" in text


def test_the_digest_names_no_member_and_no_address(office: Office):
    with office.store.immediate() as db:
        reports.member(db, 1)
        people.save(db, Person("lee", "Lee Ward", "public", ("lee.ward@post.example.org",)))
        row = reports.message(db, 1, MONDAY - timedelta(days=2), person_id="M01", subject="Harrow Cross", state="stuck")
        cases.add(
            db, "CONC-2027-001", "concern", "received", MONDAY, requester="M01", place="Harrow Cross", text="scarf"
        )
        tasks.add(db, "t", "coordinator", f"Ask Member Number1 about #{row}", MONDAY, message=row)
        cases.add(db, "VET-M01", "vetting", "renewal_due", MONDAY, owner="M01", due="2027-02-05")
        alarms.sound(db, "address:M01", "M01 has no usable address.", MONDAY)

    text = weekly(office)

    for secret in ("Member", "M01", "@", "Harrow", "scarf", "Lee", "#1"):
        assert secret not in text.replace("members", "").replace("Active", "")


def test_a_digest_is_one_page(office: Office):
    with office.store.immediate() as db:
        for n in range(100):
            cases.add(db, f"ACT-2027-{n:03d}", "action", "open", MONDAY, owner="alex", due="2027-01-04")

    values = digest.variables(office.store.db, MONDAY, LONDON)
    mail = templates.render(office.templates, "digest/weekly", values | {"office_name": "Riverside"})

    assert len(mail.html.encode()) < 60_000


def test_the_summary_tells_what_is_new_since_the_last_one(office: Office):
    last = MONDAY - timedelta(days=3)
    with office.store.immediate() as db:
        people.save(db, Person("M01", "Ada Winter", "member", ("ada.winter@mail.example.org",)))
        duties.record(db, "summary:2027-01-29", "summary", last, last, "done", "")
        reports.message(db, 1, last - timedelta(hours=1))
        reports.message(
            db, 2, last + timedelta(hours=1), person_id="M01", priority=2,
            priority_words="concern: somebody is worried", subject="About my sister", **{"class": "concern"},
        )  # fmt: skip
        reports.message(
            db, 3, MONDAY - timedelta(hours=1), from_name="Buy Now", from_address="x@post.invalid", priority=1
        )

    text = daily(office)

    assert "New since Friday 29 January 2027, 07:30" in text
    assert "- #3 not known to any rule, from a stranger, Mon 1 February, 06:30" in text
    assert "- #2 concern, from Ada Winter, Fri 29 January, 08:30: somebody is worried" in text
    assert text.index("#3") < text.index("#2")
    for words in ("#1 ", "sister", "Buy Now", "@post"):
        assert words not in text


def test_the_summary_puts_danger_before_everything_that_waits(office: Office):
    with office.store.immediate() as db:
        tasks.add(db, "t", "coordinator", "No rule knew what #2 is.", MONDAY, due="2027-02-03")
        tasks.add(db, "u", "chief_inspector", "Not hers.", MONDAY)
        reports.message(db, 1, MONDAY - timedelta(hours=1), state="stuck", reason="reading it failed")
        reports.message(db, 2, MONDAY - timedelta(hours=1), state="quarantined")
        alarms.sound(db, "imap", "The mailbox cannot be read.", MONDAY)
        cases.add(db, "SAFE-2027-001", "danger", "red", MONDAY)

    needs = summary.variables(office.store.db, MONDAY, LONDON)["needs_you"]

    assert needs == [
        "RED: SAFE-2027-001 is open. A person may be at risk.",
        "Alarm since Mon 1 February, 07:30: The mailbox cannot be read.",
        "#1 could not be decided (reading it failed).",
        "#2 was set apart unread.",
        "No rule knew what #2 is. Due Wed 3 February. (task #1)",
    ]


def test_an_empty_day_has_a_summary_all_the_same(office: Office):
    text = daily(office)

    assert "Nothing needs you." in text
    assert "No new mail." in text
    assert "New since Sunday 3 January 2027, 12:00" in text


def test_a_flood_of_mail_still_makes_a_short_summary(office: Office):
    with office.store.immediate() as db:
        for n in range(200):
            reports.message(db, n + 1, MONDAY - timedelta(hours=1))

    assert "And 170 more." in daily(office)


def test_rules_on_trial_are_told_with_what_they_would_have_done(office: Office):
    would = [{"verb": "class", "values": ["concern"], "rule": "Worry"}]
    also = [*would, {"verb": "flag", "values": ["access"], "rule": "Ramps"}]
    last = MONDAY - timedelta(hours=2)
    with office.store.immediate() as db:
        duties.record(db, "summary:2027-01-29", "summary", last, last, "done", "")
        for n, trial in enumerate((would, would, would, also, [], would)):
            at = MONDAY - timedelta(hours=3 if n == 5 else 1)
            reports.message(db, n + 1, at, handled_at=stamp(at), decision=json.dumps({"trial": trial}))

    text = daily(office)

    assert "Rules on trial" in text
    assert "Worry, 4 messages: class: concern (such as #1, #2, #3 and more)" in text.replace("*", "")
    assert "Ramps, 1 message: flag: access (such as #4)" in text.replace("*", "")


def test_without_rules_on_trial_the_summary_says_nothing_of_them(office: Office):
    assert "trial" not in daily(office)
