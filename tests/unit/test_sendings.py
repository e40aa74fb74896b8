"""Many mails with one text: what stops them together, how fast they go, and over how many connections."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from mailroom import delivery
from mailroom.clock import SetClock, moment
from mailroom.errors import Barred, Doubtful, MailroomError, Permanent, StoreBusy, Temporary
from mailroom.office.office import Office
from mailroom.store import alarms, batches, outbox, tasks
from mailroom.store.outbox import MailKind, Outgoing
from tests.office import rows, small_office

START = datetime(2027, 1, 29, 10, 0, tzinfo=UTC)
NAME = "news:2027-01"
POLICY = Barred("554 5.7.1 this looks like advertising", code=554, verb=".")
UNKNOWN = Permanent("550 5.1.1 no such person", code=550, verb="RCPT")


class Wire:
    """Takes what comes, save for those recipients and moments that are told otherwise."""

    def __init__(self, **faults: MailroomError) -> None:
        self.faults: dict[str, MailroomError] = {f"{name}@web.example.net": fault for name, fault in faults.items()}
        self.always: MailroomError | None = None
        self.tried: list[str] = []
        self.busy = 0
        self.most = 0

    async def send(self, sender: str, recipient: str, mime: bytes) -> str:
        assert sender
        assert mime
        self.busy += 1
        self.most = max(self.most, self.busy)
        await asyncio.sleep(0)
        self.busy -= 1
        self.tried.append(recipient.partition("@")[0])
        if fault := self.always or self.faults.get(recipient):
            raise fault
        return "250 2.0.0 taken"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def mails(count: int, batch: str = NAME, domain: str = "web.example.net") -> Iterable[Outgoing]:
    for n in range(count):
        key = f"{batch}:{domain}:{n}"
        yield Outgoing(key, f"p{n}@{domain}", "", "mail", "newsletter/issue", "s", f"<{key}@x>", b"mime", batch=batch)


def queue(office: Office, count: int, batch: str = NAME, domain: str = "web.example.net") -> None:
    with office.store.immediate() as db:
        assert outbox.queue_all(db, mails(count, batch, domain), START) == count


def single(office: Office, kind: MailKind) -> None:
    with office.store.immediate() as db:
        outbox.queue(db, Outgoing(kind, f"{kind}@web.example.net", "", kind, "t", "s", f"<{kind}@x>", b"m"), START)


def states(office: Office) -> dict[str, int]:
    return dict(rows(office.config, "SELECT state, count(*) FROM outbox GROUP BY state"))


def sending(office: Office, **keys: int) -> Office:
    """Return the office with other keys of [sending]."""
    changed = msgspec.structs.replace(office.config.sending, **keys)
    return replace(office, config=msgspec.structs.replace(office.config, sending=changed))


def test_a_sending_is_queued_whole_or_not_at_all(office: Office):
    def breaks() -> Iterator[Outgoing]:
        yield from mails(40)
        raise ValueError("the template cannot be filled for the forty-first")

    with pytest.raises(ValueError, match="forty-first"), office.store.immediate() as db:
        outbox.queue_all(db, breaks(), START)

    assert states(office) == {}


async def test_what_is_written_for_a_sending_that_stands_still_waits_with_the_others(office: Office):
    queue(office, 2)
    with office.store.immediate() as db:
        batches.stop(db, NAME, "refused", START, START + timedelta(hours=1))
        outbox.queue(
            db, Outgoing("again:1", "moved@web.example.net", "", "mail", "t", "s", "<again@x>", b"m", batch=NAME), START
        )
    wire = Wire()

    assert await delivery.deliver_due(office, [wire], SetClock(START)) == 0
    assert wire.tried == []
    await delivery.deliver_due(office, [wire], SetClock(START + timedelta(hours=1)))
    assert sorted(wire.tried) == ["moved", "p0", "p1"]


async def test_a_policy_refusal_stops_the_sending_and_nothing_else(office: Office):
    queue(office, 5)
    queue(office, 2, "pack:2027-03", "post.example.org")
    single(office, "notice")
    wire = Wire(p0=POLICY)

    await delivery.deliver_due(office, [wire], SetClock(START))

    assert wire.tried == ["notice", "p0", "p0", "p1"]
    assert rows(office.config, "SELECT state, count(*) FROM outbox WHERE batch = ? GROUP BY state", NAME) == [
        ("deferred", 1),
        ("ready", 4),
    ]
    [alarm] = alarms.sounding(office.store.db)
    assert alarm.words.startswith("The sending “news:2027-01” is stopped, 5 of its mails wait: 554 5.7.1")
    [progress] = batches.unfinished(office.store.db)
    assert (progress.total, progress.waiting, progress.stopped) == (5, 5, str(POLICY))


async def test_one_mail_goes_ahead_after_the_pause_and_the_rest_follow_it(office: Office):
    queue(office, 5)
    wire, clock = Wire(), SetClock(START)
    wire.always = POLICY
    await delivery.deliver_due(office, [wire], clock)
    for pause in (5, 10, 20, 40, 60, 60):
        again = delivery.next_look(office, clock.now())
        assert again is not None
        assert again - clock.now() == timedelta(minutes=pause)
        clock.set(again)
        await delivery.deliver_due(office, [wire], clock)
    assert len(wire.tried) == 7, "one at each look"
    assert alarms.sounding(office.store.db)[0].key == f"batch:{NAME}"

    wire.always = None
    clock.set(clock.now() + timedelta(minutes=60))
    await delivery.deliver_due(office, [wire], clock)

    assert states(office) == {"sent": 5}
    assert alarms.sounding(office.store.db) == []
    assert tasks.still_open(office.store.db) == []


async def test_a_policy_that_is_one_recipients_own_fails_that_one_once_others_have_gone(office: Office):
    queue(office, 4)
    wire, clock = Wire(p1=POLICY), SetClock(START)
    for _ in range(5):
        clock.set(delivery.next_look(office, clock.now()) or clock.now())
        await delivery.deliver_due(office, [wire], clock)

    assert rows(office.config, "SELECT recipient, state FROM outbox WHERE state <> 'sent'") == [
        ("p1@web.example.net", "failed")
    ]
    assert wire.tried.count("p1") == 2
    assert alarms.sounding(office.store.db) == []


async def test_refusals_of_single_recipients_fail_them_and_let_the_others_through(office: Office):
    queue(office, 40)
    wire = Wire(**dict.fromkeys((f"p{n}" for n in range(0, 40, 3)), UNKNOWN))

    await delivery.deliver_due(office, [wire], SetClock(START))

    assert states(office) == {"failed": 14, "sent": 26}
    assert len(tasks.still_open(office.store.db)) == 14


async def test_ten_in_a_row_are_not_the_recipients_fault(office: Office):
    queue(office, 150)
    wire = Wire()
    wire.always = UNKNOWN

    await delivery.deliver_due(office, [wire], SetClock(START))

    assert states(office) == {"failed": 10, "ready": 140}
    assert [alarm.key for alarm in alarms.sounding(office.store.db)] == [f"batch:{NAME}"]


async def test_a_sending_that_loses_its_connection_leaves_one_mail_in_doubt_and_not_one_after_the_other(office: Office):
    queue(office, 150)
    wire, clock = Wire(p75=Doubtful("cut after the dot")), SetClock(START)

    await delivery.deliver_due(office, [wire], clock)
    assert states(office) == {"doubtful": 1, "ready": 74, "sent": 75}
    clock.set(START + timedelta(seconds=30))
    await delivery.deliver_due(office, [wire], clock)

    assert states(office) == {"doubtful": 1, "sent": 149}
    assert sorted(wire.tried) == sorted({f"p{n}" for n in range(150)}), "each once"


async def test_the_alarm_of_a_sending_ends_with_its_last_mail(office: Office):
    queue(office, 2)
    wire = Wire(p0=POLICY)
    await delivery.deliver_due(office, [wire], SetClock(START))
    with office.store.immediate() as db:
        for row in (1, 2):
            assert outbox.cancel(db, row, "a person withdrew it", START)

    await delivery.deliver_due(office, [wire], SetClock(START))

    assert alarms.sounding(office.store.db) == []


async def test_a_mail_written_days_before_it_may_go_is_still_tried_for_its_whole_time(office: Office):
    with office.store.immediate() as db:
        [mail] = mails(1)
        outbox.queue(db, mail, START - timedelta(days=9), not_before=START)
    wire, clock = Wire(p0=Temporary("451 later", code=451, verb="RCPT")), SetClock(START)

    await delivery.deliver_due(office, [wire], clock)

    assert states(office) == {"deferred": 1}


async def test_urgent_mail_overtakes_a_sending_under_way(office: Office):
    queue(office, 6)

    class Arriving(Wire):
        async def send(self, sender: str, recipient: str, mime: bytes) -> str:
            if recipient.startswith("p2"):
                for kind in ("notice", "ack", "alert", "danger"):
                    single(office, kind)
            return await super().send(sender, recipient, mime)

    wire = Arriving()
    await delivery.deliver_due(office, [wire], SetClock(START))

    assert wire.tried == ["p0", "p1", "p2", "danger", "alert", "ack", "notice", "p3", "p4", "p5"]


async def test_several_connections_share_the_work_and_no_mail_goes_twice(office: Office):
    queue(office, 30)
    wires = [Wire() for _ in range(4)]
    together = Wire()
    for wire in wires:
        wire.send = together.send  # type: ignore[method-assign]

    assert await delivery.deliver_due(office, wires, SetClock(START)) == 30
    assert together.most == 4
    assert len(set(together.tried)) == len(together.tried) == 30


async def test_a_server_that_is_gone_ends_every_connection_after_what_it_has_begun(office: Office):
    queue(office, 30)
    gone = Wire()
    gone.always = Temporary("421 going down", code=421, verb="RCPT")
    well = [Wire() for _ in range(3)]

    with pytest.raises(delivery.Unreachable):
        await delivery.deliver_due(office, [gone, *well], SetClock(START))

    assert states(office) == {"deferred": 1, "ready": 26, "sent": 3}


async def test_doubt_on_each_connection_is_at_most_one_mail_a_connection(office: Office):
    queue(office, 30)
    wires = [Wire() for _ in range(4)]
    for wire in wires:
        wire.always = Doubtful("cut after the dot")

    await delivery.deliver_due(office, wires, SetClock(START))

    assert states(office) == {"doubtful": 4, "ready": 26}
    stop = batches.stopped_until(office.store.db, NAME)
    assert moment(stop) == START + timedelta(seconds=30), "four at once count as one stop"


async def test_a_pace_lets_so_many_go_in_any_minute_and_answers_at_once(office: Office):
    queue(office, 25)
    slow, wire, clock = sending(office, per_minute=10), Wire(), SetClock(START)
    went: list[tuple[int, int]] = []
    while (due := delivery.next_look(slow, clock.now())) is not None:
        clock.set(max(due, clock.now()))
        if sent := await delivery.deliver_due(slow, [wire], clock):
            went.append((round((clock.now() - START).total_seconds()), sent))
        if len(went) == 1:
            single(office, "ack")
            assert await delivery.deliver_due(slow, [wire], clock) == 1

    assert went == [(0, 10), (61, 10), (122, 5)]


async def test_a_pace_for_each_domain_holds_up_no_other(office: Office):
    queue(office, 6, "a", "web.example.net")
    queue(office, 2, "b", "post.example.org")
    slow, wire, clock = sending(office, per_domain_minute=3), Wire(), SetClock(START)

    assert await delivery.deliver_due(slow, [wire], clock) == 5
    assert wire.tried == ["p0", "p1", "p2", "p0", "p1"]
    clock.set(START + timedelta(seconds=61))
    assert await delivery.deliver_due(slow, [wire], clock) == 3
    assert delivery.next_look(slow, clock.now()) is None


async def test_a_database_that_is_busy_is_said_and_no_connection_is_cut(office: Office):
    queue(office, 4)
    ended: list[str] = []

    class Slow(Wire):
        async def send(self, sender: str, recipient: str, mime: bytes) -> str:
            await asyncio.sleep(0.05)
            ended.append(recipient)
            return await super().send(sender, recipient, mime)

    class Breaking(Wire):
        async def send(self, _sender: str, _recipient: str, _mime: bytes) -> str:
            raise StoreBusy("the disk is full")

    with suppress(StoreBusy):
        await delivery.deliver_due(office, [Breaking(), Slow()], SetClock(START))

    assert len(ended) == 1


async def test_a_stop_that_can_wait_no_longer_leaves_what_is_under_way_in_doubt_and_hangs_on_nothing(office: Office):
    queue(office, 9)

    class Silent(Wire):
        async def send(self, _sender: str, _recipient: str, _mime: bytes) -> str:
            await asyncio.sleep(600)
            return "250 2.0.0 taken"

    running = asyncio.create_task(delivery.deliver_due(office, [Silent(), Silent()], SetClock(START)))
    await asyncio.sleep(0.1)
    running.cancel()
    async with asyncio.timeout(5):
        with suppress(asyncio.CancelledError):
            await running

    assert states(office) == {"ready": 7, "sending": 2}
    assert delivery.recover(office, START) == 2
