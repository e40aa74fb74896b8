"""The composition root: config, store, office, and four loops that meet only in rows.

    watch    waits for mail, takes it the straight path, files it
    deliver  sends what is due, copies it to Sent
    tick     runs the duties whose time has come, takes over saved files, beats the heart
    keep     keeps the Sent folder and sees who moves what, on a connection of its own, so that no mail waits for it

A "something to do" event wakes the delivery loop; everything else waits in the database.
"""

import asyncio
import contextlib
import logging
import random
from datetime import datetime

from mailroom import delivery, intake, schedule
from mailroom.clock import Clock, SocketClock, stamp
from mailroom.config import Config
from mailroom.errors import Permanent, Problem, Problems, StoreBusy, Temporary, Unauthorised
from mailroom.keep import Keeper
from mailroom.office import changes, faults, reminders, task_mail
from mailroom.office import office as offices
from mailroom.office.commands import telling
from mailroom.office.office import Office
from mailroom.reader import Reader
from mailroom.store import Store, alarms, journal, messages, settings
from mailroom.transport.backoff import delays
from mailroom.transport.imap import Mailbox, Selected
from mailroom.transport.smtp import Sender
from mailroom.wiring import imap_settings, smtp_settings

log = logging.getLogger("mailroom")

IMAP_ALARM = "imap"

HEARTBEAT_SECONDS = 30.0
"""How often the heart beats, the files are looked at, and duties are asked for; also the longest a due mail waits."""

REFUSED_SECONDS = 300.0
"""Pause after the server refused our name, password or token."""

WRITING_SECONDS = 0.01
"""Pause between two handfuls of a big sending's mails, in which what has come in is served."""

STOP_SECONDS = 8.0
"""How long the loops may take to end; with closing connections the whole stop stays within 10 s."""


