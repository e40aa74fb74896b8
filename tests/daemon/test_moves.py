"""A person moves mail with a mail program of her own while the daemon runs, and what that means."""

import contextlib
import imaplib
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailroom.config import Config
from tests.office import Process, mail, rows, until, write_office
from tests.servers import PASSWORD, Dovecot, Postfix

pytestmark = pytest.mark.servers

ADA, ROBIN = "ada.winter@mail.example.org", "robin.hale@btp.example.org"
WORRY = "People here are frightened to use Harrow Cross after dark, they keep being shouted at."
ECHO = "SELECT count(*) FROM outbox WHERE template = 'notice/moved'"
POLLS = 2.0
"""Seconds in which the daemon has looked at least twice."""


class Client:
    """A second mail program on the same mailbox. It moves as servers with MOVE do, or by copying first."""

    def __init__(self, dovecot: Dovecot, user: str) -> None:
        """Log in."""
        self.wire = imaplib.IMAP4("127.0.0.1", dovecot.port)
        self.wire.login(user, PASSWORD)

    def folder(self, name: str) -> list[bytes]:
        """Return the Message-IDs in a folder, [] where there is none such."""
        if self.wire.select(_quoted(name))[0] != "OK":
            return []
        found = self.wire.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")[1]
        return [part[1].split(b":", 1)[1].strip() for part in found if isinstance(part, tuple)]

    def uid(self, name: str, message_id: str) -> str:
        """Open a folder and find a message in it."""
        assert self.wire.select(_quoted(name))[0] == "OK", name
        [found] = self.wire.uid("SEARCH", "HEADER", "Message-ID", message_id)[1]
        return str(found.decode())

    def drag(self, message_id: str, source: str, target: str) -> None:
        """Move a message."""
        self.wire.create(_quoted(target))
        uid = self.uid(source, message_id)
        assert uid, f"{message_id} is not in {source}"
        assert self.wire.uid("MOVE", uid, _quoted(target))[0] == "OK"


def _quoted(name: str) -> str:
    return f'"{name}"'


class Desk:
    """An office at work on one mailbox, and a person with a mail program."""

    def __init__(self, dovecot: Dovecot, postfix: Postfix, folder: Path) -> None:
        """Start the daemon and wait until it has looked over the mailbox once."""
        self.dovecot = dovecot
        self.user = dovecot.new_user()
        self.made: Config = write_office(folder / "office", dovecot.imap(self.user), postfix.smtp())
        path = self.made.path
        path.write_text(path.read_text().replace("poll_seconds = 2", "poll_seconds = 0.5"))
        self.process = Process(self.made)
        self.process.start()
        self.wait(lambda: self.rows("SELECT 1 FROM settings WHERE key = 'places_watched_since'"), "a first look")
        self.client = Client(dovecot, self.user)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the office's file."""
        return rows(self.made, sql, *values)

    def wait(self, true: Callable[[], object], what: str) -> None:
        """Wait until something holds."""
        until(true, 25, lambda: f"{what}: {self.process.log}")

    def deliver(self, name: str, text: str = WORRY, *, sender: str = ADA, subject: str = "Harrow Cross") -> str:
        """Have a message arrive, and return its Message-ID."""
        message_id = f"<{name}@mail.example.org>"
        self.dovecot.deliver(self.user, mail(sender, subject, text, message_id=message_id))
        return message_id

    def arrive(self, name: str, text: str = WORRY, **more: str) -> str:
        """Have a message arrive, wait until it is filed, and return its Message-ID."""
        message_id = self.deliver(name, text, **more)
        self.wait(lambda: self.filed(message_id), f"{name} filed")
        return message_id

    def filed(self, message_id: str) -> bool:
        """Whether a message has its outcome and its place."""
        return bool(self.rows("SELECT 1 FROM messages WHERE message_id = ? AND filed_at <> ''", message_id))

    def of(self, message_id: str, columns: str = "class, folder, lies_in") -> tuple[Any, ...]:
        """Return what the ledger says of a message."""
        [found] = self.rows(f"SELECT {columns} FROM messages WHERE message_id = ? AND duplicate_of IS NULL", message_id)
        return found

    def becomes(self, message_id: str, class_: str) -> None:
        """Wait until a message has another class."""
        self.wait(lambda: self.of(message_id, "class") == (class_,), f"{message_id} as {class_!r}")

    def stop(self) -> None:
        """Stop in order."""
        self.process.stop()


