"""Search: messages, cases and people by words that a person types, which are never more than words (FTS5).

What is set apart, taken back or kept out of the search by a rule is not found, and not hinted at: how many messages
there are of that sort is counted without a look at the words.
"""

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import stamp

HIT, END = "\x02", "\x03"
"""What stands before and after a word that was searched for."""
MOST_WORDS: Final = 32
AROUND: Final = 18
"""Words shown around a hit."""

_TOKENS: Final = "tokenize='unicode61 remove_diacritics 2'"
_OF_CASES: Final = "content='cases', content_rowid='id'"
TABLES: Final = (
    f"CREATE VIRTUAL TABLE case_words USING fts5(ref, kind, place, text, {_OF_CASES}, {_TOKENS})",
    "INSERT INTO case_words (case_words) VALUES ('rebuild')",
    """CREATE TRIGGER case_words_added AFTER INSERT ON cases BEGIN
        INSERT INTO case_words (rowid, ref, kind, place, text) VALUES (NEW.id, NEW.ref, NEW.kind, NEW.place, NEW.text);
    END""",
    """CREATE TRIGGER case_words_removed AFTER DELETE ON cases BEGIN
        INSERT INTO case_words (case_words, rowid, ref, kind, place, text)
            VALUES ('delete', OLD.id, OLD.ref, OLD.kind, OLD.place, OLD.text);
    END""",
    """CREATE TRIGGER case_words_changed AFTER UPDATE OF ref, kind, place, text ON cases
        WHEN (OLD.ref, OLD.kind, OLD.place, OLD.text) IS NOT (NEW.ref, NEW.kind, NEW.place, NEW.text) BEGIN
        INSERT INTO case_words (case_words, rowid, ref, kind, place, text)
            VALUES ('delete', OLD.id, OLD.ref, OLD.kind, OLD.place, OLD.text);
        INSERT INTO case_words (rowid, ref, kind, place, text) VALUES (NEW.id, NEW.ref, NEW.kind, NEW.place, NEW.text);
    END""",
    # On its own feet: people have no number of their own that would outlive a VACUUM.
    f"CREATE VIRTUAL TABLE people_words USING fts5(id UNINDEXED, name, organisation, title, station, {_TOKENS})",
    "INSERT INTO people_words SELECT id, name, organisation, rank, station FROM people",
    """CREATE TRIGGER people_words_added AFTER INSERT ON people BEGIN
        INSERT INTO people_words VALUES (NEW.id, NEW.name, NEW.organisation, NEW.rank, NEW.station);
    END""",
    """CREATE TRIGGER people_words_removed AFTER DELETE ON people BEGIN
        DELETE FROM people_words WHERE id = OLD.id;
    END""",
    """CREATE TRIGGER people_words_changed AFTER UPDATE OF id, name, organisation, rank, station ON people
        WHEN (OLD.id, OLD.name, OLD.organisation, OLD.rank, OLD.station)
            IS NOT (NEW.id, NEW.name, NEW.organisation, NEW.rank, NEW.station) BEGIN
        DELETE FROM people_words WHERE id = OLD.id;
        INSERT INTO people_words VALUES (NEW.id, NEW.name, NEW.organisation, NEW.rank, NEW.station);
    END""",
)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which messages are looked at; what is not given leaves nothing out. `people` are ids, `name` part of a name."""

    people: tuple[str, ...] = ()
    name: str = ""
    address: str = ""
    case: int | None = None
    about: str = ""
    """A person's id: from them, or linked to them."""
    class_: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def given(self) -> bool:
        """Whether there is any: they are all about messages."""
        return self != Filters()


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A message that was found; `subject` and `snippet` have their hits marked."""

    id: int
    at: str
    person: str
    name: str
    class_: str
    folder: str
    refs: tuple[str, ...]
    subject: str
    snippet: str


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case that was found."""

    ref: str
    kind: str
    stage: str
    final: bool
    place: str
    opened_at: str
    snippet: str


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person that was found: never an address of theirs."""

    id: str
    name: str
    kind: str
    organisation: str
    state: str


def query(words: str, *, prefix: bool = False) -> str:
    """Return a question to FTS5 for all of some words, "" where there are none.

    Each is quoted, so that none of them is more than a word. With `prefix` the last may be the beginning of one.
    """
    plain = words.encode("utf-8", "ignore").decode().replace("\0", " ")
    said = [word for word in plain.split() if any(char.isalnum() for char in word)][:MOST_WORDS]
    quoted = ['"' + word.replace('"', '""') + '"' for word in said]
    return " ".join(quoted) + ("*" if prefix and quoted else "")


def folded(text: str) -> str:
    """Return a text without capitals and accents, as the words of the search are compared."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in apart if not unicodedata.combining(char)).strip()


