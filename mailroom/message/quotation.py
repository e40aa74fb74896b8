"""Where somebody else's message begins in a text: a separator, or a block of From, Sent, To, Subject lines."""

import re
from dataclasses import dataclass, field

from mailroom.message import labels
from mailroom.message.labels import Field

# Wrapped address lists make a header block longer than its five labels.
_BLOCK_LINES = 30
# The line that Outlook draws above the mail it answers, and how far below it that mail may begin.
_RULE = re.compile(r"[\s>]*[_\-=*—]{5,}\s*\Z")
_OUTLOOKS_RULE = re.compile(r"[\s>]*_{20,}\s*\Z")
_GAP = 5
# Headers in a language not listed: labels, one of them with a mailbox, one with a year or a time of day.
_LABELLED = re.compile(r"[\s>*]*([^\W\d_][^:：<>@\d]{0,30}?)[ \xa0]?\*?[:：]\*?\s?(.{0,400})")
_MAILBOX = re.compile(r"[^\s<>]{1,120}@[^\s<>]{1,120}")
_WHEN = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[:.]\d\d\b")
_FEWEST, _MOST = 3, 7


@dataclass(frozen=True, slots=True)
class Block:
    """The headers of an enclosed message, from line `start` up to, not including, line `end`."""

    start: int
    end: int
    fields: dict[Field, str] = field(default_factory=dict)
    forwarded: bool = False


def block_at(lines: list[str], at: int) -> Block | None:
    """Recognise an enclosed message's beginning at line `at`, quoted or not."""
    line = lines[at]
    if _RULE.match(line):
        return _below_rule(lines, at)
    kind = labels.separator(line)
    if kind:
        glued = labels.unglued(line)
        after = at + 1
        if len(glued) > 1:
            return Block(at, after, _fields(glued[1:])[0], kind == "forwarded")
        while after < len(lines) and not lines[after].strip("> \t\xa0"):
            after += 1
        fields, length = _fields(lines[after : after + _BLOCK_LINES])
        if "from" in fields or "subject" in fields:
            return Block(at, after + length, fields, kind == "forwarded")
        return Block(at, at + 1, {}, kind == "forwarded")
    if ":" not in line and "：" not in line:
        return None
    first = labels.field_of(line)
    if first is None or first[0] not in ("from", "subject", "date"):
        return None
    fields, length = _fields(lines[at : at + _BLOCK_LINES])
    return Block(at, at + length, fields) if _convincing(fields) else None


def is_rule(line: str) -> bool:
    """Say whether a line is only drawn across the page."""
    return _RULE.match(line) is not None


def _below_rule(lines: list[str], at: int) -> Block | None:
    """Recognise a header block under a drawn line; under Outlook's own it may be in any language."""
    after = at + 1
    while after < min(at + _GAP, len(lines)) and not lines[after].strip("> \t\xa0"):
        after += 1
    if after >= len(lines) or _RULE.match(lines[after]):
        return None
    block = block_at(lines, after)
    if block:
        return Block(at, block.end, block.fields, block.forwarded)
    if _OUTLOOKS_RULE.match(lines[at]) is None:
        return None
    found: list[str] = []
    for line in lines[after : after + _MOST]:
        labelled = _LABELLED.fullmatch(line)
        if labelled is None:
            break
        found.append(labelled[2].strip())
    if len(found) < _FEWEST or not _MAILBOX.search(found[0]) or not any(_WHEN.search(value) for value in found[1:]):
        return None
    return Block(at, after + len(found), {"from": found[0], "subject": found[-1]})


def _convincing(fields: dict[Field, str]) -> bool:
    """Tell Outlook's block from a person's own list such as "From: Leeds, To: York, Date: 3 March"."""
    return {"from", "subject"} <= fields.keys() and ("date" in fields or "to" in fields or "@" in fields["from"])


def _fields(lines: list[str]) -> tuple[dict[Field, str], int]:
    """Read header lines until a blank one; a line without a label continues the one above (wrapped lists)."""
    fields: dict[Field, str] = {}
    current: Field | None = None
    for count, line in enumerate(lines):
        if not line.strip("> \t\xa0*"):
            return fields, count
        found = labels.field_of(line)
        if found and found[0] in fields and found[0] != "other":
            return fields, count  # each label stands once; twice is somebody's list
        if found:
            current = found[0]
            fields.setdefault(current, found[1])
        elif current is None or (current == "subject" and {"from", "to"} <= fields.keys()):
            return fields, count
        else:
            fields[current] = f"{fields[current]} {line.strip('> ')}".strip()
    return fields, len(lines)
