"""Whose move it was, on real Dovecots that can do much or little: hers, ours before a crash, or nobody's."""

import asyncio
import contextlib
import imaplib
import re
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from mailroom import intake
from mailroom.clock import SystemClock
from mailroom.errors import Unreadable
from mailroom.message import Border, Message, read
from mailroom.moves import Moves
from mailroom.office.corrections import reclassify
from mailroom.office.office import Office
from mailroom.office.undo import undo
from mailroom.rules import filing
from mailroom.store import open_store, places
from mailroom.transport.imap import Landed, Mailbox
from mailroom.transport.imap_errors import Broken
from mailroom.transport.settings import SmtpSettings
from tests.office import mail, shipped_set, write_office
from tests.servers import PASSWORD, Dovecot, needed

pytestmark = pytest.mark.servers

ADA = "ada.winter@mail.example.org"
WORRY = "People here are frightened to use Harrow Cross after dark, they keep being shouted at."
KNIFE = "Somebody has a knife at Harrow Cross and is threatening people, please help."

KINDS = {
    "full": "",
    "exchange": "IMAP4rev1 IDLE UIDPLUS MOVE NAMESPACE LITERAL+",
    "bare": "IMAP4rev1",
}


class Torn(Mailbox):
    """A connection that can end right after a move was made and before anybody knows of it."""

    torn = False

    async def move(self, uids: Iterable[int], folder: str) -> Landed:
        """Move, and lose the line."""
        landed = await super().move(uids, folder)
        if self.torn:
            self.torn = False
            message = "the line went dead"
            raise Broken(message)
        return landed


class Here:
    """Reads in this very process: what is hostile to a reader is tested elsewhere."""

    def __init__(self, border: Border) -> None:
        """Believe the servers of our own border."""
        self.border = border

    async def read_many(self, raws: Sequence[bytes]) -> list[Message | Unreadable]:
        """Read messages."""
        return [read(raw, self.border) for raw in raws]


class Room:
    """One office on one mailbox, step by step: `sweep` as the watch does, `look` as the second connection does."""

    def __init__(self, dovecot: Dovecot, folder: Path) -> None:
        """Write the office; `begin` connects it."""
        self.dovecot, self.user = dovecot, dovecot.new_user()
        settings = dovecot.imap(self.user)
        nowhere = SmtpSettings("127.0.0.1", 1, "none")
        self.made = write_office(folder / "office", settings, nowhere, shipped=False)
        self.store = open_store(self.made.office.database)
        self.clock = SystemClock()
        key = b"an invented key, thirty-two long"
        self.office = Office(self.made, self.store, *shipped_set(), snapshot=(), message_id_key=key)
        self.inbox, self.side = Torn(settings), Torn(settings)
        self.reader = Here(self.made.border)
        self.moves = Moves(self.office, self.side, self.clock)
        self.wire = imaplib.IMAP4("127.0.0.1", dovecot.port)

    async def begin(self) -> None:
        """Connect, and make first contact."""
        for one in (self.inbox, self.side):
            await one.connect()
        self.wire.login(self.user, PASSWORD)
        await self.sweep()
        await self.look()

    async def close(self) -> None:
        """End everything."""
        await asyncio.gather(*(one.close() for one in (self.inbox, self.side)))
        self.store.close()
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            self.wire.logout()

    async def sweep(self) -> int:
        """Take what is new in the inbox the whole way."""
        selected = await self.inbox.select("INBOX")
        return await intake.sweep(self.office, self.inbox, selected, self.reader, self.clock)

    async def look(self, times: int = 1) -> None:
        """Look over the mailbox."""
        for _ in range(times):
            await self.moves.look()

    async def again(self) -> None:
        """Look and sweep until everything that may follow has followed: nothing more may come of it."""
        for _ in range(3):
            await self.moves.look()
            await self.sweep()

    async def arrive(self, name: str, text: str = WORRY, sender: str = ADA) -> str:
        """Have a message come in and be filed."""
        message_id = self.deliver(name, text, sender)
        await self.sweep()
        return message_id

    def deliver(self, name: str, text: str = WORRY, sender: str = ADA) -> str:
        """Have a message come in."""
        message_id = f"<{name}@mail.example.org>"
        self.dovecot.deliver(self.user, mail(sender, f"About {name}", text, message_id=message_id))
        return message_id

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the office's file."""
        return list(self.store.db.execute(sql, values))

    def of(self, message_id: str, columns: str = "class, folder, lies_in") -> tuple[Any, ...]:
        """Return what the ledger says of a message."""
        [found] = self.rows(f"SELECT {columns} FROM messages WHERE message_id = ? AND duplicate_of IS NULL", message_id)
        return found

    def corrections(self) -> int:
        """Return how often a person was understood to correct."""
        return int(self.rows("SELECT count(*) FROM acts WHERE kind = 'corrected'")[0][0])

    def uids(self, folder: str, message_id: str) -> list[str]:
        """Open a folder as she does, and find a message."""
        if self.wire.select(f'"{folder}"')[0] != "OK":
            return []
        [found] = self.wire.uid("SEARCH", "HEADER", "Message-ID", message_id, "UNDELETED")[1]
        return str(found.decode()).split()

    def where(self, message_id: str, *folders: str) -> list[str]:
        """Return in which of some folders a message lies, once for each copy."""
        return [folder for folder in folders for _ in self.uids(folder, message_id)]

    def copy(self, message_id: str, source: str, target: str) -> None:
        """Copy a message with her mail program."""
        self.wire.create(f'"{target}"')
        self.wire.subscribe(f'"{target}"')
        [uid, *_] = self.uids(source, message_id)
        assert self.wire.uid("COPY", uid, f'"{target}"')[0] == "OK"

    def remove(self, message_id: str, source: str, *, expunge: bool = True) -> None:
        """Delete a message with her mail program."""
        [uid, *_] = self.uids(source, message_id)
        self.wire.uid("STORE", uid, "+FLAGS", "(\\Deleted)")
        if expunge:
            self.wire.expunge()

    def drag(self, message_id: str, source: str, target: str, *, expunge: bool = True) -> None:
        """Move a message as mail programs do: copy, then remove."""
        self.copy(message_id, source, target)
        self.remove(message_id, source, expunge=expunge)


