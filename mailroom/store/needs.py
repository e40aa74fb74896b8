"""What must still hold of a reader as a mail leaves, beyond what holds for any mail of its kind: words of `fitness`."""

import json
from collections.abc import Sequence
from typing import Final

from sqlite_utils import Database

TABLES: Final = (
    """CREATE TABLE needs (
        outbox_id INTEGER PRIMARY KEY REFERENCES outbox (id) ON DELETE CASCADE,
        words TEXT NOT NULL CHECK (json_valid(words))
    ) STRICT""",
)
"""`vetted now` names what must hold; `restricted=wait` says what becomes of a reader in that state."""


def write(db: Database, key: str, words: Sequence[str]) -> None:
    """Write down what a mail that was queued under a key needs; nothing where none was."""
    db.execute(
        "INSERT INTO needs (outbox_id, words) SELECT id, ? FROM outbox WHERE key = ? ON CONFLICT DO NOTHING",
        (json.dumps(list(words)), key),
    )


def of(db: Database, mail: int) -> tuple[str, ...]:
    """Return what a mail needs."""
    row = db.execute("SELECT words FROM needs WHERE outbox_id = ?", (mail,)).fetchone()
    return tuple(json.loads(row[0])) if row else ()
