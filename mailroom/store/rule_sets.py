"""The sets of rules and templates that were ever in force: the last one outlives a restart, the one before it an error.

Each names the set it followed, so that taking a change back again and again walks back, and not to and fro.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp

_IN_FORCE = "SELECT id, sha256, follows FROM rule_sets ORDER BY turn DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Accepted:
    """One set that was in force: when it came, by whom, and what it changed, in words."""

    id: int
    at: str
    who: str
    words: str
    follows: int | None
    in_force: bool


def keep(db: Database, files: Mapping[str, bytes], now: datetime, who: str = "", words: str = "") -> bool:
    """Keep a set that passed every check; True when it is not the one kept last.

    A set that equals the one before the newest is that one again: the newer change was taken back.
    """
    packed, digest = _packed(files)
    newest = db.execute(_IN_FORCE).fetchone()
    if newest and newest[1] == digest:
        return False
    [turn] = db.execute("SELECT coalesce(max(turn), 0) + 1 FROM rule_sets").fetchone()
    again = "UPDATE rule_sets SET turn = ? WHERE id = ? AND sha256 = ?"
    if newest and db.execute(again, (turn, newest[2], digest)).rowcount:
        return True
    db.execute(
        "INSERT INTO rule_sets (turn, sha256, accepted_at, packed, who, words, follows) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (turn, digest, stamp(now), packed, who, words, newest[0] if newest else None),
    )
    return True


def last_good(db: Database) -> dict[str, bytes] | None:
    """Return the files of the set accepted last, None when there never was one."""
    newest = db.execute(_IN_FORCE).fetchone()
    return files_of(db, newest[0]) if newest else None


def formerly(db: Database) -> dict[str, bytes]:
    """Return the files of the set that was in force before the change to the present one, {} when there was none."""
    row = db.execute("SELECT id FROM rule_sets ORDER BY turn DESC LIMIT 1 OFFSET 1").fetchone()
    return (files_of(db, row[0]) if row else None) or {}


def accepted(db: Database) -> list[Accepted]:
    """Return every set that was in force, in the order in which they came."""
    newest = db.execute(_IN_FORCE).fetchone()
    return [
        Accepted(row[0], row[1], row[2], row[3], row[4], row[0] == newest[0])
        for row in db.execute("SELECT id, accepted_at, who, words, follows FROM rule_sets ORDER BY id")
    ]


def in_force(db: Database) -> Accepted | None:
    """Return the set in force, None before the first."""
    return next((one for one in accepted(db) if one.in_force), None)


def files_of(db: Database, number: int) -> dict[str, bytes] | None:
    """Return the files of a set by its number, None when there is none such."""
    row = db.execute("SELECT packed FROM rule_sets WHERE id = ?", (number,)).fetchone()
    if row is None:
        return None
    return {name: bytes.fromhex(data) for name, data in json.loads(zlib.decompress(row[0])).items()}


def _packed(files: Mapping[str, bytes]) -> tuple[bytes, str]:
    text = json.dumps({name: data.hex() for name, data in sorted(files.items())})
    return zlib.compress(text.encode()), hashlib.sha256(text.encode()).hexdigest()
