"""What was before: the cases somebody has had."""

from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp

NEVER_MINE = ("declined", "cancelled", "withdrawn", "undone", "merged")
"""Stages of a case that came to nothing: it takes nobody's turn."""


def of_requester(db: Database, person: str, kind: str, since: datetime, *, but: int) -> list[str]:
    """Return the references of the cases of a kind that somebody has had since a moment, this one left out."""
    marks = ", ".join("?" * len(NEVER_MINE))
    rows = db.execute(
        "SELECT ref FROM cases WHERE requester_id = ? AND kind = ? AND opened_at >= ? AND id <> ?"  # noqa: S608
        f" AND stage NOT IN ({marks}) ORDER BY id",
        (person, kind, stamp(since), but, *NEVER_MINE),
    )
    return [ref for (ref,) in rows]
