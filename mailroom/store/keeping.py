"""What is kept of a decided message, where it lies and who may find it: restricted, stripped, binned, released."""

from datetime import date
from typing import Any, Final, Literal

from sqlite_utils import Database

from mailroom.store import settings

RESTRICTED: Final = "Restricted"
"""The folder of messages that only the coordinator may see."""

_OUTCOME: Final = ("class", "flags", "folder", "state", "filed_at", "direction", "decision")


def restrict(db: Database, row: int, reason: str) -> None:
    """Say that a decided message is kept apart, for the coordinator alone."""
    db.execute(
        "UPDATE messages SET state = 'restricted', reason = ?, folder = ? WHERE id = ?", (reason, RESTRICTED, row)
    )


def bin_on(db: Database, row: int, day: date) -> None:
    """Say from which day on the mail server's copy of a message may be thrown away; of two days the earlier counts."""
    db.execute("UPDATE messages SET bin_on = min(coalesce(bin_on, ?1), ?1) WHERE id = ?2", (day.isoformat(), row))


def unindex(db: Database, row: int) -> None:
    """Make a message one that is not found by its words."""
    db.execute("DELETE FROM message_text WHERE message_id = ?", (row,))


def is_indexed(db: Database, row: int) -> bool:
    """Tell whether a message is found by its words."""
    return db.execute("SELECT 1 FROM message_text WHERE message_id = ?", (row,)).fetchone() is not None


def replace_raw(db: Database, row: int, packed: bytes) -> None:
    """Keep other bytes of a message, packed, than those that came. The hash stays the mail's, which may come again."""
    db.execute("UPDATE message_raw SET packed = ? WHERE message_id = ?", (packed, row))
    settings.put(db, settings.WIPE, "1")


def as_its_twin(db: Database, row: int, twin: int) -> None:
    """Keep of a message that came before no more than was kept of its first copy, where that is restricted."""
    if outcome(db, twin)["state"] != "restricted":
        return
    db.execute(
        "UPDATE messages SET (state, reason, bin_on) = (SELECT state, reason, bin_on FROM messages WHERE id = ?)"
        " WHERE id = ?",
        (twin, row),
    )
    db.execute(
        "UPDATE message_raw SET packed = (SELECT packed FROM message_raw WHERE message_id = ?) WHERE message_id = ?",
        (twin, row),
    )
    settings.put(db, settings.WIPE, "1")


def set_state(db: Database, row: int, state: Literal["handled", "filed", "quarantined", "restricted"]) -> None:
    """Set a message apart, or take it back among the others."""
    db.execute("UPDATE messages SET state = ? WHERE id = ?", (state, row))


def outcome(db: Database, row: int) -> dict[str, Any]:
    """Return what was decided about a message, as it is written down. Raises LookupError when there is none such."""
    found = db.execute(f"SELECT {', '.join(_OUTCOME)} FROM messages WHERE id = ?", (row,)).fetchone()  # noqa: S608
    if found is None:
        raise LookupError(row)
    return dict(zip(_OUTCOME, found, strict=True))
