"""Items: what people have said in a case, numbered: advice, feedback, a remark. Each bears its message's own time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import stamp

TABLES: Final = (
    """CREATE TABLE items (
        id INTEGER PRIMARY KEY,
        case_id INTEGER NOT NULL REFERENCES cases (id),
        name TEXT NOT NULL CHECK (name <> ''), n INTEGER NOT NULL,
        message_id INTEGER NOT NULL REFERENCES messages (id),
        person_id TEXT REFERENCES people (id), address TEXT NOT NULL DEFAULT '',
        at TEXT NOT NULL, words TEXT NOT NULL DEFAULT '',
        unattributed INTEGER NOT NULL DEFAULT 0, apart INTEGER NOT NULL DEFAULT 0, late INTEGER NOT NULL DEFAULT 0,
        UNIQUE (case_id, name, message_id), UNIQUE (case_id, name, n)
    ) STRICT""",
)
"""`apart`: heard, but neither counted nor passed on. `late`: it came after its window."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `person` is "" for somebody outside the directory."""

    name: str
    n: int
    message: int
    person: str
    address: str
    at: str
    words: str
    unattributed: bool
    apart: bool
    late: bool

    @property
    def counted(self) -> bool:
        """Whether it is one of those that are counted."""
        return not self.apart


def record(  # noqa: PLR0913 - what an item is made of
    db: Database,
    case: int,
    name: str,
    message: int,
    at: datetime,
    *,
    person: str = "",
    address: str = "",
    words: str = "",
    unattributed: bool = False,
    apart: bool = False,
    late: bool = False,
) -> int | None:
    """Enter a message as the next item of its name; None when it is one already. Numbers are never used again."""
    row = db.execute(
        "INSERT INTO items (case_id, name, n, message_id, person_id, address, at, words, unattributed, apart, late)"
        " VALUES (?1, ?2, (SELECT coalesce(max(n), 0) + 1 FROM items WHERE case_id = ?1 AND name = ?2), ?3, ?4, ?5,"
        " ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING RETURNING n",
        (
            case, name, message, person or None, address, stamp(at), words, int(unattributed), int(apart), int(late),
        ),
    ).fetchone()  # fmt: skip
    return int(row[0]) if row else None


def of_case(db: Database, case: int, name: str = "") -> list[Item]:
    """Return a case's items by the time their messages came; of one name, or all."""
    return [
        Item(kind, n, message, person, address, at, words, bool(unattributed), bool(apart), bool(late))
        for kind, n, message, person, address, at, words, unattributed, apart, late in db.execute(
            "SELECT name, n, message_id, coalesce(person_id, ''), address, at, words, unattributed, apart, late"
            " FROM items WHERE case_id = ?1 AND (?2 = '' OR name = ?2) ORDER BY at, id",
            (case, name),
        )
    ]


def authors(db: Database, case: int) -> frozenset[str]:
    """Return who has said something in a case that counts."""
    return frozenset(one.person for one in of_case(db, case) if one.person and one.counted)
