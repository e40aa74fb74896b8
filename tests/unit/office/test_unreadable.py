"""Mail that a person has to open: encrypted, cut off, or made to mislead."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailroom.message import read
from mailroom.office.office import Office
from mailroom.office.take import take
from mailroom.store import messages
from mailroom.store.messages import Arrived, Packed, Waiting
from tests.office import AUTHSERV, MAILBOX, small_office

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)
MEMBER = "ada.winter@mail.example.org"
ENCRYPTED = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\r\nx\r\n"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def arrive(office: Office, rest: str, sender: str = MEMBER) -> tuple[str, list[str], list[str]]:
    """Take a message; return its class, the tasks and the templates of the mails that follow."""
    raw = f"Authentication-Results: {AUTHSERV}; dmarc=pass\r\nFrom: {sender}\r\nTo: {MAILBOX}\r\n{rest}".encode()
    with office.store.immediate() as db:
        row = messages.receive(db, Arrived("INBOX", 1, 1, NOW, len(raw), Packed.of(raw)), NOW, history=False)
        assert row is not None
        take(office, db, Waiting(row, NOW, history=False, size=len(raw)), read(raw, office.config.border), NOW)
        texts = [str(text) for (text,) in db.execute("SELECT text FROM tasks ORDER BY id")]
        mails = [str(template) for (template,) in db.execute("SELECT template FROM outbox")]
        class_ = str(db.execute("SELECT class FROM messages WHERE id = ?", (row,)).fetchone()[0])
    return class_, texts, mails


def test_a_clear_subject_over_sealed_words_decides_nothing_and_a_person_is_asked(office: Office):
    class_, tasks, mails = arrive(office, f"Subject: I would like to join the advisory group\r\n{ENCRYPTED}")

    assert class_ == ""
    assert any("No rule knew" in task for task in tasks)
    assert any("S/MIME" in task for task in tasks)
    assert mails == [], "she is asked by her tasks: no guess can be made of words that nobody can read here"


def test_what_was_cut_off_is_said_once(office: Office):
    deep = "".join(f"--{n}\r\nContent-Type: multipart/mixed; boundary={n + 1}\r\n\r\n" for n in range(60))
    _, tasks, _ = arrive(office, f"Subject: x\r\nContent-Type: multipart/mixed; boundary=0\r\n\r\n{deep}")

    assert sum("nested" in task for task in tasks) == 1


def test_another_address_shown_as_the_name_is_pointed_out(office: Office):
    _, tasks, _ = arrive(office, "Subject: x\r\n\r\nHello\r\n", '"chair@example.org" <someone@example.net>')

    assert any("not the one it came from" in task for task in tasks)


def test_ordinary_mail_needs_no_second_look(office: Office):
    _, tasks, _ = arrive(office, "Subject: x\r\n\r\nHello\r\n", f'"{MEMBER}" <{MEMBER}>')

    assert not any("mail program" in task for task in tasks)
