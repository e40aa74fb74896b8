"""Lint where it stands in the way: a held mail, one of a sending, and what the coordinator reads of both."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mailroom.message import Draft, Message, compose, read
from mailroom.message.invitation import Invitation
from mailroom.message.model import Address
from mailroom.message.picture import Picture
from mailroom.office import linting, templates
from mailroom.office import mail as mails
from mailroom.office.commands import asking
from mailroom.office.linting import Leaving
from mailroom.office.mail import Cause, Recipient
from mailroom.office.office import Office
from mailroom.office.take import take
from mailroom.store import messages, outbox
from mailroom.store.messages import Arrived, Packed, Waiting
from mailroom.store.outbox import Outgoing
from tests.office import REPOSITORY, mail, small_office

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)  # a Tuesday, in working hours
ROBIN, ADA = "robin.hale@btp.example.org", "ada.winter@mail.example.org"
CODE = re.compile(r"^Code: ([A-Z2-9]{4}-[A-Z2-9]{4})$", re.MULTILINE)
NEWS = (
    "Subject: News\nKind: mail\nMarking: {marking}\n\nHello {{ recipient_first_name }}, the desk is on 07700 900123. "
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def rows(office: Office, sql: str, *values: object) -> list[tuple[Any, ...]]:
    return list(office.store.db.execute(sql, values))


def hold(office: Office, text: str) -> int:
    """Hold a mail to Ada and ask the coordinator about it."""
    raw = mail(ROBIN, "We have your message", f"{text}\n\n-- \nThe office")
    with office.store.immediate() as db:
        row = outbox.queue(
            db, Outgoing("held", ADA, "M01", "ack", "notice/received", "We have your message", "<held@x>", raw), NOW,
            held=True,
        )  # fmt: skip
        assert row is not None
        asking.may_it_go(office, db, NOW, Random(1))
    return row


def asked(office: Office) -> Message:
    [[mime]] = rows(office, "SELECT mime FROM mails WHERE template = 'notice/held'")
    return read(mime)


def send(office: Office, text: str, person: str = "M01", address: str = ADA, marking: str = "OFFICIAL") -> str:
    """Write one mail of a sending and return its state."""
    footer = (REPOSITORY / "templates" / "_footer.md").read_bytes()
    office.templates = templates.load(
        {"templates/_footer.md": footer, "templates/news.md": (NEWS.replace("{marking}", marking) + text).encode()}
    )
    with office.store.immediate() as db:
        row = mails.write(
            office, db, NOW, key=f"news:{person}", recipient=Recipient(address, person, "Ada Winter"),
            template="news", kind="mail", variables={}, cause=Cause(batch="news"),
        )  # fmt: skip
    [[state]] = rows(office, "SELECT state FROM outbox WHERE id = ?", row)
    return str(state)


def test_who_may_approve_a_mail_reads_what_to_look_at_first(office: Office):
    hold(office, "Ring Ben Ortiz.")

    text = asked(office).text
    assert "Please look at this first:" in text
    assert "- Ben Ortiz is named in line 1." in text
    assert "To send it: APPROVE" in text


def test_a_mail_without_findings_is_asked_about_as_ever(office: Office):
    hold(office, "Thank you.")

    assert "look at this first" not in asked(office).text
    assert "To send it: APPROVE" in asked(office).text


def test_no_approval_lets_a_mail_leave_with_a_members_address_in_it(office: Office):
    row = hold(office, "Write to ben.ortiz@post.example.org.")
    text = asked(office).text
    [code] = CODE.findall(text)
    assert "- Ben Ortiz's email address stands in line 1." in text
    assert "It can't be sent as it is." in text
    assert "APPROVE" not in text

    raw = mail(ROBIN, "", f"APPROVE {code}")
    with office.store.immediate() as db:
        number = messages.receive(db, Arrived("INBOX", 1, 1, NOW, len(raw), Packed.of(raw)), NOW, history=False)
        assert number is not None
        take(office, db, Waiting(number, NOW, history=False, size=len(raw)), read(raw, office.config.border), NOW)

    assert rows(office, "SELECT state FROM outbox WHERE id = ?", row) == [("held",)]
    [[echo]] = rows(office, "SELECT mime FROM mails WHERE template = 'notice/done'")
    assert "must not leave as it is. Ben Ortiz's email address stands in line 1." in " ".join(read(echo).text.split())


def test_one_mail_of_a_sending_that_must_not_leave_is_held_and_said_aloud(office: Office):
    assert send(office, "Write to ben.ortiz@post.example.org.\n") == "held"

    [[said]] = rows(office, "SELECT words FROM journal WHERE event = 'answered'")
    assert said.endswith("waits for a person's word. Ben Ortiz's email address stands in line 3.")


@pytest.mark.parametrize(
    "text",
    [
        "The office's own words name 12 Harbour Street, AB10 1AB.\n",
        "Write to foi@btp.example.org or {{ mailbox }}.\n",
        "This went to ada.winter@mail.example.org.\n",
    ],
)
def test_what_the_office_publishes_goes_out(office: Office, text: str):
    assert send(office, text) == "ready"


def test_a_marking_too_high_for_a_member_may_go_to_an_officer(office: Office):
    drew = ("drew", "drew.castell@btp.example.org")

    assert send(office, "Text.\n", marking="OFFICIAL-SENSITIVE") == "held"
    assert send(office, "Text.\n", *drew, marking="OFFICIAL-SENSITIVE") == "ready"


def test_a_finished_mail_is_linted_with_its_pictures_and_date(office: Office):
    chart = Picture("Mail in", "Mail in: 23, 19", b"\x89PNG")
    page = f'<img src="cid:{chart.cid}" alt="Mail in: 23, 19">'
    draft = Draft(
        Address("Office", "iag@btp.example.org"), Address("Ada Winter", ADA), "News", "Text.", page, "<a@example.org>",
        NOW, pictures=(chart,),
        invitation=Invitation("MTG-2027-001@x", 0, "REQUEST", "Meeting", NOW, NOW.replace(hour=12)),
    )  # fmt: skip
    leaving = Leaving(compose(draft), ADA, "M01", "news")

    assert linting.of_mail(office, office.store.db, leaving, NOW) == ()
    missing = replace(leaving, mime=compose(replace(draft, pictures=())))
    assert [one.what for one in linting.of_mail(office, office.store.db, missing, NOW)] == ["picture"]


@pytest.mark.parametrize(
    ("subject", "state"),
    [
        ("IAG: your advice is requested", "ready"),
        ("Advice for the Deaf community", "held"),
        ("About Harrow Cross", "held"),
    ],
)
def test_the_subject_of_a_call_names_no_group_and_no_place(office: Office, subject: str, state: str):
    footer = (REPOSITORY / "templates" / "_footer.md").read_bytes()
    call = f"Subject: {subject}\n\nWhat should we know?\n".encode()
    office.templates = templates.load({"templates/_footer.md": footer, "templates/call.md": call})
    with office.store.immediate() as db:
        row = mails.write(
            office, db, NOW, key="call:M01", recipient=Recipient(ADA, "M01", "Ada Winter"), template="call",
            kind="mail", variables={}, cause=Cause(batch="call", guard="call"),
        )  # fmt: skip

    assert rows(office, "SELECT state FROM outbox WHERE id = ?", row) == [(state,)]


def test_of_one_mail_to_many_each_copy_is_linted_as_if_it_were_the_only_one(office: Office):
    footer = (REPOSITORY / "templates" / "_footer.md").read_bytes()
    text = NEWS.replace("{marking}", "OFFICIAL") + "This went to ada.winter@mail.example.org.\n"
    office.templates = templates.load({"templates/_footer.md": footer, "templates/news.md": text.encode()})
    to = {
        "M01": ("Ada Winter", ADA),
        "M02": ("Ben Ortiz", "ben.ortiz@post.example.org"),
        "M03": ("Cleo Marsh", "cleo.marsh@mail.example.org"),
    }
    with office.store.immediate() as db:
        many = mails.to_many(office, db, "news", {}, Cause(batch="news"))
        for person, (name, address) in to.items():
            mails.write(
                office, db, NOW, key=f"news:{person}", recipient=Recipient(address, person, name), template="news",
                kind="mail", variables={}, cause=Cause(batch="news"), many=many,
            )  # fmt: skip

    states = dict(rows(office, "SELECT person_id, state FROM outbox WHERE batch = 'news'"))
    assert states == {"M01": "ready", "M02": "held", "M03": "held"}


def test_what_stands_in_one_readers_own_name_stops_that_copy_alone(office: Office):
    footer = (REPOSITORY / "templates" / "_footer.md").read_bytes()
    text = NEWS.replace("{marking}", "OFFICIAL")
    office.templates = templates.load({"templates/_footer.md": footer, "templates/news.md": text.encode()})
    names = {"M01": "Ada Winter", "M02": "Password:_Hunter22", "M03": "Cleo Marsh"}
    with office.store.immediate() as db:
        many = mails.to_many(office, db, "news", {}, Cause(batch="news"))
        for person, name in names.items():
            mails.write(
                office, db, NOW, key=f"news:{person}", recipient=Recipient(f"{person}@x.example.org", person, name),
                template="news", kind="mail", variables={}, cause=Cause(batch="news"), many=many,
            )  # fmt: skip
        filled = [
            many.copy({"recipient_name": name, "recipient_first_name": name}, "standard") for name in names.values()
        ]

    states = dict(rows(office, "SELECT person_id, state FROM outbox WHERE batch = 'news'"))
    assert all(copy is not None for copy in filled)
    assert states == {"M01": "ready", "M02": "held", "M03": "ready"}
