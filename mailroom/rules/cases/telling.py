"""A case file in short words: what each line waits for and does, for drawings, histories and lists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from mailroom.rules.cases.effects import (
    DigestLine,
    Effect,
    Flag,
    GoTo,
    Guard,
    HandTo,
    HideFrom,
    Hold,
    If,
    Item,
    LegalHold,
    Moment,
    Open,
    Read,
    Record,
    Send,
    Set,
    Target,
    Tell,
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
    OnTime,
    Trigger,
)

Kind = Literal["entry", "message", "command", "form", "time", "flag", "approval", "case", "chase", "deadline", "does"]

_UNITS: Final = {"working_days": "working day"}


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a stage in words: `to` is the stage it leads to, `line` where it stands in the file."""

    kind: Kind
    text: str
    line: int
    to: str = ""
    inside: int = 0
    """How far it belongs under the line above: 0 for what is waited for, 1 for what is then done, 2 for otherwise."""


def stage_lines(stage: Stage, case_file: CaseFile) -> tuple[Said, ...]:
    """Return everything a stage does and waits for, in the order it stands."""
    return tuple(_stage_lines(stage, case_file))


def _stage_lines(stage: Stage, case_file: CaseFile) -> Iterator[Said]:
    if stage.entering:
        yield Said("entry", "at once", stage.at.line)
        yield from _items(stage.entering)
    for when in stage.whens:
        kind, words = trigger(when.trigger)
        yield Said(kind, words, when.at.line)
        yield from _items(when.then)
    for chase in stage.chases:
        yield Said("chase", chased(chase), chase.at.line)
    deadline = stage.deadline or (None if stage is case_file.any_stage else case_file.deadline)
    if deadline is not None and stage.name not in case_file.final and not _leaves(stage):
        words = f"task to {roles(deadline.roles)}, {moment(deadline.moment)}, if nothing happens"
        yield Said("deadline", words, deadline.at.line)


def _leaves(stage: Stage) -> bool:
    return any(isinstance(one, GoTo) and one.condition is None for one in stage.entering)


def _items(items: Sequence[Item], inside: int = 1) -> Iterator[Said]:
    for item in items:
        if isinstance(item, Guard):
            asked = ", ".join(one.written for one in item.checks)
            yield Said("does", f"unless the {item.whose} passes: {asked}", item.at.line, inside=inside)
            yield from _items(item.otherwise, inside + 1)
        elif isinstance(item, GoTo):
            words = f"{condition(item.condition)}{item.stage}"
            yield Said("does", words, item.at.line, item.stage, inside)
        else:
            yield Said("does", effect(item), item.at.line, inside=inside)


def trigger(one: Trigger) -> tuple[Kind, str]:
    """Return what kind of event a line waits for, and the words for it."""
    match one:
        case OnMessage():
            saying = f", saying {one.saying}" if one.saying else ""
            return "message", f"message {one.class_}{whom(one.from_)}{saying}"
        case OnCommand():
            verbs = " or ".join(verb.upper() for verb in one.verbs)
            beside = f" with the form {one.form}" if one.form else " with a reason" if one.reason else ""
            return "command", f"{verbs}{beside}{whom(one.from_)}"
        case OnForm():
            return "form", f"form {one.form}{whom(one.from_)}"
        case OnTime():
            least = f", if {one.at_least // 60} hours or more" if one.at_least else ""
            return "time", f"{moment(one.moment)}{least}{_hours(one.hours)}"
        case OnFlag():
            return "flag", f"flag {one.flag}{whom(one.from_)}"
        case OnApproved():
            return "approval", f"“{one.name}” is {'refused' if one.refused else 'approved'}"
        case OnCase():
            return "case", f"{one.kind} is {one.stage}"


def whom(from_: From) -> str:
    """Return ` from called or host, but not the host`, "" for anyone."""
    names = [*(target(one) for one in from_.targets), *(one.written for one in from_.groups)]
    if not names:
        return ""
    less = f", who is not {', '.join(target(one) for one in from_.not_)}" if from_.not_ else ""
    return f" from {', '.join(names)}{less}"


def effect(one: Effect) -> str:
    """Return what is done."""
    said = _written(one) if isinstance(one, Send | Hold | Tell | DigestLine) else _done(one)
    return f"{condition(getattr(one, 'condition', None))}{said}"


