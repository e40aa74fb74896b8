"""A date that a mail carries for its reader's calendar (iCalendar, RFC 5545; iTIP and iMIP, RFC 5546 and 6047).

Times are written in UTC: one date is meant, and no calendar program has to know our zone's rules. One reader is
named, as in the mail itself: nobody learns from an invitation who else is invited.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from mailroom.message.model import Address
from mailroom.message.text import clean, one_line

if TYPE_CHECKING:
    from icalendar import vCalAddress

PRODUCT = "-//mailroom//EN"


@dataclass(frozen=True, slots=True)
class Invitation:
    """One date. `uid` stays the same for as long as the meeting is the same; each change adds one to `sequence`.

    REQUEST asks the reader for an answer, PUBLISH only tells them, CANCEL takes it back.
    """

    uid: str
    sequence: int
    method: Literal["REQUEST", "PUBLISH", "CANCEL"]
    summary: str
    start: datetime
    end: datetime
    location: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        """Refuse what a calendar program would refuse or guess at. Raises ValueError."""
        if not self.uid or self.sequence < 0 or self.start.tzinfo is None or self.end.tzinfo is None:
            message = "an invitation needs a name, a sequence from 0 on and times with their offset"
            raise ValueError(message)
        if self.end <= self.start:
            message = "an invitation ends after it begins"
            raise ValueError(message)


def to_ical(invitation: Invitation, organiser: Address, reader: Address, stamp: datetime) -> str:
    """Write an invitation to one reader as an iCalendar object, with CRLF and lines folded."""
    # A tenth of a second to import, which no mail without a date should take.
    from icalendar import Calendar, Event  # noqa: PLC0415

    event = Event()
    event.add("uid", one_line(invitation.uid))
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", invitation.start.astimezone(UTC))
    event.add("dtend", invitation.end.astimezone(UTC))
    event.add("summary", one_line(invitation.summary))
    event.add("status", "CANCELLED" if invitation.method == "CANCEL" else "CONFIRMED")
    if invitation.location:
        event.add("location", one_line(invitation.location))
    if invitation.description:
        event.add("description", clean(invitation.description))
    event.add("organizer", _person(organiser))
    if invitation.method != "PUBLISH":  # RFC 5546 section 3.2.1: what is only published names no attendee
        event.add("attendee", _person(reader, RSVP="TRUE", PARTSTAT="NEEDS-ACTION", ROLE="REQ-PARTICIPANT"))
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", invitation.method)
    calendar.add_component(event)
    return str(calendar.to_ical(), "utf-8")


def _person(shown: Address, **facts: str) -> "vCalAddress":
    from icalendar import vCalAddress, vText  # noqa: PLC0415

    address = vCalAddress(f"mailto:{shown.address}")
    name = one_line(shown.name).replace('"', "'")  # RFC 5545 section 3.2: a parameter's value has no quotes
    if name:
        address.params["CN"] = vText(name)
    for fact, value in facts.items():
        address.params[fact] = vText(value)
    return address
