"""Every fault at every verb of SMTP, while a sending of three is under way: the wanted end of each, in one table.

The sending, the wire and the rows are the real ones; the server does what the scene says, until it is mended.
"""

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom import delivery
from mailroom.clock import SetClock
from mailroom.office.office import Office
from mailroom.store import alarms, batches, outbox, tasks
from mailroom.store.outbox import Outgoing
from mailroom.transport.settings import SmtpSettings
from mailroom.transport.smtp import Sender
from tests.office import REPOSITORY, rows, small_office
from tests.servers import certificate, needed
from tests.wire.sink import FAULTS, Sink, sink

START = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
VERBS = ("banner", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "dot", "QUIT")
NAME = "news:2027-01"
SHORT, FIRST = timedelta(seconds=30), timedelta(minutes=5)
HANGS, PATIENT = 0.4, 20.0
"""Seconds the wire waits for a server that hangs, and for one that does not; 300 and 600 in service."""


@dataclass(frozen=True, slots=True)
class End:
    """How a scene ends: the states of the three rows, RCPTs the server heard, alarm, and when the first goes on."""

    states: str
    rcpts: int
    alarm: str = ""
    stopped: bool = False
    pause: timedelta = timedelta()
    to_do: int = 0
    """How many mails a person is asked to look at."""


NOBODY = End("deferred ready ready", 0, "smtp", pause=SHORT)
"""No mail can go: the first was given back, the others were not even tried."""
NEITHER = replace(NOBODY, rcpts=1)
LATER = End("deferred deferred deferred", 3, pause=FIRST)
CLOSING = End("deferred ready ready", 1, "smtp", pause=FIRST)
REFUSED = End("failed failed failed", 3, to_do=3)
STOPPED = End("deferred ready ready", 0, f"batch:{NAME}", stopped=True, pause=FIRST)
DOUBT = End("doubtful ready ready", 1, f"batch:{NAME}", stopped=True, pause=SHORT, to_do=1)
SENT = End("sent sent sent", 3)

SCENES = {
    **{(verb, fault): NOBODY for verb in ("banner", "EHLO", "STARTTLS", "AUTH") for fault in FAULTS},
    ("MAIL", "421"): replace(CLOSING, rcpts=0),
    ("MAIL", "450"): replace(CLOSING, rcpts=0),
    ("MAIL", "550"): STOPPED,
    **{("MAIL", fault): NOBODY for fault in ("garbage", "hang", "cut")},
    **{(verb, "421"): CLOSING for verb in ("RCPT", "DATA", "dot")},
    **{(verb, "450"): LATER for verb in ("RCPT", "DATA", "dot")},
    **{(verb, "550"): REFUSED for verb in ("RCPT", "DATA", "dot")},
    **{(verb, fault): NEITHER for verb in ("RCPT", "DATA") for fault in ("garbage", "hang", "cut")},
    **{("dot", fault): DOUBT for fault in ("garbage", "hang", "cut")},
    **{("QUIT", fault): SENT for fault in FAULTS},
}


def test_the_table_has_every_scene():
    assert set(SCENES) == {(verb, fault) for verb in VERBS for fault in FAULTS}
    assert len(SCENES) == 54


WORDS = {
    (NOBODY, NEITHER): "all wait",
    (CLOSING, replace(CLOSING, rcpts=0)): "all wait, this one longer",
    (LATER,): "later",
    (REFUSED,): "failed",
    (STOPPED,): "sending stops",
    (DOUBT,): "doubtful, sending stops",
    (SENT,): "sent",
}


def test_the_page_of_reliability_shows_this_table():
    lines = ["| at | " + " | ".join(FAULTS) + " |", "|---" * (len(FAULTS) + 1) + "|"]
    for verb in VERBS:
        ends = (next(words for ends, words in WORDS.items() if SCENES[verb, fault] in ends) for fault in FAULTS)
        lines.append(f"| {verb} | " + " | ".join(ends) + " |")
    table = "\n".join(lines)

    assert table in (REPOSITORY / "docs" / "reliability.md").read_text(), f"docs/reliability.md should have:\n{table}"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        with made.store.immediate() as db:
            mails = (
                Outgoing(
                    f"{NAME}:{n}", f"reader{n}@web.example.net", "", "mail", "newsletter/issue", "News", f"<{n}@x>",
                    f"Subject: News\r\nX-Number: {n}\r\n\r\nHello.\r\n".encode(), batch=NAME,
                )
                for n in range(3)
            )  # fmt: skip
            assert outbox.queue_all(db, mails, START) == 3
        yield made


