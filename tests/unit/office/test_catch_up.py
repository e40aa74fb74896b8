"""What somebody missed while no address of theirs could be used, and what follows once one can."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailroom import delivery
from mailroom.clock import SetClock
from mailroom.message import Draft, compose, message_id_for
from mailroom.message.invitation import Invitation
from mailroom.message.model import Address
from mailroom.office import catch_up, imports
from mailroom.office import mail as writing
from mailroom.office.mail import Recipient
from mailroom.office.office import Office
from mailroom.store import outbox, people
from mailroom.store.outbox import Outgoing
from tests.office import MAILBOX, small_office
from tests.unit.office.test_returned import ADA, HARD, NOW, arrive, report, state

NEW = "ada.w@post.example.org"
CLOSES = NOW + timedelta(days=30)
LATER = NOW + timedelta(days=17)


class Taken:
    """A server that takes everything."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []

    async def send(self, _sender: str, recipient: str, mime: bytes) -> str:
        self.mails.append((recipient, mime))
        return "250 ok"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def worth_it(office: Office, *names: str) -> None:
    """Say of templates that they are caught up with until they close."""
    mails = dict(office.templates.mails)
    for name in names:
        mails[name] = replace(mails[name], source=replace(mails[name].source, catch_up="until closes"))
    office.templates = replace(office.templates, mails=mails)


def queue(office: Office, key: str, template: str = "member/received", **more: object) -> str:
    message_id = message_id_for(b"k", key, "btp.example.org")
    dated = Invitation("mtg-1", 0, "REQUEST", "Quarterly meeting", CLOSES, CLOSES + timedelta(hours=2))
    mime = compose(
        Draft(
            Address("Riverside IAG", MAILBOX), Address("Ada Winter", ADA), f"About {key}",
            f"Hello Ada,\n\n{key}. You are {ADA}.\n",
            f"<p>Hello Ada,</p><p>{key}</p>", message_id, NOW, invitation=dated,
        )
    )  # fmt: skip
    with office.store.immediate() as db:
        made = Outgoing(key, ADA, "M01", "mail", template, f"About {key}", message_id, mime)
        assert outbox.queue(db, replace(made, **more), NOW, held=False)  # type: ignore[arg-type]
    return message_id


async def sent(office: Office, at: datetime) -> list[tuple[str, bytes]]:
    wire = Taken()
    await delivery.deliver_due(office, [wire], SetClock(at))
    return wire.mails


async def unreachable(office: Office) -> None:
    """Let Ada's address bounce; what she was sent then is `first`."""
    first = queue(office, "first")
    await sent(office, NOW)
    arrive(office, report(ADA, first, HARD))
    assert people.address_of(office.store.db, "M01") is None


def moves(office: Office, at: datetime) -> None:
    with office.store.immediate() as db:
        imports.people(db, f"id,name,emails\nM01,Ada Winter,{NEW}\n".encode(), "people.csv", at)


def journal(office: Office, event: str) -> list[str]:
    return [words for (words,) in office.store.db.execute("SELECT words FROM journal WHERE event = ?", (event,))]


async def test_a_new_address_gets_what_was_withdrawn_and_has_not_closed(office: Office):
    worth_it(office, "member/received")
    queue(office, "withdrawn", expires=CLOSES)
    with office.store.immediate() as db:
        people.suspend(db, ADA)
    assert await sent(office, NOW) == []

    moves(office, LATER)
    [(recipient, mime)] = await sent(office, LATER)

    assert recipient == NEW
    assert state(office, "withdrawn") == "cancelled"
    mail = message_from_bytes(mime, policy=policy.default)
    assert mail["To"] == f"Ada Winter <{NEW}>"
    assert mail["Subject"] == "About withdrawn"
    assert ADA.encode() not in mime.replace(b"=\r\n", b"").replace(b"\r\n ", b"")
    [ics] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert f"mailto:{NEW}" in ics.get_content().replace("\n ", "")
    assert ics.get_param("method") == "REQUEST"


async def test_running_it_again_writes_nothing_more(office: Office):
    worth_it(office, "member/received")
    await unreachable(office)
    moves(office, LATER)
    assert len(await sent(office, LATER)) == 1

    with office.store.immediate() as db:
        assert catch_up.usable_again(office, db, "M01", LATER) == catch_up.CaughtUp()
    assert await sent(office, LATER + timedelta(days=1)) == []


async def test_the_mail_that_came_back_is_missed_too_and_goes_under_an_id_of_its_own(office: Office):
    worth_it(office, "member/received")
    await unreachable(office)
    moves(office, LATER)
    [(recipient, mime)] = await sent(office, LATER)

    assert recipient == NEW
    [old] = office.store.db.execute("SELECT message_id FROM outbox WHERE key = 'first'").fetchone()
    assert str(message_from_bytes(mime)["Message-ID"]) != old


