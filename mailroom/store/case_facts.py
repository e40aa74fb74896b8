"""What is known of a case besides its stage: facts, facts kept apart for one role, whom it is hidden from, legal hold.

A fact is a word and its value as text: a day 2027-02-20, a moment 2027-01-13T12:00:00Z, a day with hours
2027-02-20 11:00-16:00. `place` stands in a column of its own, which guards look at as a mail leaves.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from sqlite_utils import Database

TABLES: Final = (
    "ALTER TABLE cases ADD COLUMN apart TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE cases ADD COLUMN hidden_from TEXT NOT NULL DEFAULT '[]'",
    """ALTER TABLE cases ADD COLUMN legal_hold TEXT NOT NULL DEFAULT ''
        CHECK (legal_hold IN ('', 'case', 'requester'))""",
    "ALTER TABLE cases ADD COLUMN timed_by TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX cases_timed ON cases (kind, timed_by) WHERE final = 0",
)
"""`timed_by` is the process file that a case's timers were written by, as a hash; "" where they are to be written."""

PLACE: Final = "place"
Hold = Literal["", "case", "requester"]


def known(db: Database, case: int) -> dict[str, str]:
    """Return what anybody who sees the case may know of it."""
    facts, place = db.execute("SELECT facts, place FROM cases WHERE id = ?", (case,)).fetchone()
    found = {str(name): str(value) for name, value in json.loads(facts).items()}
    return {**found, PLACE: place} if place else found


def apart(db: Database, case: int) -> dict[str, dict[str, str]]:
    """Return what is kept apart: by the role that may see it, each fact and its value."""
    [found] = db.execute("SELECT apart FROM cases WHERE id = ?", (case,)).fetchone()
    return {str(role): dict(facts) for role, facts in json.loads(found).items()}


def put(db: Database, case: int, fact: str, value: str, *, role: str = "") -> None:
    """Write a fact down, for everybody or apart for one role; "" forgets it."""
    if role:
        kept = apart(db, case)
        kept[role] = _with(kept.get(role, {}), fact, value)
        db.execute("UPDATE cases SET apart = ? WHERE id = ?", (json.dumps(kept), case))
    elif fact == PLACE:
        db.execute("UPDATE cases SET place = ? WHERE id = ?", (value, case))
    else:
        [found] = db.execute("SELECT facts FROM cases WHERE id = ?", (case,)).fetchone()
        facts = _with(json.loads(found), fact, value)
        db.execute("UPDATE cases SET facts = ? WHERE id = ?", (json.dumps(facts), case))


def due(db: Database, case: int, day: str | None) -> None:
    """Say on which day something of a case is due, None for nothing."""
    db.execute("UPDATE cases SET due = ? WHERE id = ?", (day, case))


def own(db: Database, case: int, owner: str) -> None:
    """Hand a case over."""
    db.execute("UPDATE cases SET owner = ? WHERE id = ?", (owner, case))


def hide(db: Database, case: int, roles: Iterable[str]) -> None:
    """Show a case to these roles no more."""
    all_ = sorted(hidden_from(db, case) | set(roles))
    db.execute("UPDATE cases SET hidden_from = ? WHERE id = ?", (json.dumps(all_), case))


def withdraw(db: Database, case: int, roles: Iterable[str], owner: str) -> list[int]:
    """Hand what these roles are asked about a case to its owner; returns the mails to them that have not gone."""
    those = json.dumps(sorted(roles))
    own = "SELECT message_id FROM links WHERE case_id = ?1 AND state <> 'refused'"
    db.execute(
        f"UPDATE tasks SET role = ?3 WHERE (case_id = ?1 OR message_id IN ({own})) AND done_at IS NULL"  # noqa: S608 - our own words
        " AND role IN (SELECT value FROM json_each(?2))",
        (case, those, owner),
    )
    rows = db.execute(
        f"SELECT id FROM outbox WHERE (case_id = ?1 OR cause_id IN ({own}))"  # noqa: S608 - our own words
        " AND state IN ('held', 'ready', 'deferred') AND role IN (SELECT value FROM json_each(?2)) ORDER BY id",
        (case, those),
    )
    return [row for (row,) in rows]


