"""Groups of people, and dates of the records."""

from datetime import date

from mailroom.office import dates, sends
from mailroom.rules.sends import DATES, GROUPS, SENDS
from mailroom.store import Store, cases, groups, people
from mailroom.store.people import Person
from tests.unit.office.reports import STARTED, member

TODAY = date(2027, 1, 4)


def reader(store: Store, person: str, state: str = "", **facts: str | None) -> None:
    with store.immediate() as db:
        people.save(
            db, Person(person, person, "member", (f"{person}@example.org",), state=state, newsletter=True, member=facts)
        )


def test_active_members_are_those_who_take_part_now(store: Store):
    with store.immediate() as db:
        member(db, 1)
        for n, state in enumerate(("on_leave", "restricted", "suspended", "leaving", "left", "onboarding"), start=2):
            member(db, n, state)
        member(db, 8, leave_until="2027-01-04")
        member(db, 9, leave_until="2027-01-03")

    assert groups.active_members(store.db, TODAY) == ["M01", "M09"]


def test_newsletter_readers_take_it_and_are_here(store: Store):
    reader(store, "asha", "active")
    reader(store, "bernard", "restricted")
    reader(store, "carys", "active", leave_until="2027-02-01")
    reader(store, "dmitri", "on_leave")
    reader(store, "esther", "left")
    with store.immediate() as db:
        people.save(db, Person("farid", "Farid", "officer", ("farid@example.org",), newsletter=True))
        people.save(db, Person("grace", "Grace", "officer", ("grace@example.org",)))

    assert groups.newsletter_readers(store.db, TODAY) == ["asha", "bernard", "farid"]


def test_dates_of_the_records_are_read_and_a_slip_in_one_silences_no_other(store: Store):
    with store.immediate() as db:
        member(db, 1, vetting_to="2027-03-10")
        member(db, 2, vetting_to="10 March")
        member(db, 3, "left", vetting_to="2027-03-10")
        people.save(db, Person("lantern", "Lantern Trust", "partner", agreement_until="2027-06-30"))
        for ref, final in (("MTG-2027-001", False), ("MTG-2027-002", True)):
            cases.add(
                db, kind="meeting", ref=ref, stage="dated", final=final, owner="coordinator", now=STARTED,
                facts={"date": "2027-03-16"},
            )  # fmt: skip

    found = {name: [(one.row, one.day) for one in read()] for name, read in dates.of(store.db).items()}

    assert found == {
        "vetting expiry": [("M01", date(2027, 3, 10))],
        "agreement expiry": [("lantern", date(2027, 6, 30))],
        "meeting": [("MTG-2027-001", date(2027, 3, 16))],
    }


def test_all_that_a_schedule_may_name_is_there():
    assert list(dates.READERS) == list(DATES)
    assert list(sends.GROUPS) == list(GROUPS)
    assert {send.name for send in SENDS} >= set(sends.REPORTS)
