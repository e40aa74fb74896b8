"""Acts: what was done at a time, by whom, and what every row was before it, so that it can be undone.

While an act is being recorded, triggers note each change of the undoable tables: a store function cannot forget to
be undoable. Outside of an act nothing is noted. `office.undo` reads the notes backwards.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from sqlite_utils import Database

from mailroom.clock import stamp

UNDO: Final = "undo"
"""The kind of an act that takes another back; it is not itself taken back."""

OURSELVES: Final = "mailroom"
"""Who acted, where no person did."""


@dataclass(frozen=True, slots=True)
class _Watched:
    """A table whose changes are noted: which columns, and how a row names its message and its case.

    `columns` () are all but those in `without`. A table that `only_changed` is never added to or removed from by
    an act.
    """

    message: str = "NULL"
    case: str = "NULL"
    columns: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    only_changed: bool = False


_OF_MESSAGE: Final = (
    "class", "flags", "priority", "priority_words", "folder", "state", "reason", "decision", "bin_on", "thread_id",
)  # fmt: skip

WATCHED: Final[Mapping[str, _Watched]] = {
    "messages": _Watched(
        "id",
        columns=_OF_MESSAGE,
        only_changed=True,
    ),
    "links": _Watched("message_id", "case_id"),
    "tasks": _Watched("message_id", "case_id"),
    "cases": _Watched("NULL", "id"),
    "case_events": _Watched("message_id", "case_id"),
    # What was written in a mail never changes; JSON holds no bytes, and its own are in a table apart (bodies).
    "outbox": _Watched(without=("mime",)),
    "records": _Watched("message_id", "case_id"),
    "reminders": _Watched("message_id"),
    "confirmed": _Watched("message_id"),
    "case_timers": _Watched("NULL", "case_id"),
    "case_seen": _Watched("NULL", "case_id"),
    "items": _Watched("message_id", "case_id"),
    "frozen": _Watched("NULL", "case_id"),
    "kinship": _Watched("NULL", "case_id"),
    "case_drafts": _Watched("NULL", "case_id"),
    "digest_lines": _Watched("NULL", "case_id"),
    "acts": _Watched(columns=("undone_at", "undone_by"), only_changed=True),
}

TABLES: Final = (
    """CREATE TABLE acts (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL, by TEXT NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL,
        message_id INTEGER REFERENCES messages (id) ON DELETE CASCADE, case_id INTEGER REFERENCES cases (id),
        within INTEGER REFERENCES acts (id) ON DELETE CASCADE,
        undone_at TEXT, undone_by TEXT
    ) STRICT""",
    "CREATE INDEX acts_message ON acts (message_id) WHERE message_id IS NOT NULL",
    "CREATE INDEX acts_case ON acts (case_id) WHERE case_id IS NOT NULL",
    "CREATE INDEX acts_within ON acts (within) WHERE within IS NOT NULL",
    """CREATE TABLE changes (
        id INTEGER PRIMARY KEY,
        act_id INTEGER NOT NULL REFERENCES acts (id) ON DELETE CASCADE,
        step TEXT NOT NULL CHECK (step IN ('added', 'changed', 'removed')),
        in_table TEXT NOT NULL, row INTEGER NOT NULL,
        message_id INTEGER, case_id INTEGER,
        before TEXT NOT NULL DEFAULT '{}'
    ) STRICT""",
    "CREATE INDEX changes_act ON changes (act_id)",
    "CREATE INDEX changes_message ON changes (message_id) WHERE message_id IS NOT NULL",
    "CREATE INDEX changes_case ON changes (case_id) WHERE case_id IS NOT NULL",
    "CREATE TABLE acting (one INTEGER PRIMARY KEY CHECK (one = 1), act_id INTEGER NOT NULL) STRICT",
    """CREATE TABLE records (
        id INTEGER PRIMARY KEY,
        message_id INTEGER NOT NULL REFERENCES messages (id), form TEXT NOT NULL,
        case_id INTEGER REFERENCES cases (id), person_id TEXT REFERENCES people (id),
        at TEXT NOT NULL, said TEXT NOT NULL, unread TEXT NOT NULL DEFAULT '[]',
        UNIQUE (message_id, form)
    ) STRICT""",
    "CREATE INDEX records_case ON records (case_id) WHERE case_id IS NOT NULL",
    """CREATE TABLE reminders (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        message_id INTEGER NOT NULL REFERENCES messages (id),
        roles TEXT NOT NULL, still TEXT NOT NULL CHECK (still IN ('', 'open', 'unanswered', 'undecided')),
        why TEXT NOT NULL, set_at TEXT NOT NULL, due TEXT NOT NULL,
        settled_at TEXT, outcome TEXT NOT NULL DEFAULT ''
    ) STRICT""",
    "CREATE INDEX reminders_due ON reminders (due) WHERE settled_at IS NULL",
    "ALTER TABLE messages ADD COLUMN bin_on TEXT",
)
"""`records.at` is when the message was received, however late somebody links it; `said` the form's fields as JSON."""


