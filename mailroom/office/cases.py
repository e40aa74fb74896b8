"""The applying half of the case engine: a process file says what, this does it in rows.

The pure half (`rules.cases`) turns a stage and an event into effects; here they become stages,
tasks and queued mail, inside the transaction of the message that caused them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.message import Message
from mailroom.office import mail
from mailroom.office.mail import Cause, Recipient
from mailroom.office.office import Office
from mailroom.office.working_days import next_working_moment
from mailroom.rules.cases import (
    Actor,
    CaseFile,
    Check,
    Effect,
    Entered,
    Event,
    Flag,
    GoTo,
    If,
    MessageLinked,
    Send,
    Target,
    Tell,
    Verdict,
    step,
)
from mailroom.rules.model import Sender
from mailroom.rules.who import has_interest
from mailroom.rules.words import fold, holds, phrase
from mailroom.store import cases, journal, links, messages, people, tasks
from mailroom.store.cases import Case

DANGER = "danger"
"""The process file that the danger net opens (rules.safety)."""

SAME_DANGER = timedelta(hours=24)
ALERT_EVERY = timedelta(minutes=10)
"""How often the alert of one danger is repeated while its sender goes on writing: a flood must not drown another."""

LONGEST_RUN = 20
"""A process enters at most this many stages for one event; more is a circle."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """The message being handled, as its effects need it."""

    row: int
    message: Message
    sender: Sender
    class_: str
    thread: int
    at: datetime
    silence: str
    hold: bool = False
    """A rule holds the answers to it."""

    def cause(self, case: int | None, ref: str) -> Cause:
        """Return why an answer to this message is written."""
        return Cause(self.row, case, ref, self.thread, self.at, self.message, self.hold)


def may_open(office: Office, kind: str, this: Incoming) -> bool:
    """Tell whether a sender may open a case of a kind by mail: our server vouches, or it is open to anyone."""
    opens_on = office.rules.cases[kind].opens_on
    to_anyone = not opens_on or any(one.class_ == this.class_ and one.from_.is_anyone for one in opens_on)
    return to_anyone or this.message.authentication.verdict == "pass"


def open_case(office: Office, db: Database, kind: str, this: Incoming, why: str, now: datetime) -> Case:
    """Open a case by a message, and take it as far as it goes by itself.

    A person in danger who writes again is in the same danger: the message joins the case that is red.
    """
    process = office.rules.cases[kind]
    if kind == DANGER and (red := _still_red(db, this, now)):
        return _again(office, db, process, red, this, now)
    ref = cases.next_ref(db, process.reference, this.at.astimezone(office.zone).year)
    place = next((one for one in people.places(db) if names_place(this.message, one)), "")
    case = cases.add(
        db, ref, kind, process.first, this.at, owner="; ".join(process.owner), requester=this.sender.person,
        requester_address=this.sender.address, opened_by=this.row, place=place,
    )  # fmt: skip
    links.to_case(db, this.row, case.id, now, confirmed=True, how=f"it opened {ref}", by="mailroom")
    cases.record(db, case, now, event="opened", to_stage=case.stage, why=why, message=this.row)
    journal.write(db, now, "opened", f"Opened {ref} {why}.", message=this.row, case=case.id)
    return _run(office, db, process, case, Entered(), this, now)


def _still_red(db: Database, this: Incoming, now: datetime) -> Case | None:
    for case in cases.still_open(db, DANGER):
        if case.requester_address == this.sender.address and now - moment(case.entered_at) < SAME_DANGER:
            return case
    return None


def _again(office: Office, db: Database, process: CaseFile, case: Case, this: Incoming, now: datetime) -> Case:
    """Join a message to a danger that is open: it is linked and alerted again, though not with every line."""
    why = "the same person writes again"
    links.to_case(db, this.row, case.id, now, confirmed=True, how=why, by="mailroom")
    cases.record(db, case, now, event="again", to_stage=case.stage, why=why, message=this.row)
    slot = int(now.timestamp() // ALERT_EVERY.total_seconds())
    for effect in step(process, process.first, Entered(), _Unasked()).effects:
        if not isinstance(effect, Send):
            continue
        for target in effect.to:
            if target.kind != "role":
                continue
            mail.to_role(
                office, db, now, key=f"again:{case.ref}:{slot}", role=target.name, template=effect.template,
                kind="alert", variables={}, cause=Cause(this.row, case.id, case.ref, this.thread, this.at),
            )  # fmt: skip
    return case


def linked(office: Office, db: Database, case: Case, this: Incoming, now: datetime) -> Case:
    """Let an open case answer a message that is confirmed to belong to it."""
    process = office.rules.cases.get(case.kind)
    # A From address that our own server does not vouch for may be anybody's: it moves nothing.
    if process is None or case.final or this.message.authentication.verdict != "pass":
        return case
    requester = (
        this.sender.person == case.requester if case.requester else this.sender.address == case.requester_address
    )
    actor = Actor(this.sender, is_requester=requester, recused=has_interest(this.sender, case.place))
    event = MessageLinked(this.class_, actor)
    return _run(office, db, process, case, event, this, now)


def move(office: Office, db: Database, case: Case, stage: str, this: Incoming, why: str, now: datetime) -> Case:
    """Move a case to a stage because a rule says so, and do what comes with that stage.

    Raises LookupError where its process has no such stage.
    """
    process = office.rules.cases.get(case.kind)
    if process is None or (stage not in process.final and process.stage(stage) is None):
        raise LookupError(stage)
    final = stage in process.final
    cases.move(db, case, stage, now, final=final, event="moved", why=why, message=this.row)
    journal.write(db, now, "moved", f"{case.ref} is now {stage}, {why}.", message=this.row, case=case.id)
    return _run(office, db, process, cases.by_id(db, case.id), Entered(), this, now)


def names_place(message: Message, place: str) -> bool:
    """Tell whether the newly written words or the subject name a place, as whole words."""
    wanted = phrase(place)
    texts = (message.subject, message.new_text)
    return wanted is not None and any(holds(fold(text), "contains", wanted) for text in texts)


class _Unasked:
    """No check and no fact is looked at here: the files this engine plays ask for none."""

    def check(self, check: Check, whose: str) -> Verdict:
        """Let no check hold."""
        return Verdict(ok=False, private=f"{check.written} of the {whose}")

    def holds(self, condition: If) -> bool:
        """Let no condition hold."""
        return bool(condition.fact) and condition.negated


def _run(
    office: Office, db: Database, process: CaseFile, case: Case, event: Event, this: Incoming, now: datetime
) -> Case:
    for _ in range(LONGEST_RUN):
        entered = _apply(office, db, process, case, step(process, case.stage, event, _Unasked()).effects, this, now)
        if entered is None:
            return case
        case, event = entered, Entered()
    words = f"{case.ref} went round in circles in cases/{case.kind}.txt; it rests at “{case.stage}”."
    tasks.add(db, f"circle:{case.ref}:{this.row}", "coordinator", words, now, case=case.id)
    return case


def _apply(
    office: Office,
    db: Database,
    process: CaseFile,
    case: Case,
    effects: Sequence[Effect],
    this: Incoming,
    now: datetime,
) -> Case | None:
    """Carry effects out in order; returns the case when it entered another stage."""
    entered = None
    for effect in effects:
        match effect:
            case Send():
                for target in effect.to:
                    _send(office, db, case, effect, target, this, now)
            case Tell():
                for role in effect.roles:
                    _task(db, case, role, this, now)
                    _to_role(office, db, case, role, effect.template, this, now, at_once=False)
            case GoTo():
                why = f"{effect.at.file} line {effect.at.line}"
                final = effect.stage in process.final
                cases.move(db, case, effect.stage, now, final=final, event="moved", why=why, message=this.row)
                journal.write(db, now, "moved", f"{case.ref} is now {effect.stage}.", message=this.row, case=case.id)
                entered = cases.by_id(db, case.id)
            case Flag():
                messages.add_flag(db, this.row, effect.flag)
                cases.record(db, case, now, event=f"flag {effect.flag}", to_stage=case.stage, why="", message=this.row)
    return entered


def _send(office: Office, db: Database, case: Case, effect: Send, to: Target, this: Incoming, now: datetime) -> None:
    target = to.name or to.kind
    key = f"case:{case.ref}:{effect.template}" + ("" if effect.once_each else f":{this.row}")
    if target == "sender" or (target == "requester" and case.requester_address == this.sender.address):
        mail.answer(
            office, db, now, sender=this.sender, template=effect.template, silence=this.silence, variables={},
            cause=this.cause(case.id, case.ref), key=f"{key}:{this.sender.address}" if effect.once_each else None,
        )  # fmt: skip
    elif target == "requester":
        address = people.address_of(db, case.requester) or case.requester_address
        recipient = Recipient(address, case.requester, people.name_of(db, case.requester))
        mail.write(
            office, db, now, key=f"{key}:requester", recipient=recipient, template=effect.template, kind="mail",
            variables={}, cause=Cause(this.row, case.id, case.ref, this.thread, this.at, hold=this.hold),
        )  # fmt: skip
    else:
        _to_role(office, db, case, target, effect.template, this, now, at_once=effect.hours == "any")


def _to_role(
    office: Office, db: Database, case: Case, role: str, template: str, this: Incoming, now: datetime, *, at_once: bool
) -> None:
    """Write to a role: at once, or at the coordinator's next working minute. The thread is not carried on:
    an alert names a reference and shows nothing of the message behind it.
    """
    mail.to_role(
        office, db, now, key=f"case:{case.ref}:{template}:{this.row}", role=role, template=template,
        kind="alert" if at_once else "notice", variables={},
        cause=Cause(this.row, case.id, case.ref, this.thread, this.at),
        not_before=None if at_once else next_working_moment(now, office.config.hours.week, office.zone),
    )  # fmt: skip


def _task(db: Database, case: Case, role: str, this: Incoming, now: datetime) -> None:
    words = f"{case.ref} ({case.stage}): look at #{this.row}."
    tasks.add(db, f"case:{case.ref}:{role}:{this.row}", role, words, now, message=this.row, case=case.id)
