"""Write a mail and queue it: one recipient, a key of its own, rendered and complete before it is a row.

Who may be answered at all is decided here, so that no path can go round it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlite_utils import Database

from mailroom.message import Draft, Message, compose, is_message_id, message_id_for, threads
from mailroom.message.compose import Attached
from mailroom.message.headers import first
from mailroom.message.model import Address
from mailroom.office import lint, linting, slots, template_file, templates, wording
from mailroom.office.absence import acting_as, who_answers
from mailroom.office.commands.offering import offers
from mailroom.office.lint import Finding
from mailroom.office.linting import FORCE, Leaving
from mailroom.office.many import Many
from mailroom.office.office import Office
from mailroom.office.slots import Copy, Masters
from mailroom.office.templates import Rendered
from mailroom.office.variants import known as known_form
from mailroom.office.working_days import next_working_moment
from mailroom.rules.model import Sender
from mailroom.store import alarms, case_facts, journal, missed, outbox, people, tasks
from mailroom.store.guards import OUT_OF_USE, Guard
from mailroom.store.outbox import MailKind, Outgoing


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a mail is written: the message that led to it, the case it is about, and where it goes in a thread."""

    message: int | None = None
    case: int | None = None
    ref: str = ""
    thread: int | None = None
    at: datetime | None = None
    answers: Message | None = None
    """The message this mail is a direct answer to: its headers carry the thread on."""
    hold: bool = False
    """A rule wants a person to see the answers to this message before they go."""
    batch: str = ""
    """The sending this mail is one of many of, such as `news:2027-01`."""
    guard: Guard | Literal[""] = ""
    """What must still hold as the mail leaves (`store.guards`); "" for what holds for any mail of its kind."""


NOTHING = Cause()

HELD: Final = frozenset({"ack", "mail"})
"""Kinds of mail that a rule can hold: a danger answer waits for nobody, and those who are told are told."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person to write to."""

    address: str
    person: str = ""
    name: str = ""
    role: str = ""
    """The role they are written to as, which they must still hold when the mail leaves."""


def to_role(  # noqa: PLR0913 - what a mail is made of
    office: Office,
    db: Database,
    now: datetime,
    *,
    key: str,
    role: str,
    template: str,
    kind: MailKind,
    variables: Mapping[str, object],
    cause: Cause = NOTHING,
    not_before: datetime | None = None,
    within_force: bool = False,
    attachments: tuple[Attached, ...] = (),
) -> int:
    """Queue one mail to each holder of a role, and return how many were new.

    The key is made whole with the person: whoever holds two of the roles that are told gets one mail.

    Where all who hold it are away, whoever stands in for them gets it.

    Whoever a case is hidden from gets nothing that is about it, whoever writes it.

    A role nobody holds, or a holder without an address, sounds an alarm: silence would hide it.
    """
    concealed = case_facts.concealed_from(db, cause.case, cause.message)
    holders = who_answers(office, db, role, now)
    words = role.replace("_", " ")
    if not people.holders(db, role):
        _alarm(db, now, f"role:{role}", f"Nobody holds the role “{words}”, so a mail to it was not written.")
    else:
        _over(db, now, f"role:{role}")
    queued = 0
    for person in holders:
        if concealed and concealed & set(people.roles_of(db, person)):
            continue
        if within_force and people.kind_of(db, person) not in FORCE:
            # Invariant 5: what somebody wrote to the police never reaches a member, whatever role they hold.
            _alarm(
                db,
                now,
                f"outside:{role}:{person}",
                f"{person} holds “{words}” but is outside the force: a forward was not sent.",
            )
            continue
        address = people.address_of(db, person)
        if address is None:
            _alarm(
                db, now, f"address:{person}", f"{person} ({words}) has no usable address, so a mail was not written."
            )
            continue
        _over(db, now, f"address:{person}")
        recipient = Recipient(address, person, people.name_of(db, person), acting_as(db, person, role))
        row = write(
            office, db, now, key=f"{key}:{person}", recipient=recipient, template=template, kind=kind,
            variables=variables, cause=cause, not_before=not_before, attachments=attachments,
        )  # fmt: skip
        queued += row is not None
    return queued


