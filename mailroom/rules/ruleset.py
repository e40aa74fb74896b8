"""The coordinator's files as one whole: read, proved, tried, and only then a RuleSet.

A set with any fault is refused with all its faults at once; which set stays in force then is the office's affair.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from mailroom.errors import Problem, Problems
from mailroom.rules import proof, vocabulary
from mailroom.rules.cases import CaseFile, CaseGroup, read_case
from mailroom.rules.cases.together import prove_together, stages
from mailroom.rules.cases.verbs import verbs_of
from mailroom.rules.examples import try_examples
from mailroom.rules.forms import Form, read_form
from mailroom.rules.groups_file import facts_of, read_groups_file
from mailroom.rules.known import Known
from mailroom.rules.lines import Line, canonical, read_lines
from mailroom.rules.lists import read_lists
from mailroom.rules.roles_file import Role, prove_roles, read_roles_file
from mailroom.rules.safety import DANGER_LISTS
from mailroom.rules.samples import Samples, read_samples
from mailroom.rules.schedule_file import Duty, read_schedule
from mailroom.rules.sorting import OPENERS, Rule, read_rules
from mailroom.rules.words import Phrase

SORTING = "sorting/"
CASES = "cases/"
FORMS = "forms/"
LISTS = "lists.txt"
EXAMPLES = "examples.txt"
SCHEDULE = "schedule.txt"
ROLES = "roles.txt"
GROUPS = "groups.txt"
TOP = "rules/"
_ALONE = (LISTS, EXAMPLES, SCHEDULE, ROLES, GROUPS)

MOST_RULES = 1000

# What Word, editors and the desktop leave beside a file.
_LITTER = re.compile(r"(^|/)(~\$|\.)|\.(bak|tmp|swp|orig)$|~$|(^|/)(thumbs\.db|desktop\.ini)$", re.IGNORECASE)

# Words of prose may begin a value that goes on; in these files they begin a line of their own.
_OPENERS = {SORTING: OPENERS, CASES: frozenset({"if", "then", "when", "otherwise", "stage", "chase"})}


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything the coordinator's files say, ready to decide with."""

    rules: tuple[Rule, ...]
    lists: Mapping[str, tuple[Phrase, ...]]
    cases: Mapping[str, CaseFile]
    duties: tuple[Duty, ...]
    samples: Samples = field(default_factory=Samples)
    """What each kind of message sounds like; only suggestions are drawn from it."""
    forms: Mapping[str, Form] = field(default_factory=dict)
    """The forms that mails may fill in, by the names of their files."""
    groups: Mapping[str, CaseGroup] = field(default_factory=dict)
    """Groups of members that any process may use by name."""
    roles: Mapping[str, Role] = field(default_factory=dict)
    """What roles.txt says of the office's roles."""
    verbs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The commands that processes wait for or open on, and those of roles.txt, each with the roles it counts from."""


@dataclass(frozen=True, slots=True)
class _Read:
    """The lines of every file, and what is wrong with them so far."""

    lines: Mapping[str, tuple[Line, ...]]
    problems: list[Problem]

    def under(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, in order."""
        return [name for name in self.lines if _path(name).startswith(folder)]

    def whole(self, name: str) -> tuple[Line, ...]:
        """Return the lines of a file that say something; one without a value is a fault already told."""
        return tuple(line for line in self.lines[name] if line.values)


def load(
    files: Mapping[str, bytes],
    templates: Collection[str],
    roles: Collection[str],
    *,
    patterns: bool = False,
    enclosed: Collection[str] | None = None,
) -> RuleSet:
    """Read a whole set of rules, or raise Problems with every fault in it.

    `files` by name, such as "rules/sorting/10-danger.txt"; `templates` are names such as "incident/received";
    `roles` the office's roles, beside those every office has; `patterns` whether “matches pattern” is allowed.
    `enclosed` are the files that may go along with mails, None where nobody has looked.
    """
    read = _lines(files)
    problems = read.problems
    unreadable = {(problem.file, problem.line) for problem in problems}
    lists = _lists(read)
    told = _roles(read)
    all_roles = sorted({canonical(role).replace(" ", "_") for role in roles} | vocabulary.ROLES | told.keys())
    stems = sorted({_stem(name) for name in read.under(CASES)})
    forms = _forms(read)
    known = Known(
        lists,
        sorted(templates),
        all_roles,
        stems,
        patterns=patterns,
        files=enclosed,
        forms=sorted({_stem(name) for name in read.under(FORMS)}),
        fields={name: [field.label for field in form.fields] for name, form in forms.items()},
    )
    groups = _groups(read, known)
    known = replace(known, groups={name: facts_of(one) for name, one in groups.items()})
    cases = _cases(read, known)
    verbs = verbs_of(cases.values(), told.values())
    if len(cases) == len(stems):
        # A file with a fault in it may be the one that another speaks of.
        problems += prove_together(cases)
        problems += prove_roles(told, verbs_of(cases.values(), ()), TOP + ROLES)
    known = replace(
        known,
        stages={name: stages(made) for name, made in cases.items()},
        references=sorted({made.reference for made in cases.values()}),
        facts={name: {one.fact: one.choices for one in made.read} for name, made in cases.items()},
    )
    rules = _rules(read, known, unreadable)
    duties = _schedule(read, known)
    samples = _samples(read, all_roles)
    if len(rules) > MOST_RULES:
        text = f"there are {len(rules)} rules; nobody can oversee more than {MOST_RULES}, so no more are taken."
        problems.append(Problem(TOP + SORTING, 0, text))
    else:
        problems += proof.prove(rules, cases)
    for rule in rules:
        if rule.status != "off":
            problems += try_examples(rule, lists)
    if problems:
        raise Problems(sorted(problems, key=lambda one: (one.file, one.line)))
    return RuleSet(tuple(rules), lists, cases, tuple(duties), samples, forms, groups, told, verbs)


