"""Which open cases would go on otherwise under other files: what `try` says of a changed process.

Each open case of such a process is looked at where it stands: what it waits for, when its next clock comes, and how
the messages it has had would have been answered. Nothing follows from it, and nothing is written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.office import wording
from mailroom.office.cases import readers
from mailroom.office.cases.moments import calendar
from mailroom.office.cases.people import actor
from mailroom.office.office import Office
from mailroom.rules import RuleSet
from mailroom.rules.cases import CaseFile, Check, If, MessageLinked, Timer, Verdict, due, timers
from mailroom.rules.cases.differing import of_event, of_stage, same
from mailroom.store import case_facts, cases, frozen, links, readings
from mailroom.store.cases import Case, Event

MOST_MESSAGES: Final = 20
"""Messages of one case that are answered again, the newest first: older ones are history to everybody."""


@dataclass(frozen=True, slots=True)
class Moved:
    """An open case that would go on otherwise, and how."""

    ref: str
    kind: str
    stage: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Granted:
    """Every check holds; a condition holds by what is known of the case today."""

    facts: Mapping[str, str]

    def check(self, check: Check, whose: str) -> Verdict:  # noqa: ARG002 - as the protocol has it
        """Let it hold: whoever was fit then is not looked at again."""
        return Verdict(ok=True)

    def holds(self, condition: If) -> bool:
        """Look at what is known."""
        value = self.facts.get(condition.fact, "")
        held = value == condition.is_ if condition.is_ else bool(value)
        return held is not condition.negated


def moved(office: Office, db: Database, ruleset: RuleSet, now: datetime) -> tuple[int, tuple[Moved, ...]]:
    """Return how many open cases there are, and those that would go on otherwise under `ruleset`."""
    open_ = cases.still_open(db)
    before = office.rules
    changed = {
        name for name, one in before.cases.items() if name not in ruleset.cases or not same(one, ruleset.cases[name])
    }
    groups = {
        name
        for name, one in before.groups.items()
        if name in ruleset.groups and one.checks != ruleset.groups[name].checks
    }
    found: list[Moved] = []
    for case in open_:
        process = before.cases.get(case.kind)
        if process is None:
            continue
        words = [*_of_case(office, db, case, process, ruleset, now)] if case.kind in changed else []
        words += [
            f"the group “{one.name}” of groups.txt has other members, and nobody of it was written to yet"
            for one in process.groups
            if one.source == "listed" and one.role in groups and frozen.members(db, case.id, one.name) is None
        ]
        if words:
            found.append(Moved(case.ref, case.kind, case.stage, tuple(words)))
    return len(open_), tuple(found)


def _of_case(
    office: Office, db: Database, case: Case, before: CaseFile, ruleset: RuleSet, now: datetime
) -> Iterator[str]:
    after = ruleset.cases.get(case.kind)
    yield from of_stage(before, after, case.stage)
    if after is None or (after.stage(case.stage) is None and case.stage not in after.final):
        return
    facts = case_facts.known(db, case.id)
    first, second = (_next(office, case, one, facts, now) for one in (before, after))
    if first != second:
        yield f"its next clock comes {_said(second, office)}, not {_said(first, office)}"
    yield from _of_messages(office, db, case, before, after, facts, now)


def _next(office: Office, case: Case, process: CaseFile, facts: Mapping[str, str], now: datetime) -> datetime | None:
    """Return when the next clock of a case would come."""
    coming = (_comes(office, case, one, facts) for one in timers(process, case.stage))
    return min((at for at in coming if at is not None and at > now), default=None)


def _comes(office: Office, case: Case, timer: Timer, facts: Mapping[str, str]) -> datetime | None:
    entry = moment(case.quiet_since if timer.kind == "deadline" else case.entered_at)
    return due(timer.moment, entry, facts, calendar(office), at_least=timer.at_least)


def _said(at: datetime | None, office: Office) -> str:
    return wording.short_moment(at, office.zone) if at is not None else "never"


def _of_messages(
    office: Office, db: Database, case: Case, before: CaseFile, after: CaseFile, facts: Mapping[str, str], now: datetime
) -> Iterator[str]:
    """Say which of its messages would have been answered otherwise, in the stage the case was in when each came."""
    past = cases.events(db, case.id)
    confirmed = [one for one in links.of_case(db, case.id) if one.state == "confirmed"]
    for one in islice(reversed(confirmed), MOST_MESSAGES):
        reading = readings.one(db, one.message)
        stage = _stage_at(past, one.received_at, one.message)
        if reading is None or reading.message is None or reading.facts is None or not stage:
            continue
        who = actor(office, db, before, case, reading.facts.sender, now)
        event = MessageLinked(one.class_, who, says=readers.says(reading.message.new_text))
        if words := of_event(before, after, stage, event, _Granted(facts)):
            yield f"#{one.message} ({one.class_}), which came while it was “{stage}”: {words}"


def _stage_at(past: list[Event], at: str, message: int) -> str:
    """Return the stage a case was in when a message came, "" for the message that opened it."""
    if past and past[0].message == message:
        return ""
    stage = past[0].to_stage if past else ""
    for event in past:
        if event.at < at or (event.at == at and event.message != message):
            stage = event.to_stage or stage
    return stage