def write(  # noqa: PLR0913 - what a mail is made of
    office: Office,
    db: Database,
    now: datetime,
    *,
    key: str,
    recipient: Recipient,
    template: str,
    kind: MailKind,
    variables: Mapping[str, object],
    cause: Cause = NOTHING,
    not_before: datetime | None = None,
    expires: datetime | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    many: Many | None = None,
    attachments: tuple[Attached, ...] = (),
) -> int | None:
    """Render, compose and queue one mail, in the form its reader asked for; None when its key was queued before.

    None also where the address cannot be used: the mail is then kept for `catch_up`, if its template says so.

    From `expires` on it is too late to send it. `headers` are further ones, such as those of a list. Of one of `many`,
    `variables` are what is the reader's own. `attachments` are files that somebody has checked.

    Raises Problems when the template cannot be filled.
    """
    missing = kind not in outbox.TO_WHOEVER_WROTE and people.status_of(db, recipient.address) in OUT_OF_USE
    if missing and office.templates.mails[template].source.catch_up == template_file.NEVER:
        words = f"Did not write {template}: the address of {recipient.person} cannot be used."
        journal.write(db, now, "withheld", words, message=cause.message, case=cause.case)
        return None
    if many is None:
        offered = offers(office, db, recipient.person, kind, variables, cause.case, cause.message, now)
        variables = {**variables, **offered}
    copy = _copy(db, many, recipient, variables) if many else None
    shared = many.masters.shared if many else {}
    text = copy.rendered if copy else rendered(office, db, recipient, template, {**shared, **variables}, cause)
    draft = replace(_draft(office, key, recipient, text, cause, now, headers), attachments=attachments)
    try:
        mime = compose(draft)
    except ValueError as error:
        # An address nobody can write to, such as one with two @: said aloud, and the message goes on.
        words = f"A mail ({template}) could not be written to {recipient.address[:80]!r}: {error}"
        journal.write(db, now, "withheld", words, message=cause.message, case=cause.case)
        tasks.add(db, f"unwritable:{key}", "coordinator", words, now, message=cause.message, case=cause.case)
        return None
    mail = Outgoing(
        key, recipient.address, recipient.person, kind, template, text.subject, draft.message_id, mime,
        case=cause.case, cause=cause.message, thread=cause.thread,
        conversation=threads.conversation(draft.thread_index),
        token=next(iter(threads.tokens((draft.reply_to,), office.config.office.mailbox)), ""),
        batch=cause.batch, guard=cause.guard, role=recipient.role, expires=expires,
    )  # fmt: skip
    found = _looked_at(office, db, mail, now, many, copy)
    held = (cause.hold and kind in HELD) or lint.stops(found)
    row = outbox.queue(db, mail, now, not_before=not_before, held=held)
    return _told(db, row, mail, found, now, held=held, missing=missing) if row is not None else None


def _told(
    db: Database, row: int, mail: Outgoing, found: tuple[Finding, ...], now: datetime, *, held: bool, missing: bool
) -> int | None:
    """Write down that a mail was queued, or that its reader misses it; None for a mail that does not go."""
    if missing:
        outbox.cancel(db, row, "the address is out of use", now)
        missed.note(db, row, now, held=held)
        words = f"{mail.person} misses {mail.template}: the address cannot be used. It is written anew once one can."
        journal.write(db, now, "withheld", words, message=mail.cause, case=mail.case, outbox=row)
        return None
    to = mail.person or mail.recipient
    words = f"Queued {mail.template} to {to}." if not held else f"{mail.template} to {to} waits for a person's word."
    words = " ".join((words, *(one.text for one in found if one.severity == "stop")))
    journal.write(db, now, "answered", words, message=mail.cause, case=mail.case, outbox=row)
    return row


