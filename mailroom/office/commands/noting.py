"""NOTE and CLOSE: what a person writes into the history of a case, and how a person ends one."""

from typing import Final

from mailroom.office import wording
from mailroom.office.commands import newsletter_said
from mailroom.office.commands.given import Given, Outcome, not_done
from mailroom.store import acts, case_timers, cases, journal, outbox, tasks
from mailroom.store.cases import Case

CLOSED: Final = "closed"
MOST_SHOWN: Final = 300
"""Characters of a note that its echo shows."""


def note(given: Given) -> Outcome:
    """Keep a person's words in the history of a case. Nobody is written to."""
    case = _case(given)
    words = given.command.note.strip()
    if case is None:
        return not_done("NOTE in which case? Please name it, such as NOTE INC-2027-001 and your words.")
    if not words:
        return not_done(f"There is nothing to note in {case.ref}: please write your words after the reference.")
    with acts.recording(
        given.db, given.now, given.sender.person, "noted", f"{given.who} noted something in {case.ref}.", case=case.id
    ):
        cases.record(
            given.db, case, given.now, event="note", to_stage=case.stage, why=f"{given.who}: {words}", message=given.row
        )
        told = newsletter_said.note(given, case)
    shown = words if len(words) <= MOST_SHOWN else f"{words[:MOST_SHOWN]} …"
    return Outcome((f"Noted in {case.ref}: {shown}", *told), kept=("What stands in a history stays there.",))


def close(given: Given) -> Outcome:
    """End a case where its process lets a person end it. A danger ends only so."""
    case = _case(given)
    if case is None:
        return not_done("CLOSE what? Please name a case, such as CLOSE INC-2027-001.")
    if case.final:
        return not_done(f"{case.ref} has ended already, as “{_plain(case.stage)}”; nothing was done.")
    process = given.office.rules.cases.get(case.kind)
    if process is not None and CLOSED not in process.final:
        ends = ", ".join(f"“{_plain(stage)}”" for stage in process.final)
        return not_done(f"{case.ref} does not end as “closed” by its process; it ends as {ends}. Nothing was done.")
    return _closed(given, case)


def _closed(given: Given, case: Case) -> Outcome:
    why = f"{given.who} closed it" + (f": {given.command.note}" if given.command.note else "")
    with acts.recording(given.db, given.now, given.sender.person, "closed", f"{why}.", case=case.id):
        withdrawn = _withdraw(given, case, why)
        ended = tasks.drop(given.db, case.id, given.now)
        cases.move(given.db, case, CLOSED, given.now, final=True, event=CLOSED, why=why, message=given.row)
        case_timers.stop(given.db, case.id)
        journal.write(given.db, given.now, "moved", f"{case.ref} is closed. {why}.", message=given.row, case=case.id)
    left = []
    if withdrawn:
        left.append(f"{wording.count(withdrawn, 'mail')} about it that had not gone {_was(withdrawn)} withdrawn.")
    if ended:
        left.append(f"{wording.count(ended, 'task')} about it {_was(ended)} closed with it.")
    return Outcome((f"{case.ref} is closed.", *left), undo=f"UNDO {case.ref}")


def _withdraw(given: Given, case: Case, why: str) -> int:
    """Withdraw what has not gone, but for answers to somebody who just wrote."""
    rows = [row for row in outbox.going(given.db, case.id) if _may_be_withdrawn(given, row)]
    return sum(outbox.cancel(given.db, row, why, given.now) for row in rows)


def _may_be_withdrawn(given: Given, row: int) -> bool:
    mail = outbox.standing(given.db, row)
    return mail is not None and mail.kind not in outbox.TO_WHOEVER_WROTE


def _was(n: int) -> str:
    return "was" if n == 1 else "were"


def _case(given: Given) -> Case | None:
    return cases.by_id(given.db, given.about.case) if given.about.case is not None else None


def _plain(stage: str) -> str:
    return stage.replace("_", " ")