@pytest.fixture
def desk(dovecot: Dovecot, postfix: Postfix, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(dovecot, postfix, tmp_path)
    yield made
    with contextlib.suppress(OSError, imaplib.IMAP4.error):
        made.client.wire.logout()


def test_a_dragged_message_is_reclassified_at_the_next_poll_and_an_undo_brings_it_back(desk: Desk):
    worry = desk.arrive("worry")
    assert desk.of(worry) == ("concern", "Concerns", "Concerns")
    desk.client.drag(worry, "Concerns", "Media")
    desk.becomes(worry, "media")
    desk.wait(lambda: desk.rows(ECHO + " AND state = 'sent'") == [(1,)], "one mail about it")

    assert desk.of(worry) == ("media", "Media", "Media")
    assert desk.rows("SELECT class, by FROM confirmed") == [("media", "robin")]
    assert desk.rows("SELECT stage FROM cases WHERE kind = 'concern'") == [("undone",)]
    [(told,)] = desk.rows("SELECT mime FROM mails WHERE template = 'notice/moved'")
    assert b"#1 is media now" in told
    assert b"UNDO #1" in told
    subprocess.run([sys.executable, "-m", "mailroom", "undo", "#1", "--config", desk.made.path], check=True)
    desk.wait(lambda: worry.encode() in desk.client.folder("Concerns"), "moved back")
    desk.wait(lambda: desk.of(worry) == ("concern", "Concerns", "Concerns"), "known to lie there")
    time.sleep(POLLS)
    desk.stop()
    assert desk.of(worry) == ("concern", "Concerns", "Concerns"), "our own move back is no correction"
    assert desk.rows(ECHO) == [(1,)]
    assert desk.rows("SELECT count(*) FROM confirmed") == [(0,)]


def test_several_drags_of_one_poll_are_one_mail(desk: Desk):
    names = [desk.arrive(f"worry{n}", f"{WORRY} Number {n}.") for n in range(4)]
    desk.process.kill()  # she goes on working while the machine is down
    for name in names:
        desk.client.drag(name, "Concerns", "Rights")
    desk.process.start()
    for name in names:
        desk.becomes(name, "rights")
    time.sleep(POLLS)
    desk.stop()

    assert desk.rows(ECHO) == [(1,)]
    assert desk.rows("SELECT count(*) FROM confirmed WHERE class = 'rights'") == [(4,)]


def test_our_own_filing_is_never_taken_for_hers(desk: Desk):
    names = [desk.deliver(f"worry{n}", f"{WORRY} Number {n}.", subject=f"Number {n}") for n in range(50)]
    desk.wait(lambda: desk.rows("SELECT count(*) FROM messages WHERE filed_at <> ''") == [(50,)], "all filed")
    time.sleep(POLLS)
    desk.stop()

    assert sorted(desk.client.folder("Concerns")) == sorted(name.encode() for name in names)
    assert desk.rows("SELECT count(*) FROM acts WHERE kind <> 'sorted'") == [(0,)]
    assert desk.rows(ECHO) == [(0,)]
    assert desk.rows("SELECT count(*) FROM messages WHERE lies_uid IS NULL") == [(0,)]


def test_after_three_drags_alike_a_rule_is_proposed_and_on_her_word_it_sorts_the_next(desk: Desk):
    desk.arrive("other")
    for n in range(3):
        name = desk.arrive(f"walk{n}", f"{WORRY} {n}", sender=f"a@club{n}.example.net", subject=f"Lantern walk {n}")
        desk.client.drag(name, "Concerns", "Partners")
        desk.becomes(name, "partner")
    report = "SELECT mime FROM mails WHERE template = 'notice/rules-report' AND state = 'sent'"
    desk.wait(lambda: desk.rows(report), "a proposed rule")
    [(mime,)] = desk.rows(report)
    [code] = set(re.findall(r"Code: (\w{4}-\w{4})", mime.decode()))
    assert "If subject contains: lantern" in mime.decode()
    assert not (desk.made.path.parent / "rules/sorting/14-from-your-moves.txt").exists()

    desk.dovecot.deliver(desk.user, mail(ROBIN, f"APPROVE {code}", f"APPROVE {code}"))
    live = desk.made.path.parent / "rules/sorting/14-from-your-moves.txt"
    desk.wait(live.exists, "the rule in its file")
    after = desk.arrive("walk9", f"{WORRY} 9", sender="a@club9.example.net", subject="Lantern walk 9")
    desk.stop()

    assert desk.of(after) == ("partner", "Partners", "Partners")
    assert len(desk.rows(report)) == 1
