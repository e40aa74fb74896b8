"""What a line of a case file has done, carried out: one function for each effect, in the caller's transaction."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from mailroom.office.cases import drafts, facts, opening, sending
from mailroom.office.cases.moments import when
from mailroom.office.cases.scene import Scene
from mailroom.rules.cases import (
    At,
    CaseReached,
    Commanded,
    DigestLine,
    Effect,
    Event,
    Flag,
    GoTo,
    HandTo,
    HideFrom,
    Hold,
    LegalHold,
    Open,
    Read,
    Record,
    Send,
    Set,
    Tell,
    Unforeseen,
)
from mailroom.store import acts, case_facts, case_timers, cases, digest_lines, items, journal, messages, outbox, tasks

IDLE: Final = frozenset({"noise", "auto", "control", "suspect", ""})
"""Classes of message that ask nothing of a case: nobody is asked what to do with them."""

MOST_WORDS: Final = 4000

BY_A_PERSON: Final = ("command:", "approved:", "refused:")
"""How the key of an event begins that is the word of somebody in the office: what they were asked to do is done."""


def carry_out(scene: Scene, wanted: Sequence[Effect], event: Event) -> bool:
    """Carry effects out; True when the case has come into another stage.

    It is brought there first, and then the rest follows in order: a mail says what may be answered to it, and that
    is what the case waits for from then on.
    """
    moves = [effect for effect in wanted if isinstance(effect, GoTo)]
    for move in moves:
        go_to(scene, move.stage, why_of(scene, move.at))
    if moves and (scene.case.final or scene.key.startswith(BY_A_PERSON)):
        tasks.dealt_with(scene.db, scene.case.ref, scene.now)
    for effect in wanted:
        if isinstance(effect, Unforeseen):
            _unforeseen(scene, event)
        elif not isinstance(effect, GoTo):
            HOW[type(effect)](scene, effect)
    if scene.case.final:
        _close(scene)
    return bool(moves)


def why_of(scene: Scene, at: At) -> str:
    """Say which line did it and who had it do so: the cause that the history keeps."""
    line = f"{at.file} line {at.line}"
    return line if scene.by == acts.OURSELVES else f"{line}, {scene.by}"


def go_to(scene: Scene, stage: str, why: str) -> None:
    """Bring the case into a stage; the clocks of the one it leaves stop."""
    case, db = scene.case, scene.db
    final = stage in scene.process.final
    cases.move(db, case, stage, scene.now, final=final, event="moved", why=why, message=scene.row)
    case_timers.stop(db, case.id)
    journal.write(db, scene.now, "moved", f"{case.ref} is now {stage}, {why}.", message=scene.row, case=case.id)
    scene.case = cases.by_id(db, case.id)
    scene.said.append(f"{case.ref} is now {stage.replace('_', ' ')}.")
    drafts.leave_behind(scene)


def _close(scene: Scene) -> None:
    """Let nothing ask for a case any more that has ended; what was sent or held for a person's word stays."""
    tasks.deadline_met(scene.db, scene.case.id, scene.now)
    case_facts.due(scene.db, scene.case.id, None)


def _set(scene: Scene, effect: Set) -> None:
    value = effect.words
    if effect.field:
        value = facts.of_form(scene, effect.field)
    elif effect.moment is not None:
        at = when(scene, effect.moment, entry=scene.at)
        whole_days = effect.moment.unit in ("days", "working_days", "weeks", "months")
        value = facts.written(at, scene.office.zone, whole_days=whole_days) if at is not None else ""
    facts.learn(scene, effect.fact, value)


def _read(scene: Scene, effect: Read) -> None:
    facts.read(scene, effect.wanted)


