"""Lint as the office does it: the very bytes that would leave, with what its directory, lists and templates know."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default
from typing import Final

from sqlite_utils import Database

from mailroom.message.picture import Picture
from mailroom.office import lint, lint_brief, templates
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


@dataclass(frozen=True, slots=True)
class Known:
    """What the directory and the lists say, read once for a whole sending."""

    names: Mapping[str, str]
    kinds: Mapping[str, str]
    theirs: Mapping[str, tuple[str, ...]]
    """Each person's addresses."""
    places: tuple[str, ...]
    groups: tuple[str, ...]
    private: tuple[str, ...]
    """Whose names a mail had better not hold: everybody's outside the force."""
    everybody: tuple[str, ...]
    often: frozenset[str]
    """Names that several people have, which nobody can tell to be the reader's own."""
    of_desks: frozenset[str]
    people: Mapping[str, str]
    """Each address that is somebody's own, with whose it is."""


def known(office: Office, db: Database) -> Known:
    """Read what lint has to know of the people and the lists."""
    named = people.names(db)
    kinds = {one.id: one.kind for one in named}
    names = {one.id: one.name for one in named}
    owners = people.owners(db)
    desks = frozenset(email for email, person in owners.items() if kinds.get(person) == _OF_THE_OFFICE)
    theirs: dict[str, tuple[str, ...]] = {}
    for email, person in owners.items():
        theirs[person] = (*theirs.get(person, ()), email)
    counted = Counter(name.casefold() for name in names.values())
    return Known(
        names, kinds, theirs, people.places(db),
        tuple(one.written for one in office.rules.lists.get(COMMUNITIES, ())),
        tuple(name for person, name in names.items() if kinds[person] not in FORCE), tuple(names.values()),
        frozenset(name for name, n in counted.items() if n > 1), desks,
        {email: names[person] for email, person in owners.items() if person in names and email not in desks},
    )  # fmt: skip


def of_mail(
    office: Office, db: Database, leaving: Leaving, now: datetime, facts: Known | None = None
) -> tuple[Finding, ...]:
    """Lint a finished mail; `facts` is what is known, where many mails are looked at."""
    mail, attachments = _read(leaving.mime)
    return lint.lint(mail, context(office, facts or known(office, db), leaving, now, attachments))


def of_brief(
    office: Office,
    db: Database,
    text: str,
    now: datetime,
    *,
    subject: str,
    deadline: datetime | None,
    attachments: int = 0,
) -> tuple[Finding, ...]:
    """Lint a brief that somebody wants to release to members; see `lint_brief.brief`."""
    leaving = Leaving(b"", "", "", "", "call")
    facts = context(office, known(office, db), leaving, now)
    return lint_brief.brief(text, facts, subject=subject, deadline=deadline, now=now, attachments=attachments)


def of_own_words(
    office: Office, db: Database, text: str, readers: Iterable[tuple[str, str, str]], now: datetime
) -> tuple[str, ...]:
    """Return why words that somebody brings with a command must not go to some readers.

    Each reader is an address, a person and the template of their mail; what the mail quotes of others is not looked at.
    """
    if not text.strip():
        return ()
    facts, words = known(office, db), Rendered("", text, "", "", "")
    found = (
        one
        for reader in dict.fromkeys(readers)
        for one in lint.lint(words, context(office, facts, Leaving(b"", *reader), now))
    )
    return tuple(dict.fromkeys(one.text for one in found if one.severity == "stop"))


def context(office: Office, facts: Known, leaving: Leaving, now: datetime, attachments: int = 0) -> Context:
    """Return what is known of a mail besides its words: an address of the reader's own is no leak to them."""
    call = leaving.guard == "call"
    reader = facts.names.get(leaving.person, "")
    settings = office.config.office
    return Context(
        now.astimezone(office.zone).date(),
        call=call,
        own=(
            *templates.own_words(office.templates, leaving.template), *facts.of_desks, leaving.address,
            settings.mailbox, settings.name, settings.signature, settings.cover_phone,
        ),
        people=facts.people,
        theirs=facts.theirs.get(leaving.person, ()),
        names=facts.everybody if call else facts.private,
        reader="" if reader.casefold() in facts.often else reader,
        ceiling="OFFICIAL-SENSITIVE" if facts.kinds.get(leaving.person) in FORCE else "OFFICIAL",
        attachments=attachments,
        places=facts.places,
        groups=facts.groups,
    )  # fmt: skip


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
