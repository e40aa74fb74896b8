"""Lint as the office does it: the very bytes that would leave, with what its directory, lists and templates know."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default
from typing import Final

from sqlite_utils import Database

from mailroom.message.picture import Picture
from mailroom.office import lint, templates
from mailroom.office.lint import Context, Finding
from mailroom.office.office import Office
from mailroom.office.rendered import Rendered
from mailroom.store import people
from mailroom.store.held import Held

FORCE: Final = ("officer", "desk")
"""Kinds of people inside the force, who may be sent somebody else's words and more than OFFICIAL."""

_OF_THE_OFFICE: Final = "desk"
"""A desk's address is an office's own, and in every officer's address book."""

COMMUNITIES: Final = "communities"
"""The list of the coordinator's that says which groups no call's subject may name."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A finished mail: its bytes, whom it is for, the template it was made of, and what guards it (`store.guards`)."""

    mime: bytes
    address: str
    person: str
    template: str
    guard: str = ""


def of_mail(office: Office, db: Database, leaving: Leaving, now: datetime) -> tuple[Finding, ...]:
    """Lint a finished mail."""
    mail, attachments = _read(leaving.mime)
    named = people.names(db)
    kinds = {one.id: one.kind for one in named}
    names = {one.id: one.name for one in named if one.id != leaving.person}
    call = leaving.guard == "call"
    private = {person: name for person, name in names.items() if call or kinds[person] not in FORCE}
    owners = people.owners(db)
    own = {email for email, person in owners.items() if kinds.get(person) == _OF_THE_OFFICE}
    settings = office.config.office
    communities = office.rules.lists.get(COMMUNITIES, ())
    context = Context(
        now.astimezone(office.zone).date(),
        call=call,
        own=(
            *templates.own_words(office.templates, leaving.template), *own, leaving.address,
            settings.mailbox, settings.name, settings.signature, settings.cover_phone,
        ),
        people={email: names[person] for email, person in owners.items() if person in names and email not in own},
        names=tuple(private.values()),
        ceiling="OFFICIAL-SENSITIVE" if kinds.get(leaving.person) in FORCE else "OFFICIAL",
        attachments=attachments,
        places=people.places(db),
        groups=tuple(one.written for one in communities),
    )  # fmt: skip
    return lint.lint(mail, context)


def of_held(office: Office, db: Database, mail: Held, now: datetime) -> tuple[Finding, ...]:
    """Lint a mail that waits for a person's word, as it is now: a day may have passed since it was written."""
    return of_mail(office, db, Leaving(mail.mime, mail.recipient, mail.person, mail.template, mail.guard), now)


def _read(mime: bytes) -> tuple[Rendered, int]:
    """Take a mail of ours apart again, and count what is attached to it."""
    tree = message_from_bytes(mime, _class=EmailMessage, policy=default)
    text, html = (_content(tree.get_body((form,))) for form in ("plain", "html"))
    pictures = tuple(
        Picture(part.get_filename() or "", "as in the mail", bytes(part.get_payload(decode=True) or b""))
        for part in tree.walk()
        if part.get_content_maintype() == "image" and part["Content-ID"]
    )
    attachments = sum(part.get_content_disposition() == "attachment" for part in tree.walk())
    return Rendered(str(tree["Subject"] or ""), text, html, "OFFICIAL", "mail", pictures=pictures), attachments


def _content(part: MIMEPart | None) -> str:
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