async def test_what_has_closed_or_is_not_worth_it_is_let_go_and_said(office: Office):
    worth_it(office, "member/received")
    queue(office, "poll", expires=NOW + timedelta(days=11))
    queue(office, "news", "newsletter/issue", batch="news:2027-01", guard="newsletter")
    with office.store.immediate() as db:
        people.suspend(db, ADA)
    await sent(office, NOW)
    moves(office, LATER)

    assert await sent(office, LATER) == []
    start = "Not written again to Ada Winter (M01): "
    assert sorted(journal(office, "let go")) == [
        f"{start}member/received of Monday 18 January 2027: it closed on Friday 29 January 2027.",
        f"{start}newsletter/issue of Monday 18 January 2027: mails of this kind are not sent later.",
    ]


async def test_a_mail_whose_case_is_closed_is_let_go(office: Office):
    worth_it(office, "member/received")
    with office.store.immediate() as db:
        [case] = db.execute(
            "INSERT INTO cases (ref, kind, stage, final, opened_at, entered_at) VALUES ('MTG-2027-001', 'meeting',"
            " 'closed', 1, '2027-01-04T09:00:00Z', '2027-01-04T09:00:00Z') RETURNING id"
        ).fetchone()
    queue(office, "invitation", case=case)
    with office.store.immediate() as db:
        people.suspend(db, ADA)
    await sent(office, NOW)
    moves(office, LATER)

    assert await sent(office, LATER) == []
    assert journal(office, "let go")[0].endswith("its case is closed.")


async def test_what_is_written_while_nobody_can_be_reached_is_kept_for_later(office: Office):
    worth_it(office, "member/received")
    with office.store.immediate() as db:
        people.suspend(db, ADA)
        for template in ("member/received", "observation/received"):
            row = writing.write(
                office, db, NOW, key=f"{template}:M01", recipient=Recipient(ADA, "M01", "Ada Winter"),
                template=template, kind="mail", variables={}, expires=CLOSES,
            )  # fmt: skip
            assert row is None, "it is not counted as written"
    moves(office, LATER)

    assert [recipient for recipient, _ in await sent(office, LATER)] == [NEW]
    assert [key for (key,) in office.store.db.execute("SELECT key FROM outbox WHERE key LIKE '%:M01'")] == [
        "member/received:M01"
    ]


async def test_a_persons_word_on_an_address_brings_what_was_missed_and_says_what(office: Office):
    worth_it(office, "member/received")
    await unreachable(office)
    with office.store.immediate() as db:
        people.verify_address(db, "M01", NEW.upper(), "by phone", "2027-02-04")
        found = catch_up.usable_again(office, db, "M01", LATER)

    assert found == catch_up.CaughtUp(("About first",), ())
    assert people.address_of(office.store.db, "M01") == NEW
    assert people.status_of(office.store.db, ADA) == "retired"
    assert [recipient for recipient, _ in await sent(office, LATER)] == [NEW]


async def test_the_same_address_that_works_again_gets_it_too(office: Office):
    worth_it(office, "member/received")
    await unreachable(office)
    with office.store.immediate() as db:
        people.verify_address(db, "M01", ADA, "by phone", "2027-02-04")

    assert [recipient for recipient, _ in await sent(office, LATER)] == [ADA]


async def test_a_draft_nobody_had_approved_waits_for_a_word_again(office: Office):
    worth_it(office, "member/received")
    first = queue(office, "first", "observation/received")
    await sent(office, NOW)
    queue(office, "draft")
    with office.store.immediate() as db:
        db.execute("DROP TRIGGER outbox_state")
        db.execute("UPDATE outbox SET state = 'held' WHERE key = 'draft'")
    arrive(office, report(ADA, first, HARD))
    moves(office, LATER)

    assert await sent(office, LATER) == []
    assert office.store.db.execute("SELECT state, recipient FROM outbox WHERE key LIKE 'again:%'").fetchall() == [
        ("held", NEW)
    ]


async def test_whoever_only_moves_loses_nothing_that_was_on_its_way(office: Office):
    queue(office, "on its way", "newsletter/issue", batch="news:2027-01")
    moves(office, NOW)

    assert [recipient for recipient, _ in await sent(office, NOW)] == [NEW]
    assert office.store.db.execute("SELECT batch FROM outbox WHERE state = 'sent'").fetchall() == [("news:2027-01",)]


async def test_a_direct_answer_is_never_repeated(office: Office):
    worth_it(office, "member/received")
    queue(office, "first", kind="ack")
    await sent(office, NOW)
    with office.store.immediate() as db:
        message_id = db.execute("SELECT message_id FROM outbox").fetchone()[0]
    arrive(office, report(ADA, message_id, HARD))
    moves(office, LATER)

    assert await sent(office, LATER) == []


async def test_what_is_late_already_disturbs_no_night(office: Office):
    worth_it(office, "member/received")
    await unreachable(office)
    night = datetime(2027, 2, 4, 23, 30, tzinfo=UTC)
    moves(office, night)

    assert await sent(office, night) == []
    assert [recipient for recipient, _ in await sent(office, datetime(2027, 2, 5, 7, 0, tzinfo=UTC))] == [NEW]
