"""Take one understood message the rest of its way: placed, decided, acted on, in the caller's transaction."""

from datetime import datetime

from sqlite_utils import Database

from mailroom import rules
from mailroom.message import Message
from mailroom.office.act import act, remember
from mailroom.office.office import Office
from mailroom.office.place import Placed, place
from mailroom.rules.model import Decision
from mailroom.store import messages
from mailroom.store.messages import Waiting


def take(office: Office, db: Database, row: Waiting, message: Message, now: datetime) -> tuple[Placed, Decision]:
    """Place, decide and act. A message of history is understood and decided, but nothing follows from it.

    Intake commits what this does; `why` runs the very same and rolls it back.
    """
    placed = place(office, db, message, row.received_at)
    decision = rules.decide(office.rules, message, placed.facts)
    thread = placed.thread or messages.new_thread(db, message.subject, now)
    messages.record_reading(db, row.id, message, placed.sender, thread)
    remember(db, row, message, decision, now)
    messages.record_decision(db, row.id, decision, now)
    if not row.history:
        messages.set_folder(db, row.id, act(office, db, row, message, placed, decision, thread, now))
    return placed, decision
