"""Merged cases: what belonged to the one belongs to the other, and the old reference leads to the new one for ever.

The history of the merged case stays its own, and is told with that of the case it went into.
"""

from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import stamp
from mailroom.store import case_facts

MERGED: Final = "merged"
"""The stage of a case that has gone into another."""

TABLES: Final = (
    "ALTER TABLE cases ADD COLUMN merged_into INTEGER REFERENCES cases (id)",
    "CREATE INDEX cases_merged ON cases (merged_into) WHERE merged_into IS NOT NULL",
)

GO_ALONG: Final = ("records", "outbox", "case_drafts")
"""Tables whose rows go along with their case as they are. Each is watched (`acts.WATCHED`), so that a merge can be
taken back; links, tasks, items, groups and kin go with more care."""

ENDS: Final = ("case_timers", "digest_lines")
"""Tables whose rows end with their case: its clocks, and what was owed because of its stage."""

STAYS: Final = ("case_events", "case_seen", "pending")
"""Tables that tell what has happened in the case itself, or was shown of it under a code that is of no use any more."""

SENDINGS: Final = ("approvals", "issues")
"""Tables of sendings to many: a case that has one is never merged."""


def went_into(db: Database, case: int) -> int | None:
    """Return the case that a case was merged into, None while it stands for itself."""
    row = db.execute("SELECT merged_into FROM cases WHERE id = ?", (case,)).fetchone()
    return int(row[0]) if row and row[0] is not None else None


def merged(db: Database, case: int) -> list[int]:
    """Return the cases that went into a case, in the order they were opened."""
    return [one for (one,) in db.execute("SELECT id FROM cases WHERE merged_into = ? ORDER BY id", (case,))]


def lead(db: Database, case: int, into: int) -> None:
    """Let a case's reference, and those that led to it, lead to another case."""
    db.execute("UPDATE cases SET merged_into = ?2 WHERE id = ?1 OR merged_into = ?1", (case, into))


def move_links(db: Database, case: int, into: int) -> int:
    """Hand a case's messages to another: of two links of one message the surer stays. Returns how many there were."""
    [count] = db.execute("SELECT count(*) FROM links WHERE case_id = ? AND state <> 'refused'", (case,)).fetchone()
    twice = "(SELECT message_id FROM links WHERE case_id = ?2)"
    db.execute(
        "UPDATE links SET (state, how, by, at) = (SELECT state, how, by, at FROM links AS other"
        "  WHERE other.case_id = ?1 AND other.message_id = links.message_id)"
        " WHERE case_id = ?2 AND state <> 'confirmed' AND EXISTS (SELECT 1 FROM links AS other"
        "  WHERE other.case_id = ?1 AND other.message_id = links.message_id AND other.state = 'confirmed')",
        (case, into),
    )
    db.execute(f"DELETE FROM links WHERE case_id = ?1 AND message_id IN {twice}", (case, into))  # noqa: S608
    db.execute("UPDATE links SET case_id = ?2 WHERE case_id = ?1", (case, into))
    return int(count)


def move_tasks(db: Database, case: int, into: int, now: datetime) -> tuple[int, int]:
    """Hand open tasks over, but for those that only say that nothing happens; returns how many, and how many ended."""
    ended = db.execute(
        "UPDATE tasks SET done_at = ? WHERE case_id = ? AND done_at IS NULL AND key LIKE 'deadline:%'",
        (stamp(now), case),
    ).rowcount
    moved = db.execute("UPDATE tasks SET case_id = ? WHERE case_id = ? AND done_at IS NULL", (into, case)).rowcount
    return moved, ended


def move_items(db: Database, case: int, into: int) -> int:
    """Count what people have said in a case as items of another, with numbers after its own; returns how many."""
    rows = db.execute("SELECT id, name, message_id FROM items WHERE case_id = ? ORDER BY at, id", (case,)).fetchall()
    for row, name, message in rows:
        twice = "SELECT 1 FROM items WHERE case_id = ? AND name = ? AND message_id = ?"
        if db.execute(twice, (into, name, message)).fetchone():
            db.execute("DELETE FROM items WHERE id = ?", (row,))
            continue
        db.execute(
            "UPDATE items SET case_id = ?1, n = (SELECT coalesce(max(n), 0) + 1 FROM items"
            " WHERE case_id = ?1 AND name = ?2) WHERE id = ?3",
            (into, name, row),
        )
    return len(rows)


def move_groups(db: Database, case: int, into: int) -> None:
    """Let those who were called in a case count as called in the other, where that has called anybody yet."""
    db.execute(
        "UPDATE OR IGNORE frozen SET case_id = ?2 WHERE case_id = ?1 AND person_id IS NOT NULL"
        " AND name IN (SELECT name FROM frozen WHERE case_id = ?2)",
        (case, into),
    )


def move_kin(db: Database, case: int, into: int) -> None:
    """Let the children and parents of a case be those of another, which is never its own."""
    tied = "(case_id = ?1 AND from_id = ?2) OR (case_id = ?2 AND from_id = ?1)"
    db.execute(f"DELETE FROM kinship WHERE {tied}", (case, into))  # noqa: S608 - our own words
    db.execute("UPDATE OR IGNORE kinship SET from_id = ?2 WHERE from_id = ?1", (case, into))
    db.execute("UPDATE OR IGNORE kinship SET case_id = ?2 WHERE case_id = ?1", (case, into))


def holds_for_its_requester(db: Database, case: int) -> bool:
    """Tell whether a case keeps everything of its requester from being disposed of."""
    return db.execute("SELECT 1 FROM cases WHERE id = ? AND legal_hold = 'requester'", (case,)).fetchone() is not None


def has_a_sending(db: Database, case: int) -> bool:
    """Tell whether a case is that of a sending to many, such as an issue of the newsletter."""
    sql = " UNION ".join(f"SELECT 1 FROM {table} WHERE case_id = ?1" for table in SENDINGS)  # noqa: S608
    return db.execute(sql, (case,)).fetchone() is not None


def keep_apart(db: Database, case: int, into: int) -> None:
    """Let whom a case is hidden from, and what it keeps from being disposed of, hold for the other as well."""
    case_facts.hide(db, into, case_facts.hidden_from(db, case))
    db.execute(
        "UPDATE cases SET legal_hold = (SELECT legal_hold FROM cases WHERE id = ?1)"
        " WHERE id = ?2 AND legal_hold <> 'requester' AND (SELECT legal_hold FROM cases WHERE id = ?1) <> ''",
        (case, into),
    )


def move_along(db: Database, case: int, into: int) -> None:
    """Hand over what else belongs to a case, and end what ends with it."""
    for table in GO_ALONG:
        db.execute(f"UPDATE {table} SET case_id = ? WHERE case_id = ?", (into, case))  # noqa: S608 - our own words
    for table in ENDS:
        db.execute(f"DELETE FROM {table} WHERE case_id = ?", (case,))  # noqa: S608 - our own words


def drop_items(db: Database, message: int, case: int) -> int:
    """Take what a message said out of a case; returns how many items there were."""
    return db.execute("DELETE FROM items WHERE message_id = ? AND case_id = ?", (message, case)).rowcount
