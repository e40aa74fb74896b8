"""Groups of people, as rules and cases name them: `any member; vetting unit; recused member; shortlisted applicant`.

Who somebody is was settled by the directory before: a group looks only at the sender it is handed. `requester` is
who opened the case a message belongs to, `us` this mailbox.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from mailroom.rules import vocabulary
from mailroom.rules.lines import canonical
from mailroom.rules.model import Sender

_PERSON_ID = re.compile(r"[A-Za-z]{1,2}\d{2,}")
_DOMAIN = re.compile(r"@?[a-z0-9-]+(\.[a-z0-9-]+)+")


Kind = Literal[
    "anyone", "known", "stranger", "recused", "requester", "us", "kind", "state", "role", "person", "address", "domain",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Some people; `written` is how the coordinator named them."""

    kind: Kind
    value: str
    written: str


_FIXED: Mapping[str, Kind] = {
    "anyone": "anyone", "anybody": "anyone", "everyone": "anyone", "stranger": "stranger", "strangers": "stranger",
    "known person": "known", "somebody known": "known", "recused member": "recused", "recused members": "recused",
    "requester": "requester", "requester of its case": "requester", "us": "us", "this mailbox": "us",
}  # fmt: skip


def names(roles: Collection[str]) -> list[str]:
    """List every way to name a group, for the hint beside a misspelt one."""
    people = [f"any {kind}" for kind in vocabulary.PEOPLE]
    fixed = ["anyone", "stranger", "known person", "recused member", "requester", "us"]
    return [*people, *fixed, *(one.replace("_", " ") for one in roles)]


def group(written: str, roles: Collection[str]) -> Group | None:
    """Read the name of a group, or return None when there is no such group."""
    name = canonical(written)
    bare = re.sub(r"^(?:any|an?|the) ", "", name)
    if bare in _FIXED:
        return Group(_FIXED[bare], "", written)
    for kind in vocabulary.PEOPLE:
        if bare in {kind, f"{kind}s"}:
            return Group("kind", kind, written)
    if found := vocabulary.role(bare, roles):
        return Group("role", found, written)
    if state := _state(bare):
        return Group("state", state, written)
    if "@" in bare[1:] and " " not in bare:
        return Group("address", bare, written)
    if _DOMAIN.fullmatch(bare):
        return Group("domain", bare.removeprefix("@"), written)
    if name.startswith("person ") or _PERSON_ID.fullmatch(bare):
        return Group("person", name.removeprefix("person "), written)
    return None


def belongs(
    sender: Sender,
    wanted: Group,
    *,
    recused: bool,
    colleague: bool = False,
    requester: bool = False,
    own: Collection[str] = (),
) -> bool:
    """Tell whether the sender is one of the group.

    `recused`: the sender has declared an interest in what this is about. `colleague`: an address of our own
    force, proved by our own server; an officer need not be in the directory to ask for advice. `requester`: who
    opened the case at hand. `own`: our own addresses.
    """
    match wanted.kind:
        case "anyone":
            return True
        case "stranger":
            return not sender.person and not colleague
        case "recused":
            return sender.kind == "member" and recused
        case "requester":
            return requester
        case "us":
            return sender.address in own
        case _:
            return _is_one_of(sender, wanted, colleague=colleague)


def _is_one_of(sender: Sender, wanted: Group, *, colleague: bool) -> bool:
    """Tell whether the directory says so."""
    match wanted.kind:
        case "kind":
            return sender.kind == wanted.value or (wanted.value == "officer" and colleague and not sender.person)
        case "state":
            state, _, kind = wanted.value.partition(" ")
            return sender.state == state and kind in {"", sender.kind}
        case "role":
            return any(canonical(role).replace(" ", "_") == wanted.value for role in sender.roles)
        case "person":
            return bool(sender.person) and sender.person.casefold() == wanted.value
        case "address":
            return sender.address == wanted.value
        case "domain":
            return sender.address.partition("@")[2] == wanted.value
        case _:
            return bool(sender.person)


def _state(bare: str) -> str:
    """Read “suspended member” or “member on leave” as "suspended member", "on_leave member"; "" for neither."""
    for kind in vocabulary.PEOPLE:
        for written in (kind, f"{kind}s"):
            rest = bare.removeprefix(f"{written} ") if bare.startswith(f"{written} ") else bare.removesuffix(written)
            state = rest.strip().replace(" ", "_").replace("-", "_")
            if rest != bare and state in vocabulary.STATES:
                return f"{state} {kind}"
    return ""


def has_interest(sender: Sender, place: str) -> bool:
    """Tell whether the sender has declared an interest in `place`.

    While the place is still unknown ("") any declared interest counts: keeping a view apart can be mended,
    having passed it on cannot.
    """
    if not place:
        return bool(sender.recused_for)
    return canonical(place) in {canonical(one) for one in sender.recused_for}