def watch(db: Database) -> None:
    """Make the triggers anew from the tables as they are; a migration that adds a column calls this again."""
    for table, watched in WATCHED.items():
        if not db.table(table).exists():
            continue  # a later migration makes it, and calls this again
        for step, sql in _triggers(db, table, watched):
            db.execute(f"DROP TRIGGER IF EXISTS act_{table}_{step}")
            db.execute(sql)


def _triggers(db: Database, table: str, watched: _Watched) -> Iterator[tuple[str, str]]:
    every = tuple(name for _, name, *_ in db.execute(f"PRAGMA table_info({table})"))
    columns = watched.columns or tuple(name for name in every if name not in watched.without)
    only = f" OF {', '.join(map(_quoted, watched.columns))}" if watched.columns else ""
    changed = " UNION ALL ".join(
        f"SELECT '{one}' AS k, OLD.{_quoted(one)} AS v WHERE OLD.{_quoted(one)} IS NOT NEW.{_quoted(one)}"
        for one in columns
    )
    before = f"(SELECT json_group_object(k, v) AS before FROM ({changed}))"  # noqa: S608 - our own words
    yield "changed", _trigger(table, watched, "changed", f"UPDATE{only}", "OLD", before)
    if not watched.only_changed:
        whole = ", ".join(f"'{one}', OLD.{_quoted(one)}" for one in columns)
        yield "added", _trigger(table, watched, "added", "INSERT", "NEW", "(SELECT NULL AS before)")
        yield (
            "removed",
            _trigger(table, watched, "removed", "DELETE", "OLD", f"(SELECT json_object({whole}) AS before)"),
        )


def _trigger(table: str, watched: _Watched, step: str, event: str, image: str, before: str) -> str:
    of_row = [one if one == "NULL" else f"{image}.{one}" for one in (watched.message, watched.case)]
    return (
        f"CREATE TRIGGER act_{table}_{step} AFTER {event} ON {table} WHEN EXISTS (SELECT 1 FROM acting)"  # noqa: S608 - our own words
        " BEGIN INSERT INTO changes (act_id, step, in_table, row, message_id, case_id, before)"
        f" SELECT act_id, '{step}', '{table}', {image}.rowid, {', '.join(of_row)}, coalesce(before, '{{}}')"
        f" FROM acting, {before} WHERE before IS NOT '{{}}'; END"
    )


def _quoted(column: str) -> str:
    return f'"{column}"'


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `within` is the act in whose course it happened; `undone_at` "" while it stands."""

    id: int
    at: str
    by: str
    kind: str
    words: str
    message: int | None
    case: int | None
    within: int | None
    undone_at: str
    undone_by: str


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one row: `before` holds the columns it changed, or the whole row that was removed."""

    step: Literal["added", "changed", "removed"]
    table: str
    row: int
    message: int | None
    case: int | None
    before: dict[str, Any]


