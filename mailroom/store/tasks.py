"""Tasks: what a person has to do, under a key that keeps a replay from asking twice."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp


@dataclass(frozen=True, slots=True)
class Task:
    """One open task."""

    id: int
    role: str
    text: str
    ref: str
    message: int | None
    opened_at: str
    due: str


def add(
    db: Database,
    key: str,
    role: str,
    text: str,
    now: datetime,
    *,
    message: int | None = None,
    case: int | None = None,
    due: str | None = None,
) -> bool:
    """Give a role something to do; the same key twice is one task. True when it is a new one."""
    added = db.execute(
        "INSERT INTO tasks (key, role, text, message_id, case_id, opened_at, due) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO NOTHING",
        (key, role, text, message, case, stamp(now), due),
    )
    return added.rowcount > 0


def done(db: Database, key: str, now: datetime) -> bool:
    """Close the task with a key; False when there is none open."""
    return db.execute("UPDATE tasks SET done_at = ? WHERE key = ? AND done_at IS NULL", (stamp(now), key)).rowcount > 0


def look_again(db: Database, message: int, text: str, now: datetime) -> None:
    """Ask once more to look at a message, whether or not somebody has looked before."""
    db.execute(
        "INSERT INTO tasks (key, role, text, message_id, opened_at) VALUES (?, 'coordinator', ?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET text = excluded.text, opened_at = excluded.opened_at, done_at = NULL",
        (f"look:{message}", text, message, stamp(now)),
    )


def text_of(db: Database, task: int) -> str:
    """Return what a task says, "" when there is none such."""
    row = db.execute("SELECT text FROM tasks WHERE id = ?", (task,)).fetchone()
    return str(row[0]) if row else ""


def drop(db: Database, case: int, now: datetime) -> int:
    """Close what is open about a case that is no more; returns how many tasks there were."""
    return db.execute("UPDATE tasks SET done_at = ? WHERE done_at IS NULL AND case_id = ?", (stamp(now), case)).rowcount


def drop_reminders(db: Database, message: int, now: datetime) -> int:
    """Close the tasks that reminders about a message have made; returns how many there were."""
    return db.execute(
        "UPDATE tasks SET done_at = ? WHERE done_at IS NULL AND message_id = ? AND key LIKE 'remind:%'",
        (stamp(now), message),
    ).rowcount


def looked_at(db: Database, thread: int, until: datetime, now: datetime) -> int:
    """Close the tasks to look at a thread's messages that came up to a moment; returns how many there were."""
    return db.execute(
        "UPDATE tasks SET done_at = ? WHERE done_at IS NULL AND key LIKE 'look:%' AND message_id IN"
        " (SELECT id FROM messages WHERE thread_id = ? AND received_at <= ?)",
        (stamp(now), thread, stamp(until)),
    ).rowcount


def deadline_met(db: Database, case: int, now: datetime) -> int:
    """Close the tasks that say nothing has happened on a case; returns how many there were."""
    return db.execute(
        "UPDATE tasks SET done_at = ? WHERE done_at IS NULL AND key LIKE 'deadline:%' AND case_id = ?",
        (stamp(now), case),
    ).rowcount


def still_open(db: Database, role: str = "") -> list[Task]:
    """Return what is not done, oldest first; of one role, or of all."""
    return [
        Task(*row)
        for row in db.execute(
            "SELECT t.id, t.role, t.text, coalesce(c.ref, ''), t.message_id, t.opened_at, coalesce(t.due, '')"
            " FROM tasks AS t LEFT JOIN cases AS c ON c.id = t.case_id"
            " WHERE t.done_at IS NULL AND (?1 = '' OR t.role = ?1) ORDER BY t.id",
            (role,),
        )
    ]
