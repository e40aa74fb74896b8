"""The outbox loop: claim a row, send it, settle it. Each mail by itself, one recipient, one verdict.

The mark `sending` is committed before the first byte of the message leaves, and the server's reply
is committed before the next row is touched: both in one transaction. What a crash leaves in between is
`doubtful`, at most one row a connection.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from sqlite_utils import Database

from mailroom.clock import Clock, moment
from mailroom.config.model import Sending
from mailroom.errors import Barred, Doubtful, Permanent, Temporary, Unauthorised, WireFault
from mailroom.office.office import Office
from mailroom.store import alarms, batches, guards, journal, outbox, tasks, turns
from mailroom.store.turns import Claimed, Pace

SMTP_ALARM = "smtp"
COPY_ALARM = "copies"
BATCH_ALARM = "batch:{}"

BEFORE_ANY_MAIL = frozenset({"CONNECT", "EHLO", "STARTTLS", "AUTH"})
CLOSING = 421

IN_SENT = "The server has filed its copy, so it took the mail."

SHORT_PAUSE = timedelta(seconds=30)
"""Pause after the server fell silent, times the attempts so far."""

TOGETHER_SECONDS = 0.01
"""How long a verdict may wait for those of the other connections, to be recorded with them."""

REFUSED_IN_A_ROW = 10
"""So many mails of one sending refused for good, and none taken between them: it is not the recipients' fault."""


class Wire(Protocol):
    """Sends one mail to one recipient; transport.smtp.Sender, or a test's scripted one."""

    async def send(self, sender: str, recipient: str, mime: bytes) -> str:
        """Return the server's reply. Raises Temporary, Permanent, Unauthorised, Barred or Doubtful."""


class Unreachable(Temporary):
    """No mail can go at present; the row that found out was given back untouched."""


Meaning = Literal["later", "failed", "doubtful", "nobody", "sending"]
"""What a fault is the fault of: this mail (it goes later, never, or who knows), all mail, or all of one sending."""


def meaning(fault: WireFault, batch: str) -> Meaning:
    """Return what a fault means for a mail of the sending `batch` ("" for a single mail)."""
    if isinstance(fault, Doubtful):
        return "doubtful"
    if isinstance(fault, Unauthorised) or fault.verb in BEFORE_ANY_MAIL:
        return "nobody"
    if isinstance(fault, Temporary):
        return "nobody" if fault.code in (0, CLOSING) or fault.verb == "MAIL" else "later"
    if isinstance(fault, Barred):
        return "sending" if batch else "nobody" if fault.verb == "MAIL" else "failed"
    return "failed"


def recover(office: Office, now: datetime) -> int:
    """Turn what a crash left in `sending` into `doubtful`, before anything else is sent."""
    with office.store.immediate() as db:
        rows = outbox.left_sending(db)
        for row in rows:
            _doubt(db, row, "mailroom ended before the server's reply was recorded", now)
    return len(rows)


async def deliver_due(
    office: Office, wires: Sequence[Wire], clock: Clock, stopping: Callable[[], bool] = lambda: False
) -> int:
    """Send everything that is due over these connections, and return how many mails the server took.

    Raises:
        Temporary: the server cannot be reached or refuses our login; what is left waits.

    """
    run = _Run(office, clock, stopping, list(wires))
    now = clock.now()
    with office.store.immediate() as db:
        guards.look_again(db, _today(office, now))
        for name in batches.end(db):
            alarms.clear(db, BATCH_ALARM.format(name), now)
        batches.send_ahead(db, now)
    try:
        await _send_all(run)
    except asyncio.CancelledError:
        for task in run.under_way:
            task.cancel()
        raise
    finally:
        # What has begun is ended: a mail that is cut off by another's fault would be in doubt for nothing.
        await asyncio.gather(*run.under_way, return_exceptions=True)
    if run.fault is not None:
        raise Unreachable(str(run.fault), code=run.fault.code, verb=run.fault.verb) from run.fault
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


def pace(sending: Sending) -> Pace:
    """Return how fast the config lets mails go."""
    return Pace(sending.per_minute, sending.per_domain_minute)


