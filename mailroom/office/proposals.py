"""A rule from what a person has corrected: after three alike, one is proposed by mail. It goes live on her word only.

It is built from what the messages have in common that no other has, says what the rules of their new class say, and
is tried on them before it is proposed. The same is never proposed twice.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom import rules
from mailroom.errors import Problems
from mailroom.office import files, rule_mail
from mailroom.office.files import OfficeFiles
from mailroom.office.office import Office, build
from mailroom.rules import RuleSet, filing, in_common
from mailroom.rules.in_common import Seen
from mailroom.rules.lines import decoded, read_lines
from mailroom.rules.sorting import Rule
from mailroom.rules.view import View
from mailroom.store import confirmed, people, proposals, readings, rule_sets, settings
from mailroom.store.proposals import Correction

FILE: Final = "rules/sorting/14-from-your-moves.txt"
"""After robots, danger and traps, which nothing learned outranks, and before everything else."""
HEAD: Final = "# Rules proposed from what you have corrected, and put into force by your word.\n"
ENOUGH: Final = 3
"""How many corrections alike make a proposal."""
LOOKED_AT: Final = 1000
"""Other messages that a proposed rule must not hold for, the newest."""
CONSIDERED: Final = "corrections_considered"


def consider(office: Office, now: datetime) -> int:
    """Propose a rule where corrections since the last look give reason to; returns how many were proposed."""
    store = office.store
    n, newest = confirmed.state(store.db)
    state = f"{n} {newest}"
    before = settings.get(store.db, CONSIDERED)
    if state == before or not n:
        return 0
    since = before.partition(" ")[2]
    pairs = dict.fromkeys((one.was, one.class_) for one in proposals.corrections(store.db, since))
    with store.immediate() as db:
        proposed = sum(_propose(office, db, now, was, class_) for was, class_ in pairs)
        settings.put(db, CONSIDERED, state)
    return proposed


def _propose(office: Office, db: Database, now: datetime, was: str, class_: str) -> bool:
    """Propose one rule for messages of class `was` that are `class_`, where there is one to propose."""
    since = proposals.last(db, was, class_)
    made = [
        one for one in proposals.corrections(db, since) if (one.was, one.class_) == (was, class_) and one.at > since
    ]
    if len(made) < ENOUGH:
        return False
    others = [in_common.seen(view) for view in _views(db, proposals.others(db, class_, LOOKED_AT))]
    own = {address.partition("@")[2] for address in (office.config.office.mailbox,)} | set(
        office.config.trust.internal_domains
    )
    for alike in _alike(db, made):
        lines = in_common.conditions([one for _, one in alike], others, own)
        pattern = f"{was} > {class_}: {'; '.join(lines)}"
        if not lines or proposals.is_known(db, pattern):
            continue
        draft = _draft(office, db, now, was, class_, lines, [row for row, _ in alike])
        proposals.remember(db, pattern, was, class_, now, draft)
        if draft is not None:
            return True
    return False


def _alike(db: Database, made: Sequence[Correction]) -> Iterator[list[tuple[int, Seen]]]:
    """Give the corrections together, then those of one sender, domain or list: some may be unlike the others."""
    found = [(one.message, in_common.seen(view)) for one in made for view in _views(db, [one.message])]
    parts: dict[tuple[str, str], list[tuple[int, Seen]]] = defaultdict(list)
    for row, one in found:
        for key in (("list", one.list_id), ("from", one.address), ("at", one.domain), ("who", one.group)):
            if key[1]:
                parts[key].append((row, one))
        for word in one.words:
            parts["word", word].append((row, one))
    tried: list[set[int]] = []
    for part in (found, *sorted(parts.values(), key=len, reverse=True)):
        rows = {row for row, _ in part}
        if len(rows) >= ENOUGH and rows not in tried:
            tried.append(rows)
            yield part


def _views(db: Database, rows: Sequence[int]) -> Iterator[View]:
    for row in rows:
        reading = readings.one(db, row)
        if reading is not None and reading.message is not None and reading.facts is not None:
            yield View(reading.message, reading.facts)


def _draft(
    office: Office, db: Database, now: datetime, was: str, class_: str, lines: Sequence[str], rows: Sequence[int]
) -> int | None:
    """Write the rule, prove that it does what it is for, and mail it; None where it cannot be one."""
    holders = people.holders(db, "coordinator")
    present = rule_sets.last_good(db) or files.lying(office.config)
    folder = filing.folder_of(office.rules, class_)
    model = filing.rule_for(office.rules, class_, folder)
    for then in (_then(model, present), [f"Then file in: {folder}"] if folder else []):
        changes = {FILE: _file(office, present, class_, lines, then)}
        if holders and _works(office, db, {**present, **changes}, class_, rows):
            number = ", ".join(f"#{row}" for row in rows)
            lead = (
                f"You have said of {number} that they are {class_}; the rules took them for "
                f"{was or 'nothing they know'}. This rule would say so by itself."
            )
            return rule_mail.propose(
                office, db, now, changes=changes, by=people.name_of(db, holders[0]), person=holders[0], lead=lead
            )
    return None


def _then(model: Rule | None, present: Mapping[str, bytes]) -> list[str]:
    """Return the lines of the rule that shows what is done with a class, but for the class itself."""
    if model is None:
        return []
    wanted = {action.line for action in model.actions if action.verb != "class"}
    found, _ = read_lines(present.get(model.file, b""), model.file)
    return [f"{line.label.capitalize()}: {line.value}".rstrip(": ") for line in found if line.line in wanted]


def _file(
    office: Office, present: Mapping[str, bytes], class_: str, lines: Sequence[str], then: Sequence[str]
) -> bytes:
    text = decoded(present[FILE]).rstrip() + "\n" if FILE in present else HEAD
    names = {rule.name for rule in office.rules.rules}
    number = next(n for n in range(1, len(names) + 2) if f"From your moves {n}" not in names)
    block = [f"Rule: From your moves {number}", *lines, f"Then class: {class_}", *then, "Stop"]
    return (text + "\n" + "\n".join(block) + "\n").encode()


def _works(office: Office, db: Database, wanted: Mapping[str, bytes], class_: str, rows: Sequence[int]) -> bool:
    """Tell whether the whole set is sound with the rule in it, and sorts as she did."""
    try:
        ruleset: RuleSet = build(OfficeFiles.of(wanted, patterns=office.config.rules.patterns), wanted)[0]
    except Problems:
        return False
    views = list(_views(db, rows))
    return bool(views) and all(rules.decide(ruleset, one.message, one.facts).class_ == class_ for one in views)
