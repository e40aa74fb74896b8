"""Who may still be sent a mail that was written earlier: the one function that every mail passes as it is claimed.

A row carries one word for what must hold at the moment of sending:

    none        nothing: it answers somebody who just wrote, and whoever wrote is there
    any         the person has not left, the address is in use, and the role it was written to is still theirs
    member      and the person is neither on leave nor suspended
    newsletter  and they have not stopped newsletters
    call        and they may be asked for advice: not restricted, and without an interest in this place

A mail of a case may need more (`needs`): what its group asked of each member holds at the moment of sending, too.

What may end (leave, a restriction, a suspension) makes a mail wait until it does, or until it is too late for the
mail; what does not (they left, stopped, have an interest, the address is dead, the role has passed on) cancels it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from sqlite_utils import Database

from mailroom.rules.lines import canonical
from mailroom.store import fitness, needs
from mailroom.store.fitness import Member, Question

Guard = Literal["none", "any", "member", "newsletter", "call"]

STOPPED: Final = "the sending it belongs to is stopped"
"""Why a mail waits that would be fit to go; `batches` takes it away again."""

OUT_OF_USE: Final = frozenset({"suspended", "unverified", "retired"})
MAY_BE_ASKED: Final = "active"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the directory says, at the moment of sending, of one mail and the person it is for."""

    person: str = ""
    kind: str = ""
    state: str = ""
    newsletter: bool = False
    leave_until: str = ""
    interests: tuple[str, ...] = ()
    address: str = ""
    """The status of the address, "" for one that is in nobody's entry."""
    role: str = ""
    """The role the mail was written to, "" where it was written to the person."""
    holds_it: bool = True
    place: str = ""


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a mail may not go now, and whether it may go later."""

    why: str
    waits: bool = False
    because: Literal["", "address", "person", "role"] = ""
    """What a mail that is cancelled may be written anew for: another address of theirs, or the role's next holder."""


def decide(guard: Guard, facts: Facts, today: date) -> Unfit | None:
    """Return why a mail may not go, None where it may. `today` is the date where the office is."""
    if guard == "none":
        return None
    if facts.address == "suspended" or (facts.person and facts.address in OUT_OF_USE):
        return Unfit("the address is out of use", because="address")
    if facts.state == "left":
        return Unfit("the person has left", because="person")
    if not facts.holds_it:
        return Unfit(f"they are no longer {facts.role.replace('_', ' ')}", because="role")
    if guard == "newsletter" and facts.person and not facts.newsletter:
        return Unfit("they stopped newsletters")
    if guard == "call" and _interest(facts):
        return Unfit("they have an interest in this place")
    if guard in ("member", "newsletter", "call"):
        return _for_now(guard, facts, today)
    return None


def _for_now(guard: Guard, facts: Facts, today: date) -> Unfit | None:
    """Return what keeps a member from getting a mail at present."""
    if _away(facts, today):
        return Unfit("they are on leave", waits=True)
    if facts.state == "suspended":
        return Unfit("their membership is suspended", waits=True)
    if guard != "call" or facts.kind != "member" or facts.state in (MAY_BE_ASKED, "on_leave"):
        return None
    if facts.state == "restricted":
        return Unfit("their membership is restricted", waits=True)
    return Unfit("they are no longer an active member")


def _interest(facts: Facts) -> bool:
    """Tell whether the person has declared an interest: in any place at all, while this one is unknown."""
    if not facts.place:
        return bool(facts.interests)
    return canonical(facts.place) in map(canonical, facts.interests)


def check(db: Database, row: int, today: date) -> Unfit | None:
    """Return why this mail of the outbox may not go at this moment, None where it may."""
    guard, *found = db.execute(
        "SELECT o.guard, coalesce(o.person_id, ''), coalesce(p.kind, ''), coalesce(p.state, ''),"
        " coalesce(p.newsletter, 0), coalesce(m.leave_until, ''), coalesce(m.recused_for, '[]'),"
        " coalesce(a.status, ''), o.role, o.role = '' OR EXISTS ("
        "  SELECT 1 FROM roles AS r WHERE r.person_id = o.person_id AND r.role = o.role), coalesce(c.place, '')"
        " FROM outbox AS o LEFT JOIN people AS p ON p.id = o.person_id"
        " LEFT JOIN members AS m ON m.person_id = o.person_id LEFT JOIN addresses AS a ON a.email = lower(o.recipient)"
        " LEFT JOIN cases AS c ON c.id = o.case_id WHERE o.id = ?",
        (row,),
    ).fetchone()
    person, kind, state, newsletter, leave, interests, address, role, holds_it, place = found
    facts = Facts(
        person, kind, state, bool(newsletter), leave, tuple(json.loads(interests)), address, role, bool(holds_it), place
    )
    unfit = decide(guard, facts, today)
    wanted = needs.of(db, row) if person else ()
    return _by_its_case(db, wanted, facts, today, unfit) if wanted else unfit


