"""Looking over a whole mailbox: which folders there are, how each stands, and who is new in one.

Each function blocks and speaks to a logged-in imapclient; the caller translates what it raises.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imapclient.imap_utf7 import decode
from imapclient.response_parser import parse_response

from mailroom.message.headers import ids
from mailroom.message.text import header
from mailroom.transport.folders import Namespace
from mailroom.transport.imap_commands import UIDS_A_COMMAND, Selected

_STANDING = "(MESSAGES UIDNEXT UIDVALIDITY)"
_NO_FOLDER = {"\\noselect", "\\nonexistent"}
_MESSAGE_ID = b"BODY[HEADER.FIELDS (MESSAGE-ID)]"
_LONGEST_ID = 4096


@dataclass(frozen=True, slots=True)
class Listed:
    """A folder that can hold mail: our name for it, its flags in lower case, and how it stands where that was told."""

    name: str
    flags: frozenset[str]
    standing: Selected | None


@dataclass(frozen=True, slots=True)
class Glance:
    """What tells one message from another without fetching it."""

    uid: int
    message_id: str
    size: int


def listing(client: Any, namespace: Namespace, known: Iterable[str]) -> list[Listed]:  # noqa: ANN401
    """Return every folder. `known` are names of ours, kept where the server writes them a little differently.

    With LIST-STATUS (RFC 5819) one command tells how all of them stand; without it nothing is told of that.
    """
    found, standing = _list_status(client) if client.has_capability("LIST-STATUS") else (client.list_folders(), {})
    paths = {path: flags for flags, path in _usable(found)}
    names = _names(namespace, list(paths), known)
    return [Listed(names[path], flags, standing.get(path)) for path, flags in paths.items() if path in names]


def glance(client: Any, uids: Sequence[int]) -> list[Glance]:  # noqa: ANN401
    """Return Message-ID and size of messages in the open folder, without those that have gone."""
    glances: list[Glance] = []
    for start in range(0, len(uids), UIDS_A_COMMAND):
        lot = uids[start : start + UIDS_A_COMMAND]
        for uid, items in client.fetch(lot, ["RFC822.SIZE", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]).items():
            field = items.get(_MESSAGE_ID) or b""
            glances.append(Glance(uid, message_id(field), int(items.get(b"RFC822.SIZE") or 0)))
    return sorted(glances, key=lambda one: one.uid)


def message_id(field: bytes) -> str:
    """Read the id of a Message-ID header line just as it is read of a whole message; "" where there is none."""
    line = field[:_LONGEST_ID].replace(b"\r\n", b"\n").strip(b"\n").split(b"\n\n", maxsplit=1)[0]
    value = line.partition(b":")[2].decode("ascii", "surrogateescape")
    found = ids(header(value.replace("\n", "")))
    return found[0] if found else ""


def with_message_id(client: Any, wanted: str) -> list[int]:  # noqa: ANN401
    r"""Return the UIDs in the open folder that bear a Message-ID and are not marked \\Deleted."""
    if not wanted.isascii() or not wanted.isprintable():
        return []  # no server files such an identifier, and it could break out of the command
    return list(client.search(["HEADER", "Message-ID", wanted, "UNDELETED"]))


def _list_status(client: Any) -> tuple[list[Any], Mapping[str, Selected]]:  # noqa: ANN401
    """Ask for all folders and how they stand in one command, which the library does not know."""
    imap = client._imap  # noqa: SLF001 - see above
    imap.response("STATUS")
    uses = "SPECIAL-USE " if client.has_capability("SPECIAL-USE") else ""
    kind, data = imap._simple_command("LIST", '""', '"*"', f"RETURN ({uses}STATUS {_STANDING})")  # noqa: SLF001
    client._checkok("LIST", kind, data)  # noqa: SLF001
    _, listed = imap._untagged_response(kind, data, "LIST")  # noqa: SLF001
    _, answers = imap.response("STATUS")
    found = client._proc_folder_list(listed)  # noqa: SLF001
    parsed = parse_response([one for one in answers or () if one not in (b"", None)])
    standing: dict[str, Selected] = {}
    for name, items in zip(parsed[::2], parsed[1::2], strict=False):
        told = dict(zip(items[::2], items[1::2], strict=False))
        path = decode(name) if isinstance(name, bytes) else str(name)
        if {b"UIDVALIDITY", b"UIDNEXT", b"MESSAGES"} <= told.keys():
            standing[path] = Selected(told[b"UIDVALIDITY"], told[b"UIDNEXT"], told[b"MESSAGES"])
    return found, standing


def _usable(found: Iterable[tuple[Sequence[bytes], bytes, str]]) -> list[tuple[frozenset[str], str]]:
    folders = []
    for flags, _delimiter, path in found:
        lower = frozenset(flag.decode("ascii", "replace").lower() for flag in flags)
        if not lower & _NO_FOLDER:
            folders.append((lower, path))
    return folders


def _names(namespace: Namespace, paths: Sequence[str], known: Iterable[str]) -> dict[str, str]:
    """Return our name of each path. One that we could not open again under that name is left out."""
    ours = {namespace.path(name): name for name in known if name.strip("/")}
    alike = {_folded(path): name for path, name in ours.items() if path not in paths}
    names = {}
    for path in paths:
        name = ours.get(path) or alike.get(_folded(path)) or namespace.name(path)
        if path in ours or _folded(path) in alike or namespace.path(name) == path:
            names[path] = name
    return names


def _folded(path: str) -> str:
    """Fold what some servers do not tell apart: capitals, and the ways to write an accent."""
    return unicodedata.normalize("NFC", path).casefold()
