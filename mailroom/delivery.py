"""The outbox loop: claim a row, send it, settle it. Each mail by itself, one recipient, one verdict.

The mark `sending` is committed before the first byte of the message leaves, and the server's reply
is committed before the next row is touched. What a crash leaves in between is `doubtful`.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from mailroom.clock import Clock, moment
from mailroom.errors import Doubtful, Permanent, Temporary, Unauthorised
from mailroom.office.office import Office
from mailroom.store import alarms, journal, outbox, tasks
from mailroom.store.outbox import Claimed

SMTP_ALARM = "smtp"
COPY_ALARM = "copies"

BEFORE_ANY_MAIL = frozenset({"CONNECT", "EHLO", "STARTTLS", "AUTH"})
TOO_LARGE = 552

SHORT_PAUSE = timedelta(seconds=30)
"""Pause after the server fell silent, times the attempts so far."""


class Wire(Protocol):
    """Sends one mail to one recipient; transport.smtp.Sender, or a test's scripted one."""

    async def send(self, sender: str, recipient: str, mime: bytes) -> str:
        """Return the server's reply. Raises Temporary, Permanent, Unauthorised or Doubtful."""


class Unreachable(Temporary):
    """No mail can go at present; the row that found out was given back untouched."""


def recover(office: Office, now: datetime) -> int:
    """Turn what a crash left in `sending` into `doubtful`, before anything else is sent."""
    with office.store.immediate() as db:
        rows = outbox.left_sending(db)
        for row in rows:
            _doubt(office, row, "mailroom ended before the server's reply was recorded", now)
    return len(rows)


async def deliver_due(office: Office, wire: Wire, clock: Clock, stopping: Callable[[], bool] = lambda: False) -> int:
    """Send everything that is due, and return how many mails the server took.

    Raises:
        Temporary: the server cannot be reached or refuses our login; what is left waits.

    """
    sent = 0
    while not stopping():
        claimed = _claim(office, clock.now())
        if claimed is None:
            return sent
        sent += await _send(office, wire, claimed, clock)
    return sent


def _claim(office: Office, now: datetime) -> Claimed | None:
    with office.store.immediate() as db:
        for row, why in outbox.withdraw_unfit(db, now):
            journal.write(db, now, "withheld", f"Not sent: {why}.", outbox=row)
        return outbox.claim(db, now)


async def _send(office: Office, wire: Wire, mail: Claimed, clock: Clock) -> bool:
    """Send one claimed mail and settle its row; True when the server took it."""
    sender = "" if office.config.smtp.null_sender and mail.kind in ("ack", "danger") else office.config.office.mailbox
    try:
        reply = await wire.send(sender, mail.recipient, mail.mime)
    except Doubtful as error:
        with office.store.immediate():
            _doubt(office, mail.id, str(error), clock.now())
        return False
    except (Temporary, Permanent) as error:
        if _everybodys(error):
            _no_server(office, mail, str(error), clock.now())
            raise Unreachable(str(error), code=error.code, verb=error.verb) from error
        if isinstance(error, Permanent):
            _fail(office, mail, str(error), clock.now())
        else:
            _later(office, mail, str(error), clock.now())
        return False
    now = clock.now()
    with office.store.immediate() as db:
        outbox.settle(db, mail.id, "sent", reply, now)
        journal.write(db, now, "sent", f"Sent {mail.template}.", outbox=mail.id)
        if alarms.clear(db, SMTP_ALARM, now):
            journal.write(db, now, "alarm over", "Mail can be sent again.")
    return True


def _everybodys(error: Temporary | Permanent) -> bool:
    """Tell whether every other mail would meet the same fault: no connection, no login, our address refused.

    552 at MAIL is about the size of this one (RFC 1870 section 6).
    """
    if isinstance(error, Unauthorised) or error.verb in BEFORE_ANY_MAIL:
        return True
    if isinstance(error, Permanent):
        return error.verb == "MAIL" and error.code // 100 == 5 and error.code != TOO_LARGE  # noqa: PLR2004
    return error.code == 0


def _no_server(office: Office, mail: Claimed, reply: str, now: datetime) -> None:
    """Put a mail back that got no reply of its own, and say that none can be sent.

    The pause is short, as the fault is the server's, but grows with each attempt: were it this one
    mail that makes the server hang up, it must not stand before all others.
    """
    if _too_old(office, mail, now):
        _fail(office, mail, _gave_up(office, reply), now)
        return
    first = timedelta(minutes=office.config.sending.retry_minutes_first)
    with office.store.immediate() as db:
        outbox.defer(db, mail.id, reply, now + min(SHORT_PAUSE * mail.attempts, first))
        if alarms.sound(db, SMTP_ALARM, f"No mail can be sent: {reply}", now):
            journal.write(db, now, "alarm", f"No mail can be sent: {reply}")


def _later(office: Office, mail: Claimed, reply: str, now: datetime) -> None:
    """Try again with growing pauses, for as long as the config says; then give up aloud."""
    if _too_old(office, mail, now):
        _fail(office, mail, _gave_up(office, reply), now)
        return
    sending = office.config.sending
    minutes = min(sending.retry_minutes_first * 2 ** (mail.attempts - 1), sending.retry_minutes_cap)
    with office.store.immediate() as db:
        outbox.defer(db, mail.id, reply, now + timedelta(minutes=minutes))
        journal.write(db, now, "deferred", f"{mail.template} waits {minutes} minutes: {reply}", outbox=mail.id)


def _too_old(office: Office, mail: Claimed, now: datetime) -> bool:
    return now - moment(mail.created_at) >= timedelta(hours=office.config.sending.give_up_hours)


def _gave_up(office: Office, reply: str) -> str:
    return f"not accepted within {office.config.sending.give_up_hours} hours: {reply}"


def _fail(office: Office, mail: Claimed, reply: str, now: datetime) -> None:
    with office.store.immediate() as db:
        outbox.settle(db, mail.id, "failed", reply, now)
        journal.write(db, now, "failed", f"{mail.template} was refused for good: {reply}", outbox=mail.id)
        words = f"A mail ({mail.template}) could not be delivered: {reply}"
        tasks.add(db, f"failed:{mail.id}", "coordinator", words, now)


def _doubt(office: Office, row: int, reply: str, now: datetime) -> None:
    db = office.store.db
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