@dataclass(slots=True)
class _Run:
    """One look at the outbox."""

    office: Office
    clock: Clock
    stopping: Callable[[], bool]
    free: list[Wire]
    under_way: dict[asyncio.Task["_Outcome"], Wire] = field(default_factory=dict)
    sent: int = 0
    fault: WireFault | None = None
    """Why no mail can go; no other is begun."""
    woken: datetime | None = None

    def wake(self, db: Database, now: datetime) -> None:
        """Look once a second for what has become due: times are kept in whole seconds."""
        second = now.replace(microsecond=0)
        if second != self.woken:
            turns.wake(db, now)
            self.woken = second


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one mail: the server's reply, or what went wrong."""

    mail: Claimed
    reply: str
    fault: WireFault | None = None


async def _send_all(run: _Run) -> None:
    """Keep every connection at work until no mail is due or none can go.

    What the server said is recorded and the next mails are claimed in one transaction: half the waits for the disk.
    """
    office, ended = run.office, list[_Outcome]()
    while True:
        now, claimed = run.clock.now(), list[Claimed]()
        with office.store.immediate() as db:
            for outcome in ended:
                _settle(run, db, outcome, now)
            run.wake(db, now)
            while run.fault is None and len(claimed) < len(run.free) and not run.stopping():
                mail = turns.take_next(db, now, _today(office, now), pace(office.config.sending))
                if mail is None:
                    break
                claimed.append(mail)
        for mail in claimed:
            wire = run.free.pop()
            run.under_way[asyncio.create_task(_send(office, wire, mail))] = wire
        if not run.under_way:
            return
        ended = []
        for task in await _first(run.under_way):
            run.free.append(run.under_way.pop(task))
            ended.append(task.result())


async def _first(under_way: Collection[asyncio.Task[_Outcome]]) -> set[asyncio.Task[_Outcome]]:
    """Wait until a mail has its verdict, and a moment for the others: several verdicts are one wait for the disk."""
    done, others = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    if others:
        done, _ = await asyncio.wait(under_way, timeout=TOGETHER_SECONDS)
    return done


async def _send(office: Office, wire: Wire, mail: Claimed) -> _Outcome:
    sender = "" if office.config.smtp.null_sender and mail.kind in ("ack", "danger") else office.config.office.mailbox
    try:
        return _Outcome(mail, await wire.send(sender, mail.recipient, mail.mime))
    except (Temporary, Permanent, Doubtful) as fault:
        return _Outcome(mail, str(fault), fault)


def _settle(run: _Run, db: Database, outcome: _Outcome, now: datetime) -> None:
    """Record what became of a mail, and what follows for others."""
    office, mail, reply, fault = run.office, outcome.mail, outcome.reply, outcome.fault
    if fault is None:
        _taken(db, mail, reply, now)
        run.sent += 1
        return
    match meaning(fault, mail.batch):
        case "doubtful":
            _doubt(db, mail.id, reply, now)
            if mail.batch:
                _stop(office, db, mail, reply, now, SHORT_PAUSE)
        case "nobody":
            run.fault = fault
            _no_server(office, db, mail, fault, now)
        case "sending":
            _barred(office, db, mail, reply, now)
        case "later":
            _later(office, db, mail, reply, now)
        case "failed":
            _fail(office, db, mail, reply, now)


def _taken(db: Database, mail: Claimed, reply: str, now: datetime) -> None:
    outbox.settle(db, mail.id, "sent", reply, now)
    journal.write(db, now, "sent", f"Sent {mail.template}.", outbox=mail.id)
    if alarms.clear(db, SMTP_ALARM, now):
        journal.write(db, now, "alarm over", "Mail can be sent again.")
    if mail.batch and batches.taken(db, mail.batch, mail.claimed_at):
        alarms.clear(db, BATCH_ALARM.format(mail.batch), now)
        journal.write(db, now, "alarm over", f"The sending “{mail.batch}” goes on.", outbox=mail.id)


def _no_server(office: Office, db: Database, mail: Claimed, fault: WireFault, now: datetime) -> None:
    """Put a mail back that met a fault of the server's, and say that none can be sent.

    The pause is short where nothing was said about this mail, but grows with each attempt: were it this one
    mail that makes the server hang up, it must not stand before all others.
    """
    said = fault.code and fault.verb not in BEFORE_ANY_MAIL
    if _too_old(office, mail, now):
        _fail(office, db, mail, _gave_up(office, str(fault)), now)
    elif said:
        _later(office, db, mail, str(fault), now)
    else:
        outbox.defer(db, mail.id, str(fault), now + min(SHORT_PAUSE * mail.attempts, _first_pause(office)))
    if alarms.sound(db, SMTP_ALARM, f"No mail can be sent: {fault}", now):
        journal.write(db, now, "alarm", f"No mail can be sent: {fault}")


