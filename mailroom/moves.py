"""Who moves what between folders: a person's move is a correction, ours is carried out and recorded.

Every poll asks how each folder stands; only where UIDs have been given out since is anything fetched, and of those
only Message-ID and size. What lies elsewhere than we have put it, and no longer where it lay, was moved by somebody.
Nothing is decided by flags, dates or order. All that a poll has found is committed in one transaction.
"""

import contextlib
import hashlib
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlite_utils import Database

from mailroom.clock import Clock, stamp
from mailroom.errors import Permanent, Temporary
from mailroom.intake import MIB
from mailroom.office import moved, proposals
from mailroom.office.moved import ByHand
from mailroom.office.office import Office
from mailroom.office.put_away import VIEWS, is_put_away
from mailroom.office.whose import Findings, likely, same_bytes
from mailroom.rules import filing
from mailroom.store import alarms, journal, places, settings, tasks
from mailroom.store.places import Folder, Lying, Spot
from mailroom.transport.imap import Fetched, Glance, Landed, Listed, Selected
from mailroom.transport.imap_errors import Broken

log = logging.getLogger("mailroom")

SINCE: Final = "places_watched_since"
AT_A_TIME: Final = 500
"""New messages looked at in one poll; of a folder that is new or renumbered the rest follows at the next."""
COPY_OR_MOVE: Final = timedelta(hours=1)
"""A mail program that moves by copying first has removed the first by then; after that a copy is a copy."""
OTHERS_A_POLL: Final = 10
"""Folders no rule names that are asked after in one poll, in turn, where the server does not tell of all at once."""
OURS: Final = ("Quarantine", "Restricted", "Bin")


class Side(Protocol):
    """What is needed of the second connection."""

    async def folders(self, known: Iterable[str]) -> list[Listed]:
        """Return every folder."""

    async def status(self, folder: str) -> Selected:
        """Look at a folder that is not open."""

    async def select(self, folder: str) -> Selected:
        """Open a folder."""

    async def new_uids(self, after: int) -> list[int]:
        """Return the UIDs above `after`."""

    async def glance(self, uids: Iterable[int]) -> list[Glance]:
        """Return Message-ID and size."""

    async def fetch(self, uids: Iterable[int]) -> list[Fetched]:
        """Return whole messages."""

    async def present(self, uids: Iterable[int]) -> set[int]:
        """Return which of the UIDs are still in the folder."""

    async def with_message_id(self, message_id: str) -> list[int]:
        """Return the UIDs that bear a Message-ID."""

    async def move(self, uids: Iterable[int], folder: str) -> Landed:
        """Move messages into a folder."""


