"""What may happen to a case, as values, and what is asked about it while a step is decided."""

from dataclasses import dataclass
from typing import Literal, Protocol

from mailroom.rules.cases.effects import At, Check, If
from mailroom.rules.forms import Filled
from mailroom.rules.model import Sender


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: the directory's answer, and what they are to the case at hand.

    `groups` are the case's own groups they are in, as frozen; `recused` says that they declared an interest in it.
    """

    sender: Sender
    is_requester: bool = False
    groups: frozenset[str] = frozenset()
    recused: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """The case has come into the stage."""


@dataclass(frozen=True, slots=True)
class MessageLinked:
    """A message was linked to the case; `says` is its yes or no where it says one."""

    class_: str
    who: Actor
    flags: frozenset[str] = frozenset()
    says: Literal["", "yes", "no"] = ""


@dataclass(frozen=True, slots=True)
class Commanded:
    """A command names the case. `form` is what stands beside it in labelled lines, `words` the note beside the verb."""

    verb: str
    who: Actor
    form: Filled | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class FormCame:
    """A message fills in a form by its name."""

    form: str
    who: Actor
    filled: Filled


@dataclass(frozen=True, slots=True)
class TimeCame:
    """A timer is due: that of the `When time`, `Chase` or `If nothing happens` line at `at`."""

    at: At


@dataclass(frozen=True, slots=True)
class Flagged:
    """A linked message bears a flag: an event of its own beside the message's class."""

    flag: str
    who: Actor


@dataclass(frozen=True, slots=True)
class Decided:
    """What was held under `name` was approved, or refused."""

    name: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class CaseReached:
    """A linked or child case of this kind reached a stage."""

    kind: str
    stage: str


Event = Entered | MessageLinked | Commanded | FormCame | TimeCame | Flagged | Decided | CaseReached


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check gives: ok, or the reason as the person may read it and as only the office may."""

    ok: bool
    public: str = ""
    private: str = ""


class Facts(Protocol):
    """What the office answers while a step is decided; it is asked only, never told."""

    def check(self, check: Check, whose: str) -> Verdict:
        """Look whether a named check holds of the requester, the sender, the form, the case or the message."""
        ...

    def holds(self, condition: If) -> bool:
        """Tell whether the condition at the end of a `Then` line holds."""
        ...
