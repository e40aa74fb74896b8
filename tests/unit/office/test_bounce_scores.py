"""How often mail to an address may come back: points as GNU Mailman counts them, and nobody vanishes silently."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailroom import delivery
from mailroom.clock import SetClock
from mailroom.errors import Permanent
from mailroom.office.office import Office
from mailroom.store import people, tasks
from tests.office import small_office
from tests.unit.office.test_returned import ADA, NOW, arrive, queue, report, send, state

FULL, REFUSED, NO_HOST = "452 4.2.2 mailbox full", "552 5.2.2 mailbox full", "550 5.1.2 host unknown: no such domain"
DAY = timedelta(days=1)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def returns(office: Office, at: datetime, words: str, n: int = 0) -> None:
    """Let a mail of that day come back."""
    key = f"{at:%j-%H}-{n}"
    message_id = queue(office, key)
    assert message_id in send(office, at)
    arrive(office, report(ADA, message_id, words), at)


def points(office: Office) -> float:
    found = office.store.db.execute("SELECT score FROM bounce_scores WHERE email = ?", (ADA,)).fetchone()
    return float(found[0]) if found else 0.0


def to_do(office: Office) -> list[str]:
    return [task.text for task in tasks.still_open(office.store.db, "coordinator")]


@pytest.mark.parametrize(("words", "wanted"), [(FULL, 0.5), (REFUSED, 1.0), (NO_HOST, 1.0)])
def test_a_day_counts_as_heavy_as_its_refusal(office: Office, words: str, wanted: float):
    returns(office, NOW, words)

    assert points(office) == wanted
    assert people.address_of(office.store.db, "M01") == ADA


def test_a_day_counts_once_and_by_its_heaviest(office: Office):
    for n, words in enumerate((FULL, REFUSED, FULL, REFUSED)):
        returns(office, NOW + timedelta(minutes=n), words, n)

    assert points(office) == 1.0


def test_three_points_write_the_address_off_and_the_coordinator_is_told(office: Office):
    for n in range(2):
        returns(office, NOW + n * DAY, NO_HOST)
    assert people.status_of(office.store.db, ADA) in ("ok", "soft")
    assert to_do(office) == []
    queue(office, "waits")
    with office.store.immediate() as db:
        db.execute("UPDATE outbox SET next_at = '2027-03-01T00:00:00Z' WHERE key = 'waits'")
    returns(office, NOW + 2 * DAY, NO_HOST)

    assert people.status_of(office.store.db, ADA) == "suspended"
    assert state(office, "waits") == "cancelled"
    [task] = to_do(office)
    assert task.startswith("Phone Ada Winter (M01): mail has kept coming back since Monday 18 January 2027.")
    assert task.endswith("Ask for an address that works. Mails withdrawn: 1.")
    assert points(office) == 0, "an address that works again begins from nothing"
    missed = office.store.db.execute("SELECT count(*) FROM missed WHERE returned").fetchone()
    assert missed == (3,), "what came back was missed, too"


def test_six_days_of_a_full_mailbox_write_it_off(office: Office):
    for n in range(5):
        returns(office, NOW + n * DAY, FULL)
    assert people.address_of(office.store.db, "M01") == ADA
    returns(office, NOW + 5 * DAY, FULL)

    assert people.address_of(office.store.db, "M01") is None


def test_points_go_stale(office: Office):
    for n in range(2):
        returns(office, NOW + n * DAY, NO_HOST)
    returns(office, NOW + DAY + timedelta(days=46), NO_HOST)

    assert points(office) == 1.0
    assert people.address_of(office.store.db, "M01") == ADA


def test_points_that_are_not_yet_stale_stay(office: Office):
    for n in range(2):
        returns(office, NOW + n * DAY, NO_HOST)
    returns(office, NOW + DAY + timedelta(days=45), NO_HOST)

    assert people.address_of(office.store.db, "M01") is None


async def test_a_refusal_as_the_mail_is_handed_over_counts_too(office: Office):
    class Refusing:
        async def send(self, _sender: str, _recipient: str, _mime: bytes) -> str:
            raise Permanent("550 5.1.1 no such person", code=550, verb="RCPT")

    for n in range(3):
        queue(office, f"refused {n}")
        await delivery.deliver_due(office, [Refusing()], SetClock(NOW + n * DAY))

    assert people.address_of(office.store.db, "M01") is None
    assert any(text.startswith("Phone Ada Winter (M01): mail has kept coming back") for text in to_do(office))


async def test_a_refusal_of_what_the_mail_says_is_no_fault_of_the_address(office: Office):
    class Refusing:
        async def send(self, _sender: str, _recipient: str, _mime: bytes) -> str:
            raise Permanent("554 5.6.0 cannot be read", code=554, verb=".")

    queue(office, "refused")
    await delivery.deliver_due(office, [Refusing()], SetClock(NOW))

    assert points(office) == 0
