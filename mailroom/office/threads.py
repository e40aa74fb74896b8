"""Find the thread a message belongs to, and the case: by the surest evidence there is, and only where it is theirs.

In this order: the Message-IDs it answers, nearest first; a reply token in the address it was sent to; Outlook's
Thread-Index; a message that named it before it came; a reference in its subject. Evidence counts only for those
who take part in what it points to, so a stranger who quotes an id or a reference joins nothing. Where it points to
two cases, a person is asked.
"""

import re
from dataclasses import dataclass, replace

from sqlite_utils import Database

from mailroom.message import Message
from mailroom.message.headers import every
from mailroom.message.threads import tokens
from mailroom.rules.model import Sender
from mailroom.store import bounces, cases, links, outbox
from mailroom.store import threads as store
from mailroom.store.outbox import Ours

REFERENCE = re.compile(r"\b[A-Z]{2,6}-\d{4}-(?:\d{2,4}|Q\d)\b", re.IGNORECASE)

ANSWERS_OURS = "it answers our mail"
IN_ITS_THREAD = "its thread belongs to the case"
BY_EXCHANGE = frozenset({ANSWERS_OURS, IN_ITS_THREAD})
"""Reasons that hold only as long as a message is part of its exchange."""

DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-forwarded-to")
"""Where servers write the address a message was really delivered to."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The exchange a message is part of."""

    thread: int | None = None
    """None: it begins one."""
    answered: Ours | None = None
    """The mail of ours that it answers, where it was sent to this very person."""
    copy: Ours | None = None
    """The mail of ours to somebody else that it answers."""
    ref: str = ""
    """The case it surely belongs to."""
    how: str = ""
    candidates: tuple[str, ...] = ()
    """The cases it may belong to, where only a person can tell which."""


NOTHING = Joined()


def references(text: str) -> tuple[str, ...]:
    """Return the case references written in a text, each once, whether or not there are such cases."""
    return tuple(dict.fromkeys(found.upper() for found in REFERENCE.findall(text)))


def near(message: Message) -> tuple[str, ...]:
    """Return the Message-IDs a message answers, nearest first, each once."""
    answered = (message.in_reply_to,) if message.in_reply_to else ()
    return tuple(dict.fromkeys((*answered, *reversed(message.references))))


def tokens_of(message: Message, mailbox: str) -> tuple[str, ...]:
    """Return the reply tokens in the addresses a message was sent to."""
    delivered = [value.strip(" <>") for name in DELIVERED_TO for value in every(message.headers, name)]
    return tokens((*(one.address for one in (*message.to, *message.cc)), *delivered), mailbox)


def find(db: Database, message: Message, sender: Sender, mailbox: str) -> Joined:
    """Return where a message belongs. Every step reads rows that are there, so circles of references end."""
    if message.bounces:
        return _returned(db, message, mailbox)
    found = _by_headers(db, message, sender, mailbox)
    if found.ref or found.candidates:
        return found
    by_subject = _by_subject(db, message, sender)
    return replace(
        found,
        thread=found.thread or by_subject.thread,
        ref=by_subject.ref,
        how=by_subject.how,
        candidates=by_subject.candidates,
    )


def find_ours(db: Database, message: Message) -> Joined:
    """Return where a message belongs that a person sent from our own mailbox: what they point to is theirs to say."""
    joined: list[int] = []
    for message_id in near(message):
        joined = joined or store.of_message_id(db, message_id)
    joined = joined[:1] or store.of_conversation(db, message.conversation)
    joined = joined or store.that_mention(db, message.message_id)
    found = _among(db, message, joined)
    if found.ref or found.candidates:
        return found
    named = [case for ref in references(message.subject) if (case := cases.by_ref(db, ref))]
    if len(named) != 1:
        return Joined(found.thread, candidates=tuple(case.ref for case in named))
    thread = found.thread or next(iter(links.threads_of(db, named[0].id)), None)
    return Joined(thread, ref=named[0].ref, how="its subject names the case")


