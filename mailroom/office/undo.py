"""Undo: take back the last act on a message or a case, in the reverse order of what it did, or say why not.

Rows go back to what they were; a mail that went out, a file that was taken out and what somebody was told do not, and
are named. A case that the act opened ends as “undone”, so that its reference is never given to another. The undo is
an act itself, and what it changes is noted with it: taking back a correction brings back what the correction undid.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.errors import MailroomError
from mailroom.office import wording
from mailroom.office.cases import DANGER
from mailroom.office.office import Office
from mailroom.office.taking_back import Undoing
from mailroom.store import acts, cases, journal, links, messages, people, tasks
from mailroom.store.acts import Act, Change

BACK: Final = "it is as it was before"
UNSENT: Final = "it is cancelled, unless it has gone: then it is named"
FOR_GOOD: Final = "it stays, and is named"

OF_VERB: Final[Mapping[str, str]] = {
    "class": BACK,
    "flag": BACK,
    "file in": BACK,
    "quarantine": BACK,
    "restrict": BACK,
    "bin in": BACK,
    "open": BACK,
    "link": BACK,
    "move": BACK,
    "record": BACK,
    "remind": BACK,
    "hold": BACK,
    "reply with": UNSENT,
    "tell": UNSENT,
    "forward to": UNSENT,
    "do not index": FOR_GOOD,
    "strip attachments": FOR_GOOD,
}
"""What an undo does with each action of the rule language. No action may be without an answer (invariant 12)."""


class NotUndone(MailroomError):
    """Something can't be taken back; the sentence says why, to the person who asked."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, a sentence each, and what could not be."""

    act: int
    reversed: tuple[str, ...]
    kept: tuple[str, ...]


def undo(
    office: Office,
    db: Database,
    now: datetime,
    by: str,
    *,
    message: int | None = None,
    case: int | None = None,
    act: int | None = None,
) -> Undone:
    """Take back the last act on a message or a case, or the act that is named; all of it or nothing.

    Raises:
        NotUndone: there is none, it was taken back before, something has happened since, or a person may be at risk.

    """
    found = acts.by_id(db, act) if act is not None else acts.last(db, message=message, case=case)
    target = _may_be_undone(office, db, found, message=message, case=case)
    parts = acts.parts(db, target.id)
    changed = acts.changes(db, parts)
    _nothing_since(office, db, target, parts, changed)
    try:
        with db.atomic():
            return _take_back(office, db, now, by, target, parts, changed)
    except sqlite3.IntegrityError as error:
        raise NotUndone("It no longer fits what has happened since, so it can't be taken back.") from error


def _may_be_undone(office: Office, db: Database, found: Act | None, *, message: int | None, case: int | None) -> Act:
    if found is None:
        what = f"#{message}" if message is not None else cases.by_id(db, case).ref if case is not None else "that"
        raise NotUndone(f"Nothing was done with {what} that could be taken back.")
    if found.kind == acts.UNDO:
        raise NotUndone("That was an undo itself. Please say what is to be done instead.")
    if found.undone_at:
        when = wording.moment(moment(found.undone_at), office.zone)
        raise NotUndone(f"That was taken back already, by {who(db, found.undone_by)} on {when}.")
    return found


def _nothing_since(office: Office, db: Database, target: Act, parts: Sequence[int], changed: Sequence[Change]) -> None:
    """Refuse where a danger is open, or where something has happened since to what the act was about."""
    about = {one.row for one in changed if one.table == "messages"} | ({target.message} - {None})
    rows = sorted(row for row in about if row is not None)
    own = sorted({one.row for one in changed if one.table == "cases"})
    if red := _danger(db, rows, own):
        raise NotUndone(
            f"{red} is about a danger that is still open. An undo never lowers one: only a person closes it."
        )
    later = acts.since(db, parts, rows, own)
    if later is not None:
        when = wording.moment(moment(later.at), office.zone)
        raise NotUndone(f"Something has happened since, on {when}: {later.words} So it can't be taken back any more.")


def _danger(db: Database, rows: Sequence[int], own: Sequence[int]) -> str:
    """Return what says that a person may still be at risk, "" when nothing does."""
    linked = [link.case for row in rows for link in links.of_message(db, row) if link.state == "confirmed"]
    found = [cases.by_id(db, case) for case in (*own, *linked)]
    dangers = [case for case in found if case.kind == DANGER]
    if red := next((case.ref for case in dangers if not case.final), ""):
        return red
    return next((f"#{row}" for row in rows if not dangers and DANGER in messages.flags(db, row)), "")


def _take_back(
    office: Office,
    db: Database,
    now: datetime,
    by: str,
    target: Act,
    parts: Sequence[int],
    changed: Sequence[Change],
) -> Undone:
    name = who(db, by)
    around = acts.acting(db)
    with acts.recording(
        db, now, by, acts.UNDO, f"{name} took back: {target.words}", message=target.message, case=target.case
    ):
        undoing = Undoing(db, office.zone, now, f"{name} took it back")
        for change in changed:
            undoing.take_back(change)
        undoing.close_cases()
        acts.undone(db, parts, now, by)
        for row in undoing.without_class():
            if not any((one := acts.by_id(db, act)) and one.message == row for act in around):
                words = f"#{row} has no class now: {name} took back what was done with it. Please look."
                tasks.look_again(db, row, words, now)
        journal.write(db, now, "undone", f"{name} took back: {target.words}", message=target.message, case=target.case)
    return Undone(target.id, undoing.reversed, undoing.kept)


def who(db: Database, by: str) -> str:
    """Return a person's name, or who else it was."""
    return people.name_of(db, by) or by