_COLUMNS: Final = (
    "a.id, a.at, a.by, a.kind, a.words, a.message_id, a.case_id, a.within, coalesce(a.undone_at, ''),"
    " coalesce(a.undone_by, '')"
)


@contextmanager
def recording(
    db: Database,
    now: datetime,
    by: str,
    kind: str,
    words: str,
    *,
    message: int | None = None,
    case: int | None = None,
) -> Iterator[int]:
    """Note every change of the undoable tables until the block ends, as one act; gives its number.

    Inside another act this is a part of it: taking the whole back takes the part back.

    Raises:
        RuntimeError: there is no transaction that would end this act with everything in it.

    """
    if not db.conn.in_transaction:
        message_ = "an act is recorded inside a transaction"
        raise RuntimeError(message_)
    outer = next(iter(acting(db)), None)
    [act] = db.execute(
        "INSERT INTO acts (at, by, kind, words, message_id, case_id, within) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (stamp(now), by, kind, words, message, case, outer),
    ).fetchone()
    _turn_to(db, act)
    try:
        yield int(act)
    finally:
        # A fault of the disk has ended the transaction already, and the note of who acts with it.
        if db.conn.in_transaction:
            _turn_to(db, outer)


def _turn_to(db: Database, act: int | None) -> None:
    if act is None:
        db.execute("DELETE FROM acting")
    else:
        db.execute("INSERT INTO acting VALUES (1, ?) ON CONFLICT DO UPDATE SET act_id = excluded.act_id", (act,))


def acting(db: Database) -> tuple[int, ...]:
    """Return the act being recorded, then those it is within; () outside of acts."""
    return tuple(
        act
        for (act,) in db.execute(
            "WITH RECURSIVE up (id) AS (SELECT act_id FROM acting UNION ALL"
            " SELECT a.within FROM acts AS a JOIN up ON a.id = up.id WHERE a.within IS NOT NULL) SELECT id FROM up"
        )
    )


def by_id(db: Database, act: int) -> Act | None:
    """Return an act; None when there is none such."""
    row = db.execute(f"SELECT {_COLUMNS} FROM acts AS a WHERE a.id = ?", (act,)).fetchone()  # noqa: S608
    return Act(*row) if row else None


def last(db: Database, *, message: int | None = None, case: int | None = None) -> Act | None:
    """Return the last act on a message or a case, but for undoing and for what is being done right now."""
    about, number = ("message_id", message) if message is not None else ("case_id", case)
    now = acting(db)
    row = db.execute(
        f"SELECT {_COLUMNS} FROM acts AS a WHERE a.kind <> ? AND a.id NOT IN ({_marks(now)})"  # noqa: S608 - our own words
        f" AND a.id IN (SELECT id FROM acts WHERE {about} = ? UNION SELECT act_id FROM changes WHERE {about} = ?"
        f"  AND (in_table IN ('messages', 'cases', 'records') OR (in_table = 'links' AND {_NO_COMMAND})))"
        " ORDER BY a.id DESC LIMIT 1",
        (UNDO, *now, number, number),
    ).fetchone()
    return Act(*row) if row else None


_NO_COMMAND: Final = "NOT EXISTS (SELECT 1 FROM messages AS m WHERE m.id = changes.message_id AND m.class = 'control')"
"""A command is filed with the case it is about, and that is nothing that happened to the case."""


def parts(db: Database, act: int) -> list[int]:
    """Return an act and all that happened within it."""
    return [
        one
        for (one,) in db.execute(
            "WITH RECURSIVE down (id) AS (SELECT ? UNION ALL"
            " SELECT a.id FROM acts AS a JOIN down ON a.within = down.id) SELECT id FROM down",
            (act,),
        )
    ]


