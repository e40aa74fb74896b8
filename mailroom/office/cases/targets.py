"""Whom a line of a case is for, as people with addresses; and the case's groups, frozen as something is first sent.

A group is counted once: who was called stays called, whatever the directory says later. What it says at the moment a
mail leaves is looked at then, by the words in `needs`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from mailroom.office.cases import checks
from mailroom.office.cases.scene import Scene
from mailroom.office.mail import Recipient
from mailroom.rules.cases import CaseGroup, Check, Target
from mailroom.rules.lines import canonical
from mailroom.store import case_facts, cases, fitness, frozen, items, kinship, people
from mailroom.store.guards import Guard

_LOOKED_AT_AGAIN: Final = {
    ("active", False): "active", ("vetted now", False): "vetted now", ("confidential", False): "confidential",
    ("inducted", False): "inducted", ("recused for", True): "not recused", ("no interest in", False): "not recused",
    ("on leave", True): "not on leave",
}  # fmt: skip
"""Checks of a group that are made once more as each mail leaves, by the words of `fitness`."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody a mail is for. `answers`: it answers them, for they wrote the message at hand."""

    recipient: Recipient
    guard: Guard = "any"
    needs: tuple[str, ...] = ()
    answers: bool = False
    group: str = ""


def readers(scene: Scene, target: Target, *, freeze: bool = True) -> Iterator[Reader]:
    """Give the people a target stands for; roles are not resolved here, but as the mail is written."""
    at = of_linked(scene) if target.of_linked else scene
    if at is None:
        return
    if target.kind == "sender" and scene.this is not None:
        sender = scene.this.sender
        yield Reader(Recipient(sender.address, sender.person, sender.name), answers=True)
    elif target.kind == "sender" and scene.who is not None:
        sender = scene.who.sender
        yield Reader(Recipient(sender.address, sender.person, sender.name))
    elif target.kind == "requester":
        yield from _requester(scene, at)
    elif target.kind == "group":
        yield from _group(at, target, freeze=freeze)


def of_linked(scene: Scene) -> Scene | None:
    """Return the case this one was opened from, as a scene of its own."""
    parent = next(iter(kinship.parents(scene.db, scene.case.id)), None)
    process = scene.office.rules.cases.get(parent.kind) if parent is not None else None
    if parent is None or process is None:
        return None
    return replace(scene, process=process, case=cases.by_id(scene.db, parent.case))


def members(scene: Scene, name: str) -> tuple[str, ...]:
    """Return who is in a group of the case: as it was frozen, else as it is today."""
    found = frozen.members(scene.db, scene.case.id, name)
    return found if found is not None else tuple(_now(scene, _group_called(scene, name)))


def groups_of(scene: Scene, person: str) -> frozenset[str]:
    """Return the groups of the case that somebody is in."""
    if not person:
        return frozenset()
    names = {one.name for one in scene.process.groups} | frozen.groups_of(scene.db, scene.case.id, person)
    return frozenset(name for name in names if person in members(scene, name))


def needs(scene: Scene, name: str) -> tuple[str, ...]:
    """Return what must still hold of a group's members as a mail leaves, and what else becomes of an unfit one.

    `vetted now`, or `restricted=wait` where the file says what becomes of a reader in that state.
    """
    group = _group_called(scene, name)
    checks = group.checks if group is not None else ()
    again = [_LOOKED_AT_AGAIN.get((one.name, one.negated), "") for one in checks]
    return (*dict.fromkeys(word for word in again if word), *(f"{state}={what}" for state, what in scene.process.unfit))


def _requester(scene: Scene, at: Scene) -> Iterator[Reader]:
    case = at.case
    this = scene.this
    if this is not None and at is scene and case.requester_address == this.sender.address:
        yield Reader(Recipient(this.sender.address, this.sender.person, this.sender.name), answers=True)
        return
    address = people.address_of(at.db, case.requester) or case.requester_address
    if address:
        yield Reader(Recipient(address, case.requester, people.name_of(at.db, case.requester)))


def _group(scene: Scene, target: Target, *, freeze: bool) -> Iterator[Reader]:
    those = members(scene, target.name)
    if freeze:
        frozen.freeze(scene.db, scene.case.id, target.name, those, scene.now)
    said = items.authors(scene.db, scene.case.id) if target.only else frozenset()
    group = _group_called(scene, target.name)
    by_role = group is not None and group.source == "role_of"
    wanted = needs(scene, target.name)
    guard: Guard = "any" if by_role else "call" if {"active", "not recused"} <= set(wanted) else "member"
    for person in those:
        if (target.only == "silent" and person in said) or (target.only == "answered" and person not in said):
            continue
        address = people.address_of(scene.db, person) or people.last_address_of(scene.db, person)
        if address:
            yield Reader(
                Recipient(address, person, people.name_of(scene.db, person)), guard, () if by_role else wanted,
                group=target.name,
            )  # fmt: skip


def _group_called(scene: Scene, name: str) -> CaseGroup | None:
    return scene.process.group(name) or scene.office.rules.groups.get(name)


def _now(scene: Scene, group: CaseGroup | None) -> Iterator[str]:
    if group is None:
        return
    db = scene.db
    if group.source == "role_of":
        place = canonical(scene.facts.get(group.fact, ""))
        for person in people.holders(db, group.role):
            one = fitness.of(db, person)
            if place and one is not None and canonical(one.station) == place:
                yield person
    elif group.source == "addressed":
        yield from _addressed(scene)
    elif group.source == "listed":
        yield from _now(scene, scene.office.rules.groups.get(group.role))
    else:
        today = scene.now.astimezone(scene.office.zone).date()
        for one in fitness.members(db):
            if one.address and all(_holds(scene, check, one, today) for check in group.checks):
                yield one.id


def _holds(scene: Scene, check: Check, one: fitness.Member, today: date) -> bool:
    if check.name == checks.IN_GROUP:
        return checks.in_group(one, check, members(scene, check.about)).ok
    return checks.of_member(scene, check, one, today).ok


def _addressed(scene: Scene) -> Iterator[str]:
    """Give the members whose addresses stood in To or Cc of the message the case was opened by."""
    opened, this = case_facts.opened_by(scene.db, scene.case.id), scene.this
    if opened is None:
        return
    shown = case_facts.addressed(scene.db, opened)
    if this is not None and this.row == opened:
        shown = tuple({*shown, *(one.address for one in (*this.message.to, *this.message.cc) if one.address)})
    yield from people.members_at(scene.db, shown)
