"""Case files: from labelled lines to a CaseFile, with every fault collected.

    Case: Incident call
    Reference: INC
    Opens on: inc.request from any officer
    Owner: coordinator; cover when she is away
    Final: closed

    Stage: received
    Then send: incident/received to requester, any hour
    Then go to: triaged

    Stage: triaged
    When message: inc.advice from recused member
    Then send: incident/kept-apart to sender

What a case then does is played by cases.py.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from mailroom.errors import Problem
from mailroom.rules import vocabulary
from mailroom.rules.actions import TOLD, read_flag, read_tell, read_template
from mailroom.rules.case_old import (
    ANY,
    REQUESTER,
    SENDER,
    CaseFile,
    Deadline,
    Effect,
    Event,
    Flag,
    GoTo,
    Send,
    Stage,
    Tell,
    Trigger,
    When,
    step,
)
from mailroom.rules.known import Fault, Known, one_of
from mailroom.rules.lines import Line, canonical
from mailroom.rules.who import group, names

__all__ = ["CaseFile", "Effect", "Event", "read_case", "step"]

_ONE_WORD = re.compile(r"[\w ]{1,40}")
_DEADLINE = re.compile(r"task to (.{1,80}), (\d{1,3}) working days? after entry")
_REFERENCE = re.compile(r"[A-Z]{2,6}")
_HEAD = ("case", "reference", "opens on", "owner", "seal", "read", "final", "if nothing happens")
_BODY = ("stage", "when message", "then send", "then go to", "then tell", "then flag")

# Lines of the full case language that this version does not follow. They are refused by name, so that nobody
# believes in a deadline that nothing keeps.
_LATER = frozenset(
    {
        "keep apart", "if unfit at sending", "when command", "when time", "when form", "when flag", "when approved",
        "if form", "if requester", "otherwise send", "otherwise go to", "then set", "then record", "then hold",
        "then open", "chase",
    },
)  # fmt: skip
_LATER_START = ("group ",)


class _Reader:
    """A case file while its lines are being read; what it can't understand goes to `problems`."""

    def __init__(self, name: str, file: str, known: Known) -> None:
        self.name = name
        self.file = file
        self.known = known
        self.problems: list[Problem] = []
        self.blank: set[str] = set()
        self.head: dict[str, Line] = {}
        self.opens_on: list[Trigger] = []
        self.owner: tuple[str, ...] = ()
        self.deadline: Deadline | None = None
        self.blocks: list[tuple[tuple[str, ...], int]] = []
        self.entering: list[list[Effect]] = []
        self.whens: list[list[tuple[Trigger, int, list[Effect]]]] = []

    def take(self, line: Line) -> None:
        """Read one line; one without a value is a fault already told."""
        if not line.values:
            self.blank.add(line.label)
            return
        try:
            self._take(line)
        except Fault as fault:
            self.problems.append(line.problem(self.file, fault.text, fault.hint, fault.about))

    def _take(self, line: Line) -> None:
        if line.label == "note":
            return
        if line.label in _LATER or line.label.startswith(_LATER_START):
            raise Fault(f"“{line.label.capitalize()}” is not followed yet by this version; take the line out.")
        if line.label == "stage":
            self._stage(line)
        elif not self.blocks:
            self._of_head(line)
        else:
            self._of_stage(line)

    def _stage(self, line: Line) -> None:
        names = tuple(canonical(value) for value in line.values)
        # The block is kept even when its name is wrong, so that the lines below are read in their place.
        self.blocks.append((names, line.line))
        self.entering.append([])
        self.whens.append([])
        for name in names:
            if not _ONE_WORD.fullmatch(name):
                raise Fault(f"“{name}” can't be the name of a stage; use letters and underscores.", "", name)

    def _of_head(self, line: Line) -> None:
        if line.label not in _HEAD:
            raise Fault(
                f"a case has no line “{line.label.capitalize()}” before its first stage.",
                vocabulary.nearest(line.label, (*_HEAD, "stage")).capitalize(),
            )
        if line.label in self.head:
            raise Fault(f"“{line.label.capitalize()}” stands twice.")
        self.head[line.label] = line
        if line.label == "opens on":
            self.opens_on += [self._trigger(value) for value in line.values]
        elif line.label == "if nothing happens":
            self.deadline = self._deadline(line)
        elif line.label == "owner":
            # "cover when she is away" names the role and says when in words for people.
            roles = [canonical(value).partition(" when ")[0] for value in line.values]
            self.owner = read_tell(";".join(roles), TOLD, self.known)[:-1]

    def _deadline(self, line: Line) -> Deadline:
        found = _DEADLINE.fullmatch(canonical(line.value))
        if not found:
            raise Fault("“If nothing happens” is written like “task to coordinator, 2 working days after entry”.")
        return Deadline(read_tell(found[1], TOLD, self.known)[:-1], int(found[2]), line.line)

    def _of_stage(self, line: Line) -> None:
        if line.label == "when message":
            trigger = self._trigger(line.value)
            if any(trigger == other for other, _, _ in self.whens[-1]):
                raise Fault("this “When message” stands twice in the stage; only the first would ever be followed.")
            self.whens[-1].append((trigger, line.line, []))
            return
        reader = self._effects().get(line.label)
        if reader is None:
            raise Fault(
                f"a stage has no line “{line.label.capitalize()}”.", vocabulary.nearest(line.label, _BODY).capitalize()
            )
        effects = self.whens[-1][-1][2] if self.whens[-1] else self.entering[-1]
        if effects and isinstance(effects[-1], GoTo):
            raise Fault("nothing can follow “Then go to”: the case has left the stage.")
        effect = reader(line)
        if any(replace(one, line=0) == replace(effect, line=0) for one in effects):
            raise Fault(f"“{line.label.capitalize()}” stands twice here and says the same; take one out.")
        effects.append(effect)

    def _effects(self) -> Mapping[str, Callable[[Line], Effect]]:
        return {
            "then send": self._send,
            "then go to": lambda line: GoTo(canonical(line.value), self.file, line.line),
            "then tell": self._tell,
            "then flag": self._flag,
        }

    def _send(self, line: Line) -> Send:
        template, *rest = re.split(r" to ", line.value, maxsplit=1, flags=re.IGNORECASE)
        if not rest:
            raise Fault("“Then send” needs a template and a recipient.", "incident/received to requester")
        named, *modifiers = [part.strip() for part in rest[0].split(",")]
        modifiers = [canonical(one) for one in modifiers]
        for one in modifiers:
            if one not in {"any hour", "once each"}:
                raise Fault(
                    f"“{one}” is not a way to send that this version follows.",
                    vocabulary.nearest(one, ("any hour", "once each")),
                    one,
                )
        people = tuple(self._recipient(one) for one in named.split(";") if one.strip())
        any_hour, once = "any hour" in modifiers, "once each" in modifiers
        return Send(read_template(template, self.known), people, any_hour, self.file, line.line, once)

    def _recipient(self, written: str) -> str:
        name = canonical(written)
        if name in {REQUESTER, SENDER}:
            return name
        found = vocabulary.role(name, self.known.roles)
        if not found:
            roles = [one.replace("_", " ") for one in self.known.roles]
            raise Fault(
                f"“{name}” is neither a role nor requester nor sender.",
                vocabulary.nearest(name, [REQUESTER, SENDER, *roles]),
                name,
            )
        return found

    def _tell(self, line: Line) -> Tell:
        *roles, template = read_tell(line.value, TOLD, self.known)
        return Tell(tuple(roles), template, self.file, line.line)

    def _flag(self, line: Line) -> Flag:
        return Flag(read_flag(line.value), self.file, line.line)

    def _trigger(self, written: str) -> Trigger:
        class_, _, people = canonical(written).partition(" from ")
        one_of(class_, vocabulary.CLASSES, "class")
        if people == REQUESTER:
            return Trigger(class_, None, requester=True)
        found = group(people, self.known.roles) if people else None
        if people and found is None:
            raise Fault(
                f"“{people}” is no group or role.",
                vocabulary.nearest(people, [REQUESTER, *names(self.known.roles)]),
                people,
            )
        return Trigger(class_, found)

    def case_file(self) -> CaseFile | None:
        """Return the whole, or None when something essential is missing."""
        # A line that is there and misspelt, or blank, is not missing as well.
        told = self.blank | {problem.hint.casefold() for problem in self.problems}
        for label, example in (("case", "Incident call"), ("reference", "INC"), ("owner", "coordinator")):
            if label not in self.head and label not in told:
                hint = f"{label.capitalize()}: {example}"
                self.problems.append(Problem(self.file, 0, f"the line “{label.capitalize()}” is missing.", hint))
        stages = [
            Stage(name, line, tuple(entering), tuple(When(trigger, tuple(then), at) for trigger, at, then in whens))
            for (names, line), entering, whens in zip(self.blocks, self.entering, self.whens, strict=True)
            for name in names
        ]
        ordinary = tuple(one for one in stages if one.name != ANY)
        if not ordinary and "stage" not in told:
            self.problems.append(Problem(self.file, 0, "a case needs at least one stage.", "Stage: received"))
        if self.problems or self.blank:
            return None
        reference = self.head["reference"].value.strip().upper()
        if not _REFERENCE.fullmatch(reference):
            line = self.head["reference"]
            text = "a reference is two to six letters, such as INC."
            self.problems.append(line.problem(self.file, text, about=line.value))
        made = CaseFile(
            self.name,
            self._value("case"),
            reference,
            self.file,
            tuple(self.opens_on),
            self.owner,
            self._value("seal"),
            self.head["read"].values if "read" in self.head else (),
            self.deadline,
            tuple(canonical(one) for one in self.head["final"].values) if "final" in self.head else (),
            ordinary,
            next((one for one in stages if one.name == ANY), None),
        )
        self.problems += _prove(made)
        return made

    def _value(self, label: str) -> str:
        return self.head[label].value if label in self.head else ""


