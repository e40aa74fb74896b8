"""Open a case by a message. A person in danger who writes again is in the same danger."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.office import mail
from mailroom.office.cases import engine, opening
from mailroom.office.cases.answers import Answers
from mailroom.office.cases.incoming import Incoming
from mailroom.office.cases.people import actor
from mailroom.office.cases.scene import Scene
from mailroom.office.mail import Cause
from mailroom.office.office import Office
from mailroom.rules.cases import Entered, Flagged, Send, step
from mailroom.store import cases, messages
from mailroom.store.cases import Case

DANGER = "danger"
"""The process file that the danger net opens (rules.safety)."""

SAME_DANGER = timedelta(hours=24)
ALERT_EVERY = timedelta(minutes=10)
"""How often the alert of one danger is repeated while its sender goes on writing: a flood must not drown another."""


def may_open(office: Office, kind: str, this: Incoming) -> bool:
    """Tell whether a sender may open a case of a kind by mail: our server vouches, or it is open to anyone."""
    opens_on = office.rules.cases[kind].opens_on
    to_anyone = not opens_on or any(one.class_ == this.class_ and one.from_.is_anyone for one in opens_on)
    return to_anyone or this.vouched


def open_case(
    office: Office, db: Database, kind: str, this: Incoming, why: str, now: datetime,
    given: Mapping[str, str] | None = None,
) -> Case:  # fmt: skip
    """Open a case by a message, and take it as far as it goes by itself. `given` are facts a rule hands over.

    A person in danger who writes again is in the same danger: the message joins the case that is red.
    """
    if kind == DANGER and (red := _still_red(db, this, now)):
        return _again(office, db, red, this, now)
    scene = opening.opened(office, db, kind, this, why, now, given=given)
    after = engine.begin(scene)
    who = actor(office, db, scene.process, after, this.sender, now)
    for flag in sorted(messages.flags(db, this.row)):
        key = f"flag:{this.row}:{flag}"
        after = engine.run(replace(scene, case=after, key=key, failed=None), Flagged(flag, who))
    return after


def _still_red(db: Database, this: Incoming, now: datetime) -> Case | None:
    for case in cases.still_open(db, DANGER):
        if case.requester_address == this.sender.address and now - moment(case.entered_at) < SAME_DANGER:
            return case
    return None


def _again(office: Office, db: Database, case: Case, this: Incoming, now: datetime) -> Case:
    """Join a message to a danger that is open: it is linked and alerted again, though not with every line."""
    process = office.rules.cases[case.kind]
    why = "the same person writes again"
    opening.join(db, this, case, why, now)
    cases.record(db, case, now, event="again", to_stage=case.stage, why=why, message=this.row)
    period = int(now.timestamp() // ALERT_EVERY.total_seconds())
    scene = Scene(office, db, process, case, f"again:{period}", now, this)
    for effect in step(process, process.first, Entered(), Answers(scene)).effects:
        if not isinstance(effect, Send):
            continue
        for target in effect.to:
            if target.kind == "role":
                mail.to_role(
                    office, db, now, key=f"again:{case.ref}:{period}", role=target.name, template=effect.template,
                    kind="alert", variables={}, cause=Cause(this.row, case.id, case.ref, this.thread, this.at),
                )  # fmt: skip
    return case
