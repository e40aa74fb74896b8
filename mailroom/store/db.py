"""The database: how it is opened, and the one way to change it.

Every change happens inside `Store.immediate()`. Plain `BEGIN` is deferred in SQLite: a transaction
that reads and then writes fails at once with "database is locked", whatever busy_timeout says.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from mailroom.errors import StoreBusy, StoreFault
from mailroom.store import settings
from mailroom.store.schema import APPLICATION_ID, migrations

BUSY_SECONDS = 10.0
"""How long a writer waits for another, such as a backup or an open database browser."""
BUSY_TIMEOUT = f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}"

CrashPoint = Callable[[str], None]


class Store:
    """Owns the connection to the office's one file."""

    def __init__(self, db: Database, path: Path, crash_point: CrashPoint | None = None) -> None:
        """Wrap an opened database; `crash_point` is told each step of each transaction."""
        self.db = db
        self.path = path
        self._crash_point = crash_point

    @contextmanager
    def immediate(self) -> Iterator[Database]:
        """Hold the write lock from the first statement, and commit everything or nothing.

        Inside another `immediate()` it is a savepoint of that one.

        Raises:
            StoreBusy: another program holds the file, the disk is full, or it may not be written.
            StoreFault: the file is damaged.

        """
        if self.db.conn.in_transaction:
            with self.db.atomic():
                yield self.db
            return
        with told_apart(self.path):
            self.db.execute("BEGIN IMMEDIATE")
            try:
                self._at("begun")
                yield self.db
                self._at("before commit")
                self.db.conn.commit()
            except BaseException:
                self.db.conn.rollback()
                raise
        self._at("committed")

    @contextmanager
    def rolled_back(self) -> Iterator[Database]:
        """Run the real steps and leave no trace: what `why` and `try` stand on."""
        with told_apart(self.path):
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
            finally:
                self.db.conn.rollback()

    def wipe(self) -> bool:
        """Empty the write-ahead log where something was taken out for good; False while another program reads it.

        The database's own pages are overwritten as they are freed (secure_delete); only the log keeps old ones.
        """
        if not settings.get(self.db, settings.WIPE):
            return True
        with told_apart(self.path):
            # A backup may read for minutes, and mail must not wait for it: the log is emptied when it is done.
            self.db.execute("PRAGMA busy_timeout = 0")
            try:
                [busy, _, _] = self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                self.db.execute(BUSY_TIMEOUT)
        if busy:
            return False
        with self.immediate() as db:
            settings.clear(db, settings.WIPE)
        return True

    def close(self) -> None:
        """Close the file; what was not committed is gone."""
        self.db.close()

    def _at(self, step: str) -> None:
        if self._crash_point is not None:
            self._crash_point(step)


def open_store(path: Path, crash_point: CrashPoint | None = None) -> Store:
    """Open the office at `path`, making it if it is not there, and bring its tables up to date.

    Raises:
        StoreFault: the file is damaged, is no office, or was made by a newer mailroom.
        StoreBusy: it cannot be opened or written now.

    """
    fresh = not path.exists()
    if fresh:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with told_apart(path):
        conn = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
        db = Database(conn, execute_plugins=False)
        _set_pragmas(conn)
        _check(conn, path, fresh=fresh)
        if migrations.pending(db):
            conn.execute("BEGIN IMMEDIATE")
            with db.atomic():
                migrations.apply(db)
            conn.commit()
    return Store(db, path, crash_point)


@contextmanager
def looking(path: Path) -> Iterator[Database]:
    """Open the office at `path` only to look: SQLite itself refuses every write. Beside a daemon it disturbs nobody.

    Raises:
        StoreFault: there is no office, or its tables are not this version's.
        StoreBusy: it cannot be opened now.

    """
    if not path.exists():
        message = f"{path}: there is no database yet. “mailroom run” makes it."
        raise StoreFault(message)
    with told_apart(path):
        conn = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
        db = Database(conn, execute_plugins=False)
        try:
            conn.execute("PRAGMA query_only = ON")
            _check(conn, path, fresh=False)
            if migrations.pending(db):
                message = f"{path}: this database was made by an older mailroom. “mailroom check” brings it up to date."
                raise StoreFault(message)
            yield db
        finally:
            db.close()


DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
NOT_NOW = {
    sqlite3.SQLITE_BUSY: "another program is writing to it: a database browser, or a backup? Close it and try again",
    sqlite3.SQLITE_LOCKED: "another program is writing to it: a database browser, or a backup? Close it and try again",
    sqlite3.SQLITE_FULL: "the disk is full. Make room and try again",
    sqlite3.SQLITE_READONLY: "this user may not write to it. Run mailroom as the user who owns it",
    sqlite3.SQLITE_CANTOPEN: "this user may not open it, or its folder is missing. Run mailroom as its owner",
    sqlite3.SQLITE_PERM: "this user may not open it. Run mailroom as the user who owns it",
    sqlite3.SQLITE_IOERR: "the disk does not answer as it should. Look at the machine's own messages",
}


@contextmanager
def told_apart(path: Path) -> Iterator[None]:
    """Turn what SQLite says about the file itself into our errors; a fault in a statement passes unchanged."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
        if code in NOT_NOW:
            message = f"{path}: the database cannot be used now ({error}): {NOT_NOW[code]}. Nothing was changed."
            raise StoreBusy(message) from error
        if code in DAMAGED:
            message = (
                f"{path}: the database is damaged ({error}). Nothing was changed. Keep the file, and put back the "
                "newest backup under this name."
            )
            raise StoreFault(message) from error
        raise


def _set_pragmas(conn: sqlite3.Connection) -> None:
    # FULL, not NORMAL: with WAL, NORMAL may lose the last commits on a power cut, and an answer we
    # had already sent would be sent again.
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        conn.execute(f"PRAGMA {pragma}")
    conn.execute(BUSY_TIMEOUT)


def _check(conn: sqlite3.Connection, path: Path, *, fresh: bool) -> None:
    if fresh:
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        return
    [found] = conn.execute("PRAGMA application_id").fetchone()
    [tables] = conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and found != APPLICATION_ID:
        message = f"{path}: this is not a mailroom database. Expected the file that `mailroom init` and `run` make."
        raise StoreFault(message)
    if not tables:
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        return
    known = {migration.name for migration in migrations.pending(Database(sqlite3.connect(":memory:")))}
    done = {name for (name,) in conn.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'mailroom'")}
    if done - known:
        message = (
            f"{path}: this database was made by a newer mailroom ({', '.join(sorted(done - known))}). Update mailroom."
        )
        raise StoreFault(message)
