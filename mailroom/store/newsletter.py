"""The newsletter's rows: one issue a month, and the items people send for it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from mailroom.clock import moment, stamp

TABLES: Final = (
    """CREATE TABLE issues (
        case_id INTEGER PRIMARY KEY REFERENCES cases (id),
        month TEXT NOT NULL UNIQUE CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
        call_at TEXT NOT NULL, close_at TEXT NOT NULL, draft_at TEXT NOT NULL, send_at TEXT NOT NULL,
        intro TEXT NOT NULL DEFAULT ''
    ) STRICT""",
    """CREATE TABLE news_items (
        id INTEGER PRIMARY KEY,
        case_id INTEGER NOT NULL REFERENCES issues (case_id),
        message_id INTEGER NOT NULL UNIQUE REFERENCES messages (id),
        thread_id INTEGER REFERENCES threads (id),
        person_id TEXT NOT NULL REFERENCES people (id),
        at TEXT NOT NULL,
        heading TEXT NOT NULL, words TEXT NOT NULL, pictures INTEGER NOT NULL DEFAULT 0,
        alt TEXT NOT NULL DEFAULT '', permission TEXT NOT NULL DEFAULT '',
        gaps TEXT NOT NULL DEFAULT '[]', left_out INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    "CREATE INDEX news_items_issue ON news_items (case_id)",
)
"""`send_at` and the others are the moments an issue was opened with; a schedule changed later counts for later ones."""

