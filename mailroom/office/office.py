"""The office: its config, its store, and the set of rules and templates in force.

A set goes live whole or not at all. The last good one is kept in the database and outlives a restart,
so a broken rule, case or template never stops the daemon; only an office that never had a good set
refuses to start.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from mailroom import defaults, rules
from mailroom.config import Config
from mailroom.errors import Problem, Problems
from mailroom.office import files, history, template_file, templates
from mailroom.office.templates import Templates
from mailroom.rules import RuleSet
from mailroom.rules.nearest import Nearest
from mailroom.store import Store, alarms, journal, rule_sets, settings

if TYPE_CHECKING:
    from mailroom.office.writing import Writing

BROKEN = "rules"
"""Key of the alarm that sounds while the files on disk are not the ones in force."""

FIRST = "The files as they were first met"

TO_WRITE = "rules_to_write"
"""Setting: number of the set that is in force but not on disk yet."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the files in force: which files there are now, what it was in words, and whose."""

    files: tuple[str, ...]
    words: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Weighed:
    """The examples that suggestions are drawn from: of which rules, and of what had been confirmed by then."""

    rules: RuleSet
    state: tuple[int, str]
    nearest: Nearest


@dataclass(slots=True)
class Office:
    """Everything a decision needs. `rules` and `templates` change together, between two messages."""

    config: Config
    store: Store
    rules: RuleSet
    templates: Templates
    snapshot: files.Snapshot
    message_id_key: bytes
    problems: tuple[Problem, ...] = ()
    """What is wrong with the files on disk, when they are not the set in force."""
    broken: Mapping[str, bytes] = field(default_factory=dict)
    """Those files, to show the lines the problems are about."""
    unsettled: files.Snapshot | None = None
    """How the files stood at the last look, when a save may still have been going on."""
    looks: int = 0
    """How often in a row a file could not be read, as somebody else holds it."""
    uncommitted: tuple[Change, ...] = ()
    """What is in force and not in the history yet."""
    nearest: Weighed | None = None
    """What suggestions are drawn from (suggesting.py)."""
    writing: "Writing | None" = None
    """The sending whose mails are being written, some at each look (writing.py)."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone the office lives in."""
        return self.config.office.zone

    @property
    def domain(self) -> str:
        """The domain of our own address, and of the Message-IDs we make."""
        return self.config.office.mailbox.rpartition("@")[2]


def build(found: files.OfficeFiles, before: Mapping[str, bytes] | None = None) -> tuple[RuleSet, Templates]:
    """Make a set of the office's files. Raises Problems with every fault of rules and templates together.

    `before`: the set in force until now. A mail that neither has is one that this version of mailroom has brought:
    its shipped text is used until `mailroom init` writes it into the folder.
    """
    found = completed(found, before) if before else found
    problems = missing(found)
    names = tuple(template_file.name_of(file) for file in found.templates)
    try:
        ruleset = rules.load(
            found.rules, names, rules.ROLES, patterns=found.patterns, enclosed=found.enclosed
        )  # fmt: skip
    except Problems as error:
        problems += error.problems
    try:
        texts = templates.load(found.templates)
    except Problems as error:
        problems += error.problems
    if problems:
        raise Problems(problems)
    return ruleset, texts


NEEDED_TEMPLATES = (
    "_commands",
    "danger/answer", "danger/alert", "notice/told", "notice/asked", "notice/suspect", "notice/cap", "notice/alarm",
    "notice/rules-broken", "notice/done", "notice/help", "notice/why", "notice/unknown", "notice/held",
    "notice/moved", "notice/rules-report", "notice/doubtful", "notice/away", "notice/shown", "notice/stopped",
    "digest/summary", "digest/weekly", "notice/proof", "notice/not-approved",
    "newsletter/issue", "newsletter/call", "newsletter/report", "newsletter/item-complete",
    "newsletter/item-incomplete", "newsletter/item-next-issue", "newsletter/stopped", "newsletter/started",
    "notice/which-case",
)  # fmt: skip
NEEDED_FILES = ("rules/lists.txt", "rules/schedule.txt", "rules/cases/danger.txt")


