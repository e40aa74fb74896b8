"""Where each message lies on the mail server, as far as we know: the folder, and its UID there.

`lies_in` NULL: where it came to. A known folder with an unknown UID is what servers without UIDPLUS leave of a move.
`headed` names a folder we may have moved a message to without having recorded it: a crash came between, or what is
wanted changed meanwhile.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import stamp

WANTED: Final = "CASE m.folder WHEN '' THEN m.mailbox ELSE m.folder END"
"""The folder a message belongs in."""

_MISPLACED: Final = "filed_at IS NOT NULL AND lies_in <> CASE folder WHEN '' THEN mailbox ELSE folder END"
_NAMELESS: Final = "message_id = '' AND duplicate_of IS NULL AND direction = 'in'"

TABLES: Final = (
    "ALTER TABLE messages ADD COLUMN lies_in TEXT",
    "ALTER TABLE messages ADD COLUMN lies_validity INTEGER",
    "ALTER TABLE messages ADD COLUMN lies_uid INTEGER",
    "ALTER TABLE messages ADD COLUMN headed TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE messages ADD COLUMN seek_twin INTEGER NOT NULL DEFAULT 0",
    "UPDATE messages SET lies_in = folder WHERE filed_at IS NOT NULL AND folder NOT IN ('', mailbox)",
    "CREATE INDEX messages_place ON messages (lies_in, lies_validity, lies_uid) WHERE lies_uid IS NOT NULL",
    f"CREATE INDEX messages_misplaced ON messages (id) WHERE {_MISPLACED}",
    f"CREATE INDEX messages_nameless ON messages (size) WHERE {_NAMELESS} AND handled_at IS NOT NULL",
    "CREATE INDEX messages_headed ON messages (id) WHERE headed <> ''",
    "CREATE INDEX messages_twins ON messages (id) WHERE duplicate_of IS NOT NULL AND filed_at IS NULL",
    """CREATE TRIGGER messages_headed AFTER UPDATE OF folder ON messages
        WHEN OLD.filed_at IS NULL AND NEW.filed_at IS NULL AND OLD.folder NOT IN ('', NEW.folder) AND OLD.headed = ''
        BEGIN UPDATE messages SET headed = OLD.folder WHERE id = NEW.id; END""",
    """CREATE TABLE folders (
        name TEXT PRIMARY KEY, uidvalidity INTEGER NOT NULL, looked_below INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE copies (
        message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
        folder TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL, seen_at TEXT NOT NULL,
        PRIMARY KEY (message_id, folder, uidvalidity, uid)
    ) STRICT""",
)
"""`folders.looked_below`: every UID below it has been looked at. `copies`: seen while the message lay elsewhere too."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the server. `uid` 0: somewhere in that folder."""

    folder: str
    uidvalidity: int = 0
    uid: int = 0


@dataclass(frozen=True, slots=True)
class Lying:
    """A message of the ledger, where it should lie, and where it lies as far as we know."""

    id: int
    state: str
    message_id: str
    size: int
    sha256: str
    wanted: str
    spot: Spot
    filed: bool
    headed: str


@dataclass(frozen=True, slots=True)
class Folder:
    """What we have seen of a folder: every UID below `looked_below` was looked at."""

    name: str
    uidvalidity: int
    looked_below: int


@dataclass(frozen=True, slots=True)
class Copy:
    """A second copy of a message, seen while it still lay where it belongs."""

    message: int
    spot: Spot
    seen_at: str


@dataclass(frozen=True, slots=True)
class Twin:
    """A message in the inbox that is one we know already: a second copy, or that very one, moved back by somebody.

    `alike`: byte for byte the same, or taken in by the server in the same second. A move keeps both, as far as servers
    keep anything; a mail that comes again has passed other servers at another time.
    """

    id: int
    spot: Spot
    of: int
    alike: bool


_LYING: Final = (
    f"m.id, m.state, m.message_id, m.size, m.sha256, {WANTED}, coalesce(m.lies_in, m.mailbox),"
    " CASE WHEN m.lies_in IS NULL THEN m.uidvalidity ELSE coalesce(m.lies_validity, 0) END,"
    " CASE WHEN m.lies_in IS NULL THEN m.uid ELSE coalesce(m.lies_uid, 0) END, m.filed_at IS NOT NULL, m.headed"
)


def of(db: Database, message: int) -> Lying:
    """Return where a message lies. Raises LookupError when there is none such."""
    for found in _lying(db, "m.id = ?", (message,)):
        return found
    raise LookupError(message)


def candidates(db: Database, message_id: str, size: int) -> list[Lying]:
    """Return the messages that one on the server may be, by what is known of it without fetching it.

    One that is not read yet has no Message-ID in the ledger; neither has one that never bore any.
    """
    found: dict[int, Lying] = {}
    if message_id:
        for one in _lying(db, "m.message_id = ? AND m.direction = 'in' AND m.duplicate_of IS NULL", (message_id,)):
            found[one.id] = one
    else:
        where = f"{_NAMELESS} AND handled_at IS NOT NULL AND m.size = ?"
        for one in _lying(db, where, (size,)):
            found[one.id] = one
    for one in _lying(db, "m.state IN ('received', 'stuck') AND m.direction = 'in' AND m.size = ?", (size,)):
        found[one.id] = one
    return list(found.values())


def known(db: Database, folder: str, uidvalidity: int, uids: Collection[int]) -> set[int]:
    """Return those of some UIDs in a folder that are messages we know to lie there."""
    return {
        uid
        for (uid,) in db.execute(
            "SELECT lies_uid FROM messages WHERE lies_in = ? AND lies_validity = ?"
            " AND lies_uid IN (SELECT value FROM json_each(?))",
            (folder, uidvalidity, json.dumps(list(uids))),
        )
    }


def put(db: Database, message: int, spot: Spot) -> None:
    """Record where a message lies."""
    db.execute(
        "UPDATE messages SET lies_in = ?, lies_validity = ?, lies_uid = ?, headed = '' WHERE id = ?",
        (spot.folder, spot.uidvalidity or None, spot.uid or None, message),
    )
    db.execute("DELETE FROM copies WHERE message_id = ?", (message,))


def filed(db: Database, rows: Mapping[int, int], folder: str, uidvalidity: int) -> None:
    """Record that we moved messages into a folder: their new UIDs by row, 0 where the server did not tell.

    What was found elsewhere meanwhile stays known to lie there.
    """
    db.conn.executemany(
        "UPDATE messages SET lies_in = ?1, lies_validity = ?2, lies_uid = ?3, headed = '' WHERE id = ?4"
        " AND (?3 IS NOT NULL OR lies_in IS NULL OR lies_in = mailbox)",
        [(folder, uidvalidity if uid else None, uid or None, row) for row, uid in rows.items()],
    )


def heading(db: Database, rows: Iterable[int], folder: str) -> None:
    """Record that we are about to move filed messages, so that a crash leaves no doubt who moved them."""
    db.conn.executemany("UPDATE messages SET headed = ? WHERE id = ?", [(folder, row) for row in rows])


def in_doubt(db: Database) -> list[Lying]:
    """Return filed messages that we may have moved to where they do not belong any more, without recording it."""
    return _lying(db, f"m.headed <> '' AND m.filed_at IS NOT NULL AND m.headed <> {WANTED}", ())


def not_moved(db: Database, rows: Iterable[int]) -> None:
    """Record that messages we may have moved are where they were."""
    db.conn.executemany("UPDATE messages SET headed = '' WHERE id = ?", [(row,) for row in rows])


def stay(db: Database, message: int) -> None:
    """Record that a message belongs where it lies: it cannot be moved to where it was to go."""
    db.execute(
        "UPDATE messages SET headed = '', folder = CASE WHEN lies_in IS NULL OR lies_in = mailbox THEN ''"
        " ELSE lies_in END WHERE id = ?",
        (message,),
    )


def misplaced(db: Database, limit: int) -> list[Lying]:
    """Return filed messages that lie in another folder than they belong in."""
    where = f"m.id IN (SELECT id FROM messages WHERE {_MISPLACED} ORDER BY id LIMIT ?)"  # noqa: S608 - our own words
    return _lying(db, where, (limit,))


def twins(db: Database, limit: int) -> list[Twin]:
    """Return the messages of the inbox of which it must be seen whether they are second copies."""
    return [
        Twin(row, Spot(mailbox, validity, uid), twin, bool(alike))
        for row, mailbox, validity, uid, twin, alike in db.execute(
            "SELECT d.id, d.mailbox, d.uidvalidity, d.uid, t.id, d.sha256 = t.sha256 OR d.received_at = t.received_at"
            " FROM messages AS d JOIN messages AS t ON t.id = d.duplicate_of"
            " WHERE d.duplicate_of IS NOT NULL AND d.filed_at IS NULL AND d.seek_twin = 1 ORDER BY d.id LIMIT ?",
            (limit,),
        )
    ]


def came_again(db: Database, row: int, twin: int) -> None:
    """Ask, of a message that came again, whether it is a second copy or the first, moved back into the inbox.

    After a renumbering of the inbox it is the first under its new UID.
    """
    db.execute(
        "UPDATE messages SET seek_twin = 1 WHERE id = ?1 AND direction = 'in' AND EXISTS (SELECT 1 FROM messages AS t"
        " WHERE t.id = ?2 AND t.filed_at IS NOT NULL AND t.lies_in <> messages.mailbox)",
        (row, twin),
    )
    db.execute(
        "UPDATE messages SET (lies_in, lies_validity, lies_uid) = (SELECT mailbox, uidvalidity, uid FROM messages"
        "  WHERE id = ?1) WHERE id = ?2 AND EXISTS (SELECT 1 FROM messages AS d WHERE d.id = ?1"
        "  AND d.mailbox = coalesce(messages.lies_in, messages.mailbox)"
        "  AND (d.uidvalidity <> coalesce(messages.lies_validity, messages.uidvalidity)"
        "   OR (messages.lies_in IS NOT NULL AND messages.lies_uid IS NULL)))",
        (row, twin),
    )


def second_copy(db: Database, row: int) -> None:
    """Record that a message is a second copy indeed; it is filed with the first."""
    db.execute("UPDATE messages SET seek_twin = 0 WHERE id = ?", (row,))


def moved_back(db: Database, row: int, now: datetime) -> None:
    """Record that a message of the inbox is one we know, come back: nothing is to be done with this row."""
    db.execute(
        "UPDATE messages SET seek_twin = 0, folder = '', filed_at = ?,"
        " state = CASE state WHEN 'handled' THEN 'filed' ELSE state END,"
        " reason = '#' || duplicate_of || ' again, moved back into the inbox' WHERE id = ?",
        (stamp(now), row),
    )


def folders(db: Database) -> dict[str, Folder]:
    """Return what we have seen of each folder."""
    return {row[0]: Folder(*row) for row in db.execute("SELECT name, uidvalidity, looked_below FROM folders")}


def looked(db: Database, folder: Folder) -> None:
    """Record how far a folder was looked at."""
    db.execute(
        "INSERT INTO folders VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET uidvalidity = excluded.uidvalidity,"
        " looked_below = excluded.looked_below",
        (folder.name, folder.uidvalidity, folder.looked_below),
    )


def renumbered(db: Database, folder: str) -> None:
    """Forget the UIDs of a folder the server has renumbered (RFC 9051 section 2.3.1.1); its messages stay in it."""
    db.execute("UPDATE messages SET lies_validity = NULL, lies_uid = NULL WHERE lies_in = ?", (folder,))
    db.execute("DELETE FROM copies WHERE folder = ?", (folder,))


def renamed(db: Database, old: str, new: Folder) -> int:
    """Record that a person gave a folder another name: what lay in it belongs there; returns how many messages."""
    count = db.execute(
        "UPDATE messages SET folder = CASE folder WHEN lies_in THEN ?1 ELSE folder END, lies_in = ?1"
        " WHERE lies_in = ?2",
        (new.name, old),
    ).rowcount
    db.execute("UPDATE copies SET folder = ? WHERE folder = ?", (new.name, old))
    db.execute("DELETE FROM folders WHERE name = ?", (old,))
    looked(db, new)
    return count


def saw_copy(db: Database, message: int, spot: Spot, now: datetime) -> None:
    """Remember a second copy: half of a move looks like one, while a mail program copies first and removes then."""
    db.execute(
        "INSERT INTO copies VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (message, spot.folder, spot.uidvalidity, spot.uid, stamp(now)),
    )


def copies(db: Database) -> list[Copy]:
    """Return the second copies that are remembered."""
    return [
        Copy(row[0], Spot(*row[1:4]), row[4])
        for row in db.execute("SELECT message_id, folder, uidvalidity, uid, seen_at FROM copies ORDER BY seen_at")
    ]


def forget_copies(db: Database, before: datetime) -> None:
    """Forget second copies that have stood beside the message for long: they are copies."""
    db.execute("DELETE FROM copies WHERE seen_at < ?", (stamp(before),))


def _lying(db: Database, where: str, values: tuple[int | str, ...]) -> list[Lying]:
    return [
        Lying(row, state, message_id, size, sha256, wanted, Spot(folder, validity, uid), bool(filed), headed)
        for row, state, message_id, size, sha256, wanted, folder, validity, uid, filed, headed in db.execute(
            f"SELECT {_LYING} FROM messages AS m WHERE {where} ORDER BY m.id",  # noqa: S608 - our own words
            values,
        )
    ]