def read_case(lines: tuple[Line, ...], name: str, file: str, known: Known) -> tuple[CaseFile | None, list[Problem]]:
    """Read one case file; None when there is a fault in it."""
    reader = _Reader(name, file, known)
    for line in lines:
        reader.take(line)
    made = reader.case_file()
    return (None if reader.problems else made), reader.problems


def _prove(case_file: CaseFile) -> list[Problem]:
    """Show that every stage is named once, can be reached, and is an end or waits for something."""
    problems: list[Problem] = []
    named = [one.name for one in case_file.stages]
    ends = set(case_file.final)
    for stage in case_file.stages:
        if named.count(stage.name) > 1:
            problems.append(Problem(case_file.file, stage.line, f"the stage “{stage.name}” stands twice."))
        moves = _moves(stage)
        for move in moves:
            if move.stage not in named and move.stage not in ends:
                near = vocabulary.nearest(move.stage, [*named, *ends])
                problems.append(Problem(case_file.file, move.line, f"there is no stage “{move.stage}”.", near))
        leaves = any(isinstance(one, GoTo) for one in stage.entering)
        waits = stage.whens or case_file.any_stage or case_file.if_nothing_happens
        if stage.name not in ends and not leaves and not waits:
            text = f"the stage “{stage.name}” neither waits for anything nor is final: a case would lie there for ever."
            problems.append(Problem(case_file.file, stage.line, text))
    problems += _loops(case_file)
    reached = _reached(case_file)
    problems += [
        Problem(case_file.file, stage.line, f"no case ever reaches the stage “{stage.name}”.")
        for stage in case_file.stages
        if stage.name not in reached
    ]
    return problems


def _moves(stage: Stage | None) -> list[GoTo]:
    if stage is None:
        return []
    effects = [*stage.entering, *(effect for when in stage.whens for effect in when.effects)]
    return [one for one in effects if isinstance(one, GoTo)]


def _reached(case_file: CaseFile) -> set[str]:
    reached = {case_file.first, *(move.stage for move in _moves(case_file.any_stage))}
    fresh = set(reached)
    while fresh:
        fresh = {move.stage for name in fresh for move in _moves(case_file.stage(name))} - reached
        reached |= fresh
    return reached


def _loops(case_file: CaseFile) -> list[Problem]:
    """Refuse stages that pass a case on to each other on entry, for ever."""
    for stage in case_file.stages:
        seen: list[str] = []
        here: Stage | None = stage
        while here is not None and here.name not in seen:
            seen.append(here.name)
            onward = next((one.stage for one in here.entering if isinstance(one, GoTo)), None)
            here = case_file.stage(onward) if onward is not None else None
        if here is not None and here.name == stage.name:
            return [Problem(case_file.file, stage.line, f"the stages {', '.join(seen)} pass a case round for ever.")]
    return []
