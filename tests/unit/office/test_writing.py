"""A big sending is written a few mails at a time: none leaves before all are there, and nothing half is left behind."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailroom.clock import stamp
from mailroom.office import approval, newsletter, writing
from mailroom.office.office import Office
from mailroom.store import batches, outbox, people, turns
from mailroom.store import newsletter as newsletters
from mailroom.store.people import Person
from tests.office import shipped_set, small_office
from tests.unit.office.news import WORDS, at, code, deliver, issues_to, reply, rows, send, stage, texts, until

BATCH = "newsletter:2027-01"
MANY = [f"R{n:03}" for n in range(2 * writing.AT_ONCE + 7)]
READERS = [f"{person.lower()}@mail.example.org" for person in MANY]
DUE = at(29, "10:00")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose newsletter of January is approved, with more readers than are written to at once."""
    with small_office(tmp_path) as made:
        with made.store.immediate() as db:
            for person in ("M01", "M02", "M03"):
                newsletters.subscribe(db, person, wanted=False)
            for n, person in enumerate(MANY):
                form = ("standard", "plain", "large")[n % 3]
                address = f"{person.lower()}@mail.example.org"
                reader = Person(person, f"Reader {person}", "member", (address,), newsletter=True, state="active")
                people.save(db, replace(reader, member={"format": form}))
        newsletter.look(made, at(4, "09:00"))
        send(made, WORDS, at(20, "10:00"))
        until(made, at(22, "09:00"))
        reply(made, f"APPROVE {code(made)}", "notice/proof", at(25, "09:05"))
        yield made


def waiting(office: Office) -> list[str]:
    return [why for (why,) in rows(office, "SELECT waits FROM outbox WHERE batch = ? AND state = 'ready'", BATCH)]


def test_a_look_writes_a_few_and_none_of_them_leaves(office: Office):
    newsletter.look(office, DUE)

    assert len(issues_to(office)) == writing.AT_ONCE
    assert set(waiting(office)) == {"the sending it belongs to is stopped"}
    assert not [one for one in deliver(office, at(29, "10:01")) if one in READERS]
    assert stage(office) == "approved"


def test_when_all_are_written_all_may_leave_and_each_reader_has_one(office: Office):
    while newsletter.look(office, DUE):
        pass

    assert issues_to(office) == MANY
    assert stage(office) == "sending"
    assert set(waiting(office)) == {""}
    assert sorted(one for one in deliver(office, at(29, "10:01")) if one in READERS) == READERS


def test_what_a_crash_interrupts_goes_on_behind_what_was_written(office: Office):
    newsletter.look(office, DUE)
    before = rows(office, "SELECT id FROM outbox WHERE batch = ? ORDER BY id", BATCH)
    office.writing = None  # all that the process knew
    while newsletter.look(office, at(29, "10:05")):
        pass

    after = rows(office, "SELECT id FROM outbox WHERE batch = ? ORDER BY id", BATCH)
    assert after[: len(before)] == before
    assert issues_to(office) == MANY


def test_hold_while_it_is_written_keeps_all_of_it_back_until_a_new_word(office: Office):
    newsletter.look(office, DUE)
    reply(office, "HOLD", "notice/proof", at(29, "10:01"))
    while newsletter.look(office, at(29, "10:02")):
        pass

    assert issues_to(office) == []
    assert stage(office) == "approval"
    assert not [one for one in deliver(office, at(29, "10:03")) if one in READERS]

    reply(office, f"APPROVE {code(office)}", "notice/proof", at(29, "11:00"))
    assert "It goes on Monday 1 February 2027, 10:00" in texts(office, "notice/done")[-1]
    while newsletter.look(office, at(1, "10:00", 2)):
        pass
    assert sorted(one for one in deliver(office, at(1, "10:01", 2)) if one in READERS) == READERS


