"""Tasks: what a person has to do, under a key that keeps a replay from asking twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import stamp
from mailroom.store import case_facts

TABLES: Final = (
    "ALTER TABLE tasks ADD COLUMN told_at TEXT",
    "ALTER TABLE tasks ADD COLUMN taken_by TEXT REFERENCES people (id)",
    "ALTER TABLE tasks ADD COLUMN rests_until TEXT",
    "CREATE INDEX tasks_untold ON tasks (role) WHERE done_at IS NULL AND told_at IS NULL",
    # What was open before tasks went out by mail stands in the summary already.
    "UPDATE tasks SET told_at = opened_at",
)
"""`told_at`: when a mail first put it to somebody. `rests_until`: the day before which nobody is asked again."""

MAILED: Final = "task"
"""How the key of a mail begins that puts a task to somebody: `task:17:2031-03-04:P02`."""


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
    taken_by: str = ""
    """Whoever said that they do it themselves."""
    key: str = ""
    rests_until: str = ""
    case: int | None = None


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
    """Give a role something to do; the same key twice is one task. True when it is a new one.

    What the role may not see is put before whoever owns the case.
    """
    role = case_facts.instead_of(db, role, case, message)
    added = db.execute(
        "INSERT INTO tasks (key, role, text, message_id, case_id, opened_at, due) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO NOTHING",
        (key, role, text, message, case, stamp(now), due),
    )
    return added.rowcount > 0


def known(db: Database, key: str) -> bool:
    """Tell whether there is, or was, a task with a key."""
    return db.execute("SELECT 1 FROM tasks WHERE key = ?", (key,)).fetchone() is not None


def done(db: Database, key: str, now: datetime) -> bool:
    """Close the task with a key; False when there is none open."""
    return db.execute("UPDATE tasks SET done_at = ? WHERE key = ? AND done_at IS NULL", (stamp(now), key)).rowcount > 0


def look_again(db: Database, message: int, text: str, now: datetime) -> None:
    """Ask once more to look at a message, whether or not somebody has looked before."""
    db.execute(
        "INSERT INTO tasks (key, role, text, message_id, opened_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET text = excluded.text, opened_at = excluded.opened_at, done_at = NULL",
        (f"look:{message}", case_facts.instead_of(db, "coordinator", None, message), text, message, stamp(now)),
    )


def text_of(db: Database, task: int) -> str:
    """Return what a task says, "" when there is none such."""
    row = db.execute("SELECT text FROM tasks WHERE id = ?", (task,)).fetchone()
    return str(row[0]) if row else ""


def by_id(db: Database, task: int) -> Task | None:
    """Return an open task by its number; None when there is none, or it is done."""
    found = _tasks(db, "t.id = ?", (task,))
    return found[0] if found else None


def of_mail(db: Database, outbox: int) -> Task | None:
    """Return the open task that a mail of ours was about, None when it was about none."""
    row = db.execute("SELECT key FROM outbox WHERE id = ?", (outbox,)).fetchone()
    kind, _, rest = str(row[0] if row else "").partition(":")
    number = rest.partition(":")[0]
    return by_id(db, int(number)) if kind == MAILED and number.isdigit() else None


def finish(db: Database, task: int, now: datetime) -> bool:
    """Close a task because a person says it is done; False when it was not open."""
    return db.execute("UPDATE tasks SET done_at = ? WHERE id = ? AND done_at IS NULL", (stamp(now), task)).rowcount > 0


def put_off(db: Database, task: int, until: date) -> bool:
    """Ask nobody about a task before a day; on it, it is put to them anew. False when it was not open."""
    changed = db.execute(
        "UPDATE tasks SET rests_until = ?, told_at = NULL WHERE id = ? AND done_at IS NULL", (until.isoformat(), task)
    )
    return changed.rowcount > 0


def take(db: Database, task: int, person: str) -> bool:
    """Note that somebody does a task themselves; False when it was not open."""
    changed = db.execute("UPDATE tasks SET taken_by = ? WHERE id = ? AND done_at IS NULL", (person, task))
    return changed.rowcount > 0


def untold(db: Database, today: date, but: Iterable[str]) -> list[Task]:
    """Return the open tasks that no mail has put to anybody, oldest first.

    `but` are the beginnings of the keys of those that come with a mail of their own.
    """
    found = _tasks(db, "t.told_at IS NULL AND coalesce(t.rests_until, '') <= ?", (today.isoformat(),))
    own = tuple(but)
    return [task for task in found if task.rests_until or not task.key.startswith(own)]


def told_since(db: Database, role: str, since: datetime) -> int:
    """Return how many tasks of a role a mail has put to it since a moment."""
    [n] = db.execute(
        "SELECT count(*) FROM tasks WHERE role = ? AND told_at > ?", (role, stamp(since))
    ).fetchone()  # fmt: skip
    return int(n)


def told(db: Database, task: int, now: datetime) -> None:
    """Note that a mail puts a task to somebody."""
    db.execute("UPDATE tasks SET told_at = ? WHERE id = ?", (stamp(now), task))


def dealt_with(db: Database, ref: str, now: datetime) -> int:
    """Close what a case has asked for so far, for somebody has taken it on; returns how many tasks there were."""
    return db.execute(
        "UPDATE tasks SET done_at = ?1 WHERE done_at IS NULL"
        " AND (key LIKE 'case:' || ?2 || ':%' OR key LIKE 'unforeseen:' || ?2 || ':%')",
        (stamp(now), ref),
    ).rowcount


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


def still_open(db: Database, role: str = "", today: date | None = None) -> list[Task]:
    """Return what is not done, oldest first; of one role, or of all; with `today` without what rests until later."""
    return _tasks(
        db, "(?1 = '' OR t.role = ?1) AND coalesce(t.rests_until, '') <= ?2",
        (role, today.isoformat() if today else "9999-12-31"),
    )  # fmt: skip


def _tasks(db: Database, where: str, values: tuple[str | int, ...]) -> list[Task]:
    return [
        Task(*row)
        for row in db.execute(
            "SELECT t.id, t.role, t.text, coalesce(c.ref, ''), t.message_id, t.opened_at, coalesce(t.due, ''),"  # noqa: S608 - our own words
            " coalesce(t.taken_by, ''), t.key, coalesce(t.rests_until, ''), t.case_id"
            " FROM tasks AS t LEFT JOIN cases AS c ON c.id = t.case_id"
            f" WHERE t.done_at IS NULL AND {where} ORDER BY t.id",
            values,
        )
    ]
