"""Drafts of a case that wait for a person's word under one name: one word lets all of them go, or none."""

from dataclasses import dataclass
from typing import Final

from sqlite_utils import Database

TABLES: Final = (
    """CREATE TABLE case_drafts (
        id INTEGER PRIMARY KEY,
        case_id INTEGER NOT NULL REFERENCES cases (id),
        name TEXT NOT NULL, set_key TEXT NOT NULL, roles TEXT NOT NULL,
        outbox_id INTEGER NOT NULL UNIQUE REFERENCES outbox (id) ON DELETE CASCADE
    ) STRICT""",
    "CREATE INDEX case_drafts_set ON case_drafts (case_id, set_key)",
)
"""`set_key` is the same for all the mails that were held together."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The drafts that were held together: `mails` are rows of the outbox, `roles` who may let them go."""

    case: int
    name: str
    key: str
    roles: tuple[str, ...]
    mails: tuple[int, ...]


def add(db: Database, case: int, name: str, key: str, roles: tuple[str, ...], mail: int) -> None:
    """Enter a held mail as one of a set."""
    db.execute(
        "INSERT INTO case_drafts (case_id, name, set_key, roles, outbox_id) VALUES (?, ?, ?, ?, ?)",
        (case, name, key, "; ".join(roles), mail),
    )


def of_mail(db: Database, mail: int) -> Draft | None:
    """Return the set a mail of the outbox belongs to, None where it belongs to none."""
    row = db.execute("SELECT case_id, name, set_key, roles FROM case_drafts WHERE outbox_id = ?", (mail,)).fetchone()
    if row is None:
        return None
    case, name, key, roles = row
    mails = db.execute("SELECT outbox_id FROM case_drafts WHERE case_id = ? AND set_key = ? ORDER BY id", (case, key))
    return Draft(case, name, key, tuple(roles.split("; ")), tuple(number for (number,) in mails))


def waiting(db: Database, case: int, name: str = "") -> list[int]:
    """Return the mails of a case that are held under a name, or under any."""
    rows = db.execute(
        "SELECT d.outbox_id FROM case_drafts AS d JOIN outbox AS o ON o.id = d.outbox_id"
        " WHERE d.case_id = ?1 AND (?2 = '' OR d.name = ?2) AND o.state = 'held' ORDER BY d.id",
        (case, name),
    )
    return [number for (number,) in rows]
