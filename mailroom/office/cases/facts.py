"""The facts of a case: read from its messages, set by its file, asked of a person while unknown, shown in words."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from mailroom.clock import moment, stamp
from mailroom.office import wording
from mailroom.office.cases import readers
from mailroom.office.cases.incoming import Incoming
from mailroom.office.cases.readers import Text
from mailroom.office.cases.scene import Scene
from mailroom.office.office import Office
from mailroom.rules.cases import Reading
from mailroom.rules.words import fold, holds
from mailroom.store import case_facts, cases, people, tasks

LIST_ENDING = " words"
"""A fact kept apart by this ending, such as `health words`, holds those words of the list that the message holds."""


def text_of(office: Office, db: Database, this: Incoming, roles: Sequence[str] = ()) -> Text:
    """Return a message as facts are read from it."""
    holders = {role: [people.name_of(db, one) for one in people.holders(db, role)] for role in roles}
    return Text(
        this.message.subject, this.message.new_text, this.at, office.zone, people.places(db), office.rules.lists,
        holders,
    )  # fmt: skip


def place_in(text: Text) -> str:
    """Return the place a message names, "" where it names none the office knows."""
    return readers.read(Reading("place", "a place"), text)


def read(scene: Scene, wanted: Sequence[Reading]) -> None:
    """Read facts from the message at hand; what it does not say stays as it is."""
    if scene.this is None:
        return
    roles = [role for one in wanted if one.reader == "about" for role in one.choices]
    text = text_of(scene.office, scene.db, scene.this, roles)
    for one in wanted:
        if value := readers.read(one, text):
            learn(scene, one.fact, value)


def read_opening(scene: Scene, given: Mapping[str, str]) -> None:
    """Read what the opening message says of the facts the file asks for; what the case is handed counts before it.

    A fact that is kept apart and that no line reads holds the words of its list, such as those about health.
    """
    read(scene, scene.process.read)
    _read_apart(scene)
    for fact, value in given.items():
        learn(scene, fact, value)


def fill_in(scene: Scene, said: Mapping[str, str]) -> None:
    """Take labelled lines for facts that the file reads; what can't be read so is left out."""
    for one in scene.process.read:
        if one.fact in said:
            text = Text("", f"{one.fact}: {said[one.fact]}", scene.now, scene.office.zone)
            if value := readers.labelled(one, text):
                learn(scene, one.fact, value)


def ask_unknown(scene: Scene, role: str) -> None:
    """Ask a role for the facts that the opening message does not say."""
    known = scene.facts
    unknown = [one.fact for one in scene.process.read if one.fact not in known and one.reader != "yes or no"]
    this = scene.this
    if this is not None and unknown:
        words = f"{scene.case.ref}: #{this.row} does not say plainly: {', '.join(unknown)}. Please look, and say."
        tasks.add(
            scene.db, f"case:{scene.case.ref}:facts", role, words, scene.now, message=this.row,
            case=scene.case.id,
        )  # fmt: skip


def _read_apart(scene: Scene) -> None:
    this, by_line = scene.this, {one.fact for one in scene.process.read}
    if this is None:
        return
    folded = fold(f"{this.message.subject}\n\n{this.message.new_text}")
    for kept in scene.process.apart:
        if kept.fact in by_line or not kept.fact.endswith(LIST_ENDING):
            continue
        phrases = scene.office.rules.lists.get(kept.fact.removesuffix(LIST_ENDING), ())
        if found := [one.written for one in phrases if holds(folded, "contains", one)]:
            learn(scene, kept.fact, ", ".join(found))


def learn(scene: Scene, fact: str, value: str) -> None:
    """Write a fact down; a day by which something is due is the day the case is due."""
    role = next((kept.role for kept in scene.process.apart if kept.fact == fact), "")
    before = case_facts.known(scene.db, scene.case.id).get(fact)
    if value == before:
        return
    case_facts.put(scene.db, scene.case.id, fact, value, role=role)
    if not role and (fact == "due" or fact.endswith(" due")):
        case_facts.due(scene.db, scene.case.id, value[:10] if value[:4].isdigit() else None)
    scene.case = cases.by_id(scene.db, scene.case.id)
    scene.learned = True


def of_form(scene: Scene, field: str) -> str:
    """Return what the form at hand says under a label: a day and a time in it become a moment."""
    filled = scene.filled
    if filled is None:
        return ""
    said = filled.values.get(field, "")
    if at := _moment_in(said, scene):
        return stamp(at)
    return said


def _moment_in(said: str, scene: Scene) -> datetime | None:
    """Read `Wed 13 Jan 12:00` or `2027-01-13 12:00`; None for what is no moment."""
    text = Text("", said, scene.at, scene.office.zone)
    if readers.day_in(said, text.today) is None:
        return None
    value = readers.read(Reading("", "a time"), text)
    return moment(value) if value else None


def written(at: datetime, zone: ZoneInfo, *, whole_days: bool) -> str:
    """Write a moment as a fact: a day where days are counted, else the moment itself."""
    return at.astimezone(zone).date().isoformat() if whole_days else stamp(at)


def day_of(value: str, zone: ZoneInfo) -> date | None:
    """Return the day a fact names, None where it names none."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            return None
    return at.astimezone(zone).date() if at.tzinfo else at.date()


def in_words(value: str, zone: ZoneInfo) -> str:
    """Say a fact as a letter does: `Wednesday 13 January 2027, 12:00` for a moment; words as they are."""
    head, _, hours = value.partition(" ")
    try:
        if len(head) == len("2027-01-13"):
            day = wording.day(date.fromisoformat(head))
            return f"{day}, {hours.replace('-', ' to ')}" if hours and _is_hours(hours) else day if not hours else value
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return wording.moment(at, zone) if at.tzinfo else value


def _is_hours(words: str) -> bool:
    begins, _, ends = words.partition("-")
    try:
        return time.fromisoformat(begins) < time.fromisoformat(ends)
    except ValueError:
        return False