def test_hold_keeps_back_what_has_not_left_and_resume_lets_it_go_on(office: Office):
    while newsletter.look(office, DUE):
        pass
    with office.store.immediate() as db:
        first = turns.claim(db, DUE, pace=turns.Pace(kinds=("mail",)))
        assert first is not None
        outbox.settle(db, first.id, "sent", "250 ok", DUE)
    reply(office, "HOLD", "notice/proof", at(29, "10:01"))

    assert "stands still: 46 mails had not left, and wait. RESUME NEWS-2027-01" in texts(office, "notice/done")[-1]
    assert not [one for one in deliver(office, at(5, "10:00", 2)) if one in READERS]
    later = at(5, "10:01", 2)
    reply(office, "RESUME NEWS-2027-01", "notice/proof", later)
    with office.store.immediate() as db:
        batches.send_ahead(db, later)
    [ahead] = [one for one in deliver(office, later) if one in READERS]
    with office.store.immediate() as db:
        assert batches.taken(db, BATCH, stamp(later))
    assert len([one for one in deliver(office, later) if one in READERS]) == 45
    assert ahead != first.recipient


def test_close_reaches_what_is_on_its_way_should_the_server_not_take_it(office: Office):
    while newsletter.look(office, DUE):
        pass
    with office.store.immediate() as db:
        first = turns.claim(db, DUE, pace=turns.Pace(kinds=("mail",)))
        assert first is not None
    reply(office, "CLOSE NEWS-2027-01", "notice/proof", at(29, "10:01"))
    with office.store.immediate() as db:
        outbox.defer(db, first.id, "450 later", at(29, "10:06"))

    assert not [one for one in deliver(office, at(29, "10:06")) if one in READERS]


def test_what_has_gone_to_everybody_is_not_held_back(office: Office):
    while newsletter.look(office, DUE):
        pass
    deliver(office, at(29, "10:01"))
    reply(office, "HOLD", "notice/proof", at(29, "10:02"))

    assert "has gone already; nothing was done" in texts(office, "notice/done")[-1]


@pytest.mark.parametrize("word", ["HOLD NEWS-2027-01", "APPROVE {}"])
def test_what_was_closed_is_neither_held_nor_approved(office: Office, word: str):
    reply(office, "HOLD", "notice/proof", at(26, "09:00"))
    said = word.format(code(office))
    reply(office, "CLOSE NEWS-2027-01", "notice/proof", at(26, "09:05"))
    reply(office, said, "notice/proof", at(26, "09:10"))

    assert "has ended; nothing was done" in texts(office, "notice/done")[-1]
    assert stage(office) == "closed"


def test_a_template_changed_while_it_is_written_brings_a_new_proof_and_then_one_mail_each(office: Office):
    newsletter.look(office, DUE)
    issue = office.templates.mails["newsletter/issue"]
    other = replace(issue, source=replace(issue.source, body=issue.source.body + "\n\nOne more line.\n"))
    office.templates = replace(office.templates, mails={**office.templates.mails, "newsletter/issue": other})
    newsletter.look(office, at(29, "10:01"))

    assert issues_to(office) == []
    assert stage(office) == "approval"
    reply(office, f"APPROVE {code(office)}", "notice/proof", at(29, "11:00"))
    later = at(1, "10:00", 2)
    while newsletter.look(office, later):
        pass
    assert issues_to(office) == MANY
    assert sorted(one for one in deliver(office, at(1, "10:01", 2)) if one in READERS) == READERS


def test_one_that_cannot_be_written_keeps_all_of_them_back_and_the_rest_waits_for_another_look(office: Office):
    newsletter.look(office, DUE)
    office.templates = replace(office.templates, mails={})
    with pytest.raises(KeyError):
        newsletter.look(office, at(29, "10:01"))
    assert office.writing is None
    assert set(waiting(office)) == {"the sending it belongs to is stopped"}

    office.templates = shipped_set()[1]
    while newsletter.look(office, at(29, "10:02")):
        pass
    assert issues_to(office) == MANY


def test_a_proof_for_very_many_names_so_many_as_a_mail_can_hold_and_counts_them_all(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(approval, "MOST_NAMES", 10)
    reply(office, "HOLD", "notice/proof", at(26, "09:00"))

    proof = texts(office, "notice/proof")[-1]
    assert "Reader R009" in proof
    assert "Reader R010" not in proof
    assert "and 37 more" in proof
    assert "47 people" in proof
