"""An office for tests: the shipped rules and templates, invented people, and servers on this machine."""

import contextlib
import functools
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from mailroom import config
from mailroom.clock import Clock, SystemClock
from mailroom.config import Config
from mailroom.daemon import Daemon
from mailroom.office import imports
from mailroom.office.files import OfficeFiles
from mailroom.office.office import Office, build
from mailroom.office.templates import Templates
from mailroom.rules import RuleSet
from mailroom.store import Store, open_store
from mailroom.transport.settings import ImapSettings, SmtpSettings
from tests.servers import PASSWORD

REPOSITORY = Path(__file__).resolve().parents[1]
MAILBOX = "iag@btp.example.org"
AUTHSERV = "mx.btp.example.org"

PEOPLE = """\
id,name,kind,roles,emails,station,state,recused_for
robin,Robin Hale,officer,coordinator,robin.hale@btp.example.org,,,
casey,Casey Moran,officer,cover,casey.moran@btp.example.org,,,
alex,Alex Dunmore,officer,chief inspector,alex.dunmore@btp.example.org,,,
control,Control Room,desk,control,control@btp.example.org,,,
security,Information Security,desk,security,security@btp.example.org,,,
press,Press Office,desk,press,press@btp.example.org,,,
foi,FOI Unit,desk,foi,foi@btp.example.org,,,
dp,Data Protection,desk,data protection,dp@btp.example.org,,,
psd,Professional Standards,desk,professional standards,psd@btp.example.org,,,
finance,Finance,desk,finance,finance@btp.example.org,,,
vetting,Vetting Unit,desk,vetting,vetting@btp.example.org,,,
hs,Health and Safety,desk,health and safety,hs@btp.example.org,,,
drew,Drew Castell,officer,officer,drew.castell@btp.example.org,,,
sam,Sam Okoro,officer,officer; station commander,sam.okoro@btp.example.org,Harrow Cross,,
M01,Ada Winter,member,,ada.winter@mail.example.org,,active,
M02,Ben Ortiz,member,,ben.ortiz@post.example.org,,active,
M03,Cleo Marsh,member,,cleo.marsh@mail.example.org,,active,Harrow Cross
"""


def write_office(
    folder: Path,
    imap: ImapSettings,
    smtp: SmtpSettings,
    *,
    people: str = PEOPLE,
    mailbox: str = MAILBOX,
    authserv: str = AUTHSERV,
    more: str = "",
    shipped: bool = True,
) -> Config:
    """Write a whole office into `folder`, people included, and return its config."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("rules", "templates"):
        (folder / name).mkdir(exist_ok=True)
        if shipped:
            shutil.copytree(REPOSITORY / name, folder / name, dirs_exist_ok=True)
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    path = folder / "config.toml"
    path.write_text(
        f"""
[office]
name = "Riverside Independent Advisory Group"
mailbox = "{mailbox}"
cover_phone = "01632 960000"
[imap]
host = "127.0.0.1"
port = {imap.port}
security = "none"
user = "{imap.user}"
password_file = "secret"
poll_seconds = 2
[smtp]
host = "127.0.0.1"
port = {smtp.port}
security = "none"
data_seconds = 20
{f'user = "{smtp.user}"' if smtp.user else ""}
{'password_file = "secret"' if smtp.user else ""}
[trust]
trusted_authserv = ["{authserv}"]
internal_domains = ["{mailbox.partition("@")[2]}"]
{more}
"""
    )
    made = config.load(path)
    if made.office.database.exists():
        _enter(made.office.database, people)
    else:
        made.office.database.touch(0o600)
        made.office.database.write_bytes(_with_people(people))
    return made


@functools.cache
def _with_people(people: str) -> bytes:
    """Return a database that knows these people; laying all its tables takes a while, so it is done once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "office.db"
        _enter(path, people)
        return path.read_bytes()


def _enter(database: Path, people: str) -> None:
    store = open_store(database)
    with store.immediate() as db:
        imports.people(db, people.encode(), "people.csv", datetime.now(UTC))
    store.close()


