"""What the coordinator herself gives an issue besides its items: dates, places and gaps, and what was done on advice.

What was done (`said`) stands with the case it is about, as facts: `we did`, `you said`, and `told in`, the issue that
took it. An issue that was never sent has told nobody.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlite_utils import Database

from mailroom.store import case_facts

TABLES: Final = (
    """CREATE TABLE news_lines (
        id INTEGER PRIMARY KEY,
        case_id INTEGER NOT NULL REFERENCES issues (case_id),
        section TEXT NOT NULL CHECK (section IN ('date', 'gap', 'without')),
        day TEXT NOT NULL DEFAULT '', words TEXT NOT NULL,
        UNIQUE (case_id, section, day, words)
    ) STRICT""",
)
"""A line of section `without` names a section that is left out of the issue."""

Section = Literal["date", "gap", "without"]
WE_DID, YOU_SAID, TOLD_IN = "we did", "you said", "told in"


@dataclass(frozen=True, slots=True)
class Given:
    """One line of hers; `day` is that of a date, with its hour if it has one: 2027-03-16 or 2027-03-16 18:00."""

    words: str
    day: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done about the advice or concern of a case, in the coordinator's words; `you_said` may be empty."""

    case: int
    you_said: str
    we_did: str


def lines(db: Database, issue: int, section: Section) -> list[Given]:
    """Return the lines an issue was given, in the order they came."""
    sql = "SELECT words, day FROM news_lines WHERE case_id = ? AND section = ? ORDER BY id"
    return [Given(*row) for row in db.execute(sql, (issue, section))]


def add(db: Database, issue: int, section: Section, given: Sequence[Given]) -> None:
    """Give an issue lines; one that it has is there once."""
    for one in given:
        db.execute(
            "INSERT INTO news_lines (case_id, section, day, words) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (issue, section, one.day, one.words),
        )


def clear(db: Database, issue: int, section: Section, words: str = "") -> None:
    """Take lines of an issue away: all of a section, or the one with these words."""
    sql = "DELETE FROM news_lines WHERE case_id = ?1 AND section = ?2 AND (?3 = '' OR words = ?3)"
    db.execute(sql, (issue, section, words))


def say(db: Database, case: int, you_said: str, we_did: str) -> None:
    """Keep what the newsletter may say of a case; words that are new have been told nobody. "" takes it away."""
    for fact, words in ((WE_DID, we_did), (YOU_SAID, you_said), (TOLD_IN, "")):
        case_facts.put(db, case, fact, words)


def done(db: Database, ref: str) -> list[Done]:
    """Return what the issue with a reference may say was done: of cases answered or ended, and told in no other."""
    rows = db.execute(
        "SELECT c.id, coalesce(json_extract(c.facts, '$.\"you said\"'), ''), json_extract(c.facts, '$.\"we did\"')"
        " FROM cases AS c WHERE json_type(c.facts, '$.\"we did\"') = 'text'"
        " AND coalesce(json_extract(c.facts, '$.\"told in\"'), ?1) IN ("
        "  SELECT ?1 UNION SELECT ref FROM cases WHERE kind = 'newsletter' AND stage = 'skipped')"
        " AND (c.final = 1 OR EXISTS (SELECT 1 FROM case_events AS e WHERE e.case_id = c.id"
        "  AND e.to_stage IN ('answered', 'feedback_received')))"
        " AND c.stage NOT IN ('undone', 'merged', 'withdrawn') ORDER BY c.id",
        (ref,),
    )
    return [Done(*row) for row in rows]


def tell(db: Database, ref: str, cases: Collection[int]) -> None:
    """Note that an issue says what was done in these cases, and in no others."""
    found = db.execute("SELECT id FROM cases WHERE json_extract(facts, '$.\"told in\"') = ?", (ref,)).fetchall()
    for (case,) in found:
        if case not in cases:
            case_facts.put(db, case, TOLD_IN, "")
    for case in cases:
        case_facts.put(db, case, TOLD_IN, ref)


def is_ready(db: Database, case: int) -> bool:
    """Tell whether a case has been answered or has ended, so that an issue may say what was done."""
    row = db.execute(
        "SELECT c.final = 1 OR EXISTS (SELECT 1 FROM case_events AS e WHERE e.case_id = c.id"
        " AND e.to_stage IN ('answered', 'feedback_received')) FROM cases AS c WHERE c.id = ?",
        (case,),
    ).fetchone()
    return row is not None and bool(row[0])
