"""Reminders: who is to be told of a message again, when, and what has to be true then."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp

REMINDED = "reminded"


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder that waits. `still` is "", open, unanswered or undecided; `why` the rule that asked for it."""

    id: int
    key: str
    message: int
    roles: tuple[str, ...]
    still: str
    why: str
    set_at: str
    due: str


def add(
    db: Database,
    key: str,
    message: int,
    roles: Sequence[str],
    due: datetime,
    now: datetime,
    *,
    still: str,
    why: str,
) -> bool:
    """Remember to remind; the same key twice is one reminder. True when it is new."""
    added = db.execute(
        "INSERT INTO reminders (key, message_id, roles, still, why, set_at, due) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO NOTHING",
        (key, message, json.dumps(list(roles)), still, why, stamp(now), stamp(due)),
    )
    return added.rowcount > 0


def due(db: Database, now: datetime) -> list[Reminder]:
    """Return the reminders whose time has come, the earliest first."""
    return [
        Reminder(row, key, message, tuple(json.loads(roles)), still, why, set_at, at)
        for row, key, message, roles, still, why, set_at, at in db.execute(
            "SELECT id, key, message_id, roles, still, why, set_at, due FROM reminders"
            " WHERE settled_at IS NULL AND due <= ? ORDER BY due, id",
            (stamp(now),),
        )
    ]


def settle(db: Database, reminder: int, outcome: str, now: datetime) -> None:
    """Record what became of a reminder: REMINDED, or why that was not needed any more."""
    db.execute("UPDATE reminders SET settled_at = ?, outcome = ? WHERE id = ?", (stamp(now), outcome, reminder))


def was_sent(db: Database, reminder: int) -> bool:
    """Tell whether somebody was reminded."""
    row = db.execute("SELECT outcome FROM reminders WHERE id = ?", (reminder,)).fetchone()
    return row is not None and row[0] == REMINDED
