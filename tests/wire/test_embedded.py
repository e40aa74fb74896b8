"""The demo's own post office speaks the real protocols."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailroom.errors import Doubtful, Permanent, Temporary, Unauthorised
from mailroom.transport.embedded import CUT, Caught, PostOffice
from mailroom.transport.imap import Mailbox
from mailroom.transport.smtp import Sender

OFFICE, MEMBER = "iag@example.org", "member@example.org"
AT = datetime(2027, 1, 4, 9, 12, tzinfo=UTC)
MIME = b"From: member@example.org\r\nSubject: hello\r\nMessage-ID: <1@example.org>\r\n\r\n.\r\nHello.\r\n"


def standing() -> datetime:
    return AT


async def test_delivered_mail_wakes_the_mailbox_and_can_be_read_and_filed():
    async with PostOffice(OFFICE, "invented", now=standing) as office:
        mailbox = Mailbox(office.imap)
        await mailbox.connect()
        await mailbox.select("INBOX")
        waiting = asyncio.create_task(mailbox.wait(60))
        await asyncio.sleep(0.1)
        await office.deliver(MIME, AT)
        async with asyncio.timeout(10):
            await waiting
        uids = await mailbox.new_uids(0)
        (message,) = await mailbox.fetch(uids)
        await mailbox.move(uids, "Meetings/Replies")

        assert (message.raw, message.received_at) == (MIME, AT)
        assert await mailbox.present(uids) == set()
        assert await mailbox.find_message_id("Meetings/Replies", "<1@example.org>")
        await mailbox.close()


async def test_mail_sent_is_caught_with_its_envelope():
    async with PostOffice(OFFICE, "invented", now=standing) as office:
        sender = Sender(office.smtp)
        await sender.send(OFFICE, MEMBER, MIME)
        await sender.close()

    assert office.caught == [Caught(OFFICE, (MEMBER,), MIME, AT)]


@pytest.mark.parametrize(
    ("answer", "expected", "caught"),
    [("451 4.3.0 later", Temporary, 0), ("550 5.7.1 never", Permanent, 0), (CUT, Doubtful, 0)],
)
async def test_it_can_play_an_unwilling_server(answer: str, expected: type[Exception], caught: int):
    async def on_data(_caught: Caught) -> str | None:
        return answer

    async with PostOffice(OFFICE, "invented", now=standing, on_data=on_data) as office:
        sender = Sender(office.smtp)
        with pytest.raises(expected):
            await sender.send(OFFICE, MEMBER, MIME)
        await sender.close()

    assert len(office.caught) == caught


@pytest.mark.parametrize("make", [lambda office: Mailbox(replace(office.imap, secret=lambda: "wrong")),
                                  lambda office: Sender(replace(office.smtp, secret=lambda: "wrong"))],
                         ids=["imap", "smtp"])  # fmt: skip
async def test_a_wrong_password_opens_neither(make: Callable[[PostOffice], Mailbox | Sender]):
    async with PostOffice(OFFICE, "invented", now=standing) as office:
        wire = make(office)
        with pytest.raises(Unauthorised):
            await wire.connect()
        await wire.close()
