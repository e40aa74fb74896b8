"""Alarms: what is wrong now and must not be silent. One row a fault, raised once, cleared once."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is wrong."""

    key: str
    words: str
    since: str
    told: bool
    """Whether a person was written to about it."""


def sound(db: Database, key: str, words: str, now: datetime) -> bool:
    """Raise an alarm; True when it was not sounding already."""
    return (
        db.execute(
            "INSERT INTO alarms (key, words, since) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET words ="
            " excluded.words, since = excluded.since, cleared_at = NULL, told_at = NULL WHERE cleared_at IS NOT NULL",
            (key, words, stamp(now)),
        ).rowcount
        > 0
    )


def clear(db: Database, key: str, now: datetime) -> bool:
    """Say that a fault is over; True when its alarm was sounding."""
    return (
        db.execute("UPDATE alarms SET cleared_at = ? WHERE key = ? AND cleared_at IS NULL", (stamp(now), key)).rowcount
        > 0
    )


def sounding(db: Database) -> list[Alarm]:
    """Return what is wrong now, oldest first."""
    return [
        Alarm(row[0], row[1], row[2], bool(row[3]))
        for row in db.execute(
            "SELECT key, words, since, told_at IS NOT NULL FROM alarms WHERE cleared_at IS NULL ORDER BY since, key"
        )
    ]


def told(db: Database, key: str, now: datetime) -> None:
    """Record that a person was written to about an alarm."""
    db.execute("UPDATE alarms SET told_at = ? WHERE key = ?", (stamp(now), key))
