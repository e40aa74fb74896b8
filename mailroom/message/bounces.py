"""Delivery reports: which of our mails did not arrive, for whom, why, and whether that address is dead.

The standard's form first (RFC 3464), wherever its fields stand; then providers' notices; then the server's own
words, and flufl.bounce for those we do not follow. A late delivery is a `delay`: its recipients are named, none failed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import Message as Tree

from flufl.bounce import all_failures

from mailroom.message import bounce_notices, bounce_reasons, bounce_text, delivery_status, mime
from mailroom.message.bounce_text import ADDRESS, Explanation
from mailroom.message.bounce_words import Reason
from mailroom.message.delivery_status import RECIPIENTS, Outcome, mailbox
from mailroom.message.headers import Headers, every, first, ids
from mailroom.message.mime import Leaf
from mailroom.message.model import Bounce, Kind
from mailroom.message.text import clean, decode, octets, one_line

_TEXT = 100_000
_STATUS_PARTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_HEADER_PARTS = frozenset({"text/rfc822-headers", "message/global-headers"})
# Actions that are no failure (RFC 3464 section 2.3.3), one as some servers misspell it.
_ARRIVED = ("deliver", "relayed", "expanded", "delayed")
_COMPLAINT = re.compile(r"(?im)^feedback-type:")
_COMPLAINT_FIELD = re.compile(r"(?im)^(?:source-ip|reported-domain|original-mail-from|original-rcpt-to|arrival-date):")
_COMPLAINED = re.compile(r"(?im)^(?:original-rcpt-to|removal-recipient):([^\n]{1,400})")
_ORIGINAL_ID = re.compile(r"(?im)^[ \t>]*message-id:\s*(<[^<>\s]{1,900}>)")
_ORIGINAL_TO = re.compile(r"(?im)^[ \t>]*(?:x-envelope-to|to):[ \t]*([^\n]{1,400})")
_ANSWER = re.compile(r"(?i)\s*(?:re|fwd?|aw|wg|sv|tr|rv)\s*:")
_SUBJECT = re.compile(
    r"(?i)undeliver|delivery (?:status|failure|has failed|notification|delayed|report|error|problem|incomplete)|"
    r"returned mail|"
    r"mail delivery|failure notice|failed (?:mail|delivery)|delivery failed|could not (?:be delivered|send)|"
    r"mail system error|not delivered|non-?delivery|nondeliverable|unzustellbar|mail (?:could not|failure|error)|"
    r"message (?:delayed|status|delivery has)|warning: (?:could not|message)|rejected mail|delayed mail|"
    r"still being retried|"
    r"errors from|failure delivery|postmaster notify|returned to sender|bounced|user unknown|unknown user|"
    r"error sending|"
    r"non remis|non distribu|nicht zugestellt|niet bezorgd|não (?:foi )?entregue|no entregad|non recapit|"
    r"не доставлен|недоставлен|未送達|退信"
)
_SYSTEM = re.compile(
    r"(?i)^(?:mailer-?_?daemon|post_?master|mail-?daemon|mdaemon|bounces?|mail-?system|"
    r"mail delivery (?:sub)?system|system administrator|"
    r"mail-?er|mail administrator|mailadmin|mail-?router|smtp-?daemon|poostmaster)"
)
_ROBOT = re.compile(r"(?i)^(?:no|do[._-]?not)[._-]?reply")
_UNSUBSCRIBE = re.compile(r"(?i)\A\s*unsubscribe\s*\Z")


_FLUFL_AT_MOST, _FLUFL_PARTS = 100_000, 100
# RFC 5322 section 2.1.1.
_LONG_LINE = re.compile(r"[^\r\n]{999}")


@dataclass(frozen=True, slots=True)
class Report:
    """The sort of report a message is, None when it is none, and the recipients it names."""

    kind: Kind | None
    bounces: tuple[Bounce, ...] = ()


@dataclass(frozen=True, slots=True)
class _Original:
    """What a report says of the mail it is about."""

    message_id: str
    to: tuple[str, ...]


def report(tree: Tree, headers: Headers, leaves: Sequence[Leaf], text: str) -> Report:
    """Recognise a delivery report, a complaint (RFC 5965) or a receipt (RFC 8098)."""
    types = {leaf.type: leaf for leaf in leaves}
    text = text or _undivided(leaves)
    complaint = types.get("message/feedback-report")
    if complaint or (_COMPLAINT.search(text) and _COMPLAINT_FIELD.search(text)):
        fields = _fields(complaint) if complaint else text
        return Report("feedback", _complaints(fields, _original(headers, leaves, text)))
    if any(kind.endswith("disposition-notification") and kind.startswith("message/") for kind in types):
        return Report("receipt")
    if _opts_out(headers):
        return Report("feedback", (Bounce(mailbox(first(headers, "from")), "", "soft", _answered(headers)),))
    if notice := bounce_notices.read(text[:_TEXT]):
        return Report(notice.kind, notice.bounces)
    status = [leaf for leaf in leaves if leaf.type in _STATUS_PARTS]
    if status or _may_be_one(headers):
        return _failures(tree, headers, leaves, text, status)
    return Report(None)


def _failures(tree: Tree, headers: Headers, leaves: Sequence[Leaf], text: str, status: Sequence[Leaf]) -> Report:
    head = bounce_text.explanation(text)
    original = _original(headers, leaves, text)
    outcomes = [outcome for leaf in status for outcome in delivery_status.outcomes(_fields(leaf))]
    if not outcomes and (status or _from_system(headers)):
        outcomes = list(delivery_status.outcomes(text[:_TEXT]))
    if outcomes:
        return _standard(outcomes, head, original)
    if status or _looks_like_one(headers, leaves, head):
        return _own_form(tree, headers, head, original)
    return Report(None)


def _undivided(leaves: Iterable[Leaf]) -> str:
    """Give the words of a multipart whose parts cannot be told apart; a report is still readable then."""
    return next((mime.words(leaf.part) for leaf in leaves if leaf.type.startswith("multipart/")), "")


def _fields(leaf: Leaf) -> str:
    """Give the fields of a status part as text, whether its transfer encoding was undone by the parser or not."""
    data = mime.content(leaf.part)
    if str(leaf.part.get("content-transfer-encoding", "")).strip().lower() in ("base64", "quoted-printable"):
        plain = Tree()
        plain["Content-Transfer-Encoding"] = str(leaf.part["content-transfer-encoding"])
        plain.set_payload(data.decode("ascii", "replace").strip("\n"))
        data = mime.content(plain)
    return clean(decode(data))


def _standard(outcomes: Iterable[Outcome], head: Explanation, original: _Original) -> Report:
    found = list(outcomes)
    named = tuple(dict.fromkeys(outcome.recipient for outcome in found))
    actions = {outcome.action or ("delayed" if outcome.status.startswith("4") else "failed") for outcome in found}
    failed = [outcome for outcome in found if not outcome.action.startswith(_ARRIVED)]
    late = [outcome for outcome in found if outcome.action == "delayed"]
    kept = failed or late
    explained = bounce_text.about(head, named)
    bounces = {each.recipient: _bounce(each, explained[each.recipient], original) for each in kept}
    if bounces:
        return Report("bounce" if failed else "delay", tuple(bounces.values())[:RECIPIENTS])
    return Report("receipt" if actions else None)


def _bounce(outcome: Outcome, explained: str, original: _Original) -> Bounce:
    words = outcome.words or bounce_text.reply(explained, outcome.recipient)
    told = bounce_reasons.code(outcome.words)
    vague = not outcome.status or outcome.status.endswith(".0.0")
    number = told if vague and told else outcome.status or bounce_text.status(words)
    why = _why(words, number, f"{outcome.words}\n{explained}")
    if outcome.action == "delayed":
        return Bounce(outcome.recipient, number, "soft", original.message_id, why)
    return Bounce(outcome.recipient, number, bounce_reasons.severity(why), original.message_id, why)


def _why(words: str, number: str, explained: str) -> Reason:
    """Classify the server's answer; where it says next to nothing, all that is explained around it."""
    stage = bounce_text.stage(explained)
    why = bounce_reasons.reason(words, number, stage)
    if why not in bounce_reasons.VAGUE:
        return why
    wider = bounce_reasons.reason(one_line(explained), number, stage)
    return why if wider in bounce_reasons.VAGUE else wider


