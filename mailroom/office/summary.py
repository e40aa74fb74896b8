"""The coordinator's daily summary: what came in, what waits for her, which cases are open.

She may see who wrote, never what: the mail lies in a mailbox that phones show. A stranger's shown name
is the stranger's own words, so a stranger is called just that.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.office import duty_lines, trial, wording
from mailroom.office.reading_age import reading_age
from mailroom.store import alarms, case_facts, cases, duties, figures, people, settings, tasks

DUTY: Final = "summary"
TEMPLATE: Final = "digest/summary"
ROLE: Final = "coordinator"

# A page on a phone; the rest is counted, and `mailroom status` has it all.
MOST_NEW = 30
MOST_NEEDS = 25
MOST_CASES = 30


def variables(db: Database, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    """Return the variables of digest/summary (`variables.SUMMARY`) as of `now`."""
    since = _since(db, now)
    age = reading_age(db, now, zone)
    concealed = case_facts.concealed(db, ROLE)
    new = [one for one in figures.arrivals(db, since, now) if one.id not in concealed]
    needs = needs_you(db, since, now, zone)
    hidden = case_facts.hidden(db, ROLE)
    open_cases = [case for case in cases.still_open(db) if case.ref not in hidden]
    return {
        "as_at": wording.moment(now, zone),
        "since": wording.moment(since, zone),
        "last_read": age.words,
        "last_read_level": age.level,
        "new": [_row(one, zone) for one in new[:MOST_NEW]],
        "more_new": _more(len(new), MOST_NEW),
        "needs_you": needs[:MOST_NEEDS],
        "more_needs_you": _more(len(needs), MOST_NEEDS),
        "open_cases": [
            {"ref": case.ref, "kind": case.kind, "stage": _plain(case.stage), "due": _due(case.due)}
            for case in open_cases[:MOST_CASES]
        ],
        "more_open_cases": _more(len(open_cases), MOST_CASES),
        "trials": trial.rows(trial.since(db, since, now)) + duty_lines.on_trial(db, since, now, zone),
    }


def is_empty(values: Mapping[str, object]) -> bool:
    """Tell whether a summary would say nothing: then none is sent. The weekly digest always goes."""
    return not (values["needs_you"] or values["new"] or values["trials"]) and values["last_read_level"] == "on time"


def needs_you(db: Database, since: datetime, now: datetime, zone: ZoneInfo) -> list[str]:
    """Return what waits for the coordinator, a sentence each, most pressing first."""
    mail = figures.delivery(db, since, now)
    lines = [f"RED: {case.ref} is open. A person may be at risk." for case in cases.in_danger(db)]
    lines += [
        f"Alarm since {wording.short_moment(moment(one.since), zone)}: {one.words}" for one in alarms.sounding(db)
    ]
    lines += [f"#{row} could not be decided ({reason})." for row, reason in figures.in_state(db, "stuck")]
    if mail.doubtful:
        lines.append(f"{wording.count(mail.doubtful, 'mail')} may or may not have arrived.")
    if mail.failed:
        lines.append(f"{wording.count(mail.failed, 'mail')} could not be delivered since the last summary.")
    if mail.missed:
        lines.append(f"{wording.count(mail.missed, 'mail')} missed the moment to be sent.")
    lines += duty_lines.missed(db, since, now, zone)
    if mail.held:
        lines.append(f"{wording.count(mail.held, 'mail')} waiting for approval.")
    lines += [f"#{row} was set apart unread." for row in figures.quarantined(db, since, now)]
    hidden, concealed = case_facts.hidden(db, ROLE), case_facts.concealed(db, ROLE)
    open_tasks = tasks.still_open(db, ROLE, now.astimezone(zone).date())
    lines += [_task(db, task) for task in open_tasks if task.ref not in hidden and task.message not in concealed]
    return lines


def _since(db: Database, now: datetime) -> datetime:
    """Return when the last summary was written, else when the office began, else a day ago."""
    if last := duties.last_done(db, DUTY, now):
        return last
    started = settings.get(db, "started_at")
    return min(moment(started), now) if started else now - timedelta(days=1)


def _row(one: figures.Arrival, zone: ZoneInfo) -> dict[str, str]:
    return {
        "number": f"#{one.id}",
        "class": one.class_ or "not known to any rule",
        "sender": one.person or "a stranger",
        "received": wording.short_moment(moment(one.received_at), zone),
        # The words of a usual priority begin with the class, which stands there already.
        "priority": one.priority_words.removeprefix(f"{one.class_}: "),
    }


def _task(db: Database, task: tasks.Task) -> str:
    due = f" Due {_due(task.due)}." if task.due else ""
    ref = f" [{task.ref}]" if task.ref and task.ref not in task.text else ""
    taken = f" {people.name_of(db, task.taken_by)} does it." if task.taken_by else ""
    return f"{task.text}{ref}{due}{taken} (task #{task.id})"


def _due(due: str) -> str:
    return wording.short_day(date.fromisoformat(due[:10])) if due else ""


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _more(n: int, most: int) -> str:
    return str(n - most) if n > most else ""
