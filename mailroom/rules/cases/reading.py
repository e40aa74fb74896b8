"""Case files: from labelled lines to a CaseFile, with every fault collected.

    Case: Incident call
    Reference: INC
    Opens on: inc.request from any officer
    Owner: coordinator; cover when she is away
    If nothing happens: task to coordinator, 1 working day after entry
    Final: closed

    Stage: received
    Then send: incident/received to requester
    Then go to: triaged

    Stage: triaged
    When command: CLOSE, from coordinator
    Then go to: closed

The head's lines are read by head.py, a stage's by blocks.py; proving.py shows that the whole leads somewhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from mailroom.errors import Problem
from mailroom.rules import vocabulary
from mailroom.rules.cases import head
from mailroom.rules.cases.blocks import LABELS as STAGE_LABELS
from mailroom.rules.cases.blocks import Block
from mailroom.rules.cases.effects import Reading
from mailroom.rules.cases.head import Unfit
from mailroom.rules.cases.model import ANY, CaseFile, CaseGroup, Deadline, KeptApart, OpensOn, Stage
from mailroom.rules.cases.people import roles
from mailroom.rules.cases.proving import prove
from mailroom.rules.cases.readers import read_readings
from mailroom.rules.cases.scope import GROUP, Scope, facts_of, groups_of
from mailroom.rules.cases.triggers import OnCommand
from mailroom.rules.known import Fault, Known
from mailroom.rules.lines import Line, canonical

_STAGE = re.compile(r"[\w ]{1,40}")
_NEEDED: Final = (("case", "Incident call"), ("reference", "INC"), ("owner", "coordinator"))


@dataclass(slots=True)
class _Reader:
    """A case file while its lines are being read; what can't be understood goes to `problems`."""

    scope: Scope
    problems: list[Problem] = field(default_factory=list)
    head: dict[str, Line] = field(default_factory=dict)
    blank: set[str] = field(default_factory=set)
    reference: str = ""
    opens_on: list[OpensOn] = field(default_factory=list)
    owner: tuple[str, ...] = ()
    apart: list[KeptApart] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    groups: list[CaseGroup] = field(default_factory=list)
    unfit: tuple[tuple[str, Unfit], ...] = ()
    deadline: Deadline | None = None
    final: tuple[str, ...] = ()
    blocks: list[Block] = field(default_factory=list)

    def take(self, line: Line) -> None:
        """Read one line; one without a value is a fault already told."""
        if not line.values:
            self.blank.add(line.label)
            return
        try:
            if line.label == "note":
                return
            if line.label == "stage":
                self._stage(line)
            elif self.blocks:
                self.blocks[-1].take(line, self.scope)
            else:
                self._head(line)
        except Fault as fault:
            self.problems.append(line.problem(self.scope.file, fault.text, fault.hint, fault.about))

    def _stage(self, line: Line) -> None:
        names = tuple(canonical(value) for value in line.values)
        # The block is kept even when its name is wrong, so that the lines below are read in their place.
        self.blocks.append(Block(names, line, self.scope.at(line)))
        for name in names:
            if not _STAGE.fullmatch(name):
                raise Fault(f"“{name}” can't be the name of a stage; use letters and underscores.", "", name)
        if ANY in names and len(names) > 1:
            raise Fault("“Stage: any” holds in every stage already, so it stands alone.", "", ANY)

    def _head(self, line: Line) -> None:
        label = line.label
        if label.startswith(GROUP):
            self._group(line)
            return
        if label not in head.LABELS:
            if label in STAGE_LABELS:
                raise Fault(f"“{label.capitalize()}” belongs under a “Stage” line, and none stands above it.", "Stage")
            near = vocabulary.nearest(label, (*head.LABELS, "stage", "group called"))
            raise Fault(f"a case has no line “{label.capitalize()}” before its first stage.", near.capitalize())
        if label in self.head and label not in head.REPEATED:
            raise Fault(f"“{label.capitalize()}” stands twice.")
        self.head.setdefault(label, line)
        self._of_head(line)

    def _of_head(self, line: Line) -> None:
        match line.label:
            case "reference":
                self.reference = head.read_reference(line)
            case "opens on":
                self.opens_on += head.read_opens_on(line, self.scope)
            case "owner":
                self.owner = roles(line.value, self.scope)
            case "keep apart":
                self.apart.append(head.read_apart(line, self.scope))
            case "read":
                self.readings += read_readings(line, self.scope.at(line), self.scope.known)
            case "if unfit at sending":
                self.unfit = head.read_unfit(line)
            case "if nothing happens":
                self.deadline = head.read_deadline(line, self.scope)
            case "final":
                self.final = tuple(dict.fromkeys(canonical(one) for one in line.values))

    def _group(self, line: Line) -> None:
        made = head.read_group(line, self.scope)
        if any(one.name == made.name for one in self.groups):
            raise Fault(f"the group “{made.name}” stands twice.")
        self.groups.append(made)

    def case_file(self) -> CaseFile | None:
        """Return the whole, or None when there is a fault in it."""
        file = self.scope.file
        self.problems += self._missing()
        self.problems += [line.problem(file, text) for block in self.blocks for line, text in block.faults()]
        self.problems += self._asked_by_groups()
        if self.problems or self.blank:
            return None
        stages = [stage for block in self.blocks for stage in block.stages()]
        listed = [CaseGroup(name, "listed", role=name, at=at) for name, at in self.scope.listed.items()]
        own = {one.name for one in self.groups}
        made = CaseFile(
            self.scope.name,
            self.head["case"].value,
            self.reference,
            file,
            tuple(self.opens_on),
            self.owner,
            "seal" in self.head,
            tuple(self.apart),
            tuple(self.readings),
            (*self.groups, *(one for one in listed if one.name not in own)),
            self.unfit,
            self.deadline,
            self.final,
            tuple(one for one in stages if one.name != ANY),
            _any(stages),
            frozenset(_verbs(stages)),
        )
        self.problems += prove(made)
        return made

    def _asked_by_groups(self) -> Iterator[Problem]:
        """A group of groups.txt may ask for a fact, which this case must then know."""
        used = {one.role: one.at for one in self.groups if one.source == "listed"} | self.scope.listed
        for name, at in used.items():
            for fact in self.scope.known.groups.get(name, ()):
                if fact not in self.scope.facts:
                    text = f"the group “{name}” of groups.txt asks for “{fact}”, and no line here reads or sets it."
                    yield Problem(at.file, at.line, text)

    def _missing(self) -> Iterator[Problem]:
        # A line that is there and misspelt, or blank, is not missing as well.
        told = self.blank | {problem.hint.casefold() for problem in self.problems}
        for label, example in _NEEDED:
            if label not in self.head and label not in told:
                hint = f"{label.capitalize()}: {example}"
                yield Problem(self.scope.file, 0, f"the line “{label.capitalize()}” is missing.", hint)
        names = [name for block in self.blocks for name in block.names if name != ANY]
        if not names and "stage" not in told:
            yield Problem(self.scope.file, 0, "a case needs at least one stage.", "Stage: received")


def _any(stages: list[Stage]) -> Stage | None:
    return next((one for one in stages if one.name == ANY), None)


def _verbs(stages: list[Stage]) -> Iterator[str]:
    for stage in stages:
        for when in stage.whens:
            if isinstance(when.trigger, OnCommand):
                yield from when.trigger.verbs


def read_case(lines: tuple[Line, ...], name: str, file: str, known: Known) -> tuple[CaseFile | None, list[Problem]]:
    """Read one case file; None when there is a fault in it."""
    scope = Scope(name, file, known, facts_of(lines), groups_of(lines))
    reader = _Reader(scope)
    for line in lines:
        reader.take(line)
    made = reader.case_file()
    return (None if reader.problems else made), reader.problems
