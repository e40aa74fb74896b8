"""The call for items to many readers: written a few at a time, nobody asked twice, nobody before all are written."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from mailroom.errors import Problems
from mailroom.office import newsletter, writing
from mailroom.office.office import Office
from mailroom.store import newsletter as newsletters
from mailroom.store import outbox, people
from mailroom.store.people import Person
from mailroom.store.turns import claim
from tests.office import mail, shipped_set, small_office
from tests.unit.office.news import ROBIN, at, deliver, rows, stage, texts
from tests.unit.office.taking import arrive

MANY = [f"R{n:03}" for n in range(2 * writing.AT_ONCE + 7)]
READERS = [f"{person.lower()}@mail.example.org" for person in MANY]
DAY = at(15, "09:00")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office on the day of the call, with more readers than are written to at once."""
    with small_office(tmp_path) as made:
        with made.store.immediate() as db:
            for n, person in enumerate(MANY):
                form = ("standard", "plain", "large")[n % 3]
                address = f"{person.lower()}@mail.example.org"
                reader = Person(person, f"Reader {person}", "member", (address,), newsletter=True, state="active")
                people.save(db, replace(reader, member={"format": form}))
            for person in ("M01", "M02", "M03"):
                newsletters.subscribe(db, person, wanted=False)
        newsletter.look(made, at(4, "09:00"))
        yield made


def finish(office: Office, now: datetime) -> None:
    while newsletter.look(office, now):
        pass


def said(office: Office, words: str, now: datetime) -> str:
    """Give a command, and return its echo."""
    arrive(office, mail(ROBIN, "", words), now)
    return " ".join(texts(office, "notice/done")[-1].split())


def called(office: Office) -> list[str]:
    sql = "SELECT person_id FROM outbox WHERE batch = 'newsletter call:2027-01' AND state = 'ready' ORDER BY person_id"
    return [person for (person,) in rows(office, sql)]


def why(office: Office) -> list[str]:
    return [words for (words,) in rows(office, "SELECT why FROM case_events WHERE event = 'called'")]


def with_another_template(office: Office) -> None:
    call = office.templates.mails["newsletter/call"]
    other = replace(call, source=replace(call.source, body=call.source.body + "\n\nOne more line.\n"))
    office.templates = replace(office.templates, mails={**office.templates.mails, "newsletter/call": other})


def test_a_look_asks_a_few_and_none_of_their_mails_leaves(office: Office):
    newsletter.look(office, DAY)

    assert len(called(office)) == writing.AT_ONCE
    assert deliver(office, at(15, "09:01")) == []
    assert why(office) == []


def test_when_all_are_written_each_reader_is_asked_once(office: Office):
    finish(office, DAY)

    assert why(office) == [f"{len(MANY)} readers asked for items"]
    assert sorted(deliver(office, at(15, "09:01"))) == READERS
    finish(office, at(15, "12:00"))
    assert deliver(office, at(15, "12:01")) == []


def test_what_a_crash_interrupts_goes_on_behind_what_was_written(office: Office):
    newsletter.look(office, DAY)
    before = rows(office, "SELECT id FROM outbox WHERE batch <> '' ORDER BY id")
    office.writing = None  # all that the process knew
    finish(office, at(15, "09:05"))

    after = rows(office, "SELECT id FROM outbox WHERE batch <> '' ORDER BY id")
    assert after[: len(before)] == before
    assert sorted(deliver(office, at(15, "09:06"))) == READERS


def test_a_template_changed_while_it_is_written_has_all_of_it_written_anew(office: Office):
    newsletter.look(office, DAY)
    before = {row for (row,) in rows(office, "SELECT id FROM outbox WHERE batch <> ''")}
    with_another_template(office)
    finish(office, at(15, "09:01"))

    assert called(office) == MANY
    assert {state for (row, state) in rows(office, "SELECT id, state FROM outbox") if row in before} == {"cancelled"}
    assert sorted(deliver(office, at(15, "09:02"))) == READERS


