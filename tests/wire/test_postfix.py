"""Out through a real Postfix, and in again through LMTP."""

import asyncio
from collections.abc import Callable

import pytest

from mailroom.errors import Permanent
from mailroom.transport.smtp import Sender
from tests.servers import Dovecot, Postfix
from tests.wire.conftest import Open

pytestmark = pytest.mark.servers

MIME = b"From: iag@example.org\r\nSubject: hello\r\nMessage-ID: <1@iag.example.org>\r\n\r\n.\r\nHi.\r\n"


async def arrived(look: Callable[[], object]) -> None:
    """Wait until what `look` gives is true; the test's own limit is ten seconds."""
    async with asyncio.timeout(10):
        while not look():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_mail_sent_arrives_in_one_mailbox_with_one_recipient(postfix: Postfix, dovecot: Dovecot, opened: Open):
    member = dovecot.new_user()
    sender = Sender(postfix.smtp())
    reply = await sender.send("iag@example.org", member, MIME)
    await sender.close()
    inbox = dovecot.maildir(member)
    await arrived(lambda: list(inbox.glob("new/*")))
    mailbox = await opened(dovecot.imap(member))
    (message,) = await mailbox.fetch(await mailbox.new_uids(0))

    assert reply.startswith("250 2.0.0 Ok: queued as ")
    assert message.raw.endswith(b"\r\n\r\n.\r\nHi.\r\n")
    assert f"for <{member}>".encode() in message.raw


async def test_two_hundred_mails_go_over_one_connection_and_each_arrives_once(postfix: Postfix, dovecot: Dovecot):
    members = [dovecot.new_user() for _ in range(20)]
    sender = Sender(postfix.smtp())
    for number in range(200):
        await sender.send("iag@example.org", members[number % 20], MIME)
    await sender.close()

    await arrived(lambda: sum(len(list(dovecot.maildir(member).glob("new/*"))) for member in members) >= 200)
    assert [len(list(dovecot.maildir(member).glob("new/*"))) for member in members] == [10] * 20


async def test_a_message_larger_than_the_server_takes_is_refused_for_good(postfix: Postfix):
    sender = Sender(postfix.smtp())
    with pytest.raises(Permanent) as caught:
        await sender.send("iag@example.org", "m@example.org", MIME + b"x" * 70 + b"\r\n" * 6_000_000)
    await sender.close()

    assert (caught.value.code, caught.value.verb) == (552, "MAIL")
