"""Out of hours: whoever writes is told when the office is next at work."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailroom.office.office import Office
from tests.office import mail, small_office
from tests.unit.office.taking import arrive

SATURDAY = datetime(2027, 1, 16, 23, 10, tzinfo=UTC)
TUESDAY = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)
JOIN = "Hello, I would like to join the advisory group. How do I apply?"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def answer_to(office: Office, at: datetime) -> str:
    arrive(office, mail("passer.by@example.net", "Joining", JOIN), at)
    [(mime,)] = office.store.db.execute("SELECT mime FROM mails WHERE recipient = 'passer.by@example.net'")
    plain = message_from_bytes(mime, policy=policy.default).get_body(("plain",))
    assert plain is not None
    return " ".join(str(plain.get_content()).split())


def test_whoever_writes_at_night_is_told_when_the_mailbox_is_read_again(office: Office):
    assert "It is read again from Monday 18 January 2027, 08:30." in answer_to(office, SATURDAY)


def test_in_working_hours_nothing_of_the_kind_is_said(office: Office):
    assert "read again" not in answer_to(office, TUESDAY)
