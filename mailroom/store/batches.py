"""Sendings: many mails with one text, one row each, that share one name and one fate when the server refuses us.

A sending is stopped as a whole where the fault is not one recipient's. Its mails stay `ready` and wait; when the
pause is over one of them goes ahead, and if the server takes it the rest follow.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from mailroom.clock import moment, stamp
from mailroom.store.guards import STOPPED

TABLES: Final = (
    "ALTER TABLE outbox ADD COLUMN batch TEXT NOT NULL DEFAULT ''",
    """ALTER TABLE outbox ADD COLUMN guard TEXT NOT NULL DEFAULT 'any'
        CHECK (guard IN ('none', 'any', 'member', 'newsletter', 'call'))""",
    "ALTER TABLE outbox ADD COLUMN role TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE outbox ADD COLUMN waits TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE outbox ADD COLUMN tried_at TEXT",
    "ALTER TABLE outbox ADD COLUMN barred_at TEXT",
    """ALTER TABLE outbox ADD COLUMN urgency INTEGER GENERATED ALWAYS AS (
        CASE kind WHEN 'danger' THEN 0 WHEN 'alert' THEN 1 WHEN 'ack' THEN 2 ELSE iif(batch = '', 3, 4) END) VIRTUAL""",
    """ALTER TABLE outbox ADD COLUMN domain TEXT GENERATED ALWAYS AS (
        lower(substr(recipient, instr(recipient, '@') + 1))) VIRTUAL""",
    "UPDATE outbox SET guard = 'none' WHERE kind IN ('ack', 'danger')",
    "UPDATE outbox SET tried_at = claimed_at",
    "CREATE INDEX outbox_turn ON outbox (urgency, next_at, id) WHERE state = 'ready' AND waits = ''",
    "CREATE INDEX outbox_expires ON outbox (expires) WHERE expires IS NOT NULL AND state IN ('ready', 'held')",
    "CREATE INDEX outbox_claimed ON outbox (claimed_at) WHERE claimed_at IS NOT NULL",
    "CREATE INDEX outbox_batch ON outbox (batch, state) WHERE batch <> ''",
    "CREATE INDEX outbox_waits ON outbox (id) WHERE waits <> '' AND state IN ('ready', 'deferred')",
    """CREATE TABLE batches (
        name TEXT PRIMARY KEY CHECK (name <> ''),
        stopped_at TEXT, until TEXT, reason TEXT NOT NULL DEFAULT '',
        stops INTEGER NOT NULL DEFAULT 0, in_a_row INTEGER NOT NULL DEFAULT 0,
        CHECK ((stopped_at IS NULL) = (until IS NULL))
    ) STRICT""",
)
"""`waits` says why a ready mail does not go, `tried_at` when it was first tried, `barred_at` when the server first
refused it for a reason that seemed everybody's. `in_a_row` counts mails refused since one was taken."""


FOR_LONG: Final = timedelta(days=365)
"""For how long a sending is kept back whose mails are never too late."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sending has come. `stopped` is why it stands still, "" where it does not."""

    name: str
    total: int
    sent: int
    waiting: int
    failed: int
    doubtful: int
    stopped: str
    until: str