LACKING: Final = {
    "active": "they are no longer an active member", "vetted now": "their vetting has ended",
    "confidential": "their confidentiality agreement has lapsed", "inducted": "their induction is not finished",
    "not recused": "they have an interest in this place", "not on leave": "they are on leave",
}  # fmt: skip
CANCELS: Final = frozenset({"active", "not recused"})
"""What does not come back: a mail that lacks it is cancelled, one that lacks anything else waits."""


def _by_its_case(
    db: Database, wanted: tuple[str, ...], facts: Facts, today: date, unfit: Unfit | None
) -> Unfit | None:  # fmt: skip
    """Look at what a mail's case asks of its readers at the moment of sending, and at what the case does with unfit."""
    one = fitness.of(db, facts.person) or Member()
    asked = Question(today, facts.place)
    for state, then in (word.split("=", 1) for word in wanted if "=" in word):
        if _IS[state](one, asked) and (unfit is None or not unfit.because):
            return Unfit(unfit.why if unfit else f"they are {state}", waits=then == "wait")
    if unfit is not None:
        return unfit
    for word in wanted:
        if word in fitness.WORDS and fitness.lacks(word, one, asked):
            waits = word not in CANCELS or (word == "active" and facts.state == "restricted")
            return Unfit(LACKING[word], waits=waits)
    return None


_IS: Final[Mapping[str, Callable[[Member, Question], bool]]] = {
    "restricted": lambda one, _: one.state == "restricted",
    "on leave": lambda one, asked: fitness.on_leave(one, asked.day),
    "suspended": lambda one, _: one.state == "suspended",
    "leaving": lambda one, _: one.state == "leaving",
    "left": lambda one, _: one.state == "left",
    "stopped": lambda one, _: not one.newsletter,
    "recused": lambda one, asked: fitness.has_interest(one, asked.place),
    "not vetted": lambda one, asked: not fitness.vetted(one, asked.day),
}
"""How somebody can be unfit to read a mail, by the words of a case's `If unfit at sending`."""


def _away(facts: Facts, today: date) -> bool:
    return facts.leave_until >= today.isoformat() or (facts.state == "on_leave" and not facts.leave_until)


def of_person(db: Database, guard: Guard, person: str, today: date) -> Unfit | None:
    """Return why a mail to somebody's address may not go today, None where it may: what a list can say beforehand."""
    kind, state, newsletter, leave, interests, address = db.execute(
        "SELECT p.kind, p.state, p.newsletter, coalesce(m.leave_until, ''), coalesce(m.recused_for, '[]'),"
        " coalesce((SELECT status FROM addresses WHERE person_id = p.id AND is_primary = 1), 'retired')"
        " FROM people AS p LEFT JOIN members AS m ON m.person_id = p.id WHERE p.id = ?",
        (person,),
    ).fetchone()
    facts = Facts(person, kind, state, bool(newsletter), leave, tuple(json.loads(interests)), address)
    return decide(guard, facts, today)


def look_again(db: Database, today: date) -> None:
    """Let those mails go on whose reason to wait is over. What now stands against one is found as it is claimed."""
    waiting = db.execute(
        "SELECT id FROM outbox INDEXED BY outbox_waits"
        " WHERE state IN ('ready', 'deferred') AND waits <> '' AND waits <> ? ORDER BY id",
        (STOPPED,),
    ).fetchall()
    for (row,) in waiting:
        unfit = check(db, row, today)
        if unfit is None or not unfit.waits:
            db.execute(
                "UPDATE outbox SET waits = iif(batch IN (SELECT name FROM batches WHERE stopped_at IS NOT NULL), ?, '')"
                " WHERE id = ?",
                (STOPPED, row),
            )
