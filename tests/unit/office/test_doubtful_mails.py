"""A mail in doubt and a sending that stands still, settled by mail: RESEND, WAS SENT, RESUME."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from mailroom.office import faults
from mailroom.office.commands import telling
from mailroom.office.office import Office
from mailroom.store import alarms, approvals, batches, cases, outbox, tasks
from tests.office import small_office
from tests.unit.office.commanding import (
    ADA,
    CASEY,
    NOW,
    ROBIN,
    code_in,
    command,
    echoed,
    mails,
    queued,
    reply,
    rows,
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def in_doubt(office: Office, key: str = "one") -> int:
    """Let the line go dead while a mail is sent, and have the coordinator asked."""
    row = queued(office, key)
    with office.store.immediate() as db:
        db.execute("UPDATE outbox SET state = 'sending', claimed_at = ? WHERE id = ?", ("2027-01-12T10:30:00Z", row))
        assert not outbox.doubt(db, row, "the line went dead", NOW)
        tasks.add(db, f"doubtful:{row}", "coordinator", "Mail may or may not have arrived", NOW)
        assert telling.has_it_arrived(office, db, NOW, Random(1)) == 1
    return row


def state(office: Office, row: int) -> str:
    [[found]] = rows(office, "SELECT state FROM outbox WHERE id = ?", row)
    return str(found)


def message_id(office: Office, row: int) -> str:
    [[found]] = rows(office, "SELECT message_id FROM outbox WHERE id = ?", row)
    return str(found)


def test_she_is_asked_once_with_a_code_and_a_link_for_each_answer(office: Office):
    row = in_doubt(office)
    with office.store.immediate() as db:
        assert telling.has_it_arrived(office, db, NOW, Random(2)) == 0

    [(recipient, subject, text)] = mails(office, "notice/doubtful")
    assert recipient == ROBIN
    assert subject == f"Did this mail arrive? (#{row})"
    assert "Ada Winter" in text
    assert ADA not in text
    assert text.endswith(f"Code: {code_in(text)}")
    assert f"subject=WAS%20SENT%20%23{row}" in text
    assert f"subject=RESEND%20%23{row}%20{code_in(text)}" in text


def test_a_tap_on_resend_sends_the_same_mail_once_more(office: Office):
    row = in_doubt(office)
    before = message_id(office, row)
    command(office, "", f"RESEND #{row} {code_in(mails(office, 'notice/doubtful')[0][2])}")

    assert state(office, row) == "ready"
    assert message_id(office, row) == before
    assert "goes to Ada Winter once more now" in echoed(office)
    assert not rows(office, "SELECT 1 FROM tasks WHERE key LIKE 'doubtful:%' AND done_at IS NULL")


def test_the_code_sends_it_once(office: Office):
    row = in_doubt(office)
    code = code_in(mails(office, "notice/doubtful")[0][2])
    command(office, f"resend {code}")
    with office.store.immediate() as db:
        db.execute("UPDATE outbox SET state = 'sending' WHERE id = ?", (row,))
        db.execute("UPDATE outbox SET state = 'doubtful' WHERE id = ?", (row,))
    command(office, f"resend {code}")

    assert state(office, row) == "doubtful"
    assert "used already" in echoed(office)


def test_what_is_too_late_by_now_is_not_said_to_go(office: Office):
    row = in_doubt(office)
    with office.store.immediate() as db:
        db.execute("UPDATE outbox SET expires = '2027-01-12T10:35:00Z' WHERE id = ?", (row,))
    command(office, "", f"RESEND #{row} {code_in(mails(office, 'notice/doubtful')[0][2])}")

    assert state(office, row) == "doubtful"
    assert "is past its time, so it does not go again; nothing was done" in echoed(office)


@pytest.mark.parametrize("sender", [CASEY, ADA])
def test_a_forwarded_code_sends_nothing(office: Office, sender: str):
    row = in_doubt(office)
    command(office, f"RESEND #{row} {code_in(mails(office, 'notice/doubtful')[0][2])}", sender=sender)

    assert state(office, row) == "doubtful"


def test_without_its_code_it_is_shown_first_and_approve_does_it(office: Office):
    row = in_doubt(office)
    command(office, f"RESEND #{row}")

    assert state(office, row) == "doubtful"
    [(recipient, _, text)] = mails(office, "notice/shown")
    assert recipient == ROBIN
    assert "Nothing was done yet" in text
    assert "goes to Ada Winter once more now" in text
    command(office, f"APPROVE {code_in(text)}")
    assert state(office, row) == "ready"
    command(office, f"APPROVE {code_in(text)}")
    assert "nothing was done a second time" in echoed(office)


def test_what_is_approved_must_still_be_what_was_shown(office: Office):
    row = in_doubt(office)
    command(office, f"RESEND #{row}")
    [(_, _, text)] = mails(office, "notice/shown")
    with office.store.immediate() as db:
        db.execute("UPDATE people SET name = 'Ada Winter-Grey' WHERE id = 'M01'")
    command(office, f"APPROVE {code_in(text)}")

    assert state(office, row) == "doubtful"
    [_, (_, _, again)] = mails(office, "notice/shown")
    assert "It would do something else than you were shown, so nothing was done" in again
    assert "now: “We have your message” goes to Ada Winter-Grey once more now." in again
    command(office, f"APPROVE {code_in(text)}")
    assert "is of an earlier proof" in echoed(office)
    command(office, f"APPROVE {code_in(again)}")
    assert state(office, row) == "ready"


def test_a_command_that_was_shown_can_be_dropped(office: Office):
    row = in_doubt(office)
    command(office, f"RESEND #{row}")
    code = code_in(mails(office, "notice/shown")[0][2])
    command(office, f"REFUSE {code}")
    command(office, f"APPROVE {code}")

    assert state(office, row) == "doubtful"
    assert "used already (refused)" in echoed(office)


def test_was_sent_by_reply_settles_it_without_a_code(office: Office):
    row = in_doubt(office)
    reply(office, "Was sent\n\nRobin", "notice/doubtful")

    assert state(office, row) == "sent"
    assert "counts as sent; it is not sent again" in echoed(office)
    command(office, f"WAS SENT #{row}")
    assert "was sent; nothing was done" in echoed(office)


def test_what_is_not_in_doubt_is_left_alone(office: Office):
    row = queued(office, "two")
    for text in (f"WAS SENT #{row}", "WAS SENT #999", "RESEND #999", "WAS SENT"):
        command(office, text)

    assert state(office, row) == "ready"
    assert [subject for _, subject, _ in mails(office, "notice/done")] == ["Not done"] * 4


def test_a_sending_that_stands_still_goes_on_by_its_reference(office: Office):
    with office.store.immediate() as db:
        case = cases.add(db, "NEWS-2027-02", "newsletter", "sending", NOW)
        batches.begin(db, "newsletter:2027-02")
    for n in range(3):
        queued(office, f"news{n}", batch="newsletter:2027-02", case=case.id)
    with office.store.immediate() as db:
        assert batches.stop(db, "newsletter:2027-02", "554 policy", NOW, NOW + timedelta(hours=1)) == 3
    command(office, "RESUME NEWS-2027-02")

    assert "The sending “newsletter:2027-02” goes on" in echoed(office)
    assert "554 policy" in echoed(office)
    with office.store.immediate() as db:
        batches.send_ahead(db, NOW)
    assert rows(office, "SELECT count(*) FROM outbox WHERE waits = '' AND batch <> ''") == [(1,)], "one goes ahead"


def test_nothing_stands_still_and_several_do(office: Office):
    command(office, "RESUME")
    assert "No sending stands still" in echoed(office)
    for name in ("a", "b"):
        queued(office, f"mail{name}", batch=name)
        with office.store.immediate() as db:
            batches.stop(db, name, "554", NOW, NOW + timedelta(hours=1))
    command(office, "RESUME")
    assert "Several sendings stand still" in echoed(office)


def test_whoever_is_told_that_a_sending_stands_still_can_let_it_go_on_by_one_tap(office: Office):
    with office.store.immediate() as db:
        case = cases.add(db, "NEWS-2027-02", "newsletter", "sending", NOW)
        approvals.propose(
            db, "newsletter:2027-02", NOW, title="Newsletter", case=case.id, template="newsletter/issue", variables={},
            sha256="", due_at=NOW,
        )  # fmt: skip
    queued(office, "news", batch="newsletter:2027-02", case=case.id)
    with office.store.immediate() as db:
        batches.stop(db, "newsletter:2027-02", "554 policy", NOW, NOW + timedelta(hours=1))
        alarms.sound(db, "batch:newsletter:2027-02", "The sending is stopped: 554 policy", NOW)
    assert faults.tell(office, NOW) == 1

    [(recipient, subject, text)] = mails(office, "notice/stopped")
    assert (recipient, subject) == (ROBIN, "A sending stands still [NEWS-2027-02]")
    assert "subject=RESUME%20NEWS-2027-02" in text
    reply(office, "resume", "notice/stopped")
    assert "goes on" in echoed(office)
