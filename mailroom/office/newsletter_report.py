"""What became of an issue, for its coordinator: in sentences, with names where a person has to do something."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from sqlite_utils import Database

from mailroom.office import wording
from mailroom.store import newsletter, people

_RESULTS: Final = {
    "sent": "were taken by the mail server. Nothing tells us who has opened theirs",
    "returned": "came back",
    "failed": "could not be delivered",
    "doubtful": "may or may not have arrived: the line went dead",
    "cancelled": "were withdrawn: their readers left the list, or their addresses are out of use",
    "expired": "were not sent in time",
    "ready": "still wait to be sent",
    "deferred": "still wait to be sent: the server asked us to come back later",
}


def results(db: Database, ref: str, batch: str) -> Iterator[str]:
    """Say what became of an issue's mails, a sentence each; by name where a person has to do something."""
    found = newsletter.outcomes(db, batch)
    counts = Counter(one.state for one in found)
    yield f"{ref} was written to {wording.count(len(found), 'reader')}."
    for state, words in _RESULTS.items():
        if not counts[state]:
            continue
        names = [people.name_of(db, one.person) or "one reader" for one in found if one.state == state]
        who = "" if state == "sent" else f": {', '.join(names)}"
        yield f"{wording.count(counts[state], 'mail')} {words}{who}."
    there = set(newsletter.readers(db))
    gone = [one.person for one in found if one.person not in there]
    if gone:
        yield f"Left the list since: {', '.join(people.name_of(db, person) for person in gone)}."
