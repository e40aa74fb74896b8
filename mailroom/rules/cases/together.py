"""What is proved of the processes as a whole: what one says of another holds."""

from collections.abc import Iterator, Mapping

from mailroom.errors import Problem
from mailroom.rules import vocabulary
from mailroom.rules.cases.effects import At, Hold, Open, Send, Target
from mailroom.rules.cases.graph import blocks, effects, every, onward
from mailroom.rules.cases.model import CaseFile
from mailroom.rules.cases.scope import either
from mailroom.rules.cases.triggers import OnCase

Cases = Mapping[str, CaseFile]


def prove_together(cases: Cases) -> list[Problem]:
    """Return every fault between files that are right one by one; a file that could not be read is no one's fault."""
    problems: list[Problem] = []
    for case_file in cases.values():
        problems += _of_the_linked(case_file, cases)
        problems += _reached_elsewhere(case_file, cases)
        problems += _handed(case_file, cases)
    return [*problems, *_rings(cases)]


def stages(case_file: CaseFile) -> tuple[str, ...]:
    """Return every stage a case of this kind may be in."""
    return tuple(dict.fromkeys([*(one.name for one in case_file.stages), *case_file.final]))


def _opens(case_file: CaseFile) -> set[str]:
    return {one.case for stage in blocks(case_file) for one in every(stage) if isinstance(one, Open)}


def _of_the_linked(case_file: CaseFile, cases: Cases) -> Iterator[Problem]:
    """“of the linked case” is somebody only where a case opens this one, and has such a group.

    Where several do, it is enough that one has: for the others there is nobody to write to.
    """
    openers = [other for other in cases.values() if case_file.name in _opens(other)]
    told: set[At] = set()
    for at, target in _linked(case_file):
        if at in told:
            continue
        lacking = target.kind == "group" and all(one.group(target.name) is None for one in openers)
        if not openers:
            told.add(at)
            yield Problem(at.file, at.line, f"no process opens “{case_file.name}”, so there is no linked case.")
        elif lacking:
            told.add(at)
            text = f"{openers[0].file}, which opens this case, has no group “{target.name}”."
            near = vocabulary.nearest(target.name, [one.name for one in openers[0].groups])
            yield Problem(at.file, at.line, text, near)


def _linked(case_file: CaseFile) -> Iterator[tuple[At, Target]]:
    for stage in blocks(case_file):
        for effect in every(stage):
            if isinstance(effect, Send | Hold):
                yield from ((effect.at, one) for one in effect.to if one.of_linked)
        for chase in stage.chases:
            yield from ((chase.at, one) for one in chase.to if one.of_linked)


def _reached_elsewhere(case_file: CaseFile, cases: Cases) -> Iterator[Problem]:
    """What `When case: gold is agreed` waits for can come."""
    for stage in blocks(case_file):
        for when in stage.whens:
            if not isinstance(when.trigger, OnCase):
                continue
            wanted = when.trigger
            other = cases.get(wanted.kind)
            if other is None:
                continue
            if wanted.stage not in stages(other):
                near = vocabulary.nearest(wanted.stage, stages(other))
                yield Problem(when.at.file, when.at.line, f"{other.file} has no stage “{wanted.stage}”.", near)
            elif other.name not in _opens(case_file) and case_file.name not in _opens(other):
                text = f"this case opens no “{other.name}”, nor is it opened by one, so it never hears of it."
                yield Problem(when.at.file, when.at.line, text, f"Then open: {other.name}, linked")


def _handed(case_file: CaseFile, cases: Cases) -> Iterator[Problem]:
    """What a new case is handed, `with right foi`, is a fact it reads, and one of that fact's answers."""
    told: set[At] = set()
    for stage in blocks(case_file):
        for effect in every(stage):
            other = cases.get(effect.case) if isinstance(effect, Open) else None
            if not isinstance(effect, Open) or other is None or effect.at in told:
                continue
            told.add(effect.at)
            known = {one.fact: one.choices for one in other.read}
            for fact, answer in effect.facts:
                if fact not in known:
                    near = vocabulary.nearest(fact, known)
                    yield Problem(effect.at.file, effect.at.line, f"{other.file} reads no fact “{fact}”.", near)
                elif known[fact] and answer not in known[fact]:
                    text = f"“{fact}” is {either(known[fact])} in {other.file}, never “{answer}”."
                    near = vocabulary.nearest(answer, known[fact])
                    yield Problem(effect.at.file, effect.at.line, text, near)


def _rings(cases: Cases) -> Iterator[Problem]:
    """Cases that open each other as they are opened would never end."""
    leads = {name: _opens_at_once(one) for name, one in cases.items()}
    for name, case_file in cases.items():
        seen: set[str] = set()
        fresh = set(leads[name])
        while fresh:
            seen |= fresh
            fresh = {further for one in fresh for further in leads.get(one, {})} - seen
        if name in seen:
            at = next(iter(leads[name].values()))
            text = f"opening a “{name}” opens, in the end, another “{name}”, for ever."
            yield Problem(case_file.file, at.line, text)
            return


def _opens_at_once(case_file: CaseFile) -> dict[str, At]:
    """Return what a case opens before it waits for anything."""
    found: dict[str, At] = {}
    passed: set[str] = set()
    fresh = [case_file.first]
    while fresh:
        name = fresh.pop()
        passed.add(name)
        stage = case_file.stage(name)
        for effect in effects(stage.entering) if stage else ():
            if isinstance(effect, Open):
                found.setdefault(effect.case, effect.at)
        fresh += [one for one in onward(stage) if one not in passed]
    return found
