"""The straight path of an inbound message: fetch, receive, understand, place, decide, commit, file.

Stored before it is understood, understood before it is answered, answered before it is filed. Each
step ends in a committed row, so a crash anywhere replays a whole step or none of it.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Protocol

from sqlite_utils import Database

from mailroom.clock import Clock, stamp
from mailroom.errors import MailroomError, Permanent, StoreBusy, StoreFault, Temporary, Unreadable
from mailroom.message import Message, read
from mailroom.office import changes
from mailroom.office.office import Office
from mailroom.office.sent import take_sent
from mailroom.office.take import take
from mailroom.store import alarms, journal, mailboxes, messages, places, settings, tasks
from mailroom.store.mailboxes import Watched
from mailroom.store.messages import Arrived, Packed, Waiting
from mailroom.transport.imap import Fetched, Landed, Selected, batches
from mailroom.transport.imap_errors import Broken

MIB = 1 << 20

SIZES_AT_A_TIME = 2000
"""For how many messages sizes are asked before the first body: an old mailbox may hold a hundred thousand."""

AT_A_TIME = 128
"""About how many messages are decided before they are filed: moves are cheap only by the dozen."""

READ_AHEAD = 32
"""How many messages are handed to the reader process at a time; it reads the next while we decide one."""


class Inbox(Protocol):
    """What intake needs of a mailbox that has its folder open."""

    async def new_uids(self, after: int) -> list[int]:
        """Return the UIDs above `after`."""

    async def sizes(self, uids: Iterable[int]) -> dict[int, int]:
        """Return sizes in bytes by UID."""

    async def fetch(self, uids: Iterable[int]) -> list[Fetched]:
        """Return whole messages."""

    async def present(self, uids: Iterable[int]) -> set[int]:
        """Return which of the UIDs are still in the folder."""

    async def move(self, uids: Iterable[int], folder: str) -> Landed:
        """Move messages into a folder, and tell where they landed if the server does."""


class Reader(Protocol):
    """Turns bytes into messages in a process of its own."""

    def read_many(self, raws: Sequence[bytes]) -> Coroutine[None, None, list[Message | Unreadable]]:
        """Return a Message for each, or why it could not be read."""


async def sweep(
    office: Office,
    inbox: Inbox,
    selected: Selected,
    reader: Reader,
    clock: Clock,
    done: Callable[[], Awaitable[None]] | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Take everything new in the open folder the whole way, and return how many messages were decided.

    Once `stopping` says so, it ends after the message at hand; the rest waits in the ledger or on the server.

    Fetching runs ahead of deciding: mail is safe in the ledger as soon as the server can give it.
    `done` is awaited whenever some were decided and filed, so that answers leave while a backlog is read.
    """
    notice_renumbering(office, office.config.imap.inbox, selected, clock.now())
    news = asyncio.Event()
    fetching = asyncio.create_task(fetch_new(office, inbox, selected, clock, news.set))
    fetching.add_done_callback(lambda _: news.set())
    total = 0
    try:
        while True:
            all_here = fetching.done()
            decided = await decide_waiting(office, reader, clock, stopping)
            if stopping():
                return total + decided
            await file_decided(office, inbox, selected, clock)
            total += decided
            if decided and done is not None:
                await done()
            if all_here and not decided:
                break
            if not decided:
                await news.wait()
                news.clear()
        await fetching
    finally:
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)
    return total