def _lines(files: Mapping[str, bytes]) -> _Read:
    found: dict[str, tuple[Line, ...]] = {}
    problems: list[Problem] = []
    for name in sorted(files):
        path = _path(name)
        if _LITTER.search(path) or not path.endswith(".txt"):
            continue
        folder = path[: path.find("/") + 1]
        if folder not in {SORTING, CASES, FORMS} and path not in _ALONE:
            near = vocabulary.nearest(path, _ALONE)
            problems.append(Problem(name, 0, "this file is in no place where rules are looked for.", near))
            continue
        found[name], faults = read_lines(files[name], name, openers=_OPENERS.get(folder, ()))
        problems += faults
    return _Read(found, problems)


def _schedule(read: _Read, known: Known) -> list[Duty]:
    for name in read.under(SCHEDULE):
        duties, faults = read_schedule(read.whole(name), name, known)
        read.problems.extend(faults)
        return duties
    return []


def _samples(read: _Read, roles: Collection[str]) -> Samples:
    for name in read.under(EXAMPLES):
        samples, faults = read_samples(read.whole(name), name, roles)
        read.problems.extend(faults)
        return samples
    return Samples()


def _lists(read: _Read) -> Mapping[str, tuple[Phrase, ...]]:
    for name in read.under(LISTS):
        lists, faults = read_lists(read.whole(name), name)
        read.problems.extend(faults)
        read.problems.extend(
            Problem(name, 0, f"the list “{wanted}” is missing; without it nobody in danger is noticed.")
            for wanted in DANGER_LISTS
            if wanted not in lists
        )
        return lists
    return {}


def _roles(read: _Read) -> dict[str, Role]:
    for name in read.under(ROLES):
        roles, faults = read_roles_file(read.whole(name), name)
        read.problems.extend(faults)
        return roles
    return {}


def _groups(read: _Read, known: Known) -> dict[str, CaseGroup]:
    for name in read.under(GROUPS):
        groups, faults = read_groups_file(read.whole(name), name, known)
        read.problems.extend(faults)
        return groups
    return {}


def _cases(read: _Read, known: Known) -> dict[str, CaseFile]:
    cases: dict[str, CaseFile] = {}
    for name in read.under(CASES):
        made, faults = read_case(read.lines[name], _stem(name), name, known)
        read.problems.extend(faults)
        if made is None:
            continue
        for other in cases.values():
            if other.reference == made.reference:
                text = f"the reference {made.reference} is already that of {other.file}."
                read.problems.append(Problem(name, 0, text))
        cases[made.name] = made
    return cases


def _forms(read: _Read) -> dict[str, Form]:
    forms: dict[str, Form] = {}
    for name in read.under(FORMS):
        made, faults = read_form(read.lines[name], _stem(name), name)
        read.problems.extend(faults)
        if made is not None:
            forms[made.name] = made
    return forms


def _rules(read: _Read, known: Known, unreadable: set[tuple[str, int]]) -> list[Rule]:
    rules: list[Rule] = []
    called: dict[str, Rule] = {}
    for name in read.under(SORTING):
        broken = {line for file, line in unreadable if file == name}
        found, faults = read_rules(read.lines[name], name, known, broken)
        read.problems.extend(faults)
        for rule in found:
            twin = called.setdefault(canonical(rule.name), rule)
            if twin is not rule:
                text = f"another rule is called “{rule.name}” already, at {twin.file}:{twin.line}."
                read.problems.append(Problem(name, rule.line, text))
            rules.append(rule)
    return rules


def _path(name: str) -> str:
    return name.replace("\\", "/").removeprefix(TOP)


def _stem(name: str) -> str:
    return canonical(_path(name).rpartition("/")[2].removesuffix(".txt"))
