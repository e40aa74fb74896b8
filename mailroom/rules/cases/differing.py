"""Where two readings of a process file part: what a case in a stage would do otherwise from now on."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from mailroom.rules.cases.effects import At
from mailroom.rules.cases.events import Event, Facts
from mailroom.rules.cases.model import CaseFile
from mailroom.rules.cases.step import places_of, step
from mailroom.rules.cases.telling import Said, effect, roles, stage_lines

_NOT_SAID = {"file", "title"}


def same(before: CaseFile, after: CaseFile) -> bool:
    """Tell whether two files say the same; where their lines stand makes no difference."""
    return bool(_meaning(before) == _meaning(after))


def _meaning(value: Any) -> Any:  # noqa: ANN401 - any value of the model
    if isinstance(value, At):
        return None
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(_meaning(getattr(value, one.name)) for one in fields(value) if one.name not in _NOT_SAID)
    if isinstance(value, tuple):
        return tuple(_meaning(one) for one in value)
    return value


def of_stage(before: CaseFile, after: CaseFile | None, stage: str) -> tuple[str, ...]:
    """Say what a case that rests in a stage will do otherwise; () for nothing."""
    return tuple(_of_stage(before, after, stage))


def _of_stage(before: CaseFile, after: CaseFile | None, stage: str) -> Iterator[str]:
    if after is None:
        yield "its process is gone: nothing would happen in it any more"
        return
    if stage not in after.final and after.stage(stage) is None:
        yield f"its stage “{stage}” is gone: nothing would happen in it any more"
        return
    if (stage in before.final) != (stage in after.final):
        yield f"its stage “{stage}” is {'an end now' if stage in after.final else 'no end any more'}"
    if before.owner != after.owner:
        yield f"such a case is owned by {roles(after.owner)}, no longer by {roles(before.owner)}"
    first, second = ([*_lines(one, stage)] for one in (before, after))
    yield from (f"now: {line}" for line in second if line not in first)
    yield from (f"no longer: {line}" for line in first if line not in second)


def _lines(case_file: CaseFile, stage: str) -> Iterator[str]:
    """Return what a case in a stage waits for, a line each with what is then done; entering it is over."""
    for place in places_of(case_file, stage):
        told: list[Said] = []
        for line in (*stage_lines(place, case_file), None):
            if line is not None and line.inside:
                told.append(line)
                continue
            if told and told[0].kind != "entry":
                yield _whole(told)
            told = [line] if line is not None else []


def _whole(told: list[Said]) -> str:
    first, *rest = told
    done = "; ".join(f"→ {one.to}" if one.to else one.text for one in rest)
    return f"{first.text}: {done}" if done else first.text


def of_event(before: CaseFile, after: CaseFile, stage: str, event: Event, facts: Facts) -> str:
    """Say how an event would be answered otherwise in a stage; "" where it would not."""
    first, second = (step(one, stage, event, facts).effects for one in (before, after))
    old, new = ([effect(one) for one in effects] for effects in (first, second))
    if old == new:
        return ""
    more = [one for one in new if one not in old]
    less = [one for one in old if one not in new]
    parts = [f"now {', '.join(more)}" if more else "", f"no longer {', '.join(less)}" if less else ""]
    return "; ".join(filter(None, parts)) or "in another order"