def to_many(office: Office, db: Database, template: str, variables: Mapping[str, object], cause: Cause) -> Many:
    """Begin to write one mail to many: `variables` are what all of them read."""
    shared = {**_common(office, Recipient(""), cause), **variables}
    for name in (*slots.NAMES, *slots.LINKS):
        shared.pop(name, None)
    return Many(Masters(office.templates, template, shared), linting.known(office, db))


def _copy(db: Database, many: Many, recipient: Recipient, variables: Mapping[str, object]) -> Copy | None:
    form = known_form(people.format_of(db, recipient.person)) or "standard"
    return many.copy({**_names(recipient), **variables}, form)


def _looked_at(
    office: Office, db: Database, mail: Outgoing, now: datetime, many: Many | None, copy: Copy | None
) -> tuple[Finding, ...]:
    """Lint one mail of a sending: nobody reads each of them before it goes, as somebody does where one is held."""
    if not mail.batch:
        return ()
    leaving = Leaving(mail.mime, mail.recipient, mail.person, mail.template, mail.guard)
    if many is None:
        return linting.of_mail(office, db, leaving, now)
    return many.looked_at(office, db, leaving, copy, now)


def rendered(
    office: Office,
    db: Database,
    recipient: Recipient,
    template: str,
    variables: Mapping[str, object],
    cause: Cause = NOTHING,
) -> Rendered:
    """Write what one person would read, in the form they asked for. Raises Problems when it cannot be filled."""
    form = known_form(people.format_of(db, recipient.person)) or "standard"
    return templates.render(office.templates, template, {**_common(office, recipient, cause), **variables}, form)


def _draft(
    office: Office,
    key: str,
    recipient: Recipient,
    text: Rendered,
    cause: Cause,
    now: datetime,
    headers: tuple[tuple[str, str], ...] = (),
) -> Draft:
    answered, secret, mailbox = cause.answers, office.message_id_key, office.config.office.mailbox
    message_id = message_id_for(secret, key, office.domain)
    theirs = first(answered.headers, "thread-index") if answered else ""
    token = threads.token_for(secret, key) if office.config.imap.plus_addresses else ""
    return Draft(
        sender=Address(office.config.from_name, mailbox),
        recipient=Address(recipient.name, recipient.address),
        subject=text.subject,
        text=text.text,
        html=text.html,
        pictures=text.pictures,
        message_id=message_id,
        date=now,
        in_reply_to=answered.message_id if answered and is_message_id(answered.message_id) else "",
        references=tuple(filter(is_message_id, (*answered.references, answered.message_id))) if answered else (),
        automatic="auto-replied" if answered else "auto-generated",
        headers=headers,
        reply_to=threads.plus_address(mailbox, token),
        thread_index=threads.next_index(theirs, now, message_id) or threads.first_index(secret, key, now),
    )


def answer(  # noqa: PLR0913 - what an answer is made of
    office: Office,
    db: Database,
    now: datetime,
    *,
    sender: Sender,
    template: str,
    silence: str,
    variables: Mapping[str, object],
    cause: Cause,
    key: str | None = None,
) -> int | None:
    """Answer whoever wrote, if they may be answered; otherwise write down why not.

    `silence` is what the safety filters said. A danger answer goes to any person, whatever they said.
    """
    kind: Literal["ack", "danger"] = "danger" if template.startswith("danger/") else "ack"
    reason = withheld(office, db, now, sender=sender, kind=kind, template=template, silence=silence, cause=cause)
    if reason:
        journal.write(
            db, now, "withheld", f"Did not send {template}: {reason}.", message=cause.message, case=cause.case
        )
        return None
    return write(
        office, db, now, key=key or f"answer:{cause.message}:{template}", template=template, kind=kind,
        variables={"back_at": _back_at(office, now), **variables}, cause=cause,
        recipient=Recipient(sender.address, sender.person, sender.name),
    )  # fmt: skip


