"""The second connection: the Sent folder, and where each message lies. No mail waits for what is done here."""

from collections.abc import Callable
from datetime import datetime

from mailroom import delivery, sent
from mailroom.clock import Clock
from mailroom.errors import Permanent, Temporary
from mailroom.moves import Moves
from mailroom.office.office import Office
from mailroom.office.renewing import renew
from mailroom.store import alarms, journal, mailboxes, outbox
from mailroom.transport.imap import Mailbox

SENT_ALARM = "sent"


class Keeper:
    """Owns the second connection to the mailbox. No folder stays open on it but the inbox, which others read."""

    def __init__(
        self, office: Office, side: Mailbox, clock: Clock, wake: Callable[[], None], deliver: Callable[[], None]
    ) -> None:
        """`wake` ends the watch's waiting: there is something to read or to file. `deliver`: something may be due."""
        self._office = office
        self._side = side
        self._clock = clock
        self._wake = wake
        self._deliver = deliver
        self._moves = Moves(office, side, clock, self._news)
        self._about = "The Sent folder"

    async def connect(self) -> None:
        """Log in, and make the Sent folder where it is missing."""
        await self._side.connect()
        await self._side.ensure_folder(self._office.config.imap.sent)

    async def close(self) -> None:
        """Close the connection."""
        await self._side.close()

    async def tend(self) -> bool:
        """Do everything there is to do; True when others have something to do now. A lost connection is made anew."""
        try:
            return await self._tend()
        except Temporary:
            await self.connect()
            return await self._tend()

    async def _tend(self) -> bool:
        """File our copies in Sent, look for what a person has sent by hand, and for what she has moved."""
        folder = self._office.config.imap.sent
        self._about = "The Sent folder"
        filed: set[int] = set()

        async def append(mime: bytes, at: datetime) -> None:
            if uid := await self._side.append(folder, mime, at, ("\\Seen",)):
                filed.add(uid)

        async def present(message_id: str) -> bool:
            return await self._side.find_message_id(folder, message_id)

        if outbox.uncopied(self._office.store.db, 1):
            await delivery.copy_to_sent(self._office, append, present, self._clock)
        if taken := await sent.look(self._office, self._side, self._clock, filed):
            self._wake()  # at once: what comes next may fail, and nothing would tell of these again
        self._about = "The folders that mail is filed in"
        moved = await self._moves.look()
        await self._look_for_unannounced()
        renew(self._office)
        return bool(taken) or moved

    def _news(self) -> None:
        self._wake()
        self._deliver()

    async def _look_for_unannounced(self) -> None:
        """Wake the watch for mail that no announcement told us of: one fell between two commands, or a wire died."""
        inbox = self._office.config.imap.inbox
        found, watched = await self._side.select(inbox), mailboxes.find(self._office.store.db, inbox)
        if watched is None or found.uidvalidity != watched.uidvalidity or found.uidnext - 1 > watched.last_uid:
            self._wake()

    def works(self) -> None:
        """End the alarm about folders that could not be used."""
        now = self._clock.now()
        if any(alarm.key == SENT_ALARM for alarm in alarms.sounding(self._office.store.db)):
            with self._office.store.immediate() as db:
                alarms.clear(db, SENT_ALARM, now)
                journal.write(db, now, "alarm over", "The Sent folder and the others can be used again.")

    def failed(self, error: Temporary | Permanent) -> None:
        """Say at once what only a person can mend; that the server is down is already said of the inbox."""
        if isinstance(error, Permanent):
            words = f"{self._about} cannot be read or written: {error}"
            with self._office.store.immediate() as db:
                if alarms.sound(db, SENT_ALARM, words, self._clock.now()):
                    journal.write(db, self._clock.now(), "alarm", words)
