"""What a correction reads and writes of a message: the outcome that stands, and what hangs on it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from mailroom.rules.model import Priority
from mailroom.store import acts, cases


@dataclass(frozen=True, slots=True)
class Decided:
    """The outcome of a message as it stands. `rule_flags` are those a rule gave, `read` whether it could be read."""

    class_: str
    flags: tuple[str, ...]
    rule_flags: tuple[str, ...]
    folder: str
    state: str
    filed: bool
    read: bool
    decision: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The links and tasks of a message that do not hang on its class, as whole rows, with words that name each."""

    rows: tuple[tuple[str, dict[str, Any], str], ...]


def decided(db: Database, message: int) -> Decided:
    """Return the outcome of a message. Raises LookupError when there is none such."""
    row = db.execute(
        "SELECT class, flags, folder, state, filed_at IS NOT NULL, kind <> '', decision FROM messages WHERE id = ?",
        (message,),
    ).fetchone()
    if row is None:
        raise LookupError(message)
    class_, flags, folder, state, filed, read, decision = row
    of_rules = [
        flag
        for action in _actions(decision)
        if action["verb"] == "flag" and action["line"]  # what is built in has no line
        for flag in action["values"]
    ]
    return Decided(class_, tuple(json.loads(flags)), tuple(of_rules), folder, state, bool(filed), bool(read), decision)


def decide(db: Database, message: int, before: Decided, class_: str, folder: str, priority: Priority) -> None:
    """Write a person's outcome over that of the rules; what the rules had decided, and why, stays to be read."""
    flags = [flag for flag in before.flags if flag not in before.rule_flags]
    db.execute(
        "UPDATE messages SET class = ?, folder = ?, flags = ?, priority = ?, priority_words = ?, decision = ?"
        " WHERE id = ?",
        (class_, folder, json.dumps(flags), priority.n, priority.words, before.decision, message),
    )


def standing(db: Database, message: int) -> Standing:
    """Return what is to stay whatever the class is: whom the message is from, and which cases it answers or names."""
    [decision] = db.execute("SELECT decision FROM messages WHERE id = ?", (message,)).fetchone()
    guessed = [action["values"][0] for action in _actions(decision) if action["verb"] in {"open", "link"}]
    people = _rows(db, "links", "t.message_id = ?1 AND t.person_id IS NOT NULL", (message,))
    linked = _rows(
        db,
        "links",
        "t.message_id = ?1 AND t.case_id IN (SELECT id FROM cases WHERE opened_by IS NOT ?1"
        " AND kind NOT IN (SELECT value FROM json_each(?2)))",
        (message, json.dumps(guessed)),
    )
    named = [("links", row, cases.by_id(db, row["case_id"]).ref) for row in linked]
    keys = [f"{what}:{message}" for what in ("open", "identity", "which")]
    keys += [f"link:{message}:{ref}" for _, _, ref in named]
    asked = _rows(db, "tasks", "t.key IN (SELECT value FROM json_each(?1))", (json.dumps(keys),))
    return Standing(
        (*(("links", row, "") for row in people), *named, *(("tasks", row, str(row["text"])) for row in asked))
    )


def put_back(db: Database, kept: Standing) -> list[str]:
    """Put there again what was taken back of it, and return the words that name it."""
    again = []
    for table, row, words in kept.rows:
        if not db.execute(f"SELECT 1 FROM {table} WHERE id = ?", (row["id"],)).fetchone():  # noqa: S608 - our own words
            acts.add_back(db, table, row)
            again += [words] if words else []
    return again


def _rows(db: Database, table: str, where: str, values: Sequence[object]) -> list[dict[str, Any]]:
    found = db.execute(f"SELECT t.* FROM {table} AS t WHERE {where} ORDER BY t.id", tuple(values))  # noqa: S608 - our own words
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def _actions(decision: str) -> list[dict[str, Any]]:
    return list(json.loads(decision or "{}").get("actions", ()))
