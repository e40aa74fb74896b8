"""Replay: decide stored messages again with another set of rules, and say only what would come out differently.

Each message is decided by the set in force and by the other, on what the office knew when it came. Nothing follows
from it: the database is opened so that SQLite itself refuses every write, and no mail is made.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from mailroom import rules
from mailroom.message import Message, read
from mailroom.office import suggesting, trial, wording
from mailroom.office.office import Office
from mailroom.office.place import place
from mailroom.rules import RuleSet
from mailroom.rules.actions import FORWARDED, TOLD
from mailroom.rules.differing import Differing
from mailroom.rules.model import Action, Decision, Facts
from mailroom.rules.nearest import Nearest
from mailroom.rules.view import View
from mailroom.store import confirmed, looking, messages, readings
from mailroom.store.readings import Reading

NOBODY = "not known to any rule"

Progress = Callable[[int, int], None]
"""Told how many messages have been looked at, and of how many."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of a message. `does` are the actions besides class, flags and folder, as they stand in rules."""

    class_: str
    flags: tuple[str, ...]
    folder: str
    does: frozenset[str]
    rule: str = field(default="", compare=False)
    where: str = field(default="", compare=False)
    """File and line of the rule that gave the class."""
    words: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """A message that would come out differently, and the words that decide."""

    message: int
    """Its number, 0 for one from a file."""
    at: datetime
    sender: str
    subject: str
    before: Outcome
    after: Outcome
    words: tuple[str, ...]
    confirmed: str = ""
    """The class a person gave it, where one has."""
    file: str = ""

    @property
    def name(self) -> str:
        """How it is called: `#412`, or the name of its file."""
        return self.file or f"#{self.message}"


@dataclass(frozen=True, slots=True)
class Replay:
    """All that a change would do to the messages looked at, the newest first."""

    looked_at: int
    differences: tuple[Difference, ...]
    seconds: float


def replay(
    office: Office,
    ruleset: RuleSet,
    *,
    since: datetime | None,
    limit: int | None = None,
    progress: Progress = lambda _done, _of: None,
) -> Replay:
    """Compare `ruleset` with the set in force over the messages stored since then, at most the newest `limit`.

    It may run in a thread, beside the daemon: it has a connection of its own.
    """
    begun = time.perf_counter()
    differing = Differing(office.rules, ruleset)
    with looking(office.store.path) as db:
        total = readings.count(db, since)
        total = total if limit is None else min(total, limit)
        if differing.nothing:
            return Replay(total, (), time.perf_counter() - begun)
        known, sets = confirmed.classes(db), _sets(office, db, ruleset)
        found: list[Difference] = []
        for done, reading in enumerate(readings.every(db, since, limit), start=1):
            message, facts = _whole(office, db, reading)
            if differing.may(View(message, facts)):
                found += _compared(office, sets, message, facts, reading, known)
            progress(done, total)
    return Replay(total, tuple(found), time.perf_counter() - begun)


def of_files(office: Office, ruleset: RuleSet, found: Iterable[tuple[str, Message]], now: datetime) -> Replay:
    """Compare the sets over messages that are not stored, as if each came now."""
    begun = time.perf_counter()
    looked_at, differences = 0, []
    with looking(office.store.path) as db:
        sets = _sets(office, db, ruleset)
        for file, message in found:
            looked_at += 1
            facts = place(office, db, message, now).facts
            before, after = (outcome(rules.decide(one, message, facts, near)) for one, near in sets)
            if before != after:
                sender = facts.sender.name or facts.sender.address
                words = after.words or before.words
                differences.append(Difference(0, now, sender, message.subject, before, after, words, file=file))
    return Replay(looked_at, tuple(differences), time.perf_counter() - begun)


def outcome(decision: Decision) -> Outcome:
    """Gather what comes of a decision, without the order of it."""
    because = next((one for one in decision.actions if one.verb == "class"), None)
    folder = next((one.values[0] for one in decision.actions if one.verb == "file in"), "")
    return Outcome(
        decision.class_,
        tuple(sorted(decision.flags)),
        "Quarantine" if decision.quarantine else folder,
        frozenset(_said(one) for one in decision.actions if one.verb not in _APART),
        because.rule if because else "",
        _where(because) if because else "",
        because.words if because else (),
    )


_APART = frozenset({"class", "flag", "file in", "quarantine"})


def _said(action: Action) -> str:
    """Say an action; who is told by another template is told something else."""
    said = trial.in_words(action.verb, action.values)
    named = action.values[-1] if action.verb in {"tell", "forward to"} else ""
    return said if named in {"", TOLD, FORWARDED} else f"{said} with {named}"


