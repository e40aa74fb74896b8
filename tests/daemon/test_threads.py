"""What others do in the mailbox while the daemon runs: an answer typed in a mail program, bounces, forged bounces."""

import imaplib
import time
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest

from mailroom.config import Config
from tests.office import MAILBOX, Process, mail, rows, until, write_office
from tests.servers import PASSWORD, Dovecot, Postfix

pytestmark = pytest.mark.servers

ADA = "ada.winter@mail.example.org"
WORRY = "People here are frightened to use Harrow Cross after dark, they keep being shouted at."


def office(dovecot: Dovecot, postfix: Postfix, folder: Path) -> tuple[str, Config]:
    user = dovecot.new_user()
    made = write_office(folder / "office", dovecot.imap(user), postfix.smtp())
    return user, made


def watched(made: Config) -> None:
    until(lambda: len(rows(made, "SELECT 1 FROM mailboxes")) == 2, 20, "first contact with the inbox and with Sent")


def put_into_sent(dovecot: Dovecot, user: str, raw: bytes) -> None:
    """File a message as a mail program does that has just sent it."""
    with imaplib.IMAP4("127.0.0.1", dovecot.port) as wire:
        wire.login(user, PASSWORD)
        answer, _ = wire.append("Sent", "(\\Seen)", imaplib.Time2Internaldate(datetime.now(UTC)), raw)
        assert answer == "OK"


def bounce(recipient: str, message_id: str) -> bytes:
    words = f"<{recipient}>: 550 5.1.1 user unknown"
    return (
        f"From: Mail Delivery System <mailer-daemon@mx.mail.example.org>\r\nTo: {MAILBOX}\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <{time.monotonic_ns()}@mx.mail.example.org>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=part\r\n\r\n"
        f"--part\r\nContent-Type: text/plain\r\n\r\nNot delivered.\r\n{words}\r\n--part\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.mail.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n--part\r\n"
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--part--\r\n"
    ).encode()


def test_an_answer_typed_in_a_mail_program_joins_its_case_and_stops_the_clock(
    dovecot: Dovecot, postfix: Postfix, tmp_path: Path
):
    user, made = office(dovecot, postfix, tmp_path)
    put_before = mail(MAILBOX, "Long ago", "An answer from before.", to=ADA, authentic=False)
    with imaplib.IMAP4("127.0.0.1", dovecot.port) as wire:
        wire.login(user, PASSWORD)
        wire.create("Sent")
    put_into_sent(dovecot, user, put_before)
    process = Process(made)
    process.start()
    watched(made)
    dovecot.deliver(user, mail(ADA, "Harrow Cross", WORRY, message_id="<worry@mail.example.org>"))
    until(lambda: rows(made, "SELECT 1 FROM cases WHERE kind = 'concern'"), 20, lambda: f"a case: {process.log}")
    until(lambda: not rows(made, "SELECT 1 FROM outbox WHERE state = 'sent' AND copied_at IS NULL"), 20, "copies filed")
    before = rows(made, "SELECT count(*) FROM outbox")
    answer = {"In-Reply-To": "<worry@mail.example.org>", "References": "<worry@mail.example.org>"}
    put_into_sent(dovecot, user, mail(MAILBOX, "Re: Harrow Cross", "We will ring on Friday.", headers=answer, to=ADA))
    until(
        lambda: rows(made, "SELECT 1 FROM cases WHERE answered_at <> ''"),
        20,
        lambda: f"the clock stopped: {process.log}",
    )

    [(row, state, thread)] = rows(made, "SELECT id, state, thread_id FROM messages WHERE direction = 'out'")
    assert state == "filed"
    assert rows(made, "SELECT thread_id FROM messages WHERE direction = 'in'") == [(thread,)]
    assert rows(made, "SELECT state FROM links WHERE message_id = ? AND case_id IS NOT NULL", row) == [("confirmed",)]
    time.sleep(2)
    process.stop()
    assert rows(made, "SELECT count(*) FROM outbox") == before, "nothing is sent because of it"
    assert rows(made, "SELECT count(*) FROM messages") == [(2,)], "our own copies and older mail are not taken in"


