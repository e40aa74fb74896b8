"""Delivery reports in a server's own words: whom they name, and what is said of each.

By shape, not by maker: an address that opens a line or follows words of failure is a recipient, what stands
from there to the next recipient is about it, and all that follows the returned mail is not the server's.
"""

import re
from dataclasses import dataclass

from mailroom.message import bounce_reasons
from mailroom.message.bounce_reasons import Stage
from mailroom.message.delivery_status import RECIPIENTS
from mailroom.message.text import one_line

# Reports are short; the original, when quoted, is not worth reading to its end.
_TEXT = 50_000
_SECTION = 1_500
ADDRESS = re.compile(r"(?:\"[^\"\s@]{1,64}\"|[^\s<>()\[\],;:\"=@]{1,128})@[a-zA-Z0-9.\-]{1,200}[a-zA-Z0-9]")
_A = r"<?(?:mailto:)?(?P<a>" + ADDRESS.pattern + r")>?"
_OPENS = re.compile(r"(?m)^[ \t>*•·\-]{0,20}" + _A + r"(?:[ \t]+<(?P<b>" + ADDRESS.pattern + ")>)?")
_LABELLED = re.compile(
    r"(?i)(?:(?:failed |original |final |envelope )?recipient(?: address)?|rcpt to|addressed to|mailbox|"
    r"unknown user|e-?mail address|"
    r"(?:was|were|is|be|been|could|not|n.t|been|mail|message|failed|undeliverable|"
    r"temporary problem) (?:\S{1,20} ){0,3}?(?:un)?deliver(?:ed|able|y|ing)?(?: \S{1,20}){0,4}? to|"
    r"deliver(?:ing|y)?(?: \S{1,20}){0,6}? to|(?:your|the|following|this) (?:e-?)?(?:mail|"
    r"message)(?: \S{1,20}){0,3}? to|to the following (?:recipient|address)\S{0,4}|"
    r"mailbox (?:is full|exceeds allowed size)|user mailbox \S{1,20} \S{1,20} \S{1,20}|undeliverable to|"
    r"unable to (?:reach|contact)|send(?:ing)? to|rejected|at address|address|to)[ \t]{0,3}[:=]?\s{1,9}['\"]?" + _A
)
_REFUSED = re.compile(r"(?m)^[ \t]*(?:<<< )?[45]\d\d[ \-](?:#?\d\.\d{1,3}\.\d{1,3}[ \-])?" + _A + r"(?:\.\.\.|[:,])")
_RCPT = re.compile(r"(?i)rcpt to:?[ \t]*" + _A)
_ORIGINAL = re.compile(
    r"(?im)^[ \t>]*(?:[-=*]{2,} ?(?:the )?(?:this is a copy|copy of|returned message|below this line|"
    r"undelivered message|unsent message|"
    r"original (?:message|mail)|included is|headers? of|forwarded|message headers?|begin message|rfc ?822|"
    r"start of|attached)|"
    r"(?:below|here) (?:is|are|follows) (?:a |the )?(?:copy|first|header|original|message)|"
    r"(?:message|mail|original) headers? (?:follow|are|of)|original message (?:follows|headers)|"
    r"the original message (?:follows|headers)|"
    r"(?:the )?(?:header|headers|text|body) of (?:the|your) (?:original|message)|return(?:ed)?[ -]?path ?: ?\S|"
    r"received: ?(?:from|by|\()|---+ ?header|---+\n+(?:received|return-path|from):)"
)
_OWN_MAILBOX = re.compile(
    r"(?i)\A(?:postmaster|mailer-daemon|abuse|helpdesk|support|admin|administrator|hostmaster|webmaster|"
    r"no-?reply)@"
)
_DELAYED = re.compile(
    r"(?i)warning (?:message )?only|do(?:es)? ?n[o']t need to re-?send|still (?:being )?(?:retried|trying|retrying)|"
    r"(?:will|we) (?:be |keep |continue |again )?(?:re)?tr(?:y|ied|ying) (?:again |to (?:re)?send|for|until|every|"
    r"deliver)|will (?:be retried|retry)|"
    r"(?:has|have|is|been) (?:\S{1,10} )?delayed|temporary problem delivering|transient (?:non-fatal )?error|"
    r"not yet (?:been )?delivered|"
    r"no action is required|will continue (?:to be attempted|trying|to try)"
)
_FINAL = re.compile(
    r"(?i)permanent|(?<!non-)fatal|given up|gave up|no further|has failed|could not be delivered for|"
    r"will be deleted"
)
_FAILED = re.compile(
    r"(?i)(?:could|can|was|were|is|be|did|has|have|would)(?: ?no|n.)t (?:\S{1,20} ){0,4}?(?:deliver|sen[dt]|reach|"
    r"rout)|cannot (?:be )?(?:deliver|sen[dt])|undeliver|unable to (?:deliver|send)|"
    r"(?:deliver\w*|transmi\w+) (?:\S{1,20} ){0,5}?(?:fail|error|problem|impossible|unsuccess|delay|incomplete)|"
    r"(?:failed|failure|error|errors|problem|problems|trouble)(?: \S{1,20}){0,5}? deliver|fail(?:ed|"
    r"ure) (?:permanently|notice)|"
    r"fatal errors?|returned (?:message|mail|to sender)|user unknown|no such user|bounced|rejected|mail delivery|"
    r"errors? message below|did not like our|"
    r"unzustellbar|nicht zugestellt|n.a pas pu|n.a pu|pas été (?:remis|distribu)|non (?:è stato|è stata|"
    r"ha potuto)|no se (?:pudo|ha podido)|no pudo|não (?:foi|pôde|pode)|niet (?:worden )?(?:be|af)?(?:zorgd|"
    r"geleverd)|"
    r"kunde inte leverer|kunne ikke lever|ei voitu toimit|nie (?:zosta|można|mog)|nelze doruč|nebyl\w? doruč|"
    r"не (?:может быть|удалось|была?) достав|送信できません|配信できません|届けられません|配達できません|不能|无法|退信"
)
_TRANSCRIPT = re.compile(r"(?m)^[ \t>]*>>> ?([A-Za-z]{4})[^\n]{0,300}\n[ \t>]*<<<[ \t]*[45]\d\d")
_STAGE_WORDS: dict[Stage, str] = {
    "data": r"(?:after|reply to|response to) (?:the )?(?:end of )?(?:data|sending (?:the )?message|message content)|"
    r"end of data|failed (?:on data command|after i sent)",
    "rcpt": r"(?:after|reply to|response to|like our|during|\[|\n[ \t]{0,9})(?: ?the)? ?(?:pipelined )?rcpt[ _]to|"
    r"does not like recipient",
    "mail": r"(?:after|reply to|response to|like our|\[)(?: ?the)? ?(?:pipelined )?mail[ _]from|sender was rejected",
    "connect": r"(?:after|reply to|response to)(?: the)? ?(?:initial connection|[eh][eh]lo|starttls)|"
    r"while (?:sending|talking|performing) (?:the )?(?:[eh][eh]lo|initial)|greeting failed|my name was rejected",
}
_STAGES = {stage: re.compile(words) for stage, words in _STAGE_WORDS.items()}
_COMMANDS: dict[str, Stage] = {"mail": "mail", "rcpt": "rcpt", "data": "data", "helo": "connect", "ehlo": "connect"}
_REPLY = re.compile(r"(?<![\d.\-/:@])[45][0-5]\d(?: |-(?=\D|\d\.)|: )|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a server wrote itself, before the mail it returns; and where in it each recipient is spoken of."""

    text: str
    returned: bool
    """Whether the returned mail, or its headers, follows."""

    @property
    def delayed(self) -> bool:
        """Say whether it only warns that delivery is late."""
        return _DELAYED.search(self.text) is not None and _FINAL.search(self.text) is None

    @property
    def failed(self) -> bool:
        """Say whether it speaks of a mail that did not arrive."""
        return _FAILED.search(self.text) is not None


def explanation(text: str) -> Explanation:
    """Cut what follows the server's own words."""
    head = text[:_TEXT]
    for quoted in _ORIGINAL.finditer(head):
        if head[: quoted.start()].strip():
            return Explanation(head[: quoted.start()], returned=True)
    return Explanation(head, returned=False)


def recipients(head: Explanation, own: frozenset[str]) -> tuple[str, ...]:
    """Find who was not reached; `own` are the report's sender and addressee, who are seldom meant."""
    for pattern in (_OPENS, _REFUSED, _RCPT, _LABELLED, ADDRESS):
        found = [
            match.groupdict().get("b") or match.groupdict().get("a") or match[0]
            for match in pattern.finditer(head.text)
        ]
        named = [address.lower().strip(".'=") for address in found]
        others = [address for address in dict.fromkeys(named) if address not in own and not _OWN_MAILBOX.match(address)]
        if others:
            return tuple(others[:RECIPIENTS] if pattern is not ADDRESS else others[:1])
    return ()


def about(head: Explanation, named: tuple[str, ...]) -> dict[str, str]:
    """Give what is said of each recipient: from each line that names it to the next that names another."""
    if len(named) == 1:
        return {named[0]: head.text[: _SECTION * 4]}
    kept: dict[str, list[str]] = {address: [] for address in named}
    size = dict.fromkeys(named, 0)
    current = ""
    for line in head.text.split("\n"):
        spoken = (address.lower().strip(".'=") for address in ADDRESS.findall(line) if "@" in line)
        current = next((address for address in spoken if address in kept), current)
        if current and size[current] < _SECTION:
            kept[current].append(line)
            size[current] += len(line)
    return {address: "\n".join(lines) for address, lines in kept.items()}


def stage(words: str) -> Stage:
    """Say how far the delivery came, if the words say so."""
    words = words[: _SECTION * 4]
    for found in _TRANSCRIPT.finditer(words):
        if refused := _COMMANDS.get(found[1].lower()):
            return refused
    words = words.lower()
    return next((name for name, pattern in _STAGES.items() if pattern.search(words)), "")


def reply(words: str, address: str = "") -> str:
    """Give the other server's answer within an explanation: from its code to the end of the paragraph."""
    at = max(words.lower().find(address), 0) if address else 0
    found = _REPLY.search(words, at) or _REPLY.search(words)
    if found is None:
        return one_line(words[:_SECTION])
    return one_line(words[found.start() : found.start() + 600].partition("\n\n")[0])


def status(words: str) -> str:
    """Find the enhanced status in a text."""
    return bounce_reasons.code(words)
