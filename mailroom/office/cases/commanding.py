"""A command that a case waits for, such as `RELEASE INC-2027-001` or `CLOSE SAFE-2027-001`, or that opens a case.

Who may use a verb, and whether its code is needed, was settled before; here the case answers, as its stage and the
line's own people, form and reason allow.
"""

from dataclasses import replace
from typing import Final

from sqlite_utils import Database

from mailroom.office.cases import answering, engine, opening
from mailroom.office.cases.incoming import Incoming
from mailroom.office.cases.people import actor
from mailroom.office.cases.scene import Scene
from mailroom.office.commands.given import Given, Outcome, hidden, not_done
from mailroom.office.office import Office
from mailroom.rules.cases import Actor, CaseFile, Commanded, OnCommand, commands, fits
from mailroom.rules.forms import Filled
from mailroom.store import acts, cases, kinship, links, outbox
from mailroom.store.cases import Case

CLOSE: Final = "close"


def command(office: Office, db: Database, given: Given) -> Outcome:
    """Let the case that a command is about answer it, and say what came of it."""
    verb = given.command.verb
    found = _about(given)
    case = waiting(given, found) if found is not None else None
    if case is None:
        return _opens(office, db, given, found)
    process = office.rules.cases[case.kind]
    scene = _scene(given, process, case)
    waits = commands(process, case.stage, verb)
    filled = _filled(scene, waits)
    event = Commanded(verb, _who(scene), filled, _reason(given))
    scene.filled = filled
    if not any(fits(one, event) for one in waits):
        return not_done(_why_not(scene, waits, event))
    words = f"{given.who} wrote {verb.upper()} {case.ref}."
    before = len(outbox.unsent(db, case.id))
    with acts.recording(db, given.now, given.sender.person, "command", words, message=given.row, case=case.id):
        links.to_case(db, given.row, case.id, given.now, confirmed=True, how="a command about it", by=given.who)
        after = engine.run(scene, event)
    return _outcome(scene, case, after, len(outbox.unsent(db, case.id)) - before)


def waits_for(office: Office, case: Case, verb: str) -> bool:
    """Tell whether a case waits for a verb in its present stage."""
    process = office.rules.cases.get(case.kind)
    return process is not None and not case.final and bool(commands(process, case.stage, verb))


def _about(given: Given) -> Case | None:
    if given.about.case is not None:
        return cases.by_id(given.db, given.about.case)
    if given.about.message is not None:
        found = [one for one in links.of_message(given.db, given.about.message) if one.state == "confirmed"]
        if len(found) == 1:
            return cases.by_id(given.db, found[0].case)
    return None


def waiting(given: Given, case: Case) -> Case | None:
    """Return the case that waits for a command: the one that is named, or the one open from it, or it from.

    CLOSE ends the case that is named and no other; what is hidden from whoever writes answers them nothing.
    """
    verb = given.command.verb
    if waits_for(given.office, case, verb):
        return case
    if verb == CLOSE:
        return None
    kin = (*kinship.opened_from(given.db, case.id), *kinship.parents(given.db, case.id))
    found = [cases.by_id(given.db, one.case) for one in kin if not hidden(given.db, given.sender, one.case)]
    waits = [one for one in found if waits_for(given.office, one, verb)]
    return waits[0] if len(waits) == 1 else None


def _scene(given: Given, process: CaseFile, case: Case) -> Scene:
    who = actor(given.office, given.db, process, case, given.sender, given.now)
    return Scene(
        given.office, given.db, process, case, f"command:{given.row}:{given.command.verb}", given.now,
        _incoming(given), who, by=f"{given.who} ({given.sender.person})", words=given.command.note,
        text=given.command.text or given.command.below,
    )  # fmt: skip


def _incoming(given: Given) -> Incoming:
    return Incoming(given.row, given.message, given.sender, "control", given.thread, given.now, "")


def _who(scene: Scene) -> Actor:
    assert scene.who is not None  # noqa: S101 - a command has a sender
    return scene.who


def _filled(scene: Scene, waits: tuple[OnCommand, ...]) -> Filled | None:
    """Fill the form that the verb brings, from what stands below it."""
    name = next((one.form for one in waits if one.form), "")
    made = scene.office.rules.forms.get(name)
    if made is None or scene.this is None:
        return None
    filled = answering.filled_in(made, scene.text or scene.this.message.new_text, answering.began(scene))
    return filled if filled.values else None


def _reason(given: Given) -> str:
    command = given.command
    return command.note or command.text or command.value("reason") or command.below


def _why_not(scene: Scene, waits: tuple[OnCommand, ...], event: Commanded) -> str:
    case, verb = scene.case, event.verb.upper()
    for one in waits:
        bare = replace(one, form="", reason=False)
        if fits(bare, event):
            lacks = f"the form “{one.form}” below it" if one.form and event.form is None else "a reason beside it"
            return f"{verb} for {case.ref} needs {lacks}. Nothing was done."
    return f"{verb} for {case.ref} is not yours to say at this stage ({case.stage.replace('_', ' ')})."


def _outcome(scene: Scene, before: Case, after: Case, queued: int) -> Outcome:
    if scene.failed is not None:
        lines = (scene.failed.public or "A check did not hold.", *scene.said)
        return Outcome(lines, done=False)
    lines = tuple(scene.said) or (f"{after.ref} stays at “{after.stage.replace('_', ' ')}”.",)
    written = (f"{queued} {'mail goes' if queued == 1 else 'mails go'} out or wait.",) if queued > 0 else ()
    return Outcome((*lines, *written), undo=f"UNDO {before.ref}")


def _opens(office: Office, db: Database, given: Given, found: Case | None) -> Outcome:
    """Open the case that a command opens, or say why nothing was done."""
    verb, said = given.command.verb, " ".join(given.command.words).casefold()
    for process in office.rules.cases.values():
        for one in process.opens_on:
            if one.command != verb or (one.words and not said.startswith(one.words)):
                continue
            words = f"{given.who} wrote {given.command.line}"
            with acts.recording(db, given.now, given.sender.person, "command", f"{words}.", message=given.row):
                scene = opening.opened(office, db, process.name, _incoming(given), f"as {words}", given.now)
                scene.by, scene.text = f"{given.who} ({given.sender.person})", given.command.text
                after = engine.begin(scene)
            lines = (f"Opened {after.ref}.", *scene.said)
            return Outcome(lines, undo=f"UNDO {after.ref}")
    if found is None:
        return not_done(f"{verb.upper()} about which case? Please answer a mail about it, or name it.")
    stage = found.stage.replace("_", " ")
    if found.final:
        return not_done(f"{found.ref} has ended ({stage}); {verb.upper()} does nothing there.")
    return not_done(f"{found.ref} ({stage}) does not wait for {verb.upper()}. Nothing was done.")
