"""Whom a case waits for in a stage, and for what: who could move it on, by what they write."""

from mailroom.rules.cases.effects import GoTo
from mailroom.rules.cases.graph import effects
from mailroom.rules.cases.model import CaseFile
from mailroom.rules.cases.step import places_of
from mailroom.rules.cases.telling import target
from mailroom.rules.cases.triggers import From, OnApproved, OnCase, OnCommand, OnForm, OnMessage, Trigger


def awaited(case_file: CaseFile, stage: str) -> tuple[str, ...]:
    """Return `coordinator, cover: RELEASE or NOT NEEDED`, one for each who could move the case on.

    Only what leads out of the stage is waited for; what may come at any time, such as CANCEL, is not.
    """
    found: dict[str, list[str]] = {}
    for place in places_of(case_file, stage)[:1]:
        if place is case_file.any_stage:
            break
        for when in place.whens:
            if any(isinstance(one, GoTo) for one in effects(when.then)):
                who, what = _asked(when.trigger)
                if what and what not in found.setdefault(who, []):
                    found[who].append(what)
    return tuple(f"{who}: {' or '.join(what)}" if who else " or ".join(what) for who, what in found.items())


def left_behind(case_file: CaseFile, stage: str) -> frozenset[str]:
    """Return the names of drafts that some stage waits for, and this one does not: nothing would come of the word.

    A draft that no stage waits for, such as a note about what was decided, is not among them.
    """
    here = {one.name for one in places_of(case_file, stage)}
    places = [*case_file.stages, *([case_file.any_stage] if case_file.any_stage else [])]
    named = {
        (place.name in here, when.trigger.name)
        for place in places
        for when in place.whens
        if isinstance(when.trigger, OnApproved)
    }
    return frozenset(name for is_here, name in named if not is_here and (True, name) not in named)


def _asked(trigger: Trigger) -> tuple[str, str]:
    match trigger:
        case OnMessage():
            return _names(trigger.from_), f"a message ({trigger.class_})"
        case OnCommand():
            return _names(trigger.from_), " or ".join(verb.upper() for verb in trigger.verbs)
        case OnForm():
            return _names(trigger.from_), f"the form {trigger.form}"
        case OnApproved() if not trigger.refused:
            return "", f"approval of “{trigger.name}”"
        case OnCase():
            return "", f"the {trigger.kind} to be {trigger.stage}"
        case _:
            return "", ""


def _names(from_: From) -> str:
    return ", ".join(
        [*(target(one) for one in from_.targets), *(one.written.replace("_", " ") for one in from_.groups)]
    )
