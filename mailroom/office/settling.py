"""What becomes of a mail by the server's word on it, and what follows for others: rows only, in one transaction.

A fault is of one mail, of all of one sending, of one return path, or of everything. Which it is, is decided once, in
`meaning`; docs/reliability.md has the table of all of them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.config.model import Sending
from mailroom.errors import Barred, Doubtful, Temporary, Unauthorised, WireFault
from mailroom.office import returned
from mailroom.office.office import Office
from mailroom.store import alarms, batches, journal, outbox, tasks
from mailroom.store.turns import Claimed

SMTP_ALARM = "smtp"
BATCH_ALARM = "batch:{}"
NULL_ALARM: Final = "null sender"
"""Sounds while the server refuses mail with an empty return path. Answers go with our own address meanwhile."""
OWN_ALARM: Final = "own sender"
"""Sounds while the server refuses our own address as return path, and takes answers, which have an empty one."""

BEFORE_ANY_MAIL = frozenset({"CONNECT", "EHLO", "STARTTLS", "AUTH"})
RCPT: Final = "RCPT"
CLOSING = 421

IN_SENT = "The server has filed its copy, so it took the mail."

SHORT_PAUSE = timedelta(seconds=30)
"""Pause after the server fell silent, times the attempts so far."""

REFUSED_IN_A_ROW = 10
"""So many mails of one sending refused for good, and none taken between them: it is not the recipients' fault."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail: the server's reply, or what went wrong, under which return path."""

    mail: Claimed
    sender: str
    reply: str
    fault: WireFault | None = None
    hurried: bool = False
    """It went over the spare connection."""


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


def settle(office: Office, db: Database, outcome: Outcome, now: datetime) -> Meaning | None:
    """Record what became of a mail, and what follows for others; returns what its fault means, None without one."""
    mail, reply, fault = outcome.mail, outcome.reply, outcome.fault
    if fault is None:
        _taken(db, mail, reply, now, own=bool(outcome.sender))
        return None
    means = meaning(fault, mail.batch)
    match means:
        case "doubtful":
            doubt(db, mail.id, reply, now)
            if mail.batch:
                _stop(office, db, mail, reply, now, SHORT_PAUSE)
        case "nobody":
            _no_server(office, db, mail, fault, now)
        case "sending":
            _barred(office, db, mail, reply, now)
        case "later":
            _later(office, db, mail, reply, now)
        case "failed":
            _fail(office, db, mail, reply, now, at=fault.verb)
    return means


def refuses_sender(fault: WireFault) -> bool:
    """Tell whether the server refuses a return path, and not everything: it answered MAIL, and stays."""
    return fault.verb == "MAIL" and fault.code not in (0, CLOSING)


def refuses_null_sender(outcome: Outcome) -> bool:
    """Tell whether the server refuses mail with an empty return path; it may well take it with our address."""
    return outcome.sender == "" and outcome.fault is not None and refuses_sender(outcome.fault)


def without_null_sender(db: Database, outcome: Outcome, now: datetime) -> None:
    """Let an answer go again at once with our own address as return path, and say what the config should."""
    outbox.defer(db, outcome.mail.id, outcome.reply, now)
    words = (
        f"The server refuses mail with an empty return path ({outcome.reply}). Answers go with our own address. Please "
        "set null_sender = false in config.toml."
    )
    if alarms.sound(db, NULL_ALARM, words, now):
        journal.write(db, now, "alarm", words, outbox=outcome.mail.id)


def _taken(db: Database, mail: Claimed, reply: str, now: datetime, *, own: bool) -> None:
    """Record that the server took a mail; `own`: with our own address as return path."""
    outbox.settle(db, mail.id, "sent", reply, now)
    journal.write(db, now, "sent", f"Sent {mail.template}.", outbox=mail.id)
    if alarms.clear(db, SMTP_ALARM, now):
        journal.write(db, now, "alarm over", "Mail can be sent again.")
    if own and alarms.clear(db, OWN_ALARM, now):
        journal.write(db, now, "alarm over", "Mail from our own address can be sent again.")
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
    key, words = SMTP_ALARM, f"No mail can be sent: {fault}"
    if office.config.smtp.null_sender and refuses_sender(fault):
        key, words = OWN_ALARM, f"No mail can be sent but automatic answers: {fault}"
    if alarms.sound(db, key, words, now):
        journal.write(db, now, "alarm", words)


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


def _fail(office: Office, db: Database, mail: Claimed, reply: str, now: datetime, *, at: str = "") -> None:
    """Give up on a mail, aloud. One that the server refused `at` RCPT counts against the address."""
    outbox.settle(db, mail.id, "failed", reply, now)
    journal.write(db, now, "failed", f"{mail.template} was refused for good: {reply}", outbox=mail.id)
    words = f"A mail ({mail.template}) could not be delivered: {reply}"
    tasks.add(db, f"failed:{mail.id}", "coordinator", words, now)
    if at == RCPT:
        returned.count(office, db, outbox.of(db, mail.id), now, for_good=True)
    if mail.batch and batches.refused(db, mail.batch) >= REFUSED_IN_A_ROW:
        _stop(office, db, mail, reply, now, _first_pause(office))


def doubt(db: Database, row: int, reply: str, now: datetime) -> None:
    """Record that a mail may or may not have arrived, unless its copy in Sent says that it has; and ask a person."""
    if outbox.was_seen_in_sent(db, row):
        outbox.settle(db, row, "sent", reply, now)
        journal.write(db, now, "sent", IN_SENT, outbox=row)
        return
    repeated = outbox.doubt(db, row, reply, now)
    then = "it is sent once more under the same Message-ID" if repeated else "a person decides whether to send it again"
    journal.write(db, now, "doubtful", f"Whether this mail arrived is not known ({reply}); {then}.", outbox=row)
    if not repeated:
        tasks.add(db, f"doubtful:{row}", "coordinator", f"Mail {row} may or may not have arrived: {reply}", now)
