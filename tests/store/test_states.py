"""The table of states: the database holds to it, and the docs print it."""

import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from mailroom.store import Store, messages, outbox, states
from mailroom.store.messages import Arrived, Packed
from mailroom.store.outbox import Outgoing

DOCS = Path(__file__).parents[2] / "docs" / "states.md"


def test_the_docs_say_what_the_table_says():
    wanted = states.as_markdown()

    assert DOCS.read_text(encoding="utf-8") == wanted, f"docs/states.md should be:\n\n{wanted}"


def test_every_step_leads_to_a_state_of_the_table():
    for table in states.TABLES.values():
        assert {step for state in table.values() for step in state.to} <= table.keys()


def one_row(db: Database, table: str, now: datetime) -> None:
    if table == "messages":
        messages.receive(db, Arrived("INBOX", 1, 1, now, 3, Packed.of(b"raw")), now, history=False)
    else:
        outbox.queue(db, Outgoing("k", "a@x.example.org", "", "ack", "t", "s", "<1@x>", b"mime"), now)


def steps(table: str) -> list[tuple[str, str]]:
    names = states.TABLES[table]
    return [(a, b) for a in names for b in names if a != b]


@pytest.mark.parametrize("table", states.TABLES)
def test_the_database_takes_the_steps_of_the_table_and_refuses_every_other(store: Store, now: datetime, table: str):
    with store.immediate() as db:
        one_row(db, table, now)
    for before, after in steps(table):
        with store.rolled_back() as db:
            db.execute(f"DROP TRIGGER {table}_state")
            db.execute(f"UPDATE {table} SET state = ?", (before,))
            db.execute(states.trigger(table))
            allowed = after in states.TABLES[table][before].to
            if allowed:
                db.execute(f"UPDATE {table} SET state = ?", (after,))
            else:
                with pytest.raises(sqlite3.IntegrityError, match="no such step"):
                    db.execute(f"UPDATE {table} SET state = ?", (after,))


@pytest.mark.parametrize("table", states.TABLES)
def test_a_state_that_is_not_in_the_table_is_refused(store: Store, now: datetime, table: str):
    with store.immediate() as db:
        one_row(db, table, now)

    with pytest.raises(sqlite3.IntegrityError), store.immediate() as db:
        db.execute(f"UPDATE {table} SET state = 'nowhere'")
