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
# A property's name and what follows it; anything else is a line that was wrapped.
_PROPERTY = re.compile(r"[A-Za-z][A-Za-z0-9\-]{1,60}[;:]")
_STARTS = re.compile(r"(?im)^begin:vcalendar")
# What calendars put before the subject they answer, by PARTSTAT.
_ANSWERS = {
    "ACCEPTED": "accepted;zugesagt;angenommen;accepté;acceptée;aceptado;aceptada;accettato;geaccepteerd;aceite;aceito;"
    "godkänt;accepterat;accepteret;godtatt;akseptert;hyväksytty;zaakceptowano;zaakceptowane;přijato;prijaté;elfogadva;"
    "acceptat;принято;прийнято;derbyniwyd;kabul edildi;承諾;承諾済み;已接受;수락됨",
    "TENTATIVE": "tentative;tentatively accepted;mit vorbehalt;vorläufig;provisoire;provisional;provisorio;provvisorio;"
    "con riserva;voorlopig;provisório;preliminärt;foreløbig;foreløpig;alustava;wstępna akceptacja;předběžně;"
    "под вопросом;tentative accepted;仮承諾;暂定;미정",
    "DECLINED": "declined;abgelehnt;refusé;refusée;décliné;rechazado;rechazada;rifiutato;geweigerd;afgewezen;recusado;"
    "avböjt;avvisat;afvist;avslått;hylätty;odrzucono;odmítnuto;odmietnuté;elutasítva;refuzat;отклонено;відхилено;"
    "gwrthodwyd;reddedildi;辞退;已拒绝;已謝絕;거절됨",
}
_ANSWERED = re.compile(
    rf"\s{{0,9}}({'|'.join(sorted(';'.join(_ANSWERS.values()).split(';'), key=len, reverse=True))})\s?[:：]\s?\S"
)
# An answer with more words than this is a letter.
_SHORT = 300
_EVENTS = 100
_ATTENDEES = 500


def calendar(leaves: Iterable[Leaf]) -> tuple[Calendar | None, str]:
    """Read the first calendar part that can be read; give it, or None and the defect ("" when there is no such part).

    The same invitation often comes twice, as text/calendar and as a file, and the second may be the whole one.
    """
    defect = ""
    for leaf in leaves:
        if leaf.type in _TYPES or leaf.name.lower().endswith((".ics", ".vcs")):
            data = mime.content(leaf.part)
            if len(data) > _LARGEST:
                defect = defect or "the calendar part is larger than 256 KiB and was not read"
                continue
            source = clean(decode(data, leaf.part.get_content_charset("") or "")).strip("\n")
            found = _read(source, str(leaf.part.get_param("method", ""))) if source else None
            if found:
                return found, ""
            defect = defect or "the calendar part is damaged"
    return None, defect


def answered(subject: str, sender: str, new_text: str) -> Calendar | None:
    """Read the answer that some calendars put in the subject alone: "Accepted: Meeting", and hardly a word besides.

    It names no UID, so it changes no answer by itself; it says that the sender answers an invitation, and how.
    """
    said = _ANSWERED.match(subject.lower())
    if said is None or not sender or "?" in new_text or len(new_text) > _SHORT:
        return None
    partstat = next(name for name, words in _ANSWERS.items() if said[1] in words.split(";"))
    return Calendar("REPLY", (Event("", 0, "", "", (Attendee(sender, partstat),), one_line(new_text)),))


def _read(source: str, claimed: str) -> Calendar | None:
    parsed = _parsed(source) or _parsed(_rejoined(source))
    if parsed is None:
        return None
    method = _value(parsed, "METHOD") or claimed
    events = tuple(_event(component) for component in parsed.walk("VEVENT")[:_EVENTS])
    if not _METHOD.match(method) and not events:
        return None
    return Calendar(method.upper() if _METHOD.match(method) else "", events)


def _parsed(source: str) -> icalendar.Component | None:
    try:
        return icalendar.Calendar.from_ical(source.replace("\n", "\r\n") + "\r\n")
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, OSError):
        return None


def _rejoined(source: str) -> str:
    """Join lines that were wrapped in transit without the leading space of RFC 5545 section 3.1."""
    lines: list[str] = []
    start = _STARTS.search(source)
    for line in source[start.start() if start else 0 :].split("\n"):
        if not line.strip():
            continue
        if lines and _PROPERTY.match(line) is None:
            lines.append(" " + line.lstrip(" \t") if line[0] in " \t" else " " + line)
        else:
            lines.append(line)
        if line.strip().upper() == "END:VCALENDAR":
            break
    return "\n".join(lines)


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
        starts=_moment(component, "DTSTART"),
        ends=_moment(component, "DTEND"),
        organizer=_mailbox(_value(component, "ORGANIZER")),
        summary=_value(component, "SUMMARY"),
    )


def _attendee(item: object) -> Attendee:
    parameters = getattr(item, "params", {})
    partstat = one_line(str(parameters.get("PARTSTAT", "NEEDS-ACTION"))).upper()
    return Attendee(_mailbox(one_line(str(item))), partstat, _mailbox(one_line(str(parameters.get("SENT-BY", "")))))


def _mailbox(value: str) -> str:
    return value[len("mailto:") * value.lower().startswith("mailto:") :].strip().lower()


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