def _written(one: Send | Hold | Tell | DigestLine) -> str:
    """Return to whom something is written."""
    match one:
        case Send():
            marks = {
                "once each": one.once_each, "without a name": one.without_name, "with the message": one.with_message,
                "with the failed check": one.with_failed_check,
            }  # fmt: skip
            words = f"mails {one.template} to {_targets(one.to)}{_hours(one.hours)}"
            files = [f"with {file}" for file in one.files]
            return ", ".join([words, *(mark for mark, holds in marks.items() if holds), *files])
        case Hold():
            late = f", too late after {moment(one.expires)}" if one.expires else ""
            names = [*one.files, *(["the files that came"] if one.with_attached else [])]
            along = f", with {', '.join(names)}" if names else ""
            return f"holds “{one.name}” for {roles(one.for_)}: {one.template} to {_targets(one.to)}{along}{late}"
        case Tell():
            return f"tells {roles(one.roles)}{_hours(one.hours)}" + (f" to {one.words}" if one.words else "")
        case DigestLine():
            return f"a line in the digest of {roles(one.roles)}"


def _done(one: Effect) -> str:
    """Return what is done beside writing."""
    match one:
        case Set():
            value = f"the form's “{one.field}”" if one.field else moment(one.moment) if one.moment else one.words
            return f"{one.fact} = {value}"
        case Record():
            marks = {"unattributed": one.unattributed, "apart": one.apart, "late": one.late}
            return ", ".join([f"records {one.name}", *(mark for mark, holds in marks.items() if holds)])
        case Open():
            handed = "".join(f", with {fact} {answer}" for fact, answer in one.facts)
            return f"opens {one.case}{', as a child' if one.child else ', linked'}{handed}"
        case Flag():
            return f"flags {one.flag}"
        case HandTo():
            return f"hands it to {roles(one.roles)}"
        case HideFrom():
            return f"hides it from {roles(one.roles)}"
        case LegalHold():
            return f"freezes {'everything of the requester' if one.of_requester else 'the case'}"
        case Read():
            return f"reads {', '.join(each.fact for each in one.wanted)}"
        case GoTo():
            return f"goes to {one.stage}"
        case _:
            return "asks a person"


def condition(one: If | None) -> str:
    """Return `if no place: `, "" for none."""
    if one is None:
        return ""
    if one.is_:
        return f"if {one.fact} is {'not ' if one.negated else ''}{one.is_}: "
    return f"if {'no ' if one.negated else ''}{one.fact}: "


def chased(chase: Chase) -> str:
    """Return whom a chase line reminds, and when."""
    to = _targets(chase.to)
    what = f"task to {to}" if chase.task else f"digest line to {to}" if chase.digest else f"{chase.template} to {to}"
    moments = [moment(one) if one.amount else f"at {moment(one)}" for one in chase.moments]
    if chase.every is not None:
        moments.append(f"every {_amount(chase.every)}")
    return f"{what}, {'; '.join(moments)}{_hours(chase.hours)}"


def moment(one: Moment) -> str:
    """Return a moment as one would write it."""
    anchor = {
        "entry": "entry", "now": "now", "fact": one.fact, "fact_ends": f"{one.fact} ends",
        "half_way": f"half way to {one.fact}", "day_ends": "the end of the coordinator's day",
    }[one.anchor]  # fmt: skip
    if not one.amount:
        return anchor
    if one.anchor == "now":
        return f"{_amount(one)} from now"
    return f"{_amount(one)} {'before' if one.amount < 0 else 'after'} {anchor}"


def _amount(one: Moment) -> str:
    n = abs(one.amount)
    unit = _UNITS.get(one.unit, one.unit.removesuffix("s"))
    return f"{n} {unit}{'' if n == 1 else 's'}"


def target(one: Target) -> str:
    """Return whom a mail is for."""
    name = one.name.replace("_", " ") if one.kind == "role" else one.name or one.kind
    only = {"silent": " who are silent", "answered": " who answered", "": ""}[one.only]
    return f"{name}{only}{' of the linked case' if one.of_linked else ''}"


def roles(names: Sequence[str]) -> str:
    """Return roles as they are said."""
    return ", ".join(one.replace("_", " ") for one in names)


def _targets(those: Sequence[Target]) -> str:
    return ", ".join(target(one) for one in those)


def _hours(hours: str) -> str:
    return {"any": ", at any hour", "not_quiet": ", not in quiet hours"}.get(hours, "")
