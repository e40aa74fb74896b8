"""The fields of a delivery report (RFC 3464 section 2), from its own part or from plain text.

Many servers write the fields into the text, forget the blank line between recipients, or indent nothing;
so the fields are read from lines here, not by a MIME parser.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailroom.message.text import one_line

# A report names few recipients; a forged one could name thousands.
RECIPIENTS = 100
_LONGEST = 200_000
_FIELD = re.compile(r"([A-Za-z][A-Za-z\-]{1,40})[ \t]?:[ \t]*(.*)")
_RECIPIENT = ("original-recipient", "final-recipient", "x-actual-recipient")
_KNOWN = frozenset({
    *_RECIPIENT, "action", "status", "diagnostic-code", "remote-mta", "last-attempt-date", "will-retry-until",
    "final-log-id", "reporting-mta", "arrival-date", "original-envelope-id",
})  # fmt: skip
_MAILBOX = re.compile(r"(?:\"[^\"\s]{1,64}\"|[^\s<>;\",]{1,128})@[^\s<>;\",()\[\]]{1,200}")
_CODE = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one recipient."""

    recipient: str
    action: str
    """Lower-cased: failed, delayed, delivered, relayed, expanded, or "" when the server forgot it."""
    status: str
    words: str
    """The diagnostic code, without its type; "" when there is none."""


def outcomes(text: str) -> tuple[Outcome, ...]:
    """Read what became of each recipient, in the order given."""
    found = (_outcome(group) for group in _groups(text[:_LONGEST].split("\n")))
    return tuple(outcome for outcome in found if outcome)[:RECIPIENTS]


def _groups(lines: list[str]) -> Iterator[dict[str, str]]:
    """Give the fields of each recipient: a blank line or a field for the second time begins the next one."""
    fields: dict[str, str] = {}
    last = ""
    for line in lines:
        field = _FIELD.match(line)
        name = field[1].lower() if field else ""
        if name in _KNOWN and field:
            if name in fields or (name in _RECIPIENT and "action" in fields):
                yield fields
                fields = {}
            fields[name] = field[2]
            last = name
        elif not line.strip() and fields:
            last = ""
            if "action" in fields or "status" in fields or not any(name in fields for name in _RECIPIENT):
                yield fields
                fields = {}
        elif last and (line[0] in " \t" or last == "diagnostic-code") and len(fields[last]) < _LONGEST // 100:
            fields[last] += " " + line.strip()
    yield fields


def _outcome(fields: dict[str, str]) -> Outcome | None:
    recipient = next(filter(None, (mailbox(fields.get(name, "")) for name in _RECIPIENT)), "")
    action = fields.get("action", "").strip().lower().split(" ")[0]
    if not recipient or not (action or "status" in fields or "diagnostic-code" in fields):
        return None
    status = _CODE.match(fields.get("status", ""))
    kind, semicolon, words = fields.get("diagnostic-code", "").partition(";")
    return Outcome(recipient, action, status[1] if status else "", one_line(words if semicolon else kind))


def mailbox(value: str) -> str:
    """Find the mailbox in `rfc822; <ada@example.org>` or the like, lower-cased; "" when there is none."""
    found = _MAILBOX.search(value.partition(";")[2] or value)
    return found[0].lower().strip(".'=:") if found else ""
