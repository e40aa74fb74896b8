"""The story's files as typed values: world.json and rows.jsonl (tests/story/README.md says what each field means)."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from mailroom.errors import MailroomError

Day = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$")]


class HarnessFault(MailroomError):
    """The story cannot be played: a file is wrong, or a mail it answers was never sent."""


class Address(Struct, frozen=True):
    """One of a person's addresses."""

    email: str


class Vetting(Struct, frozen=True, rename={"from_": "from"}):
    """What is known of a person's vetting."""

    status: str
    level: str = ""
    from_: Day = ""
    to: Day = ""
    ladder_already_sent: tuple[int, ...] = ()


class Confidentiality(Struct, frozen=True):
    """The signed undertaking."""

    signed_on: Day


class Induction(Struct, frozen=True):
    """What a member has been shown."""

    critical_incident_input: Day | None = None
    residency_seen: Day | None = None


class Acknowledged(Struct, frozen=True):
    """Which terms of reference a member has acknowledged."""

    version: str
    on: Day


class Preferences(Struct, frozen=True):
    """How a member wants to be written to."""

    format: str
    newsletter: bool


class Someone(Struct, frozen=True):
    """An officer, member, applicant or former member."""

    id: str
    name: str
    addresses: tuple[Address, ...]
    rank: str = ""
    roles: tuple[str, ...] = ()
    station: str | None = None
    state: str = ""
    ref: str = ""
    joined: Day | None = None
    left: Day | None = None
    vetting: Vetting | None = None
    confidentiality: Confidentiality | None = None
    induction: Induction = Induction()
    tor_acknowledged: Acknowledged | None = None
    privacy_notice_version: str = ""
    skill_tags: tuple[str, ...] = ()
    link_tags: tuple[str, ...] = ()
    link_tags_consent: Day | None = None
    recusal_tags: tuple[str, ...] = ()
    preferences: Preferences | None = None
    leave_to: Day | None = None


class Desk(Struct, frozen=True):
    """A unit with an address of its own."""

    id: str
    name: str
    address: str
    role: str


class Partner(Struct, frozen=True):
    """An organisation and whom we write to there."""

    id: str
    org: str
    contact: str
    address: str
    agreement_expires: Day | None


class ActionItem(Struct, frozen=True):
    """An open action of a meeting."""

    ref: str
    owner: str
    due: Day
    text: str
    state: str


class OldCase(Struct, frozen=True):
    """A case from before the story."""

    ref: str
    state: str
    place: str = ""


class SentBefore(Struct, frozen=True):
    """A mail the office sent before the story begins."""

    ref: str
    recipient: str
    at: datetime
    message_id: str
    subject: str
    text: str


class World(Struct, frozen=True):
    """The office as it stands when the story begins."""

    at: datetime
    timezone: str
    mailbox: str
    authserv_id: str
    internal_domains: tuple[str, ...]
    roles: dict[str, str]
    cover_phone: str
    working_pattern: dict[str, tuple[str, str]]
    quiet_hours: dict[str, str]
    people: tuple[Someone, ...]
    desks: tuple[Desk, ...]
    partners: tuple[Partner, ...]
    members: tuple[Someone, ...]
    applicants: tuple[Someone, ...]
    former_members: tuple[Someone, ...]
    newsletter_readers_inside: tuple[str, ...]
    actions: tuple[ActionItem, ...]
    old_cases: tuple[OldCase, ...]
    groups: dict[str, tuple[str, ...]]
    outbound_history: tuple[SentBefore, ...]
    secrets_that_must_never_go_out: tuple[str, ...]

    def addresses(self) -> dict[str, tuple[str, ...]]:
        """Return everybody's addresses by id, the primary one first."""
        persons = (*self.people, *self.members, *self.applicants, *self.former_members)
        found = {person.id: tuple(one.email for one in person.addresses) for person in persons}
        desks = {desk.id: (desk.address,) for desk in self.desks}
        return found | desks | {partner.id: (partner.address,) for partner in self.partners}

    def owner(self, address: str) -> str:
        """Return the id of whom an address belongs to, "" for a stranger."""
        return next((person for person, own in self.addresses().items() if address.lower() in own), "")

    def recipients(self, target: str | Sequence[str]) -> tuple[str, ...]:
        """Return the addresses a row means by an id, a role, an address, a `group:` or a list of them."""
        if not isinstance(target, str):
            return tuple(address for one in target for address in self.recipients(one))
        if target.startswith("group:"):
            return self.recipients(self.groups[target.removeprefix("group:")])
        return self.addresses().get(self.roles.get(target, target), (target,))


class Writer(Struct, frozen=True):
    """Whom a row is from."""

    name: str
    address: str


class Answered(Struct, frozen=True):
    """The mail a row answers: ours to a recipient about a reference, ours because of a row, or that row itself."""

    ref: str = ""
    row: str = ""
    recipient: str = ""


class Attached(Struct, frozen=True):
    """A file of the story that a mail carries."""

    name: str
    content_type: str
    file: str


class CalendarReply(Struct, frozen=True):
    """A calendar part made from a file."""

    method: str
    partstat: str
    file: str


class Outbound(Struct, frozen=True):
    """A mail that must leave because of a row; `within` is an ISO period or words."""

    to: str | tuple[str, ...]
    kind: str
    about: str
    count: int | None
    within: str | None = None
    optional: bool = False


class Expected(Struct, frozen=True, rename={"class_": "class"}):
    """What must become of a row."""

    class_: str
    flags: tuple[str, ...]
    ref: str | None
    link: str | None
    stage: str | None
    person: str | None
    outbound: tuple[Outbound, ...]
    nothing_to: tuple[str, ...]


class Row(Struct, frozen=True, rename={"from_": "from", "answers": "reply_to_copy"}):
    """One mail of the story, and what must become of it."""

    id: str
    at: datetime
    kind: str
    message_id: str
    date: datetime
    from_: Writer
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    text: str | None
    html: str | None
    headers: dict[str, str]
    attachments: tuple[Attached, ...]
    authentication: str
    expect: Expected
    answers: Answered | None = None
    calendar: CalendarReply | None = None
    raw: str | None = None


def world(folder: Path) -> World:
    """Read world.json. Raises HarnessFault."""
    return _read(folder / "world.json", World)


def rows(folder: Path) -> list[Row]:
    """Read rows.jsonl, in the order of the story. Raises HarnessFault."""
    file = folder / "rows.jsonl"
    found = []
    for n, line in enumerate(_bytes(file).splitlines(), start=1):
        try:
            found.append(msgspec.json.decode(line, type=Row))
        except msgspec.DecodeError as error:
            raise HarnessFault(f"{file}:{n}: {error}") from error
    return found


def _read(file: Path, kind: type[World]) -> World:
    try:
        return msgspec.json.decode(_bytes(file), type=kind)
    except msgspec.DecodeError as error:
        raise HarnessFault(f"{file}: {error}") from error


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise HarnessFault(f"{file}: the story lacks this file ({error.strerror})") from error
