"""Mails of which nobody knows whether they arrived, and sendings that stand still: what a person may say about them."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp


@dataclass(frozen=True, slots=True)
class Doubt:
    """A mail that may or may not have arrived; `why` is what happened as it was sent."""

    id: int
    state: str
    recipient: str
    person: str
    subject: str
    template: str
    sha256: str
    why: str
    at: str
    case: int | None
    ref: str
    batch: str


_COLUMNS = (
    "o.id, o.state, o.recipient, coalesce(o.person_id, ''), o.subject, o.template, o.sha256, o.reply,"
    " coalesce(o.doubtful_at, ''), o.case_id, coalesce(c.ref, ''), o.batch"
    " FROM outbox AS o LEFT JOIN cases AS c ON c.id = o.case_id"
)


def by_id(db: Database, mail: int) -> Doubt | None:
    """Return a mail of the outbox, whatever became of it; None when there is none such."""
    row = db.execute(f"SELECT {_COLUMNS} WHERE o.id = ?", (mail,)).fetchone()
    return Doubt(*row) if row else None


def untold(db: Database) -> list[Doubt]:
    """Return the mails in doubt that nobody has a code for, oldest first."""
    where = (
        "WHERE o.state = 'doubtful' AND NOT EXISTS (SELECT 1 FROM codes WHERE about = 'doubt' AND subject_id = o.id)"
    )
    return [Doubt(*row) for row in db.execute(f"SELECT {_COLUMNS} {where} ORDER BY o.id")]


def told_by(db: Database, notice: int) -> int | None:
    """Return the mail in doubt that a notice of ours told of, None for any other mail; its key names it."""
    row = db.execute("SELECT key FROM outbox WHERE id = ? AND key LIKE 'doubt:%'", (notice,)).fetchone()
    return int(str(row[0]).split(":")[1]) if row else None


def send_again(db: Database, mail: int, now: datetime) -> bool:
    """Let a mail in doubt go once more, as it is and under its Message-ID; False where it may not any more."""
    sql = (
        "UPDATE outbox SET state = 'ready', next_at = ?1, waits = '' WHERE id = ?2 AND state = 'doubtful'"
        " AND (expires IS NULL OR expires > ?1)"
    )
    return db.execute(sql, (stamp(now), mail)).rowcount > 0


def has_arrived(db: Database, mail: int, now: datetime) -> bool:
    """Take a mail in doubt for sent; False where it is in doubt no more."""
    return (
        db.execute(
            "UPDATE outbox SET state = 'sent', settled_at = ? WHERE id = ? AND state = 'doubtful'", (stamp(now), mail)
        ).rowcount
        > 0
    )


@dataclass(frozen=True, slots=True)
class Stopped:
    """A sending that stands still, why, and how many of its mails wait."""

    name: str
    reason: str
    until: str
    waiting: int


def stopped(db: Database, case: int | None = None) -> list[Stopped]:
    """Return the sendings that stand still, of one case or of all."""
    return [
        Stopped(*row)
        for row in db.execute(
            "SELECT b.name, b.reason, b.until, (SELECT count(*) FROM outbox WHERE batch = b.name AND batch <> ''"
            "  AND state IN ('ready', 'deferred')) FROM batches AS b WHERE b.stopped_at IS NOT NULL"
            " AND (?1 IS NULL OR EXISTS (SELECT 1 FROM outbox AS o WHERE o.batch = b.name AND o.batch <> ''"
            "  AND o.case_id = ?1)) ORDER BY b.name",
            (case,),
        )
    ]


def go_on(db: Database, name: str, now: datetime) -> bool:
    """End the pause of a stopped sending: one of its mails goes ahead, and the rest follow if the server takes it."""
    return (
        db.execute(
            "UPDATE batches SET until = ? WHERE name = ? AND stopped_at IS NOT NULL", (stamp(now), name)
        ).rowcount
        > 0
    )
