"""Play events in cases: the pure half says what follows, this half does it, in the caller's transaction.

An event is answered once. What it leads to, the stages it passes and the mails it writes are all there or none is.
"""

from dataclasses import replace

from mailroom.office.cases import clocks, effects, facts, sending
from mailroom.office.cases.answers import Answers
from mailroom.office.cases.scene import DEEPEST, Scene
from mailroom.rules.cases import CaseReached, Entered, Event, OnCase, Read, fits, step
from mailroom.rules.cases.step import places_of
from mailroom.store import case_timers, cases, kinship, tasks
from mailroom.store.cases import Case

LONGEST_RUN = 20
"""A process enters at most this many stages for one event; more is a circle."""


def run(scene: Scene, event: Event) -> Case:
    """Let a case answer an event, and return the case as it then stands; once it has, the event changes nothing."""
    if scene.case.final or not case_timers.see(scene.db, scene.case.id, scene.key, scene.now):
        return scene.case
    reached = [scene.case.stage] if isinstance(event, Entered) else []
    told: Event = event
    for _ in range(LONGEST_RUN):
        _read_ahead(scene, told)
        found = step(scene.process, scene.case.stage, told, Answers(scene))
        scene.failed = found.failed or scene.failed
        moved = effects.carry_out(scene, found.effects, event)
        _begin(scene)
        if not moved:
            break
        reached.append(scene.case.stage)
        told = Entered()
    else:
        _circle(scene)
    if reached or scene.learned:
        clocks.wind(scene)
    for stage in reached:
        _tell_kin(scene, stage)
    return scene.case


def _read_ahead(scene: Scene, event: Event) -> None:
    """Read what the line that answers wants read, before it is asked which of its lines hold."""
    for place in places_of(scene.process, scene.case.stage):
        for when in place.whens:
            if fits(when.trigger, event):
                for item in when.then:
                    if isinstance(item, Read):
                        facts.read(scene, item.wanted)
                return


def _begin(scene: Scene) -> None:
    """Let the cases begin that were opened out of this one."""
    while scene.opened:
        begin(scene.opened.pop(0))


def begin(scene: Scene) -> Case:
    """Let a new case begin, and then ask its owner, who may have changed, for what it could not read."""
    after = enter(scene)
    if not after.final and (owners := sending.owners(scene)):
        facts.ask_unknown(scene, owners[0])
    return after


def ended(scene: Scene) -> Case:
    """Tell the cases it is tied to that a case has been brought to its end from outside."""
    clocks.wind(scene)
    _tell_kin(scene, scene.case.stage)
    return scene.case


def enter(scene: Scene) -> Case:
    """Do what comes with the stage a case has just come into."""
    return run(scene, Entered())


def _circle(scene: Scene) -> None:
    case = scene.case
    words = f"{case.ref} went round in circles in {scene.process.file}; it rests at “{case.stage}”."
    tasks.add(scene.db, f"circle:{case.ref}:{scene.key}", "coordinator", words, scene.now, case=case.id)


def _tell_kin(scene: Scene, stage: str) -> None:
    """Let the cases this one was opened from, or that were opened from it, answer that it has reached a stage."""
    if scene.depth >= DEEPEST:
        return
    db, case = scene.db, scene.case
    event = CaseReached(case.kind, stage)
    for one in (*kinship.parents(db, case.id), *kinship.opened_from(db, case.id)):
        process = scene.office.rules.cases.get(one.kind)
        if one.final or process is None:
            continue
        whens = [when for block in (*process.stages, process.any_stage) if block for when in block.whens]
        if not any(isinstance(when.trigger, OnCase) and when.trigger.kind == case.kind for when in whens):
            continue
        kin = replace(
            scene, process=process, case=cases.by_id(db, one.case), key=f"case:{case.id}:{stage}:{scene.key}",
            depth=scene.depth + 1, failed=None, unforeseen=False, learned=False,
        )  # fmt: skip
        run(kin, event)
