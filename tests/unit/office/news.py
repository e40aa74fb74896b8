"""Shared by the tests of the newsletter: an office with readers, and the clock walked through a month."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any

from mailroom.office import newsletter
from mailroom.office.office import Office
from mailroom.store import newsletter as store
from mailroom.store import outbox
from mailroom.store.turns import claim
from tests.office import mail
from tests.unit.office.taking import arrive

READERS = ("M01", "M02", "M03", "alex", "drew")
ROBIN, CASEY, DREW = "robin.hale@btp.example.org", "casey.moran@btp.example.org", "drew.castell@btp.example.org"
ADA = "ada.winter@mail.example.org"
WORDS = (
    "Safety week: the team met three hundred pupils at two stations and talked about the yellow line and how to ask "
    "for help."
)
CODE = re.compile(r"^Code: ([A-Z2-9]{4}-[A-Z2-9]{4})$", re.MULTILINE)


def at(day: int, clock: str, month: int = 1) -> datetime:
    return datetime.fromisoformat(f"2027-{month:02d}-{day:02d}T{clock}:00+00:00").astimezone(UTC)


def with_readers(office: Office) -> None:
    with office.store.immediate() as db:
        for person in READERS:
            store.subscribe(db, person, wanted=True)


def until(office: Office, now: datetime) -> None:
    """Let the clock go to a moment, stopping wherever the newsletter has something to do."""
    start = office.store.db.execute("SELECT max(at) FROM journal WHERE event IN ('moved', 'opened')").fetchone()[0]
    here = datetime.fromisoformat(start) if start else at(4, "09:00")
    newsletter.look(office, here)
    while (due := newsletter.next_due(office, here)) is not None and due <= now:
        newsletter.look(office, due)
        while office.writing is not None:
            newsletter.look(office, due)
        here = due
    newsletter.look(office, now)


def drafted(office: Office) -> str:
    """Bring an office with one item to the proof of January, and return its code."""
    with_readers(office)
    newsletter.look(office, at(4, "09:00"))
    send(office, WORDS, at(20, "10:00"))
    until(office, at(22, "09:00"))
    return code(office)


def send(office: Office, text: str, now: datetime, sender: str = DREW, subject: str = "Item for the newsletter") -> int:
    return arrive(office, mail(sender, subject, text), now)


def reply(office: Office, text: str, template: str, now: datetime, sender: str = ROBIN, **headers: str) -> int:
    """Answer one's own copy of the newest mail of a template; who has none answers somebody else's."""
    sql = "SELECT message_id, subject FROM outbox WHERE template = ? ORDER BY recipient = ? DESC, id DESC LIMIT 1"
    [[message_id, subject]] = rows(office, sql, template, sender)
    return arrive(office, mail(sender, f"Re: {subject}", text, headers={"In-Reply-To": message_id, **headers}), now)


def code(office: Office, template: str = "notice/proof") -> str:
    found = CODE.search(texts(office, template)[-1])
    assert found is not None
    return found[1]


def texts(office: Office, template: str) -> list[str]:
    """Return the words of the mails of a template, oldest first."""
    found = []
    for (mime,) in rows(office, "SELECT mime FROM mails WHERE template = ? ORDER BY id", template):
        body = message_from_bytes(mime, policy=policy.default).get_body(("plain",))
        assert body is not None
        found.append(str(body.get_content()).replace("\r\n", "\n"))
    return found


def rows(office: Office, sql: str, *values: object) -> list[tuple[Any, ...]]:
    return list(office.store.db.execute(sql, values))


def stage(office: Office, ref: str = "NEWS-2027-01") -> str:
    [[found]] = rows(office, "SELECT stage FROM cases WHERE ref = ?", ref)
    return str(found)


def issues_to(office: Office, month: str = "2027-01") -> list[str]:
    sql = "SELECT person_id FROM outbox WHERE batch = ? ORDER BY person_id"
    return [person for (person,) in rows(office, sql, f"newsletter:{month}")]


def deliver(office: Office, now: datetime) -> list[str]:
    """Send what is due, and return to whom each mail went."""
    gone = []
    with office.store.immediate() as db:
        while (one := claim(db, now)) is not None:
            outbox.settle(db, one.id, "sent", "250 ok", now)
            gone.append(one.recipient)
    return gone
