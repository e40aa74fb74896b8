"""A case file as a graph: what each stage does, and where it leads."""

from collections.abc import Iterator

from mailroom.rules.cases.effects import Effect, GoTo, Guard, Item
from mailroom.rules.cases.model import CaseFile, Stage
from mailroom.rules.cases.triggers import Trigger


def blocks(case_file: CaseFile) -> tuple[Stage, ...]:
    """Return every stage, and after them what holds in any."""
    return (*case_file.stages, *((case_file.any_stage,) if case_file.any_stage else ()))


def effects(items: tuple[Item, ...]) -> Iterator[Effect]:
    """Return every effect of a list, those of its guards too."""
    for item in items:
        if isinstance(item, Guard):
            yield from item.otherwise
        else:
            yield item


def lists(stage: Stage) -> Iterator[tuple[Trigger | None, tuple[Item, ...]]]:
    """Return what a stage does, each list with what it waits for; None is what is done on entry."""
    yield None, stage.entering
    for when in stage.whens:
        yield when.trigger, when.then


def every(stage: Stage) -> Iterator[Effect]:
    """Return every effect of a stage."""
    for _, items in lists(stage):
        yield from effects(items)


def moves(stage: Stage | None) -> list[GoTo]:
    """Return everywhere a stage leads."""
    return [one for one in every(stage) if isinstance(one, GoTo)] if stage is not None else []


def onward(stage: Stage | None) -> list[str]:
    """Return where a stage may pass a case on by itself, without waiting."""
    return [one.stage for one in effects(stage.entering) if isinstance(one, GoTo)] if stage is not None else []


def passes_on(stage: Stage) -> bool:
    """Tell whether no case ever rests in a stage: what is done on entry always leads out of it."""
    return any(isinstance(one, GoTo) and one.condition is None for one in stage.entering)


def reached(case_file: CaseFile, *begin: str) -> set[str]:
    """Return the stages a case may come to from any of `begin`, those too."""
    anywhere = [one.stage for one in moves(case_file.any_stage)]
    found = set(begin)
    fresh = set(begin)
    while fresh:
        leads = {one.stage for name in fresh for one in moves(case_file.stage(name))}
        if any(name not in case_file.final for name in fresh):
            leads.update(anywhere)
        fresh = leads - found
        found |= fresh
    return found
