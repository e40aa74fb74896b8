"""Carry a command out, in the transaction of the mail that gave it: first what it is about, then its verb."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.message import Message
from mailroom.office import rule_mail
from mailroom.office.commands import (
    approve,
    case_words,
    classify,
    doubts,
    echo,
    helping,
    noting,
    presence,
    sendings,
    showing,
    takeback,
    task_words,
    tying,
    why,
)
from mailroom.office.commands.awaited import may_always, of_every_office
from mailroom.office.commands.doing import shown_first
from mailroom.office.commands.given import Given, Outcome, about, named, not_done
from mailroom.office.mail import Cause
from mailroom.office.office import Office
from mailroom.office.place import Placed
from mailroom.office.rule_mail import Mailed
from mailroom.rules.cases.waiting import ALWAYS
from mailroom.rules.commands import BY_CODE, HELP, RULE, Command
from mailroom.rules.model import Action, Decision
from mailroom.rules.safety import BUILT_IN
from mailroom.store import acts, journal, links
from mailroom.store import commands as store
from mailroom.store.commands import About
from mailroom.store.messages import Waiting

VERBS: Final[Mapping[str, Callable[[Given], Outcome]]] = {
    "why": why.explain,
    "undo": takeback.undo,
    "class": classify.correct,
    "approve": approve.approve,
    "refuse": approve.refuse,
    "hold": sendings.hold,
    "edit": sendings.edit,
    "note": noting.note,
    "close": noting.close,
    "link": tying.link,
    "unlink": tying.unlink,
    "split": tying.split,
    "merge": tying.merge,
    "done": task_words.done,
    "later": task_words.later,
    "mine": task_words.mine,
    "away": presence.away,
    "back": presence.back,
    "was sent": doubts.was_sent,
    "resume": doubts.resume,
    HELP: helping.help_about,
}

Order = Command | Mailed
"""What a mail may tell the office to do: a command, or rules to put into force."""


def obey(
    office: Office,
    db: Database,
    row: Waiting,
    message: Message,
    placed: Placed,
    order: Order,
    thread: int,
    now: datetime,
) -> str:
    """Do what a mail says, answer it, and return in a sentence what came of it.

    Each thing that is done is an act of whoever wrote, and can be taken back as such.
    """
    sender = placed.sender
    links.to_person(db, row.id, sender.person, now, confirmed=True, how="their address", by=acts.OURSELVES)
    command = order if isinstance(order, Command) else Command("rules", order.line)
    found, fault = about(db, command, placed)
    given = Given(office, db, row.id, message, sender, placed.joined.answered, thread, command, found, now)
    outcome = _rules(given, order) if isinstance(order, Mailed) else _carried_out(given, fault)
    record(given, outcome)
    if isinstance(order, Command):
        echo.answer(given, outcome)
    return " ".join(outcome.lines)


def told(decision: Decision, line: str, said: str) -> Decision:
    """Return the decision on a command with what came of it, as `why` shows it."""
    done = Action("command", (said,), RULE, BUILT_IN, 0, (line,))
    return replace(decision, actions=(*decision.actions, done))


def _carried_out(given: Given, fault: str) -> Outcome:
    command = given.command
    if command.fault and command.verb != HELP:
        given = replace(given, command=replace(command, near=command.verb))
    if command.fault or command.verb == HELP:
        return helping.help_about(given)
    if fault:
        return not_done(fault)
    if command.verb not in ALWAYS and case_words.is_waited_for(given):
        return case_words.give(given)
    verb = of_every_office(command.verb)
    if not verb:
        return case_words.do(given)
    return _of_every_office(replace(given, command=replace(command, verb=verb)))


def _of_every_office(given: Given) -> Outcome:
    """Do what a verb does in every office, where no case gives it a meaning of its own."""
    command, said = given.command, given.command.verb.upper()
    if not may_always(given.office, command.verb, given.sender):
        return not_done(f"{said} is not yours to say here; nothing was done.")
    if command.verb in BY_CODE and not command.code:
        return not_done(f"{said} needs the code that stands in the mail it is about, such as 7KQM-3TVX.")
    do = shown_first(command.verb)
    if do is not None:
        return do(given) if command.code else showing.show(given, do)
    return VERBS[command.verb](given)


def _rules(given: Given, found: Mailed) -> Outcome:
    """Check rules that came by mail; the report with its code is the answer."""
    draft = rule_mail.propose(
        given.office, given.db, given.now, changes=found.changes, by=given.who, person=given.sender.person,
        cause=Cause(given.row, thread=given.thread, at=given.now, answers=given.message), problems=found.problems,
    )  # fmt: skip
    return Outcome((rule_mail.outcome(given.db, draft),))


def record(given: Given, outcome: Outcome) -> None:
    """Write down what came of a command: in the journal, beside what it is about, and for replies to its answer."""
    db, command = given.db, given.command
    found = given.about if outcome.rules is None else About(rules=outcome.rules)
    said = " ".join(outcome.lines)
    store.record(
        db, given.row, given.now, person=given.sender.person, verb=command.verb, line=command.line, note=command.note,
        about=found, outcome=said, done=outcome.done,
    )  # fmt: skip
    verb = command.verb.upper() + (f" {target}" if (target := named(db, found)) else "")
    words = f"{given.who} wrote {verb}" + ("" if outcome.done else ", and nothing was done")
    note = f" (note: {command.note})" if command.note else ""
    journal.write(
        db, given.now, "command", f"{words}: {said}{note}", message=found.message or given.row, case=found.case
    )
    if found.case is not None:
        links.to_case(db, given.row, found.case, given.now, confirmed=True, how="a command about it", by=given.who)
