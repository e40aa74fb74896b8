"""An SMTP server in a thread of its own that keeps every mail, and can kill its client before it replies."""

import contextlib
import smtplib
import socketserver
import threading
from collections.abc import Iterator
from typing import Protocol

from mailroom.transport.settings import SmtpSettings


class Victim(Protocol):
    """Whoever is to be killed."""

    def kill(self) -> None:
        """Die at once."""


class KillingSink:
    """Owns the server. `accepted` holds the bytes of each mail taken, in order, the killer's own included.

    `recipients` are those of their envelopes, in the same order.
    """

    def __init__(self) -> None:
        """Plan a server on a free port."""
        self.accepted: list[bytes] = []
        self.recipients: list[tuple[str, ...]] = []
        self._countdown = 0
        self._victim: Victim | None = None
        self._lock = threading.Lock()
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                sink.converse(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def settings(self) -> SmtpSettings:
        """Return how to send here."""
        return SmtpSettings("127.0.0.1", self._server.server_address[1], "none")

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Serve while the block lasts."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(5)

    def kill_at(self, nth: int, victim: Victim) -> None:
        """Kill `victim` when the nth mail from now has come whole, and before it is answered."""
        with self._lock:
            self._countdown, self._victim = nth, victim

    def converse(self, client: socketserver.StreamRequestHandler) -> None:
        """Talk plain SMTP (RFC 5321) with one client."""
        with contextlib.suppress(OSError):
            client.wfile.write(b"220 sink ESMTP\r\n")
            named: list[str] = []
            while line := client.rfile.readline():
                verb = line[:4].upper()
                if verb == b"EHLO":
                    client.wfile.write(b"250-sink\r\n250 8BITMIME\r\n")
                elif verb == b"DATA":
                    client.wfile.write(b"354 go on\r\n")
                    if not self._take(client, tuple(named)):
                        return
                elif verb == b"QUIT":
                    client.wfile.write(b"221 bye\r\n")
                    return
                else:
                    if verb == b"MAIL":
                        named = []
                    elif verb == b"RCPT":
                        named.append(line[8:].strip().decode().strip("<>"))
                    client.wfile.write(b"250 ok\r\n")

    def _take(self, client: socketserver.StreamRequestHandler, recipients: tuple[str, ...]) -> bool:
        lines: list[bytes] = []
        while (line := client.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        if not line:
            return False  # the client died in the middle: nothing was accepted
        with self._lock:
            self.accepted.append(b"".join(lines).removesuffix(b"\r\n"))
            self.recipients.append(recipients)
            self._countdown -= 1
            victim = self._victim if self._countdown == 0 else None
        if victim is not None:
            victim.kill()
            return False
        client.wfile.write(b"250 2.0.0 queued\r\n")
        return True

    def offer(self, text: bytes) -> int:
        """Send one mail here and return the reply's code, 0 when there was none."""
        with smtplib.SMTP("127.0.0.1", self.settings.port) as wire:
            try:
                return 250 if not wire.sendmail("a@example.org", ["b@example.org"], text) else 550
            except smtplib.SMTPServerDisconnected:
                return 0
