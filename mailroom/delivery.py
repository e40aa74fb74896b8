"""The outbox loop: claim a row, send it, settle it. Each mail by itself, one recipient, one verdict.

The mark `sending` is committed before the first byte of the message leaves, and the server's reply
is committed before the next row is touched: both in one transaction. What a crash leaves in between is
`doubtful`, at most one row a connection.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Protocol

from sqlite_utils import Database

from mailroom.clock import Clock, moment
from mailroom.config.model import Sending
from mailroom.errors import Doubtful, Permanent, Temporary, WireFault
from mailroom.office import catch_up, instead, settling
from mailroom.office.office import Office
from mailroom.office.settling import Outcome
from mailroom.store import alarms, batches, guards, journal, outbox, tasks, turns
from mailroom.store.turns import Claimed, Pace

COPY_ALARM = "copies"

NULL_SENDER: Final = ("ack", "danger")
"""Kinds of mail that may have an empty return path: answers (RFC 3834 section 3.3)."""
HURRIED: Final = ("danger", "alert")
"""Kinds of mail that wait for no server that has fallen silent."""
SILENT_SECONDS = 10.0
"""After how long they go another way; RFC 5321 gives the server 600 to answer the last dot."""

TOGETHER_SECONDS = 0.01
"""How long a verdict may wait for those of the other connections, to be recorded with them."""


class Wire(Protocol):
    """Sends one mail to one recipient; transport.smtp.Sender, or a test's scripted one."""

    async def send(self, sender: str, recipient: str, mime: bytes) -> str:
        """Return the server's reply. Raises Temporary, Permanent, Unauthorised, Barred or Doubtful."""


class Unreachable(Temporary):
    """No mail can go at present; the row that found out was given back untouched."""


def recover(office: Office, now: datetime) -> int:
    """Turn what a crash left in `sending` into `doubtful`, before anything else is sent."""
    with office.store.immediate() as db:
        alarms.clear(db, settling.NULL_ALARM, now)  # whether the server still minds is found out by the next answer
        rows = outbox.left_sending(db)
        for row in rows:
            settling.doubt(db, row, "mailroom ended before the server's reply was recorded", now)
    return len(rows)


async def deliver_due(
    office: Office,
    wires: Sequence[Wire],
    clock: Clock,
    stopping: Callable[[], bool] = lambda: False,
    spare: Wire | None = None,
) -> int:
    """Send everything that is due over these connections, and return how many mails the server took.

    Danger answers and alerts go over `spare` while all of `wires` wait for a server that has fallen silent.

    Raises:
        Temporary: the server cannot be reached or refuses our login; what is left waits.

    """
    run = _Run(office, clock, stopping, list(wires), spare)
    now = clock.now()
    with office.store.immediate() as db:
        guards.look_again(db, _today(office, now))
        catch_up.everybody(office, db, now)
        for name in batches.end(db):
            alarms.clear(db, settling.BATCH_ALARM.format(name), now)
        batches.send_ahead(db, now)
        run.null_refused = any(one.key == settling.NULL_ALARM for one in alarms.sounding(db))
    try:
        await _send_all(run)
    except asyncio.CancelledError:
        for task in run.under_way:
            task.cancel()
        raise
    finally:
        # What has begun is ended: a mail that is cut off by another's fault would be in doubt for nothing.
        await asyncio.gather(*run.under_way, return_exceptions=True)
    if (fault := run.fault or run.own_refused) is not None:
        raise Unreachable(str(fault), code=fault.code, verb=fault.verb) from fault
    return run.sent


def next_look(office: Office, now: datetime) -> datetime | None:
    """Return when a mail may next go, None when none waits for its time alone."""
    due = outbox.next_due(office.store.db)
    if not due:
        return None
    at = moment(due)
    if at <= now and (allowed := turns.pace_allows_at(office.store.db, now)) and pace(office.config.sending).limits:
        return max(at, moment(allowed))
    return at


def _today(office: Office, now: datetime) -> date:
    return now.astimezone(office.zone).date()


def pace(sending: Sending, kinds: tuple[str, ...] = ()) -> Pace:
    """Return how fast the config lets mails go."""
    return Pace(sending.per_minute, sending.per_domain_minute, kinds)


