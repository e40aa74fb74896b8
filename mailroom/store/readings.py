"""Readings: what deciding needs of a message and what the office knew then, kept small for `try` and suggestions.

The new words, the subject and who, not the quoted text and no attachment: a week's mail can be decided again in a
second, on the facts of its day. One row a message; it goes with the message.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from typing import Any, Final, get_args, get_type_hints

import msgspec
from sqlite_utils import Database

from mailroom.clock import stamp
from mailroom.message.model import Message
from mailroom.rules.model import Facts

MADE: Final = 1
"""Raised when the same message is understood otherwise than before, so that older readings are made anew."""

# Written by servers on the way, long, and of no use to a rule about what people write.
_TRANSPORT = (
    "arc-", "authentication-results", "dkim-signature", "domainkey-signature", "in-reply-to", "mime-version",
    "received", "references", "thread-index", "x-google-", "x-gm-", "x-microsoft-antispam", "x-ms-exchange-",
    "x-forefront-antispam", "x-received", "content-",
)  # fmt: skip
LONGEST_HEADER = 500
"""Characters kept of a header; safety looks at none, and a rule at its beginning."""
LONGEST_FORWARD = 20_000

# Only what most readings hold anyway: it makes a short one half as long.
_COMMON = (
    b'[{"message_id":"<","sender":{"name":"","address":""},"reply_to":[],"to":[{"name":"","address":""}],"cc":[],'
    b'"date":"20","subject":"Re: ","in_reply_to":"<","references":[],"text":"","new_text":"","kind":"person",'
    b'"automatic":null,"silence":"","bounces":[],"calendar":null,"forward":null,"authentication":{"verdict":"pass",'
    b'"spf":"","dkim":"","dmarc":"pass"},"marking":"","attachments":[{"name":".pdf","type":"application/pdf","size":,'
    b'"sha256":"","true_type":"","notes":[]}],"headers":[["return-path","<"],["from","<"],["to","<"],["subject",""],'
    b'["date",""],["message-id","<"]],"size":,"sha256":"","defects":[],"conversation":"","reply":"","look":[],'
    b'"sealed":false},{"sender":{"address":"","name":"","person":"M","kind":"member","roles":["officer"],'
    b'"trust":"verified","state":"active","station":"","recused_for":[],"impostor_of":"","impostor_kind":"",'
    b'"lookalike_of":""},"now":"20","answers_template":"newsletter/issue","answers_ref":"","thread_refs":[],'
    b'"open_cases":[{"ref":"","kind":"","stage":"","place":"","requester":""}],"places":[],"known_refs":[],'
    b'"out_of_hours":false,"own_addresses":[""],"cc_members":[]}]'
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """A stored message as it can be decided again. `message` None: of an older shape, to be read from its bytes.

    `facts` None: what the office knew then is not known, so it has to be placed as of now.
    """

    row: int
    received_at: datetime
    message: Message | None
    facts: Facts | None


def small(message: Message) -> Message:
    """Return a message without what no decision looks at."""
    forward = message.forward
    if forward is not None and len(forward.text) > LONGEST_FORWARD:
        forward = replace(forward, text=forward.text[:LONGEST_FORWARD])
    kept = tuple((name, value[:LONGEST_HEADER]) for name, value in message.headers if keeps(name))
    return replace(message, text="", reply="", headers=kept, forward=forward, references=(), bounces=())


def keeps(header: str) -> bool:
    """Tell whether a header, by its lower-cased name, is part of a reading."""
    return not header.startswith(_TRANSPORT)


def write(db: Database, row: int, message: Message, facts: Facts) -> None:
    """Keep the reading of a message, in place of an earlier one."""
    db.execute(
        "INSERT OR REPLACE INTO readings (message_id, shape, packed) VALUES (?, ?, ?)",
        (row, SHAPE, pack(message, facts)),
    )


def strip(db: Database, row: int, left: Message) -> None:
    """Write a reading anew after files were taken out: of them it keeps what the message does, name, type and size.

    What the office knew when it decided stays, so that a rule about files can still be tried on it.
    """
    before = one(db, row)
    if before is None or before.message is None or before.facts is None:
        forget(db, row)
        return
    files = tuple(replace(file, notes=()) for file in before.message.attachments)
    write(db, row, replace(left, attachments=files), before.facts)


def pack(message: Message, facts: Facts) -> bytes:
    """Put a reading into bytes."""
    packer = zlib.compressobj(1, zdict=_COMMON)
    return packer.compress(_encoder.encode((small(message), facts))) + packer.flush()


def forget(db: Database, row: int) -> None:
    """Remove the reading of a message."""
    db.execute("DELETE FROM readings WHERE message_id = ?", (row,))


def one(db: Database, row: int) -> Reading | None:
    """Return the reading of a message; None where there is none such, or it was set apart unread."""
    return next(_read(db, "m.id = ?", (row,)), None)


def count(db: Database, since: datetime | None) -> int:
    """Return how many messages `every` gives."""
    [n] = db.execute(f"SELECT count(*) FROM messages AS m WHERE {_DECIDED}", (_from(since),)).fetchone()  # noqa: S608
    return int(n)


def every(db: Database, since: datetime | None, limit: int | None = None) -> Iterator[Reading]:
    """Give the messages that came in and were decided, the newest first, one at a time in memory."""
    yield from _read(db, f"{_DECIDED} ORDER BY m.id DESC LIMIT ?", (_from(since), -1 if limit is None else limit))


def stale(db: Database, limit: int) -> list[int]:
    """Return messages whose reading is missing or of an older shape, the newest first."""
    return [
        row
        for (row,) in db.execute(
            "SELECT m.id FROM messages AS m LEFT JOIN readings AS r ON r.message_id = m.id"  # noqa: S608 - our own words
            f" WHERE {_DECIDED} AND r.shape IS NOT ? AND EXISTS (SELECT 1 FROM message_raw WHERE message_id = m.id)"
            " ORDER BY m.id DESC LIMIT ?",
            ("", SHAPE, limit),
        )
    ]


_DECIDED = (
    "m.direction = 'in' AND m.state IN ('handled', 'filed', 'quarantined', 'restricted') AND m.kind <> ''"
    " AND m.duplicate_of IS NULL AND m.received_at >= ?"
)
"""Those that were read and decided: what could not be read has no kind."""


def _from(since: datetime | None) -> str:
    return stamp(since) if since else ""


def _read(db: Database, where: str, values: tuple[int | str, ...]) -> Iterator[Reading]:
    found = db.execute(
        "SELECT m.id, m.received_at, r.shape, r.packed FROM messages AS m"  # noqa: S608 - our own words
        f" LEFT JOIN readings AS r ON r.message_id = m.id WHERE {where}",
        values,
    )
    for row, received_at, shape, packed in found:
        message, facts = _unpack(shape, packed)
        yield Reading(row, datetime.fromisoformat(received_at), message, facts)


def _unpack(shape: int | None, packed: bytes | None) -> tuple[Message | None, Facts | None]:
    if packed is None:
        return None, None
    if shape == SHAPE:
        message, facts = _decoder.decode(zlib.decompressobj(zdict=_COMMON).decompress(packed))
        return message, facts
    # Facts gain fields with defaults, so those of an older shape are mostly still to be read.
    try:
        _, facts = _older.decode(zlib.decompressobj(zdict=_COMMON).decompress(packed))
    except (msgspec.MsgspecError, zlib.error):
        return None, None
    return None, facts


def _shape(kind: Any, seen: dict[str, str]) -> None:  # noqa: ANN401 - any type a field may have
    """Gather what a type is made of, so that a change of a field changes the number of the shape."""
    for inner in get_args(kind):
        _shape(inner, seen)
    if is_dataclass(kind) and isinstance(kind, type) and kind.__name__ not in seen:
        hints = get_type_hints(kind)
        seen[kind.__name__] = ",".join(f"{one.name}:{hints[one.name]}" for one in fields(kind))
        for hint in hints.values():
            _shape(hint, seen)


def _number() -> int:
    seen: dict[str, str] = {}
    _shape(tuple[Message, Facts], seen)
    return zlib.crc32(repr((MADE, _COMMON, sorted(seen.items()))).encode())


SHAPE: Final = _number()
"""Which shape the readings of this version have."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(tuple[Message, Facts])
_older = msgspec.json.Decoder(tuple[msgspec.Raw, Facts])
