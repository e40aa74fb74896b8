"""APPROVE, CANCEL, HOLD and EDIT of a sending to many: the newsletter, and whatever else waits for a person's word.

APPROVE and CANCEL need the code of the newest proof. HOLD and EDIT only ever keep back what was approved, so a
reply to the proof, or its reference, is enough. HOLD is never too late for what has not left.
"""

from datetime import UTC, datetime, timedelta
from random import SystemRandom

from mailroom.office import approval, newsletter, newsletter_call, newsletter_edit, wording
from mailroom.office.commands.given import Given, Outcome, not_done, rows_below
from mailroom.office.working_days import next_working_day
from mailroom.store import approvals, batches, cases, codes, journal
from mailroom.store import newsletter as issues
from mailroom.store.approvals import Approval
from mailroom.store.codes import Code


def approve(given: Given, code: Code) -> Outcome:
    """Let a sending go when its time comes, if it still says what its proof said."""
    made = approvals.by_id(given.db, code.subject)
    if fault := _fault(given, made, code):
        return not_done(fault)
    if not approval.unchanged(given.office, made):
        again = f"answer HOLD {_ref(given, made)} for a new proof"
        return not_done(f"The template of “{made.title}” was changed after this proof. Nothing was done; {again}.")
    today = given.now.astimezone(given.office.zone).date()
    if stopping := approval.stopped_by(given.office, given.db, made, today):
        return not_done(" ".join((f"“{made.title}” must not leave as it is; EDIT changes it.", *stopping)))
    if not approvals.settle(given.db, made, "approved", given.who, given.now):
        return not_done(f"“{made.title}” has changed in the meantime; nothing was done.")
    codes.redeem(given.db, given.command.code, given.sender.person, given.now, "approved")
    _follow(given, made.id, f"{given.who} approved it")
    people = wording.count(made.shown, "person", "people")
    when = wording.moment(made.due_at, given.office.zone)
    ref = _ref(given, made)
    back = (f"To keep it back after all, write HOLD {ref}.",) if ref else ()
    return Outcome((f"Approved: {made.title}. It goes on {when}, to {people}.", *back))


def cancel(given: Given, code: Code) -> Outcome:
    """Send nothing of it, for good."""
    made = approvals.by_id(given.db, code.subject)
    if fault := _fault(given, made, code):
        return not_done(fault)
    if not approvals.settle(given.db, made, "cancelled", given.who, given.now):
        return not_done(f"“{made.title}” has changed in the meantime; nothing was done.")
    codes.redeem(given.db, given.command.code, given.sender.person, given.now, "cancelled")
    approvals.void(given.db, made.id, given.now)
    _follow(given, made.id, f"{given.who} cancelled it")
    return Outcome((f"“{made.title}” will not be sent to anybody.",), kept=("A sending that was cancelled stays so.",))


def hold(given: Given) -> Outcome:
    """Keep back a sending that was approved; a new proof with a new code follows."""
    made = _meant(given)
    if made is None and (said := _hold_call(given)):
        return Outcome((said,))
    if made is None:
        return not_done("HOLD what? Please answer the proof of a sending, or name it, such as HOLD NEWS-2027-01.")
    if _is_over(given, made):
        return not_done(f"{_ref(given, made)} has ended; nothing was done.")
    if made.state == "sent":
        return _stand_still(given, made)
    if made.state not in ("waiting", "approved"):
        return not_done(_settled(made))
    was, due_at = made.state, made.due_at
    if given.now >= due_at:
        if was == "waiting" or made.case is None:
            return not_done(f"“{made.title}” is past its time; nothing was done.")
        # None of it has left: its mails go once all of them are written. Now they do not go today.
        due_at = _next_day(given, made)
        issues.put_off(given.db, made.case, due_at)
    again = approval.propose(
        given.office, given.db, made.batch, given.now, SystemRandom(), title=made.title, case=made.case,
        template=made.template, variables=made.variables, due_at=due_at,
        note=f"{given.who} holds it back. It goes only if it is approved again, with this code.",
    )  # fmt: skip
    _follow(given, again.id, f"{given.who} holds it back")
    said = "It was approved, and is so no more" if was == "approved" else "It had not been approved"
    return Outcome((f"“{made.title}” is held back. {said}; the proof comes again, with a new code.",))


