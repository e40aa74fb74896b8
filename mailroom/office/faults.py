"""Tell people what is wrong: each alarm once, by mail, as long as mail can go.

An alarm that only `status` shows is silence to a coordinator who never sees a terminal.
"""

from datetime import datetime

from mailroom.errors import Problem
from mailroom.office import mail
from mailroom.office.commands.links import mailto
from mailroom.office.office import BROKEN, Office
from mailroom.rules import excerpt
from mailroom.store import alarms, approvals, cases
from mailroom.store.alarms import Alarm

MOST = 10
"""Faults named in one mail; the rest are counted, and `mailroom check` lists them all."""

TOLD_TO = ("coordinator", "cover", "chief_inspector")
"""Whoever of these can be written to first is told."""

NEWS = "uidvalidity:"
"""Alarms of this kind tell of something that has happened and is over; once told, they end."""

SENDING = "batch:"
"""Alarms of this kind tell of a sending that stands still; a person may let it go on."""

UNTELLABLE = frozenset({"smtp"})
"""No mail can tell that no mail can go; `status`, the log and the journal do."""


def tell(office: Office, now: datetime) -> int:
    """Write to somebody about each alarm that nobody has heard of, and return how many mails were queued."""
    fresh = [one for one in alarms.sounding(office.store.db) if not one.told and one.key not in UNTELLABLE]
    return sum(_tell(office, alarm, now) for alarm in fresh)


def _tell(office: Office, alarm: Alarm, now: datetime) -> int:
    template, reasons = "notice/alarm", [alarm.words]
    more: dict[str, object] = {}
    cause = mail.NOTHING
    if alarm.key.startswith(SENDING):
        template, cause = "notice/stopped", _about(office, alarm.key.removeprefix(SENDING))
        words = ("RESUME", cause.ref)
        link = mailto(office.config.office.mailbox, *words)
        more = {"resume_words": " ".join(words).strip(), "resume_link": link}
    if alarm.key == BROKEN:
        template, reasons = "notice/rules-broken", [_shown(office, problem) for problem in office.problems]
        if len(reasons) > MOST:
            reasons = [*reasons[:MOST], f"and {len(reasons) - MOST} more: “mailroom check” names them all"]
    with office.store.immediate() as db:
        for role in TOLD_TO:
            queued = mail.to_role(
                office, db, now, key=f"alarm:{alarm.key}:{alarm.since}", role=role, template=template, kind="alert",
                variables={"reasons": reasons, **more}, cause=cause,
            )  # fmt: skip
            if queued:
                alarms.told(db, alarm.key, now)
                if alarm.key.startswith(NEWS):
                    alarms.clear(db, alarm.key, now)
                return queued
    return 0


def _about(office: Office, batch: str) -> mail.Cause:
    """Return what a sending is about, so that the answer to its alarm is about that too."""
    made = approvals.by_batch(office.store.db, batch)
    if made is None or made.case is None:
        return mail.NOTHING
    return mail.Cause(case=made.case, ref=cases.by_id(office.store.db, made.case).ref)


def _shown(office: Office, problem: Problem) -> str:
    """Say what is wrong, and show the line: in a mail no caret would stand under its word."""
    line = excerpt.line_of(problem, office.broken.get(problem.file, b"")).strip()
    return f"{problem} The line is: {line}" if line else str(problem)
