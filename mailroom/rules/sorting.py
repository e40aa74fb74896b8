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

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from mailroom.errors import Problem
from mailroom.rules import vocabulary
from mailroom.rules.actions import ANSWERED, FORWARDED, PLACES, TOLD, read_action, read_tell, read_template
from mailroom.rules.conditions import Condition, read_condition
from mailroom.rules.example_lines import Example, read_example
from mailroom.rules.known import Fault, Known
from mailroom.rules.lines import MOST_FAULTS, Line, canonical
from mailroom.rules.model import Action

__all__ = ["ANSWERED", "FORWARDED", "TOLD", "Rule", "read_rules", "read_tell", "read_template"]

Status = Literal["on", "trial", "off"]
_STATUSES: Mapping[str, Status] = {"on": "on", "trial": "trial", "off": "off"}

OPENERS = frozenset({"if", "unless", "then", "should", "status", "rule"})
"""Words that a line of a sorting file begins with."""

_LABELS = ("rule", "if", "unless", "then", "stop", "status", "should catch", "should not catch", "note")


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
    notes: tuple[str, ...] = ()
    """What the coordinator wrote to herself; it changes nothing."""

    @property
    def class_(self) -> str:
        """The class the rule gives, or ""."""
        return next((one.values[0] for one in self.actions if one.verb == "class"), "")


class _Draft:
    """A rule while its lines are being read."""

    def __init__(self, line: Line, file: str) -> None:
        self.head = line
        self.file = file
        self.conditions: list[Condition] = []
        self.actions: list[Action] = []
        self.places: dict[int, Line] = {}
        self.examples: list[Example] = []
        self.notes: list[str] = []
        self.stop = False
        self.status: Status | None = None

    def rule(self) -> Rule:
        return Rule(
            self.head.value,
            self.file,
            self.head.line,
            tuple(self.conditions),
            tuple(self.actions),
            self.stop,
            self.status or "on",
            tuple(self.examples),
            tuple(self.notes),
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
            drafts.append(_Draft(line, file))
            continue
        if not drafts:
            text = "a sorting file begins with “Rule:” and the rule's name."
            problems.append(line.problem(file, text, "Rule"))
            return [], problems
        if line.line in unreadable:
            continue
        try:
            _take(line, drafts[-1], known)
        except Fault as fault:
            problems.append(line.problem(file, fault.text, fault.hint, fault.about))
            faulty.add(len(drafts) - 1)
            if len(problems) == MOST_FAULTS:
                problems.append(Problem(file, 0, f"{MOST_FAULTS} faults are shown; there may be more below them."))
                return [], problems
    faulty |= {_block_of(number, drafts) for number in unreadable}
    whole = [draft for number, draft in enumerate(drafts) if number not in faulty]
    problems += [shape for draft in whole if (shape := _shape(draft)) is not None]
    return [draft.rule() for draft in whole], problems


def _block_of(line: int, drafts: list[_Draft]) -> int:
    """Return the number of the rule that a line stands in, -1 above the first."""
    return sum(draft.head.line <= line for draft in drafts) - 1


def _take(line: Line, draft: _Draft, known: Known) -> None:
    word, _, rest = line.label.partition(" ")
    if word in {"if", "unless"} and rest:
        condition = read_condition(line, known)
        _once(line, seen=condition in draft.conditions)
        draft.conditions.append(condition)
    elif line.label in {"stop", "then stop"}:
        if canonical(line.value) not in {"", "yes", "true"}:
            raise Fault(f"“Stop” stands alone; take “{line.value}” out, or the whole line.", "Stop", line.value)
        _once(line, seen=draft.stop)
        draft.stop = True
    elif word == "then" and rest:
        verb, values = read_action(rest, line, known)
        _once(line, seen=any((one.verb, one.values) == (verb, values) for one in draft.actions))
        draft.actions.append(Action(verb, values, draft.head.value, draft.file, line.line))
        draft.places[line.line] = line
    elif line.label == "status":
        _once(line, seen=draft.status is not None)
        draft.status = _status(line)
    elif line.label in {"should catch", "should not catch"}:
        example = read_example(line, known)
        _once(line, seen=any((one.written, one.caught) == (example.written, example.caught) for one in draft.examples))
        draft.examples.append(example)
    elif line.label == "note":
        draft.notes.append(line.value)
    else:
        near = vocabulary.nearest(line.label, _LABELS)
        raise Fault(f"a rule has no line “{line.label.capitalize()}”.", near.capitalize())


def _once(line: Line, *, seen: bool) -> None:
    """Refuse a line that the rule has already: one of the two was meant to say something else."""
    if seen:
        raise Fault(f"“{line.label.capitalize()}” stands twice in this rule; take one out.")


def _status(line: Line) -> Status:
    status = _STATUSES.get(canonical(line.value))
    if status is None:
        near = vocabulary.nearest(line.value, _STATUSES)
        raise Fault(f"a rule's status is on, trial or off, not “{line.value}”.", near, line.value)
    return status


def _shape(draft: _Draft) -> Problem | None:
    """Refuse what can be read but can't be meant."""
    name, file = draft.head.value, draft.file
    if not any(not one.unless for one in draft.conditions):
        text = f"the rule “{name}” has no “If” line, so it would catch every message."
        return draft.head.problem(file, text, "If from: anyone", name)
    if not draft.actions and not draft.stop:
        return draft.head.problem(file, f"the rule “{name}” has no “Then” line, so it would do nothing.", "", name)
    for verbs, what in ((PLACES, "folders"), (frozenset({"class"}), "classes")):
        found = [one for one in draft.actions if one.verb in verbs]
        if len(found) > 1:
            last = draft.places[found[-1].line]
            text = f"the rule “{name}” names two {what}; a message has one."
            if {one.verb for one in found} & (PLACES - {"file in"}):
                text = f"the rule “{name}” says twice where the message lies: {_listed(found)}."
            return last.problem(file, text, "", last.label.partition(" ")[2])
    return None


def _listed(actions: list[Action]) -> str:
    return " and ".join(f"“Then {one.verb}”" for one in actions)
