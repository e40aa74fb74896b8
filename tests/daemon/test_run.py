"""The daemon as it is run: a process of its own, over a real Dovecot and a real Postfix."""

import asyncio
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailroom.config import Config
from tests.office import MAILBOX, REPOSITORY, Process, mail, rows, until, write_office
from tests.servers import Dovecot, Postfix
from tests.wire.proxy import proxy

pytestmark = pytest.mark.servers

JOIN = "Hello, I would like to join the advisory group. How do I apply?"


def filed(made: Config) -> int:
    return len(rows(made, "SELECT 1 FROM messages WHERE filed_at IS NOT NULL"))


def contact(made: Config) -> None:
    until(lambda: rows(made, "SELECT 1 FROM mailboxes WHERE name = 'INBOX'"), 20, "first contact with the inbox")


def inbox_of(dovecot: Dovecot, user: str) -> list[bytes]:
    return [path.read_bytes() for folder in ("new", "cur") for path in (dovecot.maildir(user) / folder).glob("*")]


def test_new_mail_is_sorted_filed_and_answered(dovecot: Dovecot, postfix: Postfix, tmp_path: Path):
    user, reader = dovecot.new_user(), f"reader{time.monotonic_ns()}@web.example.net"
    made = write_office(tmp_path / "office", dovecot.imap(user), postfix.smtp())
    process = Process(made)
    process.start()
    contact(made)
    dovecot.deliver(user, mail(reader, "How do I join?", JOIN, name="Pat Vale", message_id="<first@web.example.net>"))
    announced = time.monotonic()
    until(lambda: inbox_of(dovecot, reader), 20, f"an answer: {process.log}")
    print(f"\nanswered {time.monotonic() - announced:.2f} s after the server took the message")
    until(lambda: filed(made) == 1, 10, "filed")
    [answer] = [message_from_bytes(raw, policy=policy.default) for raw in inbox_of(dovecot, reader)]
    assert answer["To"].addresses[0].addr_spec == reader
    assert answer["In-Reply-To"] == "<first@web.example.net>"
    assert answer["Auto-Submitted"] == "auto-replied"
    bodies = {part.get_content_type(): part.get_content() for part in answer.walk() if not part.is_multipart()}
    assert set(bodies) == {"text/plain", "text/html"}
    assert all("999" in text for text in bodies.values())
    [(class_, folder)] = rows(made, "SELECT class, folder FROM messages")
    assert class_ == "rec.enquiry"
    assert not inbox_of(dovecot, user), "the message has left the inbox"
    moved = dovecot.maildir(user) / ("." + str(folder).replace("/", "."))
    assert len([*moved.glob("new/*"), *moved.glob("cur/*")]) == 1
    gone = "SELECT copied_at FROM outbox WHERE state = 'sent'"
    until(lambda: all(at for (at,) in rows(made, gone)), 10, "copies in Sent")
    sent = dovecot.maildir(user) / ".Sent"
    assert len([*sent.glob("new/*"), *sent.glob("cur/*")]) == len(rows(made, gone)) > 0
    assert process.stop() <= 10


def test_what_was_there_before_us_is_history_and_is_not_answered(dovecot: Dovecot, postfix: Postfix, tmp_path: Path):
    user = dovecot.new_user()
    old = datetime.now(UTC) - timedelta(days=40)
    dovecot.fill(user, [(mail(f"old{n}@web.example.net", "How do I join?", JOIN), old) for n in range(30)])
    made = write_office(tmp_path / "office", dovecot.imap(user), postfix.smtp())
    process = Process(made)
    process.start()
    contact(made)
    # While the import is under way: this one is new, and somebody waits for an answer.
    dovecot.deliver(user, mail("new@web.example.net", "How do I join?", JOIN))
    until(lambda: filed(made) == 31, 30, f"all in the ledger: {process.log}")
    until(lambda: rows(made, "SELECT 1 FROM outbox WHERE state = 'sent'"), 20, "the new one answered")
    process.stop()
    assert rows(made, "SELECT count(*) FROM messages WHERE history = 1") == [(30,)]
    answered = rows(made, "SELECT recipient FROM outbox WHERE recipient LIKE '%@web.example.net'")
    assert answered == [("new@web.example.net",)]
    assert len(inbox_of(dovecot, user)) == 30, "history stays where it was"


