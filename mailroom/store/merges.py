"""Merged cases: what belonged to the one belongs to the other, and the old reference leads to the new one for ever.

The history of the merged case stays its own, and is told with that of the case it went into.
"""

from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import stamp

MERGED: Final = "merged"
"""The stage of a case that has gone into another."""

TABLES: Final = (
    "ALTER TABLE cases ADD COLUMN merged_into INTEGER REFERENCES cases (id)",
    "CREATE INDEX cases_merged ON cases (merged_into) WHERE merged_into IS NOT NULL",
)

GO_ALONG: Final = ("records", "outbox")
"""Tables whose rows go along with their case as they are. Each is watched (`acts.WATCHED`), so that a merge can be
taken back; links and tasks go with more care."""


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


def move_along(db: Database, case: int, into: int) -> dict[str, int]:
    """Hand over what else belongs to a case; returns how many rows of each table there were."""
    return {
        table: db.execute(f"UPDATE {table} SET case_id = ? WHERE case_id = ?", (into, case)).rowcount  # noqa: S608
        for table in GO_ALONG
    }
