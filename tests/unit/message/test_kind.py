from datetime import date

import pytest

from mailroom.message import Message, read

pytestmark = pytest.mark.fast


def letter(headers: str = "", subject: str = "Hello", text: str = "Hello") -> Message:
    return read(
        f"From: Ada Member <ada@example.org>\r\nTo: iag@example.org\r\nSubject: {subject}\r\n"
        f"Date: Mon, 18 Jan 2027 09:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n{headers}\r\n{text}\r\n".encode()
    )


def test_an_ordinary_letter_is_from_a_person_and_may_be_answered():
    message = letter()

    assert (message.kind, message.automatic, message.silence) == ("person", None, "")


@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated (rejected)", "X-Autoreply: yes",
     "Precedence: bulk", "Precedence: auto_reply", "Return-Path: <>"],
)  # fmt: skip
def test_what_a_machine_wrote_is_automatic_and_never_answered(header: str):
    message = letter(f"{header}\r\n")

    assert message.kind == "automatic"
    assert message.silence.startswith("a machine wrote it")


@pytest.mark.parametrize(
    "header",
    ["X-Auto-Response-Suppress: All", "X-Loop: iag@example.org", "X-Mailroom: another", "List-Id: <x.example.org>",
     "Precedence: list", "From: chief@example.org", "Received: from a by b\r\n" * 51],
)  # fmt: skip
def test_some_mail_of_people_is_not_answered_either(header: str):
    assert letter(f"{header.strip()}\r\n").silence


def test_auto_submitted_no_and_suppress_none_are_no_reason_for_silence():
    assert letter("Auto-Submitted: no\r\nX-Auto-Response-Suppress: None\r\n").silence == ""


@pytest.mark.parametrize(
    "subject",
    ["Automatic reply: Newsletter", "Out of Office: Re: Dates", "Ateb awtomatig: IAG", "Autosvar: Hej",
     "Automatische Antwort: Hallo", "=?utf-8?q?R=C3=A9ponse_automatique_=3A_IAG?="],
)  # fmt: skip
def test_an_absence_without_headers_is_known_by_its_subject(subject: str):
    assert letter(subject=subject).kind == "automatic"


@pytest.mark.parametrize(
    "subject", ["auto reply not working", "Re: Automatic reply: Newsletter", "Out of office next week, sorry"]
)
def test_a_person_who_types_auto_reply_stays_a_person(subject: str):
    message = letter(subject=subject, text="Your auto reply made me smile. I am out of office on Friday.")

    assert (message.kind, message.silence) == ("person", "")


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("I am away until Monday 25 January with no signal.", date(2027, 1, 25)),
        ("I will be back on 3 February 2027.", date(2027, 2, 3)),
        ("I return to the office on 04/02/2027.", date(2027, 2, 4)),
        ("Back in the office on Monday.", date(2027, 1, 25)),
        ("On leave until 2 Jan.", date(2028, 1, 2)),
        ("I am away.", None),
        ("until 99/99/2027", None),
    ],
)
def test_the_day_of_return_is_read(words: str, day: date | None):
    automatic = letter("Auto-Submitted: auto-replied\r\n", text=words).automatic

    assert automatic is not None
    assert automatic.returns_on == day


def test_a_bulletin_is_a_list():
    message = letter("List-Id: Updates <updates.example.org>\r\nPrecedence: bulk\r\n")

    assert message.kind == "list"
    assert message.silence


def test_an_absence_answered_to_a_list_mail_is_automatic():
    assert letter("Auto-Submitted: auto-replied\r\nList-Unsubscribe: <mailto:x@example.org>\r\n").kind == "automatic"


def test_a_recall_is_automatic():
    message = letter(subject="Recall: FW: RA", text="Ada Member would like to recall the message, FW: RA.")

    assert message.kind == "automatic"
