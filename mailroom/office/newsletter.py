"""The newsletter: items come in, close, become a draft, are approved, go, and are reported on (domain, C8).

What is due when, and the table of stages, stand in `newsletter_days`; here it is done. `look` asks the tables what
is due as of now: running it twice changes nothing, and what was missed while the machine was off is done at once,
or said where it is too late.
"""

from datetime import date, datetime, timedelta
from random import Random, SystemRandom
from typing import Final

from sqlite_utils import Database

from mailroom.office import approval, mail, newsletter_call, newsletter_edit, wording, writing
from mailroom.office import newsletter_days as calendar
from mailroom.office.mail import Cause, Recipient
from mailroom.office.newsletter_content import content, remarks, told
from mailroom.office.newsletter_days import Days
from mailroom.office.newsletter_edit import Changes
from mailroom.office.newsletter_items import KIND, month_in_words, open_next
from mailroom.office.newsletter_report import results
from mailroom.office.office import Office
from mailroom.office.working_days import next_working_day, next_working_moment
from mailroom.store import approvals, batches, cases, journal, mailboxes, news_lines, newsletter, people, tasks
from mailroom.store.approvals import Approval
from mailroom.store.newsletter import Issue

ISSUE, REPORT = "newsletter/issue", "newsletter/report"
ON_TIME: Final = timedelta(hours=12)
"""How long after its time an approved issue still goes by itself: a morning's outage, not the next day."""
SOON: Final = timedelta(minutes=2)
"""How long after its time an approved issue goes whether or not the mailbox was read since, as it is watched."""
MOST_STEPS: Final = 12


def look(office: Office, now: datetime) -> int:
    """Do what is due of every issue, and return how many steps were taken."""
    if next_due(office, now - timedelta(microseconds=1), soon=now) is None:
        return 0
    with office.store.immediate() as db:
        return step(office, db, now, SystemRandom())


def step(office: Office, db: Database, now: datetime, rnd: Random) -> int:
    """Do what is due, in the caller's transaction; nothing while the newsletter is off or on trial."""
    if not calendar.is_on(office.rules.duties):
        return 0
    open_next(office, db, now)
    taken = 0
    for issue in newsletter.unfinished(db):
        for _ in range(MOST_STEPS):
            if not _next(office, db, issue.case, now, rnd):
                break
            taken += 1
            if office.writing is not None:
                break  # what comes in meanwhile has its turn; the next look writes on
    return taken


def rehearse(office: Office, db: Database, name: str, key: str, now: datetime) -> int:
    """Write what a line of the schedule would send as things stand; for a transaction that is rolled back."""
    rnd = Random(0)  # noqa: S311 - its codes are never sent
    open_next(office, db, now)
    issue = next(iter(newsletter.unfinished(db)), None)
    if issue is None:
        return 0
    if name == calendar.CALL:
        return newsletter_call.rehearse(office, db, issue, now, key)
    words = content(office, db, issue)
    made = approvals.by_batch(db, batch_of(issue)) or approvals.propose(
        db, batch_of(issue), now, title=_title(issue), case=issue.case, template=ISSUE, variables=words,
        sha256=approval.fingerprint(office, ISSUE, words), due_at=issue.send_at,
    )  # fmt: skip
    if name == calendar.SEND:
        return approval.send(office, db, made, now, _next_call(office, issue), key=key)
    return approval.show(office, db, made, now, rnd, key=key)


def next_due(office: Office, now: datetime, *, soon: datetime | None = None) -> datetime | None:
    """Return when the newsletter has to be looked at next, None where it has no days.

    With `soon`, only whether it is by then: something is due, or there is no issue yet for what comes now.
    """
    db, zone = office.store.db, office.zone
    if soon is not None:
        days = calendar.collecting(office.rules.duties, soon, zone)
        missing = days is not None and newsletter.of_month(db, days.month) is None
        waits = any(_due(office, db, issue, soon) for issue in newsletter.unfinished(db))
        return soon if missing or waits else None
    moments = [calendar.next_moment(one.stage, _days(one), now, zone) for one in newsletter.unfinished(db)]
    return min((at for at in moments if at is not None), default=None)


def follow(
    office: Office, db: Database, made: Approval, now: datetime, *, why: str, message: int | None = None
) -> None:
    """Let an issue go where its approval went."""
    issue = newsletter.of_case(db, made.case) if made.case is not None else None
    if issue is None:
        return
    stage = {"waiting": "approval", "approved": "approved", "cancelled": "skipped"}[made.state]
    if stage != issue.stage:
        _move(office, db, issue, stage, now, why, message=message)


