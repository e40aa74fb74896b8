"""What follows when a person moves a message in a mail program: the folder says what it is, and she is told once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote

from sqlite_utils import Database

from mailroom.office import mail, suggesting
from mailroom.office.corrections import Corrected, reclassify
from mailroom.office.mail import Cause
from mailroom.office.office import Office
from mailroom.office.put_away import is_put_away
from mailroom.office.undo import who
from mailroom.rules import filing
from mailroom.rules.commands import CONTROL
from mailroom.rules.view import View
from mailroom.rules.vocabulary import CLASSES
from mailroom.store import acts, corrected, journal, messages, people, places, readings, tasks
from mailroom.store.corrected import Decided
from mailroom.store.places import Spot

ECHO: Final = "notice/moved"
MOST_NAMED: Final = 10
"""Moves named in one mail; the rest are counted, and the journal names them all."""
MOST_SAID: Final = 20
UNNAMED: Final = "somebody in the mail program"


@dataclass(frozen=True, slots=True)
class ByHand:
    """One message that a person moved: from which folder, and where it lies now."""

    message: int
    source: str
    spot: Spot
    put_away: bool = False
    """The folder says nothing: it is for what was thrown or put away."""


@dataclass(slots=True)
class Told:
    """What the one mail about some moves will say."""

    lines: list[str] = field(default_factory=list)
    reversed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    to_do: list[str] = field(default_factory=list)
    questions: list[dict[str, str]] = field(default_factory=list)
    corrected: list[int] = field(default_factory=list)


def take_over(office: Office, db: Database, now: datetime, moves: Sequence[ByHand]) -> tuple[int, ...]:
    """Take over what a person has moved, and return the messages that have another class because of it.

    Whoever coordinates gets one mail about all of it, when there is anything to say.
    """
    told, by = Told(), mover(db)
    for move in moves:
        _take_over(office, db, now, by, move, told)
    if told.lines or told.questions:
        _echo(office, db, now, moves[0].message, told)
    return tuple(told.corrected)


def mover(db: Database) -> str:
    """Return whose hand it was: the coordinator's, where one person is that, as the mail server does not tell."""
    holders = people.holders(db, "coordinator")
    return holders[0] if len(holders) == 1 else UNNAMED


def _take_over(office: Office, db: Database, now: datetime, by: str, move: ByHand, told: Told) -> None:
    before = corrected.decided(db, move.message)
    places.put(db, move.message, move.spot)
    inbox = office.config.imap.inbox
    folder = "" if move.spot.folder == inbox else move.spot.folder
    how = f"by moving it to {move.spot.folder}"
    if move.put_away or (not folder and is_put_away(move.source)):
        _only_lies(db, now, by, move, folder, "Nothing is learned from that.")
        return
    classes = filing.classes_in(office.rules, folder)
    if (folder and not classes) or before.class_ in classes or CONTROL in classes:
        _only_lies(db, now, by, move, folder, "Its class stays as it is.")
        return
    class_ = "" if not folder else _which(office, db, move.message, classes)
    if folder and not class_:
        _only_lies(db, now, by, move, folder, "What it is now was asked.")
        _ask(office, db, now, move, classes, told)
        return
    if class_ == before.class_ == "":
        _only_lies(db, now, by, move, folder, "No rule knew what it is.")
        return
    done = reclassify(office, db, now, move.message, class_, by, how, folder)
    if done.refused:
        _only_lies(db, now, by, move, folder, done.refused)
        told.lines.append(f"You moved #{move.message} to {move.spot.folder}. {done.refused}")
        return
    told.corrected.append(move.message)
    _tell(told, move, before, done)


def _only_lies(db: Database, now: datetime, by: str, move: ByHand, folder: str, words: str) -> None:
    """Record that a message lies elsewhere by a person's will, and that this is all."""
    said = f"{who(db, by)} moved #{move.message} from {move.source} to {move.spot.folder}. {words}"
    with acts.recording(db, now, by, "moved by hand", said, message=move.message):
        messages.set_folder(db, move.message, folder)
    journal.write(db, now, "moved", said, message=move.message)


def _which(office: Office, db: Database, message: int, classes: Sequence[str]) -> str:
    """Return the class a folder means for a message, "" where several are filed there and none is clearly nearest."""
    if len(classes) == 1:
        return classes[0]
    reading = readings.one(db, message)
    if reading is None or reading.message is None or reading.facts is None:
        return ""
    near = suggesting.nearest(office, db).suggest(View(reading.message, reading.facts), {})
    return near[0].class_ if near and near[0].class_ in classes else ""


def _ask(office: Office, db: Database, now: datetime, move: ByHand, classes: Sequence[str], told: Told) -> None:
    number, folder = f"#{move.message}", move.spot.folder
    for one in classes:
        command = f"CLASS {one} {number}"
        told.questions.append(
            {
                "number": number,
                "folder": folder,
                "class": one,
                "means": CLASSES[one],
                "command": command,
                "link": _mailto(office, command),
            }
        )
    words = f"{number} was moved to {folder}, where {' and '.join(classes)} are filed. Please say which it is."
    tasks.look_again(db, move.message, words, now)


def _tell(told: Told, move: ByHand, before: Decided, done: Corrected) -> None:
    was = before.class_ or "nothing any rule knows"
    if done.after:
        told.lines.append(f"#{move.message} is {done.after} now, as you moved it to {move.spot.folder}; it was {was}.")
    else:
        told.lines.append(f"#{move.message} is not {was}, as you moved it back to the inbox. What is it, please?")
    told.reversed += done.reversed
    told.kept += done.kept
    told.to_do += done.to_do


def _echo(office: Office, db: Database, now: datetime, first: int, told: Told) -> None:
    """Write the one mail. Where it is about one message, an answer to it speaks of that one."""
    about = {*told.corrected, *(int(row["number"][1:]) for row in told.questions)}
    one = next(iter(about)) if len(about) == 1 and len(told.lines) <= 1 else None
    undo = f"UNDO #{one}" if told.corrected and one is not None else ""
    more = len(told.lines) - MOST_NAMED
    variables = {
        "lines": told.lines[:MOST_NAMED],
        "more": str(more) if more > 0 else "",
        "questions": told.questions[:MOST_NAMED],
        "reversed": told.reversed[:MOST_SAID],
        "kept": told.kept[:MOST_SAID],
        "to_do": told.to_do[:MOST_SAID],
        "undo_words": undo,
        "undo_link": _mailto(office, undo) if undo else "",
    }
    act = acts.of_message(db, first)[-1].id
    mail.to_role(
        office, db, now, key=f"moves:{act}", role="coordinator", template=ECHO, kind="notice", variables=variables,
        cause=Cause(message=one),
    )  # fmt: skip


def _mailto(office: Office, words: str) -> str:
    return f"mailto:{office.config.office.mailbox}?subject={quote(words)}"