def _own_form(tree: Tree, headers: Headers, head: Explanation, original: _Original) -> Report:
    """Read a report that a server wrote in its own way."""
    named = [address.lower() for address in ADDRESS.findall(" ".join(every(headers, "x-failed-recipients")))]
    own = frozenset(address.lower() for name in ("from", "to") for address in ADDRESS.findall(first(headers, name)))
    found = tuple(dict.fromkeys(named)) or bounce_text.recipients(head, own)
    late = False
    if not found:
        # It tries two dozen forms one after the other, which costs more than all the rest.
        late, known = _flufl(tree)
        found = tuple(known) or original.to
    delayed = head.delayed or (late and not head.failed)
    bounces = []
    for address, explained in bounce_text.about(head, found[:RECIPIENTS]).items():
        words = bounce_text.reply(explained, address)
        number = bounce_text.status(words) or bounce_text.status(head.text)
        why = _why(words, number, explained)
        hard = "soft" if delayed else bounce_reasons.severity(why)
        bounces.append(Bounce(address, number, hard, original.message_id, why))
    return Report("delay" if delayed else "bounce", tuple(bounces))


def _flufl(tree: Tree) -> tuple[bool, list[str]]:
    """Ask flufl.bounce; it raises on mail its detectors did not expect (6.0.0: IndexError without a From).

    Each of its detectors goes through every part and line, 5 s for a megabyte of short ones, minutes for a single
    long one: neither long reports nor lines longer than mail may have are shown to it.
    """
    parts = list(tree.walk())
    bodies = [body for part in parts if isinstance(body := part.get_payload(), str)]
    if len(parts) > _FLUFL_PARTS or sum(map(len, bodies)) > _FLUFL_AT_MOST:
        return False, []
    if any(_LONG_LINE.search(body) for body in bodies):
        return False, []
    try:
        temporary, permanent = all_failures(tree)
    except (IndexError, ValueError, AttributeError, KeyError, TypeError, LookupError, AssertionError, RecursionError):
        return False, []
    addresses = sorted(one_line(bytes(item).decode("utf-8", "replace")).lower() for item in permanent or temporary)
    return bool(temporary) and not permanent, [address for address in addresses if "@" in address]