class Daemon:
    """Owns the office's connections, its reader process and its lock. Make one, `connect`, and `run` or `once`."""

    def __init__(self, config: Config, store: Store, clock: Clock) -> None:
        """Build the office from its files; nothing is connected yet.

        Raises:
            Problems: the rule files are broken and there never was a good set, or time is invented for real servers.

        """
        if isinstance(clock, SocketClock) and not config.on_loopback:
            text = "MAILROOM_CLOCK is set, but a server is not on this machine: an office never runs on invented time."
            raise Problems([Problem(str(config.path), 0, text)])
        self.clock = clock
        self.office: Office = offices.open_office(config, store, clock.now())
        self._inbox = Mailbox(imap_settings(config))
        self._senders = [Sender(smtp_settings(config)) for _ in range(config.sending.connections)]
        self._spare_sender = Sender(smtp_settings(config))
        self._reader = Reader(config.border, seconds=config.limits.reader_seconds, mib=config.limits.reader_mib)
        self._selected: Selected | None = None
        self._something_to_do = asyncio.Event()
        side = Mailbox(imap_settings(config))
        self._keeper = Keeper(self.office, side, clock, self._inbox.wake, self._something_to_do.set)
        self._look = asyncio.Event()
        self._sent_some = asyncio.Event()
        self._stopping = asyncio.Event()
        self._unreachable_since: datetime | None = None

    async def connect(self) -> None:
        """Log in, open the inbox, and settle what a crash left behind."""
        self._settle_the_past()
        await self._open_inbox()
        await self._keeper.connect()

    async def once(self) -> int:
        """Do everything there is to do at this moment, and return how many messages were decided."""
        decided = 0
        while True:
            self._refresh(settled=True)
            await self._keeper.tend()
            taken = await self._sweep()
            duties = self._run_duties(self.clock.now())
            self.office.store.wipe()
            sent = await self._deliver()
            news = await self._keeper.tend()
            self._beat()
            decided += taken
            if not taken and not duties and not sent and not news:
                return decided

    async def run(self) -> None:
        """Run the four loops until `stop`; returns when everything is closed in order."""
        self._journal("started", "mailroom started.")
        self._settle_the_past()
        ticker = schedule.Ticker(self.office.rules.duties, self.office.zone, self._look.set)
        ticker.start()
        loops = [
            asyncio.create_task(self._watching(), name="watch"),
            asyncio.create_task(self._delivering(), name="deliver"),
            asyncio.create_task(self._ticking(ticker), name="tick"),
            asyncio.create_task(self._keeping(), name="keep"),
        ]
        waiting = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([*loops, waiting], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.stop()
            ticker.stop()
            self._inbox.wake()
            await asyncio.wait(loops, timeout=STOP_SECONDS)
            for loop in (*loops, waiting):
                loop.cancel()
            results = await asyncio.gather(*loops, return_exceptions=True)
            await self.close()
        for result in results:
            if isinstance(result, Exception):
                raise result
        self._journal("stopped", "mailroom stopped in order.")

    def stop(self) -> None:
        """Ask the loops to end after what they are doing; safe to call twice, and from a signal handler."""
        self._stopping.set()
        self._something_to_do.set()
        self._look.set()
        self._sent_some.set()
        self._inbox.wake()

    async def close(self) -> None:
        """Close connections and end the reader; what is not committed is done again at the next start."""
        closing = [sender.close() for sender in (*self._senders, self._spare_sender)]
        closing += [self._inbox.close(), self._keeper.close(), self._reader.close()]
        await asyncio.gather(*closing, return_exceptions=True)

    async def _watching(self) -> None:
        """Watch the inbox; reconnect with growing, jittered pauses for as long as it takes."""
        pauses = delays(rnd=random.random)
        while not self._stopping.is_set():
            try:
                await self._open_inbox()
                while not self._stopping.is_set():
                    # Until nothing comes: the server announces what arrives during a sweep then, and not again in IDLE.
                    while await self._sweep() and not self._stopping.is_set():
                        pass
                    pauses = delays(rnd=random.random)
                    await self._inbox.wait(self.office.config.imap.idle_minutes * 60)
            except (Temporary, Permanent) as error:
                self._imap_failed(error)
                await self._pause(_patience(error, next(pauses)))
            except StoreBusy as error:
                log.error("reading waits: %s", error)  # noqa: TRY400 - a sentence for a person, no trace
                await self._pause(next(pauses))

    async def _delivering(self) -> None:
        """Send what is due, whenever something may be; the pause after a failure grows, with jitter."""
        pauses = delays(rnd=random.random)
        in_doubt = False
        while not self._stopping.is_set():
            try:
                if in_doubt:
                    delivery.recover(self.office, self.clock.now())
                    in_doubt = False
                await self._deliver()
                pauses = delays(rnd=random.random)
            except (Temporary, Permanent) as error:
                log.warning("delivery waits: %s", error)
                await self._pause(_patience(error, next(pauses)))
                continue
            except StoreBusy as error:
                # A mail may have gone without its record: recover() will call it doubtful, as after a crash.
                log.error("delivery waits: %s", error)  # noqa: TRY400 - a sentence for a person, no trace
                await self._pause(next(pauses))
                in_doubt = True
                continue
            await self._wait_for_work()

    async def _keeping(self) -> None:
        """Keep Sent, and see who moves what. What the server refuses is said aloud, and holds up nothing else."""
        pauses = delays(rnd=random.random)
        while not self._stopping.is_set():
            try:
                await self._keeper.tend()
                pauses = delays(rnd=random.random)
                self._keeper.works()
            except (Temporary, Permanent) as error:
                log.warning("the second connection waits: %s", error)
                self._keeper.failed(error)
                await self._pause(_patience(error, next(pauses)))
                continue
            except StoreBusy as error:
                log.error("the second connection waits: %s", error)  # noqa: TRY400 - a sentence for a person, no trace
                await self._pause(next(pauses))
                continue
            await _happens(self._sent_some, self.office.config.imap.poll_seconds)

    async def _ticking(self, ticker: schedule.Ticker) -> None:
        """Beat the heart, take over saved files, run duties."""
        while not self._stopping.is_set():
            try:
                self._tick(ticker)
            except StoreBusy as error:
                log.error("duties wait: %s", error)  # noqa: TRY400 - a sentence for a person, no trace
            if self.office.writing is not None:
                await self._pause(WRITING_SECONDS)
                continue
            wait = min(HEARTBEAT_SECONDS, self.office.config.imap.poll_seconds)
            await _happens(self._look, changes.SETTLE_SECONDS if self.office.unsettled else wait)

    def _tick(self, ticker: schedule.Ticker) -> None:
        now = self.clock.now()
        if self._refresh():
            ticker.reload(self.office.rules.duties)
        if self._run_duties(now):
            self._something_to_do.set()
        self.office.store.wipe()
        self._beat()

    def _run_duties(self, now: datetime) -> int:
        """Do what is due as of now, the asking last: what the others found to do is asked in the same look."""
        office = self.office
        done = schedule.run_due(office, now) + schedule.run_cases(office, now) + reminders.remind(office, now)
        done += telling.tell(office, now)
        return done + task_mail.ask(office, now)

    def _refresh(self, *, settled: bool = False) -> bool:
        """Take over saved files; True when a new set went live. Broken ones are told and change nothing."""
        now = self.clock.now()
        changed = changes.refresh(self.office, now, settled=settled) == "live"
        if changed:
            self._retry_stuck()
        if faults.tell(self.office, now):
            self._something_to_do.set()
        if fault := changes.write_history(self.office):
            log.info("%s", fault)
        return changed

    def _settle_the_past(self) -> None:
        """Deal with what an earlier run left: mail in doubt, and messages that could not be decided then."""
        delivery.recover(self.office, self.clock.now())
        self._retry_stuck()

    def _retry_stuck(self) -> None:
        with self.office.store.immediate() as db:
            if messages.retry_stuck(db):
                self._inbox.wake()

    async def _open_inbox(self) -> None:
        await self._inbox.connect()
        self._selected = await self._inbox.select(self.office.config.imap.inbox)

    async def _sweep(self) -> int:
        if self._selected is None:
            raise Temporary("the inbox is not open")

        async def answers_may_leave() -> None:
            self._something_to_do.set()
            await asyncio.sleep(0)

        decided = await intake.sweep(
            self.office, self._inbox, self._selected, self._reader, self.clock, answers_may_leave, self._stopping.is_set
        )
        self._imap_works()
        if decided:
            log.info("decided %d messages", decided)
            self._something_to_do.set()
        return decided

    async def _deliver(self) -> int:
        spare = self._spare_sender
        try:
            sent = await delivery.deliver_due(self.office, self._senders, self.clock, self._stopping.is_set, spare)
        finally:
            await spare.close()
        if sent:
            self._sent_some.set()
        return sent

    async def _wait_for_work(self) -> None:
        """Sleep until something is queued or the next deferred mail is due."""
        now = self.clock.now()
        due = delivery.next_look(self.office, now)
        seconds = (due - now).total_seconds() if due else HEARTBEAT_SECONDS
        await _happens(self._something_to_do, min(max(seconds, 0.2), HEARTBEAT_SECONDS))

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _beat(self) -> None:
        with self.office.store.immediate() as db:
            settings.put(db, "heartbeat_at", stamp(self.clock.now()))

    def _imap_works(self) -> None:
        now = self.clock.now()
        self._unreachable_since = None
        with self.office.store.immediate() as db:
            settings.put(db, "last_read_at", stamp(now))
            if alarms.clear(db, IMAP_ALARM, now):
                journal.write(db, now, "alarm over", "The mailbox can be read again.")

    def _imap_failed(self, error: Temporary | Permanent) -> None:
        """Note that the mailbox is out of reach; an alarm once it has been for as long as the config allows.

        What only a person can mend, such as a refused password, sounds it at once.
        """
        words = str(error)
        log.warning("the mailbox cannot be read: %s", words)
        now = self.clock.now()
        self._unreachable_since = self._unreachable_since or now
        silent = (now - self._unreachable_since).total_seconds() / 60
        if isinstance(error, Permanent) or silent >= self.office.config.alarms.silence_minutes:
            with self.office.store.immediate() as db:
                if alarms.sound(db, IMAP_ALARM, f"The mailbox cannot be read: {words}", now):
                    journal.write(db, now, "alarm", f"The mailbox cannot be read: {words}")

    def _journal(self, event: str, words: str) -> None:
        with self.office.store.immediate() as db:
            journal.write(db, self.clock.now(), event, words)


def _patience(error: Temporary | Permanent, pause: float) -> float:
    """Return how long to wait: accounts are locked after a few refused logins, so those are not hurried."""
    refused = isinstance(error, Unauthorised) or isinstance(error.__cause__, Unauthorised)
    return max(pause, REFUSED_SECONDS) if refused else pause


async def _happens(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but not for ever, and be ready for the next one."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    event.clear()
