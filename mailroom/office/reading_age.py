"""How long ago the mailbox was last read, as every report says it: absence of mail must not look like calm."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.office import wording
from mailroom.store import settings

AMBER = timedelta(minutes=60)
RED = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class ReadingAge:
    """When the mailbox was last read, in words, and how bad that is."""

    words: str
    level: Literal["on time", "amber", "red"]


def reading_age(db: Database, now: datetime, zone: ZoneInfo) -> ReadingAge:
    """Say when the mailbox was last read; one never read is red."""
    known = settings.get(db, "last_read_at")
    if not known:
        return ReadingAge("never", "red")
    at = moment(known)
    age = now - at
    return ReadingAge(wording.moment(at, zone), "red" if age > RED else "amber" if age > AMBER else "on time")
