"""What a case file says, as values: the head, the groups, and the stages with what each waits for.

`reading` makes them from lines, `step` plays them, `office.cases` carries out what comes of it.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from mailroom.rules.cases.effects import NOWHERE, At, Check, Item, Moment, Reading
from mailroom.rules.cases.triggers import ANYONE, Chase, From, When

ANY: Final = "any"
"""The stage whose `When` lines hold in every stage, after the stage's own."""


MembersSource = Literal["members", "role_of", "addressed", "listed"]


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """`Group NAME:`; people named once, counted when a call is released, and looked at again as each mail leaves.

    members:   `members who are active; vetted now; not recused for place` - `checks` by name
    role_of:   `the observation_host of place` - `role` and the fact that holds the place
    addressed: `members addressed in the opening message`
    listed:    a group of groups.txt, `role` holding its name
    """

    name: str
    source: MembersSource
    checks: tuple[Check, ...] = ()
    role: str = ""
    fact: str = ""
    at: At = NOWHERE


@dataclass(frozen=True, slots=True)
class OpensOn:
    """`Opens on: CLASS from WHO`, `command VERB WORDS from ROLES`, or `another case`."""

    class_: str = ""
    command: str = ""
    words: str = ""
    from_: From = ANYONE
    by_case: bool = False


@dataclass(frozen=True, slots=True)
class KeptApart:
    """`Keep apart: FACT, for ROLE only`."""

    fact: str
    role: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """`If nothing happens: task to ROLES, 2 working days after entry`."""

    roles: tuple[str, ...]
    moment: Moment
    at: At


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: what is done on entry, what it waits for, whom it chases, and a deadline of its own."""

    name: str
    at: At
    entering: tuple[Item, ...] = ()
    whens: tuple[When, ...] = ()
    chases: tuple[Chase, ...] = ()
    deadline: Deadline | None = None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One process. `name` is the file's stem ("incident"), `reference` its prefix ("INC").

    `stages` in order, the first being where a case begins; `any_stage` holds in all of them. `final` stages are ends
    and need no block. `unfit` says what becomes of a mail whose reader is `restricted`, `left` … as it leaves.
    """

    name: str
    title: str
    reference: str
    file: str
    opens_on: tuple[OpensOn, ...] = ()
    owner: tuple[str, ...] = ()
    seal: bool = False
    apart: tuple[KeptApart, ...] = ()
    read: tuple[Reading, ...] = ()
    groups: tuple[CaseGroup, ...] = ()
    unfit: tuple[tuple[str, Literal["wait", "cancel"]], ...] = ()
    deadline: Deadline | None = None
    final: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    any_stage: Stage | None = None
    verbs: frozenset[str] = field(default_factory=frozenset)
    """Every verb that some stage waits for."""

    @property
    def first(self) -> str:
        """The stage a new case begins in."""
        return self.stages[0].name

    def stage(self, name: str) -> Stage | None:
        """Return the block of a stage, or None for a final stage without one."""
        return next((one for one in self.stages if one.name == name), None)

    def group(self, name: str) -> CaseGroup | None:
        """Return one of its groups by name."""
        return next((one for one in self.groups if one.name == name), None)
