"""What an act changes is noted row by row, whoever changes it; outside of acts nothing is."""

from datetime import datetime

import pytest

from mailroom.store import Store, acts, links, messages, tasks
from mailroom.store.messages import Arrived, Packed


@pytest.fixture
def row(store: Store, now: datetime) -> int:
    with store.immediate() as db:
        made = messages.receive(db, Arrived("INBOX", 1, 1, now, 3, Packed.of(b"raw")), now, history=False)
    assert made is not None
    return made


def noted(store: Store, act: int) -> list[tuple[str, str, dict[str, object]]]:
    return [(one.step, one.table, one.before) for one in acts.changes(store.db, [act])]


def test_every_column_of_a_watched_table_is_noted(store: Store):
    """A migration that adds a column to one of them has to make the triggers anew (`acts.watch`)."""
    for table, watched in acts.WATCHED.items():
        columns = [name for _, name, *_ in store.db.execute(f"PRAGMA table_info({table})")]
        [[sql]] = store.db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (f"act_{table}_changed",))
        wanted = watched.columns or [name for name in columns if name not in watched.without]
        assert [name for name in wanted if f'OLD."{name}"' not in sql] == [], table
        assert set(wanted) <= set(columns)


def test_outside_of_an_act_nothing_is_noted(store: Store, row: int, now: datetime):
    with store.immediate() as db:
        tasks.add(db, "k", "coordinator", "Look.", now, message=row)

    assert store.db.execute("SELECT count(*) FROM changes").fetchone() == (0,)


def test_only_what_differs_is_noted_and_the_last_change_comes_first(store: Store, row: int, now: datetime):
    with store.immediate() as db, acts.recording(db, now, "mailroom", "sorted", "Sorted.", message=row) as act:
        messages.set_folder(db, row, "Concerns")
        messages.set_folder(db, row, "Concerns")
        tasks.add(db, "k", "coordinator", "Look.", now, message=row)

    assert noted(store, act) == [("added", "tasks", {}), ("changed", "messages", {"folder": ""})]


def test_filing_and_delivery_are_no_part_of_an_act_that_is_over(store: Store, row: int, now: datetime):
    with store.immediate() as db, acts.recording(db, now, "mailroom", "sorted", "Sorted.", message=row):
        pass
    with store.immediate() as db:
        messages.set_folder(db, row, "Concerns")

    assert store.db.execute("SELECT count(*) FROM changes").fetchone() == (0,)


def test_an_act_within_another_is_its_own_and_the_outer_goes_on(store: Store, row: int, now: datetime):
    with store.immediate() as db, acts.recording(db, now, "robin", "command", "A command.", message=row) as outer:
        with acts.recording(db, now, "robin", "corrected", "Corrected.", message=row) as inner:
            assert acts.acting(db) == (inner, outer)
            messages.set_folder(db, row, "Concerns")
        tasks.add(db, "k", "coordinator", "Look.", now, message=row)

    assert [table for _, table, _ in noted(store, inner)] == ["messages"]
    assert [table for _, table, _ in noted(store, outer)] == ["tasks"]
    assert acts.parts(store.db, outer) == [outer, inner]
    assert acts.acting(store.db) == ()


def test_a_transaction_that_fails_leaves_nobody_acting(store: Store, row: int, now: datetime):
    with (
        pytest.raises(ZeroDivisionError),
        store.immediate() as db,
        acts.recording(db, now, "mailroom", "sorted", "Sorted.", message=row),
    ):
        raise ZeroDivisionError

    assert acts.acting(store.db) == ()
    assert acts.of_message(store.db, row) == []


def test_a_savepoint_that_fails_inside_an_act_leaves_the_act_going_on(store: Store, row: int, now: datetime):
    with store.immediate() as db, acts.recording(db, now, "mailroom", "sorted", "Sorted.", message=row) as act:
        with (
            pytest.raises(ZeroDivisionError),
            store.immediate(),
            acts.recording(db, now, "mailroom", "tried", "Tried.", message=row),
        ):
            raise ZeroDivisionError
        messages.set_folder(db, row, "Concerns")

    assert [one.kind for one in acts.of_message(store.db, row)] == ["sorted"]
    assert [table for _, table, _ in noted(store, act)] == ["messages"]


def test_a_row_that_was_removed_comes_back_as_it_was(store: Store, row: int, now: datetime):
    with store.immediate() as db:
        db.execute("INSERT INTO people (id, name, kind) VALUES ('M01', 'Ada Winter', 'member')")
        links.to_person(db, row, "M01", now, confirmed=True, how="their address – “Ada”", by="mailroom")
        before = list(db.execute("SELECT * FROM links"))
        with acts.recording(db, now, "robin", "tidied", "Tidied.", message=row) as act:
            db.execute("DELETE FROM links")
        [change] = acts.changes(db, [act])
        acts.add_back(db, change.table, change.before)

        assert list(db.execute("SELECT * FROM links")) == before


def test_no_other_table_can_be_written_back(store: Store):
    with pytest.raises(LookupError):
        acts.add_back(store.db, "people", {"id": "M01"})
