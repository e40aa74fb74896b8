"""The one IMAP connection to a mailbox, used from the event loop.

Each call runs in the connection's own thread, one at a time. What can go wrong leaves as Temporary (connect again),
Permanent or Unauthorised; after a Temporary that broke the connection every further call is Temporary too, until
`connect` is called again. Nothing is retried here: how long to wait is the caller's to decide.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any, TypeVar

from imapclient import IMAPClient, SocketTimeout

from mailroom.errors import MailroomError, Temporary
from mailroom.transport import folders, idle, imap_commands, looking
from mailroom.transport.copied import Landed
from mailroom.transport.folders import Namespace
from mailroom.transport.imap_commands import Fetched, Selected, batches
from mailroom.transport.imap_errors import Broken, translated
from mailroom.transport.lane import Lane
from mailroom.transport.looking import Glance, Listed
from mailroom.transport.settings import ImapSettings, refuse_clear_text, tls_context
from mailroom.transport.tcp import tune

__all__ = ["Fetched", "Glance", "ImapSettings", "Landed", "Listed", "Mailbox", "Selected", "batches"]

T = TypeVar("T")

# imapclient logs every protocol line at DEBUG, the bodies of messages too: personal data, whatever -v was asked for.
for _name in ("imapclient.imaplib", "imapclient.imapclient"):
    logging.getLogger(_name).setLevel(logging.INFO)

# How long a polite goodbye may take before the socket is shut, in seconds.
LOGOUT_SECONDS = 1.0


class Mailbox:
    """Owns one imapclient connection and the thread that uses it. Folder names are ours, with "/"."""

    def __init__(self, settings: ImapSettings) -> None:
        """Remember where to connect; nothing is sent yet.

        Raises:
            Permanent: the settings would send a password unencrypted to another machine.
        """
        refuse_clear_text(settings)
        self._settings = settings
        self._where = f"{settings.host}:{settings.port}"
        self._lane = Lane(f"imap {self._where}")
        self._client: Any = None
        self._capabilities: frozenset[str] = frozenset()
        self._namespace = Namespace("", "/")
        self._open: Selected | None = None
        self._open_path = ""
        self._closed = False
        self._awake, self._wake = socket.socketpair()
        self._awake.settimeout(0)
        self._wake.settimeout(0)

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server offered at the last login, upper case, such as "IDLE" and "MOVE"."""
        return self._capabilities

    async def connect(self) -> None:
        """Connect, encrypt, log in. An older connection is dropped first.

        Raises:
            Temporary: not reachable, or too busy.
            Permanent: the certificate is not valid, or STARTTLS is not offered: nothing secret was sent.
            Unauthorised: the name, password or token was refused.
        """
        await self._lane.run(self._connect)

    async def select(self, folder: str) -> Selected:
        """Open `folder`; creates nothing. Compare `uidvalidity` with the ledger's before using any UID."""
        return await self._run(lambda client: self._select(client, self._namespace.path(folder)))

    async def status(self, folder: str) -> Selected:
        """Look at a folder other than the open one."""
        return await self._run(lambda client: imap_commands.status(client, self._namespace.path(folder)))

    async def new_uids(self, after: int) -> list[int]:
        """Return the UIDs above `after` in the open folder, ascending."""
        uidnext = self._open.uidnext if self._open else 1
        return await self._run(lambda client: imap_commands.new_uids(client, after, uidnext))

    async def sizes(self, uids: Iterable[int]) -> dict[int, int]:
        """Return sizes in bytes by UID, as the server estimates them; see `batches`."""
        wanted = sorted(uids)
        return await self._run(lambda client: imap_commands.sizes(client, wanted))

    async def fetch(self, uids: Iterable[int]) -> list[Fetched]:
        """Return whole messages, unread ones left unread; those that have gone are missing. Memory holds them all."""
        wanted = sorted(uids)
        return await self._run(lambda client: imap_commands.fetch(client, wanted))

    async def present(self, uids: Iterable[int]) -> set[int]:
        """Return which of `uids` are still in the open folder and not marked as deleted."""
        wanted = sorted(uids)
        return await self._run(lambda client: imap_commands.present(client, wanted))

    async def move(self, uids: Iterable[int], folder: str) -> Landed:
        """Move messages of the open folder into `folder`, made where missing. Doing it again does no harm."""
        wanted = sorted(uids)
        return await self._run(lambda client: imap_commands.move(client, self._namespace, wanted, folder))

    async def folders(self, known: Iterable[str] = ()) -> list[Listed]:
        """Return every folder that can hold mail, and where the server tells it at once how each stands."""
        names = tuple(known)
        return await self._run(lambda client: looking.listing(client, self._namespace, names))

    async def glance(self, uids: Iterable[int]) -> list[Glance]:
        """Return Message-ID and size of messages in the open folder."""
        wanted = sorted(uids)
        return await self._run(lambda client: looking.glance(client, wanted))

    async def with_message_id(self, message_id: str) -> list[int]:
        """Return the UIDs in the open folder that bear a Message-ID."""
        return await self._run(lambda client: looking.with_message_id(client, message_id))

    async def ensure_folder(self, name: str) -> None:
        """Make folder `name`, with the levels above it, where it is missing."""
        await self._run(lambda client: imap_commands.ensure(client, self._namespace, self._namespace.path(name)))

    async def append(self, folder: str, raw: bytes, at: datetime, flags: Sequence[str] = ()) -> int | None:
        r"""File a message with INTERNALDATE `at` (aware); a copy of sent mail wants `flags` of ("\\Seen",).

        Returns its UID where the server tells. After Temporary it may have arrived: look with `find_message_id`.
        """
        return await self._run(
            lambda client: imap_commands.append(client, self._namespace, folder, raw, at, flags),
        )

    async def find_message_id(self, folder: str, message_id: str) -> bool:
        """Say whether `folder` holds a message with this Message-ID; the open folder is opened again afterwards."""

        def look(client: Any) -> bool:  # noqa: ANN401
            before = self._open_path
            try:
                return imap_commands.holds_message_id(client, self._namespace.path(folder), message_id)
            finally:
                # Whatever happened: the next UID must not be looked up in the wrong folder.
                if before:
                    self._select(client, before)

        return await self._run(look)

    async def wait(self, seconds: float) -> None:
        """Return when the server hints at something new, on `wake`, or after `seconds` (at most `idle_minutes`).

        The hint is all it is: look for new UIDs after every wait. Raises Temporary when the peer is gone.
        """
        cap = min(seconds, self._settings.idle_minutes * 60)
        try:
            await self._run(lambda client: idle.wait_for_mail(client, self._awake.fileno(), cap))
        except asyncio.CancelledError:
            self.wake()
            raise
        with contextlib.suppress(BlockingIOError):
            self._awake.recv(4096)

    def wake(self) -> None:
        """End the present or the next `wait` early. To be called in the event loop; never blocks."""
        with contextlib.suppress(BlockingIOError, OSError):  # full: it is awake already; closed: too late
            self._wake.send(b"!")

    async def close(self) -> None:
        """Log out if that is quick, else cut the connection: 2 s at most. The mailbox is of no more use then."""
        if self._closed:
            return
        self._closed = True
        self.wake()
        with contextlib.suppress(TimeoutError, MailroomError):
            async with asyncio.timeout(LOGOUT_SECONDS):
                await self._run(lambda client: client.logout())
        self._drop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOGOUT_SECONDS):
                await self._lane.run(self._awake.close)
        self._wake.close()
        self._lane.close()

    async def _run(self, call: Callable[[Any], T]) -> T:
        return await self._lane.run(lambda: self._call(call))

    def _call(self, call: Callable[[Any], T]) -> T:
        client = self._client
        if client is None:
            raise Temporary(f"not connected to {self._where}")
        try:
            with translated(self._where):
                return call(client)
        except Broken:
            self._drop()
            raise

    def _connect(self) -> None:
        self._drop()
        with translated(self._where):
            client = self._client = _open(self._settings)
            self._capabilities = frozenset(item.decode("ascii", "replace") for item in client.capabilities())
            self._namespace = folders.namespace_of(client)
        if self._closed:
            self._drop()
            raise Temporary(f"the connection to {self._where} was closed while it was being made")

    def _select(self, client: Any, path: str) -> Selected:  # noqa: ANN401
        self._open, self._open_path = None, ""
        self._open, self._open_path = imap_commands.select(client, path), path
        return self._open

    def _drop(self) -> None:
        """Cut the connection, from any thread: a read that hangs in ours then fails at once."""
        client, self._client = self._client, None
        self._open, self._open_path = None, ""
        if client is not None:
            _cut(client)


