"""Waiting for mail on a real Dovecot, and what a connection that dies on the way becomes."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from mailroom.errors import Permanent, Temporary
from mailroom.transport.imap import Mailbox
from tests.servers import PASSWORD, Dovecot
from tests.wire.conftest import Open
from tests.wire.proxy import proxy

pytestmark = pytest.mark.servers

MAIL = b"From: member@example.org\r\nSubject: hello\r\n\r\nHello.\r\n"
# Far more than anything here takes; far less than what is being waited for.
SOON, LONG = 10.0, 300.0


@pytest.mark.parametrize("security", ["none", "tls"])
async def test_new_mail_ends_the_wait(security: str, dovecot: Dovecot, opened: Open):
    user = dovecot.new_user()
    mailbox = await opened(dovecot.imap(user, security=security))  # type: ignore[arg-type]
    for seen in range(3):
        waiting = asyncio.create_task(mailbox.wait(LONG))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(dovecot.deliver, user, MAIL)
        async with asyncio.timeout(SOON):
            await waiting

        assert len(await mailbox.new_uids(seen)) == 1


@pytest.mark.parametrize("security", ["none", "tls"])
async def test_mail_that_came_before_the_wait_ends_it_at_once(security: str, dovecot: Dovecot, opened: Open):
    user = dovecot.new_user()
    mailbox = await opened(dovecot.imap(user, security=security))  # type: ignore[arg-type]
    await asyncio.to_thread(dovecot.deliver, user, MAIL)
    async with asyncio.timeout(SOON):
        await mailbox.wait(LONG)

    assert await mailbox.new_uids(0) == [1]


async def test_a_quiet_wait_ends_by_itself_and_the_connection_goes_on(dovecot: Dovecot, opened: Open):
    mailbox = await opened(dovecot.imap(dovecot.new_user(), security="tls"))
    busy = time.process_time()
    async with asyncio.timeout(SOON):
        await mailbox.wait(0.5)
        await mailbox.wait(0.5)

    assert await mailbox.new_uids(0) == []
    assert time.process_time() - busy < 0.5


async def test_wake_ends_the_wait_and_even_one_that_has_not_begun(dovecot: Dovecot, opened: Open):
    mailbox = await opened(dovecot.imap(dovecot.new_user()))
    async with asyncio.timeout(SOON):
        mailbox.wake()
        await mailbox.wait(LONG)
        waiting = asyncio.create_task(mailbox.wait(LONG))
        await asyncio.sleep(0.1)
        mailbox.wake()
        await waiting

    assert await mailbox.new_uids(0) == []


async def test_a_cancelled_wait_frees_the_connection(dovecot: Dovecot, opened: Open):
    mailbox = await opened(dovecot.imap(dovecot.new_user()))
    with suppress(TimeoutError):
        async with asyncio.timeout(0.2):
            await mailbox.wait(LONG)
    async with asyncio.timeout(SOON):
        assert await mailbox.new_uids(0) == []


async def test_without_idle_the_server_is_asked_instead(opened: Open):
    server = Dovecot("IMAP4rev1")
    try:
        user = server.new_user()
        mailbox = await opened(server.imap(user))
        server.deliver(user, MAIL)
        async with asyncio.timeout(SOON):
            await mailbox.wait(0.2)
        assert await mailbox.new_uids(0) == [1]
        await mailbox.close()
    finally:
        server.close()


async def test_a_peer_that_falls_silent_is_noticed(dovecot: Dovecot, opened: Open):
    async with proxy(dovecot.port) as between:
        settings = dovecot.imap(dovecot.new_user(), port=between.port)
        mailbox = await opened(replace(settings, idle_minutes=0.5 / 60, read_seconds=0.5))
        between.swallowing = True
        async with asyncio.timeout(SOON):
            with pytest.raises(Temporary, match="ended"):
                await mailbox.wait(LONG)
            with pytest.raises(Temporary, match="not connected"):
                await mailbox.new_uids(0)


@pytest.mark.parametrize("security", ["none", "tls"])
async def test_a_peer_that_stops_talking_is_noticed_and_burns_no_processor(
    security: str, dovecot: Dovecot, opened: Open
):
    target = dovecot.tls_port if security == "tls" else dovecot.port
    async with proxy(target) as between:
        mailbox = await opened(dovecot.imap(dovecot.new_user(), port=between.port, security=security))  # type: ignore[arg-type]
        waiting = asyncio.create_task(mailbox.wait(LONG))
        await asyncio.sleep(0.2)
        busy = time.process_time()
        between.half_close()
        async with asyncio.timeout(SOON):
            with pytest.raises(Temporary):
                await waiting

        assert time.process_time() - busy < 0.5


async def test_after_a_restart_of_the_server_the_same_mailbox_reads_on(dovecot: Dovecot, opened: Open):
    user = dovecot.new_user()
    mailbox = await opened(dovecot.imap(user))
    waiting = asyncio.create_task(mailbox.wait(LONG))
    await asyncio.sleep(0.2)
    await asyncio.to_thread(dovecot.restart)
    async with asyncio.timeout(SOON):
        with pytest.raises(Temporary):
            await waiting
    dovecot.deliver(user, MAIL)
    await mailbox.connect()

    assert (await mailbox.select("INBOX")).exists == 1
    assert len(await mailbox.fetch(await mailbox.new_uids(0))) == 1


async def test_a_cut_anywhere_in_a_fetch_gives_whole_messages_or_none(dovecot: Dovecot, opened: Open):
    user = dovecot.new_user()
    whole = [MAIL + b"0123456789abcdef\r\n" * 400 * number for number in range(1, 4)]
    for raw in whole:
        dovecot.deliver(user, raw)
    mailbox = await opened(dovecot.imap(user))
    truth = await mailbox.fetch([1, 2, 3])
    outcomes = set()
    async with proxy(dovecot.port) as between:
        cut = Mailbox(dovecot.imap(user, port=between.port))
        for left in range(0, 48_000, 1_997):
            between.left = None
            await cut.connect()
            await cut.select("INBOX")
            between.left = left
            try:
                fetched = await cut.fetch([1, 2, 3])
            except Temporary:
                outcomes.add("none")
            else:
                outcomes.add("whole")
                assert fetched == truth
        await cut.close()

    assert outcomes == {"none", "whole"}


async def test_closing_a_connection_that_hangs_takes_little_time(dovecot: Dovecot, opened: Open):
    async with proxy(dovecot.port) as between:
        mailbox = await opened(dovecot.imap(dovecot.new_user(), port=between.port))
        between.swallowing = True
        hanging = asyncio.create_task(mailbox.new_uids(0))
        await asyncio.sleep(0.1)
        async with asyncio.timeout(5):
            await mailbox.close()
            with pytest.raises(Temporary):
                await hanging


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_an_unknown_certificate_is_refused_before_anything_secret_is_said(security: str, dovecot: Dovecot):
    target = dovecot.tls_port if security == "tls" else dovecot.port
    async with proxy(target) as between:
        settings = dovecot.imap(dovecot.new_user(), port=between.port, security=security)  # type: ignore[arg-type]
        mailbox = Mailbox(replace(settings, ca_file=None))
        with pytest.raises(Permanent, match="certificate that is not valid"):
            await mailbox.connect()
        await mailbox.close()

        assert between.to_server != b""
        assert PASSWORD.encode() not in between.to_server
        assert b"LOGIN" not in between.to_server
        assert settings.user.encode() not in between.to_server


async def test_a_certificate_for_another_host_is_refused(dovecot: Dovecot):
    settings = replace(dovecot.imap(dovecot.new_user(), security="tls"), host="localhost")
    mailbox = Mailbox(settings)
    with pytest.raises(Permanent, match="certificate that is not valid"):
        await mailbox.connect()
    await mailbox.close()
