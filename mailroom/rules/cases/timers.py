"""The clocks of a stage: every moment its lines wait for. When each comes is due.py's."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mailroom.rules.cases.effects import At, Hours, Moment
from mailroom.rules.cases.model import CaseFile
from mailroom.rules.cases.step import places_of
from mailroom.rules.cases.triggers import OnTime


@dataclass(frozen=True, slots=True)
class Timer:
    """One clock of a stage: the line it belongs to, its moment, and which of that line's moments it is (`n`).

    `every` repeats it from then on, until the stage is left. `at_least` are the minutes that must lie between entry
    and the fact for it to come at all.
    """

    at: At
    moment: Moment
    hours: Hours = ""
    at_least: int = 0
    kind: Literal["when", "chase", "deadline"] = "when"
    n: int = 0
    every: Moment | None = None


def timers(case_file: CaseFile, stage: str) -> tuple[Timer, ...]:
    """Return every clock that runs while a case is in a stage: the stage's own, then those of `Stage: any`.

    A deadline of the stage's own stands in place of that of `Stage: any` and of the head; a final stage has none.
    """
    return tuple(_timers(case_file, stage))


def _timers(case_file: CaseFile, stage: str) -> Iterator[Timer]:
    places = places_of(case_file, stage)
    for place in places:
        for when in place.whens:
            if isinstance(when.trigger, OnTime):
                one = when.trigger
                yield Timer(when.at, one.moment, one.hours, one.at_least)
        for chase in place.chases:
            for n, moment in enumerate(chase.moments):
                last = n + 1 == len(chase.moments)
                yield Timer(chase.at, moment, chase.hours, 0, "chase", n, chase.every if last else None)
            if chase.every is not None and not chase.moments:
                yield Timer(chase.at, chase.every, chase.hours, 0, "chase", 0, chase.every)
    if stage in case_file.final:
        return
    deadlines = [one.deadline for one in places if one.deadline is not None]
    if case_file.deadline is not None:
        deadlines.append(case_file.deadline)
    if deadlines:
        yield Timer(deadlines[0].at, deadlines[0].moment, kind="deadline")
