"""Playing a case file: from a stage and an event to what is then done. Pure, and total: it always gives an answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailroom.rules.cases.effects import (
    ASKED,
    At,
    DigestLine,
    Effect,
    GoTo,
    Guard,
    Item,
    Send,
    Target,
    Tell,
    Unforeseen,
)
from mailroom.rules.cases.events import (
    Actor,
    CaseReached,
    Commanded,
    Decided,
    Entered,
    Event,
    Facts,
    Flagged,
    FormCame,
    MessageLinked,
    TimeCame,
    Verdict,
)
from mailroom.rules.cases.model import CaseFile, Stage
from mailroom.rules.cases.triggers import (
    Chase,
    From,
    OnApproved,
    OnCase,
    OnCommand,
    OnFlag,
    OnForm,
    OnMessage,
    Trigger,
    When,
)
from mailroom.rules.lines import canonical
from mailroom.rules.who import belongs

CHASED = "see that this is not late"
NOTHING_HAPPENED = "say what the next step is, for nothing has happened"


@dataclass(frozen=True, slots=True)
class Step:
    """What is then done, in order; a GoTo is the last of it. `why` is the line that answered, None where none did.

    `failed` is the first check that did not hold: the effects are then what its guard has in its `Otherwise` lines,
    after those that stand before the guard.
    """

    effects: tuple[Effect, ...] = ()
    failed: Verdict | None = None
    why: At | None = None


def step(case_file: CaseFile, stage: str, event: Event, facts: Facts) -> Step:
    """Return what the case does when `event` happens in `stage`.

    Entering does the stage's leading lines. Anything else does the first `When` it fits, in the stage itself and,
    failing that, in `Stage: any`, which holds in every stage that is not final. A message, command or form that
    fits nothing is for a person to decide.
    """
    places = places_of(case_file, stage)
    if isinstance(event, Entered):
        here = case_file.stage(stage)
        return _play(here.entering, here.at, facts) if here is not None else Step()
    for place in places:
        if isinstance(event, TimeCame):
            if found := _timed(place, event.at, facts):
                return found
            continue
        for when in place.whens:
            if fits(when.trigger, event):
                return _play(when.then, when.at, facts)
    if isinstance(event, TimeCame) and case_file.deadline is not None and case_file.deadline.at == event.at:
        return _deadline(case_file.deadline.roles, event.at)
    if isinstance(event, MessageLinked | Commanded | FormCame):
        return Step((Unforeseen(places[0].at if places else At(case_file.file, 0)),))
    return Step()


def places_of(case_file: CaseFile, stage: str) -> tuple[Stage, ...]:
    """Return the blocks that hold in a stage, its own first."""
    own = case_file.stage(stage)
    also = None if stage in case_file.final else case_file.any_stage
    return tuple(one for one in (own, also) if one is not None)


def _timed(place: Stage, at: At, facts: Facts) -> Step | None:
    for when in place.whens:
        if when.at == at:
            return _play(when.then, at, facts)
    for chase in place.chases:
        if chase.at == at:
            return Step(_chase(chase), why=at)
    if place.deadline is not None and place.deadline.at == at:
        return _deadline(place.deadline.roles, at)
    return None


def _chase(chase: Chase) -> tuple[Effect, ...]:
    roles = tuple(one.name for one in chase.to if one.kind == "role")
    if chase.digest:
        return (DigestLine(roles, chase.at),)
    if chase.task:
        return (Tell(roles, ASKED, chase.at, chase.hours, CHASED),)
    return (Send(chase.template, chase.to, chase.at, chase.hours),)


def _deadline(roles: tuple[str, ...], at: At) -> Step:
    return Step((Tell(roles, ASKED, at, words=NOTHING_HAPPENED),), why=at)


def _play(items: Sequence[Item], at: At, facts: Facts) -> Step:
    done: list[Effect] = []
    failed: Verdict | None = None
    for item in items:
        if isinstance(item, Guard):
            failed = next(_failing(item, facts), None)
            if failed is not None:
                done += _until_left(item.otherwise, facts)
                break
        elif _is_wanted(item, facts):
            done.append(item)
            if isinstance(item, GoTo):
                break
    return Step(tuple(done), failed, at)


def _failing(guard: Guard, facts: Facts) -> Iterator[Verdict]:
    for check in guard.checks:
        verdict = facts.check(check, guard.whose)
        if not verdict.ok:
            yield verdict


def _until_left(effects: Sequence[Effect], facts: Facts) -> Iterator[Effect]:
    for effect in effects:
        if _is_wanted(effect, facts):
            yield effect
            if isinstance(effect, GoTo):
                return


def _is_wanted(effect: Effect, facts: Facts) -> bool:
    condition = getattr(effect, "condition", None)
    return condition is None or facts.holds(condition)


def fits(trigger: Trigger, event: Event) -> bool:
    """Tell whether an event is what a `When` line waits for."""
    match trigger, event:
        case OnMessage(), MessageLinked():
            said = trigger.saying in {"", event.says}
            return trigger.class_ == event.class_ and said and is_from(trigger.from_, event.who)
        case OnCommand(), Commanded():
            whole = (not trigger.form or event.form is not None) and (not trigger.reason or bool(event.words.strip()))
            return event.verb in trigger.verbs and whole and is_from(trigger.from_, event.who)
        case OnForm(), FormCame():
            return trigger.form == event.form and is_from(trigger.from_, event.who)
        case OnFlag(), Flagged():
            return trigger.flag == event.flag and is_from(trigger.from_, event.who)
        case OnApproved(), Decided():
            return (trigger.name, trigger.refused) == (event.name, event.refused)
        case OnCase(), CaseReached():
            return (trigger.kind, trigger.stage) == (event.kind, event.stage)
        case _:
            return False


def is_from(from_: From, who: Actor) -> bool:
    """Tell whether somebody is one of those a line names, and none of those it leaves out."""
    if any(_is_target(one, who) for one in from_.not_):
        return False
    if not from_.groups and not from_.targets:
        return True
    return any(_is_target(one, who) for one in from_.targets) or any(
        belongs(who.sender, one, recused=who.recused, requester=who.is_requester) for one in from_.groups
    )


def _is_target(target: Target, who: Actor) -> bool:
    match target.kind:
        case "requester":
            return who.is_requester
        case "group":
            return target.name in who.groups
        case "role":
            return any(canonical(role).replace(" ", "_") == target.name for role in who.sender.roles)
        case _:
            return False


def commands(case_file: CaseFile, stage: str, verb: str) -> tuple[OnCommand, ...]:
    """Return every line that waits for a verb in a stage, so that an answer can say what was missing."""
    whens: list[When] = [when for place in places_of(case_file, stage) for when in place.whens]
    return tuple(one.trigger for one in whens if isinstance(one.trigger, OnCommand) and verb in one.trigger.verbs)