def test_a_renumbered_mailbox_is_noticed_and_nobody_is_answered_twice(
    dovecot: Dovecot, postfix: Postfix, tmp_path: Path
):
    user = dovecot.new_user()
    made = write_office(tmp_path / "office", dovecot.imap(user), postfix.smtp())
    process = Process(made)
    process.start()
    contact(made)
    for n in range(3):
        dovecot.deliver(user, mail(f"r{n}@web.example.net", "How do I join?", JOIN))
    dovecot.deliver(user, mail("odd@web.example.net", "Kettle", "The kettle in the hall is broken."))
    until(lambda: filed(made) == 4, 30, f"filed: {process.log}")
    until(lambda: not rows(made, "SELECT 1 FROM outbox WHERE state <> 'sent' AND kind = 'ack'"), 20, "answered")
    process.stop()
    before = rows(made, "SELECT key FROM outbox ORDER BY key")
    stayed = len(inbox_of(dovecot, user))
    dovecot.stop()
    for path in dovecot.maildir(user).glob("dovecot*"):
        path.unlink()
    dovecot.start()
    process.start()
    until(lambda: len(rows(made, "SELECT DISTINCT uidvalidity FROM messages")) == 2, 30, "read again")
    until(lambda: filed(made) == 4 + stayed, 20, "all settled")
    process.stop()
    assert rows(made, "SELECT key FROM outbox ORDER BY key") == before
    assert rows(made, "SELECT count(*) FROM alarms WHERE key LIKE 'uidvalidity:%'") == [(1,)]
    assert rows(made, "SELECT count(*) FROM messages WHERE duplicate_of IS NOT NULL") == [(stayed,)]


def test_one_mail_that_comes_twice_by_two_ways_is_answered_once(dovecot: Dovecot, postfix: Postfix, tmp_path: Path):
    user = dovecot.new_user()
    made = write_office(tmp_path / "office", dovecot.imap(user), postfix.smtp())
    process = Process(made)
    process.start()
    contact(made)
    once = mail("drew.castell@btp.example.org", "IAG advice please", "Could I have IAG advice on wording by noon?")
    other = mail("drew.castell@btp.example.org", "IAG advice please", "And another thing: IAG advice on the patrols?")
    same_id = re.sub(rb"(?m)^Message-ID: .*$", re.search(rb"(?m)^Message-ID: .*$", once)[0], other)  # type: ignore[index]
    dovecot.deliver(user, once)
    until(lambda: filed(made) == 1, 20, "filed")
    dovecot.deliver(
        user, b"Received: from list.example.org by mx.btp.example.org; Mon, 4 Jan 2027 09:00:00 +0000\n" + once
    )
    dovecot.deliver(user, same_id)
    until(lambda: filed(made) == 3, 20, "all filed")
    process.stop()
    assert rows(made, "SELECT duplicate_of FROM messages ORDER BY id") == [(None,), (1,), (None,)]
    assert rows(made, "SELECT count(*) FROM outbox WHERE cause_id = 2") == [(0,)]


def test_it_outlives_a_restart_of_the_mail_server(dovecot: Dovecot, postfix: Postfix, tmp_path: Path):
    user = dovecot.new_user()
    made = write_office(tmp_path / "office", dovecot.imap(user), postfix.smtp())
    process = Process(made)
    process.start()
    contact(made)
    dovecot.restart()
    dovecot.deliver(user, mail("late@web.example.net", "How do I join?", JOIN))
    until(lambda: inbox_of(dovecot, "late@web.example.net"), 60, f"an answer after the restart: {process.log}")
    assert process.stop() <= 10


