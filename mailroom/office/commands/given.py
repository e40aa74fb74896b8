"""A command at work: who gave it, what it is about, and what came of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from mailroom.message import Message
from mailroom.office.commands.coded import case_of
from mailroom.office.office import Office
from mailroom.office.place import Placed
from mailroom.rules.commands import CONTROL, NUMBERED_APART, Command
from mailroom.rules.commands.below import signed_off
from mailroom.rules.commands.verbs import roles_of, verb_of
from mailroom.rules.lines import typewritten
from mailroom.rules.model import Sender
from mailroom.store import case_facts, cases, codes, views
from mailroom.store import commands as store
from mailroom.store.commands import NOTHING, About
from mailroom.store.outbox import Ours


@dataclass(frozen=True, slots=True)
class Given:
    """One command: `row` is the message that gives it, `answered` the mail of ours which that message answers."""

    office: Office
    db: Database
    row: int
    message: Message
    sender: Sender
    answered: Ours | None
    thread: int
    command: Command
    about: About
    now: datetime

    @property
    def who(self) -> str:
        """The name of whoever gives it, for the journal and the history."""
        return self.sender.name or self.sender.person


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command. `lines` are sentences for whoever gave it; `undo` is the command that takes it back."""

    lines: tuple[str, ...]
    done: bool = True
    kept: tuple[str, ...] = ()
    undo: str = ""
    template: str = "notice/done"
    variables: Mapping[str, object] = field(default_factory=dict)
    rules: int | None = None
    """The set of rules it put into force."""


def rows_below(given: Given) -> list[str]:
    """Return the rows newly written below the command, as they are, down to its sender's own name."""
    rows = given.message.new_text.split("\n")
    at = next((n for n, row in enumerate(rows) if typewritten(row).strip() == given.command.line), -1)
    return signed_off(rows[at + 1 :], given.sender.name)


def not_done(sentence: str) -> Outcome:
    """Say why nothing was done."""
    return Outcome((sentence,), done=False)


def about(db: Database, command: Command, placed: Placed) -> tuple[About, str]:
    """Return what a command is about, and "" or why that can't be told: named in it, else in the mail it answers.

    What is hidden from its sender is not there for them.
    """
    found, fault = _meant(db, command, placed)
    for name, one in _all_named(db, command, found):
        if hidden(db, placed.sender, one.case, one.message):
            return About(), f"There is no {name} in this office."
    return found, fault


def hidden(db: Database, sender: Sender, case: int | None, message: int | None = None) -> bool:
    """Tell whether somebody is to see nothing of a case, or of what a message belongs to."""
    return bool(case_facts.concealed_from(db, case, message) & roles_of(sender))


def _all_named(db: Database, command: Command, found: About) -> Iterator[tuple[str, About]]:
    """Give all that a command is about or names, each with what its sender calls it: LINK and MERGE name two."""
    for ref in (command.ref, command.into):
        if case := cases.by_ref(db, ref) if ref else None:
            yield f"case {ref}", About(case=case.id)
    if not NUMBERED_APART.get(command.verb, ""):
        yield from ((f"message #{one}", About(message=one)) for one in command.numbers)
    yield f"message #{command.number}" if command.number is not None else "such case", found


def _meant(db: Database, command: Command, placed: Placed) -> tuple[About, str]:
    apart = NUMBERED_APART.get(command.verb, "")
    if command.number is not None and not apart:
        return _message(db, command.number)
    if command.ref:
        case = cases.by_ref(db, command.ref)
        return (About(case=case.id), "") if case else (About(), f"There is no case {command.ref} in this office.")
    answered = placed.joined.answered
    if answered is None:
        return _by_code(db, command, placed.sender), ""
    cause = store.cause_of(db, answered.id)
    before = store.about(db, cause.message) if cause.message is not None else None
    found = before if before is not None and before != NOTHING else cause
    return (found if found != NOTHING else _by_code(db, command, placed.sender)), ""


def _by_code(db: Database, command: Command, sender: Sender) -> About:
    """Return the case that a code names, where nothing else does: it is that of its draft, so no reference is needed.

    A word of every office looks up its draft itself, unless it is the case's own code that it came with. The code of
    a case that is hidden from its sender names nothing: it is answered as one that was never given.
    """
    code = codes.look(db, command.code) if command.code else None
    if code is None or code.person != sender.person or (code.about != "case" and verb_of(command.verb) is not None):
        return About()
    case = case_of(db, code)
    return NOTHING if hidden(db, sender, case) else About(case=case)


def choices(classes: Iterable[str]) -> list[str]:
    """Return the classes a person is offered for a message, in the order that 1, 2 and 3 count: any but a command's."""
    return [one for one in classes if one != CONTROL]


def named(db: Database, found: About) -> str:
    """Name what a command is about: `#412`, `INC-2031-004`, or "" for nothing."""
    if found.message is not None:
        return f"#{found.message}"
    return cases.by_id(db, found.case).ref if found.case is not None else ""


def _message(db: Database, number: int) -> tuple[About, str]:
    try:
        views.message(db, number)
    except LookupError:
        return About(), f"There is no message #{number} in this office."
    return store.about(db, number) or About(message=number), ""
