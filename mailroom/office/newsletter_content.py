"""What stands in an issue: its items as a proof counts them, and what its template is filled with."""

import re

from sqlite_utils import Database

from mailroom.office import newsletter_days as calendar
from mailroom.office import newsletter_pictures, wording
from mailroom.office import newsletter_sections as sections
from mailroom.office.newsletter_days import Days
from mailroom.office.newsletter_items import month_in_words
from mailroom.office.office import Office
from mailroom.store import news_lines, newsletter, people
from mailroom.store.newsletter import Issue, Item


def content(office: Office, db: Database, issue: Issue) -> dict[str, object]:
    """Return what fills an issue: what is complete, in the order in which it came."""
    ready = [(n, one) for n, one in numbered(db, issue).items() if not one.gaps and not one.left_out]
    images = newsletter_pictures.of_items(db, [one for _, one in ready])
    following = _following(office, issue)
    parts = sections.of_issue(office, db, issue, following)
    intro = [line for line in issue.intro.splitlines() if line.strip()]
    return {
        "issue": month_in_words(issue.month),
        "intro": intro,
        "contents": [
            *([sections.FROM_ME] if intro else []), *([sections.SAID] if parts.said else []),
            *(one.heading for _, one in ready), *([sections.DATES] if parts.dates else []),
            *([sections.PLACES] if parts.places else []), sections.REACH,
        ],
        "said": parts.said, "dates": parts.dates, "places": parts.places,
        "items": [
            {
                "n": str(n), "heading": one.heading, "words": " ".join(one.words.split()),
                "picture": "; ".join(one.alt.splitlines()) if one.pictures else "", "images": images[one.id],
            }
            for n, one in ready
        ],
        "next_close": wording.day(following.close_at.astimezone(office.zone).date()) if following else "",
    }  # fmt: skip


def told(office: Office, db: Database, issue: Issue) -> tuple[int, ...]:
    """Return the cases of which an issue says what was done."""
    return sections.of_issue(office, db, issue, None).cases


def remarks(db: Database, issue: Issue) -> list[str]:
    """Say of each item that is not in an issue why it is not, and of places and gaps which hold a figure."""
    missing = [
        f"Item {n} (“{one.heading}”, from {people.name_of(db, one.person)}) is not in it: {_why(one)}."
        for n, one in numbered(db, issue).items()
        if one.gaps or one.left_out
    ]
    counted = [
        f"“{one.words}” holds a figure: a small number can point to a person."
        for one in news_lines.lines(db, issue.case, "gap")
        if re.search(r"\d", one.words)
    ]
    return missing + counted


def numbered(db: Database, issue: Issue) -> dict[int, Item]:
    """Return the items of an issue as a proof counts them."""
    return dict(enumerate(newsletter.items(db, issue.case), start=1))


def _following(office: Office, issue: Issue) -> Days | None:
    return calendar.collecting(office.rules.duties, max(issue.send_at, issue.close_at), office.zone)


def _why(item: Item) -> str:
    if item.left_out:
        return "as you said"
    return f"it lacks {' and '.join(gap.replace('_', ' ') for gap in item.gaps)}"
