"""The journal: what happened, in words a user would use, one line an event, never changed.

The digest, `status` and an audit read it. `event` is one of the words in EVENTS.
"""

from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp

EVENTS = frozenset(
    {
        "received", "decided", "filed", "stuck", "quarantined", "duplicate", "opened", "moved", "linked",
        "answered", "sent", "deferred", "failed", "doubtful", "withheld", "cap", "alarm", "alarm over",
        "duty", "imported", "started", "stopped", "rules", "bounced", "away", "answered by hand",
        "command", "sending", "preference", "written anew", "let go", "bounce score",
        "undone", "corrected", "trial", "recorded", "reminded", "stripped", "restricted", "settled", "task", "absence",
    },
)  # fmt: skip


def write(
    db: Database,
    now: datetime,
    event: str,
    words: str,
    *,
    message: int | None = None,
    case: int | None = None,
    outbox: int | None = None,
) -> None:
    """Add one line. Raises ValueError for an event that is not in the vocabulary."""
    if event not in EVENTS:
        raise ValueError(event)
    db.execute(
        "INSERT INTO journal (at, event, words, message_id, case_id, outbox_id) VALUES (?, ?, ?, ?, ?, ?)",
        (stamp(now), event, words, message, case, outbox),
    )


def lines(db: Database, since: datetime, until: datetime) -> list[tuple[str, str, str]]:
    """Return (at, event, words) of a span, oldest first."""
    return [
        (row[0], row[1], row[2])
        for row in db.execute(
            "SELECT at, event, words FROM journal WHERE at >= ? AND at < ? ORDER BY id",
            (stamp(since), stamp(until)),
        )
    ]


def tells(db: Database, event: str, message: int) -> bool:
    """Tell whether something of a kind has happened to a message."""
    found = db.execute("SELECT 1 FROM journal WHERE message_id = ? AND event = ? LIMIT 1", (message, event)).fetchone()
    return found is not None


def about(db: Database, *, message: int | None = None, case: int | None = None) -> list[tuple[str, str, str]]:
    """Return (at, event, words) of a message or a case, oldest first."""
    column, number = ("message_id", message) if message is not None else ("case_id", case)
    found = db.execute(f"SELECT at, event, words FROM journal WHERE {column} = ? ORDER BY id", (number,))  # noqa: S608
    return [(row[0], row[1], row[2]) for row in found]
