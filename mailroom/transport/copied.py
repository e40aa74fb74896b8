"""Where moved messages have landed, as servers with UIDPLUS tell in COPYUID (RFC 4315 section 3, RFC 6851)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 100_000
"""UIDs believed of one answer: a lot of ours is 500, and a range may name any number."""


@dataclass(frozen=True, slots=True)
class Landed:
    """New UIDs by old ones, in a folder of this `uidvalidity`; empty where the server does not tell."""

    uidvalidity: int
    uids: Mapping[int, int]

    def and_(self, other: "Landed") -> "Landed":
        """Put two lots together. A folder that is renumbered between them leaves only the later."""
        if not other.uids:
            return self
        if other.uidvalidity != self.uidvalidity:
            return other
        return Landed(self.uidvalidity, {**self.uids, **other.uids})


NOWHERE = Landed(0, {})


def forget(client: Any) -> None:  # noqa: ANN401 - imapclient is untyped
    """Throw away what was told of an earlier move: the library keeps it until it is asked for."""
    client._imap.response("COPYUID")  # noqa: SLF001 - the library gives no other way to it


def told(client: Any) -> Landed:  # noqa: ANN401 - imapclient is untyped
    """Return what the server told of the move just made."""
    _, answers = client._imap.response("COPYUID")  # noqa: SLF001 - the library gives no other way to it
    landed = NOWHERE
    for answer in answers or ():
        if isinstance(answer, bytes):
            landed = landed.and_(read(answer.decode("ascii", "replace")))
    return landed


def read(answer: str) -> Landed:
    """Read `38505 304,319:320 3956:3958`; what makes no sense tells nothing."""
    try:
        validity, sources, targets = answer.split()
        old, new = list(_numbers(sources)), list(_numbers(targets))
        if len(old) != len(new):
            return NOWHERE
        return Landed(int(validity), dict(zip(old, new, strict=True)))
    except ValueError:
        return NOWHERE


def _numbers(text: str) -> Iterator[int]:
    """Give the UIDs of a set in its order, which says which belongs to which; "7:5" means 5, 6, 7 (RFC 9051)."""
    for part in text.split(","):
        first, _, last = part.partition(":")
        low, high = sorted((int(first), int(last or first)))
        if high - low > _LONGEST:
            raise ValueError(part)
        yield from range(low, high + 1)