def _open(settings: ImapSettings) -> Any:  # noqa: ANN401
    """Return a logged-in imapclient; on any failure nothing stays open."""
    context = None if settings.security == "none" else tls_context(settings.ca_file)
    client = IMAPClient(
        settings.host,
        settings.port,
        ssl=settings.security == "tls",
        ssl_context=context,
        timeout=SocketTimeout(settings.connect_seconds, settings.read_seconds),
    )
    with ExitStack() as on_failure:
        on_failure.callback(_cut, client)
        # imapclient sets 5, at which imaplib formats every answer, whole messages included, and throws it away:
        # without that, fetching is 1.5 to 3.4 times as fast.
        client._imap.debug = 0  # noqa: SLF001
        client.normalise_times = False
        tune(client.socket())
        if settings.security == "starttls":
            client.starttls(context)
        _log_in(client, settings)
        # Asked before STARTTLS and kept by the library: what the server says after the login is what counts.
        client._cached_capabilities = None  # noqa: SLF001
        on_failure.pop_all()
    return client


def _log_in(client: Any, settings: ImapSettings) -> None:  # noqa: ANN401
    secret = settings.secret()
    if settings.auth == "xoauth2":
        bearer = f"user={settings.user}\1auth=Bearer {secret}\1\1"
        # A refused token is explained in a challenge, which an empty line answers to get the NO.
        client.sasl_login("XOAUTH2", lambda challenge: b"" if challenge else bearer)
    elif (settings.user + secret).isascii():
        client.login(settings.user, secret)
    else:
        client.plain_login(settings.user, secret)  # LOGIN is ASCII only (RFC 9051 section 6.2.3), PLAIN is UTF-8


def _cut(client: Any) -> None:  # noqa: ANN401
    """Close the socket without a word. The base class's shutdown: TLS's own would wait for the peer."""
    sock = client.socket()
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        client.shutdown()
