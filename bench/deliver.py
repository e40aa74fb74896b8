"""Deliveries a second through the outbox, beside other clients on the same server with as many sessions.

    smtp-source     Postfix's own generator, in C, which records nothing
    bare aiosmtplib the library we send with, one loop, which records nothing
    mailroom        claim, guards, send, settle: committed to the disk for each mail

The server is Postfix's smtp-sink, which throws everything away. All send the same bytes, one recipient an envelope,
over connections that stay open; they take turns, and the median of the rounds counts.
"""

import asyncio
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aiosmtplib import SMTP
from sqlite_utils import Database

from mailroom import delivery
from mailroom.clock import SystemClock
from mailroom.message import Draft, compose
from mailroom.message.model import Address
from mailroom.office import mail, templates
from mailroom.office.mail import Cause, Recipient
from mailroom.office.many import Many
from mailroom.office.office import Office
from mailroom.office.slots import Masters
from mailroom.office.templates import Rendered
from mailroom.store import open_store, outbox
from mailroom.store.outbox import Outgoing
from mailroom.transport.settings import ImapSettings, SmtpSettings
from mailroom.transport.smtp import Sender
from mailroom.wiring import smtp_settings
from tests.office import MAILBOX, REPOSITORY, shipped_set, write_office
from tests.servers import free_ports, until_greeted

TEMPLATE = "newsletter/bench"
PARAGRAPHS = 24
"""So long is the newsletter: about 6 KB of text."""
WORDS = (
    "The **evening patrols** at the two stations go on until the end of the month. Members who would like to walk with"
    " one may say so until Friday; what they see comes to the next meeting, and to the answer that the station sends.\n"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What one round took, of the clock and of the processor, in seconds."""

    seconds: float
    processor: float


class _Watch:
    """Times a round, programs it runs included."""

    def __init__(self) -> None:
        self._clock, self._processor = time.perf_counter(), _processor()

    def stop(self) -> Taken:
        return Taken(time.perf_counter() - self._clock, _processor() - self._processor)


def _processor() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


class Sink:
    """Owns an smtp-sink on loopback."""

    def __init__(self) -> None:
        """Start it and wait until it answers."""
        [self.port] = free_ports(1)
        # It will not run as root.
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        self._process = subprocess.Popen([binary("smtp-sink"), *user, f"127.0.0.1:{self.port}", "128"])
        until_greeted(self.port)

    @property
    def settings(self) -> SmtpSettings:
        """Return how to send here."""
        return SmtpSettings("127.0.0.1", self.port, "none")

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(5)


def main(count: int, sessions: int, rounds: int) -> int:
    """Print the figures; return the exit code."""
    rendered, raw = _newsletter()
    print(f"{count} mails of {len(raw) / 1024:.1f} KiB, {sessions} session{'s' * (sessions > 1)}, median of {rounds}")
    ways: dict[str, Callable[[Sink], Taken]] = {
        "smtp-source": lambda sink: _smtp_source(sink, raw, count, sessions),
        "bare aiosmtplib": lambda sink: asyncio.run(_bare(sink, raw, count, sessions)),
        "mailroom": lambda sink: asyncio.run(_ours(sink, raw, count, sessions)),
    }
    took: dict[str, list[Taken]] = {name: [] for name in ways}
    with closing(Sink()) as sink:
        for _ in range(rounds):
            for name, way in ways.items():
                took[name].append(way(sink))
    rates = {name: [count / one.seconds for one in found] for name, found in took.items()}
    ours = statistics.median(rates["mailroom"])
    for name, found in rates.items():
        processor = statistics.median(one.processor for one in took[name]) / count * 1e6
        share = "" if name == "mailroom" else f"   mailroom reaches {ours / statistics.median(found):.0%}"
        span = f"{statistics.median(found):7.0f} a second  [{min(found):.0f}-{max(found):.0f}]"
        print(f"{name:<16} {span}  {processor:5.0f} microseconds of processor a mail{share}")
    _cost(rendered, raw, count)
    return 0


def _cost(rendered: Rendered, raw: bytes, count: int) -> None:
    """Print what making one recipient's mail takes of the processor."""
    made = _templates()
    render = _microseconds(count, lambda n: templates.render(made, TEMPLATE, {"recipient_first_name": f"Reader {n}"}))
    masters = Masters(made, TEMPLATE, {})
    filled = _microseconds(count, lambda n: masters.copy({"recipient_first_name": f"Reader {n}"}, "standard"))
    composed = _microseconds(count, lambda n: compose(_draft(rendered, n)))
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(_office(Path(folder), SmtpSettings("127.0.0.1", 1, "none"))) as it,
    ):
        it.made.templates = made
        now = datetime.now(UTC)
        with it.made.store.immediate() as db:
            many = mail.to_many(it.made, db, TEMPLATE, {}, Cause(batch="bench", guard="newsletter"))
            write = _microseconds(count, lambda n: _write(it.made, db, n, now, many))
    print(f"one recipient's mail of {len(raw) / 1024:.1f} KiB, microseconds of processor:")
    print(f"  rendered {render:.0f}, filled from one rendering {filled:.0f}, composed {composed:.0f};")
    print(f"  one of many, filled, composed, linted, queued and in the journal {write:.0f}")