def _record(scene: Scene, effect: Record) -> None:
    this, db, case = scene.this, scene.db, scene.case
    if this is None:
        return
    words = this.message.new_text.strip()[:MOST_WORDS]
    n = items.record(
        db, case.id, effect.name, this.row, this.at, person=this.sender.person, address=this.sender.address,
        words=words, unattributed=effect.unattributed, apart=effect.apart, late=effect.late,
    )  # fmt: skip
    if n is None:
        return
    how = " apart, not counted" if effect.apart else " as late" if effect.late else ""
    said = f"#{this.row} is {effect.name} {n} of {case.ref}{how}."
    cases.record(
        db, case, scene.now, event=f"recorded {effect.name} {n}{how}", to_stage=case.stage,
        why=why_of(scene, effect.at), message=this.row,
    )  # fmt: skip
    journal.write(db, scene.now, "recorded", said, message=this.row, case=case.id)
    scene.said.append(said)
    if scene.facts.get(f"{effect.name} due"):
        case_facts.due(db, case.id, None)  # what was owed has come


def _open(scene: Scene, effect: Open) -> None:
    why = why_of(scene, effect.at)
    opening.from_case(scene, effect.case, child=effect.child, why=why, given=dict(effect.facts))


def _flag(scene: Scene, effect: Flag) -> None:
    if scene.this is not None:
        messages.add_flag(scene.db, scene.this.row, effect.flag)
    _happened(scene, f"flag {effect.flag}", effect.at)


def _hand_to(scene: Scene, effect: HandTo) -> None:
    case_facts.own(scene.db, scene.case.id, "; ".join(effect.roles))
    scene.case = cases.by_id(scene.db, scene.case.id)
    _happened(scene, f"handed to {', '.join(_plain(role) for role in effect.roles)}", effect.at)


def _hide_from(scene: Scene, effect: HideFrom) -> None:
    db, case = scene.db, scene.case
    case_facts.hide(db, case.id, effect.roles)
    owner = next(iter(sending.owners(scene)), "chief_inspector")
    for row in case_facts.withdraw(db, case.id, effect.roles, owner):
        outbox.cancel(db, row, "the case is hidden from them", scene.now)
    _happened(scene, f"hidden from {', '.join(_plain(role) for role in effect.roles)}", effect.at)


def _freeze(scene: Scene, effect: LegalHold) -> None:
    case_facts.freeze(scene.db, scene.case.id, "requester" if effect.of_requester else "case")
    what = "everything of the requester" if effect.of_requester else "the case"
    _happened(scene, f"{what} is kept from disposal", effect.at)


def _digest_line(scene: Scene, effect: DigestLine) -> None:
    for role in effect.roles:
        if not scene.hidden(role):
            digest_lines.add(scene.db, scene.case.id, scene.key, role, scene.now)


def _unforeseen(scene: Scene, event: Event) -> None:
    """Ask whoever owns the case what follows from something that its file does not say."""
    scene.unforeseen = True
    this, case = scene.this, scene.case
    if isinstance(event, Commanded | CaseReached) or this is None or this.class_ in IDLE:
        return
    if this.message.kind not in ("person", "calendar"):
        return
    for role in sending.owners(scene)[:1]:
        words = f"#{this.row} belongs to {case.ref} ({_plain(case.stage)}), and nothing there says what follows."
        tasks.add(scene.db, f"unforeseen:{case.ref}:{this.row}", role, words, scene.now, message=this.row, case=case.id)


def _happened(scene: Scene, event: str, at: At) -> None:
    cases.record(
        scene.db, scene.case, scene.now, event=event, to_stage=scene.case.stage, why=why_of(scene, at),
        message=scene.row,
    )  # fmt: skip


def _plain(name: str) -> str:
    return name.replace("_", " ")


HOW: Final[Mapping[type, Callable[[Scene, Any], None]]] = {
    Send: sending.send,
    Hold: drafts.hold,
    Tell: sending.tell,
    Set: _set,
    Record: _record,
    Open: _open,
    Flag: _flag,
    HandTo: _hand_to,
    HideFrom: _hide_from,
    LegalHold: _freeze,
    Read: _read,
    DigestLine: _digest_line,
}
"""What carries each effect out; a GoTo and what nobody foresaw are `carry_out`'s own."""
