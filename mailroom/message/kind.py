"""What sort of message this is, and whether anything may be sent in answer (RFC 3834).

A bounce outranks a calendar reply, that an automatic answer, that a list, that a person. Headers are
believed; without any, only a subject in the fixed form that mail systems write ("Automatic reply: …").
A person who types "auto reply" stays a person.
"""

import re
from dataclasses import dataclass
from datetime import date

from mailroom.message import dates
from mailroom.message.headers import Headers, every, first
from mailroom.message.model import Automatic, Calendar, Kind

# More hops than any honest path has (RFC 5321 section 6.3 suggests 100, Postfix stops at 50).
_HOPS = 50
_ITIP = frozenset({"REPLY", "REQUEST", "CANCEL", "COUNTER", "DECLINECOUNTER", "REFRESH", "ADD"})
# Subjects that mail systems put before the original one, and nobody types with the colon.
_AWAY = re.compile(
    r"(?i)\s*(?:automatic reply|auto(?:matic)?[ -]?(?:reply|response|responder)|autoreply|out of (?:the )?office"
    r"(?: auto-?reply| reply| message)?|on (?:annual )?leave|vacation (?:reply|message)|away from (?:the|my) office|"
    r"ateb awtomatig|allan o'r swyddfa|automatische antwort|abwesenheits\w*|réponse automatique|absence du bureau|"
    r"respuesta automática|fuera de la oficina|risposta automatica|fuori sede|resposta automática|"
    r"automatisch antwoord|afwezig\w*|autosvar|automatiskt? svar|automaattinen vastaus|odpowiedź automatyczna|"
    r"autoodpowiedź|automatická odpověď|automatikus válasz|автоответ|автоматический ответ|răspuns automat)\s*(?::|\Z)"
)
_RECALL = re.compile(r"(?i)\s*recall: ")
_RECALLED = re.compile(r"(?i)would like to recall the message|hoffte, die nachricht|message recall")
_NO_REPLY = re.compile(r"(?i)\A(?:no|do[._-]?not|dont|never)[._-]?reply|\Anoreply|[._-]noreply@")
_SYSTEM = re.compile(
    r"(?i)\A(?:mailer-daemon|postmaster|mail-daemon|bounces?|majordomo|listserv|mdaemon)(?:[+_.-][^@]*)?@"
)
_LISTS = ("list-id", "list-post", "mailing-list", "x-mailing-list", "list-unsubscribe")
_ROBOTS = ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-autoresponse", "x-mail-autoreply")


@dataclass(frozen=True, slots=True)
class Sort:
    """The kind, the machine's reason for writing, and why there may be no answer ("" when there may)."""

    kind: Kind
    automatic: Automatic | None
    silence: str


@dataclass(frozen=True, slots=True)
class Signs:
    """What the decision rests on."""

    headers: Headers
    sender: str
    senders: int
    subject: str
    new_text: str
    report: Kind | None
    """The sort of report the parts are (bounce, delay, feedback, receipt), if they are one."""
    calendar: Calendar | None
    written_on: date | None


def sort(signs: Signs) -> Sort:
    """Decide the kind of a message and whether it may be answered."""
    machine = _machine(signs)
    kind: Kind = "person"
    automatic: Automatic | None = None
    if signs.report:
        kind = signs.report
        automatic = Automatic(machine or "it is a report from a mail system")
    elif signs.calendar and signs.calendar.method in _ITIP:
        kind = "calendar"
    elif machine and not (_is_list(signs.headers) and not _replied(signs)):
        kind = "automatic"
        automatic = Automatic(machine, dates.returns_on(f"{signs.subject}\n{signs.new_text}", signs.written_on))
    elif _is_list(signs.headers):
        kind = "list"
    return Sort(kind, automatic, _silence(signs, kind, machine))


def _machine(signs: Signs) -> str:
    """Name the sign that a machine wrote this, in words, or ""."""
    submitted = first(signs.headers, "auto-submitted").lower()
    if submitted and not submitted.startswith("no"):
        return f"Auto-Submitted: {submitted[:40]}"
    for name in _ROBOTS:
        if first(signs.headers, name):
            return f"it has the header {name.title()}"
    if first(signs.headers, "precedence").lower() in ("auto_reply", "bulk", "junk"):
        return f"Precedence: {first(signs.headers, 'precedence').lower()}"
    if _AWAY.match(signs.subject):
        return "its subject is that of an automatic reply"
    if _RECALL.match(signs.subject) and _RECALLED.search(signs.new_text):
        return "it recalls an earlier message"
    if _null_sender(signs.headers):
        return "it has no return address (null sender)"
    if _SYSTEM.search(signs.sender):
        return "a mail system sent it"
    return "it comes from a no-reply address" if _NO_REPLY.search(signs.sender) else ""


def _silence(signs: Signs, kind: Kind, machine: str) -> str:
    if kind in ("bounce", "delay", "feedback", "receipt"):
        return f"it is a {kind} from a mail system"
    if machine:
        return f"a machine wrote it: {machine}"
    if _is_list(signs.headers) or first(signs.headers, "precedence").lower() == "list":
        return "it came through a mailing list"
    suppress = first(signs.headers, "x-auto-response-suppress").lower()
    if suppress and suppress != "none":
        return f"it asks for no automatic answer (X-Auto-Response-Suppress: {suppress[:40]})"
    for name in ("x-loop", "x-mailroom"):
        if first(signs.headers, name):
            return f"it bears a mark against mail loops ({name.title()})"
    hops = len(every(signs.headers, "received"))
    if hops > _HOPS:
        return f"it has been through {hops} servers: a mail loop"
    if signs.senders > 1:
        return "it has more than one From, so who wrote it is not certain"
    return "" if signs.sender else "there is no sender to answer"


def _is_list(headers: Headers) -> bool:
    return any(name in _LISTS for name, _ in headers)


def _replied(signs: Signs) -> bool:
    """Say whether the machine answered a mail (as an absent person's does) rather than published one."""
    return first(signs.headers, "auto-submitted").lower().startswith("auto-replied") or bool(_AWAY.match(signs.subject))


def _null_sender(headers: Headers) -> bool:
    return any(name == "return-path" and value.replace(" ", "") == "<>" for name, value in headers)
