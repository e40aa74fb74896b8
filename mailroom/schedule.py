"""The schedule: running each occurrence of each duty once, across restarts, sleep and clocks that are set.

A line of rules/schedule.txt becomes an APScheduler trigger, and all a trigger does is say "look now".
What is due is asked of the database: every occurrence since the last one that is written down, up to this moment.
Of several, only the newest runs, and it too only while it is in time; the others are let go, and the coordinator is
told. So running twice is a no-op, and downtime heals itself at the next look.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlite_utils import Database

from mailroom.clock import moment, stamp
from mailroom.errors import MailroomError
from mailroom.office import cases, dates, duty_lines, newsletter, newsletter_days, occurrences, overdue, sends, wording
from mailroom.office.occurrences import NO_DATES, Dates, Occurrence
from mailroom.office.office import Office
from mailroom.office.working_days import after_quiet, in_quiet
from mailroom.rules import RuleSet
from mailroom.rules.rhythm import Dated, Every
from mailroom.rules.schedule_file import Duty
from mailroom.store import alarms, duties, journal, settings

log = logging.getLogger("mailroom")
T = TypeVar("T")

RETRY = timedelta(minutes=15)
"""How long a duty that failed is left alone before it is tried again."""

LATE = timedelta(minutes=15)
"""From when on a mail that is sent late says so in the journal."""

_SINCE = "duty_since:"
_LOOKED = "duty_looked:"
_BEGUN = "duties_begun"
_LOOK_NOTED = timedelta(hours=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Owed:
    """What a duty owes at a moment: what is run, and what is let go."""

    live: tuple[Occurrence, ...]
    stale: tuple[Occurrence, ...]


class WallTrigger(BaseTrigger):  # type: ignore[misc] # APScheduler ships no types
    """Fires when a duty is due, holidays and clock changes considered.

    APScheduler's own CronTrigger fires twice at a time that the clocks strike twice in October; here a
    day has one moment, the first. What counts from dates of the records is asked for each day at its time.
    """

    def __init__(self, duty: Duty, zone: ZoneInfo) -> None:
        """Make the trigger of one line of the schedule."""
        daily = Every("day", duty.when.at)
        self._duty = Duty(
            duty.name, daily if isinstance(duty.when, Dated) else duty.when, duty.to, duty.file, duty.line
        )
        self._zone = zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the first moment after `previous_fire_time`; where there is none, or it lies ahead, from `now` on.

        APScheduler's own protocol; None when nothing is to come.
        """
        start = now.astimezone(UTC) - _INSTANT
        if previous_fire_time is not None and previous_fire_time <= now:
            start = previous_fire_time.astimezone(UTC)
        found = occurrences.following(self._duty, start, self._zone, 1)
        return found[0].due.astimezone(self._zone) if found else None


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
            if duty.status != "off":
                self._scheduler.add_job(self._tick, WallTrigger(duty, self._zone), name=duty.name)

    def stop(self) -> None:
        """Tick no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _tick(self) -> None:
        # A coroutine, because APScheduler runs plain functions in another thread.
        self._look()


def next_duties(
    ruleset: RuleSet, now: datetime, zone: ZoneInfo, n: int, dates_: Dates = NO_DATES
) -> list[tuple[str, datetime]]:
    """Return what comes next, as (name of the duty, due in UTC), at most `n`, soonest first.

    `dates_` reads the dates of the records (office.dates); without it, what counts from those is left out.
    """
    coming = [
        (one.due, duty.name)
        for duty in ruleset.duties
        if duty.status != "off"
        for one in occurrences.following(duty, now, zone, n, dates_)
    ]
    return [(name, due) for due, name in sorted(coming)[:n]]


def run_due(office: Office, now: datetime) -> int:
    """Run every duty that is due and has not run, and return how many did; one that fails stops no other."""
    since = _since(office, now)
    owed: dict[str, tuple[Occurrence, ...]] = {}
    active = [duty for duty in office.rules.duties if duty.status != "off"]
    # All that is missed is let go before anything is written, so that the summary of this very look can tell.
    for duty in active:
        found = _safely(office, duty, None, now, partial(_settle, office, duty, since[duty.name], now))
        owed[duty.name] = found or ()
    ran = 0
    for duty in active:
        for one in owed[duty.name]:
            ran += _safely(office, duty, one, now, partial(_run, office, duty, one, now)) is not None
        _note_look(office, duty, now)
    return ran + _tend(office, now)


def _safely(office: Office, duty: Duty, one: Occurrence | None, now: datetime, do: Callable[[], T]) -> T | None:
    """Do a part of a duty; whatever goes wrong is written down, and None is returned."""
    return guarded(do, lambda error: _record_failure(office, duty, one, error, now))


def guarded(do: Callable[[], T], failed: Callable[[Exception], None]) -> T | None:
    """Do something that falls due; whatever goes wrong is handed to `failed`, and None is returned."""
    try:
        return do()
    except Exception as error:  # noqa: BLE001 - one duty that fails, whatever the reason, must not stop the next
        failed(error)
        return None


def run_cases(office: Office, now: datetime) -> int:
    """Let every clock of every case come that is due; one that fails stops no other."""
    return cases.tick(office, now, guarded)


def _since(office: Office, now: datetime) -> Mapping[str, datetime]:
    """Return from when on each duty owes its occurrences: the last one written down, else when its line came.

    The duties an office begins with count from its start; a line that is added, changed or switched on later owes
    nothing from before.
    """
    db = office.store.db
    noted = settings.starting(db, _SINCE)
    begin = now
    begun = settings.get(db, _BEGUN)
    if not begun and (start := settings.get(db, "started_at")):
        begin = min(moment(start), now)
    wanted: dict[str, str] = {}
    for duty in office.rules.duties:
        at, _, written = noted.get(duty.name, "").partition(" ")
        kept = at and written == duty.written and moment(at) <= now + duties.AHEAD
        wanted[duty.name] = noted[duty.name] if kept else f"{stamp(begin)} {duty.written}"
    if wanted != noted or not begun:
        with office.store.immediate():
            settings.put(db, _BEGUN, begun or stamp(now))
            for name in noted.keys() - wanted.keys():
                settings.clear(db, _SINCE + name)
                settings.clear(db, _LOOKED + name)
            for name, note in wanted.items():
                settings.put(db, _SINCE + name, note)
    return {duty.name: _owes_from(db, duty, moment(wanted[duty.name].partition(" ")[0]), now) for duty in
            office.rules.duties}  # fmt: skip


def _owes_from(db: Database, duty: Duty, begin: datetime, now: datetime) -> datetime:
    if isinstance(duty.when, Dated):
        # A date may be entered when its first days have passed: what counts is whether anybody was looking.
        looked = settings.get(db, _LOOKED + duty.name)
        return max(begin, moment(looked)) if looked and moment(looked) <= now + duties.AHEAD else begin
    return max(begin, duties.last_due(db, duty.name, now) or begin)


def _note_look(office: Office, duty: Duty, now: datetime) -> None:
    """Write down now and then that a duty was looked at, and that all it owed is settled."""
    if not isinstance(duty.when, Dated):
        return
    db = office.store.db
    looked = settings.get(db, _LOOKED + duty.name)
    if not looked or not timedelta() <= now - moment(looked) < _LOOK_NOTED:
        with office.store.immediate():
            settings.put(db, _LOOKED + duty.name, stamp(now))


def _settle(office: Office, duty: Duty, since: datetime, now: datetime) -> tuple[Occurrence, ...]:
    """Let go of what is not sent any more, and return what a duty owes."""
    owed = _owed(office, duty, since, now)
    if owed.stale:
        with office.store.immediate() as db:
            for one in owed.stale:
                duties.record(db, one.key, duty.name, one.due, now, "stale", "missed")
            words = duty_lines.in_words(duty.name, [one.due for one in owed.stale], office.zone)
            journal.write(db, now, "duty", words)
    return owed.live


def _owed(office: Office, duty: Duty, since: datetime, now: datetime) -> Owed:
    """Return what a duty owes: of each row of the records, or of all it does, the newest that is still in time."""
    db = office.store.db
    failed = {one.key: one for one in duties.failed(db, duty.name)}
    start = min([since, *(one.due - _INSTANT for one in failed.values())])
    found = occurrences.between(duty, start, now, office.zone, dates.of(db))
    done = duties.settled(db, [one.key for one in found], now)
    unsettled = [one for one in found if one.key not in done and (one.due > since or one.key in failed)]
    newest = {one.row: one for one in unsettled}
    live = [one for one in newest.values() if one.over is None or now < one.over]
    stale = [one for one in unsettled if one not in live]
    keys = {one.key for one in found}
    # A line that was changed since: what failed before is due no more.
    stale += [Occurrence(one.key, one.due) for one in failed.values() if one.key not in keys]
    resting = {key for key, one in failed.items() if one.ran_at <= now < one.ran_at + RETRY}
    return Owed(tuple(one for one in live if one.key not in resting), tuple(stale))


def _run(office: Office, duty: Duty, one: Occurrence, now: datetime) -> int:
    """Run one occurrence, or say what it would do where its line is on trial; returns how many mails were queued."""
    with office.store.immediate() as db:
        if duty.status == "trial":
            today = now.astimezone(office.zone).date()
            whom = [to.name for to in sends.recipients(db, duty, today) if not to.why_not]
            words = f"a mail to {', '.join(whom)}" if whom else "no mail, as nobody would get it"
            duties.record(db, one.key, duty.name, one.due, now, "trial", words)
            journal.write(db, now, "trial", f"{duty.name} is on trial. It would have sent {words}.")
            return 0
        queued = sends.queue(office, db, duty, one.key, now, _not_before(office, one, now))
        late = f", late at {_local(now, office.zone)}" if now > one.due + LATE else ""
        words = f"{duty.name}, due {_local(one.due, office.zone)}{late}: {wording.count(queued, 'mail')} queued."
        duties.record(db, one.key, duty.name, one.due, now, "done", words)
        journal.write(db, now, "duty", words)
        if alarms.clear(db, _alarm(duty), now):
            journal.write(db, now, "alarm over", f"{duty.name} works again.")
        return queued


def _tend(office: Office, now: datetime) -> int:
    """Do what of the newsletter falls between its lines of the schedule, such as a reminder, and return how much."""
    duty = next((one for one in office.rules.duties if one.name == newsletter_days.SEND and one.status == "on"), None)
    taken = _safely(office, duty, None, now, partial(_look_at_news, office, duty, now)) if duty is not None else 0
    return (taken or 0) + overdue.tell(office, now)


def _look_at_news(office: Office, duty: Duty, now: datetime) -> int:
    taken = newsletter.look(office, now)
    if taken:
        with office.store.immediate() as db:
            if alarms.clear(db, _alarm(duty), now):
                journal.write(db, now, "alarm over", f"{duty.name} works again.")
    return taken


def _not_before(office: Office, one: Occurrence, now: datetime) -> datetime | None:
    """Return when the mails may go: what is late waits for the end of the quiet hours, unless its time lies in them."""
    quiet = office.config.hours.quiet
    if in_quiet(one.due, quiet, office.zone) or not in_quiet(now, quiet, office.zone):
        return None
    return after_quiet(now, quiet, office.zone)


def _record_failure(office: Office, duty: Duty, one: Occurrence | None, error: Exception, now: datetime) -> None:
    # Of an error that is not ours, only the kind: its text may hold what a person wrote.
    why = str(error) if isinstance(error, MailroomError) else type(error).__name__
    due = f", due {_local(one.due, office.zone)}," if one else ""
    words = f"{duty.name}{due} failed and is tried again later: {why}"
    with office.store.immediate() as db:
        new = alarms.sound(db, _alarm(duty), words, now)
        if one is not None:
            duties.record(db, one.key, duty.name, one.due, now, "failed", words)
        if one is not None or new:
            log.error("%s", words, exc_info=error)
            journal.write(db, now, "duty", words)
        if new:
            journal.write(db, now, "alarm", words)


def _alarm(duty: Duty) -> str:
    return f"duty:{duty.name}"


def _local(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %H:%M}"