def table(found: Replay, width: int, most: int = 100) -> str:
    """Say it for a person: each difference in a few lines of at most `width` characters, then the totals."""
    lines = [line for one in found.differences[:most] for line in _rows(one, max(width, 40))]
    if len(found.differences) > most:
        lines += [f"… and {len(found.differences) - most} more.", ""]
    return "\n".join([*lines, *totals(found)])


def totals(found: Replay) -> list[str]:
    """Say how many messages would be sorted differently, and from what to what."""
    n = len(found.differences)
    looked = f"{found.looked_at:,} {'message' if found.looked_at == 1 else 'messages'} looked at"
    lines = [f"{looked}, {f'{n:,}' if n else 'none'} would be sorted differently."]
    moved = Counter((one.before.class_ or NOBODY, one.after.class_ or NOBODY) for one in found.differences)
    for (before, after), count in moved.most_common(12):
        lines.append(f"  {count:>5,}  {f'{before} → {after}' if before != after else f'{before}, done otherwise'}")
    sorted_by_hand = [one for one in found.differences if one.confirmed]
    right = sum(one.confirmed == one.after.class_ for one in sorted_by_hand)
    wrong = sum(one.confirmed == one.before.class_ != one.after.class_ for one in sorted_by_hand)
    if right:
        lines.append(f"{wording.count(right, 'message')} of them as a person has sorted it by hand.")
    if wrong:
        lines.append(f"{wording.count(wrong, 'message')} of them AGAINST what a person has confirmed.")
    return lines


def _sets(office: Office, db: Database, ruleset: RuleSet) -> tuple[tuple[RuleSet, Nearest], ...]:
    return tuple((one, suggesting.of(office, db, one)) for one in (office.rules, ruleset))


def _compared(
    office: Office,
    sets: Iterable[tuple[RuleSet, Nearest]],
    message: Message,
    facts: Facts,
    reading: Reading,
    known: Mapping[int, str],
) -> Iterator[Difference]:
    before, after = (outcome(rules.decide(one, message, facts, near)) for one, near in sets)
    if before != after:
        yield Difference(
            reading.row, reading.received_at.astimezone(office.zone), facts.sender.name or facts.sender.address,
            message.subject, before, after, after.words or before.words, known.get(reading.row, ""),
        )  # fmt: skip


def _whole(office: Office, db: Database, reading: Reading) -> tuple[Message, Facts]:
    """Return what is decided on; a reading of an older shape is made anew from the stored bytes."""
    message = reading.message or read(messages.raw(db, reading.row), office.config.border)
    return message, reading.facts or place(office, db, message, reading.received_at).facts


def _where(action: Action) -> str:
    return f"{action.file}:{action.line}" if action.line else action.file


def _rows(one: Difference, width: int) -> Iterator[str]:
    name = one.name.rpartition("/")[2]
    yield _cut(f"{name}, {wording.short_day(one.at)}, {one.sender or 'nobody'}: “{one.subject}”", width, 0)
    before, after = one.before, one.after
    if before.class_ != after.class_:
        yield _cut(f"{before.class_ or NOBODY} → {after.class_ or NOBODY}", width)
    else:
        yield _cut(f"{before.class_ or NOBODY}, as before", width)
    for more, less in _changes(before, after):
        yield _cut(f"{'now' if more else 'no longer'} {more or less}", width)
    rule = after if after.rule else before
    if rule.rule:
        because = f" because {', '.join(f'“{word}”' for word in one.words)}" if one.words else ""
        gone = "" if after.rule else "until now "
        yield _cut(f"{gone}by “{rule.rule}” ({rule.where}){because}", width)
    if one.confirmed:
        yield _cut(f"a person says it is {one.confirmed}", width)
    yield ""


def _changes(before: Outcome, after: Outcome) -> Iterator[tuple[str, str]]:
    """Give what is done anew, and what is done no longer, in words."""
    for flag in after.flags:
        if flag not in before.flags:
            yield f"flagged {flag}", ""
    for flag in before.flags:
        if flag not in after.flags:
            yield "", f"flagged {flag}"
    if before.folder != after.folder:
        yield (f"filed in {after.folder}", "") if after.folder else ("", f"filed in {before.folder}")
    for done in sorted(after.does - before.does):
        yield done, ""
    for done in sorted(before.does - after.does):
        yield "", done


def _cut(text: str, width: int, indent: int = 6) -> str:
    line = " " * indent + " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"
