"""What a board of the open cases shows of each, in one look: where it stands, since when, and what comes next."""

import json
from dataclasses import dataclass
from typing import Any, Final

from sqlite_utils import Database

_OPEN: Final = """
SELECT c.ref, c.kind, c.stage, c.owner, coalesce(c.requester_id, ''), c.opened_at, c.entered_at, coalesce(c.due, ''),
    coalesce(t.due_at, ''), coalesce(t.line, 0),
    (SELECT coalesce(json_group_array(DISTINCT k.role), '[]') FROM tasks AS k
        WHERE k.case_id = c.id AND k.done_at IS NULL),
    (SELECT coalesce(json_group_array(DISTINCT d.roles || ': ' || d.name), '[]') FROM case_drafts AS d
        JOIN outbox AS o ON o.id = d.outbox_id WHERE d.case_id = c.id AND o.state = 'held')
FROM cases AS c LEFT JOIN case_timers AS t ON t.id = (
    SELECT id FROM case_timers WHERE case_id = c.id AND done_at IS NULL ORDER BY due_at, id LIMIT 1)
WHERE c.final = 0 ORDER BY c.kind, c.opened_at, c.id
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """One open case: `next_at` is when its next clock comes and `next_line` that clock's line, "" and 0 for none.

    `tasks` are the roles that have something to do about it, `held` the drafts that wait: `coordinator: summary`.
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
    held: tuple[str, ...]


def still_open(db: Database) -> list[Standing]:
    """Return every open case, by kind and age."""
    return [_standing(row) for row in db.execute(_OPEN)]


def _standing(row: tuple[Any, ...]) -> Standing:
    *facts, tasks, held = row
    ref, kind, stage, owner, requester, opened_at, entered_at, due, next_at, line = facts
    return Standing(
        ref, kind, stage, owner, requester, opened_at, entered_at, due, next_at, line, tuple(json.loads(tasks)),
        tuple(json.loads(held)),
    )  # fmt: skip
