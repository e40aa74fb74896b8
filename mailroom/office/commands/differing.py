"""APPROVE with the code of an earlier proof: what has been changed since, line by line."""

import difflib
from typing import Final

from sqlite_utils import Database

from mailroom.office.plain import plain_words
from mailroom.store import codes

MOST: Final = 12
"""Lines of a difference; whoever changed more reads the newer proof."""

_QUOTED: Final = ">"


def since(db: Database, code: str, person: str) -> list[str]:
    """Return how the newest proof differs from the one that a code came with; [] where it is no earlier proof's.

    Only whoever was sent the code is told.
    """
    old = codes.look(db, code)
    if old is None or old.person != person or old.used != codes.REPLACED:
        return []
    newer = codes.newest(db, old.about, old.subject)
    before, now = (_read_by_all(codes.proof_with(db, one)) for one in (code, newer))
    if not before or not now:
        return []
    changed = [line for line in difflib.ndiff(before, now) if line[:2] in ("- ", "+ ")]
    if not changed:
        return ["Its words are the same, but who gets it, or when, has changed. The newer proof says so."]
    shown = [f"{'No longer' if line[0] == '-' else 'Now'}: {line[2:]}" for line in changed[:MOST]]
    more = [f"And {len(changed) - MOST} further lines."] if len(changed) > MOST else []
    return ["It was changed since. The newer proof has a code of its own.", *shown, *more]


def _read_by_all(mime: bytes) -> list[str]:
    """Return the words that a proof quotes: those that its readers would read."""
    lines = (line.strip() for line in plain_words(mime).split("\n")) if mime else ()
    return [words for line in lines if line.startswith(_QUOTED) and (words := line.lstrip("> ").strip())]
