"""What a line of a case file has done, as values: mails, drafts, tasks, facts, items, and who or when they are for.

Every effect knows the file and line it stands at, so that each thing the office does can name its cause.
"""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class At:
    """Where a line stands."""

    file: str
    line: int


NOWHERE: Final = At("", 0)
"""For what no line says."""

ASKED: Final = "notice/asked"
"""The mail that puts a case before somebody, where its file names no other."""

TargetKind = Literal["requester", "sender", "role", "group"]


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a mail is for: `name` is a role or one of the case's groups, "" otherwise.

    `of_linked`: of the case this one was opened from ("called of the linked case"). `only`: those of the group who
    are "silent" (recorded nothing) or have "answered".
    """

    kind: TargetKind
    name: str = ""
    of_linked: bool = False
    only: Literal["", "silent", "answered"] = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A named check from the catalogue, such as `vetted on activity date`: `name` "vetted on", `about` the fact.

    `negated` for `not on leave`. It gives ok, or a private and a public reason.
    """

    name: str
    about: str = ""
    negated: bool = False
    written: str = ""
    value: str = ""
    """The answer that `right is foi` asks for."""


@dataclass(frozen=True, slots=True)
class If:
    """A condition at the end of a `Then` line: `if health words`, `if no place`, `if right is foi`."""

    fact: str
    is_: str = ""
    negated: bool = False


AnchorKind = Literal["entry", "fact", "fact_ends", "half_way", "now", "day_ends"]
Unit = Literal["minutes", "hours", "days", "working_days", "weeks", "months"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A time: `amount` units after (negative: before) an anchor. `half_way` lies between entry and the fact.

    `day_ends` is when the coordinator stops work on the day of entry; entry itself, where she is not at work.

    `month` counts to the same day of a later month (SAR: Article 12(3) UK GDPR), `working_days` in England and Wales.
    """

    anchor: AnchorKind
    fact: str = ""
    amount: int = 0
    unit: Unit = "working_days"


Hours = Literal["", "any", "not_quiet"]
"""`any hour`: at once, whatever the hour; `not in quiet hours`: moved to when they end; "" the slot of its kind."""


@dataclass(frozen=True, slots=True)
class Send:
    """`Then send: TEMPLATE to TARGETS, modifiers`. One mail to each."""

    template: str
    to: tuple[Target, ...]
    at: At
    hours: Hours = ""
    once_each: bool = False
    without_name: bool = False
    """The message at hand is passed on without saying whose it is."""
    with_message: bool = False
    """The words of the message at hand go along; only ever inside the force."""
    with_failed_check: bool = False
    """`with own failed check`: the public reason of the guard that failed."""
    files: tuple[str, ...] = ()
    condition: If | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """`Then hold: NAME, TEMPLATE to TARGETS, for ROLE`: drafts that go when ROLE approves: `When approved: NAME`."""

    name: str
    template: str
    to: tuple[Target, ...]
    for_: tuple[str, ...]
    at: At
    without_name: bool = False
    with_message: bool = False
    files: tuple[str, ...] = ()
    expires: Moment | None = None
    """`too late after FACT`: from then the draft is never sent."""
    condition: If | None = None
    with_attached: bool = False
    """`with the file`: the files of the message at hand, once they are safe to release."""


@dataclass(frozen=True, slots=True)
class Tell:
    """`Then tell: ROLES` (, straight away): a task for each, and a mail about it."""

    roles: tuple[str, ...]
    template: str
    at: At
    hours: Hours = ""
    words: str = ""
    """`Then tell: coordinator, to phone them`: what they are asked to do; "" for a look at the message."""
    condition: If | None = None


@dataclass(frozen=True, slots=True)
class DigestLine:
    """The case stands as a line in the next digest of `roles`: what `Chase: digest line to ROLE` comes to."""

    roles: tuple[str, ...]
    at: At


@dataclass(frozen=True, slots=True)
class Set:
    """`Then set: FACT = VALUE`: a moment, a field of the form at hand, or words."""

    fact: str
    at: At
    moment: Moment | None = None
    field: str = ""
    words: str = ""
    condition: If | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """`Then record: NAME` (, unattributed; apart; late): the message becomes a numbered item of the case.

    It is counted unless apart; it bears the message's own time however late it is linked.
    """

    name: str
    at: At
    unattributed: bool = False
    apart: bool = False
    late: bool = False
    condition: If | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """`Then open: CASE, linked` or `, as a child`: a child's commands count under its parent's reference too."""

    case: str
    at: At
    child: bool = False
    condition: If | None = None
    facts: tuple[tuple[str, str], ...] = ()
    """`with right police_complaint`: facts that the new case is handed, with their answers."""


@dataclass(frozen=True, slots=True)
class Flag:
    """`Then flag: NAME` on the message at hand."""

    flag: str
    at: At
    condition: If | None = None


@dataclass(frozen=True, slots=True)
class HandTo:
    """`Then hand to: ROLES`: they own the case from now on."""

    roles: tuple[str, ...]
    at: At
    condition: If | None = None


@dataclass(frozen=True, slots=True)
class HideFrom:
    """`Then hide from: ROLE`: no mail, task, list or digest shows the case to them."""

    roles: tuple[str, ...]
    at: At
    condition: If | None = None


@dataclass(frozen=True, slots=True)
class LegalHold:
    """`Then freeze: the case` or `everything of the requester`: nothing of it is disposed of until final."""

    of_requester: bool
    at: At
    condition: If | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A fact and how it is read: `advice wanted by, a time`.

    `reader` is a name of the catalogue (a time, a date, a date with hours, a place, yes or no, words, numbered lines,
    one of, told by, a number, about a role); `choices` the answers or lists it may be.
    """

    fact: str
    reader: str
    choices: tuple[str, ...] = ()
    at: At = NOWHERE


@dataclass(frozen=True, slots=True)
class Read:
    """`Read: FACT, READER; FACT, READER`: what the message at hand is asked for."""

    wanted: tuple[Reading, ...]
    at: At


@dataclass(frozen=True, slots=True)
class GoTo:
    """`Then go to: STAGE`: the last of its list; what comes with the stage is the next step."""

    stage: str
    at: At
    condition: If | None = None


@dataclass(frozen=True, slots=True)
class Unforeseen:
    """Nothing in the file says what happens now: a person decides. `step` gives it, no line does."""

    at: At


Effect = (
    Send
    | Hold
    | Tell
    | DigestLine
    | Set
    | Record
    | Open
    | Flag
    | HandTo
    | HideFrom
    | LegalHold
    | Read
    | GoTo
    | Unforeseen
)


@dataclass(frozen=True, slots=True)
class Guard:
    """`If requester: CHECKS` (or form, case, message): all must hold, else `otherwise` is done and the list ends."""

    whose: Literal["requester", "sender", "form", "case", "message"]
    checks: tuple[Check, ...]
    otherwise: tuple[Effect, ...]
    at: At


Item = Effect | Guard
