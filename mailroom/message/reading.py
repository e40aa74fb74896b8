"""Bytes to Message: the one place where a stranger's bytes become a value the rest can rely on."""

import hashlib
from dataclasses import dataclass
from itertools import chain

from mailroom.message import (
    attachments,
    authentication,
    body,
    bounces,
    headers,
    kind,
    limits,
    marking,
    mime,
    resemblance,
    sealed,
    threads,
    tnef,
)
from mailroom.message.calendar_part import answered, calendar
from mailroom.message.forward import forward
from mailroom.message.model import Address, Border, Message
from mailroom.message.new_text import split
from mailroom.message.opaque import opaque
from mailroom.message.parsing import Parsed, with_mail_parser, with_standard_library

_MANY_FROM = "more than one From header"
OPAQUE = "nothing could read it: a person has to open it in a mail program"


def read(raw: bytes, border: Border) -> Message:
    """Understand a message. Never raises but for MemoryError: what can't be understood is a defect."""
    came = _Came(len(raw), hashlib.sha256(raw).hexdigest(), limits.cap(raw))
    for parse in (with_mail_parser, with_standard_library):
        try:
            return _understand(parse(came.capped.raw), border, came)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S112 - hostile bytes make parsers raise anything; the next way is tried
            continue
    return opaque(came.size, came.sha256, (*came.capped.defects, OPAQUE))


@dataclass(frozen=True, slots=True)
class _Came:
    """The bytes as they came: their size and hash, and what of them is read."""

    size: int
    sha256: str
    capped: limits.Capped


def _understand(parsed: Parsed, border: Border, came: _Came) -> Message:
    leaves = tnef.unwrapped(mime.leaves(parsed.tree))
    found = headers.decoded(parsed.tree)
    identity = headers.identity(found)
    subject = headers.first(found, "subject")
    words = body.read(leaves)
    files = attachments.attachments(words.files)
    invitation, calendar_defect = calendar(leaves)
    delivery = bounces.report(parsed.tree, found, leaves, words.text)
    froms = len(headers.every(found, "from"))
    sender = parsed.senders[0] if parsed.senders else Address("", "")
    written = split(words.text, subject)
    look = (
        *((_MANY_FROM,) if froms > 1 else ()),
        *sealed.unreadable(files, leaves, words.text),
        *resemblance.doubts(sender.name, sender.address),
    )
    invitation = invitation or answered(subject, sender.address, written.new)
    sort = kind.sort(
        kind.Signs(
            headers=found, sender=sender.address, senders=max(froms, len(parsed.senders)), subject=subject,
            new_text=written.new, report=delivery.kind, calendar=invitation,
            written_on=parsed.date.date() if parsed.date else None, text=words.text,
        )
    )  # fmt: skip
    vouched_domain = sender.address.rpartition("@")[2] if froms == 1 and len(parsed.senders) == 1 else ""
    return Message(
        message_id=identity.message_id,
        sender=sender,
        reply_to=parsed.reply_to,
        to=parsed.to,
        cc=parsed.cc,
        date=parsed.date,
        subject=subject,
        in_reply_to=identity.in_reply_to,
        references=identity.references,
        text=words.text,
        new_text=written.new,
        kind=sort.kind,
        automatic=sort.automatic,
        silence=sort.silence,
        bounces=delivery.bounces,
        calendar=invitation,
        forward=None if delivery.kind else forward(subject, words.text, leaves),
        authentication=authentication.authentication(found, vouched_domain, border),
        marking=marking.marking(found, subject, words.text),
        attachments=files,
        headers=found,
        size=came.size,
        sha256=came.sha256,
        defects=_once(came.capped.defects, parsed.defects, words.defects, look, (calendar_defect,)),
        conversation=threads.conversation(headers.first(found, "thread-index")),
        reply=written.reply,
        look=_once(came.capped.defects, look),
        sealed=sealed.sealed(parsed.tree.get_content_type(), files, words.text),
    )


def _once(*said: tuple[str, ...]) -> tuple[str, ...]:
    """Join what was said, each sentence once."""
    return tuple(sentence for sentence in dict.fromkeys(chain.from_iterable(said)) if sentence)
