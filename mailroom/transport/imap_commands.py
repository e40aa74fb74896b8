"""What is said to an IMAP server once a connection stands: one function a deed, all of them blocking.

Only UIDs are used: sequence numbers change under us whenever somebody else deletes. `client` is an imapclient
(untyped), logged in; the exceptions are the library's, and the caller translates them.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timezone
from functools import partial
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from mailroom.errors import Permanent
from mailroom.transport import copied, folders
from mailroom.transport.copied import NOWHERE, Landed
from mailroom.transport.folders import Namespace

# Dovecot takes command lines of 64 KiB, others of 8 KB (RFC 7162 section 4): 500 UIDs are at most 5.5 KB.
UIDS_A_COMMAND = 500
# imaplib refuses answer lines of 1 MB, which a SEARCH reaches at about 100,000 UIDs.
UIDS_A_SEARCH = 50_000

_APPENDUID = re.compile(rb"\[APPENDUID \d+ (\d+)\]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Selected:
    """A folder as it stands. UIDs mean something only together with `uidvalidity` (RFC 9051 section 2.3.1.1)."""

    uidvalidity: int
    uidnext: int
    exists: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """One whole message. `received_at` is INTERNALDATE, aware, with the server's own offset."""

    uid: int
    received_at: datetime
    raw: bytes


def batches(sizes: Mapping[int, int], max_bytes: int = 4 << 20, max_count: int = 100) -> list[list[int]]:
    """Cut UIDs (keys) with sizes in bytes (values) into lots to fetch, oldest first.

    A lot stays within both bounds, save that a message larger than `max_bytes` makes a lot of its own.
    """
    lots: list[list[int]] = []
    room = 0
    for uid in sorted(sizes):
        if not lots or len(lots[-1]) >= max_count or sizes[uid] > room:
            lots.append([])
            room = max_bytes
        lots[-1].append(uid)
        room -= sizes[uid]
    return lots


def select(client: Any, path: str) -> Selected:  # noqa: ANN401
    """Open a folder. Creates nothing; one that is missing is Permanent, whatever code the server gives."""
    try:
        answer = client.select_folder(path)
    except IMAPClientAbortError:
        raise
    except IMAPClientError as error:
        if folders.exists(client, path):
            raise
        sentence = f"there is no folder “{path}” in this mailbox"
        raise Permanent(sentence) from error
    if b"UIDVALIDITY" not in answer:
        sentence = f"the server gives the folder {path} no UIDVALIDITY, so its messages cannot be told apart safely"
        raise Permanent(sentence)
    # UIDNEXT is a must since IMAP4rev1, but a server behind a proxy may drop it; the highest UID then has to do.
    uidnext = answer.get(b"UIDNEXT") or 1 + max(client.search("ALL"), default=0)
    return Selected(answer[b"UIDVALIDITY"], uidnext, answer[b"EXISTS"])


def status(client: Any, path: str) -> Selected:  # noqa: ANN401
    """Look at a folder that is not open (RFC 9051 section 6.3.11)."""
    answer = client.folder_status(path, ["UIDVALIDITY", "UIDNEXT", "MESSAGES"])
    return Selected(answer[b"UIDVALIDITY"], answer[b"UIDNEXT"], answer[b"MESSAGES"])


def new_uids(client: Any, after: int, uidnext: int) -> list[int]:  # noqa: ANN401
    """Return the UIDs above `after`, ascending. `uidnext` as last known: below it the search goes in pieces."""
    client.noop()  # a server may keep what others have delivered to itself until then (RFC 9051 section 5.2)
    found: set[int] = set()
    first = after + 1
    while first + UIDS_A_SEARCH < uidnext:
        found.update(client.search(["UID", f"{first}:{first + UIDS_A_SEARCH - 1}"]))
        first += UIDS_A_SEARCH
    found.update(client.search(["UID", f"{first}:*"]))
    # "n:*" names the last message even when its UID is below n (RFC 9051 section 9, seq-range).
    return sorted(uid for uid in found if uid > after)


def sizes(client: Any, uids: Sequence[int]) -> dict[int, int]:  # noqa: ANN401
    """Return RFC822.SIZE in bytes by UID, without those that have gone. Exchange Online rounds it."""
    answers: dict[int, int] = {}
    for lot in _lots(uids):
        answers |= {uid: items[b"RFC822.SIZE"] for uid, items in client.fetch(lot, ["RFC822.SIZE"]).items()}
    return answers


