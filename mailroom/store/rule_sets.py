"""The last good set of rules and templates: what keeps running when a newer one is broken, also after a restart."""

import hashlib
import json
import zlib
from collections.abc import Mapping
from datetime import datetime

from sqlite_utils import Database

from mailroom.clock import stamp


def keep(db: Database, files: Mapping[str, bytes], now: datetime) -> bool:
    """Keep a set that passed every check; True when it is not the one kept last."""
    text = json.dumps({name: data.hex() for name, data in sorted(files.items())})
    digest = hashlib.sha256(text.encode()).hexdigest()
    newest = db.execute("SELECT sha256 FROM rule_sets ORDER BY accepted_at DESC, id DESC LIMIT 1").fetchone()
    if newest and newest[0] == digest:
        return False
    db.execute(
        "INSERT INTO rule_sets (sha256, accepted_at, packed) VALUES (?, ?, ?)"
        " ON CONFLICT (sha256) DO UPDATE SET accepted_at = excluded.accepted_at",
        (digest, stamp(now), zlib.compress(text.encode())),
    )
    return True


def last_good(db: Database) -> dict[str, bytes] | None:
    """Return the files of the set accepted last, None when there never was one."""
    row = db.execute("SELECT packed FROM rule_sets ORDER BY accepted_at DESC, id DESC LIMIT 1").fetchone()
    if row is None:
        return None
    return {name: bytes.fromhex(data) for name, data in json.loads(zlib.decompress(row[0])).items()}
