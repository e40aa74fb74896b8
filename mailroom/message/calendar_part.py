"""Calendar parts (RFC 5545, 5546, 6047): who answered which invitation, and how."""

import re
from collections.abc import Iterable

import icalendar
from icalendar.cal import Component

from mailroom.message import mime
from mailroom.message.mime import Leaf
from mailroom.message.model import Attendee, Calendar, Event
from mailroom.message.text import clean, decode, one_line

# icalendar takes seconds over megabytes; a reply to an invitation is a few hundred bytes.
_LARGEST = 256 * 1024
_TYPES = ("text/calendar", "application/ics", "application/calendar", "text/x-vcalendar")
_METHOD = re.compile(r"(?i)\A[a-z]{3,20}\Z")
# More digits than any counter reaches would be an attack on int().
_NUMBER = re.compile(r"\A-?[0-9]{1,9}\Z")
_EVENTS = 100
_ATTENDEES = 500


def calendar(leaves: Iterable[Leaf]) -> tuple[Calendar | None, str]:
    """Read the first calendar part; give it, or None and the defect that kept it unread ("" when there is none)."""
    for leaf in leaves:
        if leaf.type in _TYPES or leaf.name.lower().endswith(".ics"):
            data = mime.content(leaf.part)
            if len(data) > _LARGEST:
                return None, "the calendar part is larger than 256 KiB and was not read"
            return _read(decode(data, leaf.part.get_content_charset("") or ""), str(leaf.part.get_param("method", "")))
    return None, ""


def _read(source: str, claimed: str) -> tuple[Calendar | None, str]:
    damaged = "the calendar part is damaged"
    # Properties wrapped in transit without the leading space make icalendar stop; it says so by ValueError.
    try:
        parsed = icalendar.Calendar.from_ical(clean(source).strip("\n").replace("\n", "\r\n") + "\r\n")
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        return None, damaged
    method = _value(parsed, "METHOD") or claimed
    events = tuple(_event(component) for component in parsed.walk("VEVENT")[:_EVENTS])
    if not _METHOD.match(method) and not events:
        return None, damaged
    return Calendar(method.upper() if _METHOD.match(method) else "", events), ""


def _event(component: Component) -> Event:
    listed = component.get("ATTENDEE", [])
    attendees = listed if isinstance(listed, list) else [listed]
    return Event(
        uid=_value(component, "UID"),
        sequence=_number(_value(component, "SEQUENCE")),
        dtstamp=_moment(component, "DTSTAMP"),
        recurrence_id=_moment(component, "RECURRENCE-ID"),
        attendees=tuple(_attendee(item) for item in attendees[:_ATTENDEES]),
        comment=_value(component, "COMMENT"),
    )


def _attendee(item: object) -> Attendee:
    address = one_line(str(item))
    if address.lower().startswith("mailto:"):
        address = address[len("mailto:") :]
    parameters = getattr(item, "params", {})
    return Attendee(address.lower(), one_line(str(parameters.get("PARTSTAT", "NEEDS-ACTION"))).upper())


def _value(component: Component, name: str) -> str:
    value = component.get(name, "")
    if isinstance(value, list):
        value = value[0] if value else ""
    return one_line(str(value))


def _moment(component: Component, name: str) -> str:
    """Give a date or time as written in the part, such as 20270316T180000Z."""
    value = component.get(name)
    if isinstance(value, list):
        value = value[0] if value else None
    if value is None:
        return ""
    written = value.to_ical() if hasattr(value, "to_ical") else str(value)
    return one_line(written.decode("ascii", "replace") if isinstance(written, bytes) else str(written))


def _number(value: str) -> int:
    return int(value) if _NUMBER.match(value) else 0