@functools.cache
def shipped_set() -> tuple[RuleSet, Templates]:
    """Return the shipped rules and templates; reading them takes a while, so it is done once."""
    keyed = {path.relative_to(REPOSITORY).as_posix(): path.read_bytes() for path in _shipped_files()}
    return build(OfficeFiles.of(keyed))


def _shipped_files() -> Iterator[Path]:
    yield from (REPOSITORY / "rules").rglob("*.txt")
    yield from (REPOSITORY / "templates").rglob("*.md")


@contextlib.contextmanager
def small_office(folder: Path) -> Iterator[Office]:
    """Make an office without servers, for tests of decisions and rows."""
    nowhere = ImapSettings("127.0.0.1", 1, "none", "iag", str), SmtpSettings("127.0.0.1", 1, "none")
    made = write_office(folder, *nowhere, shipped=False)
    store = open_store(made.office.database)
    yield Office(made, store, *shipped_set(), snapshot=(), message_id_key=b"an invented key, thirty-two long")
    store.close()


def mail(
    sender: str,
    subject: str,
    text: str,
    *,
    name: str = "",
    authentic: bool = True,
    message_id: str = "",
    headers: dict[str, str] | None = None,
    to: str = MAILBOX,
) -> bytes:
    """Return a message as it stands in the inbox, our border's verdict on top."""
    made = EmailMessage()
    if authentic:
        made["Authentication-Results"] = f"{AUTHSERV}; dmarc=pass"
    made["From"] = f"{name} <{sender}>" if name else sender
    made["To"] = to
    made["Subject"] = subject
    made["Date"] = format_datetime(datetime.now(UTC))
    made["Message-ID"] = message_id or f"<{time.monotonic_ns()}.{abs(hash((sender, subject)))}@mail.example.org>"
    for key, value in (headers or {}).items():
        made[key] = value
    made.set_content(text)
    return made.as_bytes()


@contextlib.contextmanager
def daemon(made: Config, clock: Clock | None = None) -> Iterator[tuple[Daemon, Store]]:
    """Build a daemon in this process."""
    store = open_store(made.office.database)
    try:
        yield Daemon(made, store, clock or SystemClock()), store
    finally:
        store.close()


RUNNING: list[subprocess.Popen[bytes]] = []
"""Daemons the tests have started; conftest kills what a failed test leaves of them."""


@dataclass
class Process:
    """A daemon in a process of its own, to be stopped or killed. `mailroom run` unless `command` says otherwise."""

    made: Config
    command: tuple[str, ...] = ("-m", "mailroom", "run", "--config")
    extra: tuple[str, ...] = ()
    child: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start it; its complaints go to a file beside the database. No test leaves one running."""
        with (self.made.path.parent / "daemon.log").open("ab") as log:
            self.child = subprocess.Popen(
                [sys.executable, *self.command, str(self.made.path), *self.extra],
                cwd=REPOSITORY,
                stdout=log,
                stderr=log,
                env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            )
        RUNNING.append(self.child)

    def ends(self, seconds: float) -> int:
        """Wait for its end and return its exit code, negative for a signal."""
        assert self.child is not None
        return self.child.wait(seconds)

    def kill(self) -> None:
        """kill -9."""
        assert self.child is not None
        self.child.kill()
        self.child.wait(10)

    def stop(self) -> float:
        """SIGTERM, and return how many seconds the ordered stop took."""
        assert self.child is not None
        began = time.monotonic()
        self.child.send_signal(signal.SIGTERM)
        self.child.wait(30)
        return time.monotonic() - began

    @property
    def log(self) -> str:
        """What it has complained of."""
        return (self.made.path.parent / "daemon.log").read_text()


def rows(made: Config, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask the office's file from outside, as any SQLite tool would."""
    with contextlib.closing(sqlite3.connect(made.office.database, timeout=10)) as db:
        return list(db.execute(sql, values))


def until(true: Callable[[], object], seconds: float, what: str | Callable[[], str]) -> None:
    """Wait until something holds; fails with `what`, asked then, when it does not in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            message = f"not within {seconds:g} s: {what() if callable(what) else what}"
            raise AssertionError(message)
        time.sleep(0.05)
