"""How the office's file is opened, and the one way to change it."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailroom.errors import StoreBusy, StoreFault
from mailroom.store import Store, journal, messages, open_store, settings
from mailroom.store.messages import Arrived, Packed


def pragma(store: Store, name: str) -> object:
    [value] = store.db.execute(f"PRAGMA {name}").fetchone()
    return value


def test_what_was_committed_survives_a_power_cut_and_what_was_removed_is_gone(store: Store):
    found = {name: pragma(store, name) for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")}

    full = 2
    assert found == {"journal_mode": "wal", "synchronous": full, "foreign_keys": 1, "secure_delete": 1}
    assert pragma(store, "busy_timeout") == 10_000


def test_only_its_owner_may_read_an_office(store: Store):
    assert store.path.stat().st_mode & 0o777 == 0o600


def put_and_fail(store: Store, key: str) -> None:
    with store.immediate() as db:
        settings.put(db, key, "1")
        raise RuntimeError


def put_whole_and_fail(store: Store, key: str) -> None:
    with store.immediate():
        with store.immediate() as db:
            settings.put(db, key, "1")
        raise RuntimeError


def test_a_transaction_that_fails_leaves_nothing(store: Store):
    with pytest.raises(RuntimeError):
        put_and_fail(store, "first")

    assert settings.get(store.db, "first") == ""
    assert not store.db.conn.in_transaction


def test_a_transaction_inside_another_may_fail_by_itself(store: Store):
    with store.immediate() as db:
        settings.put(db, "outer", "1")
        with pytest.raises(RuntimeError):
            put_and_fail(store, "inner")

    assert (settings.get(store.db, "outer"), settings.get(store.db, "inner")) == ("1", "")


def test_the_outer_transaction_takes_the_inner_one_with_it(store: Store):
    with pytest.raises(RuntimeError):
        put_whole_and_fail(store, "inner")

    assert settings.get(store.db, "inner") == ""


def test_a_preview_leaves_no_trace(store: Store):
    with store.rolled_back() as db:
        settings.put(db, "seen", "1")
        assert settings.get(db, "seen") == "1"

    assert settings.get(store.db, "seen") == ""


def test_each_step_of_a_transaction_is_told_to_the_crash_hook(path: Path):
    steps: list[str] = []
    store = open_store(path, steps.append)

    with store.immediate() as db:
        settings.put(db, "a", "1")

    assert steps == ["begun", "before commit", "committed"]
    store.close()


@pytest.mark.parametrize("step", ["begun", "before commit"])
def test_a_crash_before_the_commit_loses_the_whole_transaction(path: Path, step: str):
    def crash(at: str) -> None:
        if at == step:
            raise KeyboardInterrupt

    store = open_store(path, crash)
    with pytest.raises(KeyboardInterrupt), store.immediate() as db:
        settings.put(db, "a", "1")
    store.close()

    again = open_store(path)
    assert settings.get(again.db, "a") == ""
    again.close()


def test_two_writers_take_turns_instead_of_failing(store: Store, other: Store):
    faults: list[Exception] = []

    def count(mine: Store) -> None:
        try:
            for _ in range(20):
                with mine.immediate() as db:
                    # Read, then write: what a deferred transaction fails at.
                    n = int(settings.get(db, "n") or 0)
                    settings.put(db, "n", str(n + 1))
        except sqlite3.OperationalError as error:
            faults.append(error)

    threads = [threading.Thread(target=count, args=(one,)) for one in (store, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert (faults, settings.get(store.db, "n")) == ([], "40")


def test_a_new_office_may_be_opened_by_several_at_once(path: Path):
    faults: list[Exception] = []

    def begin() -> None:
        try:
            open_store(path).close()
        except StoreFault as error:
            faults.append(error)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    store = open_store(path)
    applied = [name for (name,) in store.db.execute("SELECT name FROM _sqlite_migrations")]
    assert (faults, sorted(applied)) == ([], sorted(set(applied)))
    store.close()


def test_an_office_made_by_a_newer_mailroom_is_refused(store: Store, path: Path):
    with store.immediate() as db:
        db.table("_sqlite_migrations").insert(
            {"migration_set": "mailroom", "name": "of_tomorrow", "applied_at": "2040-01-01"}
        )

    with pytest.raises(StoreFault, match=r"made by a newer mailroom \(of_tomorrow\)\. Update mailroom\."):
        open_store(path)


def test_the_file_of_another_program_is_refused_and_left_as_it_is(path: Path):
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE theirs (a)")
    foreign.close()

    with pytest.raises(StoreFault, match="this is not a mailroom database"):
        open_store(path)

    [found] = sqlite3.connect(path).execute("SELECT group_concat(name) FROM sqlite_master").fetchone()
    assert found == "theirs"


def test_a_damaged_file_is_refused_with_what_to_do(path: Path):
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    before = path.read_bytes()

    with pytest.raises(StoreFault, match="Keep the file, and put back the newest backup under this name"):
        open_store(path)

    assert path.read_bytes() == before


def test_the_journal_can_be_added_to_and_nothing_else(store: Store, now: datetime):
    with store.immediate() as db:
        journal.write(db, now, "started", "mailroom started.")

    for sql in ("UPDATE journal SET words = 'no'", "DELETE FROM journal"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"), store.immediate() as db:
            db.execute(sql)
    with pytest.raises(ValueError, match="waffled"), store.immediate() as db:
        journal.write(db, now, "waffled", "No such event.")
    assert [line[2] for line in journal.lines(store.db, now, now.replace(hour=10))] == ["mailroom started."]


def test_a_file_that_another_program_holds_is_said_to_be_busy_and_not_damaged(store: Store, other: Store):
    other.db.execute("PRAGMA busy_timeout = 0")
    busy = pytest.raises(StoreBusy, match="another program is writing to it")
    with store.immediate(), busy as caught, other.immediate():
        pass
    assert "put back" not in str(caught.value)


def test_a_statement_that_is_wrong_stays_a_fault_of_ours(store: Store):
    with pytest.raises(sqlite3.OperationalError, match="no such table"), store.immediate() as db:
        db.execute("SELECT * FROM nonsense")


def test_a_parked_message_is_tried_again_when_asked(store: Store):
    now = datetime(2031, 5, 5, 9, tzinfo=UTC)
    with store.immediate() as db:
        row = messages.receive(db, Arrived("INBOX", 1, 1, now, 3, Packed.of(b"raw")), now, history=False)
        assert row is not None
        assert [messages.record_failure(db, row, "a fault") for _ in range(messages.TRIES)] == [False, False, True]
    assert messages.waiting(store.db, 9) == []

    with store.immediate() as db:
        assert messages.retry_stuck(db) == 1
    assert [one.id for one in messages.waiting(store.db, 9)] == [row]
