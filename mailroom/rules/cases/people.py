"""Whom a line is for, and whom it waits for.

requester    sender    chief inspector    called    called who are silent    called of the linked case
any officer  member    recused member     authoriser who is not host
"""

from collections.abc import Iterator
from typing import Final, Literal

from mailroom.rules import vocabulary
from mailroom.rules.cases.effects import Target
from mailroom.rules.cases.scope import Scope, several
from mailroom.rules.cases.triggers import From
from mailroom.rules.known import Fault
from mailroom.rules.lines import Line, canonical
from mailroom.rules.who import Group, group, names

REQUESTER: Final = "requester"
SENDER: Final = "sender"
_LINKED = " of the linked case"
_ONLY: Final[tuple[tuple[str, Literal["silent", "answered"]], ...]] = (
    (" who are silent", "silent"), (" who have answered", "answered"), (" who answered", "answered"),
)  # fmt: skip
_NOT = (" who is not ", " who are not ")


def targets(written: str, scope: Scope, line: Line) -> tuple[Target, ...]:
    """Read `requester; host; coordinator`, each once; raises Fault."""
    found = tuple(dict.fromkeys(target(one, scope, line) for one in several(written)))
    if not found:
        raise Fault("nobody is named.", REQUESTER)
    return found


def target(written: str, scope: Scope, line: Line) -> Target:
    """Read one of them; raises Fault with the nearest name."""
    name = canonical(written).removeprefix("the ")
    linked = name.endswith(_LINKED)
    name = name.removesuffix(_LINKED)
    only: Literal["", "silent", "answered"] = ""
    for ending, which in _ONLY:
        if name.endswith(ending):
            name, only = name.removesuffix(ending), which
    if name in {REQUESTER, SENDER}:
        if only or (linked and name == SENDER):
            raise Fault(f"“{canonical(written)}” is nobody: only a group has members who answer.", name, written)
        return Target("requester" if name == REQUESTER else "sender", "", linked)
    if linked:
        # Whether that case has such a group is seen once every file is read.
        return Target("group", name, linked, only)
    if found := scope.group(name, line):
        return Target("group", found, only=only)
    if found := vocabulary.role(name, scope.known.roles):
        if only:
            raise Fault(f"“{name}” is a role; only a group has members who answer.", name, written)
        return Target("role", found)
    near = vocabulary.nearest(name, list(_names(scope)))
    raise Fault(f"“{name}” is neither a role nor a group nor requester nor sender.", near, name)


def roles(written: str, scope: Scope) -> tuple[str, ...]:
    """Read `coordinator; cover when she is away` into the names of roles, each once; raises Fault."""
    found = tuple(dict.fromkeys(role(one, scope) for one in several(written.replace(",", ";"))))
    if not found:
        raise Fault("nobody is named.", "coordinator")
    return found


def role(written: str, scope: Scope) -> str:
    """Read one role; what follows “when” says in words for people when they act. Raises Fault."""
    name = canonical(written).partition(" when ")[0].removeprefix("the ")
    found = vocabulary.role(name, scope.known.roles)
    if not found:
        near = vocabulary.nearest(name, [one.replace("_", " ") for one in scope.known.roles])
        raise Fault(f"there is no role “{name}”.", near, name)
    return found


def is_role(written: str, scope: Scope) -> bool:
    """Tell whether a word names a role of the office."""
    return bool(vocabulary.role(canonical(written).removeprefix("the "), scope.known.roles))


def who(written: str, scope: Scope, line: Line) -> From:
    """Read whom an event must come from; raises Fault."""
    groups: list[Group] = []
    wanted: list[Target] = []
    nots: list[Target] = []
    found = several(written)
    for one in found:
        name = canonical(one)
        for word in _NOT:
            if word in name:
                name, _, left_out = name.partition(word)
                nots += [target(each, scope, line) for each in left_out.split(" or ")]
        _who(name, scope, line, groups, wanted)
    if nots and len(found) > 1:
        text = "“who is not” stands beside one role only; write another “When” line for the others."
        raise Fault(text, "", "who is not")
    return From(tuple(groups), tuple(wanted), tuple(nots))


def _who(name: str, scope: Scope, line: Line, groups: list[Group], wanted: list[Target]) -> None:
    if name == REQUESTER:
        wanted.append(Target("requester"))
    elif own := scope.group(name, line):
        wanted.append(Target("group", own))
    elif made := group(name, scope.known.roles):
        groups.append(made)
    else:
        near = vocabulary.nearest(name, [REQUESTER, *scope.groups, *names(scope.known.roles)])
        raise Fault(f"“{name}” is no group or role.", near, name)


def _names(scope: Scope) -> Iterator[str]:
    yield from (REQUESTER, SENDER)
    yield from scope.groups
    yield from scope.known.groups
    yield from (one.replace("_", " ") for one in scope.known.roles)