def missing(found: files.OfficeFiles) -> list[Problem]:
    """Name what an office cannot be without: a folder half copied must never replace a whole one."""
    wanted = (*NEEDED_FILES, *(f"templates/{name}.md" for name in NEEDED_TEMPLATES))
    problems = [
        Problem(name, 0, "this file is missing, and no office can do without it; “mailroom init” writes it.")
        for name in wanted
        if name not in found.all
    ]
    if not any(name.startswith("rules/sorting/") for name in found.rules):
        problems.append(
            Problem("rules/sorting/", 0, "there is no sorting rule at all; a folder that is empty is not taken over.")
        )
    return problems


def completed(found: files.OfficeFiles, before: Mapping[str, bytes]) -> files.OfficeFiles:
    """Add the shipped text of each needed mail that the set had neither before nor now."""
    wanted = {f"templates/{name}.md" for name in NEEDED_TEMPLATES} - found.templates.keys() - before.keys()
    new = {key: defaults.shipped(key).read_bytes() for key in sorted(wanted)}
    return dataclasses.replace(found, templates={**found.templates, **new}) if new else found


def open_office(config: Config, store: Store, now: datetime, *, remember: bool = True) -> Office:
    """Build the office from its files, or from the last good set where they are broken.

    `remember` False only looks, as `why` does: nothing is written, not even that the files are broken.

    Raises:
        Problems: the files are broken and there never was a good set.

    """
    snapshot = files.snapshot(config)
    faults: tuple[Problem, ...] = ()
    broken: Mapping[str, bytes] = {}
    kept = rule_sets.last_good(store.db)
    try:
        if kept is not None and settings.get(store.db, TO_WRITE):
            found, snapshot = files.OfficeFiles.of(kept, patterns=config.rules.patterns), ()
        else:
            found = files.read_office(config)
            broken = found.all
        ruleset, texts = build(found, kept)
    except Problems as error:
        faults = error.problems
        if kept is None:
            raise
        found = files.OfficeFiles.of(kept, patterns=config.rules.patterns)
        ruleset, texts = build(found, kept)
    if not remember:
        key = b"nothing that is only looked at is sent"
        return Office(config, store, ruleset, texts, snapshot, key, faults, broken if faults else {})
    with store.immediate() as db:
        key = settings.message_id_key(db)
        if not settings.get(db, "started_at"):
            settings.put(db, "started_at", now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        office = Office(config, store, ruleset, texts, snapshot, key)
        if faults:
            refuse(office, db, faults, broken, now)
        else:
            accept(office, db, found, now)
    return office


def accept(office: Office, db: Database, found: files.OfficeFiles, now: datetime) -> None:
    """Record that a set is in force: kept, journalled, to be written into the history, and no alarm any more."""
    office.problems, office.broken = (), {}
    before = rule_sets.last_good(db) or {}
    words = history.changed(before, found.all) if before else FIRST
    who = files.owner(office.config, [key for key in found.all if before.get(key) != found.all[key]])
    if rule_sets.keep(db, found.all, now, who, words):
        by = f", saved by {who}" if who else ""
        journal.write(db, now, "rules", f"A new set of rules and templates is in force{by}: {words}.")
    # Also when nothing is new: a crash may have come between a set and its commit.
    newest = rule_sets.in_force(db)
    words, who = (newest.words, newest.who) if newest else (words, who)
    office.uncommitted = (*office.uncommitted, Change(tuple(found.all), words or FIRST, who, now))
    if alarms.clear(db, BROKEN, now):
        journal.write(db, now, "alarm over", "The files are whole again.")


def refuse(
    office: Office, db: Database, faults: tuple[Problem, ...], broken: Mapping[str, bytes], now: datetime
) -> None:
    """Leave the set in force, and sound the alarm; once more when what is wrong has changed since."""
    if office.problems and office.problems != faults:
        alarms.clear(db, BROKEN, now)
    office.problems, office.broken = faults, broken
    words = f"The files are broken, so the last good set stays in force: {faults[0]}"
    if len(faults) > 1:
        words += f" (and {len(faults) - 1} more: run `mailroom check`)"
    if alarms.sound(db, BROKEN, words, now):
        journal.write(db, now, "alarm", words)
