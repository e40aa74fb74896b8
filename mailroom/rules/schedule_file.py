"""`schedule.txt`: what is sent by the clock, to whom, and when.

    Send: digest
    Every: Monday, 07:30
    Or: next working day
    To: chief inspector

What may stand there is told in docs/schedule.md, which is printed from the same tables (schedule_page.py).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from mailroom.errors import Problem
from mailroom.rules import vocabulary
from mailroom.rules.actions import read_roles
from mailroom.rules.known import Fault, Known
from mailroom.rules.lines import Line, canonical
from mailroom.rules.rhythm import Beside, Dated, Every, Otherwise, When
from mailroom.rules.schedule_words import read_distance, read_every
from mailroom.rules.sends import DATES, GROUPS, SENDS, Send

Status = Literal["on", "trial", "off"]

STATUSES: Final[Mapping[str, Status]] = {"on": "on", "trial": "trial", "off": "off"}
DISTANCES: Final = {
    "before": (True, ""), "after": (False, ""), "days before": (True, "day"), "days after": (False, "day"),
    "working days before": (True, "working day"), "working days after": (False, "working day"),
}  # fmt: skip
"""Lines that count from something else: whether before it, and what a number alone counts."""

_WHENS = ("every", *DISTANCES)
_LABELS = ("send", *_WHENS, "or", "to", "approved by", "status", "note")
_SHOWN = [one.capitalize() for one in _LABELS]
_OTHERWISE: Mapping[str, Otherwise] = {
    "next working day": "next", "the next working day": "next", "working day after": "next",
    "previous working day": "previous", "the previous working day": "previous", "last working day before": "previous",
    "working day before": "previous", "the working day before": "previous",
}  # fmt: skip
_EXAMPLES = {"every": "Every: working day, 08:30", "to": "To: coordinator"}


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing sent by the clock: `to` are roles, `groups` those of sends.GROUPS."""

    name: str
    when: When
    to: tuple[str, ...]
    file: str
    line: int
    groups: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    status: Status = "on"
    each: bool = False
    """It is about one row of the records: of two dates on one day each has its own."""
    written: str = ""
    """When it is due, in the file's own words: what owes nothing from before once it has changed."""


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines of one duty, by label."""

    head: Line
    lines: dict[str, Line]

    @property
    def name(self) -> str:
        return canonical(self.head.value)


class _Reader:
    """Reads the blocks of one file, each when another needs it; owns the faults it finds on the way."""

    def __init__(self, blocks: Sequence[_Block], file: str, known: Known, sends: Sequence[Send]) -> None:
        self._blocks = {block.name: block for block in reversed(blocks)}
        self._file = file
        self._known = known
        self._sends = {send.name: send for send in sends}
        self._made: dict[str, Duty | None] = {}
        self._open: list[str] = []
        self.problems: list[Problem] = []

    def duty(self, name: str) -> Duty | None:
        """Return a duty, None where its block has a fault."""
        if name not in self._made:
            self._open.append(name)
            self._made[name] = self._read(self._blocks[name])
            self._open.pop()
        return self._made[name]

    def _read(self, block: _Block) -> Duty | None:
        line = block.head
        try:
            send = self._send(block.name)
            if not self._whole(block):
                return None
            line = block.lines.get("status", line)
            status = _status(block)
            line = block.lines.get("or", line)
            otherwise = _otherwise(block)
            label = next(one for one in _WHENS if one in block.lines)
            line = block.lines[label]
            when, status = self._when(label, line, status)
            written = f"{label}: {canonical(line.value)}"
            if isinstance(when, Beside) and (other := self._made.get(when.line)):
                written += f" ({other.written})"
            if otherwise:
                line = block.lines["or"]
                when = _moved(when, otherwise)
                written += f", or {otherwise}"
            line = block.lines["to"]
            to, groups = _recipients(line, self._known, send)
            line = block.lines.get("approved by", line)
            approved = _approved(block, self._known, send)
            written = "off" if status == "off" else written
            return Duty(send.name, when, to, self._file, block.head.line, groups, approved, status, send.each, written)
        except Fault as fault:
            self.problems.append(line.problem(self._file, fault.text, fault.hint, fault.about))
            return None

    def _send(self, name: str) -> Send:
        if name not in self._sends:
            near = vocabulary.nearest(name, self._sends)
            raise Fault(f"there is nothing called “{name}” to send.", near, name)
        return self._sends[name]

    def _whole(self, block: _Block) -> bool:
        """Tell whether a block says when and to whom, and says it once."""
        whens = [one for one in block.lines if one in _WHENS]
        missing = [label for label, there in (("every", whens), ("to", "to" in block.lines)) if not there]
        self.problems += [
            block.head.problem(
                self._file, f"“Send: {block.name}” needs a line “{label.capitalize()}”.", _EXAMPLES[label],
                block.head.value,
            )
            for label in missing
        ]  # fmt: skip
        for label in whens[1:]:
            text = f"“{label.capitalize()}” says when once more; “{whens[0].capitalize()}” does already."
            self.problems.append(block.lines[label].problem(self._file, text))
        return not missing and len(whens) == 1

    def _when(self, label: str, line: Line, status: Status) -> tuple[When, Status]:
        if label == "every":
            return read_every(line.value), status
        before, unit = DISTANCES[label]
        name, offsets, at = read_distance(line.value, unit)
        if name in DATES:
            return Dated(name, before, offsets, at), status
        if name not in self._blocks:
            text = f"there is no line “Send: {name}” here to count from, and no such date."
            raise Fault(text, vocabulary.nearest(name, [*DATES, *self._blocks]), name)
        if name in self._open:
            raise Fault(f"“{name}” would wait for itself: each of these lines counts from the other.", "", name)
        other = self.duty(name)
        if other is None:
            raise Fault(f"“{name}” has a fault of its own, so nothing can be counted from it.", "", name)
        if isinstance(other.when, Dated):
            text = f"“{name}” itself counts from a date; count from the same one."
            raise Fault(text, other.when.date, name)
        if any(one.n == 0 for one in offsets) and not (at < other.when.at if before else at > other.when.at):
            side = "before" if before else "after"
            raise Fault(f"{at:%H:%M} is not {side} {other.when.at:%H:%M}, when “{name}” goes that day.", "", name)
        when = Beside(name, other.when, before, offsets, at)
        # What counts from a line that is off has nothing to count from.
        return when, "off" if other.status == "off" else status


def read_schedule(
    lines: tuple[Line, ...], file: str, known: Known, sends: Sequence[Send] = SENDS
) -> tuple[list[Duty], list[Problem]]:
    """Read the schedule and every fault in it. `sends` are the things there are to send."""
    blocks, problems = _blocks(lines, file)
    seen: set[str] = set()
    for block in blocks:
        if block.name in seen:
            problems.append(Problem(file, block.head.line, f"“{block.name}” is scheduled twice."))
        seen.add(block.name)
    reader = _Reader(blocks, file, known, sends)
    found = [reader.duty(block.name) for block in blocks]
    problems += reader.problems
    duties = {duty.name: duty for duty in found if duty is not None}
    return list(duties.values()), sorted(problems, key=lambda one: one.line)


def _blocks(lines: Sequence[Line], file: str) -> tuple[list[_Block], list[Problem]]:
    blocks: list[_Block] = []
    problems: list[Problem] = []
    for line in lines:
        shown = line.label.capitalize()
        if line.label == "send":
            blocks.append(_Block(line, {}))
        elif line.label not in _LABELS:
            near = vocabulary.nearest(shown, _SHOWN)
            problems.append(line.problem(file, f"a schedule has no line “{shown}”.", near))
        elif line.label == "note":
            continue
        elif not blocks:
            problems.append(line.problem(file, "a schedule begins with “Send:” and what is sent.", "Send"))
        elif line.label in blocks[-1].lines:
            problems.append(line.problem(file, f"“{shown}” stands twice."))
        else:
            blocks[-1].lines[line.label] = line
    return blocks, problems


def _status(block: _Block) -> Status:
    if "status" not in block.lines:
        return "on"
    written = block.lines["status"].value
    status = STATUSES.get(canonical(written))
    if status is None:
        raise Fault("“Status” is on, trial or off.", vocabulary.nearest(written, STATUSES) or "on", written)
    return status


def _otherwise(block: _Block) -> Otherwise:
    if "or" not in block.lines:
        return ""
    written = block.lines["or"].value
    found = _OTHERWISE.get(canonical(written))
    if found is None:
        near = vocabulary.nearest(written, _OTHERWISE) or "next working day"
        raise Fault(f"“Or” can be “next working day” or “previous working day”, not “{written}”.", near, written)
    return found


def _moved(when: When, otherwise: Otherwise) -> When:
    if not isinstance(when, Every) and when.before and otherwise == "next":
        text = "what goes before something must not slip behind it."
        raise Fault(text, "previous working day")
    return replace(when, otherwise=otherwise)


def _recipients(line: Line, known: Known, send: Send) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the roles and the groups a line names."""
    roles: list[str] = []
    groups: list[str] = []
    for value in line.value.replace(",", ";").split(";"):
        name = canonical(value.strip(' "')).removeprefix("all ").removeprefix("the ")
        if not name:
            continue
        if name not in GROUPS:
            roles += _role(value, name, known, GROUPS if send.groups else ())
        elif not send.groups:
            raise Fault(f"“{send.name}” goes to people in a role, never to a group.", "coordinator", value.strip())
        else:
            groups.append(name)
    if not roles and not groups:
        raise Fault("nobody is named.", "coordinator")
    return tuple(dict.fromkeys(roles)), tuple(dict.fromkeys(groups))


def _role(value: str, name: str, known: Known, groups: Collection[str]) -> tuple[str, ...]:
    try:
        return read_roles(value, known)
    except Fault as fault:
        near = vocabulary.nearest(name, groups)
        raise Fault(fault.text, near or fault.hint, fault.about) from None


def _approved(block: _Block, known: Known, send: Send) -> tuple[str, ...]:
    if "approved by" not in block.lines:
        return ()
    if not send.approval:
        text = f"“{send.name}” waits for nobody's approval; take the line out."
        raise Fault(text, "", block.lines["approved by"].value)
    return read_roles(block.lines["approved by"].value, known)
