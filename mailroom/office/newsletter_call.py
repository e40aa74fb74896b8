"""The call for items: one mail to each reader, written a few at a time like an issue (`writing`).

Nobody approves a call: its words are the template's. A template that changes while it is written withdraws what was
written of it, and it is written anew; what was cut short after the items have closed goes to nobody.
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
from mailroom.store import batches, groups, people
from mailroom.store.newsletter import Issue

CALL = "newsletter/call"


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


def withdraw(office: Office, db: Database, issue: Issue, now: datetime) -> None:
    """Take back the mails of a call that was cut short: its items have closed."""
    if batches.people_in(db, batch_of(issue)):
        writing.withdraw(office, db, batch_of(issue), now)


def rehearse(office: Office, db: Database, issue: Issue, now: datetime, key: str) -> int:
    """Write the whole call under keys that begin with `key`, for a transaction that is rolled back."""
    return _ask_all(_sending(office, db, issue, now, key), there=frozenset())


def _ask_all(sending: Sending, there: frozenset[str]) -> int:
    left = [person for person in sending.people() if person not in there]
    many = sending.begin() if left else None
    return sum(sending.write(person, many) is not None for person in left) if many else 0


def _sending(office: Office, db: Database, issue: Issue, now: datetime, key: str) -> Sending:
    today = now.astimezone(office.zone).date()
    cause = Cause(case=issue.case, ref=issue.ref, batch=batch_of(issue), guard="newsletter")
    shared: dict[str, object] = {
        "issue": month_in_words(issue.month), "closes": wording.moment(issue.close_at, office.zone),
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
