"""Sorting rules: from labelled lines to frozen rules, with every fault collected.

    Rule: Replies about a meeting
    If from: any member
    If subject contains: RSVP; can attend
    Unless message is: automatic reply
    Then class: mtg.rsvp
    Then file in: Meetings/Replies
    Stop
    Status: trial
    Should catch: Re: RSVP - quarterly meeting 4 March
    Should not catch: RSVP to win a holiday

What each line means stands in conditions.py (If, Unless) and here (Then).
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from mailroom.errors import Problem
from mailroom.rules import vocabulary
from mailroom.rules.conditions import Condition, Fault, Known, read_condition
from mailroom.rules.lines import Line, canonical
from mailroom.rules.model import Action

Status = Literal["on", "trial", "off"]
_STATUSES: Mapping[str, Status] = {"on": "on", "trial": "trial", "off": "off"}

TOLD = "notice/told"
FORWARDED = "notice/forwarded"
ANSWERED = "the case it answers"

_LABELS = ("rule", "if", "unless", "then", "stop", "status", "should catch", "should not catch")
_FOLDER = re.compile(r"[^\W_][\w .&'()-]*(/[^\W_][\w .&'()-]*)*")
_ASIDES = re.compile(r",?\s*\b(straight away|at once|any hour)\b")


@dataclass(frozen=True, slots=True)
class Example:
    """A line the rule's author wants caught, or not."""

    text: str
    caught: bool
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One block of a sorting file; all `conditions` must hold, then `actions` happen in order."""

    name: str
    file: str
    line: int
    conditions: tuple[Condition, ...]
    actions: tuple[Action, ...]
    stop: bool
    status: Status
    examples: tuple[Example, ...]

    @property
    def class_(self) -> str:
        """The class the rule gives, or ""."""
        return next((one.values[0] for one in self.actions if one.verb == "class"), "")


class _Draft:
    """A rule while its lines are being read."""

    def __init__(self, name: str, file: str, line: int) -> None:
        self.name = name
        self.file = file
        self.line = line
        self.conditions: list[Condition] = []
        self.actions: list[Action] = []
        self.stop = False
        self.status: Status = "on"
        self.examples: list[Example] = []

    def rule(self) -> Rule:
        return Rule(
            self.name,
            self.file,
            self.line,
            tuple(self.conditions),
            tuple(self.actions),
            self.stop,
            self.status,
            tuple(self.examples),
        )


def read_rules(
    lines: tuple[Line, ...], file: str, known: Known, unreadable: Collection[int] = ()
) -> tuple[list[Rule], list[Problem]]:
    """Read one sorting file. Rules with a fault in them are left out; the fault is returned.

    `unreadable` are the numbers of lines already reported as no labelled lines at all.
    """
    drafts: list[_Draft] = []
    problems: list[Problem] = []
    faulty: set[int] = set()
    for line in lines:
        if line.label == "rule":
            drafts.append(_Draft(line.value, file, line.line))
            continue
        if not drafts:
            problems.append(Problem(file, line.line, "a sorting file begins with “Rule:” and the rule's name.", "Rule"))
            return [], problems
        if line.line in unreadable:
            continue
        try:
            _take(line, drafts[-1], known)
        except Fault as fault:
            problems.append(Problem(file, line.line, fault.text, fault.hint))
            faulty.add(len(drafts) - 1)
    faulty |= {_block_of(number, drafts) for number in unreadable}
    whole = [draft.rule() for number, draft in enumerate(drafts) if number not in faulty]
    problems += [shape for rule in whole if (shape := _shape(rule)) is not None]
    return whole, problems


def _block_of(line: int, drafts: list[_Draft]) -> int:
    """Return the number of the rule that a line stands in, -1 above the first."""
    return sum(draft.line <= line for draft in drafts) - 1


def read_tell(value: str, default: str, known: Known) -> tuple[str, ...]:
    """Read `coordinator; cover, straight away with danger/alert` into roles and, last, a template.

    Raises Fault on an unknown role or template.
    """
    value = _ASIDES.sub("", value)
    named, _, template = value.partition(" with ")
    roles = [_role(one, known) for one in re.split(r"[;,]", named) if one.strip()]
    if not roles:
        raise Fault("nobody is named.", "coordinator")
    return (*dict.fromkeys(roles), read_template(template or default, known))


def read_template(value: str, known: Known) -> str:
    """Return the name of a template the office has; raises Fault."""
    name = canonical(value).removesuffix(".md")
    if name not in known.templates:
        raise Fault(f"there is no template “{name}”.", vocabulary.nearest(name, known.templates))
    return name


def _take(line: Line, draft: _Draft, known: Known) -> None:
    word, _, rest = line.label.partition(" ")
    if word in {"if", "unless"} and rest:
        draft.conditions.append(read_condition(line, known))
    elif word == "then" and rest:
        if rest == "stop":
            draft.stop = True
            return
        draft.actions.append(Action(rest, _action(rest, line, known), draft.name, draft.file, line.line))
    elif line.label == "stop":
        draft.stop = True
    elif line.label == "status":
        status = _STATUSES.get(canonical(line.value))
        if status is None:
            raise Fault(
                f"a rule's status is on, trial or off, not “{line.value}”.", vocabulary.nearest(line.value, _STATUSES)
            )
        draft.status = status
    elif line.label in {"should catch", "should not catch"}:
        draft.examples.append(Example(line.value, line.label == "should catch", line.line))
    else:
        near = vocabulary.nearest(line.label, _LABELS)
        raise Fault(f"a rule has no line “{line.label.capitalize()}”.", near.capitalize())


def _action(verb: str, line: Line, known: Known) -> tuple[str, ...]:
    reader = _ACTIONS.get(verb)
    if reader is None:
        if verb in {"delete", "bin", "bounce"}:
            raise Fault("no rule can delete a message.", "file in")
        raise Fault(f"there is no action “{verb}”.", vocabulary.nearest(verb, _ACTIONS))
    return reader(line, known)


def _class(line: Line, _: Known) -> tuple[str, ...]:
    name = canonical(line.value)
    if name not in vocabulary.CLASSES:
        raise Fault(f"there is no class “{name}”.", vocabulary.nearest(name, vocabulary.CLASSES))
    return (name,)


def _flags(line: Line, _: Known) -> tuple[str, ...]:
    flags = tuple(canonical(value).replace(" ", "_").replace("-", "_") for value in line.values)
    for flag in flags:
        if flag not in vocabulary.FLAGS:
            raise Fault(f"there is no flag “{flag}”.", vocabulary.nearest(flag, vocabulary.FLAGS))
    return flags


def _folder(line: Line, _: Known) -> tuple[str, ...]:
    folder = "/".join(part.strip() for part in line.value.split("/"))
    if not _FOLDER.fullmatch(folder):
        raise Fault(f"“{line.value}” is no folder; write it like Meetings/Replies.")
    return (folder,)


def _role(value: str, known: Known) -> str:
    found = vocabulary.role(value, known.roles)
    if not found:
        near = vocabulary.nearest(value, [one.replace("_", " ") for one in known.roles])
        raise Fault(f"there is no role “{canonical(value)}”.", near)
    return found


def _case(line: Line, known: Known) -> tuple[str, ...]:
    kind = canonical(line.value)
    if kind not in known.cases:
        raise Fault(f"there is no file cases/{kind}.txt.", vocabulary.nearest(kind, known.cases))
    return (kind,)


def _link(line: Line, known: Known) -> tuple[str, ...]:
    return (ANSWERED,) if canonical(line.value) == ANSWERED else _case(line, known)


_ACTIONS: Mapping[str, Callable[[Line, Known], tuple[str, ...]]] = {
    "class": _class,
    "flag": _flags,
    "file in": _folder,
    "reply with": lambda line, known: (read_template(line.value, known),),
    "tell": lambda line, known: read_tell(line.value, TOLD, known),
    "forward to": lambda line, known: read_tell(line.value, FORWARDED, known),
    "open": _case,
    "link": _link,
    "quarantine": lambda line, _: (line.value,),
}


def _shape(rule: Rule) -> Problem | None:
    """Refuse what can be read but can't be meant."""
    if not any(not one.unless for one in rule.conditions):
        text = f"the rule “{rule.name}” has no “If” line, so it would catch every message."
        return Problem(rule.file, rule.line, text, "If from: anyone")
    if not rule.actions and not rule.stop:
        return Problem(rule.file, rule.line, f"the rule “{rule.name}” has no “Then” line, so it would do nothing.")
    for verb, what in (("file in", "folders"), ("class", "classes")):
        places = {one.values for one in rule.actions if one.verb == verb}
        if len(places) > 1:
            line = [one.line for one in rule.actions if one.verb == verb][-1]
            return Problem(rule.file, line, f"the rule “{rule.name}” names two {what}; a message has one.")
    return None
