"""Looking over a mailbox on a real Dovecot, and being told where a moved message has landed."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from mailroom.message import Border, read
from mailroom.transport.copied import NOWHERE, Landed
from mailroom.transport.copied import read as landed
from mailroom.transport.looking import Glance, message_id
from tests.servers import Dovecot, needed
from tests.wire.conftest import Open

AT = datetime(2026, 1, 5, 9, 12, tzinfo=UTC)
KINDS = {
    "full": ("", "/", ""),
    "exchange": ("IMAP4rev1 IDLE UIDPLUS MOVE NAMESPACE LITERAL+", "/", ""),
    "no-move": ("IMAP4rev1 IDLE UIDPLUS NAMESPACE", ".", "INBOX."),
    "bare": ("IMAP4rev1", "/", ""),
}


def mail(number: int) -> bytes:
    head = f"From: member@example.org\r\nSubject: note {number}\r\nMessage-ID: <note-{number}@example.org>\r\n\r\n"
    return head.encode() + b"A line of text.\r\n"


@pytest.fixture(params=KINDS)
def any_server(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    needed("dovecot", "openssl")
    with closing(Dovecot(*KINDS[request.param])) as server:
        yield server


@pytest.mark.servers
async def test_every_folder_is_listed_under_our_name_with_how_it_stands_where_the_server_tells(
    any_server: Dovecot, opened: Open
):
    mailbox = await opened(any_server.imap(any_server.new_user()))
    for name in ("Concerns", "Meetings/Replies", "Bürger & Züge", "12"):
        await mailbox.ensure_folder(name)
    for number in range(3):
        await mailbox.append("Meetings/Replies", mail(number), AT)
    found = {one.name: one for one in await mailbox.folders(["Meetings/Replies"])}

    assert {"INBOX", "Concerns", "Meetings/Replies", "Bürger & Züge", "12"} <= found.keys()
    if "LIST-STATUS" in mailbox.capabilities:
        del found["INBOX"]  # it is open, and STATUS is for the others
        assert [one.standing for one in found.values()] == [await mailbox.status(name) for name in found]
    else:
        assert {one.standing for one in found.values()} == {None}
    assert (await mailbox.status("Meetings/Replies")).uidnext == 4


@pytest.mark.servers
async def test_a_name_of_ours_is_kept_where_the_server_has_to_write_it_otherwise(opened: Open):
    needed("dovecot", "openssl")
    with closing(Dovecot(separator=".", prefix="INBOX.")) as server:
        mailbox = await opened(server.imap(server.new_user()))
        await mailbox.ensure_folder("St. Pancras/Replies")
        names = {one.name for one in await mailbox.folders(["St. Pancras/Replies"])}

    assert "St. Pancras/Replies" in names


@pytest.mark.servers
async def test_the_server_tells_where_a_message_has_landed_or_it_is_found_by_its_message_id(
    any_server: Dovecot, opened: Open
):
    mailbox = await opened(any_server.imap(any_server.new_user()))
    for number in range(4):
        await mailbox.append("INBOX", mail(number), AT)
    uids = await mailbox.new_uids(0)
    told = await mailbox.move([uids[1], uids[3], 999], "Concerns")
    again = await mailbox.move([uids[1], uids[3]], "Concerns")
    there = await mailbox.select("Concerns")

    # Dovecot tells even where it is made not to say that it can.
    assert told == Landed(there.uidvalidity, {uids[1]: 1, uids[3]: 2})
    assert again == NOWHERE, "what has gone has not landed, and no earlier answer is taken for this one's"
    assert there.exists == 2
    assert await mailbox.glance([1, 2, 7]) == [
        Glance(1, "<note-1@example.org>", len(mail(1))),
        Glance(2, "<note-3@example.org>", len(mail(3))),
    ]
    assert await mailbox.with_message_id("<note-3@example.org>") == [2]
    assert await mailbox.with_message_id("<note-2@example.org>") == []
    assert await mailbox.with_message_id('<a"\r\nx@example.org>') == []


@pytest.mark.fast
@pytest.mark.parametrize(
    ("answer", "uids"),
    [
        ("7 304,319:320 3956:3958", {304: 3956, 319: 3957, 320: 3958}),
        ("7 4 9", {4: 9}),
        ("7 3:1 8,6,7", {1: 8, 2: 6, 3: 7}),
        ("7 1:3 8", {}),
        ("7 1:99999999999 1:99999999999", {}),
        ("7 * 3", {}),
        ("", {}),
        ("7 1", {}),
    ],
)
def test_where_messages_landed_is_read_from_the_servers_sets(answer: str, uids: dict[int, int]):
    assert landed(answer).uids == uids


@pytest.mark.fast
@pytest.mark.parametrize(
    "header",
    [
        b"Message-ID: <plain@example.org>",
        b"message-id:\r\n <folded@example.org>",
        b"Message-ID: bare@example.org",
        b"Message-ID: <two words @example.org>",
        b"Message-ID: <f\xc3\xbcr@example.org>",
        b"Message-ID: =?utf-8?q?=3Cencoded=40example.org=3E?=",
        b"Message-ID: nothing",
        b"Message-ID:",
        b"X-Other: <no@example.org>",
    ],
)
def test_a_message_id_is_read_alone_as_it_is_read_of_the_whole_message(header: bytes):
    field = header if header.lower().startswith(b"message-id") else b""
    whole = read(b"From: a@example.org\r\n" + header + b"\r\nSubject: x\r\n\r\nText\r\n", Border())

    assert message_id(field + b"\r\n\r\n") == whole.message_id
