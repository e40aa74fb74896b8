"""What is too late never goes: neither by itself nor on a word that comes late; and it does not vanish silently."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from mailroom import delivery
from mailroom.clock import SetClock
from mailroom.office import digest, summary
from mailroom.office import mail as writing
from mailroom.office.commands import asking
from mailroom.office.mail import Cause, Recipient
from mailroom.office.office import Office
from mailroom.store import outbox, tasks
from mailroom.store.outbox import Outgoing
from tests.office import mail as message
from tests.office import rows, small_office
from tests.unit.office.test_returned import arrive

NOW = datetime(2027, 1, 13, 9, 0, tzinfo=UTC)
CLOSES = NOW + timedelta(hours=3)
ROBIN = "robin.hale@btp.example.org"


class Taken:
    """A server that takes everything."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    async def send(self, _sender: str, recipient: str, _mime: bytes) -> str:
        self.tried.append(recipient)
        return "250 ok"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def draft(office: Office) -> str:
    """Hold an operational update until a person approves it, and return the code for it."""
    with office.store.immediate() as db:
        row = writing.write(
            office, db, NOW, key="ops:1:M01", recipient=Recipient("ada.winter@mail.example.org", "M01", "Ada Winter"),
            template="member/received", kind="mail", variables={}, cause=Cause(hold=True), expires=CLOSES,
        )  # fmt: skip
        assert row is not None
        asking.may_it_go(office, db, NOW, Random(1))
        [code] = db.execute("SELECT code FROM codes WHERE about = 'mail' AND subject_id = ?", (row,)).fetchone()
    return str(code)


async def deliver(office: Office, at: datetime) -> list[str]:
    wire = Taken()
    await delivery.deliver_due(office, [wire], SetClock(at))
    return [one for one in wire.tried if one != ROBIN]


def approve(office: Office, code: str, at: datetime) -> str:
    """Approve by mail, and return what was answered."""
    arrive(office, message(ROBIN, "Re: a mail waits", f"APPROVE {code}"), at)
    [raw] = rows(office.config, "SELECT mime FROM mails WHERE recipient = ? ORDER BY id DESC LIMIT 1", ROBIN)[0]
    return bytes(raw).decode("utf-8", "replace").replace("=\r\n", "")


def to_do(office: Office) -> list[str]:
    return [task.text for task in tasks.still_open(office.store.db, "coordinator") if "not sent" in task.text]


async def test_a_draft_that_nobody_approved_in_time_is_let_go_and_told_once(office: Office):
    draft(office)
    for hours in (3, 4, 30):
        assert await deliver(office, NOW + timedelta(hours=hours)) == []

    assert rows(office.config, "SELECT state FROM outbox WHERE key = 'ops:1:M01'") == [("expired",)]
    [task] = to_do(office)
    assert "to Ada Winter (M01) was not sent. Nobody approved it before its time had passed." in task
    later = NOW + timedelta(days=5)
    words = digest.variables(office.store.db, later, office.zone)
    assert "1 mail missed its moment." in str(words["health"])
    assert any(task in line for line in summary.needs_you(office.store.db, NOW, later, office.zone))


@pytest.mark.parametrize("looked", [True, False])
async def test_a_word_that_comes_too_late_sends_nothing_and_is_answered_so(office: Office, *, looked: bool):
    code = draft(office)
    if looked:
        await deliver(office, CLOSES)
    answer = approve(office, code, CLOSES)

    assert "is past its time; nothing was done" in answer
    assert await deliver(office, CLOSES) == []
    assert rows(office.config, "SELECT state FROM outbox WHERE key = 'ops:1:M01'") == [("expired",)]


async def test_a_word_in_time_sends_it_unless_the_server_is_away_until_it_is_too_late(office: Office):
    code = draft(office)
    assert "goes out now" in approve(office, code, CLOSES - timedelta(seconds=1))

    assert await deliver(office, CLOSES) == []
    [task] = to_do(office)
    assert "It could not be sent before its time had passed." in task


async def test_a_word_in_time_sends_it(office: Office):
    code = draft(office)
    approve(office, code, CLOSES - timedelta(minutes=1))

    assert await deliver(office, CLOSES - timedelta(minutes=1)) == ["ada.winter@mail.example.org"]
    assert await deliver(office, CLOSES + timedelta(days=1)) == []
    assert to_do(office) == []


async def test_a_sending_that_is_too_late_is_one_thing_to_be_told(office: Office):
    with office.store.immediate() as db:
        for n in range(5):
            made = Outgoing(
                f"n{n}", f"p{n}@x.example.org", "", "mail", "t", "s", f"<{n}@x>", b"m", expires=CLOSES, batch="ops:7"
            )
            assert outbox.queue(db, made, NOW)
    assert await deliver(office, CLOSES) == []

    assert to_do(office) == ["5 mails of “ops:7” were not sent in time. They are not sent any more."]


async def test_whoever_is_on_leave_until_it_is_too_late_is_nothing_to_be_told(office: Office):
    with office.store.immediate() as db:
        db.execute("UPDATE people SET state = 'on_leave' WHERE id = 'M01'")
        made = Outgoing(
            "k", "ada.winter@mail.example.org", "M01", "mail", "t", "s", "<k@x>", b"m", expires=CLOSES, guard="member"
        )
        assert outbox.queue(db, made, NOW)
    await deliver(office, NOW)
    await deliver(office, CLOSES)

    assert rows(office.config, "SELECT state FROM outbox") == [("expired",)]
    assert to_do(office) == []
