"""Folder names: "Meetings/Replies" to the office, whatever the server calls it to the server."""

from dataclasses import dataclass
from typing import Any

INBOX = "INBOX"


@dataclass(frozen=True, slots=True)
class Namespace:
    """Where this server keeps a person's folders (RFC 2342): `prefix` such as "INBOX.", `delimiter` such as "."."""

    prefix: str
    delimiter: str

    def path(self, name: str) -> str:
        """Return the server's name for ours, which has "/" between levels.

        A character that the server keeps for levels becomes "_" inside a level, so that a folder "St. Pancras"
        never turns into two.
        """
        if name.upper() == INBOX:
            return INBOX
        levels = [level for level in name.split("/") if level]
        under_inbox = levels[0].upper() == INBOX
        if under_inbox:
            levels = [INBOX, *levels[1:]]
        if not self.delimiter:
            return self.prefix + "_".join(levels)
        if self.delimiter != "/":
            levels = [level.replace(self.delimiter, "_") for level in levels]
        return ("" if under_inbox else self.prefix) + self.delimiter.join(levels)

    def name(self, path: str) -> str:
        """Return our name for the server's; `path` of it gives the server's again, save where a level has a "/"."""
        if path.upper() == INBOX:
            return INBOX
        bare = path.removeprefix(self.prefix)
        return bare.replace(self.delimiter, "/") if self.delimiter else bare

    def ancestry(self, path: str) -> list[str]:
        """Return `path` and the folders above it, outermost first, without the namespace's own prefix."""
        if not self.delimiter:
            return [path]
        start = len(self.prefix) if self.prefix and path.startswith(self.prefix) else 0
        levels = path[start:].split(self.delimiter)
        return [path[:start] + self.delimiter.join(levels[: n + 1]) for n in range(len(levels))]


def namespace_of(client: Any) -> Namespace:  # noqa: ANN401
    """Ask a logged-in imapclient where our folders are."""
    if client.has_capability("NAMESPACE"):
        personal = client.namespace().personal
        if personal:
            prefix, delimiter = personal[0]
            return Namespace(prefix, delimiter or "")
    for _flags, delimiter, _name in client.list_folders("", ""):
        return Namespace("", (delimiter or b"").decode("ascii"))
    return Namespace("", "/")


def exists(client: Any, path: str) -> bool:  # noqa: ANN401
    r"""Say whether `path` is a folder that can hold mail; a \\Noselect parent is not (RFC 9051 section 7.3.1)."""
    return any(
        not {b"\\noselect", b"\\nonexistent"} & {flag.lower() for flag in flags}
        for flags, _delimiter, _name in client.list_folders("", path)
    )