def _from_system(headers: Headers) -> bool:
    """Say whether a mail system is the sender: by its name, its mailbox, or no return address (RFC 5321 s. 4.5.5)."""
    sender = first(headers, "from").strip()
    if any(value.replace(" ", "") == "<>" for value in every(headers, "return-path")) or sender == "<>":
        return True
    parts = (sender.strip("\"' "), sender.partition("<")[2])
    return any(_SYSTEM.search(part) for part in parts)


def _may_be_one(headers: Headers) -> bool:
    """Say whether the headers leave it open that a mail system wrote this; nearly all mail ends here."""
    return bool(first(headers, "x-failed-recipients")) or _from_system(headers) or _from_robot(headers)


def _from_robot(headers: Headers) -> bool:
    sender = first(headers, "from")
    return _ROBOT.search(sender.partition("<")[2] or sender) is not None


def _looks_like_one(headers: Headers, leaves: Sequence[Leaf], head: Explanation) -> bool:
    if first(headers, "x-failed-recipients"):
        return True
    subject = first(headers, "subject")
    if not _from_system(headers):
        return head.failed and _returns_mail(leaves, head)
    announced = _SUBJECT.search(subject) is not None and not _ANSWER.match(subject)
    return announced or (head.failed and (_returns_mail(leaves, head) or bool(bounce_text.status(head.text))))


def _returns_mail(leaves: Sequence[Leaf], head: Explanation) -> bool:
    return head.returned or any(leaf.type in mime.ENCLOSED or leaf.type in _HEADER_PARTS for leaf in leaves)


def _opts_out(headers: Headers) -> bool:
    """Recognise the mail that a mail program sends by itself when its owner presses "unsubscribe"."""
    return bool(_UNSUBSCRIBE.match(first(headers, "subject")) and first(headers, "auto-submitted").startswith("auto"))


def _complaints(fields: str, original: _Original) -> tuple[Bounce, ...]:
    """Name who complained (RFC 5965 section 3.2), or else to whom the mail complained of went."""
    named = [address.lower() for line in _COMPLAINED.findall(fields) for address in ADDRESS.findall(line)]
    unique = list(dict.fromkeys(named or original.to))[:RECIPIENTS]
    return tuple(Bounce(address, "", "soft", original.message_id) for address in unique)


def _original(headers: Headers, leaves: Sequence[Leaf], text: str) -> _Original:
    """Find which mail a report is about: as enclosed, as its headers, as quoted, or as answered."""
    for leaf in leaves:
        if leaf.type in mime.ENCLOSED:
            for inner in mime.subparts(leaf.part)[:1]:
                found = ids(octets(str(inner.get("message-id", ""))))
                to = str(inner.get("x-hmxmroriginalrecipient") or inner.get("x-envelope-to") or inner.get("to", ""))
                return _Original(found[0] if found else _answered(headers), _mailboxes(octets(to)))
        elif leaf.type in _HEADER_PARTS:
            return _quoted(mime.words(leaf.part)[:_TEXT], headers)
    return _quoted(text[:_TEXT], headers)


def _quoted(text: str, headers: Headers) -> _Original:
    found, to = _ORIGINAL_ID.search(text), _ORIGINAL_TO.findall(text)
    return _Original(found[1] if found else _answered(headers), _mailboxes(to[-1] if to else ""))


def _answered(headers: Headers) -> str:
    return next(iter(ids(first(headers, "in-reply-to")) + ids(first(headers, "references"))), "")


def _mailboxes(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(address.lower() for address in ADDRESS.findall(value[:2_000])))[:RECIPIENTS]
