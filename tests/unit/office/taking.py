"""Shared by the tests of acts: a message taken the whole way, rules of a few lines, and what the tables hold."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from mailroom.message import read
from mailroom.office.office import Office
from mailroom.office.take import take
from mailroom.rules import ROLES, load
from mailroom.store import messages
from mailroom.store.messages import Arrived, Packed, Waiting
from tests.office import REPOSITORY, shipped_set

FORM = """\
Form: An observation
Field: date, a date
Field: arrival, a time
"""


def arrive(office: Office, raw: bytes, at: datetime) -> int:
    """Take one message the whole way and return its number."""
    with office.store.immediate() as db:
        row = receive(db, raw, at)
        decide(office, db, row, raw, at)
    return row


def receive(db: Database, raw: bytes, at: datetime) -> int:
    [[uid]] = db.execute("SELECT count(*) + 1 FROM messages")
    row = messages.receive(db, Arrived("INBOX", 1, uid, at, len(raw), Packed.of(raw)), at, history=False)
    assert row is not None
    return row


def decide(office: Office, db: Database, row: int, raw: bytes, at: datetime) -> None:
    take(office, db, Waiting(row, at, history=False, size=len(raw)), read(raw, office.config.border), at)


def with_rules(office: Office, *lines: str, catch: str = "If subject contains: parcel") -> None:
    """Put one rule before the shipped set: what is about a parcel."""
    rule = "\n".join(("Rule: Parcels", catch, *lines))
    files = {
        path.relative_to(REPOSITORY).as_posix(): path.read_bytes() for path in (REPOSITORY / "rules").rglob("*.txt")
    }
    files = {name: data for name, data in files.items() if not name.startswith("rules/sorting/")}
    files |= {"rules/sorting/00-parcels.txt": rule.encode(), "rules/forms/observation.txt": FORM.encode()}
    made = load(files, tuple(office.templates.mails), ROLES)
    office.rules = replace(made, duties=shipped_set()[0].duties)


TABLES = ("links", "tasks", "records", "reminders", "confirmed")


def held(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return what undoing has to bring back: every table an act may change, without what can't be unsaid.

    A case that was opened by mistake stays as `undone`, a mail that had not gone as `cancelled`, and what happened
    in a case is told for ever.
    """
    found = {table: list(db.execute(f"SELECT * FROM {table} ORDER BY 1")) for table in TABLES}
    found["tasks"] = [row for row in found["tasks"] if not str(row[1]).startswith("look:")]
    found["cases"] = list(db.execute("SELECT * FROM cases WHERE stage <> 'undone' ORDER BY id"))
    columns = "id, class, flags, priority, priority_words, folder, decision, reason, bin_on"
    found["messages"] = list(db.execute(f"SELECT {columns} FROM messages ORDER BY id"))
    found["outbox"] = list(db.execute("SELECT key, state FROM outbox WHERE state <> 'cancelled' ORDER BY id"))
    return found


def told(office: Office, sql: str) -> list[tuple[Any, ...]]:
    return list(office.store.db.execute(sql))
