"""Whose doing it is that a message lies where it does: ours, a person's, or nobody's, as it is only a copy. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from mailroom.store.places import Folder, Lying, Spot, Twin

Whose = Literal["known", "ours", "copy", "hers", "later"]

_ROUNDED_BY: Final = 1024
"""Exchange Online tells sizes only roughly."""
_ROUNDED_PART: Final = 50


def whose(row: Lying, found: Spot, *, still_there: bool) -> Whose:
    """Say who put a message where it was found. `still_there`: it also lies where we knew it to lie.

    What we wanted there, or had begun to move there, is ours, whatever a crash has kept us from recording; what still
    lies in its old place was copied, not moved. Of what is not decided yet nothing can be said: `later`.
    """
    if row.spot == found:
        return "known"
    if row.state == "received":
        return "later"
    if still_there:
        return "copy"
    if found.folder in {row.wanted, row.headed} or row.spot.folder == found.folder:
        return "ours"
    return "hers"


def likely(rows: Sequence[Lying], message_id: str, size: int) -> Lying | None:
    """Return the message that one on the server is, where its Message-ID and size leave no doubt."""
    if not message_id or len(rows) != 1:
        return None
    [row] = rows
    near = abs(row.size - size) <= max(_ROUNDED_BY, row.size // _ROUNDED_PART)
    return row if near and row.message_id == message_id else None


def same_bytes(rows: Sequence[Lying], sha256: str) -> Lying | None:
    """Return the message that has the very same bytes."""
    return next((row for row in rows if row.sha256 == sha256), None)


@dataclass(slots=True)
class Findings:
    """What one poll has found; nothing of it is written before all is known."""

    placed: list[tuple[Lying, Spot]] = field(default_factory=list)
    copies: list[tuple[Lying, Spot]] = field(default_factory=list)
    hers: list[tuple[Lying, Spot]] = field(default_factory=list)
    looked: dict[str, Folder] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    """Folders to be looked at once more: something there is not decided yet, or has changed meanwhile."""
    second: list[int] = field(default_factory=list)
    back: list[Twin] = field(default_factory=list)
    settled: set[int] = field(default_factory=set)
    """Messages we may have moved without recording it, and have not: they lie where they lay."""

    def add(self, row: Lying, spot: Spot, *, still_there: bool) -> None:
        """Sort one sighting."""
        match whose(row, spot, still_there=still_there):
            case "ours":
                self.placed.append((row, spot))
            case "copy":
                self.copies.append((row, spot))
            case "hers":
                self.hers.append((row, spot))
            case "later":
                self.again.add(spot.folder)
