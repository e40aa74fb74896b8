"""What is proved of one case file once its lines are understood: that it leads somewhere, and loses nobody."""

from collections import Counter
from collections.abc import Iterator

from mailroom.errors import Problem
from mailroom.rules import vocabulary
from mailroom.rules.cases.clocks import clocks
from mailroom.rules.cases.covering import covers
from mailroom.rules.cases.effects import At, Hold, Send, Target
from mailroom.rules.cases.graph import blocks, effects, every, lists, moves, onward, passes_on, reached
from mailroom.rules.cases.model import CaseFile, Stage
from mailroom.rules.cases.triggers import (
    From,
    OnApproved,
    OnCase,
    OnCommand,
    OnFlag,
    OnForm,
    OnMessage,
    OnTime,
    Trigger,
)
from mailroom.rules.cases.verbs import holders

SURE = frozenset({"entry", "day_ends"})
"""What always comes."""

FORCE = frozenset({"officer", "desk"})
"""Kinds of people who may read what an officer wrote."""


def prove(case_file: CaseFile) -> list[Problem]:
    """Return every fault of a file whose lines can each be read."""
    return [
        *_stages(case_file),
        *_resting(case_file),
        *_rings(case_file),
        *_unreached(case_file),
        *clocks(case_file),
        *_shadowed(case_file),
        *_approvals(case_file),
        *_nobody_at_hand(case_file),
        *_commanded(case_file),
        *_words_of_officers(case_file),
    ]


def _problem(at: At, text: str, hint: str = "") -> Problem:
    return Problem(at.file, at.line, text, hint)


def _stages(case_file: CaseFile) -> Iterator[Problem]:
    """Every stage is named once, and every move leads to one."""
    counted = Counter(one.name for one in case_file.stages)
    known = [*counted, *case_file.final]
    for stage in blocks(case_file):
        if counted[stage.name] > 1:
            yield _problem(stage.at, f"the stage “{stage.name}” stands twice.")
        for move in dict.fromkeys(moves(stage)):
            if move.stage not in known:
                near = vocabulary.nearest(move.stage, known)
                yield _problem(move.at, f"there is no stage “{move.stage}”.", near)


def _resting(case_file: CaseFile) -> Iterator[Problem]:
    """A case that rests in a stage is waited for by something, and a clock runs."""
    anywhere = case_file.any_stage
    for stage in case_file.stages:
        if stage.name in case_file.final or passes_on(stage):
            continue
        deadline = stage.deadline or case_file.deadline or (anywhere and anywhere.deadline)
        places = [stage, *([anywhere] if anywhere else [])]
        waits = any(place.whens for place in places)
        timed = any(_has_clock(place) for place in places)
        if deadline or timed:
            continue
        if not waits:
            text = f"the stage “{stage.name}” neither waits for anything nor is final: a case would lie there for ever."
            yield _problem(stage.at, text)
        else:
            text = f"the stage “{stage.name}” has no deadline: nobody would notice a case that lies there."
            yield _problem(stage.at, text, "If nothing happens: task to coordinator, 2 working days after entry")


def _has_clock(stage: Stage) -> bool:
    """Tell whether a clock runs in a stage for sure: one that counts from a fact stands still while that is unknown."""
    moments = [when.trigger.moment for when in stage.whens if isinstance(when.trigger, OnTime)]
    moments += [moment for chase in stage.chases for moment in (*chase.moments, chase.every) if moment is not None]
    return any(one.anchor in SURE for one in moments)


def _rings(case_file: CaseFile) -> Iterator[Problem]:
    """Refuse stages that pass a case on to each other on entry, for ever."""
    for stage in case_file.stages:
        if ring := _ring(case_file, stage.name):
            yield _problem(stage.at, f"the stages {', '.join(ring)} pass a case round for ever.")
            return


def _ring(case_file: CaseFile, begin: str) -> list[str]:
    """Return the way from a stage back to itself by entering alone, [] where there is none."""
    ways = [[begin]]
    seen = set()
    while ways:
        way = ways.pop()
        for name in onward(case_file.stage(way[-1])):
            if name == begin:
                return way
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def _unreached(case_file: CaseFile) -> Iterator[Problem]:
    found = reached(case_file, case_file.first)
    for stage in case_file.stages:
        if stage.name not in found:
            yield _problem(stage.at, f"no case ever reaches the stage “{stage.name}”.")