@dataclass(slots=True)
class _Run:
    """One look at the outbox."""

    office: Office
    clock: Clock
    stopping: Callable[[], bool]
    free: list[Wire]
    spare: Wire | None = None
    under_way: dict[asyncio.Task[Outcome], Wire] = field(default_factory=dict)
    hurried: set[Wire] = field(default_factory=set)
    """The spare connection, while it is at work."""
    sent: int = 0
    fault: WireFault | None = None
    """Why no mail can go; no other is begun."""
    own_refused: WireFault | None = None
    """Why no mail can go that has our own address as return path."""
    null_refused: bool = False
    """Answers go with our own address, as the server takes none with an empty return path."""
    woken: datetime | None = None

    def wake(self, db: Database, now: datetime) -> None:
        """Look once a second for what has become due: times are kept in whole seconds."""
        second = now.replace(microsecond=0)
        if second != self.woken:
            turns.wake(db, now)
            self.woken = second

    @property
    def null_sender(self) -> bool:
        """Whether answers go with an empty return path."""
        return self.office.config.smtp.null_sender and not self.null_refused

    def claim(self, db: Database, now: datetime, *, hurried: bool = False) -> Claimed | None:
        """Claim the next mail that can go; `hurried`: of those that wait for no silent server."""
        if self.fault is not None or self.stopping() or (self.own_refused and not self.null_sender):
            return None
        able = NULL_SENDER if self.own_refused else ()
        kinds = tuple(kind for kind in HURRIED if not able or kind in able) if hurried else able

        def follow(row: int, unfit: guards.Unfit) -> None:
            instead.follow(self.office, db, row, unfit, now)

        return turns.take_next(db, now, _today(self.office, now), pace(self.office.config.sending, kinds), follow)

    def begin(self, wire: Wire, mail: Claimed) -> None:
        """Send a mail over a connection."""
        null = self.null_sender and mail.kind in NULL_SENDER
        sender = "" if null else self.office.config.office.mailbox
        self.under_way[asyncio.create_task(_send(wire, sender, mail, hurried=wire in self.hurried))] = wire

    def end(self, task: asyncio.Task[Outcome]) -> Outcome:
        """Take a connection back that has done its work."""
        wire = self.under_way.pop(task)
        if wire in self.hurried:
            self.hurried.discard(wire)
            self.spare = wire
        else:
            self.free.append(wire)
        return task.result()

    def settle(self, db: Database, outcome: Outcome, now: datetime) -> None:
        """Record what became of a mail, and what no other need try."""
        fault = outcome.fault
        if fault is not None and settling.refuses_null_sender(outcome):
            settling.without_null_sender(db, outcome, now)
            self.null_refused, self.woken = True, None
            return
        scope = settling.settle(self.office, db, outcome, now)
        self.sent += fault is None
        if scope == "nobody" and not outcome.hurried:
            # On the spare connection it may be that the server wants no second one: the first goes on.
            if fault is not None and settling.refuses_sender(fault):
                self.own_refused = fault
            else:
                self.fault = fault


async def _send_all(run: _Run) -> None:
    """Keep every connection at work until no mail is due or none can go.

    What the server said is recorded and the next mails are claimed in one transaction: half the waits for the disk.
    """
    ended, silent = list[Outcome](), False
    while True:
        now, claimed = run.clock.now(), list[Claimed]()
        hurried = None
        with run.office.store.immediate() as db:
            for outcome in ended:
                run.settle(db, outcome, now)
            run.wake(db, now)
            while len(claimed) < len(run.free) and (mail := run.claim(db, now)) is not None:
                claimed.append(mail)
            if silent and run.spare is not None:
                hurried = run.claim(db, now, hurried=True)
        for mail in claimed:
            run.begin(run.free.pop(), mail)
        if hurried is not None and run.spare is not None:
            run.hurried.add(run.spare)
            run.begin(run.spare, hurried)
            run.spare = None
        if not run.under_way:
            return
        ended = [run.end(task) for task in await _first(run.under_way)]
        silent = not ended


async def _first(under_way: Collection[asyncio.Task[Outcome]]) -> set[asyncio.Task[Outcome]]:
    """Wait until a mail has its verdict, and a moment for the others: several verdicts are one wait for the disk.

    None of them, where the server says nothing for a while.
    """
    done, others = await asyncio.wait(under_way, timeout=SILENT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if done and others:
        done, _ = await asyncio.wait(under_way, timeout=TOGETHER_SECONDS)
    return done


async def _send(wire: Wire, sender: str, mail: Claimed, *, hurried: bool) -> Outcome:
    try:
        return Outcome(mail, sender, await wire.send(sender, mail.recipient, mail.mime), hurried=hurried)
    except (Temporary, Permanent, Doubtful) as fault:
        return Outcome(mail, sender, str(fault), fault, hurried)


def _not_copied(office: Office, row: int, reply: str, now: datetime) -> None:
    """Give up on one copy: the mail itself has gone, and stands in the database."""
    words = f"The server takes no copies of sent mail: {reply}"
    with office.store.immediate() as db:
        outbox.not_copied(db, row, words, now)
        if alarms.sound(db, COPY_ALARM, words, now):
            journal.write(db, now, "alarm", words, outbox=row)


def found_in_sent(office: Office, message_id: str, now: datetime) -> None:
    """Take a mail of ours that stands in Sent for sent, where only the server files copies there.

    Where we file them ourselves, after the server's reply, finding one proves nothing new.
    """
    if office.config.sending.sent_copy != "server":
        return
    with office.store.immediate() as db:
        row = outbox.stands_in_sent(db, message_id, now)
        if row is not None:
            journal.write(db, now, "sent", settling.IN_SENT, outbox=row)
            tasks.done(db, f"doubtful:{row}", now)


Append = Callable[[bytes, datetime], Awaitable[object]]
"""Files one copy: (bytes, when it was sent)."""


async def copy_to_sent(office: Office, append: Append, present: Callable[[str], Awaitable[bool]], clock: Clock) -> int:
    """File a copy of each sent mail in Sent, once, and return how many were filed.

    `present` asks the server whether a Message-ID stands there: after a crash between APPEND and its
    record, the copy is found instead of doubled.
    """
    if office.config.sending.sent_copy == "server":
        return 0
    copied = 0
    for n, (row, message_id, mime, sent_at) in enumerate(outbox.uncopied(office.store.db, 100)):
        # Only the first row can have been appended without a record of it: copies go one by one, in order.
        try:
            if n > 0 or not await present(message_id):
                await append(mime, moment(sent_at))
        except Permanent as error:
            _not_copied(office, row, str(error), clock.now())
            continue
        with office.store.immediate() as db:
            outbox.copied(db, row, clock.now())
            alarms.clear(db, COPY_ALARM, clock.now())
        copied += 1
    return copied
