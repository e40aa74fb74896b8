"""Sendings whose time has come and gone, and nothing was sent or said: the coordinator is told, once.

An issue of the newsletter looks after itself; but not while its line of the schedule is off, on trial or gone, and not
while each look at it fails. Nobody may learn from silence alone that what they approved has not gone.
"""

from datetime import datetime, timedelta
from typing import Final

from mailroom.clock import stamp
from mailroom.office import wording
from mailroom.office.office import Office
from mailroom.store import approvals, cases, tasks
from mailroom.store.approvals import Approval

GRACE: Final = timedelta(hours=1)
"""How long after its time a sending may still be on its way into the outbox."""


def tell(office: Office, now: datetime) -> int:
    """Ask the coordinator to look at each sending that is overdue, and return how many that were not known."""
    db = office.store.db
    late = {_key(one): one for one in approvals.pending(db) if now - one.due_at > GRACE}
    new = {key: one for key, one in late.items() if not tasks.known(db, key) and not _is_over(office, one)}
    if new:
        with office.store.immediate():
            for key, one in new.items():
                tasks.add(db, key, "coordinator", _words(office, one), now, case=one.case)
    return len(new)


def _key(one: Approval) -> str:
    return f"overdue:{one.batch}:{stamp(one.due_at)}"


def _is_over(office: Office, one: Approval) -> bool:
    return one.case is not None and cases.by_id(office.store.db, one.case).final


def _words(office: Office, one: Approval) -> str:
    when = wording.moment(one.due_at, office.zone)
    said = f"which {one.by} approved" if one.state == "approved" else "which nobody had approved"
    return (
        f"“{one.title}”, {said}, was to go on {when}. It has not gone. Its line in rules/schedule.txt may be off, on "
        "trial or gone, or it fails: please look."
    )
