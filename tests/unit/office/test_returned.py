"""What follows from a mail that came back, and that nothing follows from a report that names none of ours."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.message import read
from mailroom.office import mail as writing
from mailroom.office.mail import Recipient
from mailroom.office.office import Office
from mailroom.office.take import take
from mailroom.store import links, messages, outbox, people, turns
from mailroom.store.messages import Arrived, Packed, Waiting
from mailroom.store.outbox import Outgoing
from tests.office import MAILBOX, mail, small_office

NOW = datetime(2027, 1, 18, 9, 43, tzinfo=UTC)
ADA = "ada.winter@mail.example.org"
HARD, SOFT = "550 5.1.1 user unknown", "452 4.2.2 mailbox full"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def report(recipient: str, message_id: str, words: str, n: int = 0) -> bytes:
    """Return a delivery report as RFC 3464 has it."""
    status = words.split()[1]
    return f"""\
From: Mail Delivery System <mailer-daemon@mx.mail.example.org>
To: {MAILBOX}
Subject: Undelivered Mail Returned to Sender
Message-ID: <report{n}.{abs(hash((recipient, message_id, words)))}@mx.mail.example.org>
Date: Mon, 18 Jan 2027 09:43:00 +0000
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain

Your message could not be delivered.
<{recipient}>: {words}

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.mail.example.org

