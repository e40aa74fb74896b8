"""What happens to a case from outside: a message that belongs to it, a rule that moves it, a person's word on a draft.

Each is an event with a name of its own, which the case answers once (`engine`).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from mailroom.office.cases import answering, effects, engine, facts, readers, sending
from mailroom.office.cases.incoming import Incoming
from mailroom.office.cases.people import actor
from mailroom.office.cases.scene import Scene
from mailroom.office.office import Office
from mailroom.rules.cases import Decided, Flagged, FormCame, MessageLinked
from mailroom.rules.forms import Filled
from mailroom.store import acts, cases, messages, people, tasks
from mailroom.store.cases import Case


def linked(office: Office, db: Database, case: Case, this: Incoming, now: datetime) -> Case:
    """Let an open case answer a message that is confirmed to belong to it: a form it fills in, else the message itself,
    and then each of its flags.
    """
    process = office.rules.cases.get(case.kind)
    if process is None or case.final:
        return case
    who = actor(office, db, process, case, this.sender, now)
    if not this.vouched:
        _look(Scene(office, db, process, case, f"message:{this.row}", now, this, who))
        return case
    flags = frozenset(messages.flags(db, this.row))
    scene = Scene(office, db, process, case, f"message:{this.row}", now, this, who, by=_name(db, this))
    came = answering.reply(scene)
    if came is not None:
        whole = answering.settle(scene, came)
        after = form(office, db, case, came.form.name, came.whole, this, now) if whole else case
    else:
        says = readers.says(this.message.new_text)
        answering.too_late(scene)
        after = engine.run(scene, MessageLinked(this.class_, who, flags, says))
    for flag in sorted(flags):
        after = engine.run(replace(scene, case=after, key=f"flag:{this.row}:{flag}", failed=None), Flagged(flag, who))
    return after


def _look(scene: Scene) -> None:
    """Ask a person to read what came from an address our own server does not vouch for.

    It may be anybody's, so it moves nothing; but whoever answers us must not wait for nobody.
    """
    this, case = scene.this, scene.case
    if this is None or this.message.kind != "person" or this.class_ in effects.IDLE - {""}:
        return
    for role in sending.owners(scene)[:1]:
        words = f"{case.ref}: #{this.row} belongs to it, but nothing proves who wrote it. Please read it, and decide."
        tasks.add(scene.db, f"unproved:{case.ref}:{this.row}", role, words, scene.now, message=this.row, case=case.id)


def form(
    office: Office, db: Database, case: Case, name: str, filled: Filled, this: Incoming, now: datetime
) -> Case:  # fmt: skip
    """Let an open case answer a form that a message fills in."""
    process = office.rules.cases.get(case.kind)
    if process is None or case.final or not this.vouched:
        return case
    who = actor(office, db, process, case, this.sender, now)
    scene = Scene(
        office, db, process, case, f"form:{this.row}:{name}", now, this, who, filled=filled, by=_name(db, this)
    )  # fmt: skip
    return engine.run(scene, FormCame(name, who, filled))


def move(office: Office, db: Database, case: Case, stage: str, this: Incoming, why: str, now: datetime) -> Case:
    """Move a case to a stage because a rule says so, and do what comes with that stage.

    Raises LookupError where its process has no such stage.
    """
    process = office.rules.cases.get(case.kind)
    if process is None or (stage not in process.final and process.stage(stage) is None):
        raise LookupError(stage)
    who = actor(office, db, process, case, this.sender, now)
    # A message that moves a case to a stage again, after a person has moved it on, is an event of its own.
    key = f"moved:{this.row}:{stage}:{len(cases.events(db, case.id))}"
    scene = Scene(office, db, process, case, key, now, this, who)
    effects.go_to(scene, stage, why)
    if scene.case.final:
        return engine.ended(scene)
    return engine.enter(scene)


def approved(  # noqa: PLR0913 - whose word, on what, and when
    office: Office, db: Database, case: Case, name: str, *, refused: bool, by: str, now: datetime, key: str,
    said: Mapping[str, str] | None = None,
) -> Case:  # fmt: skip
    """Let a case answer a person's word on what was held under a name. `key` tells this word from another.

    `said` are the labelled lines beside it: one that names a fact the case reads, such as `Pack: yes`, fills it in.
    """
    process = office.rules.cases.get(case.kind)
    if process is None or case.final:
        return case
    scene = Scene(office, db, process, case, f"{'refused' if refused else 'approved'}:{key}", now, by=by)
    facts.fill_in(scene, said or {})
    return engine.run(scene, Decided(name, refused))


def _name(db: Database, this: Incoming) -> str:
    name = people.name_of(db, this.sender.person) if this.sender.person else ""
    return f"{name} ({this.sender.person})" if name else acts.OURSELVES
