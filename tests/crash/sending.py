"""A sending to many, killed while it is under way: how it is laid out, run, and judged by rows and arrivals."""

import multiprocessing
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.utils import getaddresses
from multiprocessing import connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from mailroom import config
from mailroom.config import Config
from mailroom.message import Draft, compose
from mailroom.message.model import Address
from mailroom.store import open_store, outbox
from mailroom.store.outbox import Outgoing
from mailroom.transport.settings import ImapSettings, SmtpSettings
from tests.crash import victim
from tests.office import MAILBOX, rows, write_office

NAME = "news:2027-01"
KILLED = -9

# A process of its own for each run, forked from one that has imported everything and has no threads.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.crash.victim"])


@dataclass
class Forked:
    """A call in a process of its own, which may be killed."""

    call: Callable[..., None]
    arguments: tuple[object, ...]
    child: ForkServerProcess | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it."""
        self.child = _FORKS.Process(target=self.call, args=self.arguments)
        self.child.start()

    def ends(self, seconds: float = 60) -> int | None:
        """Wait for its end and return its exit code, negative for a signal."""
        assert self.child is not None
        self.child.join(seconds)
        return self.child.exitcode

    def kill(self) -> None:
        """kill -9, from whichever thread: only `ends` asks for the exit code, which can be had once."""
        assert self.child is not None
        self.child.kill()
        connection.wait([self.child.sentinel], 10)


def prepare(folder: Path, smtp: SmtpSettings, count: int, tag: str = "", connections: int = 1) -> Config:
    """Lay out an office with a sending to `count` readers in its outbox."""
    nowhere = ImapSettings("127.0.0.1", 1, "none", "iag", str)
    more = f'[sending]\nconnections = {connections}\nsent_copy = "server"\n'
    made = write_office(folder, nowhere, smtp, shipped=False, more=more)
    now = datetime.now(UTC)
    with closing(open_store(made.office.database)) as store, store.immediate() as db:
        outbox.queue_all(db, _mails(count, tag, now), now)
    return made


def copy(made: Config, folder: Path) -> Config:
    """Return another office like `made`, as it stands now."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made.path.parent, folder)
    return config.load(folder / made.path.name)


def _mails(count: int, tag: str, now: datetime) -> Iterator[Outgoing]:
    for n in range(count):
        address, message_id = f"reader{n}{tag}@web.example.net", f"<news.{n}{tag}@btp.example.org>"
        text = f"Good morning,\n\nthis is the newsletter of reader {n}.\n" + "What was done this month. " * 40
        draft = Draft(
            Address("Riverside IAG", MAILBOX), Address(f"Reader {n}", address), "News of January", text,
            f"<p>{text}</p>", message_id, now,
        )  # fmt: skip
        yield Outgoing(
            f"{NAME}:{n}",
            address,
            "",
            "mail",
            "newsletter/issue",
            draft.subject,
            message_id,
            compose(draft),
            batch=NAME,
        )


class Run(Forked):
    """One run of the delivery loop in a process of its own, which dies at step `last` (0: never), or a little later."""

    def __init__(self, made: Config, last: int = 0, grace: float = 0.0) -> None:
        """Plan it."""
        super().__init__(victim.deliver, (str(made.path), last, grace))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a killed sending came to."""

    sent: int
    doubtful: int
    doubtful_that_arrived: int


def in_doubt(made: Config) -> set[int]:
    """Return the rows that a kill has left between the mark and the reply."""
    return {row for (row,) in rows(made, "SELECT id FROM outbox WHERE state = 'sending'")}


def judge(made: Config, arrived: Iterable[tuple[tuple[str, ...], bytes]], doubts: set[int]) -> Verdict:
    """Hold the rows against what arrived: nobody twice, everybody once or shown as doubtful, others none."""
    meant = dict(rows(made, "SELECT message_id, recipient FROM outbox"))
    states = dict(rows(made, "SELECT message_id, state FROM outbox"))
    caught: Counter[str] = Counter()
    for recipients, raw in arrived:
        mail = message_from_bytes(raw)
        message_id = str(mail["Message-ID"])
        caught[message_id] += 1
        shown = getaddresses([str(value) for name in ("To", "Cc", "Bcc") for value in mail.get_all(name, [])])
        assert recipients == (meant[message_id],), "each mail has one recipient, its own"
        assert [address for _, address in shown] == [meant[message_id]]
    assert set(states.values()) <= {"sent", "doubtful"}, Counter(states.values())
    assert max(caught.values()) == 1, "somebody was mailed twice"
    sent = {key for key, state in states.items() if state == "sent"}
    assert sent <= set(caught), "a mail that counts as sent never arrived"
    doubtful = set(states) - sent
    shown_as = {row for (row,) in rows(made, "SELECT id FROM outbox WHERE state = 'doubtful'")}
    assert shown_as == doubts, "what cannot be known is shown, and nothing else is called doubtful"
    with closing(sqlite3.connect(made.office.database)) as db:
        assert list(db.execute("PRAGMA integrity_check")) == [("ok",)]
        [[asked]] = db.execute("SELECT count(*) FROM tasks WHERE key LIKE 'doubtful:%'")
    assert asked == len(doubts), "a person is asked about each"
    return Verdict(len(sent), len(doubtful), len(doubtful & set(caught)))
