"""DONE, LATER and MINE: one word on a task, in answer to the mail that put it, or with its number."""

from typing import Final

from mailroom.office import wording
from mailroom.office.commands.given import Given, Outcome, hidden, not_done
from mailroom.office.working_days import add_working_days
from mailroom.rules.commands.verbs import ROSTER, roles_of
from mailroom.store import acts, journal, tasks
from mailroom.store.tasks import Task

MOST_DAYS: Final = 60
"""Working days by which a task may be put off at once."""


def done(given: Given) -> Outcome:
    """Close a task because a person says that it is done."""
    task = _task(given)
    if isinstance(task, Outcome):
        return task
    with acts.recording(given.db, given.now, given.sender.person, "task", f"{given.who} has done it.", **_about(task)):
        tasks.finish(given.db, task.id, given.now)
    _tell(given, task, "has done")
    return Outcome((f"Task #{task.id} is closed: {task.text}",), undo=_undo(task))


def later(given: Given) -> Outcome:
    """Put a task off by some working days."""
    task = _task(given)
    if isinstance(task, Outcome):
        return task
    said = [word for word in given.command.words if word.isdigit()]
    days = int(said[0]) if said else 1
    if len(said) > 1 or not 0 < days <= MOST_DAYS:
        return not_done(f"By how many working days? Please say 1 to {MOST_DAYS}, such as LATER 3.")
    until = add_working_days(given.now.astimezone(given.office.zone).date(), days)
    with acts.recording(given.db, given.now, given.sender.person, "task", f"{given.who} put it off.", **_about(task)):
        tasks.put_off(given.db, task.id, until)
    _tell(given, task, f"put off to {wording.day(until)}")
    return Outcome((f"Task #{task.id} rests until {wording.day(until)}: {task.text}",), undo=_undo(task))


def mine(given: Given) -> Outcome:
    """Take a task upon oneself."""
    task = _task(given)
    if isinstance(task, Outcome):
        return task
    with acts.recording(given.db, given.now, given.sender.person, "task", f"{given.who} took it.", **_about(task)):
        tasks.take(given.db, task.id, given.sender.person)
    _tell(given, task, "takes upon themselves")
    return Outcome((f"Task #{task.id} is yours: {task.text} DONE #{task.id} closes it.",), undo=_undo(task))


def _task(given: Given) -> Task | Outcome:
    """Return the task that is meant, if it is this person's to answer; or why nothing is done."""
    verb, number = given.command.verb.upper(), given.command.number
    task = _shown(given, tasks.by_id(given.db, number)) if number is not None else None
    if task is None and number is None and given.answered is not None:
        task = _shown(given, tasks.of_mail(given.db, given.answered.id))
        if task is None and (found := _about_the_same(given)):
            if len(found) > 1:
                numbers = ", ".join(f"#{one.id} ({one.text})" for one in found)
                return not_done(f"{verb} which task? Please answer with its number: {numbers}")
            [task] = found
    if task is None:
        said = f"There is no open task #{number}" if number is not None else "That mail is about no open task"
        return not_done(f"{said}. The daily summary lists them with their numbers, such as {verb} #17.")
    if not roles_of(given.sender) & ({task.role} | ROSTER):
        return not_done(f"Task #{task.id} is not yours to answer; nothing was done.")
    return task


def _shown(given: Given, task: Task | None) -> Task | None:
    """Return a task, None where it is about what is hidden from whoever writes."""
    return None if task is None or hidden(given.db, given.sender, task.case, task.message) else task


def _about_the_same(given: Given) -> list[Task]:
    """Return the open tasks about what the mail was about that is answered."""
    found = given.about
    return [
        one
        for one in tasks.still_open(given.db)
        if (
            (found.message is not None and one.message == found.message)
            or (found.case is not None and one.case == found.case)
        )
        and _shown(given, one) is not None
    ]


def _about(task: Task) -> dict[str, int | None]:
    """Return what the act is about: that of the task, so that its UNDO is found there."""
    return {"message": task.message} if task.message is not None else {"case": task.case}


def _undo(task: Task) -> str:
    if task.message is not None:
        return f"UNDO #{task.message}"
    return f"UNDO {task.ref}" if task.ref else ""


def _tell(given: Given, task: Task, what: str) -> None:
    words = f"{given.who}: task #{task.id} {what}: {task.text}"
    journal.write(given.db, given.now, "task", words, message=task.message, case=task.case)
