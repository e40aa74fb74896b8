"""Socket options that both protocols want."""

import socket
from typing import Protocol


class Tunable(Protocol):
    """A socket, or asyncio's stand-in for one."""

    def setsockopt(self, level: int, optname: int, value: int, /) -> None:
        """Set an option."""


def tune(sock: Tunable) -> None:
    """Notice a dead peer within about two minutes, and do not wait to fill packets: IMAP is written in pieces."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):  # macOS names the first one otherwise
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
