"""Take one understood message the rest of its way: placed, decided, acted on, in the caller's transaction."""

from datetime import datetime

from sqlite_utils import Database

from mailroom import rules
from mailroom.message import Message
from mailroom.office import returned, suggesting
from mailroom.office.act import act, remember, sentence
from mailroom.office.office import Office
from mailroom.office.place import Placed, place
from mailroom.office.threads import near
from mailroom.rules.model import Decision
from mailroom.store import acts, messages, people, readings, threads
from mailroom.store.messages import Waiting


def take(office: Office, db: Database, row: Waiting, message: Message, now: datetime) -> tuple[Placed, Decision]:
    """Place, decide and act. A message of history is understood and decided, but nothing follows from it.

    Intake commits what this does; `why` runs the very same and rolls it back.
    """
    placed = place(office, db, message, row.received_at)
    decision = rules.decide(office.rules, message, placed.facts, suggesting.nearest(office, db))
    thread = placed.joined.thread or threads.new(db, message.subject, now)
    messages.record_reading(db, row.id, message, placed.sender, thread)
    readings.write(db, row.id, message, placed.facts)
    threads.mention(db, thread, near(message))
    if placed.sender.trust == "verified":
        shown = {one.address for one in (*message.to, *message.cc) if one.address}
        threads.address(db, row.id, sorted(shown - set(placed.facts.own_addresses)))
        people.trust_again(db, placed.sender.address)
    remember(db, row, message, decision, now)
    if row.history:
        messages.record_decision(db, row.id, decision, now)
        returned.take_back(office, db, row, message, now)
        return placed, decision
    with acts.recording(db, now, acts.OURSELVES, "sorted", sentence(row.id, decision), message=row.id):
        messages.record_decision(db, row.id, decision, now)
        returned.take_back(office, db, row, message, now)
        messages.set_folder(db, row.id, act(office, db, row, message, placed, decision, thread, now))
    return placed, decision