def notice_renumbering(office: Office, name: str, selected: Selected, now: datetime) -> None:
    """Meet a folder for the first time, or notice that the server renumbered it (RFC 3501 section 2.3.1.1).

    At first contact everything below UIDNEXT is history: imported, never answered. After a renumbering
    every message comes again under a new UID; its bytes tell that it is known, so nothing is answered twice.
    """
    with office.store.immediate() as db:
        watched = mailboxes.find(db, name)
        if watched is None:
            mailboxes.first_contact(db, name, selected.uidvalidity, selected.uidnext)
            words = f"First contact with {name}: what is in it already is imported and not answered."
            journal.write(db, now, "imported", words)
        elif watched.uidvalidity != selected.uidvalidity:
            mailboxes.new_validity(db, name, selected.uidvalidity)
            messages.abandon_old_uids(db, name, selected.uidvalidity, now)
            words = (
                f"The mail server has renumbered {name} (UIDVALIDITY {watched.uidvalidity} became "
                f"{selected.uidvalidity}). Every message was read again; known ones are not answered again."
            )
            alarms.sound(db, f"uidvalidity:{selected.uidvalidity}", words, now)
            journal.write(db, now, "alarm", words)


async def fetch_new(
    office: Office, inbox: Inbox, selected: Selected, clock: Clock, arrived: Callable[[], None]
) -> None:
    """Bring new messages into the ledger batch by batch, in the order of their UIDs; tells `arrived` of each."""
    name, limits = office.config.imap.inbox, office.config.limits
    watched = mailboxes.find(office.store.db, name)
    assert watched is not None  # noqa: S101 - notice_renumbering has just made it
    uids = await inbox.new_uids(watched.last_uid)
    for start in range(0, len(uids), SIZES_AT_A_TIME):
        asked = uids[start : start + SIZES_AT_A_TIME]
        sizes = {**dict.fromkeys(asked, 0), **await inbox.sizes(asked)}
        too_large = {uid for uid, size in sizes.items() if size > limits.message_mib * MIB}
        small = {uid: 0 if uid in too_large else size for uid, size in sorted(sizes.items())}
        for batch in batches(small, max_bytes=limits.batch_mib * MIB, max_count=limits.batch_messages):
            await _receive(office, inbox, selected, watched, {uid: sizes[uid] for uid in batch}, too_large, clock)
            arrived()
    with office.store.immediate() as db:
        settings.put(db, "last_read_at", stamp(clock.now()))


async def _receive(
    office: Office,
    inbox: Inbox,
    selected: Selected,
    watched: Watched,
    sizes: dict[int, int],
    too_large: set[int],
    clock: Clock,
) -> None:
    """Fetch one batch and commit it: all of it is in the ledger, or none."""
    name = office.config.imap.inbox
    batch = list(sizes)
    fetched, withheld = await fetch_what_can_be(inbox, [uid for uid in batch if uid not in too_large])
    here = await asyncio.to_thread(_packed, fetched, name, selected.uidvalidity)
    now = clock.now()
    with office.store.immediate() as db:
        for uid in batch:
            history = uid < watched.history_below
            if uid in here:
                messages.receive(db, here[uid], now, history=history)
            elif uid in too_large or uid in withheld:
                words = _why_not_here(office, sizes[uid], withheld.get(uid, ""))
                bare = Arrived(name, selected.uidvalidity, uid, now, sizes[uid], None)
                _receive_unread(db, bare, words, now, history=history)
        mailboxes.seen_up_to(db, name, max(batch))


async def fetch_what_can_be(inbox: Inbox, uids: list[int]) -> tuple[list[Fetched], dict[int, str]]:
    """Fetch messages; where the server cannot give one, say which and why, and go on with the others.

    One it leaves out of its answer without a word is asked after: it may have been moved out meanwhile.
    """
    refused: dict[int, str] = {}
    try:
        fetched = await inbox.fetch(uids) if uids else []
    except Broken:
        raise
    except (Temporary, Permanent) as error:
        if len(uids) == 1:
            return [], {uids[0]: str(error)}
        fetched = []
        for uid in uids:
            one, without = await fetch_what_can_be(inbox, [uid])
            fetched += one
            refused |= without
    missing = set(uids) - {one.uid for one in fetched} - refused.keys()
    if missing:
        refused |= dict.fromkeys(await inbox.present(missing), "it left the message out of its answer")
    return fetched, refused


def _why_not_here(office: Office, size: int, withheld: str) -> str:
    if withheld:
        return f"the mail server did not give it ({withheld})"
    return f"too large to read ({size // MIB} MiB; the limit is {office.config.limits.message_mib})"


