"""Whether every clock of a case file can come: its time is known by then, and it runs where the case rests."""

from collections.abc import Iterator

from mailroom.errors import Problem
from mailroom.rules.cases.effects import At, Hold, Moment, Read, Set
from mailroom.rules.cases.graph import blocks, every, passes_on, reached
from mailroom.rules.cases.model import CaseFile, Stage
from mailroom.rules.cases.triggers import OnTime


def clocks(case_file: CaseFile) -> Iterator[Problem]:
    """Return a fault for each moment that could never come."""
    known = _known(case_file)
    told: set[At] = set()
    for stage in blocks(case_file):
        for at, moment in _moments(stage, case_file):
            if at in told:
                continue
            if fault := _fault(moment, stage, case_file, known):
                told.add(at)
                yield Problem(at.file, at.line, fault)


def _fault(moment: Moment, stage: Stage, case_file: CaseFile, known: dict[str, set[str] | None]) -> str:
    if stage.name in case_file.final:
        return f"“{stage.name}” is final: nothing happens in it any more, so this time never comes."
    if moment.fact:
        since = known.get(moment.fact, set())
        anywhere = stage is case_file.any_stage
        if since is not None and not anywhere and stage.name not in reached(case_file, *since):
            return f"“{moment.fact}” is read or set only after this stage, so this time never comes."
    if passes_on(stage) and not stage.whens:
        return f"no case ever rests in “{stage.name}”: it is passed on at once, so this time never comes."
    return ""


def _known(case_file: CaseFile) -> dict[str, set[str] | None]:
    """Return where each fact may become known: a set of stages, or None for everywhere."""
    found: dict[str, set[str] | None] = {one.fact: None for one in case_file.read}
    for stage in blocks(case_file):
        for effect in every(stage):
            names = [effect.fact] if isinstance(effect, Set) else []
            names += [one.fact for one in effect.wanted] if isinstance(effect, Read) else []
            for name in names:
                if stage is case_file.any_stage:
                    found[name] = None
                elif (stages := found.setdefault(name, set())) is not None:
                    stages.add(stage.name)
    return found


def _moments(stage: Stage, case_file: CaseFile) -> Iterator[tuple[At, Moment]]:
    for when in stage.whens:
        if isinstance(when.trigger, OnTime):
            yield when.at, when.trigger.moment
    for chase in stage.chases:
        for moment in chase.moments:
            yield chase.at, moment
        if chase.every is not None:
            yield chase.at, chase.every
    if stage.deadline is not None:
        yield stage.deadline.at, stage.deadline.moment
    if stage.name not in case_file.final:
        for effect in every(stage):
            if isinstance(effect, Hold) and effect.expires is not None:
                yield effect.at, effect.expires
