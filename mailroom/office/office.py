"""The office: its config, its store, and the set of rules and templates in force.

A set goes live whole or not at all. The last good one is kept in the database and outlives a restart,
so a broken rule, case or template never stops the daemon; only an office that never had a good set
refuses to start.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mailroom import rules
from mailroom.config import Config
from mailroom.errors import Problem, Problems
from mailroom.office import files, template_file, templates
from mailroom.office.templates import Templates
from mailroom.rules import RuleSet
from mailroom.store import Store, alarms, journal, rule_sets, settings

BROKEN = "rules"
"""Key of the alarm that sounds while the files on disk are not the ones in force."""


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

    @property
    def zone(self) -> ZoneInfo:
        """The zone the office lives in."""
        return self.config.office.zone

    @property
    def domain(self) -> str:
        """The domain of our own address, and of the Message-IDs we make."""
        return self.config.office.mailbox.rpartition("@")[2]


def build(found: files.OfficeFiles) -> tuple[RuleSet, Templates]:
    """Make a set of the office's files. Raises Problems with every fault of rules and templates together."""
    problems = missing(found)
    names = tuple(template_file.name_of(file) for file in found.templates)
    try:
        ruleset = rules.load(found.rules, names, rules.ROLES)
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
    "danger/answer", "danger/alert", "notice/told", "notice/suspect", "notice/cap", "notice/alarm",
    "notice/rules-broken", "digest/summary", "digest/weekly",
)  # fmt: skip
NEEDED_FILES = ("rules/lists.txt", "rules/schedule.txt", "rules/cases/danger.txt")


def missing(found: files.OfficeFiles) -> list[Problem]:
    """Name what an office cannot be without: a folder half copied must never replace a whole one."""
    wanted = (*NEEDED_FILES, *(f"templates/{name}.md" for name in NEEDED_TEMPLATES))
    problems = [
        Problem(name, 0, "this file is missing, and no office can do without it.")
        for name in wanted
        if name not in found.all
    ]
    if not any(name.startswith("rules/sorting/") for name in found.rules):
        problems.append(
            Problem("rules/sorting/", 0, "there is no sorting rule at all; a folder that is empty is not taken over.")
        )
    return problems


def open_office(config: Config, store: Store, now: datetime, *, remember: bool = True) -> Office:
    """Build the office from its files, or from the last good set where they are broken.

    `remember` False only looks, as `why` does: nothing is written, not even that the files are broken.

    Raises:
        Problems: the files are broken and there never was a good set.

    """
    snapshot = files.snapshot(config)
    faults: tuple[Problem, ...] = ()
    try:
        found = files.read_office(config)
        ruleset, texts = build(found)
    except Problems as error:
        faults = error.problems
        kept = rule_sets.last_good(store.db)
        if kept is None:
            raise
        found = files.OfficeFiles.of(kept)
        ruleset, texts = build(found)
    if not remember:
        return Office(config, store, ruleset, texts, snapshot, b"nothing that is only looked at is sent", faults)
    with store.immediate() as db:
        _record(store, found, faults, now)
        key = settings.message_id_key(db)
        if not settings.get(db, "started_at"):
            settings.put(db, "started_at", now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return Office(config, store, ruleset, texts, snapshot, key, faults)


def refresh(office: Office, now: datetime) -> bool:
    """Take over files the coordinator has saved since; True when a new set went live.

    Broken files leave the set in force; the alarm says so until they are mended.
    """
    snapshot = files.snapshot(office.config)
    if snapshot == office.snapshot:
        return False
    office.snapshot = snapshot
    try:
        found = files.read_office(office.config)
        ruleset, texts = build(found)
    except Problems as error:
        office.problems = error.problems
        with office.store.immediate():
            _record(office.store, None, error.problems, now)
        return False
    office.rules, office.templates, office.problems = ruleset, texts, ()
    with office.store.immediate():
        _record(office.store, found, (), now)
    return True


def _record(store: Store, found: files.OfficeFiles | None, faults: tuple[Problem, ...], now: datetime) -> None:
    """Keep a good set; sound the alarm for a broken one, and again when what is wrong with it changes."""
    if faults or found is None:
        words = f"The files are broken, so the last good set stays in force: {faults[0]}"
        if len(faults) > 1:
            words += f" (and {len(faults) - 1} more: run `mailroom check`)"
        if alarms.sound(store.db, BROKEN, words, now):
            journal.write(store.db, now, "alarm", words)
        return
    if rule_sets.keep(store.db, found.all, now):
        journal.write(store.db, now, "rules", "A new set of rules and templates is in force.")
    if alarms.clear(store.db, BROKEN, now):
        journal.write(store.db, now, "alarm over", "The files are whole again.")