def hidden_from(db: Database, case: int) -> frozenset[str]:
    """Return the roles a case is not shown to."""
    row = db.execute("SELECT hidden_from FROM cases WHERE id = ?", (case,)).fetchone()
    return frozenset(json.loads(row[0])) if row else frozenset()


def hidden(db: Database, role: str) -> frozenset[str]:
    """Return the references of the cases that are not shown to a role."""
    return frozenset(
        ref
        for (ref,) in db.execute(
            "SELECT ref FROM cases, json_each(cases.hidden_from) AS h WHERE hidden_from <> '[]' AND h.value = ?",
            (role,),
        )
    )


def concealed_from(db: Database, case: int | None, message: int | None) -> frozenset[str]:
    """Return the roles that are to see nothing of a case, or of a message that belongs to a case they may not see."""
    found = db.execute(
        "SELECT h.value FROM cases AS c, json_each(c.hidden_from) AS h WHERE c.hidden_from <> '[]' AND (c.id = ?1"
        " OR c.id IN (SELECT case_id FROM links WHERE message_id = ?2 AND state <> 'refused'))",
        (case, message),
    )
    return frozenset(role for (role,) in found)


def concealed(db: Database, role: str) -> frozenset[int]:
    """Return the messages of cases that are not shown to a role."""
    found = db.execute(
        "SELECT l.message_id FROM cases AS c, json_each(c.hidden_from) AS h JOIN links AS l ON l.case_id = c.id"
        " WHERE c.hidden_from <> '[]' AND h.value = ? AND l.state <> 'refused'",
        (role,),
    )
    return frozenset(message for (message,) in found)


def instead_of(db: Database, role: str, case: int | None, message: int | None) -> str:
    """Return who is asked in place of a role that may not see a case or its message: its owner; else the role itself.

    What is put before somebody who may not see it would be put before nobody.
    """
    hidden = concealed_from(db, case, message)
    if role not in hidden:
        return role
    owners = db.execute(
        "SELECT c.owner FROM cases AS c WHERE c.hidden_from <> '[]' AND (c.id = ?1"
        " OR c.id IN (SELECT case_id FROM links WHERE message_id = ?2 AND state <> 'refused')) ORDER BY c.final, c.id",
        (case, message),
    ).fetchall()
    named = [one for (owner,) in owners for one in owner.split("; ") if one]
    return next((one for one in (*named, "chief_inspector", "cover") if one not in hidden), role)


def freeze(db: Database, case: int, hold: Hold) -> None:
    """Keep a case, or all that belongs to whoever asked, from being disposed of until the case has ended."""
    db.execute("UPDATE cases SET legal_hold = ? WHERE id = ?", (hold, case))


def on_hold(db: Database) -> tuple[frozenset[int], frozenset[str]]:
    """Return what may not be disposed of today: cases, and people with everything of theirs."""
    rows = db.execute(
        "SELECT id, legal_hold, coalesce(requester_id, '') FROM cases WHERE legal_hold <> '' AND final = 0"
    ).fetchall()
    people = (person for _, hold, person in rows if hold == "requester" and person)
    return frozenset(row[0] for row in rows), frozenset(people)


def is_on_hold(db: Database, *, case: int | None = None, person: str = "") -> bool:
    """Tell whether a case or what belongs to a person may not be disposed of today."""
    cases, people = on_hold(db)
    return case in cases or bool(person and person in people)


def _with(facts: Mapping[str, str], fact: str, value: str) -> dict[str, str]:
    left = {name: one for name, one in facts.items() if name != fact}
    return {**left, fact: value} if value else left


def opened_by(db: Database, case: int) -> int | None:
    """Return the message a case was opened by, None where none was."""
    row = db.execute("SELECT opened_by FROM cases WHERE id = ?", (case,)).fetchone()
    return int(row[0]) if row and row[0] is not None else None


def addressed(db: Database, message: int) -> tuple[str, ...]:
    """Return the addresses a message was shown to be addressed to."""
    rows = db.execute("SELECT address FROM addressed WHERE message_id = ? ORDER BY address", (message,))
    return tuple(address for (address,) in rows)
