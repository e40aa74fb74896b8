"""What a board of the open cases shows of each, in one look: where it stands, since when, and what comes next."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from sqlite_utils import Database

_OPEN: Final = """
SELECT id, ref, kind, stage, owner, coalesce(requester_id, ''), opened_at, entered_at, coalesce(due, '')
FROM cases WHERE final = 0 ORDER BY kind, opened_at, id
"""
_NEXT: Final = "SELECT case_id, line, min(due_at) FROM case_timers WHERE done_at IS NULL GROUP BY case_id"
_TASKS: Final = (
    "SELECT DISTINCT case_id, role FROM tasks WHERE done_at IS NULL AND case_id IS NOT NULL ORDER BY case_id, role"
)
_HELD: Final = """
SELECT DISTINCT d.case_id, d.roles, d.name FROM case_drafts AS d JOIN outbox AS o ON o.id = d.outbox_id
WHERE o.state = 'held' ORDER BY d.case_id, d.name
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """One open case: `next_at` is when its next clock comes and `next_line` that clock's line, "" and 0 for none.

    `tasks` are the roles that have something to do about it, `held` the drafts that wait, each with who may let it go.
    """

    ref: str
    kind: str
    stage: str
    owner: str
    requester: str
    opened_at: str
    entered_at: str
    due: str
    next_at: str
    next_line: int
    tasks: tuple[str, ...]
    held: tuple[tuple[str, str], ...]


def still_open(db: Database) -> list[Standing]:
    """Return every open case, by kind and age."""
    tasks: defaultdict[int, list[str]] = defaultdict(list)
    held: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for case, role in db.execute(_TASKS):
        tasks[case].append(role)
    for case, roles, name in db.execute(_HELD):
        held[case].append((roles, name))
    coming = {case: (at, line) for case, line, at in db.execute(_NEXT)}
    return [
        Standing(
            ref, kind, stage, owner, requester, opened_at, entered_at, due, *coming.get(case, ("", 0)),
            tuple(tasks[case]) if case in tasks else (), tuple(held[case]) if case in held else (),
        )
        for case, ref, kind, stage, owner, requester, opened_at, entered_at, due in db.execute(_OPEN)
    ]  # fmt: skip