class Moves:
    """Keeps in mind which folders were asked after last; everything else is in rows."""

    def __init__(self, office: Office, side: Side, clock: Clock, news: Callable[[], None] = lambda: None) -> None:
        """Look over the mailbox of `office` on the second connection; `news`: others have something to do."""
        self._office = office
        self._side = side
        self._clock = clock
        self._news = news
        self._listed: dict[str, Listed] = {}
        self._turn = 0
        self._strayed = False

    async def look(self) -> bool:
        """Look over the mailbox once; True when there is mail to send or to file because of it."""
        standing, all_told = await self._survey()
        db = self._office.store.db
        if not settings.get(db, SINCE):
            self._first_contact(standing)
            return False
        found = Findings()
        renamed = await self._look_over(standing, found, all_told=all_told)
        await self._look_at_copies(found)
        await self._look_at_twins(found)
        found.settled = await self._still_there(places.in_doubt(db))
        if renamed or found != Findings():
            with self._office.store.immediate() as db:
                self._commit(db, found, renamed)
        moved_some = bool(found.second or found.hers)
        if moved_some:
            self._news()  # at once: what comes next may fail, and nothing would tell of these again
        await self._carry_out()
        if self._strayed:
            # STATUS is not for the folder that is open (RFC 9051 section 6.3.11), and the inbox is asked otherwise.
            await self._open(self._office.config.imap.inbox)
            self._strayed = False
        proposed = proposals.consider(self._office, self._clock.now())
        if proposed:
            self._news()
        return moved_some or bool(proposed)

    async def _open(self, folder: str) -> Selected:
        self._strayed = True
        return await self._side.select(folder)

    async def _survey(self) -> tuple[dict[str, Selected], bool]:
        """Ask how the folders stand, and say whether all of them were asked."""
        db = self._office.store.db
        named = {*filing.folders(self._office.rules), *OURS}
        found = await self._side.folders({*named, *places.folders(db)})
        self._listed = {one.name: one for one in found if not self._passed_over(one)}
        standing = {name: one.standing for name, one in self._listed.items() if one.standing is not None}
        if standing:
            return standing, True
        for name in self._in_turn(named) if settings.get(db, SINCE) else self._listed:
            with contextlib.suppress(Permanent):  # it has gone since
                standing[name] = await self._side.status(name)
        return standing, False

    def _in_turn(self, named: Collection[str]) -> list[str]:
        """Return the folders that rules name, and some of the others."""
        others = sorted(self._listed.keys() - named)
        asked = [others[(self._turn + n) % len(others)] for n in range(min(OTHERS_A_POLL, len(others)))]
        self._turn += OTHERS_A_POLL
        return [name for name in self._listed if name in named] + asked

    def _passed_over(self, one: Listed) -> bool:
        imap = self._office.config.imap
        return one.name in {imap.inbox, imap.sent} or bool(one.flags & VIEWS)

    def _first_contact(self, standing: Mapping[str, Selected]) -> None:
        """Begin: what lies in the folders already is not looked at."""
        now = self._clock.now()
        with self._office.store.immediate() as db:
            for name, one in standing.items():
                places.looked(db, Folder(name, one.uidvalidity, one.uidnext))
            settings.put(db, SINCE, stamp(now))

    async def _look_over(
        self, standing: Mapping[str, Selected], found: Findings, *, all_told: bool
    ) -> list[tuple[str, Folder]]:
        """Look into every folder that has given out UIDs since; return those that only have another name now."""
        seen = places.folders(self._office.store.db)
        gone = {name: one for name, one in seen.items() if all_told and name not in standing}
        renamed, room = [], AT_A_TIME
        for name, now in standing.items():
            before = seen.get(name)
            if before and before.uidvalidity == now.uidvalidity and before.looked_below >= now.uidnext:
                continue
            old = next((one for one in gone.values() if one.uidvalidity == now.uidvalidity), None)
            if before is None and old is not None and old.looked_below <= now.uidnext:
                renamed.append((old.name, Folder(name, now.uidvalidity, old.looked_below)))
                del gone[old.name]
            elif room > 0:
                first = before.looked_below if before and before.uidvalidity == now.uidvalidity else 1
                try:
                    room -= await self._look_into(name, first, room, found)
                except Broken:
                    raise
                except (Temporary, Permanent) as error:  # one folder the server refuses hides no other
                    log.warning("%s cannot be looked into: %s", name, error)
        return renamed

    async def _look_into(self, name: str, first: int, room: int, found: Findings) -> int:
        """Look at what is new in one folder; return how many messages that were."""
        try:
            here = await self._open(name)
        except Permanent:
            return 0
        uids = (await self._side.new_uids(first - 1))[: room + 1]
        whole = len(uids) <= room
        uids = uids[:room]
        below = max(here.uidnext, uids[-1] + 1 if uids else 1) if whole else uids[-1] + 1
        found.looked[name] = Folder(name, here.uidvalidity, below)
        db = self._office.store.db
        strange = sorted(set(uids) - places.known(db, name, here.uidvalidity, uids))
        sightings = []
        for one in await self._side.glance(strange) if strange else []:
            rows = places.candidates(db, one.message_id, one.size)
            row = likely(rows, one.message_id, one.size)
            if row is None and rows:
                row = await self._by_bytes(rows, one)
            if row is not None:
                sightings.append((row, Spot(name, here.uidvalidity, one.uid)))
        # In a folder that was renumbered the message itself is what its Message-ID would find.
        asked = [row for row, _ in sightings if row.spot.folder != name or row.spot.uidvalidity == here.uidvalidity]
        there = await self._still_there(asked)
        for row, spot in sightings:
            found.add(row, spot, still_there=row.id in there)
        return len(strange)

    async def _by_bytes(self, rows: Sequence[Lying], one: Glance) -> Lying | None:
        """Tell messages apart that share a Message-ID or have none."""
        if one.size > self._office.config.limits.message_mib * MIB:
            return None
        fetched = await self._side.fetch([one.uid])
        return same_bytes(rows, hashlib.sha256(fetched[0].raw).hexdigest()) if fetched else None

    async def _still_there(self, rows: Iterable[Lying]) -> set[int]:
        """Return those of some messages that lie where we know them to lie. Opens folders, and leaves one open."""
        by_folder: dict[str, list[Lying]] = defaultdict(list)
        for row in rows:
            by_folder[row.spot.folder].append(row)
        there: set[int] = set()
        for folder, group in by_folder.items():
            try:
                here = await self._open(folder)
            except Permanent:
                continue  # the folder is no more, and nothing lies in it
            sure = {row.spot.uid: row.id for row in group if row.spot.uid and row.spot.uidvalidity == here.uidvalidity}
            there |= {sure[uid] for uid in await self._side.present(sure)} if sure else set()
            for row in group:
                if row.id not in sure.values() and await self._bears(row):
                    there.add(row.id)
        return there

    async def _bears(self, row: Lying) -> bool:
        """Tell whether the open folder holds a message, by its Message-ID; without one nothing can be excluded."""
        return not row.message_id or bool(await self._side.with_message_id(row.message_id))

    async def _look_at_copies(self, found: Findings) -> None:
        """Look once more at what lay in two places: a move may have been half done."""
        db = self._office.store.db
        seen = [(places.of(db, one.message), one.spot) for one in places.copies(db)]
        there = await self._still_there(row for row, _ in seen)
        for row, spot in seen:
            if row.id not in there and row.spot != spot and await self._holds(spot):
                found.add(row, spot, still_there=False)

    async def _holds(self, spot: Spot) -> bool:
        try:
            here = await self._open(spot.folder)
        except Permanent:
            return False
        return here.uidvalidity == spot.uidvalidity and bool(await self._side.present([spot.uid]))

    async def _look_at_twins(self, found: Findings) -> None:
        """Tell, of what came again, a second copy from the first one moved back into the inbox."""
        db = self._office.store.db
        twins = [(one, places.of(db, one.of)) for one in places.twins(db, AT_A_TIME)]
        there = await self._still_there(row for one, row in twins if one.alike and row.spot != one.spot)
        for one, row in twins:
            if not one.alike or row.id in there or (row.spot.folder == one.spot.folder and row.spot != one.spot):
                found.second.append(one.id)
                continue
            found.back.append(one)
            found.add(row, one.spot, still_there=False)

    def _commit(self, db: Database, found: Findings, renamed: Iterable[tuple[str, Folder]]) -> None:
        """Write down what a poll has found. What has changed since it was looked at is looked at again."""
        now = self._clock.now()
        seen = places.folders(db)
        for old, new in renamed:
            count = places.renamed(db, old, new)
            words = f"The folder {old} is called {new.name} now; {count} messages lie there."
            journal.write(db, now, "moved", words)
        for name, folder in found.looked.items():
            if name in seen and seen[name].uidvalidity != folder.uidvalidity:
                places.renumbered(db, name)
        for row, spot in found.placed:
            places.put(db, row.id, spot)
        for row, spot in found.copies:
            places.saw_copy(db, row.id, spot, now)
        places.forget_copies(db, now - COPY_OR_MOVE)
        for twin in found.second:
            places.second_copy(db, twin)
        places.not_moved(db, found.settled)
        moves = self._by_hand(db, found)
        changed = {row.id for row, _ in found.hers} - {move.message for move in moves}
        for one in found.back:
            if one.of not in changed:
                places.moved_back(db, one.id, now)
        moved.take_over(self._office, db, now, moves)
        for name, folder in found.looked.items():
            if name not in found.again:
                places.looked(db, folder)

    def _by_hand(self, db: Database, found: Findings) -> list[ByHand]:
        moves: dict[int, ByHand] = {}
        for row, spot in found.hers:
            now = places.of(db, row.id)
            if (now.wanted, now.headed, now.spot.folder, now.state) != (
                row.wanted, row.headed, row.spot.folder, row.state,
            ):  # fmt: skip
                found.again.add(spot.folder)
                continue
            flags = self._listed[spot.folder].flags if spot.folder in self._listed else ()
            moves[row.id] = ByHand(row.id, row.spot.folder, spot, is_put_away(spot.folder, flags))
        return list(moves.values())

    async def _carry_out(self) -> None:
        """Move what lies elsewhere than it belongs: a person's command, or an undo, wants it in another folder."""
        groups: dict[tuple[str, str], list[Lying]] = defaultdict(list)
        for row in places.misplaced(self._office.store.db, AT_A_TIME):
            groups[row.spot.folder, row.wanted].append(row)
        for (source, target), rows in groups.items():
            try:
                await self._move(source, target, rows)
            except Broken:
                raise
            except (Temporary, Permanent) as error:
                self._refused(target, rows, error)

    async def _move(self, source: str, target: str, rows: Sequence[Lying]) -> None:
        store = self._office.store
        uids = await self._where(source, rows)
        with store.immediate() as db:
            places.heading(db, uids, target)
        landed = await self._side.move(uids.values(), target) if uids else None
        spots = {
            row: Spot(target, landed.uidvalidity, landed.uids[uid])
            for row, uid in uids.items()
            if landed and uid in landed.uids
        }
        missing = [row for row in rows if row.id not in spots]
        spots |= await self._sought(target, missing) if missing else {}
        now = self._clock.now()
        with store.immediate() as db:
            for row in rows:
                places.put(db, row.id, spots.get(row.id, Spot(target)))
                words = f"#{row.id} was moved from {source} to {target}."
                if row.id not in spots and row.id not in uids:
                    words = f"#{row.id} was to be moved from {source} to {target}, but it is in neither any more."
                journal.write(db, now, "filed", words, message=row.id)
            alarms.clear(db, f"folder:{target}", now)

    async def _where(self, source: str, rows: Sequence[Lying]) -> dict[int, int]:
        """Return the UIDs of messages in a folder, which is then open, without those that are not there."""
        try:
            here = await self._open(source)
        except Permanent:
            return {}
        sure = {row.id: row.spot.uid for row in rows if row.spot.uid and row.spot.uidvalidity == here.uidvalidity}
        present = await self._side.present(sure.values()) if sure else set()
        uids = {row: uid for row, uid in sure.items() if uid in present}
        for row in rows:
            if row.id not in sure and row.message_id and (found := await self._side.with_message_id(row.message_id)):
                uids[row.id] = found[0]
        return uids

    async def _sought(self, folder: str, rows: Sequence[Lying]) -> dict[int, Spot]:
        """Look for messages in a folder by their Message-IDs: they may have been moved before a crash."""
        try:
            here = await self._open(folder)
        except Permanent:
            return {}
        return {
            row.id: Spot(folder, here.uidvalidity, found[-1])
            for row in rows
            if row.message_id and (found := await self._side.with_message_id(row.message_id))
        }

    def _refused(self, folder: str, rows: Sequence[Lying], error: Temporary | Permanent) -> None:
        """Say that messages cannot be moved into a folder; where that is final, they stay where they are."""
        words = f"Messages cannot be moved into {folder}, so they stay where they are: {error}"
        now: datetime = self._clock.now()
        with self._office.store.immediate() as db:
            if alarms.sound(db, f"folder:{folder}", words, now):
                journal.write(db, now, "alarm", words)
                tasks.add(db, f"folder:{folder}:{rows[0].id}", "coordinator", words, now)
            if isinstance(error, Permanent):
                for row in rows:
                    places.stay(db, row.id)
