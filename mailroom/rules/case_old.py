"""Cases: a process written down as stages, and what each stage does when something happens.

The values here and `step`, which plays them. A case file is read by case_files.py.
"""

from dataclasses import dataclass

from mailroom.rules.model import Sender
from mailroom.rules.who import Group, belongs, has_interest

ANY = "any"
REQUESTER = "requester"
SENDER = "sender"


@dataclass(frozen=True, slots=True)
class Send:
    """Write a mail to each of `to`: roles, "requester" (who opened the case) or "sender" (of this message)."""

    template: str
    to: tuple[str, ...]
    any_hour: bool
    file: str
    line: int
    once_each: bool = False


@dataclass(frozen=True, slots=True)
class GoTo:
    """Move the case to a stage; the caller enters it by calling `step` with Entered."""

    stage: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Put the case before each of `roles`, as a task, with the mail `template`."""

    roles: tuple[str, ...]
    template: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Flag:
    """Raise a flag on the message at hand."""

    flag: str
    file: str
    line: int


Effect = Send | GoTo | Tell | Flag


@dataclass(frozen=True, slots=True)
class Trigger:
    """A class of message from a group of people; `group` None means anyone, "requester" who opened the case."""

    class_: str
    group: Group | None
    requester: bool = False

    @property
    def is_open_to_anyone(self) -> bool:
        """Whether it asks for nobody in particular."""
        return not self.requester and (self.group is None or self.group.kind == "anyone")


@dataclass(frozen=True, slots=True)
class When:
    """What to do when a message comes that `trigger` describes."""

    trigger: Trigger
    effects: tuple[Effect, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; `entering` is done on entry, in order, and `whens` are what it then waits for."""

    name: str
    line: int
    entering: tuple[Effect, ...]
    whens: tuple[When, ...]


@dataclass(frozen=True, slots=True)
class Deadline:
    """`If nothing happens`: a task to each of `roles`, so many working days after the case came into its stage."""

    roles: tuple[str, ...]
    working_days: int
    line: int


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One process. `name` is the file's stem ("incident"), `reference` its prefix ("INC").

    `stages` in order, the first being where a case begins; `any_stage` holds in all of them. `final` stages are
    ends; one of them need not have a block. `opens_on` says which messages may open a case.
    """

    name: str
    title: str
    reference: str
    file: str
    opens_on: tuple[Trigger, ...]
    owner: tuple[str, ...]
    seal: str
    read: tuple[str, ...]
    if_nothing_happens: Deadline | None
    final: tuple[str, ...]
    stages: tuple[Stage, ...]
    any_stage: Stage | None = None

    @property
    def first(self) -> str:
        """The stage a new case begins in."""
        return self.stages[0].name

    def stage(self, name: str) -> Stage | None:
        """Return the block of a stage, or None for a final stage without one."""
        return next((one for one in self.stages if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Entered:
    """The case has come into the stage."""


@dataclass(frozen=True, slots=True)
class MessageLinked:
    """A message was linked to the case. `place` is the case's, "" while unknown."""

    class_: str
    sender: Sender
    is_requester: bool
    place: str = ""


Event = Entered | MessageLinked


def step(case_file: CaseFile, stage: str, event: Event) -> tuple[Effect, ...]:
    """Return what the case does when `event` happens in `stage`, in order; () when it does nothing.

    Entering runs the stage's leading lines. A message runs the first `When` it fits, in the stage itself and,
    failing that, in `Stage: any`. A GoTo ends the list: what comes with the next stage is the next step.
    """
    here = case_file.stage(stage)
    if isinstance(event, Entered):
        return here.entering if here is not None else ()
    for place in (here, case_file.any_stage):
        for when in place.whens if place is not None else ():
            if _fits(when.trigger, event):
                return when.effects
    return ()


def _fits(trigger: Trigger, event: MessageLinked) -> bool:
    if trigger.class_ != event.class_:
        return False
    if trigger.requester:
        return event.is_requester
    recused = has_interest(event.sender, event.place)
    return trigger.group is None or belongs(event.sender, trigger.group, recused=recused)
