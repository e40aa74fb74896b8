"""Items for the newsletter: which issue takes what somebody sends, and what they are told.

The words of an item are read in `news_item`; here it is entered, completed by a further mail, and acknowledged.
"""

from datetime import date, datetime
from typing import Final

from sqlite_utils import Database

from mailroom.office import news_item, newsletter_pictures, wording
from mailroom.office import newsletter_days as calendar
from mailroom.office.cases import Incoming
from mailroom.office.news_item import NewsItem
from mailroom.office.newsletter_days import Days
from mailroom.office.office import Office
from mailroom.office.place import Placed
from mailroom.store import cases, journal, links, newsletter, people
from mailroom.store import commands as store
from mailroom.store.newsletter import Issue, Item

KIND: Final = "newsletter"
RECEIVED: Final = "newsletter/item-received"
"""What a rule answers an item with; what is really said depends on what the item lacks, and on when it came."""
COMPLETE: Final = "newsletter/item-complete"
INCOMPLETE: Final = "newsletter/item-incomplete"
NEXT_ISSUE: Final = "newsletter/item-next-issue"


def collect(
    office: Office, db: Database, this: Incoming, placed: Placed, now: datetime
) -> tuple[str, dict[str, object]]:
    """Take an item, or what completes one, and return the acknowledgement: its template and what fills it.

    ("", {}) where the newsletter has no days, or nobody vouches for who wrote.
    """
    days = calendar.collecting(office.rules.duties, this.at, office.zone)
    if days is None or this.sender.trust != "verified":
        return "", {}
    before = _answered(db, this, placed)
    issue = newsletter.of_case(db, before.case) if before else None
    if issue is None or issue.stage not in (newsletter.COLLECTING, newsletter.CLOSED):
        # What completes an item whose issue has been drafted goes where a new one goes.
        issue = opened(db, days, now)
    item = news_item.read(this.message, as_read(before), whose=_whose(db, this))
    item, pictures = newsletter_pictures.received(db, this.row, item, as_read(before))
    links.to_case(db, this.row, issue.case, now, confirmed=True, how=f"an item for {issue.ref}", by="mailroom")
    if before is not None and before.case == issue.case:
        newsletter.change_item(
            db, before.id, heading=item.heading, words=item.words, pictures=item.pictures, alt=item.alt,
            permission=item.permission, gaps=item.gaps,
        )  # fmt: skip
        number = before.id
    else:
        number = newsletter.add_item(
            db, issue.case, this.row, thread=this.thread, person=this.sender.person, at=this.at, heading=item.heading,
            words=item.words, pictures=item.pictures, alt=item.alt, permission=item.permission, gaps=item.gaps,
        )  # fmt: skip
        if before is not None:
            newsletter.move_pictures(db, before.id, number)
    newsletter.add_pictures(db, number, pictures)
    first = calendar.days_of(office.rules.duties, this.at.astimezone(office.zone).date().replace(day=1), office.zone)
    late = before is None and first is not None and first.month != issue.month and this.at >= first.close_at
    template = NEXT_ISSUE if late else INCOMPLETE if item.gaps else COMPLETE
    journal.write(
        db, now, "recorded", f"#{this.row} is an item for {issue.ref}"
        + (f"; it lacks: {', '.join(item.gaps)}." if item.gaps else ", and complete."), message=this.row,
        case=issue.case,
    )  # fmt: skip
    said: dict[str, object] = {
        "issue": month_in_words(issue.month), "heading": item.heading, "missing": item.missing(),
        "closes": wording.moment(issue.close_at, office.zone),
    }  # fmt: skip
    return template, said


def month_in_words(month: str) -> str:
    """`January 2027` of 2027-01."""
    first = date.fromisoformat(f"{month}-01")
    return f"{first:%B} {first.year}"


def open_next(office: Office, db: Database, now: datetime) -> None:
    """Open the issue that takes what comes now."""
    days = calendar.collecting(office.rules.duties, now, office.zone)
    if days is not None:
        opened(db, days, now)


def opened(db: Database, days: Days, now: datetime) -> Issue:
    """Return the issue of these days, opened if it was not."""
    issue = newsletter.of_month(db, days.month)
    if issue is not None:
        return issue
    ref = f"NEWS-{days.month}"
    case = cases.by_ref(db, ref) or cases.add(db, ref, KIND, newsletter.COLLECTING, now, owner="coordinator")
    newsletter.open_issue(
        db, case.id, days.month, call_at=days.call_at, close_at=days.close_at, draft_at=days.draft_at,
        send_at=days.send_at,
    )  # fmt: skip
    why = f"items for {month_in_words(days.month)} are taken from now on"
    cases.record(db, case, now, event="opened", to_stage=case.stage, why=why, message=None)
    journal.write(db, now, "opened", f"Opened {ref}: {why}.", case=case.id)
    found = newsletter.of_month(db, days.month)
    assert found is not None  # noqa: S101 - it was entered just now
    return found


def _answered(db: Database, this: Incoming, placed: Placed) -> Item | None:
    """Return the item an answer completes."""
    answered = placed.joined.answered
    if answered is None:
        return None
    return newsletter.item_of(db, store.cause_of(db, answered.id).message, this.thread, this.sender.person)


def as_read(item: Item | None) -> NewsItem | None:
    """Return an item as it was read when it came."""
    if item is None:
        return None
    return NewsItem(item.heading, item.words, item.pictures, item.alt, item.permission, broken=item.broken)


def _whose(db: Database, this: Incoming) -> str:
    """Head an item that has no heading: a partner by name, and never a member by theirs."""
    kind = this.sender.kind
    organisation = people.organisation_of(db, this.sender.person)
    if kind == "partner" and organisation:
        return f"From {organisation}"
    return "From a member of the group" if kind == "member" else "News from the division"