def _by_headers(db: Database, message: Message, sender: Sender, mailbox: str) -> Joined:
    ids = near(message)
    named = outbox.ours(db, ids) or outbox.by_token(db, tokens_of(message, mailbox))
    if named and _is_theirs(named, sender):
        return _answer(db, named, message)
    threads = _threads(db, message, sender, ids)
    if named is not None:
        found = _answer(db, named, message) if named.thread in threads else _among(db, message, threads)
        return replace(found, copy=named)
    ours = outbox.in_conversation(db, message.conversation, sender.address, sender.person)
    if ours is None:
        return _among(db, message, threads)
    # Which of our mails in a conversation is answered is a guess; which case it is about may not be one.
    found = _among(db, message, threads) if threads else _answer(db, ours, message)
    return found if found.candidates else replace(found, answered=ours)


def _answer(db: Database, answered: Ours, message: Message) -> Joined:
    if answered.case:
        return Joined(answered.thread, answered, ref=_ref(db, answered), how=ANSWERS_OURS)
    found = _among(db, message, [answered.thread] if answered.thread else [])
    return replace(found, thread=answered.thread, answered=answered)


def _threads(db: Database, message: Message, sender: Sender, ids: tuple[str, ...]) -> list[int]:
    """Return the threads that the surest evidence points to and the sender takes part in."""

    def theirs(found: list[int]) -> list[int]:
        return [one for one in found if store.takes_part(db, one, sender.address, sender.person)]

    for message_id in ids:
        if joined := theirs(store.of_message_id(db, message_id)):
            return joined[:1]
    if joined := theirs(store.of_conversation(db, message.conversation)):
        return joined
    for message_id in (message.message_id, *ids):
        if message_id and (joined := theirs(store.that_mention(db, message_id))):
            return joined
    return []


def _among(db: Database, message: Message, threads: list[int]) -> Joined:
    """Choose among threads: with one case between them there is nothing to ask, else the subject may tell."""
    about = {thread: links.of_thread(db, thread) for thread in threads}
    refs = tuple(dict.fromkeys(ref for found in about.values() for ref in found))
    if len(refs) > 1:
        named = [ref for ref in references(message.subject) if ref in refs]
        if len(named) != 1:
            return Joined(threads[0] if len(threads) == 1 else None, candidates=refs)
        refs = (named[0],)
    thread = next((one for one, found in about.items() if refs and refs[0] in found), threads[0] if threads else None)
    return Joined(thread, ref=refs[0] if refs else "", how=IN_ITS_THREAD if refs else "")


def _by_subject(db: Database, message: Message, sender: Sender) -> Joined:
    """Take a reference in the subject at its word, from somebody who has part in that case and surely is who they say.

    Unlike an id, a reference can be guessed: the address has to be proved, or the sender known and not disproved.
    """
    verdict = message.authentication.verdict
    if verdict == "fail" or (verdict == "none" and not sender.person):
        return NOTHING
    found = [case for ref in references(message.subject) if (case := cases.by_ref(db, ref))]
    own = [case for case in found if links.takes_part(db, case.id, sender.address, sender.person)]
    if len(own) != 1:
        return Joined(candidates=tuple(case.ref for case in own))
    in_them = (
        one
        for one in links.threads_of(db, own[0].id)
        if store.takes_part(db, one, sender.address, sender.person) and links.of_thread(db, one) == [own[0].ref]
    )
    return Joined(next(in_them, None), ref=own[0].ref, how="its subject names the case, in which they have part")


def _returned(db: Database, message: Message, mailbox: str) -> Joined:
    """Place a report on mail that could not be delivered beside the mail it is about."""
    shown = tokens_of(message, mailbox)
    ours = next((found for one in message.bounces if (found := bounces.about(db, one, shown))), None)
    if ours is None:
        return NOTHING
    ref = _ref(db, ours)
    return Joined(ours.thread, ref=ref, how="it is about a mail of ours in the case" if ref else "")


def _is_theirs(mail: Ours, sender: Sender) -> bool:
    return mail.recipient == sender.address or (mail.person == sender.person != "")


def _ref(db: Database, mail: Ours) -> str:
    return cases.by_id(db, mail.case).ref if mail.case else ""
