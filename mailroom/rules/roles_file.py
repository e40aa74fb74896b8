"""`roles.txt`: the roles an office has, what each means, and which commands it may give beside those of its processes.

    Role: station commander
    Means: runs a station, and offers places to observe
    May: NOTE; LINK

Every office has the roles of vocabulary.ROLES; this file says what they mean here, and may add others. Who holds a
role stands in people.csv. A process file names further commands by itself: `When command: RELEASE, from coordinator`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from mailroom.errors import Problem
from mailroom.rules import vocabulary
from mailroom.rules.commands.verbs import VERBS, verb_of
from mailroom.rules.lines import Line, canonical, read_lines

_LABELS: Final = ("role", "means", "may", "note")
_NAME = re.compile(r"[a-z][a-z &_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Role:
    """One role: its name as rules write it, what it means, and the verbs it may use; `line` is where it stands."""

    name: str
    means: str = ""
    may: tuple[str, ...] = ()
    line: int = 0


def read_roles_file(lines: tuple[Line, ...], file: str) -> tuple[dict[str, Role], list[Problem]]:
    """Read the roles and every fault; that a verb is known is seen once the process files are read."""
    found: dict[str, Role] = {}
    problems: list[Problem] = []
    open_: str | None = None
    for line in lines:
        if line.label == "role":
            open_ = _name(line, file, found, problems)
            if open_:
                found[open_] = Role(open_, line=line.line)
        elif line.label not in _LABELS:
            near = vocabulary.nearest(line.label, _LABELS).capitalize()
            problems.append(line.problem(file, f"a role has no line “{line.label.capitalize()}”.", near))
        elif line.label == "note" or open_ == "":
            continue
        elif open_ is None:
            text = f"“{line.label.capitalize()}” must stand under a “Role:” with its name."
            problems.append(line.problem(file, text, "Role"))
        elif (line.label == "means" and found[open_].means) or (line.label == "may" and found[open_].may):
            problems.append(line.problem(file, f"“{line.label.capitalize()}” stands twice for “{open_}”."))
        elif line.label == "means":
            found[open_] = Role(open_, line.value, found[open_].may, found[open_].line)
        else:
            verbs = tuple(dict.fromkeys(canonical(one) for one in line.values))
            found[open_] = Role(open_, found[open_].means, verbs, line.line)
    return found, problems


def names(data: bytes | None) -> frozenset[str]:
    """Return the roles of an office whose roles.txt is this: those every office has, and its own; None for no file."""
    lines, _ = read_lines(data or b"", "roles.txt")
    found, _ = read_roles_file(tuple(line for line in lines if line.values), "roles.txt")
    return vocabulary.ROLES | found.keys()


def _name(line: Line, file: str, found: Mapping[str, Role], problems: list[Problem]) -> str:
    """Return the name of a new role, "" where it is none."""
    written = canonical(line.value)
    name = vocabulary.role(written, vocabulary.ROLES) or "_".join(written.replace("-", " ").split())
    if not _NAME.fullmatch(written):
        problems.append(line.problem(file, f"“{line.value}” can't be a role; use a few words.", about=line.value))
        return ""
    if name in found:
        problems.append(line.problem(file, f"the role “{written}” stands twice.", about=line.value))
        return ""
    return name


def prove_roles(roles: Mapping[str, Role], of_cases: Collection[str], file: str) -> list[Problem]:
    """Return a fault for each verb that is neither of every office nor waited for by any process."""
    problems: list[Problem] = []
    for role in roles.values():
        for verb in role.may:
            if verb_of(verb) is None and verb not in of_cases:
                near = vocabulary.nearest(verb, [*VERBS, *of_cases]).upper()
                text = f"{verb.upper()} is no command of an office, and no process waits for it."
                problems.append(Problem(file, role.line, text, near))
    return problems
