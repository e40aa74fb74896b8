"""Why a mail did not arrive, from the words and codes of the server that refused it; and whether the address is dead.

Servers give the same code for a dead address and for a dislike of the sender, so words weigh more than codes
(RFC 3463 is only the tie-breaker). Every pattern is linear and looks at a bounded text.
"""

import re
from typing import Literal

from mailroom.message.bounce_words import READERS, Reason

Stage = Literal["connect", "mail", "rcpt", "data", ""]
"""How far the delivery had come (RFC 5321 section 3): greeting, MAIL FROM, RCPT TO, DATA; "" when nobody says."""

VAGUE: frozenset[Reason] = frozenset({"unknown", "system", "content"})
"""What is so little that more of the explanation is worth reading."""

HARD: frozenset[Reason] = frozenset({"no such user", "no such host", "moved", "takes no mail"})
"""What will never work for this address; anything else says nothing about it."""

# A server's explanation is a line or two.
_WORDS = 2_000
# Web addresses, mailboxes and host names hold words that are nobody's reason ("spam.example.org"). Exchange's own
# reasons look like host names, but in capitals (RESOLVER.ADR.RecipNotFound).
_NAMES = re.compile(
    r"https?://\S{1,500}|<?[^\s<>()\[\],;:\"]{1,128}@[\w.\-]{1,200}>?|\b(?=[a-z0-9.\-]{0,80}[a-z])[a-z0-9\-]{1,63}"
    r"(?:\.[a-z0-9\-]{1,63}){1,8}\b"
)
# A gateway's own summary before what the other server said; the latter knows better.
_SUMMARY = re.compile(r"(?i)\b[45]\.\d\.\d - [\w ]{1,40} (?=[45]\d\d)")
# A server that only supposes ("the group may not exist") has not looked.
_HEDGE = re.compile(
    r"\b(?:may|might|could be|perhaps|possibly|peut|pourrait|vielleicht|möglicherweise|könnte|puede|podría|quizás|"
    r"può|potrebbe|pode|talvez|misschien|mogelijk|kan|kanske|kanskje|muligvis|ehkä|mahdollisesti|może|prawdopodobnie|možná|"
    r"pravděpodobně|lehet|esetleg|poate|belki|olabilir|может|возможно|можливо)\b|可能|かもしれません"
)
_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.\-/:])([45])[0-5]\d(?![\d.:])")

# RFC 3463 sections 3.2 to 3.8 (and RFC 7505, 7372): what the code alone says, by class-less number.
_CODES: dict[str, Reason] = {
    "1.1": "no such user", "1.351": "no such user", "1.10": "takes no mail", "1.2": "no such host", "1.3": "syntax",
    "1.6": "moved", "1.7": "sender refused", "1.8": "sender refused", "2.1": "suspended", "2.2": "mailbox full",
    "2.3": "too large", "3.2": "takes no mail", "3.4": "too large", "4.4": "no such host", "4.310": "no such host",
    "4.7": "expired", "4.6": "network", "4.1": "network", "4.2": "network", "4.3": "network", "3.1": "mailbox full",
    "7.1": "policy", "7.20": "authentication", "7.22": "authentication", "7.23": "authentication",
    "7.26": "authentication", "7.25": "blocked",
}  # fmt: skip
_SUBJECTS: dict[str, Reason] = {"3": "system", "4": "network", "5": "syntax", "6": "content", "7": "policy"}
_FINAL_CODES: frozenset[Reason] = frozenset({"moved", "mailbox full", "takes no mail"})


def severity(reason: Reason) -> Literal["hard", "soft"]:
    """Say whether the address is dead."""
    return "hard" if reason in HARD else "soft"


def code(words: str) -> str:
    """Find the enhanced status (RFC 3463) in a server's words, one made from its reply code, or ""."""
    status = _CODE.search(words[:_WORDS])
    if status:
        return status[1]
    reply = _REPLY.search(words[:_WORDS])
    return f"{reply[1]}.0.0" if reply else ""


def reason(words: str, status: str, stage: Stage = "") -> Reason:
    """Classify a refusal by the server's own `words`, its enhanced `status` and the `stage` it came at."""
    if stage == "mail":
        return "sender refused"
    number = status.partition(".")[2]
    told = _CODES.get(number)
    said = _said(words)
    if said in ("no such user", "unknown") and told in _FINAL_CODES:
        return told
    if said == "unknown":
        return told or _SUBJECTS.get(number.partition(".")[0], "unknown")
    if said in HARD:
        return _proven(said, told, status, stage)
    return "no such user" if told == "no such user" and said in ("filtered", "content", "policy", "system") else said


def _said(words: str) -> Reason:
    plain = _NAMES.sub(" ", _SUMMARY.sub("", words[:_WORDS]))
    plain = " ".join(plain.lower().split())
    for name, pattern in READERS:
        for found in pattern.finditer(plain):
            if name not in HARD or _HEDGE.search(plain, max(found.start() - 80, 0), found.end()) is None:
                return name
    return "unknown"


def _proven(said: Reason, told: Reason | None, status: str, stage: Stage) -> Reason:
    """Doubt a dead address where a code or the stage says otherwise: RCPT TO is where servers know their users."""
    if status.startswith("4.") and status != "4.4.7":
        return "network" if said == "no such host" else "expired"
    if told == "sender refused":
        return told
    if stage == "connect":
        return "blocked"
    doubtful = stage == "data" or (told == "policy" and stage != "rcpt")
    return "filtered" if said == "no such user" and doubtful and told != "no such user" else said
