"""The outbox loop against a wire that misbehaves in every way the type of an error can say."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from mailroom import delivery
from mailroom.clock import SetClock
from mailroom.errors import Barred, Doubtful, MailroomError, Permanent, Temporary, Unauthorised
from mailroom.office.office import Office
from mailroom.store import alarms, outbox, tasks, turns
from mailroom.store.outbox import MailKind, Outgoing
from tests.office import rows, small_office

START = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


class Wire:
    """Answers each mail with the next of its words; a string is a reply, an error is raised."""

    def __init__(self, *answers: str | MailroomError) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, str]] = []

    async def send(self, sender: str, recipient: str, mime: bytes) -> str:
        assert mime
        self.sent.append((sender, recipient))
        answer = self.answers.pop(0) if self.answers else "2.0.0 taken"
        if isinstance(answer, str):
            return answer
        raise answer


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def queue(office: Office, n: int, kind: MailKind = "ack") -> None:
    with office.store.immediate() as db:
        key = f"{kind}:{n}"
        outbox.queue(
            db, Outgoing(key, f"p{n}@web.example.net", "", kind, "notice/told", "s", f"<{key}@x>", b"mime"), START
        )


def state(office: Office) -> list[object]:
    return [one for (one,) in rows(office.config, "SELECT state FROM outbox ORDER BY id")]


async def test_each_mail_goes_to_its_one_recipient_and_is_sent(office: Office):
    queue(office, 1)
    queue(office, 2)
    wire = Wire()

    assert await delivery.deliver_due(office, [wire], SetClock(START)) == 2
    assert wire.sent == [("iag@btp.example.org", "p1@web.example.net"), ("iag@btp.example.org", "p2@web.example.net")]
    assert state(office) == ["sent", "sent"]
    assert await delivery.deliver_due(office, [wire], SetClock(START)) == 0


async def test_danger_and_alerts_go_before_what_was_queued_earlier(office: Office):
    queue(office, 1, "mail")
    queue(office, 2, "ack")
    queue(office, 3, "alert")
    queue(office, 4, "danger")
    wire = Wire()

    await delivery.deliver_due(office, [wire], SetClock(START))

    assert [to[1] for to in wire.sent] == [f"p{n}@web.example.net" for n in (4, 3, 2, 1)]


async def test_a_temporary_refusal_is_tried_again_with_growing_pauses_and_given_up_aloud(office: Office):
    queue(office, 1)
    clock, wire = SetClock(START), Wire(*[Temporary("451 later", code=451, verb="RCPT")] * 100)
    tries = []
    while state(office) != ["failed"]:
        before = len(wire.sent)
        await delivery.deliver_due(office, [wire], clock)
        if len(wire.sent) > before:
            tries.append((clock.now() - START).total_seconds() / 60)
        clock.set(clock.now() + timedelta(minutes=5))
        assert clock.now() - START < timedelta(hours=60)

    assert tries[:6] == [0, 5, 15, 35, 75, 135]
    assert tries[-1] / 60 >= 48
    assert [task.role for task in tasks.still_open(office.store.db)] == ["coordinator"]


async def test_a_permanent_refusal_fails_that_mail_alone(office: Office):
    queue(office, 1)
    queue(office, 2)

    await delivery.deliver_due(office, [Wire(Permanent("550 no such user", code=550, verb="RCPT"))], SetClock(START))

    assert state(office) == ["failed", "sent"]


async def test_an_acknowledgement_in_doubt_is_repeated_once_under_the_same_message_id(office: Office):
    queue(office, 1, "ack")

    await delivery.deliver_due(office, [Wire(Doubtful("cut after the dot"))], SetClock(START))

    assert state(office) == ["sent"]
    assert rows(office.config, "SELECT attempts, doubtful_at IS NOT NULL FROM outbox") == [(2, 1)]


async def test_an_acknowledgement_twice_in_doubt_waits_for_a_person(office: Office):
    queue(office, 1, "ack")
    wire = Wire(Doubtful("cut after the dot"), Doubtful("cut after the dot"))

    await delivery.deliver_due(office, [wire], SetClock(START))

    assert len(wire.sent) == 2
    assert state(office) == ["doubtful"]


async def test_a_mail_to_many_in_doubt_is_never_repeated_by_itself(office: Office):
    queue(office, 1, "mail")
    wire = Wire(Doubtful("cut after the dot"))

    await delivery.deliver_due(office, [wire], SetClock(START))

    assert len(wire.sent) == 1
    assert state(office) == ["doubtful"]
    assert "may or may not" in tasks.still_open(office.store.db)[0].text


GONE = {
    "cut": Temporary("the connection ended at MAIL", verb="MAIL"),
    "busy": Temporary("421 too many connections", code=421, verb="EHLO"),
    "certificate": Permanent("a certificate that is not valid", verb="STARTTLS"),
    "locked": Unauthorised("535 wrong password", code=535, verb="AUTH"),
    "our address refused": Barred("550 sender rejected", code=550, verb="MAIL"),
}


@pytest.mark.parametrize("error", GONE.values(), ids=GONE)
async def test_a_server_that_is_gone_stops_the_run_and_sounds_one_alarm(office: Office, error: MailroomError):
    queue(office, 1)
    queue(office, 2)
    clock, wire = SetClock(START), Wire(error)

    with pytest.raises(delivery.Unreachable):
        await delivery.deliver_due(office, [wire], clock)

    assert len(wire.sent) == 1
    assert sorted(map(str, state(office))) == ["deferred", "ready"]
    assert [alarm.key for alarm in alarms.sounding(office.store.db)] == ["smtp"]
    clock.set(START + timedelta(minutes=5))
    assert await delivery.deliver_due(office, [wire], clock) == 2
    assert alarms.sounding(office.store.db) == []


async def test_a_crash_between_the_mark_and_the_reply_leaves_doubt_that_is_settled_at_the_next_start(office: Office):
    kinds: tuple[MailKind, ...] = ("ack", "mail")
    for n, kind in enumerate(kinds):
        queue(office, n, kind)
        with office.store.immediate() as db:
            turns.claim(db, START)

    assert delivery.recover(office, START) == 2
    assert state(office) == ["ready", "doubtful"]
    assert delivery.recover(office, START) == 0


async def test_what_has_expired_is_never_sent_late(office: Office):
    with office.store.immediate() as db:
        mail = Outgoing(
            "k", "p@web.example.net", "", "mail", "t", "s", "<k@x>", b"m", expires=START + timedelta(hours=1)
        )
        outbox.queue(db, mail, START)
    wire = Wire()

    await delivery.deliver_due(office, [wire], SetClock(START + timedelta(hours=2)))

    assert wire.sent == []
    assert state(office) == ["expired"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE people SET state = 'left' WHERE id = 'M01'",
        "UPDATE addresses SET status = 'suspended' WHERE person_id = 'M01'",
    ],
    ids=["left", "suspended"],
)
async def test_whoever_has_left_or_cannot_be_reached_is_not_sent_what_was_queued_before(office: Office, change: str):
    kinds: tuple[MailKind, ...] = ("mail", "danger")
    with office.store.immediate() as db:
        for kind in kinds:
            mail = Outgoing(kind, "ada.winter@mail.example.org", "M01", kind, "t", "s", f"<{kind}@x>", b"m")
            outbox.queue(db, mail, START)
        db.execute(change)

    await delivery.deliver_due(office, [Wire()], SetClock(START))

    assert rows(office.config, "SELECT kind, state FROM outbox ORDER BY id") == [
        ("mail", "cancelled"),
        ("danger", "sent"),
    ]


async def test_the_copy_in_sent_is_filed_once_even_after_a_crash_before_its_record(office: Office):
    queue(office, 1)
    await delivery.deliver_due(office, [Wire()], SetClock(START))
    filed: list[bytes] = []

    async def append(mime: bytes, _at: datetime) -> None:
        filed.append(mime)

    async def absent(_message_id: str) -> bool:
        return False

    async def present(_message_id: str) -> bool:
        return True

    async def refused(_mime: bytes, _at: datetime) -> None:
        raise Permanent("NO [CANNOT] no such folder")

    assert await delivery.copy_to_sent(office, append, absent, SetClock(START)) == 1
    assert await delivery.copy_to_sent(office, append, absent, SetClock(START)) == 0
    queue(office, 2)
    await delivery.deliver_due(office, [Wire()], SetClock(START))
    assert await delivery.copy_to_sent(office, refused, absent, SetClock(START)) == 0
    assert await delivery.copy_to_sent(office, refused, absent, SetClock(START)) == 0
    assert [alarm.key for alarm in alarms.sounding(office.store.db)] == ["copies"]
    with office.store.immediate() as db:
        db.execute("UPDATE outbox SET copied_at = NULL")
    assert await delivery.copy_to_sent(office, append, present, SetClock(START)) == 2
    assert filed == [b"mime", b"mime"]


@pytest.mark.parametrize("seen", ["before the doubt", "after it"])
async def test_a_mail_in_doubt_that_the_server_has_filed_in_sent_was_sent(office: Office, seen: str):
    server = msgspec.structs.replace(office.config.sending, sent_copy="server")
    filing = replace(office, config=msgspec.structs.replace(office.config, sending=server))
    queue(office, 1, "mail")

    class Cut(Wire):
        async def send(self, sender: str, recipient: str, mime: bytes) -> str:
            if seen == "before the doubt":
                delivery.found_in_sent(filing, "<mail:1@x>", START)
            return await super().send(sender, recipient, mime)

    await delivery.deliver_due(filing, [Cut(Doubtful("cut after the dot"))], SetClock(START))
    delivery.found_in_sent(office, "<mail:1@x>", START)
    assert state(office) == (["doubtful"] if seen == "after it" else ["sent"]), "our own copies prove nothing"
    delivery.found_in_sent(filing, "<mail:1@x>", START)

    assert state(office) == ["sent"]
    assert tasks.still_open(office.store.db) == []