def begin(db: Database, name: str) -> None:
    """Enter a sending; it may be there already."""
    db.execute("INSERT INTO batches (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (name,))


def stops(db: Database, name: str) -> int:
    """Return how often a sending has been stopped since it last got on."""
    row = db.execute("SELECT stops FROM batches WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def stop(db: Database, name: str, reason: str, now: datetime, until: datetime) -> int:
    """Stop a sending until a moment, and return how many of its mails wait."""
    db.execute(
        "INSERT INTO batches (name, stopped_at, until, reason, stops) VALUES (?1, ?2, ?3, ?4, 1) ON CONFLICT (name)"
        " DO UPDATE SET stopped_at = coalesce(stopped_at, ?2), until = ?3, reason = ?4, stops = stops + 1",
        (name, stamp(now), stamp(until), reason),
    )
    db.execute(
        "UPDATE outbox SET waits = ? WHERE batch = ? AND batch <> '' AND state IN ('held', 'ready', 'deferred')"
        " AND waits = ''",
        (STOPPED, name),
    )
    [left] = db.execute(
        "SELECT count(*) FROM outbox WHERE batch = ? AND state IN ('ready', 'deferred', 'sending')", (name,)
    ).fetchone()
    return int(left)


def keep_back(db: Database, name: str, reason: str, now: datetime) -> int:
    """Stop a sending for as long as its mails may go, as somebody wants it; returns how many of them wait."""
    [left, until] = db.execute(
        "SELECT count(*), max(expires) FROM outbox WHERE batch = ? AND batch <> ''"
        " AND state IN ('held', 'ready', 'deferred', 'sending')",
        (name,),
    ).fetchone()
    if left:
        stop(db, name, reason, now, moment(until) if until else now + FOR_LONG)
    return int(left)


def stopped_until(db: Database, name: str) -> str:
    """Return until when a sending stands still, "" where it does not."""
    row = db.execute("SELECT until FROM batches WHERE name = ? AND until IS NOT NULL", (name,)).fetchone()
    return str(row[0]) if row else ""


def end(db: Database) -> list[str]:
    """Return the stopped sendings of which nothing waits any more; they are not stopped from here on."""
    return [
        name
        for (name,) in db.execute(
            "UPDATE batches SET stopped_at = NULL, until = NULL, reason = '' WHERE stopped_at IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM outbox WHERE batch = batches.name AND batch <> ''"
            "  AND state IN ('held', 'ready', 'deferred', 'sending')) RETURNING name"
        ).fetchall()
    ]


def hold_back(db: Database, name: str, reason: str, now: datetime, until: datetime) -> None:
    """Let the mails of a sending that are there stand back, as there are more to come; nothing has gone wrong."""
    db.execute(
        "INSERT INTO batches (name, stopped_at, until, reason) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
        " stopped_at = coalesce(stopped_at, excluded.stopped_at), until = excluded.until, reason = excluded.reason",
        (name, stamp(now), stamp(until), reason),
    )
    db.execute(
        # Named, as the index of the sending would have all its mails looked at each time.
        "UPDATE outbox INDEXED BY outbox_turn SET waits = ? WHERE state = 'ready' AND waits = '' AND batch = ?",
        (STOPPED, name),
    )


def let_go(db: Database, name: str) -> None:
    """Let all mails go that stood back."""
    db.execute("UPDATE batches SET stopped_at = NULL, until = NULL, reason = '' WHERE name = ?", (name,))
    db.execute("UPDATE outbox SET waits = '' WHERE batch = ? AND batch <> '' AND waits = ?", (name, STOPPED))


def withdraw(db: Database, name: str, reason: str, now: datetime) -> int:
    """Withdraw the mails of a sending that stand back, so that they can be written anew; return how many there were.

    None of them has left: they give up their keys and Message-IDs, and count no more for the sending.
    """
    done = db.execute(
        "UPDATE outbox SET state = 'cancelled', reason = ?2, settled_at = ?3, batch = '', key = key || ' ' || id,"
        " message_id = '<withdrawn.' || id || '@mailroom>', waits = ''"
        " WHERE batch = ?1 AND batch <> '' AND state IN ('held', 'ready') AND attempts = 0",
        (name, reason, stamp(now)),
    )
    db.execute("UPDATE batches SET stopped_at = NULL, until = NULL, reason = '' WHERE name = ?", (name,))
    return int(done.rowcount)


def people_in(db: Database, name: str) -> frozenset[str]:
    """Return who has a mail in a sending."""
    return frozenset(
        person
        for (person,) in db.execute(
            "SELECT person_id FROM outbox WHERE batch = ? AND batch <> '' AND person_id IS NOT NULL", (name,)
        )
    )


def refused(db: Database, name: str) -> int:
    """Count one more mail that was refused for good, and return how many in a row that makes."""
    begin(db, name)
    [n] = db.execute("UPDATE batches SET in_a_row = in_a_row + 1 WHERE name = ? RETURNING in_a_row", (name,)).fetchone()
    return int(n)


def taken(db: Database, name: str, claimed_at: str) -> bool:
    """Note that the server took a mail of a sending; True where that sets a stopped one going again.

    Only a mail that was sent after the pause proves anything: others may have been on their way when it was stopped.
    """
    if db.execute("SELECT 1 FROM batches WHERE name = ?", (name,)).fetchone() is None:
        return False  # nothing has gone wrong with it yet
    db.execute("UPDATE batches SET in_a_row = 0 WHERE name = ? AND in_a_row > 0", (name,))
    went_on = db.execute(
        "UPDATE batches SET stopped_at = NULL, until = NULL, reason = '', stops = 0"
        " WHERE name = ? AND stopped_at IS NOT NULL AND until <= ?",
        (name, claimed_at),
    ).rowcount
    if went_on > 0:
        db.execute("UPDATE outbox SET waits = '' WHERE batch = ? AND waits = ?", (name, STOPPED))
    return went_on > 0


def send_ahead(db: Database, now: datetime) -> None:
    """Let one mail of each sending whose pause is over go ahead, one that was not refused before if there is one."""
    due = db.execute(
        "SELECT name FROM batches AS b WHERE stopped_at IS NOT NULL AND until <= ? AND NOT EXISTS (SELECT 1 FROM outbox"
        " WHERE batch = b.name AND batch <> '' AND (state = 'sending' OR (state IN ('ready', 'deferred')"
        "  AND waits = '')))",
        (stamp(now),),
    ).fetchall()
    for (name,) in due:
        db.execute(
            "UPDATE outbox SET waits = '' WHERE id = (SELECT id FROM outbox WHERE batch = ? AND batch <> ''"
            " AND waits = ? AND state IN ('ready', 'deferred') AND next_at <= ?"
            " ORDER BY barred_at IS NOT NULL, next_at, id LIMIT 1)",
            (name, STOPPED, stamp(now)),
        )


def next_try(db: Database) -> str:
    """Return when the next mail of a stopped sending goes ahead, "" when none will."""
    [at] = db.execute(
        "SELECT min(max(b.until, o.next_at)) FROM batches AS b JOIN outbox AS o ON o.batch = b.name AND o.batch <> ''"
        " WHERE b.stopped_at IS NOT NULL AND o.waits = ? AND o.state IN ('ready', 'deferred')",
        (STOPPED,),
    ).fetchone()
    return str(at or "")


def others_went_since(db: Database, name: str, moment: str) -> bool:
    """Tell whether the server has taken a mail of this sending after a moment."""
    found = db.execute(
        "SELECT 1 FROM outbox WHERE batch = ? AND batch <> '' AND state = 'sent' AND settled_at > ? LIMIT 1",
        (name, moment),
    ).fetchone()
    return found is not None


def unfinished(db: Database) -> list[Progress]:
    """Return the sendings of which something still waits, oldest first."""
    return [
        Progress(*row)
        for row in db.execute(
            "SELECT o.batch, count(*), count(*) FILTER (WHERE o.state = 'sent'),"
            " count(*) FILTER (WHERE o.state IN ('held', 'ready', 'sending', 'deferred')),"
            " count(*) FILTER (WHERE o.state = 'failed'), count(*) FILTER (WHERE o.state = 'doubtful'),"
            " coalesce(b.reason, ''), coalesce(b.until, '')"
            " FROM outbox AS o LEFT JOIN batches AS b ON b.name = o.batch WHERE o.batch IN ("
            "  SELECT batch FROM outbox WHERE batch <> '' AND state IN ('held', 'ready', 'sending', 'deferred'))"
            " GROUP BY o.batch ORDER BY min(o.id)"
        )
    ]
