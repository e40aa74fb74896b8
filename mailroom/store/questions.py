"""Questions to which case a message belongs: the tasks that ask them, and the mails that have not gone yet."""

from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp


def still_open(db: Database, message: int) -> list[tuple[str, str]]:
    """Return the key and text of each question about a message, in the order they were asked."""
    return [
        (key, text)
        for key, text in db.execute(
            "SELECT key, text FROM tasks WHERE message_id = ? AND done_at IS NULL"
            " AND (key LIKE 'which:%' OR key LIKE 'link:%') ORDER BY id",
            (message,),
        )
    ]


def unsent(db: Database, message: int, template: str) -> list[int]:
    """Return the mails of a template that a message led to and that have not gone."""
    return [
        row
        for (row,) in db.execute(
            "SELECT id FROM outbox WHERE cause_id = ? AND template = ? AND state IN ('held', 'ready', 'deferred')"
            " ORDER BY id",
            (message, template),
        )
    ]


def drop(db: Database, message: int, case: int, now: datetime) -> int:
    """Close whatever is open about a message in a case it does not belong to; returns how many tasks there were."""
    return db.execute(
        "UPDATE tasks SET done_at = ? WHERE done_at IS NULL AND message_id = ? AND case_id = ?",
        (stamp(now), message, case),
    ).rowcount