def _microseconds(count: int, made: Callable[[int], object]) -> float:
    made(0)
    began = time.process_time()
    for n in range(1, count + 1):
        made(n)
    return (time.process_time() - began) / count * 1e6


def _write(office: Office, db: Database, n: int, now: datetime, many: Many) -> None:
    mail.write(
        office, db, now, key=f"bench:{n}", recipient=Recipient(f"reader{n}@web.example.net", "", f"Reader {n}"),
        template=TEMPLATE, kind="mail", variables={}, cause=Cause(batch="bench", guard="newsletter"),
        many=many,
    )  # fmt: skip


def _smtp_source(sink: Sink, raw: bytes, count: int, sessions: int) -> Taken:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(raw.replace(b"\r\n", b"\n"))
        command = [binary("smtp-source"), "-d", "-s", str(sessions), "-m", str(count), "-F", file.name]
        command += ["-f", MAILBOX, "-t", "reader@web.example.net", f"127.0.0.1:{sink.port}"]
        watch = _Watch()
        subprocess.run(command, check=True)
        return watch.stop()


async def _bare(sink: Sink, raw: bytes, count: int, sessions: int) -> Taken:
    async def session(mails: int) -> None:
        async with SMTP(hostname="127.0.0.1", port=sink.port, local_hostname="localhost", start_tls=False) as client:
            for n in range(mails):
                await client.sendmail(MAILBOX, [f"reader{n}@web.example.net"], raw)

    watch = _Watch()
    await asyncio.gather(*(session(count // sessions + (n < count % sessions)) for n in range(sessions)))
    return watch.stop()


async def _ours(sink: Sink, raw: bytes, count: int, sessions: int) -> Taken:
    with tempfile.TemporaryDirectory() as folder, closing(_office(Path(folder), sink.settings, sessions)) as office:
        now = datetime.now(UTC)
        with office.made.store.immediate() as db:
            outbox.queue_all(db, (_row(raw, n) for n in range(count)), now)
        senders = [Sender(smtp_settings(office.made.config)) for _ in range(sessions)]
        watch = _Watch()
        sent = await delivery.deliver_due(office.made, senders, SystemClock())
        taken = watch.stop()
        await asyncio.gather(*(sender.close() for sender in senders))
        if sent != count:
            raise SystemExit(f"{sent} of {count} were sent")
        return taken


def _row(raw: bytes, n: int) -> Outgoing:
    key = f"bench:{n}"
    return Outgoing(
        key, f"reader{n}@web.example.net", "", "mail", TEMPLATE, "s", f"<{n}@x.example.org>", raw, batch="bench"
    )


class _office:  # noqa: N801 - a thing that is closed, made by a call like the functions beside it
    """An office of the shipped templates and one newsletter, in a folder."""

    def __init__(self, folder: Path, smtp: SmtpSettings, sessions: int = 1) -> None:
        nowhere = ImapSettings("127.0.0.1", 1, "none", "iag", str)
        more = f"[sending]\nconnections = {sessions}\n"
        config = write_office(folder / "office", nowhere, smtp, shipped=False, more=more)
        self.made = Office(config, open_store(config.office.database), *shipped_set(), (), message_id_key=b"x" * 32)

    def close(self) -> None:
        self.made.store.close()


def _newsletter() -> tuple[Rendered, bytes]:
    """Return a newsletter as it is rendered and composed for one reader."""
    rendered = templates.render(_templates(), TEMPLATE, {"recipient_first_name": "Reader"})
    return rendered, compose(_draft(rendered, 0))


def _templates() -> templates.Templates:
    shipped = {
        path.relative_to(REPOSITORY).as_posix(): path.read_bytes() for path in (REPOSITORY / "templates").rglob("*.md")
    }
    part = "## Part {n}\n\n{words}\n- one point\n- [another](https://www.example.org/{n})\n"
    body = "\n".join(part.format(n=n, words=WORDS) for n in range(PARAGRAPHS))
    head = "Subject: What was done this month\nKind: mail\n\nDear {{ recipient_first_name }},\n\n"
    return templates.load({**shipped, f"templates/{TEMPLATE}.md": f"{head}{body}".encode()})


def _draft(rendered: Rendered, n: int) -> Draft:
    return Draft(
        Address("Riverside IAG", MAILBOX), Address(f"Reader {n}", f"reader{n}@web.example.net"), rendered.subject,
        rendered.text, rendered.html, f"<bench.{n}@btp.example.org>", datetime.now(UTC),
    )  # fmt: skip


def binary(name: str) -> str:
    """Return where a program of Postfix is.

    Raises:
        SystemExit: it is not installed.

    """
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        raise SystemExit(f"{name} is not here; it comes with Postfix")
    return found
