"""`groups.txt`: groups of members by name, for every process that means the same people.

    Group: called
    Who: members who are active; vetted now; confidential; inducted; not on leave

A process uses one by its name, or with a line of its own, `Group called: as in groups`. Where a check asks for a fact,
such as `not recused for place`, each process that uses the group must know that fact.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from mailroom.errors import Problem
from mailroom.rules import vocabulary
from mailroom.rules.cases.checks import OF_PERSON
from mailroom.rules.cases.effects import At
from mailroom.rules.cases.head import MEMBERS, group
from mailroom.rules.cases.model import CaseGroup
from mailroom.rules.cases.scope import Fact, Scope
from mailroom.rules.known import Fault, Known
from mailroom.rules.lines import Line, canonical

_LABELS: Final = ("group", "who", "note")
_NAME = re.compile(r"[a-z][\w '-]{0,40}")


def read_groups_file(lines: tuple[Line, ...], file: str, known: Known) -> tuple[dict[str, CaseGroup], list[Problem]]:
    """Read the groups and every fault."""
    found: dict[str, CaseGroup] = {}
    problems: list[Problem] = []
    name: str | None = None
    empty: dict[str, Line] = {}
    for line in lines:
        if line.label == "group":
            name = _name(line, file, found, empty, problems)
            if name:
                empty[name] = line
        elif line.label not in _LABELS:
            near = vocabulary.nearest(line.label, _LABELS).capitalize()
            problems.append(line.problem(file, f"a group has no line “{line.label.capitalize()}”.", near))
            empty.pop(name or "", None)
        elif line.label == "note" or name == "":
            continue
        elif name is None:
            problems.append(line.problem(file, "“Who” must stand under a “Group:” with its name.", "Group"))
        elif name in found:
            problems.append(line.problem(file, f"“Who” stands twice for “{name}”."))
        else:
            empty.pop(name, None)
            try:
                found[name] = _group(name, line, file, known)
            except Fault as fault:
                problems.append(line.problem(file, fault.text, fault.hint, fault.about))
    problems += [
        line.problem(file, f"the group “{one}” has nobody in it.", "Who: members who are active")
        for one, line in empty.items()
    ]
    return found, problems


def facts_of(group: CaseGroup) -> tuple[str, ...]:
    """Return the facts that a group asks of each case that uses it."""
    return tuple(dict.fromkeys(check.about for check in group.checks if check.about))


def _name(
    line: Line, file: str, found: Mapping[str, CaseGroup], empty: Mapping[str, Line], problems: list[Problem]
) -> str:
    name = canonical(line.value)
    if not _NAME.fullmatch(name):
        problems.append(line.problem(file, f"“{line.value}” can't be a group; use a few words.", about=line.value))
        return ""
    if name in found or name in empty:
        problems.append(line.problem(file, f"the group “{name}” stands twice.", about=line.value))
        return ""
    return name


def _group(name: str, line: Line, file: str, known: Known) -> CaseGroup:
    if not MEMBERS.fullmatch(canonical(line.value)):
        text = "a group of every process is “members who are …”; others stand in the process file."
        raise Fault(text, "members who are active; vetted now", line.value)
    scope = Scope("groups", file, known, {fact.name: fact for fact in _asked(line)})
    return group(name, line, scope, At(file, line.line))


def _asked(line: Line) -> Iterator[Fact]:
    """Return the facts that the checks of a line name: whether a case knows them is seen where it uses the group."""
    for value in line.values:
        bare = canonical(value).rpartition("members who are ")[2].removeprefix("not ")
        for name, kind in OF_PERSON.items():
            if kind.takes and bare.startswith(f"{name} "):
                yield Fact(bare.removeprefix(name).strip(), "moment" if kind.takes == "date" else "other")
