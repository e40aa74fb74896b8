"""The schedule: when duties fall due, and running each occurrence once, across restarts.

A line of rules/schedule.txt becomes an APScheduler trigger, and all a trigger does is say "look now".
What is due is asked of the database: every occurrence since the last one that ran, up to this moment.
Of several, only the newest runs; the older ones are too stale to send and are written down as such.
So running twice is a no-op, and downtime heals itself at the next look.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlite_utils import Database

from mailroom.clock import moment, stamp
from mailroom.errors import MailroomError
from mailroom.office import digest, mail, summary
from mailroom.office.office import Office
from mailroom.office.working_days import is_working_day
from mailroom.rules import RuleSet
from mailroom.rules.schedule_file import Duty, Every, falls_on
from mailroom.store import alarms, duties, journal, settings

log = logging.getLogger("mailroom")

RETRY = timedelta(minutes=15)
"""How long a duty that failed is left alone before it is tried again."""

# The rarest rhythm is monthly; a duty not due within this many days never is.
_MOST_DAYS_AHEAD = 400
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time a duty falls due. `key` is its name and local date: a duty runs at most once a day."""

    key: str
    due: datetime


class WallTrigger(BaseTrigger):  # type: ignore[misc] # APScheduler ships no types
    """Fires at a time of the wall on the days a duty names, holidays and clock changes considered.

    APScheduler's own CronTrigger fires twice at a time that the clocks strike twice in October; here a
    day has one moment, the first. One that the clocks leap over in March comes an hour later by the wall.
    """

    def __init__(self, every: Every, zone: ZoneInfo) -> None:
        """Make the trigger of one line of the schedule."""
        self._every = every
        self._zone = zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the first moment from `now` on, or after `previous_fire_time` where that is earlier.

        APScheduler's own protocol; None when nothing is to come.
        """
        start = now.astimezone(UTC)
        if previous_fire_time is not None:
            start = min(start, previous_fire_time.astimezone(UTC) + _INSTANT)
        today = start.astimezone(self._zone).date()
        for n in range(_MOST_DAYS_AHEAD):
            day = today + timedelta(days=n)
            fire = datetime.combine(day, self._every.at, self._zone)
            # Compared in UTC: two moments of one zone are compared by the wall, which lies in October.
            if fire.astimezone(UTC) >= start and falls_on(self._every, day, is_working_day):
                return fire
        return None


def occurrences(duty: Duty, after: datetime, until: datetime, zone: ZoneInfo) -> list[Occurrence]:
    """Return the occurrences of a duty after one moment, up to and including another, oldest first."""
    return list(takewhile(lambda one: one.due <= until, _coming(duty, after, zone)))


def next_duties(ruleset: RuleSet, now: datetime, zone: ZoneInfo, n: int) -> list[tuple[str, datetime]]:
    """Return what comes next, as (name of the duty, due in UTC), at most `n`, soonest first."""
    coming = [(one.due, duty.name) for duty in ruleset.duties for one in islice(_coming(duty, now, zone), n)]
    return [(name, due) for due, name in sorted(coming)[:n]]


def run_due(office: Office, now: datetime) -> int:
    """Run every duty that is due and has not run, and return how many did; one that fails stops no other."""
    since = _since(office, now)
    return sum(_run(office, duty, since[duty.name], now) for duty in office.rules.duties)


class Ticker:
    """Owns the scheduler that calls `look` whenever a duty falls due. It decides nothing."""

    def __init__(self, duties_: Sequence[Duty], zone: ZoneInfo, look: Callable[[], None]) -> None:
        """Prepare a job for each duty; `look` is called in the event loop's own thread."""
        self._look = look
        self._zone = zone
        self._duties = tuple(duties_)
        # The default grace is one second: a job that was due while the machine slept would be dropped.
        self._scheduler = AsyncIOScheduler(timezone=zone, job_defaults={"misfire_grace_time": None, "coalesce": True})

    def start(self) -> None:
        """Begin to tick, in the running event loop."""
        self._scheduler.start()
        self.reload(self._duties)

    def reload(self, duties_: Sequence[Duty]) -> None:
        """Take over the duties of a new set of rules."""
        self._duties = tuple(duties_)
        self._scheduler.remove_all_jobs()
        for duty in self._duties:
            self._scheduler.add_job(self._tick, WallTrigger(duty.every, self._zone), name=duty.name)

    def stop(self) -> None:
        """Tick no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _tick(self) -> None:
        # A coroutine, because APScheduler runs plain functions in another thread.
        self._look()


def _coming(duty: Duty, after: datetime, zone: ZoneInfo) -> Iterator[Occurrence]:
    trigger = WallTrigger(duty.every, zone)
    fire = trigger.get_next_fire_time(None, after + _INSTANT)
    while fire is not None:
        due = fire.astimezone(UTC)
        yield Occurrence(f"{duty.name}:{fire.date().isoformat()}", due)
        fire = trigger.get_next_fire_time(None, due + _INSTANT)


def _since(office: Office, now: datetime) -> dict[str, datetime]:
    """Return from when on each duty owes its occurrences: its last one, else when it came into the schedule.

    The duties an office begins with count from its start, those added later from when they are first seen.
    """
    db = office.store.db
    found = {duty.name: _known_since(db, duty.name) for duty in office.rules.duties}
    if None in found.values():
        fresh = all(at is None for at in found.values())
        start = settings.get(db, "started_at") if fresh else ""
        begin = min(moment(start), now) if start else now
        with office.store.immediate():
            for name in (name for name, at in found.items() if at is None):
                settings.put(db, _since_key(name), stamp(begin))
                found[name] = begin
    return {name: at for name, at in found.items() if at is not None}


def _known_since(db: Database, name: str) -> datetime | None:
    if last := duties.last_due(db, name):
        return last
    seen = settings.get(db, _since_key(name))
    return moment(seen) if seen else None


def _since_key(name: str) -> str:
    return f"duty_since:{name}"


def _run(office: Office, duty: Duty, since: datetime, now: datetime) -> bool:
    """Run the newest occurrence a duty owes, or try again the one that failed; True when it ran."""
    owed = occurrences(duty, since, now, office.zone)
    if not owed:
        failed = duties.failed_last(office.store.db, duty.name)
        if failed is None or now < failed.ran_at + RETRY:
            return False
        owed = [Occurrence(failed.key, failed.due)]
    *stale, newest = owed
    try:
        with office.store.immediate() as db:
            if duties.is_settled(db, newest.key):
                return False
            _let_go(db, duty, stale, now)
            queued = _perform(office, db, duty, newest, now)
            words = f"{duty.name}, due {_local(newest.due, office.zone)}: {queued} mail{'s' * (queued != 1)} queued."
            duties.record(db, newest.key, duty.name, newest.due, now, "done", words)
            journal.write(db, now, "duty", words)
            if alarms.clear(db, _alarm(duty), now):
                journal.write(db, now, "alarm over", f"{duty.name} works again.")
    except Exception as error:  # noqa: BLE001 - one duty that fails, whatever the reason, must not stop the next
        _record_failure(office, duty, newest, error, now)
        return False
    return True


def _perform(office: Office, db: Database, duty: Duty, occurrence: Occurrence, now: datetime) -> int:
    """Do what a duty is for, and return how many mails were queued. Its key keeps a replay from mailing twice."""
    template, variables = {
        "summary": ("digest/summary", summary.variables),
        "digest": ("digest/weekly", digest.variables),
    }[duty.name]
    values = variables(db, now, office.zone)
    return sum(
        mail.to_role(
            office, db, now, key=occurrence.key, role=role, template=template, kind="digest", variables=values
        )
        for role in duty.to
    )  # fmt: skip


def _let_go(db: Database, duty: Duty, stale: Iterable[Occurrence], now: datetime) -> None:
    missed = [one for one in stale if not duties.is_settled(db, one.key)]
    for one in missed:
        duties.record(db, one.key, duty.name, one.due, now, "stale", "missed; a newer one took its place")
    if missed:
        days = missed[0].key.partition(":")[2]
        if len(missed) > 1:
            days += f" to {missed[-1].key.partition(':')[2]}"
        words = (
            f"{duty.name}: {len(missed)} missed while the service was not running ({days}); only the newest is sent."
        )
        journal.write(db, now, "duty", words)


def _record_failure(office: Office, duty: Duty, occurrence: Occurrence, error: Exception, now: datetime) -> None:
    # Of an error that is not ours, only the kind: its text may hold what a person wrote.
    why = str(error) if isinstance(error, MailroomError) else type(error).__name__
    words = f"{duty.name}, due {_local(occurrence.due, office.zone)}, failed and is tried again later: {why}"
    log.error("%s", words, exc_info=error)
    with office.store.immediate() as db:
        duties.record(db, occurrence.key, duty.name, occurrence.due, now, "failed", words)
        journal.write(db, now, "duty", words)
        if alarms.sound(db, _alarm(duty), words, now):
            journal.write(db, now, "alarm", words)


def _alarm(duty: Duty) -> str:
    return f"duty:{duty.name}"


def _local(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %H:%M}"
