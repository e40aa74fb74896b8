"""Groups of people, as rules and cases name them: `any member; vetting unit; recused member`.

Who somebody is was settled by the directory before: a group looks only at the sender it is handed.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from mailroom.rules import vocabulary
from mailroom.rules.lines import canonical
from mailroom.rules.model import Sender

_PERSON_ID = re.compile(r"[A-Za-z]{1,2}\d{2,}")
_DOMAIN = re.compile(r"@?[a-z0-9-]+(\.[a-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Group:
    """Some people; `written` is how the coordinator named them."""

    kind: Literal["anyone", "known", "stranger", "recused", "kind", "role", "person", "address", "domain"]
    value: str
    written: str


def names(roles: Collection[str]) -> list[str]:
    """List every way to name a group, for the hint beside a misspelt one."""
    people = [f"any {kind}" for kind in vocabulary.PEOPLE]
    return [*people, "anyone", "stranger", "known person", "recused member", *(one.replace("_", " ") for one in roles)]


def group(written: str, roles: Collection[str]) -> Group | None:
    """Read the name of a group, or return None when there is no such group."""
    name = canonical(written)
    bare = name.removeprefix("any ").removeprefix("a ").removeprefix("an ").replace("recused members", "recused member")
    fixed = {"anyone": "anyone", "anybody": "anyone", "stranger": "stranger", "strangers": "stranger"}
    if bare in fixed:
        return Group("anyone" if fixed[bare] == "anyone" else "stranger", "", written)
    if bare in {"known person", "somebody known"}:
        return Group("known", "", written)
    if bare == "recused member":
        return Group("recused", "", written)
    for kind in vocabulary.PEOPLE:
        if bare in {kind, f"{kind}s"}:
            return Group("kind", kind, written)
    if found := vocabulary.role(bare, roles):
        return Group("role", found, written)
    if "@" in bare[1:] and " " not in bare:
        return Group("address", bare, written)
    if _DOMAIN.fullmatch(bare):
        return Group("domain", bare.removeprefix("@"), written)
    if name.startswith("person ") or _PERSON_ID.fullmatch(bare):
        return Group("person", name.removeprefix("person "), written)
    return None


def belongs(sender: Sender, wanted: Group, *, recused: bool, colleague: bool = False) -> bool:
    """Tell whether the sender is one of the group.

    `recused`: the sender has declared an interest in what this is about. `colleague`: an address of our own
    force, proved by our own server; an officer need not be in the directory to ask for advice.
    """
    match wanted.kind:
        case "anyone":
            return True
        case "known":
            return bool(sender.person)
        case "stranger":
            return not sender.person and not colleague
        case "recused":
            return sender.kind == "member" and recused
        case "kind":
            return sender.kind == wanted.value or (wanted.value == "officer" and colleague and not sender.person)
        case "role":
            return any(canonical(role).replace(" ", "_") == wanted.value for role in sender.roles)
        case "person":
            return bool(sender.person) and sender.person.casefold() == wanted.value
        case "address":
            return sender.address == wanted.value
        case "domain":
            return sender.address.partition("@")[2] == wanted.value


def has_interest(sender: Sender, place: str) -> bool:
    """Tell whether the sender has declared an interest in `place`.

    While the place is still unknown ("") any declared interest counts: keeping a view apart can be mended,
    having passed it on cannot.
    """
    if not place:
        return bool(sender.recused_for)
    return canonical(place) in {canonical(one) for one in sender.recused_for}
