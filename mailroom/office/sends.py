"""What the schedule sends: what each thing to send writes, and to whom a line of the schedule sends it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from random import SystemRandom
from typing import Final
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from mailroom.office import digest, mail, newsletter, newsletter_days, summary
from mailroom.office.office import Office
from mailroom.rules.schedule_file import Duty
from mailroom.store import groups, people

Variables = Callable[[Database, datetime, ZoneInfo], dict[str, object]]

REPORTS: Final[Mapping[str, tuple[str, Variables]]] = {
    "summary": (summary.TEMPLATE, summary.variables),
    "digest": (digest.TEMPLATE, digest.variables),
}
"""The template of each thing to send, and what reads its figures."""

GROUPS: Final[Mapping[str, Callable[[Database, date], list[str]]]] = {
    "active members": groups.active_members,
    "newsletter readers": groups.newsletter_readers,
}
"""One for each name in rules.sends.GROUPS."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person a line of the schedule sends to; `why_not` is why they get nothing, "" where they do."""

    person: str
    name: str
    as_what: str
    why_not: str = ""


def queue(office: Office, db: Database, duty: Duty, key: str, now: datetime, not_before: datetime | None) -> int:
    """Write the mails of one occurrence, and return how many are new. Its key keeps a replay from mailing twice."""
    if duty.name in newsletter_days.DUTIES:
        return newsletter.step(office, db, now, SystemRandom())
    template, read = REPORTS[duty.name]
    values = read(db, now, office.zone)
    if duty.name == summary.DUTY and summary.is_empty(values):
        return 0
    return sum(
        mail.to_role(
            office, db, now, key=key, role=role, template=template, kind="digest", variables=values,
            not_before=not_before,
        )
        for role in duty.to
    )  # fmt: skip


def rehearse(office: Office, db: Database, duty: Duty, key: str, now: datetime) -> int:
    """Write what a duty would send now, under keys that begin with `key`; for a transaction that is rolled back."""
    if duty.name in newsletter_days.DUTIES:
        return newsletter.rehearse(office, db, duty.name, key, now)
    return queue(office, db, duty, key, now, None)


def recipients(db: Database, duty: Duty, today: date) -> list[Recipient]:
    """Return whom a duty is for at this moment, each person once, and the roles nobody holds."""
    found: dict[str, Recipient] = {}
    for role in duty.to:
        words = role.replace("_", " ")
        holders = people.holders(db, role)
        if not holders:
            found[words] = Recipient("", words, words, "nobody holds this role")
        for person in holders:
            found.setdefault(person, _recipient(db, person, words))
    for group in duty.groups:
        for person in GROUPS[group](db, today):
            found.setdefault(person, _recipient(db, person, group))
    return list(found.values())


def _recipient(db: Database, person: str, as_what: str) -> Recipient:
    why_not = "" if people.address_of(db, person) else "no usable address is known"
    return Recipient(person, people.name_of(db, person), as_what, why_not)