def fetch(client: Any, uids: Sequence[int]) -> list[Fetched]:  # noqa: ANN401
    """Return whole messages in the order of their UIDs, without those that have gone. Marks nothing as read."""
    fetched = []
    for lot in _lots(uids):
        for uid, items in client.fetch(lot, ["INTERNALDATE", "BODY.PEEK[]"]).items():
            raw = items.get(b"BODY[]")
            if raw is not None:  # NIL: expunged while we asked
                fetched.append(Fetched(uid, _aware(items[b"INTERNALDATE"]), raw))
    return sorted(fetched, key=lambda message: message.uid)


def present(client: Any, uids: Sequence[int]) -> set[int]:  # noqa: ANN401
    r"""Return those of `uids` that are in the open folder and not marked \\Deleted."""
    found: set[int] = set()
    for lot in _lots(uids):
        found.update(client.search(["UID", ",".join(map(str, lot)), "UNDELETED"]))
    return found


def move(client: Any, namespace: Namespace, uids: Sequence[int], name: str) -> Landed:  # noqa: ANN401
    r"""Move messages of the open folder to folder `name`; those that have gone are passed over.

    Without MOVE (RFC 6851): COPY, \\Deleted, UID EXPUNGE. Without UIDPLUS the message stays marked \\Deleted,
    for a plain EXPUNGE would also remove what other people have marked.
    """
    path = namespace.path(name)
    landed = NOWHERE
    for lot in _lots(uids):
        copied.forget(client)
        if client.has_capability("MOVE"):
            _into(client, namespace, path, partial(client.move, lot, path))
        # What is marked as deleted has been copied before: a second time would leave two of it.
        elif here := sorted(present(client, lot)):
            _into(client, namespace, path, partial(client.copy, here, path))
            client.add_flags(here, [b"\\Deleted"], silent=True)
            if client.has_capability("UIDPLUS"):
                client.uid_expunge(here)
        landed = landed.and_(copied.told(client))
    return landed


def append(
    client: Any,  # noqa: ANN401
    namespace: Namespace,
    name: str,
    raw: bytes,
    at: datetime,
    flags: Sequence[str],
) -> int | None:
    """Put a message into folder `name` with INTERNALDATE `at`; return its UID where the server tells (RFC 4315)."""
    path = namespace.path(name)
    answer = _into(client, namespace, path, lambda: client.append(path, raw, flags, at))
    told = _APPENDUID.search(answer)
    return int(told[1]) if told else None


def holds_message_id(client: Any, path: str, message_id: str) -> bool:  # noqa: ANN401
    """Say whether folder `path` holds a message with this Message-ID. Leaves `path` open, for reading only."""
    if _CONTROL.search(message_id) or not message_id.isascii():
        return False  # no server files such an identifier, and it could break out of the command
    if not folders.exists(client, path):
        return False
    client.select_folder(path, readonly=True)
    return bool(client.search(["HEADER", "Message-ID", message_id]))


def ensure(client: Any, namespace: Namespace, path: str) -> None:  # noqa: ANN401
    """Make the folder `path` where it is missing, and subscribe to it so that mail programs show it."""
    if folders.exists(client, path):
        return
    try:
        client.create_folder(path)
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        # The server SHOULD make the levels above by itself (RFC 9051 section 6.3.4), and somebody may be quicker.
        for level in namespace.ancestry(path):
            if not client.folder_exists(level):
                client.create_folder(level)
    client.subscribe_folder(path)


def _into(client: Any, namespace: Namespace, path: str, deed: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Do `deed`, and again after making the folder `path` if that was what it lacked."""
    try:
        return deed()
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        if folders.exists(client, path):
            raise
    ensure(client, namespace, path)
    return deed()


def _lots(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), UIDS_A_COMMAND):
        yield uids[start : start + UIDS_A_COMMAND]


def _aware(at: datetime) -> datetime:
    """Replace the library's own zone class by the standard one, which compares, copies and pickles."""
    offset = at.utcoffset()
    return at.replace(tzinfo=timezone(offset) if offset else UTC)
