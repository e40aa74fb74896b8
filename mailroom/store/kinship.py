"""Which case was opened from which: a child, whose commands count under its parent's reference too, or a linked one."""

from dataclasses import dataclass
from typing import Final

from sqlite_utils import Database

TABLES: Final = (
    """CREATE TABLE kinship (
        id INTEGER PRIMARY KEY,
        case_id INTEGER NOT NULL REFERENCES cases (id), from_id INTEGER NOT NULL REFERENCES cases (id),
        child INTEGER NOT NULL, why TEXT NOT NULL,
        UNIQUE (case_id, from_id), CHECK (case_id <> from_id)
    ) STRICT""",
    "CREATE INDEX kinship_from ON kinship (from_id)",
)


@dataclass(frozen=True, slots=True)
class Kin:
    """A case that another was opened from, or that was opened from it."""

    case: int
    kind: str
    final: bool
    child: bool


def tie(db: Database, case: int, from_: int, *, child: bool, why: str) -> None:
    """Write down that a case was opened from another."""
    db.execute(
        "INSERT INTO kinship (case_id, from_id, child, why) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (case, from_, int(child), why),
    )


def parents(db: Database, case: int) -> list[Kin]:
    """Return the cases that a case was opened from, oldest tie first."""
    return _found(db, "c.id = k.from_id WHERE k.case_id = ?", case)


def opened_from(db: Database, case: int) -> list[Kin]:
    """Return the cases that were opened from a case, oldest first."""
    return _found(db, "c.id = k.case_id WHERE k.from_id = ?", case)


def _found(db: Database, where: str, case: int) -> list[Kin]:
    return [
        Kin(number, kind, bool(final), bool(child))
        for number, kind, final, child in db.execute(
            f"SELECT c.id, c.kind, c.final, k.child FROM kinship AS k JOIN cases AS c ON {where} ORDER BY k.id",  # noqa: S608
            (case,),
        )
    ]
