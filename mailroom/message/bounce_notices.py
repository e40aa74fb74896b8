"""Bounces and complaints that a mail provider reports as JSON in a mail (Amazon SES, by way of SNS)."""

import json
import re
from dataclasses import dataclass

from mailroom.message import bounce_reasons
from mailroom.message.delivery_status import RECIPIENTS, mailbox
from mailroom.message.model import Bounce, Kind

_MARK = re.compile(r"notificationType|eventType")
# Mail systems wrap and cut such mails, so the one string that matters is looked for by itself.
_INNER = re.compile(r'"Message"\s{0,9}:\s{0,9}("(?:[^"\\]|\\.)*")')
_KINDS: dict[str, Kind] = {"bounce": "bounce", "complaint": "feedback", "delivery": "receipt"}


@dataclass(frozen=True, slots=True)
class Notice:
    """What the provider reports."""

    kind: Kind
    bounces: tuple[Bounce, ...]


def read(text: str) -> Notice | None:
    """Read a notice, or give None when the text is none."""
    start = text.lstrip()[:1]
    if start != "{" or _MARK.search(text) is None:
        return None
    inner = _INNER.search(text)
    try:
        notice = json.loads(json.loads(inner[1], strict=False) if inner else text, strict=False)
    except (ValueError, TypeError, RecursionError):
        return None
    return _understood(notice) if isinstance(notice, dict) else None


def _understood(notice: dict[str, object]) -> Notice | None:
    name = str(notice.get("notificationType") or notice.get("eventType") or "").lower()
    kind = _KINDS.get(name)
    if kind is None:
        return None
    details = _dict(notice.get(name))
    listed = details.get("bouncedRecipients") or details.get("complainedRecipients") or []
    rows = [_dict(row) for row in listed][:RECIPIENTS] if isinstance(listed, list) else []
    original = _message_id(_dict(notice.get("mail")))
    permanent = details.get("bounceType") != "Transient"
    return Notice(kind, tuple(_bounce(row, original, permanent=permanent) for row in rows if row.get("emailAddress")))


def _bounce(row: dict[str, object], original: str, *, permanent: bool) -> Bounce:
    status, words = str(row.get("status") or ""), str(row.get("diagnosticCode") or "")
    why = bounce_reasons.reason(words.partition(";")[2] or words, status)
    severity = bounce_reasons.severity(why) if permanent else "soft"
    return Bounce(mailbox(str(row["emailAddress"])), status, severity, original, why)


def _message_id(mail: dict[str, object]) -> str:
    """Give our own Message-ID, which SES repeats among the headers; its `messageId` is Amazon's."""
    listed = mail.get("headers")
    for header in listed if isinstance(listed, list) else []:
        if str(_dict(header).get("name", "")).lower() == "message-id":
            return str(_dict(header).get("value", "")).strip()
    return str(_dict(mail.get("commonHeaders")).get("messageId", ""))


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