@pytest.fixture(params=KINDS, scope="module")
def any_server(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    needed("dovecot", "openssl")
    with contextlib.closing(Dovecot(KINDS[request.param])) as server:
        yield server


@pytest.fixture
async def rich(dovecot: Dovecot, tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(dovecot, tmp_path)
    await made.begin()
    yield made
    await made.close()


@pytest.fixture
async def room(any_server: Dovecot, tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(any_server, tmp_path)
    await made.begin()
    yield made
    await made.close()


async def test_a_drag_is_a_correction_on_any_server_and_our_own_moves_are_not(room: Room):
    names = [await room.arrive(f"worry{n}", f"{WORRY} Number {n}.") for n in range(12)]
    await room.again()
    assert room.corrections() == 0
    room.drag(names[3], "Concerns", "Media")
    room.drag(names[5], "Concerns", "Media", expunge=False)
    await room.again()

    assert room.corrections() == 2
    assert room.of(names[3]) == room.of(names[5]) == ("media", "Media", "Media")
    assert {room.of(name)[0] for name in names} == {"concern", "media"}
    assert len(room.rows("SELECT 1 FROM outbox WHERE template = 'notice/moved'")) == 1


async def test_an_undo_and_a_command_are_carried_out_on_any_server(room: Room):
    worry = await room.arrive("worry")
    room.drag(worry, "Concerns", "Media")
    await room.again()
    with room.store.immediate() as db:
        undo(room.office, db, room.clock.now(), "robin", message=1)
    await room.again()
    assert room.where(worry, "INBOX", "Concerns", "Media") == ["Concerns"]
    assert room.of(worry) == ("concern", "Concerns", "Concerns")
    with room.store.immediate() as db:
        reclassify(room.office, db, room.clock.now(), 1, "", "robin", "by mail")
    await room.again()
    assert room.where(worry, "INBOX", "Concerns", "Media") == ["INBOX"]
    assert room.of(worry) == ("", "", "INBOX")
    with room.store.immediate() as db:
        reclassify(room.office, db, room.clock.now(), 1, "rights", "robin", "by mail")
    await room.again()

    assert room.where(worry, "INBOX", "Concerns", "Rights") == ["Rights"]
    assert room.of(worry) == ("rights", "Rights", "Rights")
    assert room.corrections() == 3
    assert len(room.rows("SELECT 1 FROM messages WHERE duplicate_of IS NULL")) == 1


@pytest.mark.parametrize("look_first", [True, False])
async def test_a_move_of_ours_that_a_crash_kept_from_the_record_is_ours(room: Room, look_first: bool):
    worry = room.deliver("worry")
    room.inbox.torn = True
    with pytest.raises(Broken):
        await room.sweep()
    assert room.where(worry, "Concerns") == ["Concerns"]
    if look_first:
        await room.look()
    await room.again()

    assert room.corrections() == 0
    assert room.of(worry, "class, lies_in, state") == ("concern", "Concerns", "filed")
    assert room.of(worry, "lies_uid") != (None,)
    assert room.where(worry, "INBOX", "Concerns") == ["Concerns"]


async def test_a_move_of_ours_lost_by_a_crash_is_ours_also_where_something_else_is_wanted_since(room: Room):
    worry = room.deliver("worry")
    room.inbox.torn = True
    with pytest.raises(Broken):
        await room.sweep()
    with room.store.immediate() as db:
        reclassify(room.office, db, room.clock.now(), 1, "media", "robin", "by mail")
    await room.again()

    assert room.corrections() == 1, "her command, and nothing else"
    assert room.of(worry) == ("media", "Media", "Media")
    assert room.where(worry, "INBOX", "Concerns", "Media") == ["Media"]


async def test_a_move_back_that_a_crash_kept_from_the_record_is_ours(room: Room):
    worry = await room.arrive("worry")
    await room.look()
    for class_, folder in (("media", "Media"), ("", "INBOX"), ("rights", "Rights")):
        with room.store.immediate() as db:
            reclassify(room.office, db, room.clock.now(), 1, class_, "robin", "by mail")
        room.side.torn = True
        with pytest.raises(Broken):
            await room.look()
        await room.again()
        assert room.of(worry, "class, lies_in") == (class_, folder)
        assert room.where(worry, "INBOX", "Concerns", "Media", "Rights") == [folder]

    assert room.corrections() == 3


async def test_what_was_wanted_elsewhere_before_it_was_filed_may_still_be_dragged_there_later(rich: Room):
    rich.deliver("worry")
    selected = await rich.inbox.select("INBOX")
    await intake.fetch_new(rich.office, rich.inbox, selected, rich.clock, lambda: None)
    await intake.decide_waiting(rich.office, rich.reader, rich.clock)
    with rich.store.immediate() as db:
        reclassify(rich.office, db, rich.clock.now(), 1, "", "robin", "by mail")
    await rich.again()
    assert rich.of("<worry@mail.example.org>") == ("", "", None)
    rich.drag("<worry@mail.example.org>", "INBOX", "Concerns")
    await rich.again()

    assert rich.of("<worry@mail.example.org>") == ("concern", "Concerns", "Concerns")


async def test_a_copy_is_no_move_until_the_first_is_removed(room: Room):
    worry = await room.arrive("worry")
    await room.look()
    room.copy(worry, "Concerns", "Media")
    await room.again()
    assert room.of(worry) == ("concern", "Concerns", "Concerns")
    room.remove(worry, "Concerns")
    await room.again()

    assert room.of(worry) == ("media", "Media", "Media")
    assert room.rows("SELECT 1 FROM copies") == []


async def test_what_comes_back_into_the_inbox_is_not_that_and_is_not_decided_anew(room: Room):
    worry = await room.arrive("worry")
    await room.look()
    for _ in range(2):
        room.drag(worry, "Concerns", "INBOX")
        await room.sweep()
        await room.again()
        assert room.of(worry) == ("", "", "INBOX")
        assert room.where(worry, "INBOX", "Concerns") == ["INBOX"]
        room.drag(worry, "INBOX", "Concerns")
        await room.again()
        assert room.of(worry) == ("concern", "Concerns", "Concerns")

    assert room.corrections() == 4
    assert len(room.rows("SELECT 1 FROM messages WHERE duplicate_of IS NULL")) == 1
    assert len(room.rows("SELECT 1 FROM outbox WHERE kind = 'ack'")) == 1, "nobody is answered again"


async def test_a_mail_that_comes_again_is_filed_with_the_first(room: Room):
    worry = await room.arrive("worry")
    room.copy(worry, "Concerns", "INBOX")
    await room.sweep()
    await room.again()

    assert room.where(worry, "INBOX", "Concerns") == ["Concerns", "Concerns"]
    assert room.corrections() == 0


async def test_a_mail_that_comes_again_after_she_has_deleted_the_first_is_not_moved_back(rich: Room):
    worry = await rich.arrive("worry")
    await rich.look()
    rich.remove(worry, "Concerns")
    await asyncio.sleep(1.1)  # servers tell times in whole seconds
    again = mail(ADA, "About worry", WORRY, message_id=worry, headers={"X-Way": "by another server"})
    date = rich.store.db.execute("SELECT claimed_date FROM messages").fetchone()[0]
    again = re.sub(rb"(?m)^Date: .*$", f"Date: {format_datetime(datetime.fromisoformat(date))}".encode(), again)
    rich.dovecot.deliver(rich.user, again)
    await rich.sweep()
    await rich.again()

    assert rich.rows("SELECT duplicate_of FROM messages WHERE id = 2") == [(1,)]
    assert rich.corrections() == 0
    assert rich.of(worry, "class") == ("concern",)
    assert rich.where(worry, "INBOX", "Concerns") == ["Concerns"]


async def test_mail_that_was_thrown_away_put_away_or_taken_out_again_teaches_nothing(rich: Room):
    worry = await rich.arrive("worry")
    await rich.look()
    before = "Concerns"
    for folder in ("Trash", "Archive/2026", "Papierkorb", "INBOX", "Éléments supprimés"):
        if not folder.isascii():
            await rich.side.ensure_folder(folder)
            await rich.side.select(before)
            await rich.side.move([int(uid) for uid in rich.uids(before, worry)], folder)
        else:
            rich.drag(worry, before, folder)
        await rich.again()
        assert rich.of(worry, "class, lies_in") == ("concern", folder)
        before = folder

    assert rich.corrections() == 0
    assert rich.rows("SELECT 1 FROM confirmed") == []
    assert rich.rows("SELECT 1 FROM outbox WHERE template = 'notice/moved'") == []
    assert rich.rows("SELECT final FROM cases") == [(0,)]


async def test_a_folder_the_server_marks_for_rubbish_teaches_nothing_whatever_its_name(tmp_path: Path):
    needed("dovecot", "openssl")
    with contextlib.closing(Dovecot()) as server:
        config = server.home / "dovecot.conf"
        marked = "namespace inbox {\n  mailbox Media {\n    special_use = \\Trash\n    auto = create\n  }\n"
        config.write_text(config.read_text().replace("namespace inbox {\n", marked))
        server.restart()
        room = Room(server, tmp_path)
        await room.begin()
        worry = await room.arrive("worry")
        room.drag(worry, "Concerns", "Media")
        await room.again()

        assert room.of(worry) == ("concern", "Media", "Media")
        await room.close()


async def test_a_folder_of_her_own_says_nothing_and_mail_we_do_not_know_is_left_alone(rich: Room):
    worry = await rich.arrive("worry")
    rich.drag(worry, "Concerns", "My own/Later")
    stranger = mail(ADA, "Not through us", WORRY, message_id="<elsewhere@mail.example.org>")
    rich.wire.create("Media")
    rich.wire.append("Media", "", imaplib.Time2Internaldate(time.time()), stranger)
    await rich.again()

    assert rich.of(worry) == ("concern", "My own/Later", "My own/Later")
    assert rich.rows("SELECT count(*) FROM messages") == [(1,)]
    assert rich.corrections() == 0
    assert rich.where("<elsewhere@mail.example.org>", "Media") == ["Media"]


async def test_a_renamed_folder_is_the_same_folder(rich: Room):
    worry = await rich.arrive("worry")
    await rich.look()
    rich.wire.select("INBOX")
    assert rich.wire.rename("Concerns", "Worries")[0] == "OK"
    await rich.again()
    assert rich.of(worry) == ("concern", "Worries", "Worries")
    rich.drag(worry, "Worries", "Media")
    await rich.again()

    assert rich.of(worry) == ("media", "Media", "Media")
    assert rich.corrections() == 1


async def test_a_renumbered_folder_is_no_move(room: Room):
    names = [await room.arrive(f"worry{n}", f"{WORRY} Number {n}.") for n in range(5)]
    room.drag(names[0], "Concerns", "Media")
    await room.again()
    before = room.rows("SELECT uidvalidity FROM folders WHERE name = 'Concerns'")
    room.wire.logout()
    room.dovecot.stop()
    await asyncio.sleep(2)  # a UIDVALIDITY is the time in seconds
    for folder in (".Concerns", ".Media", ""):
        for path in (room.dovecot.maildir(room.user) / folder).glob("dovecot*"):
            path.unlink()
    room.dovecot.start()
    room.wire = imaplib.IMAP4("127.0.0.1", room.dovecot.port)
    room.wire.login(room.user, PASSWORD)
    for one in (room.inbox, room.side):
        await one.connect()
    await room.again()
    assert room.rows("SELECT uidvalidity FROM folders WHERE name = 'Concerns'") != before
    assert room.corrections() == 1
    room.drag(names[1], "Concerns", "Rights")
    await room.again()

    assert room.corrections() == 2
    assert room.of(names[1]) == ("rights", "Rights", "Rights")


async def test_a_renumbered_inbox_is_no_move_back(room: Room):
    odd = await room.arrive("odd", "The kettle in the hall is broken.")
    worry = await room.arrive("worry")
    await room.look()
    room.wire.logout()
    room.dovecot.stop()
    await asyncio.sleep(2)
    for path in room.dovecot.maildir(room.user).glob("dovecot*"):
        path.unlink()
    room.dovecot.start()
    room.wire = imaplib.IMAP4("127.0.0.1", room.dovecot.port)
    room.wire.login(room.user, PASSWORD)
    for one in (room.inbox, room.side):
        await one.connect()
    await room.again()
    assert room.corrections() == 0
    room.drag(odd, "INBOX", "Media")
    await room.again()

    assert room.of(odd) == ("media", "Media", "Media")
    assert room.of(worry) == ("concern", "Concerns", "Concerns")


async def test_danger_is_never_lowered_and_she_is_told(rich: Room):
    danger = await rich.arrive("danger", KNIFE)
    assert rich.of(danger, "class") == ("danger",)
    rich.drag(danger, "Danger", "Noise")
    await rich.again()

    assert rich.of(danger) == ("danger", "Noise", "Noise")
    assert rich.rows("SELECT final FROM cases") == [(0,)]
    [(told,)] = rich.rows("SELECT mime FROM mails WHERE template = 'notice/moved'")
    assert b"only a person closes" in told


async def test_where_a_folder_holds_several_kinds_she_is_asked_which(rich: Room):
    odd = await rich.arrive("odd", "Qwx vbn.")
    assert rich.of(odd, "class") == ("",)
    rich.drag(odd, "INBOX", "Vetting")
    await rich.again()
    found = rich.of(odd)

    if found[0]:
        assert found[0] in {"vet.unit", "vet.member"}
    else:
        assert found == ("", "Vetting", "Vetting")
        [(told,)] = rich.rows("SELECT mime FROM mails WHERE template = 'notice/moved'")
        assert b"CLASS vet.member #1" in told


async def test_mails_that_share_a_message_id_or_have_none_are_told_apart_by_their_bytes(rich: Room):
    same = "<same@mail.example.org>"
    for number in range(2):
        raw = mail(ADA, f"Number {number}", f"{WORRY} {number}{number}", message_id=same)
        rich.dovecot.deliver(rich.user, raw)
    for number in range(2):
        raw = mail(ADA, f"No name {number}", f"{WORRY} {number}").replace(b"Message-ID:", b"X-Old-Id:")
        rich.dovecot.deliver(rich.user, raw)
    await rich.sweep()
    await rich.look()
    rich.wire.select("Concerns")
    for subject in ("Number 1", "No name 0"):
        [uid] = rich.wire.uid("SEARCH", "SUBJECT", f'"{subject}"')[1][0].split()
        rich.wire.create("Media")
        rich.wire.uid("COPY", uid.decode(), "Media")
        rich.wire.uid("STORE", uid.decode(), "+FLAGS", "(\\Deleted)")
    rich.wire.expunge()
    await rich.again()

    media = rich.rows("SELECT subject FROM messages WHERE class = 'media' ORDER BY id")
    assert [subject for (subject,) in media] == ["Number 1", "No name 0"]
    assert rich.corrections() == 2


async def test_what_she_moves_while_it_waits_to_be_filed_stays_where_she_puts_it(rich: Room):
    rich.deliver("worry")
    selected = await rich.inbox.select("INBOX")
    await intake.fetch_new(rich.office, rich.inbox, selected, rich.clock, lambda: None)
    rich.drag("<worry@mail.example.org>", "INBOX", "Media")
    await rich.look(2)
    assert rich.corrections() == 0, "it has not been read yet"
    await rich.sweep()
    await rich.again()

    assert rich.of("<worry@mail.example.org>") == ("media", "Media", "Media")
    assert rich.where("<worry@mail.example.org>", "INBOX", "Concerns", "Media") == ["Media"]


async def test_a_folder_that_cannot_be_had_is_an_alarm_and_holds_nothing_up(rich: Room):
    worry, other = await rich.arrive("worry"), await rich.arrive("other", f"{WORRY} Again.")
    await rich.look()
    with rich.store.immediate() as db:
        db.execute("UPDATE messages SET folder = ? WHERE id = 1", ("x" * 300,))
        reclassify(rich.office, db, rich.clock.now(), 2, "media", "robin", "by mail")
    await rich.again()

    assert rich.of(other) == ("media", "Media", "Media")
    assert rich.of(worry, "lies_in") == ("Concerns",)
    assert rich.where(worry, "Concerns") == ["Concerns"]
    assert len(rich.rows("SELECT 1 FROM alarms WHERE key LIKE 'folder:xxx%' AND cleared_at IS NULL")) == 1


async def test_a_message_that_is_gone_is_given_up(rich: Room):
    worry = await rich.arrive("worry")
    await rich.look()
    rich.remove(worry, "Concerns")
    with rich.store.immediate() as db:
        reclassify(rich.office, db, rich.clock.now(), 1, "media", "robin", "by mail")
    await rich.again()

    assert places.misplaced(rich.store.db, 10) == []
    assert any("in neither any more" in words for (words,) in rich.rows("SELECT words FROM journal"))


async def test_what_lay_in_the_folders_before_us_is_no_move(dovecot: Dovecot, tmp_path: Path):
    room = Room(dovecot, tmp_path)
    raw = mail(ADA, "About worry", WORRY, message_id="<worry@mail.example.org>")
    dovecot.deliver(room.user, raw)
    room.wire.login(room.user, PASSWORD)
    room.wire.create("Media")
    room.wire.append("Media", "", imaplib.Time2Internaldate(time.time()), raw)
    for one in (room.inbox, room.side):
        await one.connect()
    await room.sweep()
    await room.again()

    assert room.corrections() == 0
    assert room.rows("SELECT 1 FROM copies") == []
    await room.close()


async def test_a_poll_in_which_nothing_has_moved_asks_few_questions(room: Room):
    named = filing.folders(room.office.rules)
    for name in (*named, *(f"Her own/{n}" for n in range(30 - len(named)))):
        await room.side.ensure_folder(name)
    await room.arrive("worry")
    await room.look(3)
    before, began = commands(room.side), time.monotonic()
    await room.look(10)
    asked, took = commands(room.side) - before, time.monotonic() - began
    print(f"a poll of {len(await room.side.folders())} folders: {asked / 10:g} commands, {took * 100:.1f} ms")

    assert asked == 10 * (1 if "LIST-STATUS" in room.side.capabilities else 1 + 30)


def commands(side: Mailbox) -> int:
    """Return how many commands a connection has sent: the library numbers them."""
    return int(side._client._imap.tagnum)