PICTURES: Final = (
    """CREATE TABLE news_pictures (
        id INTEGER PRIMARY KEY,
        item_id INTEGER NOT NULL REFERENCES news_items (id) ON DELETE CASCADE,
        cid TEXT NOT NULL, width INTEGER NOT NULL, data BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX news_pictures_item ON news_pictures (item_id)",
    "CREATE INDEX news_pictures_cid ON news_pictures (cid) WHERE cid <> ''",
)
"""Pictures as they are shown; one that could not be opened has no bytes."""

COLLECTING: Final = "collecting"
CLOSED: Final = "closed"
DRAFTED: Final = "drafted"
APPROVAL: Final = "approval"
APPROVED: Final = "approved"
SENDING: Final = "sending"
SENT: Final = "sent"
REPORTED: Final = "reported"
SKIPPED: Final = "skipped"


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue as it stands; `stage` is its case's. `month` is such as 2027-01."""

    case: int
    ref: str
    stage: str
    month: str
    call_at: datetime
    close_at: datetime
    draft_at: datetime
    send_at: datetime
    intro: str


@dataclass(frozen=True, slots=True)
class Item:
    """What somebody sent for an issue. `gaps` name what it still lacks; `left_out` is the coordinator's choice."""

    id: int
    case: int
    message: int
    person: str
    heading: str
    words: str
    pictures: int
    alt: str
    permission: str
    gaps: tuple[str, ...]
    left_out: bool
    broken: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture as it is shown: a JPEG, or b"" for one that cannot be opened."""

    cid: str
    width: int
    data: bytes


_ISSUE = (
    "SELECT i.case_id, c.ref, c.stage, i.month, i.call_at, i.close_at, i.draft_at, i.send_at, i.intro"
    " FROM issues AS i JOIN cases AS c ON c.id = i.case_id"
)
_ITEM = (
    "SELECT id, case_id, message_id, person_id, heading, words, pictures, alt, permission, gaps, left_out,"
    " (SELECT count(*) FROM news_pictures WHERE item_id = news_items.id AND cid = '') FROM news_items"
)


def open_issue(
    db: Database,
    case: int,
    month: str,
    *,
    call_at: datetime,
    close_at: datetime,
    draft_at: datetime,
    send_at: datetime,
) -> None:
    """Enter an issue; its case is there already."""
    db.execute(
        "INSERT INTO issues (case_id, month, call_at, close_at, draft_at, send_at) VALUES (?, ?, ?, ?, ?, ?)",
        (case, month, stamp(call_at), stamp(close_at), stamp(draft_at), stamp(send_at)),
    )


def of_month(db: Database, month: str) -> Issue | None:
    """Return the issue of a month."""
    return next(iter(_issues(db, "WHERE i.month = ?", month)), None)


def of_case(db: Database, case: int) -> Issue | None:
    """Return the issue a case is."""
    return next(iter(_issues(db, "WHERE i.case_id = ?", case)), None)


def unfinished(db: Database) -> list[Issue]:
    """Return the issues about which something is still to be done, oldest first."""
    return _issues(db, "WHERE c.final = 0 ORDER BY i.month")


def put_intro(db: Database, case: int, words: str) -> None:
    """Keep what the coordinator says first in an issue."""
    db.execute("UPDATE issues SET intro = ? WHERE case_id = ?", (words, case))


def put_off(db: Database, case: int, send_at: datetime) -> None:
    """Keep a later moment at which an issue goes."""
    db.execute("UPDATE issues SET send_at = ? WHERE case_id = ?", (stamp(send_at), case))


def add_item(  # noqa: PLR0913 - what an item is made of
    db: Database,
    case: int,
    message: int,
    *,
    thread: int | None,
    person: str,
    at: datetime,
    heading: str,
    words: str,
    pictures: int,
    alt: str,
    permission: str,
    gaps: Sequence[str],
) -> int:
    """Enter an item, and return its number."""
    row = db.execute(
        "INSERT INTO news_items (case_id, message_id, thread_id, person_id, at, heading, words, pictures, alt,"
        " permission, gaps) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            case, message, thread, person, stamp(at), heading, words, pictures, alt, permission,
            json.dumps(list(gaps)),
        ),
    ).fetchone()  # fmt: skip
    return int(row[0])


def change_item(  # noqa: PLR0913 - what of an item may change
    db: Database,
    item: int,
    *,
    heading: str,
    words: str,
    pictures: int,
    alt: str,
    permission: str,
    gaps: Sequence[str],
    left_out: bool = False,
) -> None:
    """Bring an item up to date."""
    db.execute(
        "UPDATE news_items SET heading = ?, words = ?, pictures = ?, alt = ?, permission = ?, gaps = ?, left_out = ?"
        " WHERE id = ?",
        (heading, words, pictures, alt, permission, json.dumps(list(gaps)), int(left_out), item),
    )


def add_pictures(db: Database, item: int, pictures: Sequence[Kept]) -> None:
    """Keep the pictures of an item; they take the place of those that could not be opened."""
    if pictures:
        db.execute("DELETE FROM news_pictures WHERE item_id = ? AND cid = ''", (item,))
    for one in pictures:
        sql = "INSERT INTO news_pictures (item_id, cid, width, data) VALUES (?, ?, ?, ?)"
        db.execute(sql, (item, one.cid, one.width, one.data))


def move_pictures(db: Database, before: int, item: int) -> None:
    """Let an item that goes into another issue take its pictures along."""
    db.execute("UPDATE news_pictures SET item_id = ? WHERE item_id = ?", (item, before))


def pictures_of(db: Database, item: int) -> list[str]:
    """Return which pictures of an item can be shown, in the order they came."""
    sql = "SELECT cid FROM news_pictures WHERE item_id = ? AND cid <> '' ORDER BY id"
    return [cid for (cid,) in db.execute(sql, (item,))]


def picture(db: Database, cid: str) -> Kept:
    """Return a picture. Raises LookupError when there is none such."""
    row = db.execute(
        "SELECT cid, width, data FROM news_pictures WHERE cid = ? AND cid <> '' LIMIT 1", (cid,)
    ).fetchone()
    if row is None:
        raise LookupError(cid)
    return Kept(*row)


def items(db: Database, case: int) -> list[Item]:
    """Return the items of an issue in the order they came, but for those whose message was found to be no item."""
    return _items(
        db,
        "WHERE case_id = ? AND message_id IN (SELECT id FROM messages WHERE class = 'news.item') ORDER BY at, id",
        case,
    )


def item_of(db: Database, message: int | None, thread: int, person: str) -> Item | None:
    """Return the item an answer belongs to: that of the message our mail was about, else the newest of the thread."""
    found = _items(db, "WHERE message_id = ? AND person_id = ?", message, person) if message is not None else []
    found += _items(db, "WHERE thread_id = ? AND person_id = ? ORDER BY id DESC", thread, person)
    return next(iter(found), None)


@dataclass(frozen=True, slots=True)
class Count:
    """What became of the mails of one sending."""

    state: str
    person: str


def outcomes(db: Database, batch: str) -> list[Count]:
    """Return for each mail of a sending its state and whom it was to."""
    return [
        Count(*row)
        for row in db.execute(
            "SELECT iif(returned > 0 AND state IN ('deferred', 'ready', 'failed'), 'returned', state),"
            " coalesce(person_id, recipient) FROM outbox WHERE batch = ? AND batch <> '' ORDER BY id",
            (batch,),
        )
    ]


def waits(db: Database, batch: str) -> bool:
    """Tell whether any mail of a sending has still to be sent."""
    sql = (
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE batch = ? AND batch <> ''"
        " AND state IN ('held', 'ready', 'sending', 'deferred'))"
    )
    return bool(db.execute(sql, (batch,)).fetchone()[0])


def readers(db: Database) -> list[str]:
    """Return the ids of those who get the newsletter and have not left, in the order of their names."""
    return [
        person
        for (person,) in db.execute(
            "SELECT id FROM people WHERE newsletter = 1 AND state <> 'left' AND kind <> 'former' ORDER BY name, id"
        )
    ]


def subscribe(db: Database, person: str, *, wanted: bool) -> bool:
    """Write down whether somebody wants the newsletter; False where it was so already."""
    sql = "UPDATE people SET newsletter = ?1 WHERE id = ?2 AND newsletter <> ?1"
    return db.execute(sql, (int(wanted), person)).rowcount > 0


def _issues(db: Database, where: str, *values: object) -> list[Issue]:
    found = []
    for case, ref, stage, month, call_at, close_at, draft_at, send_at, intro in db.execute(f"{_ISSUE} {where}", values):
        days = (moment(call_at), moment(close_at), moment(draft_at), moment(send_at))
        found.append(Issue(case, ref, stage, month, *days, intro))
    return found


def _items(db: Database, where: str, *values: object) -> list[Item]:
    found = []
    for row in db.execute(f"{_ITEM} {where}", values):
        number, case, message, person, heading, words, pictures, alt, permission, gaps, left_out, broken = row
        said = (heading, words, pictures, alt, permission)
        found.append(Item(number, case, message, person, *said, tuple(json.loads(gaps)), bool(left_out), broken))
    return found
