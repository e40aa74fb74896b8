"""APPROVE and REFUSE of the drafts of a case: one word lets all of them go, or none, and the case answers it."""

from mailroom.office import linting, wording
from mailroom.office.cases import approved, drafts, slots
from mailroom.office.cases.readers import Text
from mailroom.office.commands import filling
from mailroom.office.commands.given import Given, Outcome, not_done
from mailroom.store import acts, cases, codes, held
from mailroom.store.case_drafts import Draft
from mailroom.store.codes import Code


def release(given: Given, code: Code, draft: Draft) -> Outcome:
    """Let every mail of a draft go, if nothing stands against one of them and none was written anew."""
    waiting = [one for one in (held.by_id(given.db, row) for row in draft.mails) if one.state == "held"]
    if not waiting or held.by_id(given.db, code.subject).sha256 != code.sha256:
        return not_done(_settled(given, draft))
    stopping = [
        one.text
        for mail in waiting
        for one in linting.of_held(given.office, given.db, mail, given.now)
        if one.severity == "stop"
    ]
    if stopping:
        return not_done(" ".join((f"{_named(given, draft)} must not leave as it is.", *dict.fromkeys(stopping))))
    text = Text("", "", given.now, given.office.zone)
    filled = slots.read(given.office, given.db, draft, given.command.parameters, text)
    if filled.unread:
        return not_done(f"{filled.unread} Nothing was done; the code stays good.")
    case = cases.by_id(given.db, draft.case)
    try:
        to_go = filling.fill(given, draft, filled)
    except filling.NotFilled as error:
        return not_done(f"{_named(given, draft)} does not go. {error} The code stays good.")
    with acts.recording(
        given.db, given.now, given.sender.person, "approved", f"{given.who} approved {_named(given, draft)}.",
        message=given.row, case=case.id,
    ):  # fmt: skip
        gone = drafts.release(given.db, to_go, given.who, given.now, given.row)
        after = _answered(given, draft, refused=False)
    codes.redeem(given.db, code.code, given.sender.person, given.now, "approved")
    many = wording.count(len(gone), "mail")
    moved = (f"{after.ref} is now “{_plain(after.stage)}”.",) if after.stage != case.stage else ()
    said = f"{_named(given, draft)} goes out now: {many}."
    noted = (f"Not read, and kept as a note: {', '.join(filled.other)}.",) if filled.other else ()
    return Outcome((said, *filled.lines, *noted, *moved), kept=("A mail that has left can't be called back.",))


def refuse(given: Given, code: Code, draft: Draft) -> Outcome:
    """Drop every mail of a draft."""
    case = cases.by_id(given.db, draft.case)
    with acts.recording(
        given.db, given.now, given.sender.person, "refused", f"{given.who} refused {_named(given, draft)}.",
        message=given.row, case=case.id,
    ):  # fmt: skip
        if not drafts.refuse(given.db, draft, given.who, given.now):
            return not_done(_settled(given, draft))
        after = _answered(given, draft, refused=True)
    codes.redeem(given.db, code.code, given.sender.person, given.now, "refused")
    moved = (f"{after.ref} is now “{_plain(after.stage)}”.",) if after.stage != case.stage else ()
    return Outcome((f"{_named(given, draft)} will not be sent.", *moved))


def _answered(given: Given, draft: Draft, *, refused: bool) -> cases.Case:
    case = cases.by_id(given.db, draft.case)
    return approved(
        given.office, given.db, case, draft.name, refused=refused, by=f"{given.who} ({given.sender.person})",
        now=given.now, key=draft.key, said={line.label: line.value for line in given.command.parameters},
    )  # fmt: skip


def _named(given: Given, draft: Draft) -> str:
    return f"“{draft.name}” of {cases.by_id(given.db, draft.case).ref}"


def _settled(given: Given, draft: Draft) -> str:
    states = {held.by_id(given.db, row).state for row in draft.mails}
    means = {"sent": "has gone already", "refused": "was refused already", "expired": "is past its time"}
    said = next((words for state, words in means.items() if state in states), "waits for nobody's word any more")
    return f"{_named(given, draft)} {said}; nothing was done."


def _plain(stage: str) -> str:
    return stage.replace("_", " ")
