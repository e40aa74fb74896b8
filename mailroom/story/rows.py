"""A row of the story as a mail on the wire: bytes, exactly as tests/story/README.md describes them."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path

from icalendar import Calendar

from mailroom.story.model import HarnessFault, Row

PLACEHOLDER = re.compile(r"\{\{([^{}]+)\}\}")
CODE = re.compile(r"^Code: ([A-Z0-9]{4}-?[A-Z0-9]{4})$", re.MULTILINE)
FORGED = "X-Forged-Authentication-Results"


@dataclass(frozen=True, slots=True)
class Copy:
    """The mail a row answers, as it was really sent; for an inbound row, as it was really delivered."""

    mime: bytes
    recipient: str
    envelope_from: str

    def parsed(self) -> EmailMessage:
        """Return the mail read again from its bytes."""
        return message_from_bytes(self.mime, policy=policy.default)

    def words(self) -> dict[str, str]:
        """Return what the placeholders of this mail stand for."""
        mail = self.parsed()
        body = mail.get_body(("plain",))
        text = body.get_content().replace("\r\n", "\n").strip() if body else ""
        date = format_datetime(mail["Date"].datetime) if mail["Date"] else ""
        quoted = [f"On {date}, {mail['From']} wrote:", *(f"> {line}".rstrip() for line in text.split("\n"))]
        words = {
            "copy.subject": str(mail["Subject"]),
            "copy.quoted": "\n".join(quoted),
            "copy.quoted_html": html.escape(text, quote=False).replace("\n", "<br>"),
            "copy.message_id": str(mail["Message-ID"]),
            "copy.headers": self.mime.partition(b"\r\n\r\n")[0].decode("utf-8", "replace"),
            "copy.recipient": self.recipient,
            "copy.envelope_from": self.envelope_from,
        }
        if found := CODE.search(text):
            words["code"] = found[1]
        return words | _calendar_words(mail)


def build(row: Row, folder: Path, authserv_id: str, copy: Copy | None, numbers: Mapping[str, int]) -> bytes:
    """Return the bytes of a row.

    `numbers` has the service's own number of each row played so far, by row. Raises HarnessFault when a
    placeholder has nothing to stand for.
    """
    words = _words(row, copy, numbers)
    if row.raw:
        mail = (
            _fill((folder / row.raw).read_text(encoding="utf-8"), words, row)
            .replace("\r\n", "\n")
            .replace("\n", "\r\n")
            .encode()
        )
    else:
        mail = _mail(row, folder, copy, words).as_bytes(policy=policy.SMTP)
    top = f"Authentication-Results: {authserv_id}; dmarc={row.authentication}\r\n"
    if FORGED in row.headers:
        top += f"Authentication-Results: {row.headers[FORGED]}\r\n"
    return top.encode() + mail


def _words(row: Row, copy: Copy | None, numbers: Mapping[str, int]) -> dict[str, str]:
    words = {
        "from.name": row.from_.name,
        "from.address": row.from_.address,
        "utc": f"{row.at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        "date": format_datetime(row.date),
        "message_id": row.message_id,
        "partstat": row.calendar.partstat if row.calendar else "",
        **{f"msg:{name}": f"#{number}" for name, number in numbers.items()},
        **(copy.words() if copy else {}),
    }
    return {**words, "subject": _fill(row.subject, words, row)}


def _fill(text: str, words: Mapping[str, str], row: Row) -> str:
    def word(found: re.Match[str]) -> str:
        if not words.get(found[1]):
            raise HarnessFault(
                f"row {row.id}: nothing stands for {found[0]}: the mail it answers was not sent, or lacks it"
            )
        return words[found[1]]

    return PLACEHOLDER.sub(word, text)


def _mail(row: Row, folder: Path, copy: Copy | None, words: Mapping[str, str]) -> EmailMessage:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = formataddr((row.from_.name, row.from_.address))
    mail["To"] = ", ".join(row.to)
    if row.cc:
        mail["Cc"] = ", ".join(row.cc)
    mail["Subject"] = words["subject"]
    mail["Date"] = format_datetime(row.date)
    mail["Message-ID"] = row.message_id
    if copy is not None:
        answered = copy.parsed()
        mail["In-Reply-To"] = words["copy.message_id"]
        mail["References"] = f"{answered['References'] or ''} {words['copy.message_id']}".strip()
    for name, value in row.headers.items():
        if name != FORGED:
            mail[name] = value
    _bodies(mail, row, words)
    if row.calendar:
        part = _fill((folder / row.calendar.file).read_text(encoding="utf-8"), words, row)
        mail.add_alternative(part, subtype="calendar", params={"method": row.calendar.method})
    for file in row.attachments:
        main, _, sub = file.content_type.partition("/")
        mail.add_attachment((folder / file.file).read_bytes(), maintype=main, subtype=sub, filename=file.name)
    return mail


def _bodies(mail: EmailMessage, row: Row, words: Mapping[str, str]) -> None:
    if row.text is None and row.html is not None:
        mail.set_content(_fill(row.html, words, row), subtype="html")
        return
    mail.set_content(_fill(row.text or "", words, row))
    if row.html is not None:
        mail.add_alternative(_fill(row.html, words, row), subtype="html")


def _calendar_words(mail: EmailMessage) -> dict[str, str]:
    part = next((part for part in mail.walk() if part.get_content_type() == "text/calendar"), None)
    if part is None:
        return {}
    event = Calendar.from_ical(part.get_content()).walk("VEVENT")[0]
    return {f"copy.ics.{name}": str(event.get(name, "")) for name in ("uid", "sequence", "organizer", "summary")}


def message_id(raw: bytes) -> str:
    """Return the Message-ID of a mail."""
    return str(message_from_bytes(raw, policy=policy.default)["Message-ID"])
