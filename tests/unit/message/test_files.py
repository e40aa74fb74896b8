"""Attachments, calendar parts and forwarded messages."""

import hashlib

import pytest

from mailroom.message import read
from mailroom.message.attachments import safe_name
from mailroom.message.model import Attachment, Attendee, Forward

pytestmark = pytest.mark.fast
HEAD = "From: Ada Member <ada@example.org>\r\nSubject: {0}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
WORDS = "--b\r\nContent-Type: text/plain\r\n\r\nPlease see.\r\n"


def mixed(*parts: str, subject: str = "x") -> bytes:
    return (HEAD.format(subject) + WORDS + "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n").encode()


@pytest.mark.parametrize(
    ("claimed", "safe"),
    [
        ("../../../../etc/pwned", "pwned"),
        ("C:\\Users\\ada\\note.txt", "note.txt"),
        ("CON.txt", "_CON.txt"),
        ("agenda.docx.", "agenda.docx"),
        ("agenda.docx ", "agenda.docx"),
        ("..", "attachment"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ("a" * 115 + "  b.pdf", "a" * 115 + ".pdf"),
        ("a" * 119 + " and more words", "a" * 119),
        ("." * 130 + "a" * 40, "attachment"),
        ("what?.txt", "what_.txt"),
    ],
)
def test_a_senders_file_name_is_made_safe(claimed: str, safe: str):
    assert safe_name(claimed) == safe


def test_size_and_hash_are_of_the_decoded_bytes():
    message = read(
        mixed("Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=")
    )

    assert (Attachment("a.pdf", "application/pdf", 5, hashlib.sha256(b"Hello").hexdigest()),) == message.attachments
    assert message.text == "Please see."


def test_two_files_of_one_name_are_told_apart():
    part = "Content-Type: text/csv; name=a.csv\r\n\r\n1"

    assert [item.name for item in read(mixed(part, part)).attachments] == ["a.csv", "a (2).csv"]


def test_names_are_decoded_and_stripped_of_direction_marks():
    part = (
        "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''%E2%80%AEfdp.exe\r\n\r\nx"
    )

    assert [item.name for item in read(mixed(part)).attachments] == ["fdp.exe"]


def test_what_cannot_be_read_here_is_said():
    message = read(mixed("Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\nx"))

    assert any("winmail.dat" in defect for defect in message.defects)


def test_a_calendar_reply_is_read_though_its_type_is_odd():
    part = (
        "Content-Type: application/ics; name=reply.ics\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        "UID:m1@example.org\r\nSEQUENCE:2\r\nDTSTAMP:20270301T090000Z\r\n"
        "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:Ada@Example.org\r\nEND:VEVENT\r\nEND:VCALENDAR"
    )
    message = read(mixed(part))

    assert message.calendar is not None
    assert (message.kind, message.calendar.method) == ("calendar", "REPLY")
    event = message.calendar.events[0]
    assert (event.uid, event.sequence, event.dtstamp) == ("m1@example.org", 2, "20270301T090000Z")
    assert event.attendees == (Attendee("ada@example.org", "ACCEPTED"),)


def test_a_calendar_part_too_large_is_left_unread_and_said():
    message = read(mixed("Content-Type: text/calendar; method=REPLY\r\n\r\n" + "X:1\r\n" * 60_000))

    assert message.calendar is None
    assert any("256 KiB" in defect for defect in message.defects)


def test_a_message_enclosed_whole_is_a_forward():
    inner = (
        "Content-Type: message/rfc822\r\n\r\nFrom: Trustee <t@example.org>\r\nSubject: help\r\n\r\nPeople are afraid."
    )
    message = read(mixed(inner))

    assert Forward("Trustee", "t@example.org", "help", "People are afraid.") == message.forward
    assert message.text == "Please see."


def test_a_forward_quoted_in_the_text_is_found():
    text = (
        "Please see.\r\n\r\n---------- Forwarded message ---------\r\nFrom: Trustee <t@example.org>\r\n"
        "Date: Wed, 13 Jan 2027 at 08:12\r\nSubject: help\r\nTo: Leila\r\n\r\nPeople are afraid.\r\n"
    )
    message = read(f"From: Leila <l@example.org>\r\nSubject: Fwd: help\r\n\r\n{text}".encode())

    assert Forward("Trustee", "t@example.org", "help", "People are afraid.") == message.forward
    assert message.new_text == "Please see."


def test_a_reply_is_no_forward():
    text = "Yes.\r\n\r\nFrom: IAG <iag@example.org>\r\nSent: 4 Jan 2027\r\nTo: Ada\r\nSubject: x\r\n\r\nQuestion"

    assert read(f"From: a@example.org\r\nSubject: Re: x\r\n\r\n{text}".encode()).forward is None