def _hold_call(given: Given) -> str:
    """Keep back the call for items of an issue that has no draft yet."""
    issue = issues.of_case(given.db, given.about.case) if given.about.case is not None else None
    if issue is None or issue.stage != issues.COLLECTING:
        return ""
    return newsletter_call.hold(given.office, given.db, issue, given.now, given.who)


def _stand_still(given: Given, made: Approval) -> Outcome:
    """Keep back what of a sending has not left yet, until somebody lets it go on."""
    left = batches.keep_back(given.db, made.batch, f"{given.who} holds it back", given.now)
    if not left:
        return not_done(_settled(made))
    journal.write(given.db, given.now, "sending", f"{given.who} holds “{made.title}” back.", case=made.case)
    said = (
        f"“{made.title}” stands still: {wording.count(left, 'mail')} had not left, and wait. RESUME "
        f"{_ref(given, made)} lets the rest go on. What still waits when it is too late for it is not sent."
    )
    return Outcome((said,), kept=("A mail that has left can't be called back.",))


def _next_day(given: Given, made: Approval) -> datetime:
    """Return the same time of the next working day."""
    zone = given.office.zone
    day = next_working_day(given.now.astimezone(zone).date() + timedelta(days=1))
    return datetime.combine(day, made.due_at.astimezone(zone).time(), zone).astimezone(UTC)


def _is_over(given: Given, made: Approval) -> bool:
    return made.case is not None and cases.by_id(given.db, made.case).final and made.state in ("waiting", "approved")


def edit(given: Given) -> Outcome:
    """Change the words of a draft; the new proof follows, and no earlier code counts. Before it, the draft has them."""
    made = _meant(given)
    issue = issues.of_case(given.db, given.about.case) if given.about.case is not None else None
    if issue is None:
        return not_done("EDIT what? Please answer the proof of a newsletter, or name it, such as EDIT NEWS-2027-01.")
    if made is not None and made.state not in ("waiting", "approved"):
        return not_done(_settled(made))
    if given.now >= issue.send_at or (made is None and issue.stage not in (issues.COLLECTING, issues.CLOSED)):
        return not_done(f"{issue.ref} is past its time; nothing was changed.")
    goes = issue.send_at.astimezone(given.office.zone).date()
    changes = newsletter_edit.read(rows_below(given), goes)
    if changes.fault or not changes.any:
        return not_done(changes.fault or newsletter_edit.HOW)
    try:
        done = newsletter.edit(given.office, given.db, issue, changes, given.now, SystemRandom(), who=given.who)
    except KeyError as error:
        return not_done(f"There is no item {error.args[0]} in {issue.ref}. Nothing was changed.")
    if done is None:
        when = wording.moment(issue.draft_at, given.office.zone)
        return Outcome((f"{issue.ref} will have it; its draft comes on {when}.",))
    return Outcome((f"“{done.title}” was changed. The new proof comes with a new code; nobody has approved it.",))


def _meant(given: Given) -> Approval | None:
    return approvals.of_case(given.db, given.about.case) if given.about.case is not None else None


def _fault(given: Given, made: Approval, code: Code) -> str:
    """Return why a code does nothing to a sending, "" where it may."""
    if made.state != "waiting":
        return _settled(made)
    if _is_over(given, made):
        return f"{_ref(given, made)} has ended; nothing was done."
    if made.sha256 != code.sha256:
        return f"“{made.title}” has been changed since that code was sent. Please look at the newer proof."
    return f"“{made.title}” is past its time; nothing was done." if given.now >= made.due_at else ""


def _settled(made: Approval) -> str:
    means = {
        "waiting": "waits for its approval", "approved": f"was approved already, by {made.by}",
        "sent": "has gone already", "cancelled": f"was cancelled, by {made.by}", "missed": "was not approved in time",
    }[made.state]  # fmt: skip
    return f"“{made.title}” {means}; nothing was done."


def _follow(given: Given, made: int, why: str) -> None:
    newsletter.follow(given.office, given.db, approvals.by_id(given.db, made), given.now, why=why, message=given.row)


def _ref(given: Given, made: Approval) -> str:
    return cases.by_id(given.db, made.case).ref if made.case is not None else ""
