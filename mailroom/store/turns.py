"""Whose turn it is: the next mail that is due and may go is claimed here, and nowhere else."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlite_utils import Database

from mailroom.clock import moment, stamp
from mailroom.store import expiry, guards, journal, outbox


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row this process has claimed and must settle."""

    id: int
    recipient: str
    kind: str
    template: str
    subject: str
    message_id: str
    mime: bytes
    attempts: int
    tried_at: str
    """When it was first tried."""
    claimed_at: str
    batch: str
    barred_at: str
    """When the server first refused it for what seemed everybody's fault, "" where it has not."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The most mails that may be sent in any minute, in all and to one domain; 0 for no limit.

    Danger answers, alerts and acknowledgements are counted, and do not wait.
    """

    minute: int = 0
    domain_minute: int = 0
    kinds: tuple[str, ...] = ()
    """Only mails of these kinds; () for all."""

    @property
    def limits(self) -> bool:
        """Whether there is a limit at all."""
        return bool(self.minute or self.domain_minute)


UNLIMITED: Final = Pace()
LAST_HURRIED: Final = 2
"""Urgency: 0 danger, 1 alert, 2 acknowledgement, which no pace holds up; 3 other single mails; 4 what goes to many."""
LAST_IN_TURN: Final = 4


Instead = Callable[[int, guards.Unfit], None]
"""Does what follows, in the same transaction, where a mail was cancelled because of its address, person or role."""


def claim(db: Database, now: datetime, today: date | None = None, pace: Pace = UNLIMITED) -> Claimed | None:
    """Take the next mail that is due and may go: danger, alerts, answers, single mails, then what goes to many.

    It is `sending` from here on. `today` is the date where the office is.
    """
    wake(db, now)
    return take_next(db, now, today or now.date(), pace)


def wake(db: Database, now: datetime) -> None:
    """Let deferred mails come up again whose pause is over, and drop those whose moment has passed.

    Times are kept in whole seconds: within one, nothing new comes of it.
    """
    db.execute("UPDATE outbox SET state = 'ready' WHERE state = 'deferred' AND next_at <= ?", (stamp(now),))
    expiry.expire(db, now)


def take_next(
    db: Database, now: datetime, today: date, pace: Pace, instead: Instead = lambda _row, _unfit: None
) -> Claimed | None:
    """Take the next of those that are awake.

    Whoever may not have theirs any more, or not now, is passed over, and it is written down why: there is no other way
    to a mail that is sent. What takes its place is `instead`'s to say.
    """
    while (row := _next(db, now, pace)) is not None:
        unfit = guards.check(db, row, today)
        if unfit is None:
            return _take(db, row, now)
        _withhold(db, row, unfit, now)
        if unfit.because:
            instead(row, unfit)
    return None


def _next(db: Database, now: datetime, pace: Pace) -> int | None:
    last, full = _held_up(db, now, pace) if pace.limits else (LAST_IN_TURN, [])
    # Named, as SQLite would rather sort all that is ready than walk this index, which is in the right order.
    found = db.execute(
        "SELECT id FROM outbox INDEXED BY outbox_turn WHERE state = 'ready' AND waits = '' AND next_at <= ?1"
        " AND urgency <= ?2 AND (urgency <= ?3 OR domain NOT IN (SELECT value FROM json_each(?4)))"
        " AND (expires IS NULL OR expires > ?1) AND (?5 = '[]' OR kind IN (SELECT value FROM json_each(?5)))"
        " ORDER BY urgency, next_at, id LIMIT 1",
        (stamp(now), last, LAST_HURRIED, json.dumps(full), json.dumps(pace.kinds)),
    ).fetchone()
    return int(found[0]) if found else None


def _held_up(db: Database, now: datetime, pace: Pace) -> tuple[int, list[str]]:
    """Return the last urgency that the pace lets go now, and the domains that have had theirs."""
    # Not what a clock that was set back shows as still to come: it would hold everything up until then.
    window = stamp(now - timedelta(minutes=1)), stamp(now)
    last, full = LAST_IN_TURN, list[str]()
    if pace.minute:
        [n] = db.execute("SELECT count(*) FROM outbox WHERE claimed_at BETWEEN ? AND ?", window).fetchone()
        last = LAST_HURRIED if n >= pace.minute else LAST_IN_TURN
    if pace.domain_minute:
        sql = "SELECT domain FROM outbox WHERE claimed_at BETWEEN ? AND ? GROUP BY domain HAVING count(*) >= ?"
        full = [domain for (domain,) in db.execute(sql, (*window, pace.domain_minute))]
    return last, full


def _take(db: Database, row: int, now: datetime) -> Claimed:
    found = db.execute(
        "UPDATE outbox SET state = 'sending', attempts = attempts + 1, claimed_at = ?1,"
        " tried_at = coalesce(tried_at, ?1) WHERE state = 'ready' AND id = ?2 RETURNING id, recipient, kind, template,"
        " subject, message_id, (SELECT mime FROM bodies WHERE outbox_id = ?2), attempts, tried_at, claimed_at, batch,"
        " coalesce(barred_at, '')",
        (stamp(now), row),
    ).fetchone()
    return Claimed(*found)


def _withhold(db: Database, row: int, unfit: guards.Unfit, now: datetime) -> None:
    if unfit.waits:
        db.execute("UPDATE outbox SET waits = ? WHERE id = ?", (unfit.why, row))
    else:
        outbox.cancel(db, row, unfit.why, now)
    words = f"Waits: {unfit.why}." if unfit.waits else f"Not sent: {unfit.why}."
    journal.write(db, now, "withheld", words, outbox=row)


def pace_allows_at(db: Database, now: datetime) -> str:
    """Return when the oldest mail of the last minute no longer counts, "" when none was sent in it."""
    [at] = db.execute(
        "SELECT min(claimed_at) FROM outbox WHERE claimed_at BETWEEN ? AND ?",
        (stamp(now - timedelta(minutes=1)), stamp(now)),
    ).fetchone()
    return stamp(moment(at) + timedelta(seconds=61)) if at else ""
