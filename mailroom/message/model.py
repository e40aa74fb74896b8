r"""What a message is, once understood: one frozen value and the values in it.

Field names are those of `mailroom parse --json` (design, section 8) save `sender`, which is
written as "from" there. Text is str with line ends as "\n" and without control characters.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Kind = Literal["person", "automatic", "bounce", "delay", "feedback", "receipt", "list", "calendar"]
Verdict = Literal["pass", "fail", "none"]


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox and the name shown beside it; `address` is lower-cased, "" when there is none."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Border:
    """What we believe of Authentication-Results (RFC 8601 section 5): nothing, unless configured.

    `authserv_ids`: identities of our own receiving servers. `mode` "exchange-online": Microsoft
    writes the header without an identity, so only the topmost one counts, under Microsoft's Received.
    `arc_sealers`: domains whose word on mail they passed on is taken (RFC 8617).
    """

    authserv_ids: tuple[str, ...] = ()
    mode: Literal["rfc8601", "exchange-online"] = "rfc8601"
    arc_sealers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Authentication:
    """Our own server's verdict on the From address; anything not ours counts as "none"."""

    verdict: Verdict = "none"
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""


@dataclass(frozen=True, slots=True)
class Automatic:
    """Why we think a machine wrote this, and when an absent person says they are back."""

    reason: str
    returns_on: date | None = None


@dataclass(frozen=True, slots=True)
class Bounce:
    """One recipient not reached (RFC 3464 section 2.3): `severity` hard means the address is dead.

    `reason` is in words, such as "mailbox full" (bounce_reasons.Reason). In a message of kind delay the
    recipient is only late, in one of kind feedback it complained.
    """

    recipient: str
    status: str
    severity: Literal["hard", "soft"]
    original_message_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Attendee:
    """Who answered an invitation, and how (RFC 5545 section 3.2.12); `sent_by` wrote in their stead, if anybody did."""

    address: str
    partstat: str
    sent_by: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One VEVENT of a calendar part (RFC 5546); `uid` is "" for an answer that only its subject gives.

    `starts` and `ends` are as written in the part: in a COUNTER, the time proposed instead.
    """

    uid: str
    sequence: int
    dtstamp: str
    recurrence_id: str
    attendees: tuple[Attendee, ...]
    comment: str
    starts: str = ""
    ends: str = ""
    organizer: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar part and its method, such as REPLY (RFC 5546 section 1.4)."""

    method: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Forward:
    """The message inside a forwarded one: who wrote it and what it says, as far as it can be read."""

    name: str
    address: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part with a name or a body nobody reads inline; `size` in bytes, decoded; `name` made safe.

    `type` is what the sender says, `true_type` what the bytes show ("" for text and the unknown), `notes`
    what a person should know before opening it or passing it on (findings.py).
    """

    name: str
    type: str
    size: int
    sha256: str
    true_type: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """Everything later steps may know of a message. Reading it cannot fail: faults are `defects`."""

    message_id: str
    sender: Address
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None
    subject: str
    in_reply_to: str
    references: tuple[str, ...]
    text: str
    new_text: str
    kind: Kind
    automatic: Automatic | None
    silence: str
    """Why nothing may be sent in answer, whatever a rule says; "" when an answer is allowed."""
    bounces: tuple[Bounce, ...]
    calendar: Calendar | None
    forward: Forward | None
    authentication: Authentication
    marking: str
    attachments: tuple[Attachment, ...]
    headers: tuple[tuple[str, str], ...]
    """Every header as (lower-cased name, decoded value), top to bottom, within the caps."""
    size: int
    sha256: str
    defects: tuple[str, ...] = ()
    conversation: str = ""
    """Which conversation Outlook counts it in: the first 22 bytes of its Thread-Index, in hex; "" for none."""
    reply: str = ""
    """For a reader: `new_text` with the quoted lines ("> ") it answers; classifies and commands nothing."""
    look: tuple[str, ...] = ()
    """Why a person has to look at it in a mail program: what could not be read here, or is made to mislead."""
    sealed: bool = False
    """Its words are out of reach (encrypted, or protected by the sender), so nothing may be decided by its subject."""
