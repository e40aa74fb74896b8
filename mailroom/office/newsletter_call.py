"""The call for items: one mail to each reader, written a few at a time like an issue (`writing`).

Nobody approves a call: its words are the template's. HOLD keeps it back, and RESUME lets it go after all. A template
that changes while it is written withdraws what was written of it, and it is written anew; what was cut short after the
items have closed goes to nobody.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from mailroom.office import approval, mail, preferences, wording, writing
from mailroom.office.mail import Cause, Recipient
from mailroom.office.many import Many
from mailroom.office.newsletter_items import month_in_words
from mailroom.office.office import Office
from mailroom.office.writing import Sending
from mailroom.store import batches, cases, groups, people
from mailroom.store.newsletter import COLLECTING, Issue

CALL = "newsletter/call"
CALLED, HELD, AGAIN = "called", "call held", "call again"


def batch_of(issue: Issue) -> str:
    """Return the name of a call's sending; its mails' keys begin with it."""
    return f"newsletter call:{issue.month}"


def ask(office: Office, db: Database, issue: Issue, now: datetime) -> int | None:
    """Ask some more readers for items: how many were asked once all are, None while there are more.

    Raises Problems when the template cannot be filled.
    """
    known, office.writing = office.writing, None  # where anything fails, the rest waits for another look
    if known is not None and known.batch == batch_of(issue) and known.templates is not office.templates:
        writing.withdraw(office, db, known.batch, now)
        known = None
    sending = _sending(office, db, issue, now, batch_of(issue))
    if writing.ahead(office, db, sending, now, known):
        return None
    there = batches.people_in(db, sending.batch)
    asked = len(there) + _ask_all(sending, there)
    batches.let_go(db, sending.batch)
    return asked


def is_held(happened: Sequence[str]) -> bool:
    """Tell from what happened in an issue whether a person keeps its call back."""
    return next((event == HELD for event in reversed(happened) if event in (HELD, AGAIN)), False)


def hold(office: Office, db: Database, issue: Issue, now: datetime, who: str) -> str:
    """Keep a call back and return what that comes to, "" where there is nothing of it any more to keep back."""
    happened = [one.event for one in cases.events(db, issue.case)]
    month = month_in_words(issue.month)
    if CALLED in happened:
        left = batches.keep_back(db, batch_of(issue), f"{who} holds it back", now)
        said = f"{wording.count(left, 'mail')} of the call for items for {month} had not left, and wait."
    else:
        withdraw(office, db, issue, now)
        _record(db, issue, now, HELD, f"{who} holds the call for items back")
        left, said = 1, f"Nobody is asked for items for {month}."
    return f"{said} RESUME {issue.ref} lets the call go after all, until {_closes(office, issue)}." if left else ""


def ask_again(office: Office, db: Database, issue: Issue, now: datetime, who: str) -> str:
    """Let a call go that a person kept back before any of it had left; "" where that is not so."""
    if issue.stage != COLLECTING or not is_held([one.event for one in cases.events(db, issue.case)]):
        return ""
    _record(db, issue, now, AGAIN, f"{who} lets the call for items go after all")
    when = wording.moment(issue.call_at, office.zone)
    return (
        f"The call for items for {month_in_words(issue.month)} goes {'now' if now >= issue.call_at else f'on {when}'}."
    )


def withdraw(office: Office, db: Database, issue: Issue, now: datetime) -> None:
    """Take back the mails of a call that was cut short: its items have closed."""
    if batches.people_in(db, batch_of(issue)):
        writing.withdraw(office, db, batch_of(issue), now)


def rehearse(office: Office, db: Database, issue: Issue, now: datetime, key: str) -> int:
    """Write the whole call under keys that begin with `key`, for a transaction that is rolled back."""
    return _ask_all(_sending(office, db, issue, now, key), there=frozenset())


def _record(db: Database, issue: Issue, now: datetime, event: str, why: str) -> None:
    case = cases.by_id(db, issue.case)
    cases.record(db, case, now, event=event, to_stage=case.stage, why=why, message=None)


def _closes(office: Office, issue: Issue) -> str:
    return wording.moment(issue.close_at, office.zone)


def _ask_all(sending: Sending, there: frozenset[str]) -> int:
    left = [person for person in sending.people() if person not in there]
    many = sending.begin() if left else None
    return sum(sending.write(person, many) is not None for person in left) if many else 0


def _sending(office: Office, db: Database, issue: Issue, now: datetime, key: str) -> Sending:
    today = now.astimezone(office.zone).date()
    cause = Cause(case=issue.case, ref=issue.ref, batch=batch_of(issue), guard="newsletter")
    shared: dict[str, object] = {
        "issue": month_in_words(issue.month), "closes": _closes(office, issue),
        "goes": wording.day(issue.send_at.astimezone(office.zone).date()),
    }  # fmt: skip

    def readers() -> Sequence[str]:
        return [one.id for one in approval.sorted_out(groups.readers(db), "newsletter", today).readers]

    def write(person: str, many: Many) -> int | None:
        address = people.address_of(db, person)
        if address is None:
            return None
        return mail.write(
            office, db, now, key=f"{key}:{person}", template=CALL, kind="mail", cause=cause, many=many,
            recipient=Recipient(address, person, people.name_of(db, person)), expires=issue.close_at,
            variables={"stop_link": preferences.stop_link(office, person)}, headers=preferences.headers(office, person),
        )  # fmt: skip

    return Sending(
        batch_of(issue), issue, issue.close_at, readers, lambda: mail.to_many(office, db, CALL, shared, cause), write
    )
