"""What the regular reports count: reads only, each over the rows of a span or as they stand now."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp

# History was there before the service, what we sent did not come in,
# and a copy of a message already counted is no second message.
NEW = "history = 0 AND direction = 'in' AND duplicate_of IS NULL AND stored_at > ? AND stored_at <= ?"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that came in. `person` is the name the directory knows the sender by, "" for a stranger."""

    id: int
    received_at: str
    class_: str
    person: str
    priority: int
    priority_words: str
    state: str


@dataclass(frozen=True, slots=True)
class Membership:
    """What the figures need of one member; dates are ISO days or ""."""

    state: str
    vetting_status: str
    vetting_to: str
    leave_until: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """How mail fared: in a span where it says so, else now."""

    sent: int
    """In the span."""
    failed: int
    """In the span."""
    bounced: int
    """In the span: mails of ours that came back for good."""
    doubtful: int
    held: int
    missed: int
    """In the span: mails whose moment passed unsent."""
    suspended: int
    """Addresses nobody is written to."""


def arrivals(db: Database, since: datetime, until: datetime) -> list[Arrival]:
    """Return the messages people sent in a span, most pressing first."""
    return [
        Arrival(*row)
        for row in db.execute(
            "SELECT m.id, m.received_at, m.class, coalesce(p.name, ''), m.priority, m.priority_words, m.state"  # noqa: S608 - our own words
            " FROM messages AS m LEFT JOIN people AS p ON p.id = m.person_id"
            f" WHERE {NEW} AND m.kind NOT IN ('automatic', 'bounce', 'delay', 'feedback', 'receipt', 'list')"
            " ORDER BY CASE m.priority WHEN 0 THEN 9 ELSE m.priority END, m.id",
            (stamp(since), stamp(until)),
        )
    ]


def memberships(db: Database) -> list[Membership]:
    """Return every member."""
    return [
        Membership(*row)
        for row in db.execute(
            "SELECT p.state, coalesce(m.vetting_status, ''), coalesce(m.vetting_to, ''), coalesce(m.leave_until, '')"
            " FROM people AS p LEFT JOIN members AS m ON m.person_id = p.id WHERE p.kind = 'member' ORDER BY p.id"
        )
    ]


def delivery(db: Database, since: datetime, until: datetime) -> Delivery:
    """Return how mail fared."""
    span = {"since": stamp(since), "until": stamp(until)}
    row = db.execute(
        "SELECT"
        " count(*) FILTER (WHERE state = 'sent' AND reason <> 'before mailroom' AND settled_at > :since"
        "  AND settled_at <= :until),"
        " count(*) FILTER (WHERE state = 'failed' AND settled_at > :since AND settled_at <= :until),"
        " (SELECT count(DISTINCT b.outbox_id) FROM bounces AS b JOIN messages AS m ON m.id = b.message_id"
        "  WHERE b.severity = 'hard' AND m.stored_at > :since AND m.stored_at <= :until),"
        " count(*) FILTER (WHERE state = 'doubtful'),"
        " count(*) FILTER (WHERE state = 'held'),"
        " count(*) FILTER (WHERE state = 'expired' AND settled_at > :since AND settled_at <= :until),"
        " (SELECT count(*) FROM addresses WHERE status = 'suspended')"
        " FROM outbox",
        span,
    ).fetchone()
    return Delivery(*row)


def answers(db: Database, since: datetime, until: datetime) -> int:
    """Return how many messages of a span have been answered."""
    [n] = db.execute(
        "SELECT count(DISTINCT o.cause_id) FROM outbox AS o JOIN messages AS m ON m.id = o.cause_id"  # noqa: S608 - our own words
        f" WHERE {NEW} AND o.kind IN ('ack', 'danger', 'mail') AND o.state = 'sent'",
        (stamp(since), stamp(until)),
    ).fetchone()
    return int(n)


def in_state(db: Database, state: str) -> list[tuple[int, str]]:
    """Return (number, reason) of the messages in a state, oldest first."""
    found = db.execute("SELECT id, reason FROM messages WHERE state = ? ORDER BY id", (state,))
    return [(row[0], row[1]) for row in found]


def quarantined(db: Database, since: datetime, until: datetime) -> list[int]:
    """Return the numbers of the messages of a span that were set apart."""
    sql = f"SELECT id FROM messages WHERE state = 'quarantined' AND {NEW} ORDER BY id"  # noqa: S608 - our own words
    return [row for (row,) in db.execute(sql, (stamp(since), stamp(until)))]


def oldest_waiting(db: Database) -> tuple[int, str]:
    """Return how many messages an open task is about, and when the oldest of them came ("" for none)."""
    n, oldest = db.execute(
        "SELECT count(DISTINCT m.id), coalesce(min(m.received_at), '') FROM tasks AS t"
        " JOIN messages AS m ON m.id = t.message_id WHERE t.done_at IS NULL"
    ).fetchone()
    return int(n), str(oldest)