@pytest.mark.parametrize(("verb", "fault"), SCENES, ids=map("-".join, SCENES))
async def test_a_fault_ends_as_tabled_and_what_waited_goes_on_after_its_pause(
    office: Office, tmp_path: Path, verb: str, fault: str
):
    wanted = SCENES[verb, fault]
    async with sink(
        {verb: fault},
        extensions=("STARTTLS", "AUTH PLAIN") if verb == "STARTTLS" else ("AUTH PLAIN",),
        tls=encrypting(tmp_path) if verb == "STARTTLS" else None,
    ) as server:
        sender = Sender(settings(server, tmp_path, verb, HANGS if fault == "hang" else PATIENT))
        clock = SetClock(START)

        await look(office, sender, clock)

        assert ending(office, server) == replace(wanted, pause=timedelta())
        assert pauses(office) == ([wanted.pause] if wanted.pause else [])

        server.script.clear()
        heard = rcpts(server)
        clock.set(START + wanted.pause - timedelta(seconds=1))
        await look(office, sender, clock)
        ahead = 2 if "ready" in wanted.states and not wanted.stopped else 0
        assert rcpts(server) - heard == ahead, "none goes before its pause is over"

        clock.set(START + wanted.pause)
        await look(office, sender, clock)
        over = wanted.states.replace("deferred", "sent").replace("ready", "sent")
        assert ending(office, server) == End(over, heard + over.count("sent") * (verb != "QUIT"), to_do=wanted.to_do)
        await sender.close()


@pytest.mark.parametrize("verb", ["AUTH", "MAIL"])
async def test_what_stops_everything_is_told_once_and_not_hammered(office: Office, tmp_path: Path, verb: str):
    async with sink({verb: "550"}, extensions=("AUTH PLAIN",)) as server:
        sender = Sender(settings(server, tmp_path, verb, PATIENT))
        clock = SetClock(START)
        for minute in range(0, 24 * 60, 5):
            clock.set(START + timedelta(minutes=minute))
            await look(office, sender, clock)
        await sender.close()

        assert rows(office.config, "SELECT count(*) FROM journal WHERE event = 'alarm'") == [(1,)]
        assert "failed" not in states(office)
        if verb == "MAIL":
            # 5, 10, 20, 40 minutes, then every hour.
            assert sum(line.startswith("MAIL") for line in server.commands) <= 4 + 24


def encrypting(folder: Path) -> ssl.SSLContext:
    needed("openssl")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(folder), folder / "key.pem")
    return context


def settings(to: Sink, folder: Path, verb: str, seconds: float) -> SmtpSettings:
    return SmtpSettings(
        "127.0.0.1", to.port, "starttls" if verb == "STARTTLS" else "none", user="iag@example.org",
        secret=lambda: "invented-password", local_hostname="mailroom.invalid",
        ca_file=folder / "cert.pem" if verb == "STARTTLS" else None,
        data_seconds=seconds, connect_seconds=seconds, command_seconds=seconds,
    )  # fmt: skip


async def look(office: Office, sender: Sender, clock: SetClock) -> None:
    with contextlib.suppress(delivery.Unreachable):
        await delivery.deliver_due(office, [sender], clock)


def ending(office: Office, server: Sink) -> End:
    sounding = alarms.sounding(office.store.db)
    assert len(sounding) <= 1
    return End(
        states(office),
        rcpts(server),
        sounding[0].key if sounding else "",
        stopped=bool(batches.stopped_until(office.store.db, NAME)),
        to_do=len(tasks.still_open(office.store.db)),
    )


def states(office: Office) -> str:
    return " ".join(state for (state,) in rows(office.config, "SELECT state FROM outbox ORDER BY id"))


def rcpts(server: Sink) -> int:
    return sum(line.startswith("RCPT") for line in server.commands)


def pauses(office: Office) -> list[timedelta]:
    """How long each mail that was put off waits, and a sending that was stopped: all different lengths."""
    sql = (
        "SELECT next_at FROM outbox WHERE state = 'deferred' UNION SELECT until FROM batches WHERE until IS NOT NULL"
        " ORDER BY 1"
    )
    return [datetime.fromisoformat(at) - START for (at,) in rows(office.config, sql)]
