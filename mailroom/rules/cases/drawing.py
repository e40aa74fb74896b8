"""A process drawn for a terminal: a box for each stage, with what it waits for, who acts, and where that leads.

╭─ asked ─────────────────────────────────────────────────────────────────╮
│ at once                                                                 │
│     mails incident/gold-asked to chief inspector, coordinator           │
│ AGREED from chief inspector                                             │
│     ──▶ agreed                                                          │
│ chase: digest line to chief inspector, 1 working day after entry        │
╰─────────────────────────────────────────────────────────────────────────╯
■ agreed, final, from asked
"""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from mailroom.rules.cases.model import CaseFile, OpensOn
from mailroom.rules.cases.telling import Said, roles, stage_lines, whom

WIDTH: Final = 96
"""Columns of a drawing: a terminal of the usual width, or a printed page."""

_MARKS: Final = {"time": "time: ", "chase": "chase: ", "deadline": "deadline: "}
_INSIDE = 4


@dataclass(frozen=True, slots=True)
class Box:
    """One block of a file: the stages it is, what is said in it, and from which stages cases come into it."""

    names: tuple[str, ...]
    lines: tuple[Said, ...]
    comes_from: tuple[str, ...] = ()
    anywhere: bool = False
    """It holds in every stage that is not final."""


def boxes(case_file: CaseFile) -> tuple[Box, ...]:
    """Return the blocks of a file in their order; stages named together are one."""
    found: dict[int, Box] = {}
    for stage in case_file.stages:
        known = found.get(stage.at.line)
        names = (*(known.names if known else ()), stage.name)
        found[stage.at.line] = Box(names, stage_lines(stage, case_file))
    made = list(found.values())
    if case_file.any_stage is not None:
        made.append(Box(("any",), stage_lines(case_file.any_stage, case_file), anywhere=True))
    return tuple(
        Box(box.names, box.lines, () if box.anywhere else _sources(box.names, made), box.anywhere) for box in made
    )


def ends(case_file: CaseFile) -> dict[str, tuple[str, ...]]:
    """Return the final stages that have no block, with the stages that cases come from."""
    known = {stage.name for stage in case_file.stages}
    made = list(boxes(case_file))
    return {name: _sources((name,), made) for name in case_file.final if name not in known}


def _sources(names: tuple[str, ...], made: list[Box]) -> tuple[str, ...]:
    found = [
        "any stage" if box.anywhere else " or ".join(box.names)
        for box in made
        if any(line.to in names for line in box.lines) and box.names != names
    ]
    return tuple(dict.fromkeys(found))


def heading(case_file: CaseFile) -> list[str]:
    """Return what holds for the whole of a process, a line each."""
    opened = "; ".join(_opening(one) for one in case_file.opens_on) or "another case, or a rule"
    said = [f"Opens on: {opened}", f"Owner: {roles(case_file.owner)}"]
    if case_file.read:
        said.append(f"Reads: {'; '.join(one.fact for one in case_file.read)}")
    if case_file.groups:
        said.append(f"Groups: {'; '.join(one.name for one in case_file.groups)}")
    return said


def _opening(one: OpensOn) -> str:
    if one.by_case:
        return "another case"
    if one.command:
        return f"{one.command.upper()}{f' {one.words}' if one.words else ''}{whom(one.from_)}"
    return f"{one.class_}{whom(one.from_)}"


def draw(case_file: CaseFile, width: int = WIDTH) -> str:
    """Return the drawing of a process."""
    return "\n".join(_draw(case_file, width)) + "\n"


def _draw(case_file: CaseFile, width: int) -> Iterator[str]:
    yield f"{case_file.title} ({case_file.reference}), {case_file.file}"
    for line in heading(case_file):
        yield from wrap(line, width, subsequent_indent="    ")
    yield ""
    for n, box in enumerate(boxes(case_file)):
        yield from _box(box, case_file, width, begins=n == 0)
    for name, sources in ends(case_file).items():
        came = f", from {', '.join(sources)}" if sources else ", reached by hand only"
        yield from wrap(f"■ {name}, final{came}", width, subsequent_indent="    ")


def title(box: Box, case_file: CaseFile, *, begins: bool) -> str:
    """Return what stands on the edge of a box."""
    if box.anywhere:
        return "in every stage that is not final"
    final = ", final" if box.names[0] in case_file.final else ""
    came = ", begins here" if begins else f", from {', '.join(box.comes_from)}" if box.comes_from else ""
    return f"{' or '.join(box.names)}{final}{came}"


def shown(line: Said) -> str:
    """Return a line as it stands in a drawing."""
    if line.to:
        before = line.text.removesuffix(line.to)
        return f"{before}──▶ {line.to}"
    return f"{_MARKS.get(line.kind, '')}{line.text}"


def _box(box: Box, case_file: CaseFile, width: int, *, begins: bool) -> Iterator[str]:
    inner = width - 4
    head, *more = wrap(title(box, case_file, begins=begins), inner - 4) or [""]
    yield f"╭─ {head} {'─' * (width - len(head) - 5)}╮"
    for row in more:
        yield f"│ {row.ljust(inner)} │"
    if not box.lines:
        yield f"│ {'(nothing here yet)'.ljust(inner)} │"
    for line in box.lines:
        indent = " " * (_INSIDE * line.inside)
        for row in wrap(indent + shown(line), inner, subsequent_indent=indent + "    "):
            yield f"│ {row.ljust(inner)} │"
    yield f"╰{'─' * (width - 2)}╯"
