"""An answer a person typed in a mail program, found in our own Sent folder: it joins its case and stops the clock.

The rules never see it, and nothing is sent because of it.
"""

from datetime import datetime

from sqlite_utils import Database

from mailroom.message import Message
from mailroom.message.threads import is_ours
from mailroom.office.act import UNINDEXED
from mailroom.office.office import Office
from mailroom.office.threads import Joined, find_ours, near
from mailroom.rules.model import Sender
from mailroom.store import acts, cases, journal, links, messages, outbox, tasks, threads
from mailroom.store.messages import Waiting

BY_HAND = "by hand"
ANSWERS = frozenset({"person", "calendar"})
"""What a person sends; a mail program's own out-of-office reply stops no clock."""


def take_sent(office: Office, db: Database, row: Waiting, message: Message, now: datetime) -> None:
    """Take one message of the Sent folder the rest of its way."""
    mailbox = office.config.office.mailbox
    if outbox.is_ours(db, message.message_id):
        messages.record_sent(db, row.id, "our own copy of a mail", now)
        return
    if not is_ours(message.sender.address, mailbox):
        messages.record_sent(db, row.id, "not sent from this mailbox", now)
        return
    joined = find_ours(db, message)
    thread = joined.thread or threads.new(db, message.subject, now)
    sender = Sender(message.sender.address, message.sender.name, trust="verified")
    messages.record_reading(db, row.id, message, sender, thread)
    threads.mention(db, thread, near(message))
    to = {one.address for one in (*message.to, *message.cc) if one.address and not is_ours(one.address, mailbox)}
    threads.address(db, row.id, sorted(to))
    if not messages.classes(db, thread) & UNINDEXED:
        messages.index(db, row.id, message.subject, message.new_text)
    messages.record_sent(db, row.id, "", now)
    with acts.recording(db, now, BY_HAND, "sent", f"#{row.id} was sent by hand.", message=row.id):
        _link(db, row, joined, now)
        if message.kind in ANSWERS:
            _stop_the_clock(db, row, joined, thread, now)


def _link(db: Database, row: Waiting, joined: Joined, now: datetime) -> None:
    refs = (joined.ref,) if joined.ref else joined.candidates
    for ref in refs:
        if case := cases.by_ref(db, ref):
            how = joined.how or f"one of {len(refs)} cases it may belong to"
            links.to_case(db, row.id, case.id, now, confirmed=bool(joined.ref), how=how, by=BY_HAND)
    if joined.candidates:
        words = f"#{row.id}, which you sent, may belong to {' or '.join(refs)}. Please say which."
        tasks.add(db, f"which:{row.id}", "coordinator", words, now, message=row.id)


def _stop_the_clock(db: Database, row: Waiting, joined: Joined, thread: int, now: datetime) -> None:
    looked = tasks.looked_at(db, thread, row.received_at, now)
    case = cases.by_ref(db, joined.ref) if joined.ref else None
    if case:
        cases.answered(db, case.id, row.received_at)
        tasks.deadline_met(db, case.id, now)
        cases.record(db, case, now, event="answered by hand", to_stage=case.stage, why=joined.how, message=row.id)
    words = f"#{row.id} was sent by hand" + (f" and belongs to {case.ref}." if case else ".")
    if looked:
        words += f" Tasks done by it: {looked}."
    journal.write(db, now, "answered by hand", words, message=row.id, case=case.id if case else None)
