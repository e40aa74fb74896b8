"""Changes of the coordinator's files that came by mail and wait for a yes: whole files, and what they change from.

A draft is `faulty` (its set has faults and can never go live), `waiting`, `live`, or `refused`; the first, and the
last two, are final.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from mailroom.clock import stamp

State = Literal["faulty", "waiting", "live", "refused"]


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One proposed change. `files` by key; `base` says of each the hash it had when this was proposed, "" for a new."""

    id: int
    person: str
    by: str
    words: str
    state: State
    sha256: str
    files: Mapping[str, bytes]
    base: Mapping[str, str]


def add(  # noqa: PLR0913 - what a draft is made of
    db: Database,
    now: datetime,
    *,
    person: str,
    by: str,
    words: str,
    state: State,
    files: Mapping[str, bytes],
    base: Mapping[str, str],
    cause: int | None,
) -> DraftRow:
    """Keep a proposed change."""
    text = json.dumps({name: data.hex() for name, data in sorted(files.items())})
    digest = hashlib.sha256(text.encode()).hexdigest()
    [row] = db.execute(
        "INSERT INTO drafts (person_id, by, words, state, sha256, packed, base, cause_id, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (person, by, words, state, digest, zlib.compress(text.encode()), json.dumps(dict(base)), cause, stamp(now)),
    ).fetchone()
    return DraftRow(row, person, by, words, state, digest, dict(files), dict(base))


def by_id(db: Database, draft: int) -> DraftRow:
    """Return a draft. Raises LookupError when there is none such."""
    row = db.execute(
        "SELECT id, person_id, by, words, state, sha256, packed, base FROM drafts WHERE id = ?", (draft,)
    ).fetchone()
    if row is None:
        raise LookupError(draft)
    files = {name: bytes.fromhex(data) for name, data in json.loads(zlib.decompress(row[6])).items()}
    number, person, by, words, state, digest, _, base = row
    return DraftRow(number, person, by, words, state, digest, files, json.loads(base))


def settle(db: Database, draft: int, state: Literal["live", "refused"], now: datetime) -> None:
    """Record what became of a draft that waited."""
    db.execute(
        "UPDATE drafts SET state = ?, settled_at = ? WHERE id = ? AND state = 'waiting'", (state, stamp(now), draft)
    )


def hashes(files: Mapping[str, bytes], names: Mapping[str, bytes]) -> dict[str, str]:
    """Return the hash of each file of `names` as it is among `files`, "" for one that is not there."""
    return {name: hashlib.sha256(files[name]).hexdigest() if name in files else "" for name in names}
