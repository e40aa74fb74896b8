"""A case file while its stages are being read: which list each line belongs to, and what can't stand there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from mailroom.rules import vocabulary
from mailroom.rules.cases.checks import CATALOGUE, Whose, read_checks
from mailroom.rules.cases.doing import EFFECTS, read_read
from mailroom.rules.cases.effects import NOWHERE, At, Effect, GoTo, Guard, Item, Set
from mailroom.rules.cases.head import read_deadline
from mailroom.rules.cases.model import Deadline, Stage
from mailroom.rules.cases.scope import Scope
from mailroom.rules.cases.sending import read_chase
from mailroom.rules.cases.triggers import Chase, OnApproved, OnCase, OnCommand, OnForm, OnTime, Trigger, When
from mailroom.rules.cases.waiting import TRIGGERS
from mailroom.rules.known import Fault
from mailroom.rules.lines import Line

THEN: Final = "then "
OTHERWISE: Final = "otherwise "
WHEN: Final = "when "
IF: Final = "if "
DEADLINE: Final = "if nothing happens"
LABELS: Final = (
    "stage", *(f"when {one}" for one in TRIGGERS), *(f"then {one}" for one in EFFECTS),
    *(f"otherwise {one}" for one in EFFECTS), *(f"if {one}" for one in CATALOGUE), "read", "chase", DEADLINE, "note",
)  # fmt: skip
"""Every line a stage may have."""

# Where nobody wrote, nothing can be read, kept or flagged.
_SILENT = (OnTime, OnApproved, OnCase)


@dataclass(slots=True)
class _Guard:
    """An `If` line, and the `Otherwise` lines below it."""

    line: Line
    made: Guard
    otherwise: list[Effect] = field(default_factory=list)

    def closed(self) -> Guard:
        """Return it with what is done where it does not hold."""
        return replace(self.made, otherwise=tuple(self.otherwise))


@dataclass(slots=True)
class _List:
    """What is done on entry, or when `trigger` happens."""

    trigger: Trigger | None
    at: At
    items: list[Effect | _Guard] = field(default_factory=list)
    line: Line | None = None
    broken: bool = False
    """Its `When` line could not be read; what stands below is read all the same."""

    def closed(self) -> tuple[Item, ...]:
        """Return its lines in order."""
        return tuple(one.closed() if isinstance(one, _Guard) else one for one in self.items)


@dataclass(slots=True)
class Block:
    """The lines under one `Stage`, which may name several stages."""

    names: tuple[str, ...]
    line: Line
    at: At
    entering: _List = field(init=False)
    whens: list[_List] = field(default_factory=list)
    chases: list[Chase] = field(default_factory=list)
    deadline: Deadline | None = None
    guardless: bool = False
    """The `If` line above could not be read, so that its `Otherwise` lines are none's fault."""

    def __post_init__(self) -> None:
        """Begin with what is done on entry."""
        self.entering = _List(None, self.at)

    def stages(self) -> list[Stage]:
        """Return a stage for each of its names."""
        whens = tuple(When(one.trigger, one.closed(), one.at) for one in self.whens if one.trigger is not None)
        entering = self.entering.closed()
        return [Stage(name, self.at, entering, whens, tuple(self.chases), self.deadline) for name in self.names]

    def take(self, line: Line, scope: Scope) -> None:
        """Read one line of the block; raises Fault."""
        label = line.label
        if label.startswith(WHEN) and label.removeprefix(WHEN) in TRIGGERS:
            self._when(line, scope)
        elif label == "chase":
            self.chases.append(_once(read_chase(line, scope), self.chases, line))
        elif label == DEADLINE:
            if self.deadline is not None:
                raise Fault("“If nothing happens” stands twice in this stage.")
            self.deadline = read_deadline(line, scope)
        elif label.startswith(IF) and label.removeprefix(IF) in CATALOGUE:
            self._guard(line, scope)
        elif label.startswith(OTHERWISE) and label.removeprefix(OTHERWISE) in EFFECTS:
            self._otherwise(line, scope)
        elif label == "read":
            self._add(line, read_read(line, scope), scope)
        elif label.startswith(THEN) and label.removeprefix(THEN) in EFFECTS:
            self._add(line, EFFECTS[label.removeprefix(THEN)](line, scope), scope)
        else:
            raise Fault(f"a stage has no line “{label.capitalize()}”.", vocabulary.nearest(label, LABELS).capitalize())

    @property
    def _open(self) -> _List:
        return self.whens[-1] if self.whens else self.entering

    def _when(self, line: Line, scope: Scope) -> None:
        self.guardless = False
        made = _List(None, scope.at(line), line=line, broken=True)
        self.whens.append(made)
        trigger = TRIGGERS[line.label.removeprefix(WHEN)](line, scope)
        if any(trigger == other.trigger for other in self.whens):
            text = f"this “{line.label.capitalize()}” stands twice in the stage; only the first would ever be followed."
            raise Fault(text)
        made.trigger, made.broken = trigger, False

    def _guard(self, line: Line, scope: Scope) -> None:
        self._after_leaving(self._open.items, line)
        whose = line.label.removeprefix(IF)
        trigger = self._open.trigger
        form = trigger.form if isinstance(trigger, OnCommand | OnForm) else ""
        self.guardless = True
        if whose in {"form", "message", "sender"} and isinstance(trigger, _SILENT):
            raise Fault(f"there is no {whose} here: nobody has written.", "If requester" if whose == "sender" else "")
        if whose == "form" and not form and trigger is not None:
            raise Fault("there is no form here: the “When” line above names none.", "", "form")
        checks = read_checks(line, whose, scope, form)
        guard = Guard(_WHOSE[whose], checks, (), scope.at(line))
        self._open.items.append(_Guard(line, guard))
        self.guardless = False

    def _otherwise(self, line: Line, scope: Scope) -> None:
        last = self._open.items[-1] if self._open.items else None
        effect = EFFECTS[line.label.removeprefix(OTHERWISE)](line, scope)
        self._of_form(effect, scope)
        if isinstance(last, _Guard):
            self._after_leaving(last.otherwise, line)
            last.otherwise.append(_once(effect, last.otherwise, line))
        elif not self.guardless:
            raise Fault("“Otherwise” stands under an “If” line, and there is none above it.")

    def _add(self, line: Line, effect: Effect, scope: Scope) -> None:
        self.guardless = False
        items = self._open.items
        self._after_leaving(items, line)
        trigger = self._open.trigger
        needs = line.label in {"read", "then record", "then flag"}
        if needs and isinstance(trigger, _SILENT):
            raise Fault(f"“{line.label.capitalize()}” needs a message, and nobody has written here.")
        self._of_form(effect, scope)
        items.append(_once(effect, [one for one in items if not isinstance(one, _Guard)], line))

    def _of_form(self, effect: Effect, scope: Scope) -> None:
        """A field is one of the form at hand. On entry that is the form of whatever led here, which is not known."""
        trigger = self._open.trigger
        if not isinstance(effect, Set) or not effect.field or trigger is None:
            return
        form = trigger.form if isinstance(trigger, OnCommand | OnForm) else ""
        if not form:
            raise Fault("there is no form here: the “When” line above names none.", "", "form")
        fields = scope.known.fields.get(form)
        if fields is not None and effect.field not in fields:
            near = vocabulary.nearest(effect.field, fields)
            raise Fault(f"the form “{form}” has no field “{effect.field}”.", near, effect.field)

    def _after_leaving(self, items: list[Effect | _Guard] | list[Effect], line: Line) -> None:
        last = items[-1] if items else None
        if isinstance(last, GoTo) and last.condition is None:
            word = "Otherwise" if line.label.startswith(OTHERWISE) else "Then"
            raise Fault(f"nothing can follow “{word} go to”: the case has left the stage.")

    def faults(self) -> list[tuple[Line, str]]:
        """Return each `If` line without an answer to what happens where it does not hold, and each empty `When`."""
        lists = [self.entering, *self.whens]
        guards = [one for each in lists for one in each.items if isinstance(one, _Guard)]
        text = "“{}” says nothing of what happens where it does not hold; write an “Otherwise” line below it."
        found = [(one.line, text.format(one.line.label.capitalize())) for one in guards if not one.otherwise]
        empty = "nothing is done here, and nobody would look at what came; write a “Then” line below it."
        return found + [
            (one.line, empty) for one in self.whens if one.line is not None and not one.items and not one.broken
        ]


_WHOSE: Final[Mapping[str, Whose]] = {
    "requester": "requester", "sender": "sender", "form": "form", "case": "case", "message": "message",
}  # fmt: skip
_One = TypeVar("_One", Effect, Chase)


def _once(effect: _One, others: Sequence[Effect | Chase], line: Line) -> _One:
    if any(replace(one, at=NOWHERE) == replace(effect, at=NOWHERE) for one in others):
        raise Fault(f"“{line.label.capitalize()}” stands twice here and says the same; take one out.")
    return effect
