"""Find the thread a message belongs to, and the case: by the surest evidence there is, and only where it is theirs.

In this order: the Message-IDs it answers, nearest first; a reply token in the address it was sent to; Outlook's
Thread-Index; a message that named it before it came; a reference in its subject. Evidence counts only for those
who take part in what it points to, so a stranger who quotes an id or a reference joins nothing.

To be in an exchange is not yet to belong to its case: filing in a wrong case is a disclosure. It belongs there where it
answers a mail of ours to this very person, or comes from somebody who may file there (`may_file`), with a proved
address. Where that is not so, or two cases are pointed to, a person is asked.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from sqlite_utils import Database

from mailroom.message import Message
from mailroom.message.headers import every
from mailroom.message.labels import is_forward
from mailroom.message.threads import tokens
from mailroom.rules.model import Sender
from mailroom.store import bounces, cases, links, outbox, people
from mailroom.store import threads as store
from mailroom.store.cases import Case
from mailroom.store.outbox import Ours

REFERENCE = re.compile(r"\b[A-Z]{2,6}-\d{4}-(?:\d{2,4}|Q\d)\b", re.IGNORECASE)

ANSWERS_OURS: Final = "it answers our mail"
ANSWERS_ANOTHERS: Final = "it answers a mail of ours in the case, in which they have part"
IN_ITS_THREAD: Final = "its thread belongs to the case"
IN_ITS_SUBJECT: Final = "its subject names the case, in which they have part"
BY_EXCHANGE: Final = frozenset({ANSWERS_OURS, ANSWERS_ANOTHERS, IN_ITS_THREAD})
"""Reasons that hold only as long as a message is part of its exchange."""

FORGED: Final = "it answers our mail, but our own server says that the sender is forged"
NOT_ASKED: Final = "it answers a message of the case, but we never wrote to them about it"
NOT_PROVED: Final = "it answers a message of the case, but nothing proves the address"

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
    """The cases it may belong to, where only a person can tell."""
    doubt: str = ""
    """Why only a person can."""


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
        doubt=by_subject.doubt,
    )


def may_file(db: Database, message: Message, sender: Sender, case: Case) -> bool:
    """Tell whether somebody's word that a message belongs to a case is enough.

    It is where our own server vouches for the address, and they asked for the case, were written to about it, have
    written in it before, or are an officer of the force.
    """
    if message.authentication.verdict != "pass" or sender.trust not in ("verified", "stranger"):
        return False
    officer = sender.kind == "officer" and sender.trust == "verified"
    return officer or links.takes_part(db, case.id, sender.address, sender.person)


def named_anew(message: Message) -> str:
    """Return where a reference is the sender's own: the new words, and the subject of what they do not pass on."""
    passed_on = message.forward is not None or is_forward(message.subject)
    return message.new_text if passed_on else f"{message.subject}\n{message.new_text}"


def find_ours(db: Database, message: Message) -> Joined:
    """Return where a message belongs that a person sent from our own mailbox: what they point to is theirs to say."""
    joined: list[int] = []
    for message_id in near(message):
        joined = joined or store.of_message_id(db, message_id)
    joined = joined[:1] or store.of_conversation(db, message.conversation)
    joined = joined or store.that_mention(db, message.message_id)
    found = _among(db, message, None, joined)
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
        return _answer(db, named, message, sender)
    threads = _threads(db, message, sender, ids)
    if named is not None:
        return replace(_anothers(db, named, message, sender, threads), copy=named)
    ours = outbox.in_conversation(db, message.conversation, sender.address, sender.person)
    if ours is None:
        return _among(db, message, sender, threads)
    # Which of our mails in a conversation is answered is a guess; which case it is about may not be one.
    found = _among(db, message, sender, threads) if threads else _answer(db, ours, message, sender)
    return found if found.candidates else replace(found, answered=ours)


def _answer(db: Database, answered: Ours, message: Message, sender: Sender) -> Joined:
    if answered.case:
        ref = _ref(db, answered)
        if message.authentication.verdict == "fail":
            return Joined(answered.thread, answered, candidates=(ref,), doubt=FORGED)
        return Joined(answered.thread, answered, ref=ref, how=ANSWERS_OURS)
    found = _among(db, message, sender, [answered.thread] if answered.thread else [])
    return replace(found, thread=answered.thread, answered=answered)


def _anothers(db: Database, named: Ours, message: Message, sender: Sender, threads: list[int]) -> Joined:
    """Place an answer to a mail of ours that was written to somebody else: passed on, or answered to all."""
    case = cases.by_id(db, named.case) if named.case else None
    if case is None:
        return _answer(db, named, message, sender) if named.thread in threads else _among(db, message, sender, threads)
    if may_file(db, message, sender, case):
        thread = named.thread if named.thread in threads else next(iter(threads), None)
        return Joined(thread, named if thread == named.thread else None, ref=case.ref, how=ANSWERS_ANOTHERS)
    found = _among(db, message, sender, threads)
    if found.ref or not sender.person:
        return found
    whose = people.name_of(db, named.person) or "somebody else"
    others = tuple(ref for ref in found.candidates if ref != case.ref)
    return replace(found, candidates=(case.ref, *others), doubt=f"it answers the mail we sent to {whose}")


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


def _among(db: Database, message: Message, sender: Sender | None, threads: list[int]) -> Joined:
    """Choose among threads: with one case between them there is nothing to ask, else the subject may tell.

    `sender` None is one of us, whose word is enough.
    """
    about = {thread: links.of_thread(db, thread) for thread in threads}
    refs = tuple(dict.fromkeys(ref for found in about.values() for ref in found))
    if len(refs) > 1:
        named = [ref for ref in references(message.subject) if ref in refs]
        if len(named) != 1:
            return Joined(threads[0] if len(threads) == 1 else None, candidates=refs)
        refs = (named[0],)
    thread = next((one for one, found in about.items() if refs and refs[0] in found), threads[0] if threads else None)
    case = cases.by_ref(db, refs[0]) if refs else None
    if case is None:
        return Joined(thread)
    if sender is None or may_file(db, message, sender, case) or _wrote_to_all(db, message, sender, case):
        return Joined(thread, ref=case.ref, how=IN_ITS_THREAD)
    proved = message.authentication.verdict == "pass"
    return Joined(thread, candidates=(case.ref,), doubt=NOT_ASKED if proved else NOT_PROVED)


def _wrote_to_all(db: Database, message: Message, sender: Sender, case: Case) -> bool:
    """Tell whether the sender answers the message by which a case was opened, and which was written to them as well."""
    opened = store.opened_by(db, case.id, sender.address) if message.authentication.verdict == "pass" else ""
    return opened != "" and opened in near(message)


def _by_subject(db: Database, message: Message, sender: Sender) -> Joined:
    """Take a reference in the subject at its word, from somebody who may file in that case.

    Unlike an id, a reference can be guessed, and the subject of what is passed on was written by somebody else.
    """
    if is_forward(message.subject):
        return NOTHING
    found = [case for ref in references(message.subject) if (case := cases.by_ref(db, ref))]
    own = [case for case in found if may_file(db, message, sender, case)]
    if len(own) != 1:
        return Joined(candidates=tuple(case.ref for case in own))
    in_them = (
        one
        for one in links.threads_of(db, own[0].id)
        if store.takes_part(db, one, sender.address, sender.person) and links.of_thread(db, one) == [own[0].ref]
    )
    return Joined(next(in_them, None), ref=own[0].ref, how=IN_ITS_SUBJECT)


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