def messages(db: Database, question: str, filters: Filters, limit: int, now: datetime) -> list[FoundMessage]:
    """Return the messages a question finds: the likeliest first, of like ones the newest."""
    where, values = _where(filters)
    found = db.execute(
        "WITH hit AS MATERIALIZED (SELECT rowid AS id, bm25(message_text_fts, 4.0, 1.0) AS score"  # noqa: S608
        " FROM message_text_fts WHERE message_text_fts MATCH :question)"
        " SELECT m.id, m.received_at, coalesce(m.person_id, ''), coalesce(p.name, m.from_name), m.class, m.folder"
        " FROM hit JOIN messages AS m ON m.id = hit.id LEFT JOIN people AS p ON p.id = m.person_id"
        f" WHERE {_FINDABLE} AND {where}"
        f" ORDER BY hit.score * (1 + {_FRESH}), m.id DESC LIMIT :limit",
        {**values, "question": question, "limit": limit, "now": stamp(now)},
    ).fetchall()
    return [
        FoundMessage(row, at, person, name, class_, folder, _refs(db, row), *_shown(db, question, row))
        for row, at, person, name, class_, folder in found
    ]


_UNDONE: Final = (
    "(m.class = '' AND EXISTS"
    " (SELECT 1 FROM acts WHERE message_id = m.id AND kind = 'sorted' AND undone_at IS NOT NULL))"
)
"""A message that was taken back, and that nobody has said anything else of."""
_CONFIDED: Final = (
    "EXISTS (SELECT 1 FROM links AS l JOIN cases AS c ON c.id = l.case_id"
    " WHERE l.message_id = m.id AND l.state <> 'refused' AND c.hidden_from <> '[]')"
)
"""Whoever searches may be the one from whom its case is hidden."""
_FINDABLE: Final = f"m.state IN ('handled', 'filed') AND m.duplicate_of IS NULL AND NOT {_UNDONE} AND NOT {_CONFIDED}"
_FRESH: Final = "1 / (1 + max(0, julianday(:now) - julianday(m.received_at)) / 30)"
"""What came today counts twice as much as what came long ago."""


def left_out(db: Database, filters: Filters) -> dict[str, int]:
    """Return how many messages no words find, by the reason; whether the words stand in them is not looked at."""
    where, values = _where(filters)
    found = db.execute(
        "SELECT CASE WHEN m.state IN ('quarantined', 'restricted', 'stuck', 'received') THEN m.state"  # noqa: S608
        f" WHEN {_UNDONE} THEN 'undone' WHEN {_CONFIDED} THEN 'confided' ELSE 'hidden' END AS why, count(*)"
        " FROM messages AS m LEFT JOIN people AS p ON p.id = m.person_id"
        f" WHERE m.duplicate_of IS NULL AND {where}"
        " AND (m.state IN ('quarantined', 'restricted', 'stuck', 'received')"
        f"  OR {_UNDONE} OR {_CONFIDED} OR (m.kind <> '' AND m.id NOT IN (SELECT message_id FROM message_text)))"
        " GROUP BY why ORDER BY why",
        values,
    )
    return dict(found)


