"""A form that a case waits for, as it comes by mail: read, kept with what was said before, asked back, or complete.

What can't be read is asked back in one mail, twice at most; then a person is asked to look. A whole form is an event
of the case; part of one is kept, and whatever comes next fills the gaps.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.message import Message
from mailroom.office import mail
from mailroom.office.cases import form_rows, readers, sending
from mailroom.office.cases.scene import Scene
from mailroom.office.office import Office
from mailroom.office.plain import all_words
from mailroom.rules.cases import OnForm, is_from
from mailroom.rules.cases.step import places_of
from mailroom.rules.forms import Filled, Form, fill, merged
from mailroom.store import cases, held, journal, messages, outbox, people, records, tasks, views
from mailroom.store.cases import Case
from mailroom.store.records import Record

ASKING: Final = ("forms/ask-again", "forms/ask-once-more")
"""What is sent after the first and after the second answer that leaves something open; then a person looks."""

MOST_SHOWN: Final = 200
"""Characters of an answer that could not be read, as it is shown to whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A form that a message fills in: what it says itself, and what is known with what was said before."""

    form: Form
    own: Filled
    whole: Filled
    before: Record | None = None


def reply(scene: Scene) -> Reply | None:
    """Return the form that a message fills in, of those its case waits for from this sender."""
    this, who = scene.this, scene.who
    if this is None or who is None or this.message.kind != "person":
        return None
    for place in places_of(scene.process, scene.case.stage):
        for when in place.whens:
            trigger = when.trigger
            if isinstance(trigger, OnForm) and is_from(trigger.from_, who):
                made = scene.office.rules.forms.get(trigger.form)
                found = _filled(scene, made) if made is not None else None
                if found is not None:
                    return found
    return None


def settle(scene: Scene, came: Reply) -> bool:
    """Keep what a message fills in; True when the form is whole, else what is missing has been asked for."""
    this = scene.this
    if this is None:
        return False
    said = came.before.said if came.before is not None else {}
    changed = [label for label, value in came.own.values.items() if said.get(label, value) != value]
    records.keep(
        scene.db, this.row, came.form.name, this.at, said=came.whole.values, unread=came.whole.unread,
        case=scene.case.id, person=this.sender.person,
    )  # fmt: skip
    _note(scene, came, changed)
    if not came.whole.unread:
        return True
    _ask_back(scene, came)
    return False


def too_late(scene: Scene) -> None:
    """Put before the owner what a message says otherwise than a form that the case has gone on with."""
    this = scene.this
    if this is None or this.message.kind != "person":
        return
    for form in scene.office.rules.forms.values():
        before = _before(scene, form.name)
        if before is None or before.unread:
            continue
        own = _read(scene, form)
        changed = [label for label, value in own.values.items() if before.said.get(label) != value]
        if not changed:
            continue
        words = (
            f"{scene.case.ref}: #{this.row} fills in the form “{form.title}” otherwise ({_quoted(changed)}), and"
            " the case has gone on since. Please look, and decide."
        )
        for role in sending.owners(scene)[:1]:
            tasks.add(
                scene.db, f"form:{scene.case.ref}:{this.row}", role, words, scene.now, message=this.row,
                case=scene.case.id,
            )  # fmt: skip
        return


def filled_in(form: Form, text: str, near: date | None = None, *, copy: str = "", sent: str = "") -> Filled:
    """Fill a form from a mail, forgiving: “I have read and agree to it” answers the line “Read and agree”."""
    filled = fill(form, text, near, copy=copy, sent=sent)
    said = {
        one.label: "yes"
        for one in form.fields
        if one.label in filled.unread
        and one.label not in filled.unclear
        and one.reader == "yes or no"
        and readers.phrase_stands(text, one.label)
    }
    values = {**filled.values, **said}
    ordered = {one.label: values[one.label] for one in form.fields if one.label in values}
    return Filled(ordered, tuple(label for label in filled.unread if label not in said), filled.unclear)


def sent_before(db: Database, message: Message, case: int | None, address: str, person: str) -> str:
    """Return what we had sent to somebody that a message answers: the mail it names, and their last of the case."""
    named = [found.id for one in (message.in_reply_to, *reversed(message.references)) if (found := _ours(db, one))]
    theirs = [row for row in named if _is_theirs(db, row, address, person)]
    lately = views.sent_to(db, case, address) if case is not None else []
    return "\n".join(all_words(held.by_id(db, row).mime) for row in dict.fromkeys((*theirs, *lately)))


def shown(office: Office, db: Database, case: Case) -> list[dict[str, object]]:
    """Return what was filled in about a case, the oldest first; of what is kept apart only that it was said."""
    process = office.rules.cases.get(case.kind)
    apart = {one.fact for one in process.apart} if process is not None else set[str]()
    return [
        {
            "message": f"#{one.message}", "at": one.at, "form": one.form, "person": one.person or None,
            "said": {label: "(kept apart)" if label in apart else value for label, value in one.said.items()},
            "unread": list(one.unread),
        }
        for one in records.of_case(db, case.id)
    ]  # fmt: skip


def _filled(scene: Scene, form: Form) -> Reply | None:
    before = _before(scene, form.name)
    if before is not None and before.unread:
        # What was asked back alone may be answered alone: “yes” to the one line that was open.
        own = _read(scene, form)
        if not own.tried:
            own = _read(scene, form.only(before.unread))
    else:
        own = _read(scene, form)
    if not own.tried:
        return None
    return Reply(form, own, merged(form, before.said if before is not None else {}, own), before)


def _read(scene: Scene, form: Form) -> Filled:
    this, db = scene.this, scene.db
    if this is None:
        return Filled({}, ())
    sent = sent_before(db, this.message, scene.case.id, this.sender.address, this.sender.person)
    return filled_in(form, this.message.new_text, began(scene), copy=this.message.text, sent=sent)


def began(scene: Scene) -> date:
    """Return the day the case began: a day without its year is near it."""
    events = cases.events(scene.db, scene.case.id)
    return (moment(events[0].at) if events else scene.at).astimezone(scene.office.zone).date()


def _before(scene: Scene, form: str) -> Record | None:
    """Return what the sender had filled in last, before this message."""
    found = _of_sender(scene, form)
    return found[-1] if found else None


def _of_sender(scene: Scene, form: str) -> list[Record]:
    this = scene.this
    if this is None:
        return []
    return [
        one
        for one in records.of_case(scene.db, scene.case.id)
        if (one.form, one.person) == (form, this.sender.person) and one.message != this.row
    ]


def _note(scene: Scene, came: Reply, changed: list[str]) -> None:
    """Write into the history of the case what a message filled in, and what it says otherwise than before."""
    this, form, whole = scene.this, came.form, came.whole
    if this is None:
        return
    open_ = f", still open: {', '.join(whole.unread)}" if whole.unread else ", whole"
    said = f"; new answers for {_quoted(changed)}" if changed else ""
    words = f"#{this.row} fills in the form “{form.title}”{open_}{said}."
    cases.record(
        scene.db, scene.case, scene.now, event=f"filled in {form.name}", to_stage=scene.case.stage,
        why=f"{words[0].upper()}{words[1:]}", message=this.row,
    )  # fmt: skip
    journal.write(scene.db, scene.now, "recorded", words, message=this.row, case=scene.case.id)


def _quoted(labels: list[str]) -> str:
    """Name the lines that changed, without what they say: it may be kept apart."""
    return ", ".join(f"“{label}”" for label in labels)


def _ask_back(scene: Scene, came: Reply) -> None:
    """Ask for what is open, in one mail; after two of them, or where none may go, the owner is asked."""
    this, form = scene.this, came.form
    if this is None:
        return
    tried = 0
    for one in reversed(_of_sender(scene, form.name)):
        if not one.unread:
            break
        tried += 1
    row = None
    if tried < len(ASKING) and "danger" not in messages.flags(scene.db, this.row):
        row = mail.answer(
            scene.office, scene.db, scene.now, sender=this.sender, template=ASKING[tried], silence=this.silence,
            variables=_variables(scene, came), cause=this.cause(scene.case.id, scene.case.ref),
        )  # fmt: skip
    if row is not None:
        return
    name = people.name_of(scene.db, this.sender.person) if this.sender.person else this.sender.address
    asked = f"I asked {('', 'once', 'twice')[min(tried, 2)]}" if tried else "I could not ask"
    words = (
        f"{scene.case.ref}: the form “{form.title}” of {name} is not whole ({', '.join(came.whole.unread)}). "
        f"{asked}. Please ask them yourself."
    )
    key = f"form:{scene.case.ref}:{form.name}:"
    if any(one.key.startswith(key) for one in tasks.still_open(scene.db)):
        return
    for role in sending.owners(scene)[:1]:
        tasks.add(scene.db, f"{key}{this.row}", role, words, scene.now, message=this.row, case=scene.case.id)


def _variables(scene: Scene, came: Reply) -> dict[str, object]:
    form, open_ = came.form, came.form.only(came.whole.unread)
    unclear = came.whole.unclear
    return {
        "form_title": form.title,
        "understood": form_rows.in_words(form, came.whole.values, scene.office.zone),
        "needed": [
            {
                "label": one.title, "line": one.blank, "example": one.example,
                "wrote": " ".join(unclear.get(one.label, "").split())[:MOST_SHOWN],
            }
            for one in open_.fields
        ],
    }  # fmt: skip


def _ours(db: Database, message_id: str) -> outbox.Ours | None:
    return outbox.ours(db, [message_id]) if message_id else None


def _is_theirs(db: Database, row: int, address: str, person: str) -> bool:
    found = outbox.of(db, row)
    return found.recipient == address or bool(person and found.person == person)
