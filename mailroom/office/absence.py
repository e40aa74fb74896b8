"""Who answers for a role at a moment: whoever holds it and is here, else whoever covers for them."""

from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.office.office import Office
from mailroom.store import absences, case_facts, guards, people

INSTEAD: Final = {"coordinator": ("cover", "chief_inspector")}
"""Who stands in for a role, in this order, while nobody who holds it is here."""


def who_answers(office: Office, db: Database, role: str, now: datetime) -> tuple[str, ...]:
    """Return who is written to in a role now.

    Those who hold it and are here; when all of them are away, those who stand in for it. Where nobody is here at all,
    the first of them who can be written to: their mail must not go nowhere.
    """
    each = [people.holders(db, one) for one in (role, *INSTEAD.get(role, ()))]
    here = (tuple(person for person in those if is_here(office, db, person, now)) for those in each)
    reached = (tuple(person for person in those if people.address_of(db, person) is not None) for those in each)
    return next((those for those in (*here, *reached) if those), each[0])


def who_is_asked(
    office: Office, db: Database, role: str, now: datetime, *, case: int | None, message: int | None
) -> tuple[str, ...]:  # fmt: skip
    """Return who is asked about a case or its message: whoever answers for the role, as far as they may see it.

    Where the role may not, its owner is asked.
    """
    hidden = case_facts.concealed_from(db, case, message)
    found = who_answers(office, db, case_facts.instead_of(db, role, case, message), now)
    return tuple(person for person in found if not hidden & set(people.roles_of(db, person)))


def acting_as(db: Database, person: str, role: str) -> str:
    """Return the role in which somebody is written to who answers for `role`: that one, or the one that stands in."""
    held = people.roles_of(db, person)
    return next((one for one in (role, *INSTEAD.get(role, ())) if one in held), role)


def is_here(office: Office, db: Database, person: str, now: datetime) -> bool:
    """Tell whether somebody can be written to and is not away."""
    today = now.astimezone(office.zone).date()
    if people.address_of(db, person) is None or absences.on(db, person, today) is not None:
        return False
    return guards.of_person(db, "member", person, today) is None


def is_covered(office: Office, db: Database, role: str, now: datetime) -> bool:
    """Tell whether somebody else answers for a role now."""
    return not set(who_answers(office, db, role, now)) & set(people.holders(db, role))
