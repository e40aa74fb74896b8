"""Cases: what the office is working on, each with a reference, a stage and an owner."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp


@dataclass(frozen=True, slots=True)
class Case:
    """One case as it stands. `kind` is the name of its process file, such as incident."""

    id: int
    ref: str
    kind: str
    stage: str
    final: bool
    owner: str
    requester: str
    requester_address: str
    place: str
    text: str
    due: str
    entered_at: str
    """When it came into its stage, in UTC."""
    answered_at: str = ""
    """When a person last answered it by hand, in UTC."""

    @property
    def quiet_since(self) -> str:
        """Since when nothing has happened: from then its deadline counts."""
        return max(self.entered_at, self.answered_at)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a case: what, which stage it led to, the message behind it, and why."""

    at: str
    event: str
    from_stage: str
    to_stage: str
    message: int | None
    why: str


COLUMNS = (
    "id, ref, kind, stage, final, owner, coalesce(requester_id, ''), requester_address, place, text, coalesce(due, ''),"
    " entered_at, coalesce(answered_at, '')"
)


def next_ref(db: Database, prefix: str, year: int) -> str:
    """Take the next reference, such as INC-2027-001. A number is never used again."""
    [n] = db.execute(
        "INSERT INTO counters VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last", (prefix, year)
    ).fetchone()
    return f"{prefix}-{year}-{n:03d}"


def reserve(db: Database, prefix: str, year: int, n: int) -> None:
    """Make sure that numbers up to `n` are not given out: an imported case has taken it."""
    db.execute(
        "INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
        (prefix, year, n),
    )


def add(  # noqa: PLR0913 - the facts of a new case
    db: Database,
    ref: str,
    kind: str,
    stage: str,
    now: datetime,
    *,
    owner: str = "",
    requester: str = "",
    requester_address: str = "",
    opened_by: int | None = None,
    place: str = "",
    text: str = "",
    due: str | None = None,
    final: bool = False,
    facts: Mapping[str, object] | None = None,
) -> Case:
    """Enter a case. Raises sqlite3.IntegrityError when the reference is taken."""
    [row] = db.execute(
        "INSERT INTO cases (ref, kind, stage, final, owner, requester_id, requester_address, opened_at, opened_by,"
        " entered_at, due, place, text, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            ref, kind, stage, int(final), owner, requester or None, requester_address, stamp(now), opened_by,
            stamp(now), due, place, text, json.dumps(facts or {}),
        ),
    ).fetchone()  # fmt: skip
    return Case(row, ref, kind, stage, final, owner, requester, requester_address, place, text, due or "", stamp(now))


def by_ref(db: Database, ref: str) -> Case | None:
    """Return the case with a reference; that of a merged case leads to the one it went into."""
    return _one(db, "id = (SELECT coalesce(merged_into, id) FROM cases WHERE ref = ?)", ref)


def by_id(db: Database, case: int) -> Case:
    """Return a case. Raises LookupError when there is none such."""
    found = _one(db, "id = ?", case)
    if found is None:
        raise LookupError(case)
    return found


def still_open(db: Database, kind: str = "") -> list[Case]:
    """Return the cases that are not in a final stage, oldest first; of one kind, or of all."""
    where = "final = 0 AND (?1 = '' OR kind = ?1) ORDER BY id"
    return [_case(row) for row in db.execute(f"SELECT {COLUMNS} FROM cases WHERE {where}", (kind,))]  # noqa: S608


def in_danger(db: Database) -> list[Case]:
    """Return the dangers no person has closed."""
    return still_open(db, "danger")


def move(
    db: Database, case: Case, stage: str, now: datetime, *, final: bool, event: str, why: str, message: int | None
) -> None:
    """Enter a stage, and write down what brought the case there."""
    db.execute(
        "UPDATE cases SET stage = ?, final = ?, entered_at = ?, closed_at = iif(?2, ?3, NULL) WHERE id = ?",
        (stage, int(final), stamp(now), case.id),
    )
    record(db, case, now, event=event, to_stage=stage, why=why, message=message)


def record(
    db: Database, case: Case, now: datetime, *, event: str, to_stage: str, why: str, message: int | None
) -> None:
    """Write down an event of a case."""
    db.execute(
        "INSERT INTO case_events (case_id, at, event, from_stage, to_stage, message_id, why)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (case.id, stamp(now), event, case.stage, to_stage, message, why),
    )


def events(db: Database, case: int) -> list[Event]:
    """Return what happened in a case, oldest first."""
    return [
        Event(*row)
        for row in db.execute(
            "SELECT at, event, from_stage, to_stage, message_id, why FROM case_events WHERE case_id = ? ORDER BY id",
            (case,),
        )
    ]


def answered(db: Database, case: int, at: datetime) -> None:
    """Write down that a person answered by hand: nobody has been waiting since then."""
    db.execute("UPDATE cases SET answered_at = max(coalesce(answered_at, ''), ?) WHERE id = ?", (stamp(at), case))


def existing(db: Database, refs: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of `refs` that are references of cases, in the order given."""
    return tuple(ref for ref in refs if by_ref(db, ref) is not None)


def _one(db: Database, where: str, value: str | int) -> Case | None:
    row = db.execute(f"SELECT {COLUMNS} FROM cases WHERE {where}", (value,)).fetchone()  # noqa: S608 - our own words
    return _case(row) if row else None


def _case(row: tuple[int, str, str, str, int, str, str, str, str, str, str, str, str]) -> Case:
    return Case(row[0], row[1], row[2], row[3], bool(row[4]), *row[5:])
