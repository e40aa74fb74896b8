"""Rules proposed from what a person has corrected: each once, whatever became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import stamp

TABLES: Final = (
    """CREATE TABLE proposals (
        pattern TEXT PRIMARY KEY, was TEXT NOT NULL, class TEXT NOT NULL, at TEXT NOT NULL, draft_id INTEGER
    ) STRICT""",
)


@dataclass(frozen=True, slots=True)
class Correction:
    """A message whose class a person has given, and the class the rules had given it, "" for none."""

    message: int
    was: str
    class_: str
    at: str


def corrections(db: Database, since: str) -> list[Correction]:
    """Return what was corrected from a moment on, oldest first; what only confirms the rules is none."""
    return [
        Correction(*row)
        for row in db.execute(
            "SELECT c.message_id, coalesce(json_extract(m.decision, '$.class_'), '') AS was, c.class, c.at"
            " FROM confirmed AS c JOIN messages AS m ON m.id = c.message_id"
            " WHERE c.at >= ? AND c.class <> was AND m.kind = 'person' ORDER BY c.at, c.message_id",
            (since,),
        )
    ]


def last(db: Database, was: str, class_: str) -> str:
    """Return when a rule was last proposed for messages of one class that are another, "" when never."""
    [at] = db.execute(
        "SELECT coalesce(max(at), '') FROM proposals WHERE was = ? AND class = ?", (was, class_)
    ).fetchone()
    return str(at)


def is_known(db: Database, pattern: str) -> bool:
    """Tell whether this very rule was proposed before, or was found to be none."""
    return db.execute("SELECT 1 FROM proposals WHERE pattern = ?", (pattern,)).fetchone() is not None


def remember(db: Database, pattern: str, was: str, class_: str, now: datetime, draft: int | None) -> None:
    """Record that a rule was proposed; without a draft, that it cannot be one."""
    db.execute(
        "INSERT INTO proposals VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", (pattern, was, class_, stamp(now), draft)
    )


def others(db: Database, class_: str, limit: int) -> list[int]:
    """Return messages that people wrote and that are not of a class, the newest first."""
    return [
        row
        for (row,) in db.execute(
            "SELECT id FROM messages WHERE direction = 'in' AND kind = 'person' AND class NOT IN (?, '')"
            " AND duplicate_of IS NULL ORDER BY id DESC LIMIT ?",
            (class_, limit),
        )
    ]
