"""Records: what a message said in the labelled lines of a form, kept as facts of its case or, without one, its own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp


@dataclass(frozen=True, slots=True)
class Record:
    """One filled form. `at` is when its message was received; `unread` are the fields that could not be read."""

    message: int
    form: str
    case: int | None
    person: str
    at: str
    said: dict[str, str]
    unread: tuple[str, ...]


def add(
    db: Database,
    message: int,
    form: str,
    at: datetime,
    *,
    said: Mapping[str, str],
    unread: Sequence[str] = (),
    case: int | None = None,
    person: str = "",
) -> bool:
    """Keep what a message filled in; a form is recorded once for each message. True when it is new."""
    added = db.execute(
        "INSERT INTO records (message_id, form, case_id, person_id, at, said, unread) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (message_id, form) DO NOTHING",
        (message, form, case, person or None, stamp(at), json.dumps(dict(said)), json.dumps(list(unread))),
    )
    return added.rowcount > 0


def keep(
    db: Database,
    message: int,
    form: str,
    at: datetime,
    *,
    said: Mapping[str, str],
    unread: Sequence[str],
    case: int,
    person: str = "",
) -> None:
    """Keep what is known of a form once a message has come, with what was said before; a rule may have kept its own."""
    db.execute(
        "INSERT INTO records (message_id, form, case_id, person_id, at, said, unread) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (message_id, form) DO UPDATE SET case_id = excluded.case_id, said = excluded.said,"
        " unread = excluded.unread",
        (message, form, case, person or None, stamp(at), json.dumps(dict(said)), json.dumps(list(unread))),
    )


def attach(db: Database, message: int, case: int) -> int:
    """Count what a message filled in with a case, as of when it came, where it counts with none yet."""
    sql = "UPDATE records SET case_id = ? WHERE message_id = ? AND case_id IS NULL"
    return db.execute(sql, (case, message)).rowcount


def detach(db: Database, message: int, case: int) -> int:
    """Count what a message filled in with a case no longer; it stays known of the message."""
    sql = "UPDATE records SET case_id = NULL WHERE message_id = ? AND case_id = ?"
    return db.execute(sql, (message, case)).rowcount


def of_message(db: Database, message: int) -> list[Record]:
    """Return what a message filled in."""
    return _read(db, "message_id = ?", message)


def of_case(db: Database, case: int) -> list[Record]:
    """Return what was filled in about a case, in the order its messages came."""
    return _read(db, "case_id = ?", case)


def _read(db: Database, where: str, value: int) -> list[Record]:
    return [
        Record(message, form, case, person, at, json.loads(said), tuple(json.loads(unread)))
        for message, form, case, person, at, said, unread in db.execute(
            "SELECT message_id, form, case_id, coalesce(person_id, ''), at, said, unread FROM records"  # noqa: S608
            f" WHERE {where} ORDER BY at, id",
            (value,),
        )
    ]