def test_a_newsletter_that_is_switched_off_meanwhile_asks_nobody(office: Office):
    newsletter.look(office, DAY)
    on = office.rules
    office.rules = replace(on, duties=tuple(replace(one, status="off") for one in on.duties))
    finish(office, at(15, "09:01"))
    assert deliver(office, at(15, "09:02")) == []
    assert deliver(office, at(22, "09:00")) == []

    office.rules = on
    finish(office, at(22, "09:00"))
    assert not [one for one in deliver(office, at(22, "09:01")) if one in READERS], "items have closed by then"
    assert why(office) == ["nobody was asked for items in time: it was not running, or was off"]


def test_hold_while_it_is_written_asks_nobody_and_resume_asks_everybody_once(office: Office):
    newsletter.look(office, DAY)
    assert "Nobody is asked for items for January 2027" in said(office, "HOLD NEWS-2027-01", at(15, "09:01"))
    finish(office, at(15, "09:02"))
    assert [one for one in deliver(office, at(15, "09:03")) if one in READERS] == []
    assert why(office) == []

    assert "goes now" in said(office, "RESUME NEWS-2027-01", at(16, "09:00"))
    finish(office, at(16, "09:01"))
    assert [one for one in sorted(deliver(office, at(16, "09:02"))) if one in READERS] == READERS


def test_hold_before_its_day_keeps_it_back_and_the_items_close_all_the_same(office: Office):
    said(office, "HOLD NEWS-2027-01", at(12, "09:01"))
    finish(office, DAY)
    assert called(office) == []

    assert "goes on Friday 15 January 2027, 09:00" in said(office, "RESUME NEWS-2027-01", at(12, "09:02"))
    said(office, "HOLD NEWS-2027-01", at(12, "09:03"))
    finish(office, at(21, "17:01"))
    assert called(office) == []
    assert stage(office) == "closed"


def test_hold_while_it_leaves_keeps_back_what_has_not_left(office: Office):
    finish(office, DAY)
    with office.store.immediate() as db:
        first = claim(db, at(15, "09:01"))
        assert first is not None
        outbox.settle(db, first.id, "sent", "250 ok", at(15, "09:01"))
    assert "46 mails of the call" in said(office, "HOLD NEWS-2027-01", at(15, "09:02"))
    assert [one for one in deliver(office, at(15, "09:03")) if one in READERS] == []
    finish(office, at(15, "09:04"))
    assert [one for one in deliver(office, at(15, "09:05")) if one in READERS] == []


def test_resume_lets_none_go_before_all_are_written(office: Office):
    newsletter.look(office, DAY)

    assert "stands still; nothing was done" in said(office, "RESUME NEWS-2027-01", at(15, "09:01"))
    assert [one for one in deliver(office, at(15, "09:02")) if one in READERS] == []


def test_one_that_cannot_be_written_keeps_all_of_them_back_and_the_rest_waits_for_another_look(office: Office):
    newsletter.look(office, DAY)
    office.templates = replace(office.templates, mails={})
    with pytest.raises(Problems):
        newsletter.look(office, at(15, "09:01"))
    assert office.writing is None
    assert deliver(office, at(15, "09:01")) == []

    office.templates = shipped_set()[1]
    finish(office, at(15, "09:02"))
    assert sorted(deliver(office, at(15, "09:03"))) == READERS


def test_who_has_no_address_or_may_not_be_written_to_for_good_is_not_asked_and_who_is_away_waits(office: Office):
    with office.store.immediate() as db:
        people.suspend(db, READERS[0])
        db.execute("UPDATE people SET state = 'left' WHERE id = ?", (MANY[1],))
        db.execute("UPDATE members SET leave_until = '2027-01-17' WHERE person_id = ?", (MANY[2],))
    finish(office, DAY)

    assert sorted(deliver(office, at(15, "09:01"))) == READERS[3:]
    assert called(office) == [MANY[2]]
