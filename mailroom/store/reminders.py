"""Reminders: who is to be told of a message again, when, and what has to be true then."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp


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
    """Record what became of a reminder: `reminded`, or why that was not needed any more."""
    db.execute("UPDATE reminders SET settled_at = ?, outcome = ? WHERE id = ?", (stamp(now), outcome, reminder))


def withdraw(db: Database, messages: Sequence[int], outcome: str, now: datetime) -> int:
    """Settle what waits for some messages; returns how many reminders there were."""
    return db.execute(
        "UPDATE reminders SET settled_at = ?, outcome = ? WHERE settled_at IS NULL"
        " AND message_id IN (SELECT value FROM json_each(?))",
        (stamp(now), outcome, json.dumps(list(messages))),
    ).rowcount