def _packed(fetched: Iterable[Fetched], mailbox: str, uidvalidity: int) -> dict[int, Arrived]:
    return {
        one.uid: Arrived(mailbox, uidvalidity, one.uid, one.received_at, len(one.raw), Packed.of(one.raw))
        for one in fetched
    }


async def decide_waiting(
    office: Office, reader: Reader, clock: Clock, stopping: Callable[[], bool] = lambda: False
) -> int:
    """Decide messages that wait in the ledger, each in a transaction of its own; after AT_A_TIME they are filed.

    The reader process reads the next batch while this one is decided.
    """
    decided = 0
    failed: set[int] = set()
    batch, reading = _read_ahead(office, reader, failed)
    try:
        while batch and decided < AT_A_TIME:
            read = await reading
            following, reading = _read_ahead(office, reader, failed | {row.id for row in batch})
            for row, message in zip(batch, read, strict=True):
                if decide_one(office, row, message, clock.now()):
                    decided += 1
                else:
                    failed.add(row.id)
                # Let the reader be fed, and what is urgent leave, between two messages.
                await asyncio.sleep(0)
                if stopping():
                    return decided
            batch = following
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    return decided


Read = list[Message | Unreadable]


def _read_ahead(office: Office, reader: Reader, passed: set[int]) -> tuple[list[Waiting], "asyncio.Task[Read]"]:
    """Hand the next messages to the reader, few enough to hold in memory, without those in `passed`."""
    total = 0
    batch: list[Waiting] = []
    for row in messages.waiting(office.store.db, READ_AHEAD + len(passed)):
        if row.id in passed:
            continue
        total += row.size
        if batch and (total > office.config.limits.batch_mib * MIB or len(batch) == READ_AHEAD):
            break
        batch.append(row)
    return batch, asyncio.create_task(reader.read_many([messages.raw(office.store.db, row.id) for row in batch]))


def decide_one(office: Office, row: Waiting, message: Message | Unreadable, now: datetime) -> bool:
    """Decide one message and commit everything that follows from it; True when it has an outcome.

    What fails here is tried again twice and then parked for a person; the next message goes on.
    """
    try:
        with office.store.immediate() as db:
            if isinstance(message, Unreadable):
                _set_apart(db, row, str(message), now)
            elif (twin := messages.twin(db, row.id) or _same_mail(office, db, row.id, message)) is not None:
                messages.record_duplicate(db, row.id, twin, now)
                if row.direction == "out":
                    messages.filed(db, [row.id], now)
                journal.write(db, now, "duplicate", f"#{row.id} is #{twin} again: nothing was done.", message=row.id)
            elif row.direction == "out":
                take_sent(office, db, row, message, now)
            else:
                take(office, db, row, message, now)
    except (StoreBusy, StoreFault):
        raise  # a full disk or a locked file is no fault of this message's
    except Exception as error:  # noqa: BLE001 - one message must never stop the next (design, section 3)
        _failed(office, row, error, now)
        return False
    # Rules that a mail has put into force are so for the next one.
    changes.carry_out(office, now)
    return True


async def file_decided(office: Office, inbox: Inbox, selected: Selected, clock: Clock) -> int:
    """Move decided messages to their folders, whole folders at a time, and record it.

    A move that a crash cut off from its record is made again: UIDs that have gone are no error. A
    folder the server refuses stops no other, and above all no reading: its mail stays in the inbox.
    """
    name, limit = office.config.imap.inbox, office.config.limits.batch_messages
    count = 0
    refused: set[str] = set()
    while rows := messages.to_file(office.store.db, name, selected.uidvalidity, limit, without=refused):
        for folder, group in groupby(sorted(rows, key=lambda row: row.folder), key=lambda row: row.folder):
            members = list(group)
            landed = None
            try:
                if folder and folder != name:
                    landed = await inbox.move([row.uid for row in members], folder)
            except Broken:
                raise
            except (Temporary, Permanent) as error:
                refused.add(folder)
                _folder_refused(office, folder, [row.id for row in members], error, clock.now())
                continue
            with office.store.immediate() as db:
                messages.filed(db, [row.id for row in members], clock.now())
                if landed is not None:
                    uids = {row.id: landed.uids.get(row.uid, 0) for row in members}
                    places.filed(db, uids, folder, landed.uidvalidity)
                alarms.clear(db, f"folder:{folder}", clock.now())
            count += len(members)
    return count


