import pytest

from mailroom.message import read
from mailroom.message.bounce_reasons import reason, severity
from mailroom.message.model import Bounce

pytestmark = pytest.mark.fast
REPORT = """From: Mail Delivery System <mailer-daemon@mx.example.org>
To: iag@example.org
Subject: {subject}
Return-Path: <>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

<{recipient}>: {words}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Original-Recipient: rfc822; {recipient}
Final-Recipient: rfc822; elsewhere@example.net
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--b
Content-Type: text/rfc822-headers

Message-ID: <ours@example.org>
Subject: Newsletter

--b--
"""


def report(action: str, status: str, words: str) -> bytes:
    return REPORT.format(
        subject="Undelivered Mail", recipient="Ada@example.org", action=action, status=status, words=words
    ).encode()


def test_a_dead_address_is_a_hard_bounce_of_the_mail_it_quotes():
    message = read(report("failed", "5.1.1", "550 5.1.1 user unknown"))

    assert message.kind == "bounce"
    assert message.bounces == (Bounce("ada@example.org", "5.1.1", "hard", "<ours@example.org>", "no such user"),)
    assert message.silence


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("4.2.2", "452 4.2.2 mailbox full"),
        ("5.2.2", "552 5.2.2 over quota"),
        ("5.7.1", "550 5.7.1 blocked by policy"),
        ("5.3.4", "552 message too large"),
        ("5.0.0", "554 rejected as spam"),
    ],
)
def test_a_full_mailbox_or_a_policy_says_nothing_about_the_address(status: str, words: str):
    assert severity(reason(words, status)) == "soft"


def test_a_delay_is_not_a_failure():
    message = read(report("delayed", "4.4.1", "connection timed out"))

    assert message.kind == "delay"
    assert [(bounce.recipient, bounce.severity) for bounce in message.bounces] == [("ada@example.org", "soft")]


def test_a_report_of_success_is_a_receipt():
    assert read(report("delivered", "2.0.0", "250 ok")).kind == "receipt"


def test_a_servers_own_wording_is_read():
    message = read(
        b"From: MAILER-DAEMON@mx.example.org\r\nReturn-Path: <>\r\nSubject: failure notice\r\n\r\n"
        b"Hi. This is the qmail-send program at mx.example.org.\r\n\r\n<ada@example.org>:\r\n"
        b"192.0.2.1 does not like recipient.\r\nRemote host said: 550 no such user here\r\n\r\n"
        b"--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <ours@example.org>\r\n"
    )

    assert message.kind == "bounce"
    assert [(bounce.recipient, bounce.severity, bounce.original_message_id) for bounce in message.bounces] == [
        ("ada@example.org", "hard", "<ours@example.org>")
    ]


def test_a_read_receipt_is_a_receipt():
    message = read(
        b"From: a@example.org\r\n"
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n"
        b"--b\r\n\r\nread\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
        b"Disposition: manual-action/MDN-sent-manually; displayed\r\n--b--\r\n"
    )

    assert message.kind == "receipt"


def test_a_person_who_writes_about_a_bounce_is_a_person():
    raw = (
        b"From: Ada <ada@example.org>\r\nSubject: Undelivered Mail\r\n\r\nI had an undelivered mail, user unknown.\r\n"
    )

    assert read(raw).kind == "person"