def test_an_answer_typed_while_we_were_away_is_found_even_in_a_renumbered_folder_and_our_own_copies_are_not(
    dovecot: Dovecot, postfix: Postfix, tmp_path: Path
):
    user, made = office(dovecot, postfix, tmp_path)
    process = Process(made)
    process.start()
    watched(made)
    dovecot.deliver(user, mail(ADA, "Harrow Cross", WORRY, message_id="<worry@mail.example.org>"))
    copied = "SELECT count(*) FROM outbox WHERE copied_at IS NOT NULL"
    until(lambda: rows(made, copied) != [(0,)], 20, lambda: f"a copy: {process.log}")
    process.stop()
    answer = {"In-Reply-To": "<worry@mail.example.org>"}
    put_into_sent(dovecot, user, mail(MAILBOX, "Re: Harrow Cross", "We will ring.", headers=answer, to=ADA))
    dovecot.stop()
    for path in (dovecot.maildir(user) / ".Sent").glob("dovecot*"):
        path.unlink()
    dovecot.start()
    process.start()
    until(lambda: rows(made, "SELECT 1 FROM cases WHERE answered_at <> ''"), 20, lambda: f"found: {process.log}")
    time.sleep(1.5)
    process.stop()

    assert rows(made, "SELECT count(*) FROM messages WHERE direction = 'out'") == [(1,)]


def test_a_bounce_suspends_the_address_and_a_forged_one_does_nothing(
    dovecot: Dovecot, postfix: Postfix, tmp_path: Path
):
    user, made = office(dovecot, postfix, tmp_path)
    process = Process(made)
    process.start()
    watched(made)
    dovecot.deliver(user, mail(ADA, "Harrow Cross", WORRY))
    ours = "SELECT message_id FROM outbox WHERE recipient = ? AND state = 'sent'"
    until(lambda: rows(made, ours, ADA), 20, lambda: f"an answer: {process.log}")
    dovecot.deliver(user, bounce(ADA, "<forged@btp.example.org>"))
    until(lambda: len(rows(made, "SELECT 1 FROM messages WHERE filed_at IS NOT NULL")) == 2, 20, "the forged one filed")
    status = "SELECT status FROM addresses WHERE email = ?"
    assert rows(made, status, ADA) == [("ok",)]
    [(message_id,), *_] = rows(made, ours, ADA)
    dovecot.deliver(user, bounce(ADA, str(message_id)))
    until(lambda: rows(made, status, ADA) == [("suspended",)], 20, lambda: f"suspended: {process.log}")
    process.stop()

    [(task,)] = rows(made, "SELECT text FROM tasks WHERE key LIKE 'bounced:%'")
    assert "Ada Winter" in str(task)


def test_outlooks_name_of_the_conversation_comes_back_with_our_answer(
    dovecot: Dovecot, postfix: Postfix, tmp_path: Path
):
    user, made = office(dovecot, postfix, tmp_path)
    reader = f"reader{time.monotonic_ns()}@web.example.net"
    process = Process(made)
    process.start()
    watched(made)
    index = "Adtej4og" + "AQIDBAUGBwgJCgsMDQ4PEA=="
    dovecot.deliver(
        user,
        mail(
            reader, "How do I join?", "I would like to join the group. How do I apply?", headers={"Thread-Index": index}
        ),
    )

    def answers() -> list[bytes]:
        return [path.read_bytes() for folder in ("new", "cur") for path in (dovecot.maildir(reader) / folder).glob("*")]

    until(answers, 20, lambda: f"an answer: {process.log}")
    process.stop()
    [answer] = answers()
    assert message_from_bytes(answer)["Thread-Index"].startswith(index[:28])