def _folder_refused(office: Office, folder: str, rows: list[int], error: Temporary | Permanent, now: datetime) -> None:
    """Say that mail cannot be moved into a folder; where that is final, it is left in the inbox for a person."""
    words = f"Mail cannot be moved into {folder}, so it stays in the inbox: {error}"
    with office.store.immediate() as db:
        if alarms.sound(db, f"folder:{folder}", words, now):
            journal.write(db, now, "alarm", words)
            tasks.add(db, f"folder:{folder}:{rows[0]}", "coordinator", words, now)
        if isinstance(error, Permanent):
            messages.leave(db, rows, words)
            messages.filed(db, rows, now)


def _set_apart(db: Database, row: Waiting, reason: str, now: datetime) -> None:
    messages.quarantine(db, row.id, reason, now)
    if row.history:
        messages.leave(db, [row.id], reason)
        return
    journal.write(db, now, "quarantined", f"#{row.id} could not be read: {reason}.", message=row.id)
    words = f"#{row.id} could not be read ({reason}). It is in the Quarantine folder; open it there with care."
    if row.direction == "out":
        words = f"#{row.id}, which you sent, could not be read ({reason}). Please say which case it belongs to."
        messages.filed(db, [row.id], now)
    tasks.add(db, f"unreadable:{row.id}", "coordinator", words, now, message=row.id)


def _same_mail(office: Office, db: Database, row: int, message: Message) -> int | None:
    """Return an earlier message that says the very same, though its bytes differ.

    One mail comes twice, directly and through a list or a forwarder, and some servers render a mail
    anew each time it is fetched. The Message-ID alone is no proof: different mails share one.
    """
    for earlier in messages.of_message_id(db, message.message_id, message.sender.address, before=row):
        try:
            known = read(messages.raw(db, earlier), office.config.border)
        except LookupError:
            continue
        if (known.subject, known.date, known.new_text) == (message.subject, message.date, message.new_text):
            return earlier
    return None


def _receive_unread(db: Database, arrived: Arrived, reason: str, now: datetime, *, history: bool) -> None:
    """Enter a message in the ledger whose bytes we do not have; a person looks at it in the mail program.

    What was there before us stays where it is, and nobody is asked about it.
    """
    row = messages.receive(db, arrived, now, history=history, reason=reason)
    if row is not None and not history:
        words = f"#{row} could not be read: {reason}. It is in the Quarantine folder; open it there with care."
        journal.write(db, now, "quarantined", words, message=row)
        tasks.add(db, f"unreadable:{row}", "coordinator", words, now, message=row)


def _failed(office: Office, row: Waiting, error: Exception, now: datetime) -> None:
    # Not the exception's own words: they may quote the message, and this is read on lock screens.
    where = traceback.extract_tb(error.__traceback__)[-1]
    said = str(error) if isinstance(error, MailroomError) else type(error).__name__
    reason = f"{said} at {where.filename.rpartition('/')[2]}:{where.lineno}"
    with office.store.immediate() as db:
        if messages.record_failure(db, row.id, reason[:500]):
            journal.write(
                db, now, "stuck", f"#{row.id} is parked after {messages.TRIES} tries: {reason[:200]}", message=row.id
            )
            lies = "in Sent" if row.direction == "out" else "still in the inbox"
            words = f"#{row.id} could not be decided and is {lies}. Please read it there."
            tasks.add(db, f"stuck:{row.id}", "coordinator", words, now, message=row.id)