def _shadowed(case_file: CaseFile) -> Iterator[Problem]:
    """A `When` that an earlier one always answers first is followed by nobody."""
    told: set[At] = set()
    for stage in blocks(case_file):
        for n, when in enumerate(stage.whens):
            earlier = next((one for one in stage.whens[:n] if covers(one.trigger, when.trigger, case_file)), None)
            if earlier is not None and when.at not in told:
                told.add(when.at)
                text = f"the “When” line {earlier.at.line} above answers this first, so this is never followed."
                yield _problem(when.at, text)


def _approvals(case_file: CaseFile) -> Iterator[Problem]:
    """What is waited for to be approved is held before."""
    held: dict[str, set[str]] = {}
    for stage in blocks(case_file):
        names = [stage.name] if stage is not case_file.any_stage else [one.name for one in case_file.stages]
        for effect in every(stage):
            if isinstance(effect, Hold):
                held.setdefault(effect.name, set()).update(names)
    for stage in blocks(case_file):
        for when in stage.whens:
            if not isinstance(when.trigger, OnApproved):
                continue
            name = when.trigger.name
            if name not in held:
                near = vocabulary.nearest(name, held)
                yield _problem(when.at, f"nothing is held under the name “{name}”, so it is never approved.", near)
            elif stage is not case_file.any_stage and stage.name not in reached(case_file, *held[name]):
                yield _problem(when.at, f"“{name}” is held only after this stage, so it is never approved here.")


def _nobody_at_hand(case_file: CaseFile) -> Iterator[Problem]:
    """Where a clock or an approval speaks, nobody has written: there is no sender and no message."""
    for stage in blocks(case_file):
        for chase in stage.chases:
            if any(one.kind == "sender" for one in chase.to):
                yield _problem(chase.at, "there is no sender here: nobody has written when a time comes.", "requester")
        for trigger, items in lists(stage):
            if not isinstance(trigger, OnTime | OnApproved | OnCase):
                continue
            for effect in effects(items):
                if not isinstance(effect, Send | Hold):
                    continue
                if any(one.kind == "sender" for one in effect.to):
                    yield _problem(effect.at, "there is no sender here: nobody has written.", "requester")
                attached = isinstance(effect, Hold) and effect.with_attached
                if effect.with_message or effect.without_name or attached:
                    yield _problem(effect.at, "there is no message here that could go along: nobody has written.")


def _commanded(case_file: CaseFile) -> Iterator[Problem]:
    """A command is given by a role: a member or whoever asks writes in their own words."""
    told: set[At] = set()
    for stage in blocks(case_file):
        for when in stage.whens:
            if (
                isinstance(when.trigger, OnCommand)
                and when.at not in told
                and not holders(when.trigger.from_, case_file)
            ):
                told.add(when.at)
                yield _problem(when.at, "a command is given by a role, and none is named here.", "from coordinator")


def _words_of_officers(case_file: CaseFile) -> Iterator[Problem]:
    """An officer's message never reaches a member: only an approved draft does (design, invariant 5)."""
    told: set[At] = set()
    for stage in blocks(case_file):
        for trigger, items in lists(stage):
            for effect in effects(items):
                if not isinstance(effect, Send | Hold) or effect.at in told:
                    continue
                passed_on = effect.with_message or effect.without_name
                for one in effect.to if passed_on else ():
                    if _may_be_member(one, trigger, case_file, relayed=not effect.with_message):
                        told.add(effect.at)
                        words = "with the message" if effect.with_message else "without name"
                        text = (
                            f"“{words}” would pass an officer's words on to {_named(one)}, who may be a member; "
                            "a member reads only a draft that somebody approved."
                        )
                        yield _problem(effect.at, text)


def _may_be_member(one: Target, trigger: Trigger | None, case_file: CaseFile, *, relayed: bool) -> bool:
    match one.kind:
        case "role":
            return False
        case "group":
            group = None if one.of_linked else case_file.group(one.name)
            return group is None or group.source != "role_of"
        case "requester":
            # What a member says goes to whoever asked, without a name; an officer's words only within the force.
            return not relayed and not all(_within_force(each.from_) for each in case_file.opens_on if not each.by_case)
        case "sender":
            asked = trigger.from_ if isinstance(trigger, OnMessage | OnCommand | OnForm | OnFlag) else None
            return asked is None or not _within_force(asked)


def _within_force(from_: From) -> bool:
    """Tell whether only officers, desks and holders of a role are meant."""
    if from_.is_anyone or any(one.kind != "role" for one in from_.targets):
        return False
    return all(one.kind == "role" or (one.kind == "kind" and one.value in FORCE) for one in from_.groups)


def _named(one: Target) -> str:
    return f"“{one.name}”" if one.name else f"the {one.kind}"
