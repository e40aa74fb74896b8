"""Tasks by mail: what a person has to do is put to them once, in working hours, and one word answers it.

A question that comes in a mail of its own, such as what a message is, is not asked a second time here.
"""

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from sqlite_utils import Database

from mailroom.clock import moment, stamp
from mailroom.office import mail, wording
from mailroom.office.commands.links import mailto
from mailroom.office.mail import Cause
from mailroom.office.office import Office
from mailroom.office.working_days import in_hours, next_working_moment
from mailroom.store import tasks, views
from mailroom.store.tasks import Task

TEMPLATE: Final = "notice/task"

WITH_A_MAIL: Final = ("look:", "hold:", "doubtful:", "link:", "which:", "case:", "echo:")
"""How the keys of tasks begin whose own mail asks the question: `notice/unknown`, `notice/held`, `Then tell:` …"""

MOST_A_DAY: Final = 20
"""Tasks put to one role by mail in a day; what is beyond stands in the summary, with its number."""


def ask(office: Office, now: datetime) -> int:
    """Put every new task to whoever has it, while the office is at work; returns how many mails were queued."""
    week, zone = office.config.hours.week, office.zone
    today = now.astimezone(zone).date()
    at_work = in_hours(now, week, zone) or next_working_moment(now, week, zone) == now
    if not at_work or not tasks.untold(office.store.db, today, WITH_A_MAIL):
        return 0
    with office.store.immediate() as db:
        waiting = sorted(tasks.untold(db, today, WITH_A_MAIL), key=lambda one: one.role)
        return sum(
            _of_role(office, db, role, list(found), now) for role, found in groupby(waiting, lambda one: one.role)
        )


def _of_role(office: Office, db: Database, role: str, waiting: list[Task], now: datetime) -> int:
    """Write to one role about its oldest tasks; the rest counts as told by the summary."""
    room = MOST_A_DAY - tasks.told_since(db, role, now - timedelta(days=1))
    queued = 0
    for n, task in enumerate(waiting):
        if n < room:
            queued += _write(office, db, task, now)
        tasks.told(db, task.id, now)
    return queued


def _write(office: Office, db: Database, task: Task, now: datetime) -> int:
    mailbox, number = office.config.office.mailbox, f"#{task.id}"
    shown = views.message(db, task.message) if task.message is not None else None
    variables = {
        "task_number": number,
        "task_words": task.text,
        "since": wording.short_moment(moment(task.opened_at), office.zone),
        "answer_due": wording.day(date.fromisoformat(task.due[:10])) if task.due else "",
        "priority_words": shown.priority if shown else "",
        "done_link": mailto(mailbox, "DONE", number),
        "later_link": mailto(mailbox, "LATER 3", number),
        "mine_link": mailto(mailbox, "MINE", number),
    }
    return mail.to_role(
        office, db, now, key=f"{tasks.MAILED}:{task.id}:{stamp(now)[:10]}", role=task.role, template=TEMPLATE,
        kind="task", variables=variables, cause=Cause(task.message, task.case, task.ref),
    )  # fmt: skip
