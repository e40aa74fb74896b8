"""A mail for a role that has passed on goes to its next holder; nobody is told twice, and nothing is lost silently."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from random import Random

import pytest

from mailroom import delivery
from mailroom.clock import SetClock
from mailroom.office import imports
from mailroom.office import mail as writing
from mailroom.office.commands import asking
from mailroom.office.mail import Cause, Recipient
from mailroom.office.office import Office
from mailroom.store import alarms, tasks
from mailroom.store.outbox import MailKind
from tests.office import small_office

NOW = datetime(2027, 1, 18, 9, 43, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


class Taken:
    """A server that takes everything."""

    def __init__(self) -> None:
        self.mails: dict[str, bytes] = {}

    async def send(self, _sender: str, recipient: str, mime: bytes) -> str:
        assert recipient not in self.mails, "nobody is told twice"
        self.mails[recipient] = mime
        return "250 ok"


def queue(office: Office, kind: MailKind = "notice", role: str = "coordinator", template: str = "notice/told") -> None:
    with office.store.immediate() as db:
        assert writing.to_role(
            office, db, NOW, key=f"tell:1:{template}", role=role, template=template, kind=kind,
            variables={"reasons": ["Something is on fire."], "sender_name": "Ada Winter"},
        )  # fmt: skip


def people(office: Office, *lines: str) -> None:
    with office.store.immediate() as db:
        imports.people(db, "\n".join(("id,name,kind,roles,emails,state", *lines)).encode(), "people.csv", NOW)


async def deliver(office: Office) -> dict[str, bytes]:
    wire = Taken()
    await delivery.deliver_due(office, [wire], SetClock(NOW))
    return wire.mails


STEPS_DOWN = "robin,Robin Hale,officer,officer,robin.hale@btp.example.org,"
SUCCEEDS = "wren,Wren Abbot,officer,coordinator,wren.abbot@btp.example.org,"


@pytest.mark.parametrize("kind", ["alert", "notice", "task"])
async def test_the_next_holder_of_a_role_gets_what_was_queued_for_the_last(office: Office, kind: MailKind):
    queue(office, kind)
    people(office, STEPS_DOWN, SUCCEEDS)

    [(recipient, mime)] = (await deliver(office)).items()

    assert recipient == "wren.abbot@btp.example.org"
    mail = message_from_bytes(mime, policy=policy.default)
    assert mail["To"] == "Wren Abbot <wren.abbot@btp.example.org>"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Something is on fire." in body.get_content()
    states = dict(office.store.db.execute("SELECT person_id, state FROM outbox"))
    assert states == {"robin": "cancelled", "wren": "sent"}


async def test_whoever_was_told_already_is_not_told_again(office: Office):
    people(office, SUCCEEDS)
    queue(office)
    people(office, STEPS_DOWN)

    assert set(await deliver(office)) == {"wren.abbot@btp.example.org"}


async def test_a_holder_who_has_left_passes_theirs_on(office: Office):
    queue(office)
    people(office, "robin,Robin Hale,officer,coordinator,robin.hale@btp.example.org,left", SUCCEEDS)

    assert set(await deliver(office)) == {"wren.abbot@btp.example.org"}


async def test_a_role_that_nobody_holds_any_more_is_said_aloud(office: Office):
    queue(office, role="press")
    people(office, "press,Press Office,desk,,press@btp.example.org,")

    assert await deliver(office) == {}
    [task] = [task.text for task in tasks.still_open(office.store.db, "coordinator")]
    assert task.startswith("A mail to the role “press” (A message for you to look at) reached nobody")
    assert [alarm.key for alarm in alarms.sounding(office.store.db)] == ["role:press"]


async def test_somebody_elses_words_never_pass_to_a_member(office: Office):
    queue(office, "forward", role="finance")
    people(
        office, "finance,Finance,desk,,finance@btp.example.org,",
        "M02,Ben Ortiz,member,finance,ben.ortiz@post.example.org,active",
    )  # fmt: skip

    assert await deliver(office) == {}
    assert len(tasks.still_open(office.store.db, "coordinator")) == 1


async def test_a_code_is_for_one_person_and_whoever_follows_gets_one_of_their_own(office: Office):
    with office.store.immediate() as db:
        row = writing.write(
            office, db, NOW, key="draft", recipient=Recipient("ada.winter@mail.example.org", "M01", "Ada Winter"),
            template="member/received", kind="mail", variables={}, cause=Cause(hold=True),
        )  # fmt: skip
        asking.may_it_go(office, db, NOW, Random(1))
    people(office, STEPS_DOWN, SUCCEEDS)

    [(recipient, mime)] = (await deliver(office)).items()
    assert recipient == "wren.abbot@btp.example.org"
    with office.store.immediate() as db:
        [first] = db.execute("SELECT code FROM codes WHERE person_id = 'robin'").fetchone()
        [second] = db.execute("SELECT code FROM codes WHERE person_id = 'wren' AND subject_id = ?", (row,)).fetchone()
        assert asking.may_it_go(office, db, NOW, Random(2)) == 0, "once"
    assert first.encode() not in mime
    assert second.encode() in mime


async def test_the_other_address_of_a_holder_is_used_first(office: Office):
    queue(office)
    people(office, "robin,Robin Hale,officer,coordinator,r.hale@btp.example.org,", SUCCEEDS)

    assert set(await deliver(office)) == {"r.hale@btp.example.org"}
