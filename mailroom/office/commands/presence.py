"""AWAY and BACK: while the coordinator is away her questions, tasks and proofs go to her cover.

She says so herself, or her cover or the chief inspector says it of her.
"""

from datetime import date, timedelta
from typing import Final

from mailroom.message.dates import returns_on
from mailroom.office import wording
from mailroom.office.absence import who_answers
from mailroom.office.commands.given import Given, Outcome, not_done
from mailroom.rules.commands.verbs import roles_of
from mailroom.store import absences, journal, people

ROLE: Final = "coordinator"
LONGEST: Final = timedelta(days=366)


def away(given: Given) -> Outcome:
    """Enter an absence, both its days included."""
    person = _whose(given)
    today = given.now.astimezone(given.office.zone).date()
    last = _day(given.command.value("until") or " ".join(given.command.words), today)
    first = _day(said, today) if (said := given.command.value("from")) else today
    if not person:
        return not_done("Who is away? Nobody, or more than one person, holds the role of coordinator.")
    if last is None or first is None:
        return not_done("Until which day? Please name it, such as AWAY UNTIL 12 February.")
    if not first <= last or not today <= last <= today + LONGEST:
        return not_done(f"{wording.day(last)} does not end an absence that begins on {wording.day(first)}.")
    absences.add(given.db, person, first, last, given.who, given.row, given.now)
    span = f"from {wording.day(first)} to {wording.day(last)}, both days included"
    journal.write(given.db, given.now, "absence", f"{given.who}: {people.name_of(given.db, person)} is away {span}.")
    return Outcome((f"{people.name_of(given.db, person)} is away {span}.", *_instead(given, first, today)), undo="BACK")


def back(given: Given) -> Outcome:
    """End an absence."""
    person = _whose(given)
    if not person:
        return not_done("Who is back? Nobody, or more than one person, holds the role of coordinator.")
    name = people.name_of(given.db, person)
    if not absences.end(given.db, person, given.now, given.now.astimezone(given.office.zone).date()):
        return not_done(f"{name} was not away; nothing was done.")
    journal.write(given.db, given.now, "absence", f"{given.who}: {name} is here again.")
    return Outcome((f"{name} is here again; what is for the coordinator goes there.",))


def _whose(given: Given) -> str:
    """Return who is away: a coordinator who writes, the sender who says “me”, else the one who is coordinator."""
    own = {word.casefold() for word in given.command.words} & {"i", "me", "i'm", "myself"}
    if own or ROLE in roles_of(given.sender):
        return given.sender.person
    holders = people.holders(given.db, ROLE)
    return holders[0] if len(holders) == 1 else ""


def _day(said: str, today: date) -> date | None:
    """Read a day as people write it: `12 February`, `Friday`, `31/01/2027`."""
    return returns_on(f"until {said.casefold().removeprefix('until ')}", today - timedelta(days=1))


def _instead(given: Given, first: date, today: date) -> tuple[str, ...]:
    if first > today:
        return (f"Until {wording.day(first)} nothing changes.",)
    names = [people.name_of(given.db, one) for one in who_answers(given.office, given.db, ROLE, given.now)]
    return (f"What is for the coordinator goes to {' and '.join(names)} meanwhile.",) if names else ()
