"""The catalogue of named checks of a person: what each looks at in the directory.

Each check gives ok, or two reasons: one for the person it is about, and one that stays in the office.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Final

from mailroom.office import wording
from mailroom.office.cases import facts
from mailroom.office.cases.scene import Scene
from mailroom.rules.cases import Check, Verdict
from mailroom.store import case_facts, case_history, fitness
from mailroom.store.fitness import Member

IN_GROUP: Final = "in group"
OK: Final = Verdict(ok=True)
NOBODY: Final = Verdict(ok=False, public="We could not find you among our members.", private="nobody of the directory")


def value(scene: Scene, fact: str) -> str:
    """Return a fact, kept apart or not: a case may hang on what only one role may read."""
    known = scene.facts
    kept = (one for of_role in case_facts.apart(scene.db, scene.case.id).values() for one in of_role.items())
    return {**dict(kept), **known}.get(fact, "")


def of_member(scene: Scene, check: Check, one: Member | None, today: date) -> Verdict:
    """Look at one person; a check that is turned round gives the same reasons."""
    if one is None:
        return NOBODY
    found = _OF_PERSON[check.name](scene, check, one, today)
    if not check.negated:
        return found
    turned = _TURNED.get(check.name)
    return turned(scene, check, one, today) if turned else Verdict(not found.ok, found.public, found.private)


def _active(_: Scene, __: Check, one: Member, ___: date) -> Verdict:
    if one.kind == "member" and one.state == "active":
        return OK
    return Verdict(ok=False, public="This is for active members at present.", private=f"state {one.state or 'unknown'}")


def _vetted_now(_: Scene, __: Check, one: Member, today: date) -> Verdict:
    return _vetted(one, today)


def _vetted_on(scene: Scene, check: Check, one: Member, _: date) -> Verdict:
    day = facts.day_of(value(scene, check.about), scene.office.zone)
    if day is None:
        return Verdict(ok=False, public="We could not read the day you mean.", private=f"{check.about} is not known")
    return _vetted(one, day)


def _vetted(one: Member, day: date) -> Verdict:
    if fitness.vetted(one, day):
        return OK
    ends = f"Your clearance ends on {wording.day(date.fromisoformat(one.vetting_to[:10]))}" if one.vetting_to else ""
    public = f"{ends}, before {wording.day(day)}." if ends else "We have no clearance on record that covers that day."
    return Verdict(ok=False, public=public, private=f"vetting {one.vetting_status or 'unknown'} to {one.vetting_to}")


def _confidential(_: Scene, __: Check, one: Member, today: date) -> Verdict:
    if fitness.confidential(one, today):
        return OK
    signed = one.confidentiality_signed or "never"
    public = "Your confidentiality agreement has to be signed again first."
    return Verdict(ok=False, public=public, private=f"confidentiality signed {signed}")


def _inducted(_: Scene, __: Check, one: Member, today: date) -> Verdict:
    if not fitness.lacks("inducted", one, fitness.Question(today)):
        return OK
    return Verdict(
        ok=False, public="Your induction has to be finished first.", private="no critical-incident input yet"
    )


def _adult(_: Scene, __: Check, one: Member, ___: date) -> Verdict:
    """Nobody under 18 is taken as a member: it is asked when they apply, and their age is not kept after."""
    if one.kind == "member":
        return OK
    return Verdict(ok=False, public="You have to be 18 or over.", private="not known to be 18: not a member")


def _first(scene: Scene, _: Check, one: Member, __: date) -> Verdict:
    year = scene.at.astimezone(scene.office.zone).year
    begin = datetime(year, 1, 1, tzinfo=scene.office.zone)
    others = case_history.of_requester(scene.db, one.id, scene.case.kind, begin, but=scene.case.id)
    if not others:
        return OK
    return Verdict(ok=False, public="You have had one this year already.", private=f"{', '.join(others)} this year")


def _no_interest(scene: Scene, check: Check, one: Member, _: date) -> Verdict:
    place = value(scene, check.about) if check.about else scene.case.place
    if not fitness.has_interest(one, place):
        return OK
    public = f"You have declared an interest in {place}." if place else "You have declared an interest in a place."
    return Verdict(ok=False, public=public, private=f"recused for {'; '.join(one.recused_for)}")


def _recused(scene: Scene, check: Check, one: Member, today: date) -> Verdict:
    found = _no_interest(scene, check, one, today)
    return OK if not found.ok else Verdict(ok=False, public="You declared no interest there.", private="not recused")


def _on_leave(_: Scene, __: Check, one: Member, today: date) -> Verdict:
    if fitness.on_leave(one, today):
        return OK
    return Verdict(ok=False, public="You are not on leave.", private="not on leave")


def _not_on_leave(_: Scene, __: Check, one: Member, today: date) -> Verdict:
    if not fitness.on_leave(one, today):
        return OK
    return Verdict(ok=False, public="You are on leave at present.", private=f"on leave until {one.leave_until}")


def in_group(one: Member, check: Check, members: Collection[str]) -> Verdict:
    """Look whether somebody is in a group of the case."""
    if (one.id in members) != check.negated:
        return OK
    public = "This is for those who were asked." if not check.negated else "You were asked yourself."
    return Verdict(ok=False, public=public, private=f"{check.written} does not hold")


_Look = Callable[[Scene, Check, Member, date], Verdict]
_OF_PERSON: Final[Mapping[str, _Look]] = {
    "active": _active, "vetted now": _vetted_now, "vetted on": _vetted_on, "confidential": _confidential,
    "inducted": _inducted, "18 or over": _adult, "first this year": _first, "no interest in": _no_interest,
    "recused for": _recused, "on leave": _on_leave,
}  # fmt: skip
_TURNED: Final[Mapping[str, _Look]] = {"recused for": _no_interest, "on leave": _not_on_leave}
"""Checks that read better turned round, with reasons of their own."""
