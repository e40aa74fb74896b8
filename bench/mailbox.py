"""An invented mailbox, the same for the same seed: 80 % short replies, 15 % with an attachment, 5 % robots.

The shape is that of a busy advisory group: some forty people who answer each other in threads, in text and HTML,
with what they answer quoted below; minutes and photographs of 50 to 500 KB; absence notes, bounces and calendar
replies. Everybody lives on example.org.
"""

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

SHORT, WITH_ATTACHMENT = 0.80, 0.15
PEOPLE = 40
ATTACHMENT_BYTES = (50_000, 500_000)
BEGINNING = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
OFFICE = "iag@example.org"

_VOCABULARY = (
    "meeting patrol station report agree thanks member officer training leaflet concern visit notes draft agenda "
    "platform evening morning review community advice question answer please could would should know think before "
    "after between during people young older travel ticket barrier search stop incident update weekly monthly"
)
_WORDS = _VOCABULARY.split()
_TYPES = (("application/pdf", "minutes.pdf"), ("image/jpeg", "photograph.jpg"), ("application/msword", "notes.doc"))


@dataclass(slots=True)
class _Writer:
    """Draws everything from one seeded source, and remembers the threads it has begun."""

    chance: random.Random
    at: datetime = BEGINNING
    threads: list[tuple[str, list[str], str]] = field(default_factory=list)

    def text(self, words: int) -> str:
        return " ".join(self.chance.choices(_WORDS, k=words)).capitalize() + "."

    def paragraphs(self) -> str:
        return "\r\n\r\n".join(self.text(self.chance.randint(12, 60)) for _ in range(self.chance.randint(1, 4)))


def messages(count: int, seed: int) -> Iterator[tuple[bytes, datetime]]:
    """Yield `count` messages with the times they were received, oldest first. Memory holds one at a time."""
    writer = _Writer(random.Random(seed))
    for number in range(count):
        writer.at += timedelta(minutes=writer.chance.randint(1, 40))
        kind = writer.chance.random()
        if kind < SHORT:
            raw = _reply(writer, number)
        elif kind < SHORT + WITH_ATTACHMENT:
            raw = _with_attachment(writer, number)
        else:
            raw = _robot(writer, number)
        yield raw, writer.at


def people_csv() -> str:
    """Return the people who write these messages, as `mailroom people import` reads them."""
    rows = [f"Member {n},member,member{n}@example.org" for n in range(PEOPLE)]
    return "\n".join(["name,kind,emails", *rows]) + "\n"


def _head(writer: _Writer, number: int, subject: str, thread: list[str], extra: str = "") -> tuple[str, str]:
    """Return the header fields, and this message's own id added to its thread."""
    person = writer.chance.randrange(PEOPLE)
    message_id = f"<bench-{number}@mail.example.org>"
    references = ""
    if thread:
        references = f"In-Reply-To: {thread[-1]}\r\nReferences: {' '.join(thread[-8:])}\r\n"
    thread.append(message_id)
    head = (
        f"Return-Path: <member{person}@example.org>\r\n"
        f"Received: from mail.example.org (mail.example.org [192.0.2.{person}]) by mx.example.org with ESMTPS;\r\n"
        f"\t{format_datetime(writer.at)}\r\n"
        f"Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\r\n"
        f"From: Member {person} <member{person}@example.org>\r\nTo: {OFFICE}\r\nSubject: {subject}\r\n"
        f"Date: {format_datetime(writer.at)}\r\nMessage-ID: {message_id}\r\n{references}{extra}MIME-Version: 1.0\r\n"
    )
    return head, f"=_bench_{number}"


def _alternative(writer: _Writer, boundary: str, quoted: str) -> str:
    text = writer.paragraphs()
    below = "".join(f"> {line}\r\n" for line in quoted.splitlines())
    plain = f"{text}\r\n\r\nRegards,\r\nA member\r\n\r\nOn Monday, {OFFICE} wrote:\r\n{below}"
    html = "".join(f"<p>{part}</p>" for part in text.split("\r\n\r\n"))
    return (
        f"--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n"
        f"--{boundary}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        f"<html><body>{html}<blockquote>{quoted}</blockquote></body></html>\r\n--{boundary}--\r\n"
    )


def _thread(writer: _Writer) -> tuple[str, list[str], str]:
    """Return a thread to answer in, mostly one of the last thirty, else a new one."""
    if not writer.threads or writer.chance.random() < 0.35:  # noqa: PLR2004
        writer.threads.append((writer.text(5), [], writer.paragraphs()))
    return writer.chance.choice(writer.threads[-30:])


def _reply(writer: _Writer, number: int) -> bytes:
    subject, ids, quoted = _thread(writer)
    head, boundary = _head(writer, number, f"Re: {subject}" if ids else subject, ids)
    body = _alternative(writer, boundary, quoted)
    return f'{head}Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n{body}'.encode()


def _with_attachment(writer: _Writer, number: int) -> bytes:
    subject, ids, quoted = _thread(writer)
    head, boundary = _head(writer, number, f"Re: {subject}" if ids else subject, ids)
    inner = _alternative(writer, f"{boundary}_text", quoted)
    kind, name = writer.chance.choice(_TYPES)
    data = writer.chance.randbytes(writer.chance.randint(*ATTACHMENT_BYTES))
    encoded = base64.encodebytes(data).replace(b"\n", b"\r\n")
    start = (
        f'{head}Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'
        f'--{boundary}\r\nContent-Type: multipart/alternative; boundary="{boundary}_text"\r\n\r\n{inner}'
        f'--{boundary}\r\nContent-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    )
    return start.encode() + encoded + f"--{boundary}--\r\n".encode()


def _robot(writer: _Writer, number: int) -> bytes:
    kind = writer.chance.choice(("absence", "bounce", "calendar"))
    if kind == "absence":
        head, _ = _head(writer, number, "Automatic reply: weekly update", [], "Auto-Submitted: auto-replied\r\n")
        return f"{head}Content-Type: text/plain\r\n\r\nI am away until Monday. {writer.text(12)}\r\n".encode()
    head, boundary = _head(
        writer, number, "Undelivered Mail Returned to Sender", [], "Auto-Submitted: auto-replied\r\n"
    )
    if kind == "bounce":
        return (
            f'{head}Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"\r\n\r\n'
            f"--{boundary}\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n"
            f"--{boundary}\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example.org\r\n\r\n"
            f"Final-Recipient: rfc822; gone{number}@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
            f"--{boundary}--\r\n"
        ).encode()
    head, boundary = _head(writer, number, "Accepted: quarterly meeting", [])
    return (
        f"{head}Content-Type: text/calendar; method=REPLY; charset=utf-8\r\n\r\n"
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//invented//EN\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        f"UID:meeting-{number}@example.org\r\nDTSTAMP:20260105T080000Z\r\nDTSTART:20260301T180000Z\r\nSEQUENCE:0\r\n"
        f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:member1@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()