Final-Recipient: rfc822; {recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {words}

--part
Content-Type: text/rfc822-headers

From: {MAILBOX}
To: {recipient}
Message-ID: {message_id}
Subject: A mail

--part--
""".encode()


def arrive(office: Office, raw: bytes, at: datetime = NOW, *, history: bool = False) -> int:
    with office.store.immediate() as db:
        [uid] = db.execute("SELECT count(*) + 1 FROM messages").fetchone()
        row = messages.receive(db, Arrived("INBOX", 1, uid, at, len(raw), Packed.of(raw)), at, history=history)
        assert row is not None
        take(office, db, Waiting(row, at, history, len(raw)), read(raw, office.config.border), at)
    return row


def queue(office: Office, key: str, recipient: str = ADA, person: str = "M01", *, held: bool = False) -> str:
    message_id = f"<{key}@btp.example.org>"
    with office.store.immediate() as db:
        made = Outgoing(key, recipient, person, "mail", "member/received", "A mail", message_id, b"-")
        assert outbox.queue(db, made, NOW, held=held)
    return message_id


def send(office: Office, at: datetime) -> list[str]:
    """Let the server take whatever is due."""
    gone = []
    with office.store.immediate() as db:
        while claimed := turns.claim(db, at):
            outbox.settle(db, claimed.id, "sent", "250 ok", at)
            gone.append(claimed.message_id)
    return gone


def state(office: Office, key: str) -> str:
    [found] = office.store.db.execute("SELECT state FROM outbox WHERE key = ?", (key,)).fetchone()
    return str(found)


def tasks_of(office: Office, row: int) -> list[str]:
    return [text for (text,) in office.store.db.execute("SELECT text FROM tasks WHERE message_id = ?", (row,))]


def test_a_dead_address_is_written_to_no_more_and_somebody_rings(office: Office):
    message_id = queue(office, "first")
    send(office, NOW)
    queue(office, "waits")
    queue(office, "for approval", held=True)
    queue(office, "for another", "ben.ortiz@post.example.org", "M02")
    row = arrive(office, report(ADA, message_id, HARD))

    assert people.status_of(office.store.db, ADA) == "suspended"
    assert people.address_of(office.store.db, "M01") is None
    assert [state(office, key) for key in ("waits", "for approval", "for another")] == [
        "cancelled",
        "cancelled",
        "ready",
    ]
    [task] = tasks_of(office, row)
    assert task.startswith("Phone Ada Winter (M01): mail bounces (5.1.1)")
    [found] = office.store.db.execute(
        "SELECT person_id, state FROM links WHERE message_id = ? AND case_id IS NULL", (row,)
    )
    assert found == ("M01", "confirmed")
    assert links.of_message(office.store.db, row) == []


@pytest.mark.parametrize("message_id", ["<never.sent@btp.example.org>", ""])
def test_a_report_that_names_none_of_ours_changes_nothing(office: Office, message_id: str):
    queue(office, "first")
    send(office, NOW)
    queue(office, "waits")
    row = arrive(office, report(ADA, message_id, HARD))

    assert people.status_of(office.store.db, ADA) == "ok"
    assert state(office, "waits") == "ready"
    assert tasks_of(office, row) == []


def test_a_report_about_another_address_than_we_wrote_to_changes_nothing(office: Office):
    message_id = queue(office, "first", "ben.ortiz@post.example.org", "M02")
    send(office, NOW)
    arrive(office, report(ADA, message_id, HARD))

    assert people.status_of(office.store.db, ADA) == "ok"
    assert people.status_of(office.store.db, "ben.ortiz@post.example.org") == "ok"


def test_a_report_of_the_time_before_us_changes_nothing(office: Office):
    message_id = queue(office, "first")
    send(office, NOW)
    arrive(office, report(ADA, message_id, HARD), history=True)

    assert people.status_of(office.store.db, ADA) == "ok"


def test_the_same_report_twice_asks_once(office: Office):
    first, second = queue(office, "first"), queue(office, "second")
    send(office, NOW)
    arrive(office, report(ADA, first, HARD))
    again = arrive(office, report(ADA, first, HARD, 1))
    other = arrive(office, report(ADA, second, HARD))

    assert tasks_of(office, again) == tasks_of(office, other) == []


def test_a_full_mailbox_is_tried_twice_more_under_the_same_id_and_then_told(office: Office):
    message_id = queue(office, "first")
    at = NOW
    for n, hours in enumerate((4, 24)):
        assert send(office, at) == [message_id]
        arrive(office, report(ADA, message_id, SOFT, n), at)
        assert state(office, "first") == "deferred"
        assert send(office, at + timedelta(hours=hours, seconds=-1)) == []
        at += timedelta(hours=hours)
    assert send(office, at) == [message_id]
    last = arrive(office, report(ADA, message_id, SOFT, 3), at)

    assert state(office, "first") == "failed"
    [task] = tasks_of(office, last)
    assert "Ada Winter (M01) came back 3 times" in task
    assert people.address_of(office.store.db, "M01") == ADA, "the address may work again tomorrow"


def test_two_reports_of_one_attempt_count_once(office: Office):
    message_id = queue(office, "first")
    send(office, NOW)
    for n in range(4):
        arrive(office, report(ADA, message_id, SOFT, n))

    assert state(office, "first") == "deferred"


def test_a_mail_from_before_us_is_never_sent_again(office: Office):
    with office.store.immediate() as db:
        old = Outgoing("old", ADA, "M01", "mail", "newsletter/issue", "News", "<old@btp.example.org>", b"-")
        outbox.record_history(db, old, NOW - timedelta(days=3))
    arrive(office, report(ADA, "<old@btp.example.org>", SOFT))

    assert state(office, "old") == "sent"
    assert people.status_of(office.store.db, ADA) == "soft"


def test_writing_to_us_clears_a_doubt_but_brings_no_dead_address_back(office: Office):
    first = queue(office, "first")
    send(office, NOW)
    arrive(office, report(ADA, first, SOFT))
    assert people.status_of(office.store.db, ADA) == "soft"
    arrive(office, mail(ADA, "Kettle", "The kettle in the hall is broken."))
    assert people.status_of(office.store.db, ADA) == "ok"
    send(office, NOW + timedelta(hours=5))
    arrive(office, report(ADA, first, HARD))
    arrive(office, mail(ADA, "Kettle", "The kettle in the hall is still broken."))

    assert people.status_of(office.store.db, ADA) == "suspended"


def test_an_absence_is_noted_with_the_day_of_return_and_changes_no_address(office: Office):
    headers = {"Auto-Submitted": "auto-replied"}
    text = "Hello, I am walking in the hills and away until Monday 25 January 2027."
    row = arrive(office, mail(ADA, "Automatic reply: Minutes", text, headers=headers))

    [words] = [
        line
        for (line,) in office.store.db.execute(
            "SELECT words FROM journal WHERE event = 'away' AND message_id = ?", (row,)
        )
    ]
    assert words == "Ada Winter (M01) is away until 2027-01-25, their mail program says."
    assert people.status_of(office.store.db, ADA) == "ok"


def test_nothing_new_is_written_to_a_dead_address(office: Office):
    message_id = queue(office, "first")
    send(office, NOW)
    arrive(office, report(ADA, message_id, HARD))
    with office.store.immediate() as db:
        row = writing.write(
            office, db, NOW, key="later", recipient=Recipient(ADA, "M01", "Ada Winter"), template="member/received",
            kind="mail", variables={},
        )  # fmt: skip

    assert row is None
