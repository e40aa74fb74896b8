"""What a stage waits for, as values: messages, commands, forms, times, flags, approvals, and other cases."""

from dataclasses import dataclass
from typing import Final, Literal

from mailroom.rules.cases.effects import At, Hours, Item, Moment, Target
from mailroom.rules.who import Group


@dataclass(frozen=True, slots=True)
class From:
    """Who an event must come from; all None means anyone.

    `group`: people as rules name them; `target`: requester or one of the case's groups; `not_`: roles or groups
    the same person must not be (`authoriser who is not host`).
    """

    groups: tuple[Group, ...] = ()
    targets: tuple[Target, ...] = ()
    not_: tuple[Target, ...] = ()

    @property
    def is_anyone(self) -> bool:
        """Whether it asks for nobody in particular."""
        return not self.targets and (not self.groups or any(one.kind == "anyone" for one in self.groups))


ANYONE: Final = From()
"""Nobody in particular is asked for."""


@dataclass(frozen=True, slots=True)
class OnMessage:
    """`When message: CLASS from WHO, saying yes`."""

    class_: str
    from_: From = ANYONE
    saying: Literal["", "yes", "no"] = ""


@dataclass(frozen=True, slots=True)
class OnCommand:
    """`When command: VERB; VERB with form NAME, from ROLES`; `with reason` demands words beside the verb."""

    verbs: tuple[str, ...]
    from_: From = ANYONE
    form: str = ""
    reason: bool = False


@dataclass(frozen=True, slots=True)
class OnForm:
    """`When form: NAME from WHO`."""

    form: str
    from_: From = ANYONE


@dataclass(frozen=True, slots=True)
class OnTime:
    """`When time: 2 hours after entry, any hour`; `at_least` is `if 6 hours or more` lie between entry and the fact."""

    moment: Moment
    hours: Hours = ""
    at_least: int = 0
    """In minutes."""


@dataclass(frozen=True, slots=True)
class OnFlag:
    """`When flag: NAME from WHO`: a flag on a linked message, an event of its own beside the message's class."""

    flag: str
    from_: From = ANYONE


@dataclass(frozen=True, slots=True)
class OnApproved:
    """`When approved: NAME` or `When refused: NAME`: what was held under that name."""

    name: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class OnCase:
    """`When case: gold is agreed`: a linked or child case reached a stage."""

    kind: str
    stage: str


Trigger = OnMessage | OnCommand | OnForm | OnTime | OnFlag | OnApproved | OnCase


@dataclass(frozen=True, slots=True)
class When:
    """What is done when `trigger` happens."""

    trigger: Trigger
    then: tuple[Item, ...]
    at: At


@dataclass(frozen=True, slots=True)
class Chase:
    """`Chase: TEMPLATE to TARGET, at feedback due; 5 working days after`, while the case stays in the stage.

    `task` and `digest` are `task to ROLE` and `digest line to ROLE` in place of a mail. `every` is a moment whose
    amount repeats (`every 10 minutes`), () of `moments` then.
    """

    to: tuple[Target, ...]
    at: At
    template: str = ""
    task: bool = False
    digest: bool = False
    moments: tuple[Moment, ...] = ()
    every: Moment | None = None
    hours: Hours = ""
