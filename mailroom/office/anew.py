"""A mail of the outbox written anew: to another address of its reader, or to whoever holds their role now.

Its words are those that were written, and perhaps approved: nothing is filled in again.
"""

from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.message import message_id_for, threads
from mailroom.message.model import Address
from mailroom.message.readdress import Anew, readdress
from mailroom.office.mail import Recipient
from mailroom.office.office import Office
from mailroom.office.working_days import after_quiet
from mailroom.store import journal, outbox, people, tasks
from mailroom.store.missed import Past
from mailroom.store.outbox import Outgoing

AT_ANY_HOUR = ("danger", "alert")


def recipient(db: Database, person: str, role: str = "") -> Recipient | None:
    """Return how a person is written to now, None where no address of theirs can be used."""
    address = people.address_of(db, person)
    return Recipient(address, person, people.name_of(db, person), role) if address else None


def again(row: int) -> str:
    """Return the key of what is written in the place of a mail: once, whoever asks how often."""
    return f"again:{row}"


def write(
    office: Office,
    db: Database,
    old: Past,
    to: Recipient,
    key: str,
    now: datetime,
    *,
    held: bool = False,
    batch: str = "",
) -> int | None:
    """Queue a mail as it was, for another address; None where that was done before, or cannot be."""
    token = threads.token_for(office.message_id_key, key) if office.config.imap.plus_addresses else ""
    reply_to = threads.plus_address(office.config.office.mailbox, token)
    message_id = message_id_for(office.message_id_key, key, office.domain)
    try:
        mime = readdress(old.mime, Anew(Address(to.name, to.address), message_id, now, reply_to))
    except ValueError as error:
        words = f"A mail ({old.template}) could not be written to {to.address[:80]!r}: {error}"
        tasks.add(db, f"unwritable:{key}", "coordinator", words, now, message=old.cause, case=old.case)
        return None
    mail = Outgoing(
        key, to.address, to.person, old.kind, old.template, old.subject, message_id, mime, case=old.case,
        cause=old.cause, thread=old.thread, expires=moment(old.expires) if old.expires else None,
        conversation=old.conversation, token=token if reply_to else "", batch=batch, guard=old.guard, role=to.role,
    )  # fmt: skip
    row = outbox.queue(db, mail, now, not_before=_not_before(office, old, now), held=held)
    if row is not None:
        words = f"Wrote {old.template} anew, to {to.name or 'them'} ({to.person})."
        journal.write(db, now, "written anew", words, case=old.case, outbox=row)
    return row


def _not_before(office: Office, old: Past, now: datetime) -> datetime:
    """Return when it may go: what was to go later does, and what is late disturbs nobody's night."""
    planned = moment(old.not_before)
    if planned > now:
        return planned
    found = office.templates.mails.get(old.template)
    if old.kind in AT_ANY_HOUR or (found is not None and found.source.any_hour):
        return now
    return after_quiet(now, office.config.hours.quiet, office.zone)
