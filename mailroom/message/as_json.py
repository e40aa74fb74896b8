"""The `mailroom parse --json` contract: one object a message, the same keys in the same order always."""

from mailroom.message.model import Address, Calendar, Message

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


def as_json(message: Message, file: str) -> dict[str, Json]:
    """Write `message`, read from `file`, as the object that `parse --json` prints."""
    return {
        "file": file,
        "message_id": message.message_id or None,
        "from": _address(message.sender),
        "to": [_address(address) for address in message.to],
        "cc": [_address(address) for address in message.cc],
        "date": message.date.isoformat() if message.date else None,
        "subject": message.subject,
        "in_reply_to": message.in_reply_to or None,
        "references": list(message.references),
        "text": message.text,
        "new_text": message.reply or message.new_text,
        "kind": message.kind,
        "automatic": _automatic(message),
        "must_not_answer": bool(message.silence),
        "bounces": [
            {
                "recipient": bounce.recipient,
                "status": bounce.status,
                "class": bounce.severity,
                "original_message_id": bounce.original_message_id or None,
            }
            for bounce in message.bounces
        ],
        "calendar": _calendar(message.calendar),
        "forward": _forward(message),
        "authentication": {
            "verdict": message.authentication.verdict,
            "spf": message.authentication.spf,
            "dkim": message.authentication.dkim,
            "dmarc": message.authentication.dmarc,
        },
        "marking": message.marking,
        "attachments": [
            {"name": item.name, "type": item.type, "size": item.size, "sha256": item.sha256}
            for item in message.attachments
        ],
        "defects": list(message.defects),
    }


def _address(address: Address) -> dict[str, Json]:
    return {"name": address.name, "address": address.address}


def _automatic(message: Message) -> Json:
    if message.automatic is None:
        return None
    back = message.automatic.returns_on
    return {"reason": message.automatic.reason, "returns_on": back.isoformat() if back else None}


def _forward(message: Message) -> Json:
    if message.forward is None:
        return None
    found = message.forward
    return {"name": found.name, "address": found.address, "subject": found.subject, "text": found.text}


def _calendar(calendar: Calendar | None) -> Json:
    if calendar is None:
        return None
    events: list[Json] = [
        {
            "uid": event.uid,
            "sequence": event.sequence,
            "dtstamp": event.dtstamp,
            "recurrence_id": event.recurrence_id,
            "attendees": [{"address": person.address, "partstat": person.partstat} for person in event.attendees],
            "comment": event.comment,
        }
        for event in calendar.events
    ]
    return {"method": calendar.method, "events": events}
