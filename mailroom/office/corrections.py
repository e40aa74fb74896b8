"""A person says what a message is: by moving it in a mail program, or by a command. What she says counts.

What followed from the old class is taken back where it can be; whom a message is from and which thread and case it
answers do not hang on the class and stay. A danger is never lowered, and nothing is sent because of a correction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.office.act import UNINDEXED
from mailroom.office.office import Office
from mailroom.office.undo import NotUndone, undo, who
from mailroom.rules import filing
from mailroom.rules.commands import CONTROL
from mailroom.rules.priority import priority
from mailroom.store import acts, confirmed, corrected, journal, keeping, messages, readings, tasks
from mailroom.store.corrected import Decided

DANGER: Final = "danger"
SORTED: Final = "sorted"
"""The kind of the act that carries out what the rules decided."""
_APART: Final = frozenset({"quarantined", "restricted"})


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a correction did, in sentences: what was taken back, what could not be, and what it left to a person.

    `refused` says why nothing was done, "" when it was.
    """

    act: int | None = None
    before: str = ""
    after: str = ""
    reversed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    to_do: tuple[str, ...] = ()
    refused: str = ""


def reclassify(
    office: Office,
    db: Database,
    now: datetime,
    message: int,
    class_: str,
    by: str,
    how: str,
    folder: str | None = None,
) -> Corrected:
    """Give a message the class a person says it has; `class_` "" says only that it is not what it was taken for.

    `how` tells how she said it: “by mail”, “by moving it to Concerns”. `folder` is where she has put it; None files
    it where the rules file its class. The suggestions learn from it.
    """
    before = corrected.decided(db, message)
    if reason := _refusal(message, before, class_):
        return Corrected(before=before.class_, after=before.class_, refused=reason)
    if class_ == before.class_ and folder is None:
        _learn(db, before, message, class_, by, now)
        return Corrected(before=class_, after=class_)
    name = who(db, by)
    words = f"{name} says, {how}, that #{message} is {_named(class_)}; it was {_named(before.class_)}."
    with acts.recording(db, now, by, "corrected", words, message=message) as act:
        taken_back = _take_back(office, db, now, by, message)
        target = _target(office, db, message, before, class_) if folder is None else folder
        found = priority(class_, [flag for flag in before.flags if flag not in before.rule_flags])
        corrected.decide(db, message, before, class_, target, found)
        if before.state in _APART and class_:
            keeping.set_state(db, message, "filed" if before.filed else "handled")
        _learn(db, before, message, class_, by, now)
        _findable(db, message, before.class_, class_)
        if class_:
            tasks.done(db, f"look:{message}", now)
        else:
            tasks.look_again(
                db, message, f"{name} says that #{message} is not {_named(before.class_)}. Please look.", now
            )
        journal.write(db, now, "corrected", words, message=message)
        to_do = _left_to_do(office, db, now, message, class_, target)
    return Corrected(act, before.class_, class_, taken_back.reversed, taken_back.kept, to_do)


def _refusal(message: int, before: Decided, class_: str) -> str:
    """Say why a person cannot correct this message so, "" when she can."""
    if before.state in {"received", "stuck"} or not before.read:
        return f"#{message} has not been read, so it keeps no class."
    if before.state == "restricted":
        return f"#{message} is restricted; it stays so until a person releases it."
    if class_ != before.class_ and (DANGER in before.flags or before.class_ == DANGER):
        return f"#{message} stays a danger: only a person closes one, in its case."
    if class_ != before.class_ and CONTROL in (class_, before.class_):
        return f"#{message} stays {_named(before.class_)}: a command is a command, and nothing else becomes one."
    return ""


@dataclass(frozen=True, slots=True)
class _Back:
    reversed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def _take_back(office: Office, db: Database, now: datetime, by: str, message: int) -> _Back:
    """Take back what followed from the rules' decision, once; what does not hang on the class is put there again."""
    sorted_ = next((act for act in acts.of_message(db, message) if act.kind == SORTED and not act.undone_at), None)
    if sorted_ is None:
        return _Back()
    standing = corrected.standing(db, message)
    try:
        done = undo(office, db, now, by, act=sorted_.id)
    except NotUndone as error:
        return _Back(kept=(f"What had followed stays as it is. {error}",))
    again = corrected.put_back(db, standing)
    return _Back(_worth_saying(done.reversed, message, again), done.kept)


def _target(office: Office, db: Database, message: int, before: Decided, class_: str) -> str:
    """Return where a message goes: to the folder of its class, and what is nothing known to the inbox.

    One whose files were taken out stays: the mail server's copy still has them.
    """
    if journal.tells(db, "stripped", message):
        return before.folder
    return (filing.folder_of(office.rules, class_) or before.folder) if class_ else ""


def _worth_saying(lines: Sequence[str], message: int, again: Sequence[str]) -> tuple[str, ...]:
    """Leave out what the correction says anyway, and what was put back."""
    own = (f"#{message} has no class", f"#{message} is ", f"#{message} goes back", "A task is withdrawn: No rule knew")
    kept = [line for line in lines if not line.startswith(own) or "linked" in line]
    return tuple(line for line in kept if not any(one in line for one in again))


def _learn(db: Database, before: Decided, message: int, class_: str, by: str, now: datetime) -> None:
    """Remember what she said; of a mail that was set apart nothing is learned, as it may not be what it says."""
    if class_ and before.state not in _APART:
        confirmed.remember(db, message, class_, by, now)
    else:
        confirmed.forget(db, message)


def _findable(db: Database, message: int, before: str, class_: str) -> None:
    """Take a message out of the search, or into it, as its class asks."""
    if class_ in UNINDEXED:
        keeping.unindex(db, message)
    elif before in UNINDEXED and (reading := readings.one(db, message)) and reading.message is not None:
        messages.index(db, message, reading.message.subject, reading.message.new_text)


def _left_to_do(office: Office, db: Database, now: datetime, message: int, class_: str, folder: str) -> tuple[str, ...]:
    """Say what the rules would have done for this class: nothing of it is done on the strength of a move."""
    rule = filing.rule_for(office.rules, class_, folder) if class_ else None
    kinds = [action.values[0] for action in rule.actions if action.verb == "open"] if rule else []
    kinds += [DANGER] if class_ == DANGER and DANGER not in kinds else []
    lines = [f"No case ({kind}) was opened for #{message}; please open one if it needs it." for kind in kinds]
    if class_ == DANGER:
        lines[-1] = f"Nobody was alerted to #{message}, and no case was opened. If a person may be at risk, ring now."
    for kind, line in zip(kinds, lines, strict=True):
        tasks.add(db, f"todo:{message}:{kind}", "coordinator", line, now, message=message)
    if rule and any(action.verb in {"open", "reply with", "tell", "forward to"} for action in rule.actions):
        lines.append(f"Nobody was written to about #{message}: a correction sends nothing.")
    return tuple(lines)


def _named(class_: str) -> str:
    return class_ or "nothing any rule knows"
