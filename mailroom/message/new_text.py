"""The words newly written, apart from quotations, forwarded messages and signatures.

One pass over the lines, each looked at a bounded number of times. Where it is unsure it keeps: losing a
person's words is worse than keeping a quotation. Answers written between quoted lines survive.
"""

import re

from mailroom.message import labels, quotation

# A signature marked by a bare "--" is believed only when short; "-- " is the standard's own mark (RFC 3676 s. 4.3).
_SIGNATURE_LINES = 12
_DEVICE_LINE = 160
_RULE = re.compile(r"_{10,}\s*\Z")
_DEVICE = re.compile(
    r"(?i)\s*(?:\*|_)?(?:sent (?:from|via|using|with) (?:my |an? |the )?(?:.{0,40}\b)?(?:iphone|ipad|android|samsung|"
    r"galaxy|phone|mobile|blackberry|nokia|huawei|pixel|outlook|yahoo|gmail|mail for windows|mail|typeapp|proton\w*|"
    r"tablet|device|wiko|xiaomi|oneplus|windows)\b.{0,60}|get outlook for .{0,60}|"
    r"(?:envoyé|gesendet|verzonden|inviato|enviado|skickat|sendt|wysłan\w*|odesláno|отправлено|anfonwyd)\b.{0,20}\b"
    r"(?:iphone|ipad|android|samsung|outlook|mobil\w*|telefon\w*|téléphone|yahoo|mail)\b.{0,60}|"
    r"von meinem .{0,40} gesendet|sent from (?:my|a) .{0,40})\s*\Z"
)
_BLANKS = re.compile(r"\n{4,}")


def new_text(text: str, subject: str) -> str:
    """Return what the sender of `text` (clean text) wrote themselves; "" if nothing."""
    lines = text.split("\n")
    forward = labels.is_forward(subject)
    kept: list[str] = []
    written = False
    at = 0
    while at < len(lines):
        line = lines[at]
        bare = line.strip()
        if bare.startswith((">", "&gt;")):
            at += 1
            continue
        if _begins_another(lines, at):
            break
        found = labels.attribution(lines, at) if bare else None
        if found and (found.sure or _quoted_next(lines, at + found.lines)):
            if not _quoted_next(lines, at + found.lines) and (written or forward):
                break
            at += found.lines
            continue
        if bare == "--" and (end := _signature_end(lines, at, certain=line == "-- ")):
            at = end
            continue
        if not (bare and _is_device_line(lines, at)):
            kept.append(line.rstrip())
            written = written or bool(bare)
        at += 1
    return _BLANKS.sub("\n\n\n", "\n".join(kept)).strip("\n").rstrip()


def _begins_another(lines: list[str], at: int) -> bool:
    """Say whether an enclosed message begins here, with or without Outlook's rule above it."""
    if _RULE.match(lines[at]):
        after = _next_written(lines, at + 1)
        return after < len(lines) and quotation.block_at(lines, after) is not None
    return quotation.block_at(lines, at) is not None


def _quoted_next(lines: list[str], at: int) -> bool:
    after = _next_written(lines, at)
    return after < len(lines) and lines[after].lstrip().startswith(">")


def _next_written(lines: list[str], at: int) -> int:
    """Find the next line with something on it, looking at most five lines on."""
    for index in range(at, min(at + 5, len(lines))):
        if lines[index].strip():
            return index
    return len(lines)


def _signature_end(lines: list[str], at: int, *, certain: bool) -> int:
    """Return the line after the signature that starts at `at`, or 0 where it looks like the message going on."""
    written = 0
    end = at + 1
    while end < len(lines):
        bare = lines[end].strip()
        if bare.startswith(">") or (bare and (labels.separator(lines[end]) or labels.attribution(lines, end))):
            break
        if bare and quotation.block_at(lines, end):
            break
        written += bool(bare)
        if written > _SIGNATURE_LINES and not certain:
            return 0
        end += 1
    return end


def _is_device_line(lines: list[str], at: int) -> bool:
    """Recognise "Sent from my phone" on a line that is the last of its paragraph."""
    if len(lines[at]) > _DEVICE_LINE or _DEVICE.match(lines[at]) is None:
        return False
    if at + 1 >= len(lines) or not lines[at + 1].strip() or lines[at + 1].lstrip().startswith(">"):
        return True
    return _RULE.match(lines[at + 1]) is not None or labels.attribution(lines, at + 1) is not None
