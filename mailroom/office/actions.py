"""What a rule may have done with a message besides writing mail: cases moved, forms recorded, reminders set, parts
kept apart. One function for each verb, all inside the transaction of the message.

What changes something on somebody's word needs a sender our own server vouches for; from anybody else it becomes a
task (design, section 5). What only protects is done for everybody.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from sqlite_utils import Database

from mailroom.office import cases as engine
from mailroom.office import strip
from mailroom.office.cases import answering
from mailroom.office.office import Office
from mailroom.office.place import Placed
from mailroom.office.working_days import add_working_days
from mailroom.rules.forms import fill
from mailroom.rules.model import Action, Decision
from mailroom.store import cases, journal, keeping, links, outbox, records, reminders, tasks
from mailroom.store.cases import Case

BIN = "Bin"
DUE_AT = time(9)
"""What is due on a day is due at nine (design, section 2)."""


@dataclass(slots=True)
class Doing:
    """A decision while it is carried out."""

    office: Office
    db: Database
    this: engine.Incoming
    placed: Placed
    decision: Decision
    now: datetime
    folder: str = ""
    """Where the message goes; "" stays where it is."""
    apart: str = ""
    """Where it goes whatever else a rule says: nobody files away what is kept apart."""
    settled: set[str] = field(default_factory=set)
    """Cases that a rule has dealt with, and that are not asked again what to do with this message."""

    @property
    def vouched(self) -> bool:
        """Whether somebody of the directory wrote this, as our own server says."""
        return self.this.sender.trust == "verified"

    @property
    def danger(self) -> bool:
        """Whether a person may be at risk."""
        return "danger" in self.decision.flags


def reason(action: Action) -> str:
    """Say which rule and words caused an action: `by rule “Worry” because “frightened”`."""
    words = ", ".join(f"“{word}”" for word in action.words)
    return f"by rule “{action.rule}”" + (f" because {words}" if words else "")


def file_in(doing: Doing, action: Action) -> None:
    """Note the folder; the first that is named counts."""
    doing.folder = doing.folder or action.values[0]


def quarantine(doing: Doing, _: Action) -> None:
    """Set the message apart; the decision has made that its state."""
    doing.apart = doing.apart or "Quarantine"


def move(doing: Doing, action: Action) -> None:
    """Move the one open case of a kind that the message belongs to."""
    kind, stage = action.values
    db, row = doing.db, doing.this.row
    own = [case for case in _own_cases(db, row) if case.kind == kind and not case.final]
    if len(own) != 1:
        found = f"it belongs to {' and '.join(one.ref for one in own)}" if own else "it belongs to no such open case"
        _ask(doing, action, f"asks to move a case ({kind}) to “{stage}”, but {found}")
    elif kind == engine.DANGER:
        _ask(doing, action, f"asks to move {own[0].ref} to “{stage}”, but only a person closes a danger")
    elif not doing.vouched:
        _ask(doing, action, f"asks to move {own[0].ref} to “{stage}”, but the sender is not verified")
    elif own[0].stage != stage:
        engine.move(doing.office, db, own[0], stage, doing.this, reason(action), doing.now)
        doing.settled.add(own[0].ref)


def record(doing: Doing, action: Action) -> None:
    """Keep what the new words fill in of a form, with the message's case where it has one."""
    name, this, db = action.values[0], doing.this, doing.db
    sent = answering.sent_before(db, this.message, None, this.sender.address, this.sender.person)
    near = this.at.astimezone(doing.office.zone).date()
    filled = fill(doing.office.rules.forms[name], this.message.new_text, near, copy=this.message.text, sent=sent)
    if not filled.values:
        _ask(doing, action, f"should fill in the form “{name}”, but none of its lines could be read")
        return
    if not doing.vouched:
        _ask(doing, action, f"fills in the form “{name}”, but the sender is not verified: nothing was recorded")
        return
    own = [case for case in _own_cases(db, this.row) if not case.final]
    case = own[0] if len(own) == 1 else None
    added = records.add(
        db, this.row, name, this.at, said=filled.values, unread=filled.unread, case=case.id if case else None,
        person=this.sender.person,
    )  # fmt: skip
    if added:
        words = f"Recorded the form “{name}” of #{this.row}" + (f" with {case.ref}" if case else "")
        journal.write(
            db, doing.now, "recorded", f"{words}, {reason(action)}.", message=this.row, case=case.id if case else None
        )
    if filled.unread:
        _ask(doing, action, f"fills in the form “{name}”, but not so that I could read: {', '.join(filled.unread)}")


def remind(doing: Doing, action: Action) -> None:
    """Remember whom to tell again, so many working days after the message came."""
    *roles, days, still = action.values
    this, zone = doing.this, doing.office.zone
    day = add_working_days(this.at.astimezone(zone).date(), int(days))
    key = f"{this.row}:{action.file}:{action.line}"
    due = datetime.combine(day, DUE_AT, zone)
    reminders.add(doing.db, key, this.row, roles, due, doing.now, still=still, why=reason(action))


def restrict(doing: Doing, action: Action) -> None:
    """Let only the coordinator see the message: filed apart, and not to be found by its words."""
    keeping.restrict(doing.db, doing.this.row, action.values[0])
    keeping.unindex(doing.db, doing.this.row)
    words = f"#{doing.this.row} is restricted ({action.values[0]}), {reason(action)}."
    journal.write(doing.db, doing.now, "restricted", words, message=doing.this.row)
    doing.apart = keeping.RESTRICTED


def strip_attachments(doing: Doing, action: Action) -> None:
    """Take files out of what is kept; the mail server's copy, which still has them, gets a date for the bin."""
    if strip.take_out(doing.office, doing.db, doing.this, action.values, reason(action), doing.now):
        doing.apart = keeping.RESTRICTED


def bin_in(doing: Doing, action: Action) -> None:
    """Put the message into a bin that is emptied after some days; nothing that may be a danger goes there."""
    row, days = doing.this.row, int(action.values[0])
    if doing.danger:
        words = f"#{row} was not put into the bin {reason(action)}: a person may be at risk."
        journal.write(doing.db, doing.now, "withheld", words, message=row)
        return
    keeping.bin_on(doing.db, row, doing.this.at.astimezone(doing.office.zone).date() + timedelta(days=days))
    doing.folder = BIN


def hold(doing: Doing, action: Action) -> None:
    """Ask the coordinator about the answers that wait for her word; asked last, when they are all written."""
    waiting = len(outbox.held_for(doing.db, doing.this.row))
    if waiting:
        answers = "1 answer waits" if waiting == 1 else f"{waiting} answers wait"
        words = f"#{doing.this.row}: {answers} for your word ({action.values[0]}), {reason(action)}."
        tasks.add(doing.db, f"hold:{doing.this.row}", "coordinator", words, doing.now, message=doing.this.row)


def _own_cases(db: Database, row: int) -> list[Case]:
    """Return the cases a message is confirmed to belong to."""
    return [cases.by_id(db, link.case) for link in links.of_message(db, row) if link.state == "confirmed"]


def _ask(doing: Doing, action: Action, what: str) -> None:
    """Put before a person what a rule would have done, and why it was not."""
    row = doing.this.row
    words = f"#{row} {what} ({reason(action)}). Please look, and decide."
    key = f"{action.verb}:{row}:{action.file}:{action.line}"
    tasks.add(doing.db, key, "coordinator", words, doing.now, message=row)
