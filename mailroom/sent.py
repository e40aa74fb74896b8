"""The Sent folder: what a person sent from our mailbox with a mail program is brought into the ledger.

What was there at first contact stays unread: it is history, and nobody waits for it. Our own copies are known by
their Message-IDs and left alone; each has its row in the outbox.
"""

import asyncio
import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol

from sqlite_utils import Database

from mailroom import delivery, intake
from mailroom.clock import Clock, moment, stamp
from mailroom.intake import MIB
from mailroom.office.office import Office
from mailroom.store import journal, mailboxes, messages, outbox, settings, tasks
from mailroom.store.mailboxes import Watched
from mailroom.store.messages import Arrived, Packed
from mailroom.transport.imap import Fetched, Selected, batches

SINCE = "sent_watched_since"
_HEADERS = 1 << 16
_MESSAGE_ID = re.compile(rb"(?im)^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{1,900}>)")


class Side(intake.Inbox, Protocol):
    """What is needed of the second connection, on which no folder is kept open."""

    async def status(self, folder: str) -> Selected:
        """Look at a folder that is not open."""

    async def select(self, folder: str) -> Selected:
        """Open a folder."""


async def look(office: Office, side: Side, clock: Clock, own: Collection[int] = ()) -> int:
    """Bring what is new in Sent into the ledger, and return how many messages that were.

    `own`: UIDs under which we have just filed copies of our own. They wait to be decided with the inbox's.
    """
    folder, db = office.config.imap.sent, office.store.db
    found, watched = await side.status(folder), mailboxes.find(db, folder)
    if watched is None:
        _first_contact(office, folder, found, clock.now())
        return 0
    if watched.uidvalidity == found.uidvalidity and watched.last_uid >= found.uidnext - 1:
        return 0
    selected = await side.select(folder)
    intake.notice_renumbering(office, folder, selected, clock.now())
    watched = mailboxes.find(db, folder) or watched
    taken = await _fetch(office, side, watched, clock, own)
    with office.store.immediate() as db:
        mailboxes.seen_up_to(db, folder, selected.uidnext - 1)
    # STATUS is not for the folder that is open (RFC 9051 section 6.3.11), so that it is not this one.
    await side.select(office.config.imap.inbox)
    return taken


def _first_contact(office: Office, folder: str, found: Selected, now: datetime) -> None:
    with office.store.immediate() as db:
        mailboxes.first_contact(db, folder, found.uidvalidity, found.uidnext)
        mailboxes.seen_up_to(db, folder, found.uidnext - 1)
        settings.put(db, SINCE, stamp(now))
        journal.write(db, now, "imported", f"First contact with {folder}: what was sent before is not looked at.")


async def _fetch(office: Office, side: Side, watched: Watched, clock: Clock, own: Collection[int]) -> int:
    limits, taken = office.config.limits, 0
    uids = [uid for uid in await side.new_uids(watched.last_uid) if uid not in own]
    sizes = {**dict.fromkeys(uids, 0), **await side.sizes(uids)} if uids else {}
    too_large = {uid for uid, size in sizes.items() if size > limits.message_mib * MIB}
    for batch in batches(
        {uid: 0 if uid in too_large else size for uid, size in sorted(sizes.items())},
        max_bytes=limits.batch_mib * MIB,
        max_count=limits.batch_messages,
    ):
        fetched, withheld = await intake.fetch_what_can_be(side, [uid for uid in batch if uid not in too_large])
        for one in fetched:
            delivery.found_in_sent(office, _message_id(one.raw), clock.now())
        fetched = _by_hand(office, fetched, watched)
        packed = await asyncio.to_thread(lambda these: [Packed.of(one.raw) for one in these], fetched)
        unread = [uid for uid in batch if uid in too_large or uid in withheld]
        with office.store.immediate() as db:
            for one, content in zip(fetched, packed, strict=True):
                _receive(db, watched, one, content, clock.now())
            for uid in unread:
                _receive_unread(db, watched, uid, sizes[uid], clock.now())
            mailboxes.seen_up_to(db, watched.name, max(batch))
        taken += len(fetched)
    return taken


def _by_hand(office: Office, fetched: Iterable[Fetched], watched: Watched) -> list[Fetched]:
    """Leave out our own copies, and in a folder that was renumbered what had been there at first contact."""
    db = office.store.db
    since = settings.get(db, SINCE) if watched.history_below == 0 else ""
    return [
        one
        for one in fetched
        if not (since and one.received_at < moment(since)) and not outbox.is_ours(db, _message_id(one.raw))
    ]


def _message_id(raw: bytes) -> str:
    head = raw[:_HEADERS].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    found = _MESSAGE_ID.search(head)
    return found[1].decode("ascii", "replace") if found else ""


def _receive(db: Database, watched: Watched, one: Fetched, content: Packed, now: datetime) -> None:
    arrived = Arrived(
        watched.name, watched.uidvalidity, one.uid, one.received_at, len(one.raw), content, direction="out"
    )
    messages.receive(db, arrived, now, history=False)


def _receive_unread(db: Database, watched: Watched, uid: int, size: int, now: datetime) -> None:
    arrived = Arrived(watched.name, watched.uidvalidity, uid, now, size, None, direction="out")
    row = messages.receive(db, arrived, now, history=False, reason="not fetched from Sent")
    if row is not None:
        messages.filed(db, [row], now)
        words = f"#{row}, which you sent, could not be fetched from {watched.name}. Which case does it belong to?"
        tasks.add(db, f"unreadable:{row}", "coordinator", words, now, message=row)