def _back_at(office: Office, now: datetime) -> str:
    """Return when the office is next at work, in words; "" while it is."""
    week, zone = office.config.hours.week, office.zone
    opens = next_working_moment(now, week, zone)
    return wording.moment(opens, zone) if opens > now else ""


def withheld(
    office: Office,
    db: Database,
    now: datetime,
    *,
    sender: Sender,
    kind: Literal["ack", "danger"],
    template: str,
    silence: str,
    cause: Cause,
) -> str:
    """Return why this person may not have this answer now, or "" (invariant 4, RFC 3834 section 2)."""
    message, limits = cause.answers, office.config.answers
    if not sender.address or threads.is_ours(sender.address, office.config.office.mailbox):
        return "the message came from ourselves or from nobody"
    if message is not None and message.silence:
        return message.silence
    if kind == "danger":
        lately = outbox.answers_since(db, sender.address, now - timedelta(days=1), "danger")
        return (
            _capped(office, db, now, sender, f"{lately} danger answers in a day", cause)
            if lately >= limits.per_day
            else ""
        )
    if silence:
        return silence
    if sender.trust == "proposed":
        return "whose address this is has to be asked first"
    if message is not None and message.authentication.verdict == "fail":
        return "our own server says the sender is forged"
    window = now - timedelta(hours=limits.repeat_hours)
    if outbox.same_answer_since(db, sender.address, cause.case, template, window):
        return f"the same answer went to this address within {limits.repeat_hours} hours"
    if (n := outbox.answers_since(db, sender.address, now - timedelta(hours=1), "ack")) >= limits.per_hour:
        return _capped(office, db, now, sender, f"{n} answers in an hour", cause)
    if (n := outbox.answers_since(db, sender.address, now - timedelta(days=1), "ack")) >= limits.per_day:
        return _capped(office, db, now, sender, f"{n} answers in a day", cause)
    return ""


def _capped(office: Office, db: Database, now: datetime, sender: Sender, count: str, cause: Cause) -> str:
    day = now.astimezone(office.zone).date().isoformat()
    who = sender.person or "one address outside the directory"
    words = f"{who} had {count}; further mail is filed but not answered"
    told = to_role(
        office, db, now, key=f"cap:{sender.address}:{day}", role="coordinator", template="notice/cap", kind="notice",
        variables={"reasons": [words]}, cause=Cause(message=cause.message, thread=cause.thread, at=cause.at),
    )  # fmt: skip
    if told:
        journal.write(db, now, "cap", f"A limit on answers was reached: {words}.", message=cause.message)
    return words


def _alarm(db: Database, now: datetime, key: str, words: str) -> None:
    if alarms.sound(db, key, words, now):
        journal.write(db, now, "alarm", words)


def _over(db: Database, now: datetime, key: str) -> None:
    if alarms.clear(db, key, now):
        journal.write(db, now, "alarm over", "A mail to this role or person could be written again.")


def _names(recipient: Recipient) -> dict[str, object]:
    return {"recipient_name": recipient.name, "recipient_first_name": recipient.name.split(" ")[0]}


def _common(office: Office, recipient: Recipient, cause: Cause) -> dict[str, object]:
    local = cause.at.astimezone(office.zone) if cause.at else None
    return {
        **_names(recipient),
        "ref": cause.ref,
        "office_name": office.config.office.name,
        "coordinator_name": office.config.office.signature,
        "cover_phone": office.config.office.cover_phone,
        "mailbox": office.config.office.mailbox,
        "message_number": f"#{cause.message}" if cause.message else "",
        "received": f"{local:%A} {local.day} {local:%B %Y, %H:%M}" if local else "",
        "priority_words": "",
        "class_words": "",
        "reasons": [],
    }
