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


def sound(db: Database, key: str, words: str, now: datetime) -> bool:
    """Raise an alarm; True when it was not sounding already."""
    return (
        db.execute(
            "INSERT INTO alarms (key, words, since) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET words ="
            " excluded.words, since = excluded.since, cleared_at = NULL WHERE cleared_at IS NOT NULL",
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
        Alarm(*row)
        for row in db.execute("SELECT key, words, since FROM alarms WHERE cleared_at IS NULL ORDER BY since, key")
    ]
