"""Act on a decision: links, cases, tasks and outgoing mail, all inside the transaction of `handled`."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlite_utils import Database

from mailroom.message import Message
from mailroom.office import actions, belonging, forwarding, mail, newsletter_items, preferences
from mailroom.office import cases as engine
from mailroom.office.actions import Doing, reason
from mailroom.office.commands import absence_noticed
from mailroom.office.mail import Cause
from mailroom.office.office import Office
from mailroom.office.place import Placed
from mailroom.office.trial import in_words
from mailroom.office.working_days import next_working_moment
from mailroom.rules.model import Action, Decision
from mailroom.store import cases, journal, links, messages, people, records, tasks
from mailroom.store.messages import Waiting
from mailroom.store.outbox import MailKind

TOLD = "notice/told"

UNINDEXED = frozenset({"rec.enquiry", "rec.application", "vet.member"})
"""Classes whose texts hold health, offence or money matters: kept, but not findable by their words."""


UNFINDABLE = frozenset({"do not index", "restrict"})
"""Verbs after which a message is not found by its words."""


def remember(db: Database, row: Waiting, message: Message, decision: Decision, now: datetime) -> None:
    """Make the message findable, and say in the journal what was decided and why, and what is on trial."""
    hidden = decision.class_ in UNINDEXED or any(action.verb in UNFINDABLE for action in decision.actions)
    if not hidden and not decision.quarantine:
        messages.index(db, row.id, message.subject, message.new_text)
    event = "quarantined" if decision.quarantine else "decided"
    journal.write(db, now, event, sentence(row.id, decision), message=row.id)
    for words in on_trial(decision):
        journal.write(db, now, "trial", words, message=row.id)


def sentence(row: int, decision: Decision) -> str:
    """Say what was decided and by which words: `Sorted #12 as concern by rule “Worry” because “frightened”.`"""
    if not decision.class_:
        return f"No rule knew what #{row} is: it waits for a person."
    because = next((action for action in decision.actions if action.verb == "class"), None)
    return f"Sorted #{row} as {decision.class_}" + (f" {reason(because)}." if because else ".")


def on_trial(decision: Decision) -> list[str]:
    """Say of each rule on trial what it would have done: `Rule “Worry” on trial would have: class: concern.`"""
    found: dict[str, list[Action]] = {}
    for action in decision.trial:
        found.setdefault(action.rule, []).append(action)
    lines: list[str] = []
    for rule, would in found.items():
        done = ", then ".join(in_words(one.verb, one.values) for one in would)
        because = ", ".join(f"“{word}”" for word in would[0].words)
        lines.append(f"Rule “{rule}” on trial would have done: {done}" + (f", because {because}." if because else "."))
    return lines


def act(
    office: Office,
    db: Database,
    row: Waiting,
    message: Message,
    placed: Placed,
    decision: Decision,
    thread: int,
    now: datetime,
) -> str:
    """Carry a decision out, and return the folder the message goes to ("" stays where it is)."""
    held = any(action.verb == "hold" for action in decision.actions)
    this = engine.Incoming(
        row.id, message, placed.sender, decision.class_, thread, row.received_at, decision.silence, held
    )
    doing = Doing(office, db, this, placed, decision, now)
    belonging.link_people(db, this, placed, now)
    note_absence(office, db, this, now)
    belonging.link_known_cases(db, this, placed, now)
    for action in decision.actions:
        HOW[action.verb](doing, action)
    belonging.ask(doing)
    for link in links.of_message(db, row.id):
        if link.state == "confirmed" and link.ref not in doing.settled:
            engine.linked(office, db, cases.by_id(db, link.case), this, now)
    for action in decision.actions:
        if action.verb == "hold":
            actions.hold(doing, action)
    # What fills in a form that a case waits for is known for what it is.
    if not decision.class_ and not records.of_message(db, row.id):
        tasks.add(db, f"look:{row.id}", "coordinator", f"No rule knew what #{row.id} is.", now, message=row.id)
    if message.look and message.kind in ("person", "calendar"):
        words = f"Please look at #{row.id} in the mail program: {'; '.join(message.look)}."
        tasks.add(db, f"open:{row.id}", "coordinator", words, now, message=row.id)
    return doing.apart or doing.folder


def note_absence(office: Office, db: Database, this: engine.Incoming, now: datetime) -> None:
    """Note until when somebody is away, as their mail program says; whom they name instead is no contact of ours."""
    person, absent = this.sender.person, this.message.automatic
    if person and absent and absent.returns_on:
        words = f"{people.name_of(db, person)} ({person}) is away until {absent.returns_on}, their mail program says."
        journal.write(db, now, "away", words, message=this.row)
        absence_noticed.ask(office, db, this.sender, absent.returns_on, this.row, now)


def _open(doing: Doing, action: Action) -> None:
    """Open a case; a mail that belongs to one that is open, or may, opens no second: that case answers it.

    A case that only some people may open needs a sender our own server vouches for. Otherwise the
    owner is told at once and decides (design, section 5).
    """
    office, db, this, now = doing.office, doing.db, doing.this, doing.now
    kind = action.values[0]
    for link in links.of_message(db, this.row):
        case = cases.by_id(db, link.case)
        belongs = link.state == "confirmed" or link.ref in doing.placed.joined.candidates
        if belongs and case.kind == kind and not case.final:
            return
    if not engine.may_open(office, kind, this):
        words = f"#{this.row} asks to open a case ({kind}), but the sender is not verified. Please ring and decide."
        tasks.add(db, f"open:{this.row}:{kind}", "coordinator", words, now, message=this.row)
        for role in office.rules.cases[kind].owner:
            mail.to_role(
                office, db, now, key=f"open:{this.row}:{kind}", role=role, template=TOLD, kind="alert",
                variables={"reasons": [words], "class_words": this.class_},
                cause=Cause(this.row, None, "", this.thread, this.at),
            )  # fmt: skip
        return
    # “Then open: rights with right foi”: the rule that heard it hands the case a fact.
    given = {action.values[1]: action.values[2]} if len(action.values) > 2 else {}  # noqa: PLR2004
    doing.settled.add(engine.open_case(office, db, kind, this, reason(action), now, given).ref)


def _cause(db: Database, this: engine.Incoming) -> Cause:
    """Return what a mail about this message is about: its first confirmed case, if it has one."""
    case = next((link for link in links.of_message(db, this.row) if link.state == "confirmed"), None)
    return this.cause(case.case if case else None, case.ref if case else "")


def _reply(doing: Doing, action: Action) -> None:
    template, said = _said(doing, action.values[0])
    if template:
        mail.answer(
            doing.office, doing.db, doing.now, sender=doing.this.sender, template=template,
            silence=doing.decision.silence, variables={**_about(doing.decision), **said},
            cause=_cause(doing.db, doing.this),
        )  # fmt: skip


def _said(doing: Doing, template: str) -> tuple[str, Mapping[str, object]]:
    """Do what an answer says is done, and return what is really to be answered; "" for nothing."""
    office, db, this, now = doing.office, doing.db, doing.this, doing.now
    if template == newsletter_items.RECEIVED:
        found, said = newsletter_items.collect(office, db, this, doing.placed, now)
        return found or template, said
    if template == preferences.STOPPED:
        return preferences.stop(office, db, this, now), {}
    if template == preferences.STARTED:
        return preferences.start(office, db, this, now), {}
    return template, {}


def _tell(doing: Doing, action: Action) -> None:
    office, db, this, now = doing.office, doing.db, doing.this, doing.now
    *roles, template = action.values
    cause = _cause(db, this)
    variables: dict[str, object] = {
        **_about(doing.decision),
        "sender_name": this.sender.name or "somebody outside the directory",
    }
    kind: MailKind = "notice" if template == TOLD else "alert"
    if action.verb == "forward to":
        kind = "forward"
        template, passed_on = forwarding.text(db, template, this.message)
        variables |= passed_on
    # A notice that nobody needs at night waits for the coordinator's next working minute; alerts never do.
    not_before = next_working_moment(now, office.config.hours.week, office.zone) if kind == "notice" else None
    for role in roles:
        mail.to_role(
            office, db, now, key=f"{action.verb}:{this.row}:{template}", role=role, template=template, kind=kind,
            variables=variables, cause=Cause(cause.message, cause.case, cause.ref, cause.thread, cause.at),
            not_before=not_before, within_force=kind == "forward",
        )  # fmt: skip


def _about(decision: Decision) -> Mapping[str, object]:
    return {
        "class_words": decision.class_ or "not known to any rule",
        "priority_words": decision.priority.words,
        "reasons": [reason(action) for action in decision.actions if action.verb in ("class", "flag")],
    }


def _decided(_doing: Doing, _action: Action) -> None:
    """Do nothing more: class, flags and what is not indexed are in the decision itself; answers are held last."""


HOW: Mapping[str, Callable[[Doing, Action], None]] = {
    "class": _decided,
    "flag": _decided,
    "do not index": _decided,
    "hold": _decided,
    "file in": actions.file_in,
    "quarantine": actions.quarantine,
    "restrict": actions.restrict,
    "bin in": actions.bin_in,
    "strip attachments": actions.strip_attachments,
    "open": _open,
    "link": belonging.link_by_rule,
    "move": actions.move,
    "record": actions.record,
    "remind": actions.remind,
    "reply with": _reply,
    "tell": _tell,
    "forward to": _tell,
}
"""What each verb of the rule language does."""
