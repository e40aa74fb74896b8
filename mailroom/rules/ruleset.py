"""The coordinator's files as one whole: read, proved, tried, and only then a RuleSet.

A set with any fault is refused with all its faults at once; which set stays in force then is the office's affair.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from mailroom.errors import Problem, Problems
from mailroom.rules import vocabulary
from mailroom.rules.case_files import read_case
from mailroom.rules.cases import CaseFile
from mailroom.rules.conditions import Known
from mailroom.rules.examples import try_examples
from mailroom.rules.lines import Line, canonical, read_lines
from mailroom.rules.lists import read_lists
from mailroom.rules.safety import DANGER_LISTS
from mailroom.rules.samples import Samples, read_samples
from mailroom.rules.schedule_file import Duty, read_schedule
from mailroom.rules.sorting import Rule, read_rules
from mailroom.rules.words import Phrase

SORTING = "sorting/"
CASES = "cases/"
LISTS = "lists.txt"
EXAMPLES = "examples.txt"
SCHEDULE = "schedule.txt"
TOP = "rules/"

# What Word, editors and the desktop leave beside a file.
_LITTER = re.compile(r"(^|/)(~\$|\.)|\.(bak|tmp|swp|orig)$|~$|(^|/)(thumbs\.db|desktop\.ini)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything the coordinator's files say, ready to decide with."""

    rules: tuple[Rule, ...]
    lists: Mapping[str, tuple[Phrase, ...]]
    cases: Mapping[str, CaseFile]
    duties: tuple[Duty, ...]
    samples: Samples = field(default_factory=Samples)
    """What each kind of message sounds like; only suggestions are drawn from it."""


def load(files: Mapping[str, bytes], templates: Collection[str], roles: Collection[str]) -> RuleSet:
    """Read a whole set of rules, or raise Problems with every fault in it.

    `files` by name, such as "rules/sorting/10-danger.txt"; `templates` are names such as "incident/received";
    `roles` the office's roles, beside those every office has.
    """
    problems: list[Problem] = []
    lines = _lines(files, problems)
    unreadable = {(problem.file, problem.line) for problem in problems}
    lists = _lists(lines, problems)
    stems = {_stem(name) for name in lines if _under(name, CASES)}
    all_roles = {canonical(role).replace(" ", "_") for role in roles} | vocabulary.ROLES
    known = Known(lists, sorted(templates), sorted(all_roles), sorted(stems))
    cases = _cases(lines, known, problems)
    rules = _rules(lines, known, unreadable, problems)
    duties: list[Duty] = []
    for name in (one for one in lines if _path(one) == SCHEDULE):
        duties, faults = read_schedule(tuple(line for line in lines[name] if line.values), name, known)
        problems += faults
    samples = Samples()
    for name in (one for one in lines if _path(one) == EXAMPLES):
        samples, faults = read_samples(tuple(line for line in lines[name] if line.values), name, sorted(all_roles))
        problems += faults
    problems += _openers(rules, cases)
    problems += _unreachable(rules)
    for rule in rules:
        if rule.status != "off":
            problems += try_examples(rule, lists)
    if problems:
        raise Problems(sorted(problems, key=lambda one: (one.file, one.line)))
    return RuleSet(tuple(rules), lists, cases, tuple(duties), samples)


def _lines(files: Mapping[str, bytes], problems: list[Problem]) -> dict[str, tuple[Line, ...]]:
    found: dict[str, tuple[Line, ...]] = {}
    for name in sorted(files):
        path = _path(name)
        if _LITTER.search(path) or not path.endswith(".txt"):
            continue
        if not (_under(name, SORTING) or _under(name, CASES) or path in {LISTS, EXAMPLES, SCHEDULE}):
            near = vocabulary.nearest(path, (LISTS, EXAMPLES, SCHEDULE))
            problems.append(Problem(name, 0, "this file is in no place where rules are looked for.", near))
            continue
        found[name], faults = read_lines(files[name], name)
        problems += faults
    return found


def _lists(lines: Mapping[str, tuple[Line, ...]], problems: list[Problem]) -> Mapping[str, tuple[Phrase, ...]]:
    for name in (one for one in lines if _path(one) == LISTS):
        lists, faults = read_lists(tuple(line for line in lines[name] if line.values), name)
        problems += faults
        problems += [
            Problem(name, 0, f"the list “{wanted}” is missing; without it nobody in danger is noticed.")
            for wanted in DANGER_LISTS
            if wanted not in lists
        ]
        return lists
    return {}


def _cases(lines: Mapping[str, tuple[Line, ...]], known: Known, problems: list[Problem]) -> dict[str, CaseFile]:
    cases: dict[str, CaseFile] = {}
    for name in (one for one in lines if _under(one, CASES)):
        made, faults = read_case(tuple(line for line in lines[name] if line.values), _stem(name), name, known)
        problems += faults
        if made is None:
            continue
        for other in cases.values():
            if other.reference == made.reference:
                text = f"the reference {made.reference} is already that of {other.file}."
                problems.append(Problem(name, 0, text))
        cases[made.name] = made
    return cases


def _rules(
    lines: Mapping[str, tuple[Line, ...]], known: Known, unreadable: set[tuple[str, int]], problems: list[Problem]
) -> list[Rule]:
    rules: list[Rule] = []
    for name in (one for one in lines if _under(one, SORTING)):
        found, faults = read_rules(lines[name], name, known, {line for file, line in unreadable if file == name})
        problems += faults
        for rule in found:
            if twin := next((one for one in rules if canonical(one.name) == canonical(rule.name)), None):
                text = f"another rule is called “{rule.name}” already, at {twin.file}:{twin.line}."
                problems.append(Problem(name, rule.line, text))
            rules.append(rule)
    return rules


def _openers(rules: Collection[Rule], cases: Mapping[str, CaseFile]) -> list[Problem]:
    """A rule may open a case only on a class that the case says it opens on."""
    problems: list[Problem] = []
    for rule in rules:
        for action in rule.actions:
            made = cases.get(action.values[0]) if action.verb == "open" else None
            wanted = {trigger.class_ for trigger in made.opens_on} if made else set()
            if made and wanted and rule.class_ and rule.class_ not in wanted:
                text = f"this opens “{made.name}”, which opens only on {' or '.join(sorted(wanted))}."
                problems.append(Problem(rule.file, action.line, text, min(wanted)))
    return problems


def _unreachable(rules: list[Rule]) -> list[Problem]:
    """Find rules that can never hold, as an earlier one asks no more and stops."""
    problems: list[Problem] = []
    stops: list[Rule] = []
    for rule in rules:
        if rule.status == "off":
            continue
        conditions = set(rule.conditions)
        if before := next((one for one in stops if set(one.conditions) <= conditions), None):
            text = (
                f"the rule “{rule.name}” is never reached: “{before.name}” at {before.file}:{before.line} stops first"
            )
            problems.append(Problem(rule.file, rule.line, text))
        if rule.stop and rule.status == "on":
            stops.append(rule)
    return problems


def _path(name: str) -> str:
    return name.replace("\\", "/").removeprefix(TOP)


def _under(name: str, folder: str) -> bool:
    return _path(name).startswith(folder)


def _stem(name: str) -> str:
    return canonical(_path(name).rpartition("/")[2].removesuffix(".txt"))