def edit(
    office: Office, db: Database, issue: Issue, changes: Changes, now: datetime, rnd: Random, *, who: str
) -> Approval | None:
    """Change a draft, and put it before its approver anew: nobody has approved these words.

    None where there is no draft yet: it will have the changes. Raises LookupError for an item that is not there.
    """
    newsletter_edit.apply(db, issue, changes)
    if approvals.by_batch(db, batch_of(issue)) is None:
        return None
    fresh = newsletter.of_case(db, issue.case)
    assert fresh is not None  # noqa: S101 - it was there
    made = _propose(
        office, db, fresh, now, rnd, note=f"{who} has changed the draft. A code that was sent before counts no more."
    )
    follow(office, db, made, now, why=f"{who} changed it")
    return made


def _days(issue: Issue) -> Days:
    return Days(issue.month, issue.call_at, issue.close_at, issue.draft_at, issue.send_at)


def _due(office: Office, db: Database, issue: Issue, now: datetime) -> str:
    happened = [event.event for event in cases.events(db, issue.case)]
    if issue.stage == newsletter.APPROVAL:
        # After a new moment was set, what happened before it counts no more.
        happened = happened[len(happened) - happened[::-1].index("put off") :] if "put off" in happened else happened
    if newsletter_call.is_held(happened):
        happened.append(newsletter_call.CALLED)
    found = calendar.due(issue.stage, _days(issue), happened, now, office.zone)
    if found == "sent" and newsletter.waits(db, batch_of(issue)):
        return ""
    if found == "sending" and office.writing is None and now - issue.send_at > SOON:
        # A HOLD of before its time may lie in the mailbox unread.
        return found if mailboxes.read_since(db, issue.send_at) else ""
    return found


def batch_of(issue: Issue) -> str:
    """Return the name of an issue's sending."""
    return f"{KIND}:{issue.month}"


def _next(office: Office, db: Database, case: int, now: datetime, rnd: Random) -> bool:
    """Take the next step of an issue that is due; False where none is."""
    issue = newsletter.of_case(db, case)
    assert issue is not None  # noqa: S101 - it was listed
    match _due(office, db, issue, now):
        case "called":
            _call(office, db, issue, now)
        case "closed":
            _move(office, db, issue, newsletter.CLOSED, now, "its items close")
        case "drafted":
            _draft(office, db, issue, now, rnd)
        case "chased 1" | "chased 2" as event:
            _chase(office, db, issue, event, now, rnd)
        case "sending":
            _send(office, db, issue, now, rnd)
        case "skipped":
            _skip(office, db, issue, now, "nobody approved it in time")
        case "sent":
            _move(office, db, issue, newsletter.SENT, now, "no mail of it waits any more")
        case "reported":
            _report(office, db, issue, now)
        case _:
            return False
    return True


def _call(office: Office, db: Database, issue: Issue, now: datetime) -> None:
    if now >= issue.close_at:
        newsletter_call.withdraw(office, db, issue, now)
        _happened(db, issue, "called", now, "nobody was asked for items in time: it was not running, or was off")
    elif (asked := newsletter_call.ask(office, db, issue, now)) is not None:
        _happened(db, issue, "called", now, f"{wording.count(asked, 'reader')} asked for items")


def _draft(office: Office, db: Database, issue: Issue, now: datetime, rnd: Random) -> None:
    if now >= issue.send_at:
        _skip(office, db, issue, now, "there was no draft of it in time: the service was not running")
        return
    _move(office, db, issue, newsletter.DRAFTED, now, "the day of the draft")
    issue = newsletter.of_case(db, issue.case) or issue
    _propose(office, db, issue, now, rnd)
    _move(office, db, issue, newsletter.APPROVAL, now, "the proof was written")
    _pass_over(office, db, issue, now)


def _propose(office: Office, db: Database, issue: Issue, now: datetime, rnd: Random, *, note: str = "") -> Approval:
    notes = [note, *remarks(db, issue)]
    news_lines.tell(db, issue.ref, told(office, db, issue))
    return approval.propose(
        office, db, batch_of(issue), now, rnd, title=_title(issue), case=issue.case,
        template=ISSUE, variables=content(office, db, issue), due_at=issue.send_at,
        note=" ".join(one for one in notes if one),
    )  # fmt: skip


def _title(issue: Issue) -> str:
    return f"Newsletter, {month_in_words(issue.month)}"


def _chase(office: Office, db: Database, issue: Issue, event: str, now: datetime, rnd: Random) -> None:
    made = approvals.by_batch(db, batch_of(issue))
    others = [name for name, at in calendar.chases(issue.send_at, office.zone).items() if at <= now]
    for name in others:
        _happened(db, issue, name, now, "not approved yet" if name == event else "a later reminder took its place")
    if made is not None:
        approval.chase(office, db, made, now, rnd)


