"""Delivery reports: which of our mails did not arrive, for whom, and whether that address is dead.

The standard's form first (RFC 3464); then flufl.bounce and a reading of the text, for the many servers
that write their own. `severity` is hard only when the address or host will never work: a full mailbox, a
policy, a block or a size limit says nothing about the address, whatever its code.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import Message as Tree
from typing import Literal

from flufl.bounce import all_failures

from mailroom.message import mime
from mailroom.message.headers import Headers, every, first, ids
from mailroom.message.mime import Leaf
from mailroom.message.model import Bounce, Kind
from mailroom.message.text import octets, one_line

# A report names few recipients; a forged one could name thousands.
_RECIPIENTS = 100
# Reports are short; the original, when quoted, is not worth reading to its end.
_TEXT = 100_000
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'=]{1,128}@[a-zA-Z0-9.\-]{1,200}")
# How servers that write their own reports head what they say of each recipient.
_LISTED = re.compile(
    r"(?m)^[ \t>]{0,20}(?:[45]\d\d )?<?([^\s<>()\[\],;:\"'=]{1,128}@[a-zA-Z0-9.\-]{1,200})>?(?:\.\.\.|: ?\S|:$)"
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.\-])([45])[0-5]\d(?![\d.])")
_ORIGINAL_ID = re.compile(r"(?im)^[ \t>]*message-id:\s*(<[^<>\s]{1,900}>)")
_ORIGINAL = re.compile(
    r"(?im)^[ \t>]*(?:-+ ?(?:the )?(?:original message|this is a copy|returned message|below this line|undelivered)|"
    r"received: |return-path: |---+ ?header|message header)"
)
_SUBJECT = re.compile(
    r"(?i)undeliver|delivery (?:status|failure|has failed|notification|delayed|report|error)|returned mail|"
    r"mail delivery|failure notice|failed delivery|delivery failed|could not (?:be delivered|send)|"
    r"mail system error|not delivered|non-?delivery|nondeliverable|unzustellbar|mail (?:could not|failure)|"
    r"message (?:delayed|status)|warning: (?:could not|message)|rejected mail|mail error"
)
_SENDER = re.compile(
    r"(?i)^(?:mailer-daemon|postmaster|mail-?daemon|mdaemon|bounce|mailsystem|mail-system|system administrator)"
)
_FULL = re.compile(
    r"(?i)full|quota|insufficient (?:system )?storage|exceed|too (?:large|big|many)|size limit|storage|over ?limit|"
    r"4\.2\.2|5\.2\.2|5\.2\.3"
)
_DEAD = re.compile(
    r"(?i)user[ _]?(?:is )?unknown|unknown[ _](?:user|recipient|address|local.?part|mailbox|account|host|domain)|"
    r"no such (?:user|recipient|mailbox|person|address|account|host|domain|local)|(?:does|did) ?(?:not|n.t) exist|"
    r"(?:recipient|mailbox|account|user|host|domain|address)(?: name| address)?(?: was| is)?(?: not found| unknown|"
    r" invalid| does not exist)|"
    r"not (?:a )?(?:valid|known|existing|local|our) ?(?:user|mailbox|recipient|customer|account)|"
    r"invalid (?:recipient|mailbox|address|user)|no mailbox (?:here )?by that name|couldn.t be found|"
    r"name or service not known|name service error|unrouteable|nxdomain|"
    r"no longer (?:valid|available|at|with|in use|on)|"
    r"has moved|null ?mx|does not accept (?:any )?mail|unable to find|no (?:valid|mx) (?:host|record)|has changed|"
    r"(?:mailbox|recipient|address) not available|5\.1\.(?:1|2|6|10)\b|not listed|cannot find|don.t have an account|"
    r"no account|domain of sender|host (?:\S{1,200} )?not found|no smtp service|mailbox unavailable|"
    r"domain is not reachable|address\s{1,9}rejected\.?\s*$"
)  # fmt: skip
_RULES = re.compile(
    r"(?i)spam|polic(?:y|ies)|block(?:ed|list)|blacklist|denied|dmarc|\bspf\b|dkim|reputation|rate limit|relay|"
    r"suspend|disabled|inactive|deactivat|expired|suspicious|virus|content|greylist|try (?:again|later)|temporar|"
    r"timed? ?out|not allowed|prohibited|not permitted|authenticat|reverse|ptr|refused to (?:talk|accept)|"
    r"unsolicited|filter"
)


@dataclass(frozen=True, slots=True)
class Report:
    """The sort of report a message is, None when it is none, and the failures it names."""

    kind: Kind | None
    bounces: tuple[Bounce, ...] = ()


def report(tree: Tree, headers: Headers, leaves: Sequence[Leaf], text: str) -> Report:
    """Recognise a delivery report, a complaint (RFC 5965) or a receipt (RFC 8098)."""
    types = {leaf.type: leaf for leaf in leaves}
    original = _original_id(leaves, text)
    if "message/feedback-report" in types:
        return Report("feedback", _complaints(types["message/feedback-report"], original))
    if any(kind.endswith("disposition-notification") and kind.startswith("message/") for kind in types):
        return Report("receipt")
    status = [leaf for leaf in leaves if leaf.type in ("message/delivery-status", "message/global-delivery-status")]
    if status:
        found = _standard(status, text, original)
        if found.kind:
            return found
    if _looks_like_one(headers, tree):
        return _own_form(tree, headers, text, original)
    return Report(None)


def severity(status: str, words: str) -> Literal["hard", "soft"]:
    """Say whether the address is dead: `words` (the server's explanation) weigh more than its code."""
    words = _ADDRESS.sub("", words)
    if _FULL.search(words) and not _DEAD.search(words):
        return "soft"
    if _DEAD.search(words):
        return "hard"
    if _RULES.search(words):
        return "soft"
    return "hard" if status in ("5.1.1", "5.1.2", "5.1.6", "5.1.10", "5.4.4") else "soft"


def _standard(status: Iterable[Leaf], text: str, original: str) -> Report:
    failed: list[Bounce] = []
    actions: set[str] = set()
    for leaf in status:
        for group in mime.subparts(leaf.part):
            recipient = _recipient(group)
            if not recipient:
                continue
            action = octets(str(group.get("action", ""))).strip().lower()
            code = _STATUS.search(str(group.get("status", "")))
            number = code[1] if code else ""
            words = octets(str(group.get("diagnostic-code", ""))) or _near(text, recipient)
            actions.add(action or ("delayed" if number.startswith("4") else "failed"))
            if action not in ("delivered", "relayed", "expanded", "delayed"):
                failed.append(Bounce(recipient, number, severity(number, words), original))
    if failed:
        return Report("bounce", tuple(failed[:_RECIPIENTS]))
    if "delayed" in actions:
        return Report("delay")
    return Report("receipt" if actions else None)


def _recipient(group: Tree) -> str:
    """Give the address we wrote to (Original-Recipient) rather than where it was forwarded on to."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = octets(str(group.get(name, "")))
        found = _ADDRESS.search(value.partition(";")[2] or value)
        if found:
            return found[0].lower().strip(".")
    return ""


def _complaints(leaf: Leaf, original: str) -> tuple[Bounce, ...]:
    found: dict[str, None] = {}
    for group in mime.subparts(leaf.part):
        for name in ("original-rcpt-to", "removal-recipient"):
            for value in group.get_all(name, []):
                found.update(dict.fromkeys(address.lower() for address in _ADDRESS.findall(str(value))))
    return tuple(Bounce(address, "", "soft", original) for address in list(found)[:_RECIPIENTS])


def _looks_like_one(headers: Headers, tree: Tree) -> bool:
    if first(headers, "x-failed-recipients") or tree.get_param("report-type") == "delivery-status":
        return True
    sender = first(headers, "from")
    system = _SENDER.search(sender.partition("<")[2] or sender) or _SENDER.search(sender.strip("\"' "))
    null = any(value.replace(" ", "") == "<>" for value in every(headers, "return-path"))
    if _SUBJECT.search(first(headers, "subject")):
        return bool(system or null)
    return bool(system and null)


def _own_form(tree: Tree, headers: Headers, text: str, original: str) -> Report:
    """Read a report that a server wrote in its own way."""
    explained = text[:_TEXT]
    quoted = _ORIGINAL.search(explained)
    head = explained[: quoted.start()] if quoted and quoted.start() > 0 else explained
    delayed, found = _flufl(tree)
    named = _ADDRESS.findall(" ".join(every(headers, "x-failed-recipients")))
    own = {address.lower() for name in ("from", "to") for address in _ADDRESS.findall(first(headers, name))}
    listed = [address.lower().strip(".") for address in _LISTED.findall(head) if address.lower() not in own]
    found = [address.lower() for address in named] or [*found, *(listed if not delayed else [])]
    if not found and not delayed:
        found = [a.lower().strip(".") for a in _ADDRESS.findall(head) if a.lower() not in own][:1]
    if not found:
        return Report("delay" if delayed else "bounce")
    failures = []
    for address in list(dict.fromkeys(found))[:_RECIPIENTS]:
        words = _near(head, address) or head
        number = _number(words) or _number(head)
        failures.append(Bounce(address, number, severity(number, words), original))
    return Report("bounce", tuple(failures))


def _flufl(tree: Tree) -> tuple[bool, list[str]]:
    """Ask flufl.bounce; it raises on mail its detectors did not expect (6.0.0: IndexError without a From)."""
    try:
        temporary, permanent = all_failures(tree)
    except (IndexError, ValueError, AttributeError, KeyError, TypeError, LookupError, AssertionError):
        return False, []
    addresses = sorted(one_line(bytes(item).decode("utf-8", "replace")).lower() for item in permanent)
    return bool(temporary) and not permanent, [address for address in addresses if "@" in address]


def _number(words: str) -> str:
    status = _STATUS.search(words)
    if status:
        return status[1]
    reply = _REPLY.search(words)
    return f"{reply[1]}.0.0" if reply else ""


def _near(text: str, address: str) -> str:
    """Give what stands around an address in the explanation: the server's words about it."""
    at = text.lower().find(address)
    return one_line(text[max(at - 60, 0) : at + 400]) if at >= 0 else ""


def _original_id(leaves: Sequence[Leaf], text: str) -> str:
    for leaf in leaves:
        if leaf.type in mime.ENCLOSED:
            for inner in mime.subparts(leaf.part)[:1]:
                found = ids(octets(str(inner.get("message-id", ""))))
                if found:
                    return found[0]
        elif leaf.type in ("text/rfc822-headers", "message/global-headers"):
            found = _ORIGINAL_ID.findall(mime.words(leaf.part))
            if found:
                return str(found[0])
    quoted = _ORIGINAL_ID.search(text[:_TEXT])
    return quoted[1] if quoted else ""
