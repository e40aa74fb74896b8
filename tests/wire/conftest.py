"""The servers of the wire tests."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from mailroom.transport.imap import Mailbox
from mailroom.transport.settings import ImapSettings

Open = Callable[[ImapSettings], Awaitable[Mailbox]]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """Give a function that connects a mailbox, opens its inbox, and closes it after the test."""
    mailboxes: list[Mailbox] = []

    async def connected(settings: ImapSettings) -> Mailbox:
        mailbox = Mailbox(settings)
        mailboxes.append(mailbox)
        await mailbox.connect()
        await mailbox.select("INBOX")
        return mailbox

    yield connected
    for mailbox in mailboxes:
        await mailbox.close()