def _later(office: Office, db: Database, mail: Claimed, reply: str, now: datetime) -> None:
    """Try again with growing pauses, for as long as the config says; then give up aloud."""
    if _too_old(office, mail, now):
        _fail(office, db, mail, _gave_up(office, reply), now)
        return
    pause = backoff(office.config.sending, mail.attempts)
    outbox.defer(db, mail.id, reply, now + pause)
    minutes = round(pause.total_seconds() / 60)
    journal.write(db, now, "deferred", f"{mail.template} waits {minutes} minutes: {reply}", outbox=mail.id)


def backoff(sending: Sending, attempts: int) -> timedelta:
    """Return the pause after so many attempts: it doubles from the first to the longest."""
    return timedelta(minutes=min(sending.retry_minutes_first * 2 ** min(attempts - 1, 20), sending.retry_minutes_cap))


def _barred(office: Office, db: Database, mail: Claimed, reply: str, now: datetime) -> None:
    """Stop a sending that the server refuses by its policy; unless it has taken others since it first refused this."""
    if mail.barred_at and batches.others_went_since(db, mail.batch, mail.barred_at):
        _fail(office, db, mail, reply, now)
        return
    outbox.bar(db, mail.id, now)
    until = _stop(office, db, mail, reply, now, _first_pause(office))
    outbox.defer(db, mail.id, reply, until)


def _stop(office: Office, db: Database, mail: Claimed, reply: str, now: datetime, pause: timedelta) -> datetime:
    """Let the rest of a sending wait, longer each time, and tell once. Returns until when."""
    if (standing := batches.stopped_until(db, mail.batch)) and moment(standing) > now:
        return moment(standing)  # another connection met the same fault just now
    longest = timedelta(minutes=office.config.sending.retry_minutes_cap)
    until: datetime = now + min(pause * 2 ** min(batches.stops(db, mail.batch), 20), longest)
    left = batches.stop(db, mail.batch, reply, now, until)
    words = f"The sending “{mail.batch}” is stopped, {left} of its mails wait: {reply}"
    if left and alarms.sound(db, BATCH_ALARM.format(mail.batch), words, now):
        journal.write(db, now, "alarm", words, outbox=mail.id)
    return until


def _first_pause(office: Office) -> timedelta:
    return timedelta(minutes=office.config.sending.retry_minutes_first)


def _too_old(office: Office, mail: Claimed, now: datetime) -> bool:
    return now - moment(mail.tried_at) >= timedelta(hours=office.config.sending.give_up_hours)


def _gave_up(office: Office, reply: str) -> str:
    return f"not accepted within {office.config.sending.give_up_hours} hours: {reply}"


def _fail(office: Office, db: Database, mail: Claimed, reply: str, now: datetime) -> None:
    outbox.settle(db, mail.id, "failed", reply, now)
    journal.write(db, now, "failed", f"{mail.template} was refused for good: {reply}", outbox=mail.id)
    words = f"A mail ({mail.template}) could not be delivered: {reply}"
    tasks.add(db, f"failed:{mail.id}", "coordinator", words, now)
    if mail.batch and batches.refused(db, mail.batch) >= REFUSED_IN_A_ROW:
        _stop(office, db, mail, reply, now, _first_pause(office))


def _doubt(db: Database, row: int, reply: str, now: datetime) -> None:
    if outbox.was_seen_in_sent(db, row):
        outbox.settle(db, row, "sent", reply, now)
        journal.write(db, now, "sent", IN_SENT, outbox=row)
        return
    repeated = outbox.doubt(db, row, reply, now)
    then = "it is sent once more under the same Message-ID" if repeated else "a person decides whether to send it again"
    journal.write(db, now, "doubtful", f"Whether this mail arrived is not known ({reply}); {then}.", outbox=row)
    if not repeated:
        tasks.add(db, f"doubtful:{row}", "coordinator", f"Mail {row} may or may not have arrived: {reply}", now)


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
            journal.write(db, now, "sent", IN_SENT, outbox=row)
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
