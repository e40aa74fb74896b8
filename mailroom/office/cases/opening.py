"""A new case: its reference, owner and first facts. `engine` then lets it begin."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from mailroom.office import stored
from mailroom.office.cases import facts
from mailroom.office.cases.incoming import Incoming
from mailroom.office.cases.people import actor
from mailroom.office.cases.scene import Scene
from mailroom.office.office import Office
from mailroom.rules.commands import CONTROL
from mailroom.store import case_facts, cases, journal, kinship, links
from mailroom.store.cases import Case


def from_case(scene: Scene, kind: str, *, child: bool, why: str, given: Mapping[str, str]) -> None:
    """Open a case out of another one; where one of the kind is open already, the message joins that.

    `given` are facts the new case is handed. A command says nothing of the matter: what it opens is about the message
    that the first case was opened by.
    """
    db, parent = scene.db, scene.case
    this = scene.this
    if this is None or this.class_ == CONTROL:
        opened_by = case_facts.opened_by(db, parent.id)
        this = stored.incoming(scene.office, db, opened_by) if opened_by is not None else None
    for kin in kinship.opened_from(db, parent.id):
        if kin.kind == kind and not kin.final:
            case = cases.by_id(db, kin.case)
            if this is not None:
                join(db, this, case, f"{parent.ref} has it open", scene.now)
            return
    if this is not None and (own := _own(db, this.row, kind, parent)) is not None:
        kinship.tie(db, own.id, parent.id, child=child, why=why)
        return
    if this is not None:
        made = opened(scene.office, db, kind, this, f"from {parent.ref}, {why}", scene.now, parent, given)
    else:
        made = _bare(scene, kind, why, given)
    kinship.tie(db, made.case.id, parent.id, child=child, why=why)
    case_facts.hide(db, made.case.id, case_facts.hidden_from(db, parent.id))
    made.by, made.depth = scene.by, scene.depth + 1
    scene.said.append(f"{made.case.ref} was opened.")
    scene.opened.append(made)


def _own(db: Database, row: int, kind: str, parent: Case) -> Case | None:
    """Return the case of a kind that a message belongs to already, such as the danger it is flagged for."""
    for link in links.of_message(db, row):
        case = cases.by_id(db, link.case)
        if link.state == "confirmed" and case.kind == kind and not case.final and case.id != parent.id:
            return case
    return None


def opened(
    office: Office, db: Database, kind: str, this: Incoming, why: str, now: datetime, parent: Case | None = None,
    given: Mapping[str, str] | None = None,
) -> Scene:  # fmt: skip
    """Enter a case that a message opens, with what the message says; it has not begun yet."""
    process = office.rules.cases[kind]
    ref = cases.next_ref(db, process.reference, this.at.astimezone(office.zone).year)
    case = cases.add(
        db, ref, kind, process.first, this.at, owner="; ".join(process.owner), requester=this.sender.person,
        requester_address=this.sender.address, opened_by=this.row, place=_place(office, db, this, parent),
    )  # fmt: skip
    join(db, this, case, f"it opened {ref}", now)
    cases.record(db, case, now, event="opened", to_stage=case.stage, why=why, message=this.row)
    journal.write(db, now, "opened", f"Opened {ref} {why}.", message=this.row, case=case.id)
    scene = Scene(office, db, process, case, "opened", now, this, actor(office, db, process, case, this.sender, now))
    facts.read_opening(scene, given or {})
    return scene


def _place(office: Office, db: Database, this: Incoming, parent: Case | None) -> str:
    """Return where a case plays: one that was opened out of another plays where that does, whatever else is named."""
    if parent is not None and parent.place:
        return parent.place
    return facts.place_in(facts.text_of(office, db, this))


def _bare(scene: Scene, kind: str, why: str, given: Mapping[str, str]) -> Scene:
    """Open a case that no message is behind: it has the requester and the place of the one it comes from."""
    parent, process = scene.case, scene.office.rules.cases[kind]
    ref = cases.next_ref(scene.db, process.reference, scene.now.astimezone(scene.office.zone).year)
    case = cases.add(
        scene.db, ref, kind, process.first, scene.now, owner="; ".join(process.owner), requester=parent.requester,
        requester_address=parent.requester_address, place=parent.place,
    )  # fmt: skip
    said = f"from {parent.ref}, {why}"
    cases.record(scene.db, case, scene.now, event="opened", to_stage=case.stage, why=said, message=None)
    journal.write(scene.db, scene.now, "opened", f"Opened {ref} {said}.", case=case.id)
    made = replace(
        scene, process=process, case=case, key="opened", this=None, failed=None, said=scene.said, learned=False
    )
    for fact, value in given.items():
        facts.learn(made, fact, value)
    return made


def join(db: Database, this: Incoming, case: Case, how: str, now: datetime) -> None:
    """Confirm that a message belongs to a case."""
    links.to_case(db, this.row, case.id, now, confirmed=True, how=how, by="mailroom")
