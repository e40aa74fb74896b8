"""Who wants the newsletter: leaving it and coming back, by an answer or by the link that every issue carries.

Leaving stops newsletters and nothing else, and one confirmation says what goes on. The link holds a token of its
reader's own: whoever sends it back has that reader's copy, so it counts from any address and needs no more proof.
"""

import base64
import hashlib
import hmac
import re
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.office import mail
from mailroom.office.cases import Incoming
from mailroom.office.commands.links import mailto
from mailroom.office.mail import Cause, Recipient
from mailroom.office.office import Office
from mailroom.store import journal, newsletter, people, tasks

STOPPED, STARTED = "newsletter/stopped", "newsletter/started"
STOP: Final = "STOP newsletter"

_TOKEN = re.compile(r"\b[a-z2-7]{26}\b")
_BYTES = 16


def token(office: Office, person: str) -> str:
    """Return the token of one reader: always the same, and nobody can guess another's."""
    digest = hmac.new(office.message_id_key, f"newsletter\0{person}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:_BYTES]).decode("ascii").lower().rstrip("=")


def stop_link(office: Office, person: str) -> str:
    """Return the link by which a reader leaves the newsletter: one tap. Without a person, it stops its sender's."""
    return mailto(office.config.office.mailbox, STOP, token(office, person) if person else "")


def headers(office: Office, person: str) -> tuple[tuple[str, str], ...]:
    """Return what tells mail programs that this is a list, and how to leave it (RFC 2369, RFC 2919).

    There is no one-click (RFC 8058): that needs a web server, and there is none.
    """
    return (
        ("List-Id", f"Newsletter <newsletter.{office.domain}>"),
        ("List-Unsubscribe", f"<{stop_link(office, person)}>"),
    )


def stop(office: Office, db: Database, this: Incoming, now: datetime) -> str:
    """Send somebody no newsletter any more, and return the template of the answer, "" where none is due."""
    person, how = _whose(office, db, this)
    if not person:
        words = f"#{this.row} asks to get no newsletter, but who wrote it is not sure. Please ask them."
        tasks.add(db, f"newsletter:{this.row}", "coordinator", words, now, message=this.row)
        return ""
    _note(db, person, this, now, wanted=False, how=how)
    if person == this.sender.person:
        return STOPPED
    # The link came back from another address: its owner is told, where they are always written to.
    address = people.address_of(db, person)
    if address is not None:
        mail.write(
            office, db, now, key=f"stopped:{this.row}", template=STOPPED, kind="mail", variables={},
            recipient=Recipient(address, person, people.name_of(db, person)),
            cause=Cause(this.row, thread=this.thread, at=this.at),
        )  # fmt: skip
    return ""


def start(office: Office, db: Database, this: Incoming, now: datetime) -> str:
    """Send somebody the newsletter again, and return the template of the answer, "" where none is due."""
    if this.sender.trust != "verified" or not this.sender.person or not office.config.office.mailbox:
        words = f"#{this.row} asks for the newsletter, but who wrote it is not sure. Please ask them."
        tasks.add(db, f"newsletter:{this.row}", "coordinator", words, now, message=this.row)
        return ""
    _note(db, this.sender.person, this, now, wanted=True, how="their own words")
    return STARTED


def _whose(office: Office, db: Database, this: Incoming) -> tuple[str, str]:
    """Return whose newsletter is meant, and how that is known: by the token of their copy, or by who wrote."""
    sent = set(_TOKEN.findall(f"{this.message.subject}\n{this.message.new_text}"))
    if sent:
        found = (one.id for one in people.names(db) if token(office, one.id) in sent)
        return next(found, ""), "the link in their copy"
    return (this.sender.person, "their own words") if this.sender.trust == "verified" else ("", "")


def _note(db: Database, person: str, this: Incoming, now: datetime, *, wanted: bool, how: str) -> None:
    newsletter.subscribe(db, person, wanted=wanted)
    does = "gets the newsletter again" if wanted else "gets no newsletter any more"
    journal.write(db, now, "preference", f"{people.name_of(db, person)} ({person}) {does}: {how}.", message=this.row)
