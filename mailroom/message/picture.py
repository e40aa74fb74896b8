"""A picture that comes with a mail, shown where its text names it (RFC 2387, RFC 2392); nothing is fetched."""

import hashlib
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture. `alt` says what it shows to who can't see it, and stands in the mail's text in its place."""

    name: str
    alt: str
    data: bytes
    type: Literal["png", "jpeg", "gif"] = "png"
    width: int = 0
    """Its points across, where it may be wider than a mail: a program that heeds no style must not show them all."""

    def __post_init__(self) -> None:
        """Refuse a picture without words. Raises ValueError."""
        if not self.alt.strip():
            message = f"the picture {self.name!r} has no words that say what it shows"
            raise ValueError(message)

    @property
    def cid(self) -> str:
        """Its Content-ID: the same bytes have the same one, so that the same mail has the same bytes."""
        return f"{hashlib.sha256(self.data).hexdigest()[:32]}@mailroom"