def changes(db: Database, acts: Sequence[int]) -> list[Change]:
    """Return what acts changed, the last change first."""
    return [
        Change(step, table, row, message, case, msgspec.json.decode(before))
        for step, table, row, message, case, before in db.execute(
            "SELECT step, in_table, row, message_id, case_id, before FROM changes"  # noqa: S608 - our own words
            f" WHERE act_id IN ({_marks(acts)}) ORDER BY id DESC",
            tuple(acts),
        )
    ]


def since(db: Database, acts: Sequence[int], messages: Sequence[int], cases: Sequence[int]) -> Act | None:
    """Return the first later act that touched one of some messages or cases and stands, None when there is none."""
    besides = (*acts, *acting(db))
    row = db.execute(
        f"SELECT {_COLUMNS} FROM acts AS a JOIN changes ON changes.act_id = a.id"  # noqa: S608 - our own words
        f" WHERE a.id > ? AND a.id NOT IN ({_marks(besides)}) AND a.kind <> ? AND a.undone_at IS NULL"
        f" AND (changes.message_id IN ({_marks(messages)}) OR (changes.case_id IN ({_marks(cases)})"
        f"  AND NOT (changes.in_table IN ('links', 'case_events') AND NOT {_NO_COMMAND})))"
        " ORDER BY a.id LIMIT 1",
        (max(acts), *besides, UNDO, *messages, *cases),
    ).fetchone()
    return Act(*row) if row else None


def undone(db: Database, acts: Sequence[int], now: datetime, by: str) -> None:
    """Record that acts were taken back."""
    db.execute(
        f"UPDATE acts SET undone_at = ?, undone_by = ? WHERE undone_at IS NULL AND id IN ({_marks(acts)})",  # noqa: S608
        (stamp(now), by, *acts),
    )


def add_back(db: Database, table: str, row: dict[str, Any]) -> None:
    """Put a row back as it was. Raises sqlite3.IntegrityError where something else has taken its place."""
    names = ", ".join(map(_quoted, row))
    db.execute(f"INSERT INTO {_known(table)} ({names}) VALUES ({_marks(row)})", tuple(row.values()))  # noqa: S608


def change_back(db: Database, table: str, row: int, before: Mapping[str, Any]) -> None:
    """Give columns of a row back what they held."""
    if before:
        sets = ", ".join(f"{_quoted(name)} = ?" for name in before)
        db.execute(f"UPDATE {_known(table)} SET {sets} WHERE rowid = ?", (*before.values(), row))  # noqa: S608


def take_away(db: Database, change: Change) -> None:
    """Remove a row that an act added; one that has taken its number since, about something else, stays."""
    watched = WATCHED[change.table]
    about = ((watched.message, change.message), (watched.case, change.case))
    own = [(column, value) for column, value in about if column != "NULL"]
    also = "".join(f" AND {column} IS ?" for column, _ in own)
    values = (change.row, *(value for _, value in own))
    db.execute(f"DELETE FROM {_known(change.table)} WHERE rowid = ?{also}", values)  # noqa: S608


def of_message(db: Database, message: int) -> list[Act]:
    """Return who acted on a message, oldest first."""
    return [
        Act(*row)
        for row in db.execute(f"SELECT {_COLUMNS} FROM acts AS a WHERE a.message_id = ? ORDER BY a.id", (message,))  # noqa: S608
    ]


def of_case(db: Database, case: int) -> list[Act]:
    """Return who acted on a case, oldest first."""
    return [
        Act(*row)
        for row in db.execute(f"SELECT {_COLUMNS} FROM acts AS a WHERE a.case_id = ? ORDER BY a.id", (case,))  # noqa: S608
    ]


def _known(table: str) -> str:
    if table not in WATCHED:
        raise LookupError(table)
    return table


def _marks(values: Sequence[object] | Mapping[str, object]) -> str:
    return ", ".join("?" * len(values))
