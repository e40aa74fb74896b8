"""What can be sent by the clock, and the dates of the office's records that a line of the schedule may count from."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Send:
    """One thing that can be sent by the clock.

    `groups`: it may go to a group of people, not only to roles. `approval`: somebody may be asked before it goes.
    `each`: it is about one row of the records, so that of two dates on one day each has its own.
    """

    name: str
    means: str
    groups: bool = False
    approval: bool = False
    each: bool = False


SENDS: Final = (
    Send("summary", "the day on a page: what came in, what waits for a person, which cases are open"),
    Send("digest", "the week on a page, in figures: it goes even when nothing happened"),
    Send("newsletter call", "readers are asked for items", groups=True),
    Send("newsletter draft", "the proof of the month's issue"),
    Send("newsletter", "the month's issue, if its proof was approved", groups=True, approval=True),
)

DATES: Final = {
    "vetting expiry": "the last day of a member's vetting",
    "agreement expiry": "the last day of an agreement with a partner",
    "meeting": "the day of a meeting",
}

GROUPS: Final = {
    "active members": "members who take part now: neither on leave nor restricted, suspended or leaving",
    "newsletter readers": "everybody in the directory who takes the newsletter",
}