def _send(office: Office, db: Database, issue: Issue, now: datetime, rnd: Random) -> None:
    """Write mails of an approved issue, if it is still what was approved, and not long after its time."""
    made = approvals.by_batch(db, batch_of(issue))
    assert made is not None  # noqa: S101 - it was approved
    known, office.writing = office.writing, None  # where anything fails, the rest waits for another look
    today, expires = now.astimezone(office.zone).date(), _next_call(office, issue)
    begun = known is not None or bool(batches.people_in(db, made.batch))
    if now - issue.send_at > ON_TIME:
        _put_off(office, db, issue, now, rnd, "the service was not running when it should have gone")
    elif not approval.unchanged(office, made):
        _put_off(office, db, issue, now, rnd, "the template was changed after it was approved")
    elif not begun and approval.far_off(made.shown, count := len(approval.listed(db, made, today).readers)):
        why = f"the list has changed from {made.shown} to {count} since it was approved"
        _put_off(office, db, issue, now, rnd, why)
    elif not writing.ahead(office, db, approval.sending(office, db, made, now, expires), now, known):
        queued = approval.send(office, db, made, now, expires)
        _move(office, db, issue, newsletter.SENDING, now, f"approved by {made.by}; {wording.count(queued, 'mail')}")


def _next_call(office: Office, issue: Issue) -> datetime:
    """Return when it is too late for an issue: when items for the next one are asked for."""
    month = (date.fromisoformat(f"{issue.month}-01") + timedelta(days=31)).replace(day=1)
    following = calendar.days_of(office.rules.duties, month, office.zone)
    return following.call_at if following else issue.send_at + timedelta(days=14)


def _put_off(office: Office, db: Database, issue: Issue, now: datetime, rnd: Random, why: str) -> None:
    """Send nothing, and ask for a new word: it goes at the same time on the next working day."""
    local = issue.send_at.astimezone(office.zone)
    day = next_working_day(now.astimezone(office.zone).date() + timedelta(days=1))
    newsletter.put_off(db, issue.case, datetime.combine(day, local.time(), office.zone))
    _move(office, db, issue, newsletter.APPROVAL, now, why, event="put off")
    fresh = newsletter.of_case(db, issue.case) or issue
    _propose(office, db, fresh, now, rnd, note=f"Nothing was sent: {why}.")
    _pass_over(office, db, fresh, now)


def _pass_over(office: Office, db: Database, issue: Issue, now: datetime) -> None:
    """Let nobody be reminded of a proof that has only just come."""
    for name, at in calendar.chases(issue.send_at, office.zone).items():
        if at <= now:
            _happened(db, issue, name, now, "the proof has only just come")


def _skip(office: Office, db: Database, issue: Issue, now: datetime, why: str) -> None:
    made = approvals.by_batch(db, batch_of(issue))
    if made is not None:
        approvals.settle(db, made, "missed", "", now)
    _move(office, db, issue, newsletter.SKIPPED, now, why)
    _tell(office, db, issue, now, "skipped", [f"{issue.ref} was not sent to anybody: {why}."])
    tasks.add(db, f"skipped:{issue.ref}", "coordinator", f"{issue.ref} was not sent: {why}.", now, case=issue.case)


def _report(office: Office, db: Database, issue: Issue, now: datetime) -> None:
    _move(office, db, issue, newsletter.REPORTED, now, "a day after it went")
    _tell(office, db, issue, now, "reported", list(results(db, issue.ref, batch_of(issue))))


def _tell(office: Office, db: Database, issue: Issue, now: datetime, event: str, lines: list[str]) -> None:
    for person in approval.approvers(office, db, now):
        mail.write(
            office, db, now, key=f"newsletter {event}:{issue.month}:{person}", template=REPORT, kind="notice",
            recipient=Recipient(people.address_of(db, person) or "", person, people.name_of(db, person)),
            variables={"issue": month_in_words(issue.month), "lines": lines},
            cause=Cause(case=issue.case, ref=issue.ref),
            not_before=next_working_moment(now, office.config.hours.week, office.zone) if event == "skipped" else None,
        )  # fmt: skip


def _move(
    office: Office,
    db: Database,
    issue: Issue,
    stage: str,
    now: datetime,
    why: str,
    *,
    event: str = "",
    message: int | None = None,
) -> None:
    if issue.stage == newsletter.APPROVED and stage != newsletter.SENDING:
        writing.withdraw(office, db, batch_of(issue), now)
    final = stage in calendar.FINAL
    cases.move(db, cases.by_id(db, issue.case), stage, now, final=final, event=event or stage, why=why, message=message)
    journal.write(db, now, "moved", f"{issue.ref} is “{stage}” now: {why}.", case=issue.case)


def _happened(db: Database, issue: Issue, event: str, now: datetime, why: str) -> None:
    """Write down what happened within a stage."""
    case = cases.by_id(db, issue.case)
    cases.record(db, case, now, event=event, to_stage=case.stage, why=why, message=None)
