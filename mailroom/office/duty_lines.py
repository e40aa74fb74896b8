"""What the coordinator reads of the schedule in her summary: what was missed, and what is on trial."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from mailroom.office import wording
from mailroom.store import duties
from mailroom.store.duties import Run


def missed(db: Database, since: datetime, now: datetime, zone: ZoneInfo) -> list[str]:
    """Return a sentence for each duty of which something was let go in a span."""
    return [
        in_words(name, [one.due for one in runs], zone)
        for name, runs in _by_duty(duties.between(db, "stale", since, now))
    ]


def in_words(name: str, dues: Sequence[datetime], zone: ZoneInfo) -> str:
    """`“digest”, due on Mon 11 January, 07:30, was missed and will not be sent.`."""
    first, last = (wording.short_moment(one, zone) for one in (min(dues), max(dues)))
    if len(dues) == 1:
        return f"“{name}”, due on {first}, was missed and will not be sent."
    return f"“{name}” was missed {len(dues)} times, from {first} to {last}; these will not be sent."


def on_trial(db: Database, since: datetime, now: datetime, zone: ZoneInfo) -> list[dict[str, str]]:
    """Return a row of the summary's trials for each duty on trial that was due in a span."""
    return [
        {
            "rule": f"Send: {name}",
            "count": wording.count(len(runs), "time"),
            "actions": runs[-1].words,
            "examples": wording.short_moment(runs[-1].due, zone),
            "more": "yes" if len(runs) > 1 else "",
        }
        for name, runs in _by_duty(duties.between(db, "trial", since, now))
    ]


def _by_duty(runs: Iterable[Run]) -> list[tuple[str, list[Run]]]:
    return [(name, list(found)) for name, found in groupby(runs, key=lambda one: one.duty)]
