"""Waiting for mail. What comes out is a hint that it is worth looking, never a fact about the mailbox.

imapclient's own `idle_check` is never used, for it fails in three ways: mail that is announced together with the
answer to IDLE lies in imaplib's buffer unseen; a line that comes in two pieces raises; and a server that has gone
looks like a quiet one, at 60,000 answers a second. Here instead: look into the buffer, `poll` on the socket and
the wake pipe, then leave IDLE with a blocking read that has a timeout and raises when the peer is gone.
"""

import select
import ssl
import time
from typing import Any

# Without IDLE (RFC 2177) the server is asked again this often, in seconds.
NOOP_EVERY = 30.0


def wait_for_mail(client: Any, wake: int, seconds: float) -> None:  # noqa: ANN401
    """Return when the server announces something, when `wake` (a descriptor) is readable, or after `seconds`.

    Blocks. A peer that is gone raises what imaplib raises; one that swallows every byte, within the connection's
    read timeout after the end of the wait.
    """
    if not client.has_capability("IDLE"):
        _readable([wake], min(seconds, NOOP_EVERY))
        client.noop()
        return
    client.idle()
    deadline = time.monotonic() + seconds
    while not _buffered(client) and (left := deadline - time.monotonic()) > 0:
        ready = _readable([client.socket().fileno(), wake], left)
        if wake in ready or (ready and not _encrypted(client)):
            break
    client.idle_done()


def _readable(descriptors: list[int], seconds: float) -> set[int]:
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return {descriptor for descriptor, _event in poll.poll(max(0.0, seconds) * 1000)}


def _encrypted(client: Any) -> bool:  # noqa: ANN401
    return isinstance(client.socket(), ssl.SSLSocket)


def _buffered(client: Any) -> bool:  # noqa: ANN401
    """Say whether something can be read without waiting: a line, a part of one, or the end.

    Over TLS bytes on the socket need not be IMAP: a session ticket (RFC 8446 section 4.6.1) or half a record is not.
    """
    sock = client.socket()
    timeout = sock.gettimeout()
    sock.settimeout(0)
    try:
        if client._imap.file.peek(1):  # noqa: SLF001
            return True
    except (ssl.SSLWantReadError, BlockingIOError):
        return False
    finally:
        sock.settimeout(timeout)
    # b"" is the end of an encrypted stream, but on a plain socket it also means "nothing yet": there, poll tells.
    return _encrypted(client)
