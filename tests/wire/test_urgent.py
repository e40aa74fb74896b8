"""Danger and alerts while a server has fallen silent, and a server that minds a return path: over a real connection."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from mailroom import delivery
from mailroom.clock import SetClock
from mailroom.office.office import Office
from mailroom.store import alarms, outbox
from mailroom.store.outbox import MailKind, Outgoing
from mailroom.transport.settings import SmtpSettings
from mailroom.transport.smtp import Sender
from tests.office import MAILBOX, rows, small_office
from tests.wire.sink import Sink, sink

START = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
WAITS = 4.0
"""Seconds the wire waits for a server that hangs; 600 in service."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "SILENT_SECONDS", 0.2)


def queue(office: Office, *kinds: MailKind) -> None:
    with office.store.immediate() as db:
        for n, kind in enumerate(kinds):
            key = f"{kind}{n}"
            made = Outgoing(key, f"{key}@web.example.net", "", kind, "t", key, f"<{key}@x>", b"Subject: x\r\n\r\nx\r\n")
            assert outbox.queue(db, made, START)


def wire(server: Sink) -> Sender:
    return Sender(SmtpSettings("127.0.0.1", server.port, "none", local_hostname="mailroom.invalid", data_seconds=WAITS))


def states(office: Office) -> dict[str, str]:
    return dict(rows(office.config, "SELECT key, state FROM outbox"))


def heard(server: Sink) -> list[str]:
    return [one.recipients[0].partition("@")[0] for one in server.kept]


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(2):
        while not true():  # noqa: ASYNC110 - rows and a server's memory set no event
            await asyncio.sleep(0.02)


async def test_an_alert_passes_a_server_that_says_nothing_after_the_last_dot(office: Office):
    queue(office, "mail")
    async with sink({"dot": "hang"}) as server:
        main, spare = wire(server), wire(server)
        running = asyncio.create_task(delivery.deliver_due(office, [main], SetClock(START), spare=spare))
        await until(lambda: server.kept)
        server.script.clear()  # only this conversation hangs
        queue(office, "alert", "danger", "notice", "ack")
        await until(lambda: {"alert0": "sent", "danger1": "sent"}.items() <= states(office).items())

        assert states(office)["mail0"] == "sending", "the first still waits"
        assert states(office)["notice2"] == "ready", "what is not urgent waits with it"
        assert server.connections == 2
        await running
        await main.close()
        await spare.close()

    assert states(office) == {
        "mail0": "doubtful", "alert0": "sent", "danger1": "sent", "notice2": "sent", "ack3": "sent"
    }  # fmt: skip
    assert sorted(heard(server)) == ["ack3", "alert0", "danger1", "mail0", "notice2"], "each once"


async def test_a_server_that_answers_gets_one_connection(office: Office):
    queue(office, "alert", "danger", "alert", "mail")
    async with sink() as server:
        main, spare = wire(server), wire(server)
        assert await delivery.deliver_due(office, [main], SetClock(START), spare=spare) == 4
        assert server.connections == 1
        await main.close()


async def test_there_is_one_spare_connection_and_no_more(office: Office):
    queue(office, "mail", "alert", "alert", "alert")
    async with sink({"dot": "hang"}) as server:
        main, spare = wire(server), wire(server)
        running = asyncio.create_task(delivery.deliver_due(office, [main], SetClock(START), spare=spare))
        await asyncio.sleep(1.5)
        assert server.connections == 2
        assert sum(state == "sending" for state in states(office).values()) == 2
        server.script.clear()
        await running
        await main.close()
        await spare.close()


async def test_a_server_that_wants_no_second_connection_keeps_the_first(office: Office):
    queue(office, "mail")
    async with sink({"dot": "hang"}) as server:
        main, spare = wire(server), wire(server)
        running = asyncio.create_task(delivery.deliver_due(office, [main], SetClock(START), spare=spare))
        await until(lambda: server.kept)
        server.script |= {"banner": "421"}
        queue(office, "alert")
        await until(lambda: states(office)["alert0"] == "deferred")
        server.script.clear()
        queue(office, "notice")
        await running
        await main.close()

    assert states(office) == {"mail0": "doubtful", "alert0": "deferred", "notice0": "sent"}


def with_null_sender(office: Office) -> Office:
    smtp = msgspec.structs.replace(office.config.smtp, null_sender=True)
    return replace(office, config=msgspec.structs.replace(office.config, smtp=smtp))


class Minds(Sink):
    """A server that refuses one return path."""

    refused = ""

    async def _answer(self, writer: asyncio.StreamWriter, verb: str) -> bool:
        if verb == "MAIL" and self.commands[-1].startswith(f"MAIL FROM:<{self.refused}>"):
            writer.write(b"550 5.7.1 not from that address\r\n")
            await writer.drain()
            return False
        return await super()._answer(writer, verb)


@contextlib.asynccontextmanager
async def minding(refused: str) -> AsyncIterator[Minds]:
    told = Minds()
    told.refused = refused
    server = await asyncio.start_server(told.serve, "127.0.0.1", 0)
    told.port = server.sockets[0].getsockname()[1]
    try:
        yield told
    finally:
        server.close()
        await told.end()
        await server.wait_closed()


async def test_a_refused_empty_return_path_stops_nothing_and_is_said_once(office: Office):
    queue(office, "ack", "danger", "notice", "mail")
    made = with_null_sender(office)
    async with minding("") as server:
        main = wire(server)
        assert await delivery.deliver_due(made, [main], SetClock(START)) == 4
        queue(office, "task", "ack", "ack", "ack", "ack", "ack")
        await delivery.deliver_due(made, [main], SetClock(START))
        await main.close()

    assert set(states(office).values()) == {"sent"}
    assert {one.envelope_from for one in server.kept} == {MAILBOX}
    assert sum(line.startswith("MAIL FROM:<>") for line in server.commands) == 1, "it is asked once"
    [alarm] = alarms.sounding(office.store.db)
    assert alarm.words.startswith("The server refuses mail with an empty return path")


async def test_after_a_restart_the_empty_return_path_is_tried_again(office: Office):
    queue(office, "ack")
    made = with_null_sender(office)
    async with minding("") as server:
        main = wire(server)
        await delivery.deliver_due(made, [main], SetClock(START))
        delivery.recover(made, START)
        assert alarms.sounding(office.store.db) == []
        server.refused = "nobody@example.org"
        queue(office, "danger")
        await delivery.deliver_due(made, [main], SetClock(START))
        await main.close()

    assert [one.envelope_from for one in server.kept] == [MAILBOX, ""]


async def test_a_refusal_of_our_own_address_stops_only_what_bears_it(office: Office):
    queue(office, "alert", "ack", "notice")
    made = with_null_sender(office)
    async with minding(MAILBOX) as server:
        main = wire(server)
        with pytest.raises(delivery.Unreachable):
            await delivery.deliver_due(made, [main], SetClock(START))
        await main.close()

    assert states(office) == {"alert0": "deferred", "ack1": "sent", "notice2": "ready"}
    assert sum(line.startswith("MAIL") for line in server.commands) == 2, "what would fare the same is not tried"
    assert [alarm.key for alarm in alarms.sounding(office.store.db)] == ["own sender"]
    async with sink() as mended:
        main, clock = wire(mended), SetClock(START + timedelta(minutes=5))
        queue(office, "danger")
        assert await delivery.deliver_due(made, [main], clock) == 3
        await main.close()
    assert alarms.sounding(office.store.db) == []
