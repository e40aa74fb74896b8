"""Commands in tests: a mail that gives one, taken the whole way, and what was written because of it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any

from mailroom.message import read
from mailroom.office.office import Office
from mailroom.office.take import take
from mailroom.store import messages, outbox
from mailroom.store.messages import Arrived, Packed, Waiting
from mailroom.store.outbox import Outgoing
from tests.office import mail

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)  # a Tuesday, in working hours
ROBIN, CASEY, ADA = "robin.hale@btp.example.org", "casey.moran@btp.example.org", "ada.winter@mail.example.org"
ALEX, CONTROL = "alex.dunmore@btp.example.org", "control@btp.example.org"
WORRY = "People here are frightened to use Harrow Cross after dark, they keep being shouted at."
CODE = re.compile(r"^Code: ([A-Z2-9]{4}-[A-Z2-9]{4})$", re.MULTILINE)


def arrive(office: Office, raw: bytes, at: datetime = NOW) -> int:
    """Take one message the whole way and return its number."""
    with office.store.immediate() as db:
        uid = len(rows(office, "SELECT 1 FROM messages")) + 1
        row = messages.receive(db, Arrived("INBOX", 1, uid, at, len(raw), Packed.of(raw)), at, history=False)
        assert row is not None
        take(office, db, Waiting(row, at, False, len(raw)), read(raw, office.config.border), at)  # noqa: FBT003
    return row


def rows(office: Office, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask the office's database."""
    return list(office.store.db.execute(sql, values))


def command(
    office: Office,
    text: str,
    subject: str = "",
    sender: str = ROBIN,
    at: datetime = NOW,
    *,
    headers: Mapping[str, str] | None = None,
) -> int:
    """Write a new mail to the office."""
    return arrive(office, mail(sender, subject, text, headers=dict(headers or {})), at)


def reply(office: Office, text: str, template: str, sender: str = ROBIN, at: datetime = NOW) -> int:
    """Answer the newest mail of a template to somebody, as a mail program does."""
    [[message_id, subject]] = rows(
        office,
        "SELECT message_id, subject FROM outbox WHERE template = ? AND recipient = ? ORDER BY id DESC LIMIT 1",
        template, sender,
    )  # fmt: skip
    return command(office, text, f"Re: {subject}", sender, at, headers={"In-Reply-To": message_id})


def mails(office: Office, template: str) -> list[tuple[str, str, str]]:
    """Return (recipient, subject, text) of the mails of a template, oldest first."""
    found = []
    sql = "SELECT recipient, subject, mime FROM mails WHERE template = ? ORDER BY id"
    for recipient, subject, mime in rows(office, sql, template):
        body = message_from_bytes(mime, policy=policy.default).get_body(("plain",))
        assert body is not None
        text = str(body.get_content()).replace("\r\n", "\n")
        found.append((recipient, subject, text.rpartition("\n-- \n")[0].rstrip()))
    return found


def echoed(office: Office) -> str:
    """Return what the last command was answered with."""
    return mails(office, "notice/done")[-1][2]


def code_in(text: str) -> str:
    """Return the one code of a mail."""
    [found] = CODE.findall(text)
    return str(found)


def concern(office: Office, sender: str = ADA) -> int:
    """Let a member write of a worry."""
    return arrive(office, mail(sender, "Harrow Cross after dark", WORRY))


def queued(office: Office, key: str, recipient: str = ADA, person: str = "M01", **more: Any) -> int:  # noqa: ANN401 - as the row takes them
    """Queue a mail to somebody."""
    with office.store.immediate() as db:
        held = bool(more.pop("held", False))
        made = Outgoing(
            key, recipient, person, "mail", "notice/received", "We have your message", f"<{key}@btp.example.org>",
            mail(ROBIN, "We have your message", "Thank you.\n\n-- \nThe office"), **more,
        )  # fmt: skip
        row = outbox.queue(db, made, NOW, held=held)
        assert row is not None
        return row
