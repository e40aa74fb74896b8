"""`mailroom status`: how the office is, and whether a person has to look."""

import contextlib
import json
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from mailroom.cli.frame import config_option, json_option, now_option

if TYPE_CHECKING:
    from sqlite_utils import Database

    from mailroom.config import Config

DUTIES = 5
"""How many of the next duties are shown."""


@dataclass(frozen=True, slots=True)
class Status:
    """What is shown; `trouble` are the sentences that make the exit code 1."""

    facts: dict[str, Any]
    trouble: tuple[str, ...]


SENDING_WORDS = {"waiting": "waiting", "failed": "failed", "doubtful": "in doubt"}

FAILED_DAYS = 7
"""How long a mail that was refused for good is shown: after that it is history, and its task remains."""


@click.command(epilog="Example: mailroom status --config office/config.toml")
@config_option
@json_option
@now_option
@click.option("--follow", is_flag=True, help="On a terminal: show a bar for each sending until all have gone.")
def status(config_path: Path, now: datetime, *, as_json: bool, follow: bool) -> int:
    """Show how the office is: last read, queues, what is stuck, what comes next, what alarms.

    Exit code 1 when an alarm sounds, or a message or mail needs a person.
    """
    from mailroom import config
    from mailroom.store import open_store

    settings = config.load(config_path)
    store = open_store(settings.office.database)
    try:
        if follow:
            _follow(store.db)
        found = look(settings, store.db, now)
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps({"ok": not found.trouble, **found.facts}, ensure_ascii=False))
    else:
        for line in in_words(found, settings.office.zone):
            click.echo(line)
    return int(bool(found.trouble))


def _follow(db: "Database") -> None:
    """Show the sendings until nothing of them waits; Ctrl-C ends it sooner."""
    from mailroom.cli import progress
    from mailroom.store import batches

    with progress.on_terminal() as bars, contextlib.suppress(KeyboardInterrupt):
        while bars is not None and (found := batches.unfinished(db)):
            bars.show(found)
            time.sleep(progress.EVERY)


def look(settings: "Config", db: "Database", now: datetime) -> Status:
    """Ask the office how it is, as of `now`."""
    from mailroom.store import alarms, batches, cases, tasks, views
    from mailroom.store import settings as remembered

    times = {key: remembered.get(db, key) or None for key in ("started_at", "last_read_at", "heartbeat_at")}
    sounding = [{"key": one.key, "words": one.words, "since": one.since} for one in alarms.sounding(db)]
    sounding += _silence(times, now, settings.alarms.silence_minutes, settings.imap.idle_minutes)
    stuck = [{"message": one.id, "subject": one.subject, "reason": one.reason} for one in views.stuck(db)]
    troubled = [
        {"mail": one.id, "state": one.state, "to": one.recipient, "template": one.template, "reason": one.reason}
        for one in views.troubled_mails(db, now - timedelta(days=FAILED_DAYS))
    ]
    red = [case.ref for case in cases.in_danger(db)]
    facts: dict[str, Any] = {
        **times,
        "messages": views.states(db, "messages"),
        "outbox": views.states(db, "outbox"),
        "sendings": [asdict(one) for one in batches.unfinished(db)],
        "open_cases": len(cases.still_open(db)),
        "open_tasks": len(tasks.still_open(db)),
        "red_cases": red,
        "stuck": stuck,
        "mails": troubled,
        "alarms": sounding,
        "next_duties": _duties(settings, db, now),
    }
    return Status(facts, tuple(_trouble(facts)))


def in_words(found: Status, zone: ZoneInfo) -> list[str]:
    """Return the lines a person reads."""
    facts = found.facts
    lines = [
        f"{name:<14} {_when(facts[key], zone)}"
        for name, key in (("last read", "last_read_at"), ("heartbeat", "heartbeat_at"), ("in service", "started_at"))
    ]
    for name, key in (("messages", "messages"), ("outbox", "outbox")):
        lines.append(f"{name:<14} {_counts(facts[key])}")
    lines += [f"{'sending':<14} {_progress(one, zone)}" for one in facts["sendings"]]
    lines.append(f"{'open':<14} {facts['open_cases']} cases, {facts['open_tasks']} tasks")
    for n, duty in enumerate(facts["next_duties"]):
        lines.append(f"{'next' if n == 0 else '':<14} {_when(duty['due'], zone)}  {duty['name']}")
    lines += [f"{'needs you' if n == 0 else '':<14} {sentence}" for n, sentence in enumerate(found.trouble)]
    return lines if found.trouble else [*lines, "Nothing needs you."]


def _trouble(facts: dict[str, Any]) -> list[str]:
    return [
        *(f"danger: {ref} is red until a person closes it" for ref in facts["red_cases"]),
        *(f"alarm: {one['words']}" for one in facts["alarms"]),
        *(f"message #{one['message']} is stuck: {one['reason']}" for one in facts["stuck"]),
        *(f"mail {one['mail']} ({one['template']}) is {one['state']}: {one['reason']}" for one in facts["mails"]),
    ]


def _silence(times: dict[str, str | None], now: datetime, minutes: int, idle_minutes: float) -> list[dict[str, str]]:
    """Sound the alarm that a daemon which is gone cannot sound itself: its heart has not beaten for too long."""
    from mailroom.clock import moment

    beat, read = times["heartbeat_at"], times["last_read_at"]
    if beat is None:
        words = "mailroom has never run for this office. Start it: mailroom run"
        return [{"key": "heartbeat", "words": words, "since": ""}]
    if (now - moment(beat)).total_seconds() > minutes * 60:
        words = "mailroom is not running: its heart last beat then. Start it: mailroom run"
        return [{"key": "heartbeat", "words": words, "since": beat}]
    if read is None or (now - moment(read)).total_seconds() > (minutes + idle_minutes) * 60:
        words = "the mailbox has not been read for too long, though mailroom runs"
        return [{"key": "unread", "words": words, "since": read or ""}]
    return []


def _duties(settings: "Config", db: "Database", now: datetime) -> list[dict[str, str]]:
    """Return the next duties of the rules in force, none where there never was a good set."""
    from mailroom import rules, schedule
    from mailroom.clock import stamp
    from mailroom.errors import Problems
    from mailroom.office import dates, templates
    from mailroom.office.files import OfficeFiles
    from mailroom.store import rule_sets

    kept = rule_sets.last_good(db)
    if kept is None:
        return []
    files = OfficeFiles.of(kept)
    try:
        names = [templates.name_of(name) for name in files.templates]
        ruleset = rules.load(files.rules, names, rules.ROLES, patterns=files.patterns)
    except Problems:
        return []  # a set of an older mailroom: `check` and the daemon say what is wrong with it
    coming = schedule.next_duties(ruleset, now, settings.office.zone, DUTIES, dates.of(db))
    return [{"name": name, "due": stamp(due)} for name, due in coming]


def _when(at: str | None, zone: ZoneInfo) -> str:
    from mailroom.clock import moment

    if not at:
        return "never"
    local = moment(at).astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def _progress(one: dict[str, Any], zone: ZoneInfo) -> str:
    parts = [f"{one[key]} {words}" for key, words in SENDING_WORDS.items() if one[key]]
    stopped = f"; stopped until {_when(one['until'], zone)}: {one['stopped']}" if one["until"] else ""
    return f"{one['name']}: {one['sent']} of {one['total']} sent{''.join(f', {part}' for part in parts)}{stopped}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {state}" for state, n in counts.items()) or "none"
