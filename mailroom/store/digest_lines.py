"""Lines that cases have put into the next digest of a role, while they stay in the stage that did."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import stamp

TABLES: Final = (
    """CREATE TABLE digest_lines (
        id INTEGER PRIMARY KEY,
        case_id INTEGER NOT NULL REFERENCES cases (id), key TEXT NOT NULL,
        role TEXT NOT NULL, at TEXT NOT NULL, entered_at TEXT NOT NULL,
        UNIQUE (case_id, key, role)
    ) STRICT""",
)


@dataclass(frozen=True, slots=True)
class Owed:
    """A case that a role is to read of, since when it has been in its stage, and when the line was put in."""

    ref: str
    kind: str
    stage: str
    since: str
    at: str


def add(db: Database, case: int, key: str, role: str, now: datetime) -> None:
    """Put a case into the digest of a role."""
    db.execute(
        "INSERT INTO digest_lines (case_id, key, role, at, entered_at) SELECT id, ?, ?, ?, entered_at FROM cases"
        " WHERE id = ? ON CONFLICT DO NOTHING",
        (key, role, stamp(now), case),
    )


def of_role(db: Database, role: str) -> list[Owed]:
    """Return what a role is to read, oldest first: of open cases that have not moved since."""
    return [
        Owed(*row)
        for row in db.execute(
            "SELECT c.ref, c.kind, c.stage, c.entered_at, min(d.at) FROM digest_lines AS d"
            " JOIN cases AS c ON c.id = d.case_id WHERE d.role = ? AND c.final = 0 AND c.entered_at = d.entered_at"
            " GROUP BY c.id ORDER BY 5, c.id",
            (role,),
        )
    ]
