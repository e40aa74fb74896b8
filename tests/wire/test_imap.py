"""One mailbox on a real Dovecot: reading, filing, and the folders it is filed in."""

import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mailroom.errors import Permanent, Temporary, Unauthorised
from mailroom.transport import imap_commands
from mailroom.transport.imap import ImapSettings, Mailbox
from tests.servers import PASSWORD, Dovecot, needed
from tests.wire.conftest import Open

pytestmark = pytest.mark.servers

# Dovecot replaces a time in the future by the present.
AT = datetime(2026, 1, 5, 9, 12, tzinfo=timezone(timedelta(hours=1)))

# What servers offer: everything; what Exchange Online does; and the bare RFC 3501.
KINDS = {
    "full": "",
    "exchange": "IMAP4rev1 IDLE UIDPLUS MOVE NAMESPACE LITERAL+",
    "no-move": "IMAP4rev1 IDLE UIDPLUS NAMESPACE",
    "bare": "IMAP4rev1",
}


def mail(number: int, size: int = 0) -> bytes:
    head = f"From: member@example.org\r\nSubject: note {number}\r\nMessage-ID: <note-{number}@example.org>\r\n\r\n"
    return head.encode() + b"A line of text.\r\n" * (1 + size // 17)


@pytest.fixture(params=KINDS)
def any_server(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    needed("dovecot", "openssl")
    with closing(Dovecot(KINDS[request.param])) as server:
        yield server


async def test_messages_are_fetched_whole_with_the_time_the_server_took_them(dovecot: Dovecot, opened: Open):
    mailbox = await opened(dovecot.imap(dovecot.new_user()))
    for number in range(3):
        await mailbox.append("INBOX", mail(number), AT)
    uids = await mailbox.new_uids(0)
    fetched = await mailbox.fetch(uids)

    assert [message.raw for message in fetched] == [mail(number) for number in range(3)]
    assert [message.uid for message in fetched] == uids
    assert {message.received_at for message in fetched} == {AT}
    assert await mailbox.sizes(uids) == {message.uid: len(message.raw) for message in fetched}
    assert await mailbox.new_uids(uids[1]) == [uids[2]]
    assert await mailbox.new_uids(uids[2]) == []


async def test_fetching_leaves_mail_unread(dovecot: Dovecot, opened: Open):
    user = dovecot.new_user()
    dovecot.deliver(user, mail(1))
    mailbox = await opened(dovecot.imap(user))
    await mailbox.fetch(await mailbox.new_uids(0))

    assert dovecot.admin("search", "-u", user, "mailbox", "INBOX", "UNSEEN").strip() != ""


async def test_a_large_mailbox_is_searched_in_pieces(dovecot: Dovecot, opened: Open, monkeypatch: pytest.MonkeyPatch):
    user = dovecot.new_user()
    dovecot.fill(user, [(mail(number), AT) for number in range(12)])
    mailbox = await opened(dovecot.imap(user))
    monkeypatch.setattr(imap_commands, "UIDS_A_SEARCH", 5)
    monkeypatch.setattr(imap_commands, "UIDS_A_COMMAND", 3)
    uids = await mailbox.new_uids(0)

    assert uids == list(range(1, 13))
    assert await mailbox.new_uids(7) == [8, 9, 10, 11, 12]
    assert len(await mailbox.fetch(uids)) == 12
    assert await mailbox.present([1, 5, 12, 13]) == {1, 5, 12}


async def test_moved_mail_is_in_the_other_folder_and_nothing_else_is_touched(any_server: Dovecot, opened: Open):
    user = any_server.new_user()
    any_server.fill(user, [(mail(number), AT) for number in range(4)])
    mailbox = await opened(any_server.imap(user))
    uids = await mailbox.new_uids(0)
    any_server.admin("flags", "add", "-u", user, r"\Deleted", "mailbox", "INBOX", "uid", "4")
    await mailbox.move(uids[:2], "Meetings/Replies")

    assert await mailbox.present(uids) == {uids[2]}
    assert await mailbox.find_message_id("Meetings/Replies", "<note-0@example.org>")
    assert await mailbox.find_message_id("Meetings/Replies", "<note-1@example.org>")
    assert not await mailbox.find_message_id("Meetings/Replies", "<note-2@example.org>")
    # Somebody else marked this one as deleted; it is theirs to expunge.
    assert 4 in await mailbox.new_uids(0)


async def test_mail_that_somebody_else_took_away_is_passed_over(dovecot: Dovecot, opened: Open):
    user = dovecot.new_user()
    dovecot.fill(user, [(mail(number), AT) for number in range(3)])
    mailbox = await opened(dovecot.imap(user))
    uids = await mailbox.new_uids(0)
    dovecot.admin("expunge", "-u", user, "mailbox", "INBOX", "uid", "2")

    assert [message.uid for message in await mailbox.fetch(uids)] == [1, 3]
    await mailbox.move(uids, "Filed")
    assert await mailbox.present(uids) == set()


async def test_moving_again_does_no_harm(dovecot: Dovecot, opened: Open):
    user = dovecot.new_user()
    dovecot.deliver(user, mail(1))
    mailbox = await opened(dovecot.imap(user))
    for _ in range(2):
        await mailbox.move([1], "Filed")

    assert (await mailbox.status("Filed")).exists == 1


@pytest.mark.parametrize(
    ("separator", "prefix", "name", "there"),
    [
        ("/", "", "Meetings/St Pancras", "Meetings/St Pancras"),
        (".", "INBOX.", "Meetings/St. Pancras", "INBOX.Meetings.St_ Pancras"),
        (".", "", "Meetings/St. Pancras", "Meetings.St_ Pancras"),
    ],
)
async def test_folders_have_the_servers_own_delimiter_and_prefix(
    separator: str, prefix: str, name: str, there: str, opened: Open
):
    needed("dovecot", "openssl")
    with closing(Dovecot(separator=separator, prefix=prefix)) as server:
        user = server.new_user()
        mailbox = await opened(server.imap(user))
        for _ in range(2):
            await mailbox.ensure_folder(name)
        await mailbox.append(name, mail(1), AT)

        assert there in server.admin("mailbox", "list", "-u", user).splitlines()
        assert there in server.admin("mailbox", "list", "-s", "-u", user).splitlines()
        assert (await mailbox.select(name)).exists == 1
        await mailbox.close()


async def test_a_folder_may_be_named_in_any_language(dovecot: Dovecot, opened: Open):
    mailbox = await opened(dovecot.imap(dovecot.new_user()))
    await mailbox.append("Réunions/会議 & more", mail(1), AT)

    assert (await mailbox.status("Réunions/会議 & more")).exists == 1


async def test_a_folder_that_is_missing_is_not_made_by_looking(dovecot: Dovecot, opened: Open):
    user = dovecot.new_user()
    mailbox = await opened(dovecot.imap(user))
    with pytest.raises(Permanent, match="there is no folder"):
        await mailbox.select("Nowhere")

    assert "Nowhere" not in dovecot.admin("mailbox", "list", "-u", user).splitlines()
    assert (await mailbox.select("INBOX")).exists == 0


async def test_a_new_uidvalidity_is_seen_at_once(dovecot: Dovecot, opened: Open):
    user = dovecot.new_user()
    dovecot.deliver(user, mail(1))
    mailbox = await opened(dovecot.imap(user))
    before = await mailbox.select("INBOX")
    dovecot.admin("mailbox", "update", "-u", user, "--uid-validity", "1234567", "INBOX")
    after = await mailbox.select("INBOX")

    assert (after.uidvalidity, after.exists) == (1234567, before.exists)
    assert after.uidvalidity != before.uidvalidity


async def test_a_sent_copy_is_filed_as_read_and_found_by_its_message_id(dovecot: Dovecot, opened: Open):
    user = dovecot.new_user()
    mailbox = await opened(dovecot.imap(user))
    uid = await mailbox.append("Sent", mail(7), AT, ["\\Seen"])

    assert uid == 1
    assert await mailbox.find_message_id("Sent", "<note-7@example.org>")
    assert not await mailbox.find_message_id("No such folder", "<note-7@example.org>")
    assert not await mailbox.find_message_id("Sent", '<"quoted\r\n* BYE@example.org>')
    assert dovecot.admin("search", "-u", user, "mailbox", "Sent", "SEEN").strip() != ""
    # The folder that was open is open again.
    await mailbox.append("INBOX", mail(8), AT)
    assert await mailbox.new_uids(0) == [1]


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
async def test_every_kind_of_connection_reads_the_mailbox(security: str, dovecot: Dovecot, opened: Open):
    mailbox = await opened(dovecot.imap(dovecot.new_user(), security=security))  # type: ignore[arg-type]

    assert {"IDLE", "MOVE", "UIDPLUS"} <= mailbox.capabilities


async def test_a_wrong_password_is_told_apart_from_a_bad_day(dovecot: Dovecot):
    settings = dovecot.imap(dovecot.new_user())
    wrong = ImapSettings(settings.host, settings.port, "none", settings.user, lambda: "päßwort ☃")
    mailbox = Mailbox(wrong)
    with pytest.raises(Unauthorised) as caught:
        await mailbox.connect()
    await mailbox.close()

    assert "päßwort" not in str(caught.value)


async def test_a_call_without_a_connection_is_temporary(dovecot: Dovecot):
    mailbox = Mailbox(dovecot.imap(dovecot.new_user()))
    with pytest.raises(Temporary, match="not connected"):
        await mailbox.select("INBOX")
    await mailbox.close()


async def test_neither_bodies_nor_passwords_are_logged_at_any_level(
    dovecot: Dovecot, opened: Open, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    mailbox = await opened(dovecot.imap(dovecot.new_user()))
    await mailbox.append("INBOX", b"Subject: secret\r\n\r\ncanary-4711\r\n", datetime(2027, 1, 4, tzinfo=UTC))
    await mailbox.fetch(await mailbox.new_uids(0))

    assert "canary-4711" not in caplog.text
    assert PASSWORD not in caplog.text


async def test_the_library_does_not_format_every_message_for_a_log_nobody_reads(dovecot: Dovecot, opened: Open):
    mailbox = await opened(dovecot.imap(dovecot.new_user()))

    assert mailbox._client._imap.debug == 0
