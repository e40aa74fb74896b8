"""Whether a member may take part in something: what the directory holds of their vetting, papers and interests.

One table of words for two moments: when a case asks (`office.cases.checks`), and as a mail leaves (`guards`).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlite_utils import Database

from mailroom.rules.lines import canonical

NOT_VETTED: Final = frozenset({"none", "requested", "with_unit", "expired", "suspended", "refused", "withdrawn"})


@dataclass(frozen=True, slots=True)
class Member:
    """What the directory says of one person; days are written 2027-01-31, "" where nothing is known."""

    id: str = ""
    kind: str = ""
    state: str = ""
    vetting_to: str = ""
    vetting_status: str = ""
    confidentiality_signed: str = ""
    ci_input: str = ""
    leave_until: str = ""
    recused_for: tuple[str, ...] = ()
    station: str = ""
    newsletter: bool = False
    address: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: on which day, and about which place ("" while that is unknown)."""

    day: date
    place: str = ""


def vetted(one: Member, day: date) -> bool:
    """Tell whether vetting is current on a day: it lasts to the end of its last day."""
    return one.vetting_to >= day.isoformat() and canonical(one.vetting_status) not in NOT_VETTED


def confidential(one: Member, day: date) -> bool:
    """Tell whether the confidentiality agreement was signed within the year up to a day."""
    if not one.confidentiality_signed:
        return False
    signed = date.fromisoformat(one.confidentiality_signed[:10])
    return signed <= day <= _a_year_after(signed)


def on_leave(one: Member, day: date) -> bool:
    """Tell whether somebody is on leave on a day."""
    return one.leave_until >= day.isoformat() or (one.state == "on_leave" and not one.leave_until)


def has_interest(one: Member, place: str) -> bool:
    """Tell whether somebody has declared an interest in a place: in any at all, while it is unknown."""
    return canonical(place) in map(canonical, one.recused_for) if place else bool(one.recused_for)


_LACKS: Final[Mapping[str, Callable[[Member, Question], bool]]] = {
    "active": lambda one, asked: one.state not in ("active", "on_leave"),  # noqa: ARG005 - one shape for all
    "vetted now": lambda one, asked: not vetted(one, asked.day),
    "confidential": lambda one, asked: not confidential(one, asked.day),
    "inducted": lambda one, asked: not one.ci_input or one.ci_input[:10] > asked.day.isoformat(),
    "not recused": lambda one, asked: has_interest(one, asked.place),
    "not on leave": lambda one, asked: on_leave(one, asked.day),
}
WORDS: Final = frozenset(_LACKS)
"""The words that are looked at again as a mail leaves."""


def lacks(word: str, one: Member, asked: Question) -> bool:
    """Tell whether something that is asked for does not hold of somebody. Raises KeyError for a word nobody knows."""
    return _LACKS[word](one, asked)


_COLUMNS: Final = (
    "p.id, p.kind, p.state, coalesce(m.vetting_to, ''), coalesce(m.vetting_status, ''),"
    " coalesce(m.confidentiality_signed, ''), coalesce(m.ci_input, ''), coalesce(m.leave_until, ''),"
    " coalesce(m.recused_for, '[]'), p.station, p.newsletter,"
    " coalesce((SELECT email FROM addresses AS a WHERE a.person_id = p.id AND a.is_primary = 1"
    "  AND a.status IN ('ok', 'soft')), '')"
    " FROM people AS p LEFT JOIN members AS m ON m.person_id = p.id"
)


def of(db: Database, person: str) -> Member | None:
    """Return what the directory says of somebody."""
    return next(iter(_found(db, "p.id = ?", person)), None)


def members(db: Database) -> list[Member]:
    """Return every member who belongs to the group, by id."""
    return _found(db, "p.kind = 'member' AND p.state NOT IN ('left', 'leaving') ORDER BY p.id")


def _found(db: Database, where: str, *values: str) -> list[Member]:
    rows = db.execute(f"SELECT {_COLUMNS} WHERE {where}", values)
    found = []
    for *texts, interests, station, newsletter, address in rows:
        person, kind, state, until, status, signed, ci_input, leave = texts
        known = (person, kind, state, until, status, signed, ci_input, leave, tuple(json.loads(interests)))
        found.append(Member(*known, station, bool(newsletter), address))
    return found


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 2, 28)
