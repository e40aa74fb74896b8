"""Bounces: which recipient of which mail of ours could not be reached. One that names none of ours has no effect.

Each address has a score, counted as GNU Mailman 3 counts it (`mailman.app.bounces`): at most once a day, and from
nothing again once nothing has come back for a while.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlite_utils import Database

from mailroom.message.model import Bounce
from mailroom.store import outbox
from mailroom.store.outbox import Ours

TABLES: Final = (
    """CREATE TABLE bounce_scores (
        email TEXT PRIMARY KEY CHECK (email = lower(email)),
        score REAL NOT NULL CHECK (score > 0), weight REAL NOT NULL,
        first_on TEXT NOT NULL, last_on TEXT NOT NULL
    ) STRICT""",
)
"""`weight` is what the last day counted; `first_on` the day from which this score counts."""


@dataclass(frozen=True, slots=True)
class Score:
    """How often mail to an address has come back: `since` is the first day that counts."""

    score: float
    since: str


def score(db: Database, email: str, weight: float, today: date, stale_days: int) -> Score:
    """Count a mail that came back, and return what that makes. The heaviest of a day counts, and nothing else."""
    email = email.lower()
    found = db.execute(
        "SELECT score, weight, first_on, last_on FROM bounce_scores WHERE email = ?", (email,)
    ).fetchone()
    total, counted, since, last = found or (0.0, 0.0, today.isoformat(), "")
    if last and (today - date.fromisoformat(last)).days > stale_days:
        total, counted, since, last = 0.0, 0.0, today.isoformat(), ""
    if last == today.isoformat():
        total, weight = total - counted, max(weight, counted)
    db.execute(
        "INSERT INTO bounce_scores (email, score, weight, first_on, last_on) VALUES (?, ?, ?, ?, ?) ON CONFLICT (email)"
        " DO UPDATE SET score = excluded.score, weight = excluded.weight, first_on = excluded.first_on,"
        " last_on = excluded.last_on",
        (email, total + weight, weight, since, today.isoformat()),
    )
    return Score(total + weight, since)


def forget_score(db: Database, email: str) -> None:
    """Count from nothing again: the address is written to no more, or a person has said that it works."""
    db.execute("DELETE FROM bounce_scores WHERE email = ?", (email.lower(),))


def lost_since(db: Database, email: str, day: str) -> list[int]:
    """Return the mails that an address has lost since a day: they came back, or were refused, and did not go since.

    A mail that went the evening before and came back after midnight is one of them.
    """
    return [
        row
        for (row,) in db.execute(
            "SELECT o.id FROM outbox AS o WHERE lower(o.recipient) = ?"
            " AND coalesce(o.settled_at, o.created_at) >= date(?, '-2 days') AND (o.state = 'failed'"
            " OR (o.state = 'sent' AND EXISTS (SELECT 1 FROM bounces AS b WHERE b.outbox_id = o.id"
            "  AND b.severity = 'hard'))) ORDER BY o.id",
            (email.lower(), day),
        )
    ]


def record(db: Database, message: int, bounce: Bounce, tokens: Sequence[str] = ()) -> Ours | None:
    """Write down a failed recipient; returns the mail of ours to that very address that it is about.

    `tokens` are the reply tokens that the report shows, for servers that leave our Message-ID out.
    """
    found = about(db, bounce, tokens)
    db.execute(
        "INSERT INTO bounces (message_id, outbox_id, recipient, status, severity) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (message, found.id if found else None, bounce.recipient.lower(), bounce.status, bounce.severity),
    )
    return found


def about(db: Database, bounce: Bounce, tokens: Sequence[str] = ()) -> Ours | None:
    """Return the mail of ours to a failed recipient that a report names, by Message-ID or reply token."""
    ids = (bounce.original_message_id,) if bounce.original_message_id else ()
    for found in (outbox.ours(db, ids), outbox.by_token(db, tokens)):
        if found is not None and found.recipient.lower() == bounce.recipient.lower():
            return found
    return None
