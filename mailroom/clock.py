"""The only clock. Everything else is handed `now`, an aware datetime in UTC.

Times are stored in UTC as `2027-01-04T09:12:00Z` and shown in the office's zone.
In tests a process takes its time from a local socket named in MAILROOM_CLOCK; the daemon refuses
that variable when a server is not on loopback, so that a live office can never run on invented time.
"""

import os
import socket
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

VARIABLE = "MAILROOM_CLOCK"
LONDON = ZoneInfo("Europe/London")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)


class SetClock:
    """A clock that stands still until it is set: the demo's and the tests'."""

    def __init__(self, at: datetime) -> None:
        """Start at `at`, which must be aware."""
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment last set."""
        return self._at

    def set(self, at: datetime) -> None:
        """Move to `at`, which must be aware."""
        self._at = at.astimezone(UTC)


class SocketClock:
    """Asks a Unix socket for the time: one connection an answer, an ISO 8601 line back."""

    def __init__(self, path: str) -> None:
        """Take the time from the socket at `path`."""
        self._path = path

    def now(self) -> datetime:
        """Return the moment the socket names."""
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(5)
            wire.connect(self._path)
            return datetime.fromisoformat(wire.makefile().readline().strip()).astimezone(UTC)


def from_environment() -> Clock:
    """Return the clock MAILROOM_CLOCK names, else the machine's."""
    path = os.environ.get(VARIABLE)
    return SocketClock(path) if path else SystemClock()


def stamp(at: datetime) -> str:
    """Write `at` as it is stored: UTC, whole seconds, sortable as text."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """Read what `stamp` wrote."""
    return datetime.fromisoformat(text)
