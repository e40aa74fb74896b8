"""Tie a message that is being taken to its people and cases, each link confirmed or proposed with its reason.

Filing in a wrong case is a disclosure. Confirmed is an answer to a mail of ours, and a case named in the new words or
the subject by somebody who may file there (`threads.may_file`). All else is proposed, and a person is asked.
"""

from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.message import Message
from mailroom.office import question
from mailroom.office.actions import Doing
from mailroom.office.cases import Incoming
from mailroom.office.place import Placed
from mailroom.office.threads import may_file, named_anew, references
from mailroom.rules.model import Action, Sender
from mailroom.rules.sorting import ANSWERED
from mailroom.rules.words import fold, holds, phrase
from mailroom.store import acts, cases, links, people, tasks
from mailroom.store.cases import Case

MOST: Final = 9
"""Cases one message is proposed to at a time: more is no question that a person answers in a word."""


def link_people(db: Database, this: Incoming, placed: Placed, now: datetime) -> None:
    """Link a message to its sender: confirmed when our own server vouched for the address."""
    sender, copy = this.sender, placed.joined.copy
    if sender.person:
        sure = sender.trust == "verified"
        links.to_person(db, this.row, sender.person, now, confirmed=sure, how="their address", by=acts.OURSELVES)
    elif sender.impostor_of:
        how = "an unknown address bears their name"
        links.to_person(db, this.row, sender.impostor_of, now, confirmed=False, how=how, by=acts.OURSELVES)
    elif sender.trust == "proposed" and copy:
        how = "an unknown address answered the mail we sent to them"
        links.to_person(db, this.row, copy.person, now, confirmed=False, how=how, by=acts.OURSELVES)
        words = (
            f"#{this.row} answers a mail to {people.name_of(db, copy.person)} ({copy.person}) from an address nobody "
            "knows. Ask them, the way you always reach them, whether it is theirs. Nothing was sent to it."
        )
        tasks.add(db, f"identity:{this.row}", "coordinator", words, now, message=this.row, case=copy.case)
        if copy.case:
            links.to_case(db, this.row, copy.case, now, confirmed=False, how=how, by=acts.OURSELVES)


def link_known_cases(db: Database, this: Incoming, placed: Placed, now: datetime) -> None:
    """Link a message to the case it answers, and to those it names."""
    joined = placed.joined
    if joined.ref and (case := cases.by_ref(db, joined.ref)):
        links.to_case(db, this.row, case.id, now, confirmed=True, how=joined.how, by=acts.OURSELVES)
    for ref in joined.candidates:
        how = joined.doubt or f"one of {len(joined.candidates)} cases it may belong to"
        _propose(db, this, cases.by_ref(db, ref), how, now)
    anew = {case.ref for ref in references(named_anew(this.message)) if (case := cases.by_ref(db, ref))}
    named = {case.ref: case for ref in placed.facts.known_refs if (case := cases.by_ref(db, ref))}
    for ref, case in named.items():
        if ref == joined.ref or ref in joined.candidates:
            continue
        doubt = _doubt(db, this, case, alone=len(named) == 1 and not joined.ref, anew=ref in anew)
        if doubt:
            _propose(db, this, case, f"it names {ref}, {doubt}", now)
        else:
            links.to_case(db, this.row, case.id, now, confirmed=True, how=f"it names {ref}", by=acts.OURSELVES)


def _doubt(db: Database, this: Incoming, case: Case, *, alone: bool, anew: bool) -> str:
    """Say why naming a case is not enough, "" when it is."""
    if this.message.authentication.verdict == "fail":
        return "but our own server says that the sender is forged"
    if not may_file(db, this.message, this.sender, case):
        return "but they have no part in it" if this.sender.trust != "claimed" else "but nothing proves the address"
    if not anew:
        return "but only in the subject of what they pass on"
    return "" if alone else "and another case as well"


def link_by_rule(doing: Doing, action: Action) -> None:
    """Propose the open cases of a kind because a rule says so: those at a place the message names, or all.

    Confirmed is only what changes nothing for anybody: a member who is kept out of a place writes about that place.
    """
    db, this, now = doing.db, doing.this, doing.now
    kind = action.values[0]
    if kind == ANSWERED or any(cases.by_id(db, link.case).kind == kind for link in links.of_message(db, this.row)):
        return
    open_ones = [case for case in cases.still_open(db, kind) if links.state_of(db, this.row, case.id) != "refused"]
    named = [case for case in open_ones if case.place and names_place(this.message, case.place)]
    if len(named) == 1 and _kept_out_of(this.sender, named[0]):
        how = f"it is about {named[0].place}, where they have declared an interest, and is kept apart"
        links.to_case(db, this.row, named[0].id, now, confirmed=True, how=how, by=acts.OURSELVES)
        return
    for case in (named or open_ones)[-MOST:]:
        _propose(db, this, case, _likeness(db, this.sender, case, len(open_ones), at_place=case in named), now)


def _likeness(db: Database, sender: Sender, case: Case, how_many: int, *, at_place: bool) -> str:
    asked = links.takes_part(db, case.id, sender.address, sender.person)
    one = f"the only open {case.kind}" if how_many == 1 else f"one of {how_many} open cases"
    place = f"it names {case.place}, and this is " if at_place else ""
    return f"{place}{one}, {'and they were asked about it' if asked else 'but they were not asked about it'}"


def _kept_out_of(sender: Sender, case: Case) -> bool:
    places = {place.casefold() for place in sender.recused_for}
    return sender.trust == "verified" and case.place.casefold() in places


def names_place(message: Message, place: str) -> bool:
    """Tell whether the newly written words or the subject name a place, as whole words."""
    wanted = phrase(place)
    texts = (message.subject, message.new_text)
    return wanted is not None and any(holds(fold(text), "contains", wanted) for text in texts)


def ask(doing: Doing) -> None:
    """Ask a person about all that is proposed; of an address nobody knows it is asked first whose it is."""
    this = doing.this
    if this.sender.trust == "proposed":
        return
    forged = bool(doing.decision.quarantine) or this.message.authentication.verdict == "fail"
    question.ask(doing.office, doing.db, this.sender, this.cause(None, ""), doing.now, by_mail=not forged)


def _propose(db: Database, this: Incoming, case: Case | None, how: str, now: datetime) -> None:
    if case is not None:
        links.to_case(db, this.row, case.id, now, confirmed=False, how=how, by=acts.OURSELVES)