async def test_it_outlives_a_cut_connection(dovecot: Dovecot, postfix: Postfix, tmp_path: Path):
    user, reader = dovecot.new_user(), f"cut{time.monotonic_ns()}@web.example.net"
    async with proxy(dovecot.port) as wire:
        made = write_office(tmp_path / "office", dovecot.imap(user, port=wire.port), postfix.smtp())
        process = Process(made)
        process.start()
        await asyncio.to_thread(contact, made)
        wire.left = 3000
        await asyncio.to_thread(dovecot.deliver, user, mail(reader, "How do I join?", JOIN + "\n" + "line\n" * 2000))
        await asyncio.sleep(2)
        wire.left = None
        wire.cut()
        answered = (lambda: inbox_of(dovecot, reader), 60, f"an answer after the cut: {process.log}")
        await asyncio.to_thread(until, *answered)
        await asyncio.to_thread(process.stop)
    assert rows(made, "SELECT count(*) FROM messages") == [(1,)]
    assert len(inbox_of(dovecot, reader)) == 1


def test_a_second_daemon_for_the_same_office_is_refused_at_once(dovecot: Dovecot, postfix: Postfix, tmp_path: Path):
    made = write_office(tmp_path / "office", dovecot.imap(dovecot.new_user()), postfix.smtp())
    first = Process(made)
    first.start()
    contact(made)
    began = time.monotonic()
    second = subprocess.run(
        [sys.executable, "-m", "mailroom", "run", "--config", str(made.path)],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    took = time.monotonic() - began
    assert second.returncode == 1
    assert first.child is not None
    assert str(first.child.pid) in second.stderr
    assert "already runs" in second.stderr
    print(f"\nrefused after {took:.2f} s")
    assert first.stop() <= 10


def test_a_folder_the_server_refuses_stops_no_other_mail(dovecot: Dovecot, postfix: Postfix, tmp_path: Path):
    user = dovecot.new_user()
    made = write_office(tmp_path / "office", dovecot.imap(user), postfix.smtp())
    rule = f"Rule: Kettles\nIf subject contains: kettle\nThen class: noise\nThen file in: {'K' * 300}\n"
    (made.office.rules / "sorting" / "00-kettles.txt").write_text(rule)
    process = Process(made)
    process.start()
    contact(made)
    dovecot.deliver(user, mail("r1@web.example.net", "The kettle", "It is broken."))
    until(lambda: filed(made) == 1, 20, "left where it is")
    dovecot.deliver(user, mail("kd@web.example.net", "please help", "a man is following me on the train right now"))
    until(lambda: rows(made, "SELECT 1 FROM outbox WHERE kind = 'danger' AND state = 'sent'"), 20, "answered")
    process.stop()
    assert len(inbox_of(dovecot, user)) == 1
    [(key, words)] = rows(made, "SELECT key, words FROM alarms WHERE cleared_at IS NULL")
    assert key.startswith("folder:KKK")
    assert "stays in the inbox" in words


def test_mail_from_ourselves_is_never_answered(dovecot: Dovecot, postfix: Postfix, tmp_path: Path):
    user = dovecot.new_user()
    made = write_office(tmp_path / "office", dovecot.imap(user), postfix.smtp())
    process = Process(made)
    process.start()
    contact(made)
    dovecot.deliver(user, mail(MAILBOX, "How do I join?", JOIN))
    dovecot.deliver(
        user, mail("robot@web.example.net", "How do I join?", JOIN, headers={"Auto-Submitted": "auto-replied"})
    )
    until(lambda: filed(made) == 2, 20, "both filed")
    process.stop()
    assert rows(made, "SELECT recipient FROM outbox WHERE kind IN ('ack', 'danger')") == []


def test_a_wrong_password_is_told_and_not_hammered(dovecot: Dovecot, postfix: Postfix, tmp_path: Path):
    made = write_office(tmp_path / "office", dovecot.imap(dovecot.new_user()), postfix.smtp())
    (tmp_path / "office" / "secret").write_text("wrong")
    process = Process(made)
    process.start()
    time.sleep(8)
    assert process.child is not None
    assert process.child.poll() is None, "a refused login must not end the daemon"
    assert "wrong" not in process.log, "no secret in a log"
    assert process.stop() <= 10
    tries = process.log.count("cannot be read")
    assert tries <= 2, "once a connection"
    assert ("imap",) in rows(made, "SELECT key FROM alarms WHERE cleared_at IS NULL")