def cases(db: Database, question: str, limit: int) -> list[FoundCase]:
    """Return the cases a question finds by reference, kind, place or text; one that was opened by mistake is not."""
    return [
        FoundCase(ref, kind, stage, bool(final), place, opened_at, snippet)
        for ref, kind, stage, final, place, opened_at, snippet in db.execute(
            "SELECT c.ref, c.kind, c.stage, c.final, c.place, c.opened_at,"
            " snippet(case_words, 3, :hit, :end, '…', :around)"
            " FROM case_words JOIN cases AS c ON c.id = case_words.rowid"
            " WHERE case_words MATCH :question AND c.stage <> 'undone' AND c.hidden_from = '[]'"
            " ORDER BY c.final, bm25(case_words, 4.0, 2.0, 2.0, 1.0), c.id DESC LIMIT :limit",
            {"question": question, "limit": limit, "hit": HIT, "end": END, "around": AROUND},
        )
    ]


def people(db: Database, question: str, limit: int) -> list[FoundPerson]:
    """Return the people a question finds by name, organisation, rank or station."""
    return [
        FoundPerson(*row)
        for row in db.execute(
            "SELECT p.id, highlight(people_words, 1, :hit, :end), p.kind, p.organisation, p.state"
            " FROM people_words JOIN people AS p ON p.id = people_words.id"
            " WHERE people_words MATCH :question"
            " ORDER BY bm25(people_words, 0.0, 4.0, 2.0, 1.0, 1.0), p.id LIMIT :limit",
            {"question": question, "limit": limit, "hit": HIT, "end": END},
        )
    ]


def _shown(db: Database, question: str, message: int) -> tuple[str, str]:
    """Return the subject with its hits marked, and the part of the text that holds most of them."""
    subject, snippet = db.execute(
        "SELECT highlight(message_text_fts, 0, :hit, :end), snippet(message_text_fts, 1, :hit, :end, '…', :around)"
        " FROM message_text_fts WHERE message_text_fts MATCH :question AND rowid = :row",
        {"question": question, "row": message, "hit": HIT, "end": END, "around": AROUND},
    ).fetchone()
    return subject, snippet


def _refs(db: Database, message: int) -> tuple[str, ...]:
    found: Iterable[tuple[str]] = db.execute(
        "SELECT c.ref FROM links AS l JOIN cases AS c ON c.id = l.case_id WHERE l.message_id = ?"
        " AND l.state = 'confirmed' ORDER BY l.id",
        (message,),
    )
    return tuple(ref for (ref,) in found)


def _where(filters: Filters) -> tuple[str, dict[str, object]]:
    """Return what a message has to meet, and the values of it."""
    parts = ["1"]
    values: dict[str, object] = {}

    def meet(sql: str, **more: object) -> None:
        parts.append(sql)
        values.update(more)

    if filters.people or filters.name or filters.address:
        like = "%" + filters.name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        meet(
            "(m.person_id IN (SELECT value FROM json_each(:people)) OR (:name <> '' AND m.from_name LIKE :like"
            " ESCAPE '\\') OR (:address <> '' AND m.from_address = :address))",
            people=json.dumps(filters.people), name=filters.name, like=like, address=filters.address.lower(),
        )  # fmt: skip
    if filters.case is not None:
        meet("m.id IN (SELECT message_id FROM links WHERE case_id = :case AND state <> 'refused')", case=filters.case)
    if filters.about:
        meet(
            "(m.person_id = :about OR m.id IN (SELECT message_id FROM links WHERE person_id = :about"
            " AND state <> 'refused'))",
            about=filters.about,
        )
    if filters.class_:
        meet("m.class = :class", **{"class": filters.class_})
    if filters.since:
        meet("m.received_at >= :since", since=stamp(filters.since))
    if filters.until:
        meet("m.received_at < :until", until=stamp(filters.until))
    return " AND ".join(parts), values
