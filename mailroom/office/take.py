"""Take one understood message the rest of its way: placed, decided, acted on, in the caller's transaction."""

from datetime import datetime
from random import SystemRandom

from sqlite_utils import Database

from mailroom import rules
from mailroom.message import Message
from mailroom.office import returned, rule_mail, suggesting
from mailroom.office.act import act, remember, sentence
from mailroom.office.commands import asking, run, said
from mailroom.office.mail import Cause
from mailroom.office.office import Office
from mailroom.office.place import Placed, place
from mailroom.office.threads import near
from mailroom.rules import commands
from mailroom.rules.model import Decision
from mailroom.store import acts, messages, people, readings, records, threads
from mailroom.store.messages import Waiting


def take(office: Office, db: Database, row: Waiting, message: Message, now: datetime) -> tuple[Placed, Decision]:
    """Place, decide and act. A message of history is understood and decided, but nothing follows from it.

    Intake commits what this does; `why` runs the very same and rolls it back.
    """
    placed = place(office, db, message, row.received_at)
    own = said.own(db, message, placed)
    order = _order(office, db, row, own, placed)
    control = commands.decide(office.rules, message, placed.facts, order.line) if order else None
    decision = control or rules.decide(office.rules, message, placed.facts, suggesting.nearest(office, db))
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
    if order and control:
        messages.record_decision(db, row.id, control, now)
        decision = run.told(control, order.line, run.obey(office, db, row, own, placed, order, thread, now))
        messages.record_decision(db, row.id, decision, now)
        messages.set_folder(db, row.id, commands.FOLDER)
        return placed, decision
    with acts.recording(db, now, acts.OURSELVES, "sorted", sentence(row.id, decision), message=row.id):
        messages.record_decision(db, row.id, decision, now)
        returned.take_back(office, db, row, message, now)
        messages.set_folder(db, row.id, act(office, db, row, message, placed, decision, thread, now))
        # Of what has to be opened in a mail program first, the task to do so is question enough.
        plain = not message.look and not message.sealed and not records.of_message(db, row.id)
        if not decision.class_ and plain:
            about = Cause(row.id, thread=thread, at=row.received_at)
            asking.what_is_it(office, db, decision, placed.sender, about, now)
        asking.may_it_go(office, db, now, SystemRandom())
    return placed, decision


def _order(office: Office, db: Database, row: Waiting, message: Message, placed: Placed) -> run.Order | None:
    """Return what the message tells the office to do: safety comes before it, the sorting rules after it."""
    if row.history:
        return None
    command = commands.read(message, placed.facts, office.rules.verbs)
    return command or rule_mail.find(office, db, row.id, message, placed.facts)
