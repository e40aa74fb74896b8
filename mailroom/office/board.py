"""The board: every open case by process and stage, how old it is, what comes next, and whom it waits for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.office.working_days import working_days_late
from mailroom.rules.cases import CaseFile
from mailroom.rules.cases.awaited import awaited
from mailroom.rules.cases.step import places_of
from mailroom.rules.cases.telling import roles, stage_lines
from mailroom.store import board, case_facts
from mailroom.store.board import Standing


@dataclass(frozen=True, slots=True)
class Row:
    """One case of the board. `age` counts full working days since it was opened, `here` since it is in its stage."""

    ref: str
    kind: str
    title: str
    stage: str
    owner: str
    requester: str
    opened: str
    age: int
    here: int
    due: str
    next_at: str
    next: str
    waits_for: tuple[str, ...]
    tasks: tuple[str, ...]


def rows(
    db: Database, cases: Mapping[str, CaseFile], zone: ZoneInfo, now: datetime, *, role: str = ""
) -> tuple[list[Row], int]:
    """Return the open cases, and how many more are hidden from `role`; stages stand in their process's order."""
    hidden = case_facts.hidden(db, role) if role else frozenset()
    standing = board.still_open(db)
    words = _Words(cases, zone, now.astimezone(zone).date())
    found = [words.row(one) for one in standing if one.ref not in hidden]
    order = {(name, stage): n for name, one in cases.items() for n, stage in enumerate(_stages(one))}
    found.sort(key=lambda row: (row.title, order.get((row.kind, row.stage), len(order)), row.opened, row.ref))
    return found, sum(one.ref in hidden for one in standing)


def _stages(process: CaseFile) -> list[str]:
    return [*(one.name for one in process.stages), *process.final]


class _Words:
    """What is said of many cases alike, worked out once for each stage, clock and day."""

    def __init__(self, cases: Mapping[str, CaseFile], zone: ZoneInfo, today: date) -> None:
        self._cases = cases
        self.waits = cache(self._waits)
        self.next = cache(self._next)
        self.age = cache(lambda day: working_days_late(moment(day).astimezone(zone).date(), today))

    def row(self, one: Standing) -> Row:
        """Return one case as the board shows it."""
        process = self._cases.get(one.kind)
        held = [f"{roles(who.split('; '))}: approval of “{name}”" for who, name in one.held]
        return Row(
            one.ref, one.kind, process.title if process else one.kind, one.stage, roles(one.owner.split("; ")),
            one.requester, one.opened_at, self.age(one.opened_at), self.age(one.entered_at), one.due, one.next_at,
            self.next(one.kind, one.stage, one.next_line), (*held, *self.waits(one.kind, one.stage)),
            tuple(each.replace("_", " ") for each in one.tasks),
        )  # fmt: skip

    def _waits(self, kind: str, stage: str) -> tuple[str, ...]:
        """Say whom a case waits for; who approves is known from the draft that is held."""
        process = self._cases.get(kind)
        found = awaited(process, stage) if process is not None else ()
        return tuple(words for words in found if not words.startswith("approval"))

    def _next(self, kind: str, stage: str, line: int) -> str:
        process = self._cases.get(kind)
        return coming(process, stage, line) if process is not None else ""


def coming(process: CaseFile, stage: str, line: int) -> str:
    """Return in words what the clock of a line does; "" where the file has no such line any more."""
    for place in places_of(process, stage):
        said = stage_lines(place, process)
        for n, one in enumerate(said):
            if one.line == line and one.inside == 0:
                first = said[n + 1] if n + 1 < len(said) else None
                done = first.text if one.kind == "time" and first is not None and first.inside else ""
                return f"{one.text}: {done}" if done else one.text
    return ""
