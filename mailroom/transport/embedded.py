"""The demo's own post office: an IMAP and an SMTP server on loopback, in this process and its event loop.

One person's mailbox, in memory (pymap), and an SMTP server (aiosmtpd) that keeps what it is given and delivers
nothing. Real protocols, so that the daemon cannot tell; no TLS, so that it must never listen elsewhere.
pymap's limits: no SPECIAL-USE, no UNSELECT, no keywords.
"""

import asyncio
import logging
import re
import warnings
from argparse import Namespace
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, DictBackend, Login
from pymap.imap import IMAPServer
from pymap.user import Passwords, UserMetadata
from pysasl.hashing import BuiltinHash

from mailroom.transport.imap import Mailbox
from mailroom.transport.settings import ImapSettings, SmtpSettings

LOOPBACK = "127.0.0.1"
# Mail that comes between SELECT and IDLE is announced by pymap only when that IDLE ends, so it ends soon.
IDLE_MINUTES = 0.25
LARGEST_MAIL = 64 << 20
CUT = "cut"
"""What `on_data` answers to hang up after the text of the message, without a reply."""

_REPLY = re.compile(r"[245]\d\d ")


@dataclass(frozen=True, slots=True)
class Caught:
    """One message the SMTP server was given, as it came over the wire."""

    envelope_from: str
    recipients: tuple[str, ...]
    raw: bytes
    at: datetime


OnData = Callable[[Caught], Awaitable[str | None]]
"""Answers the text of a message: a reply line such as "451 4.3.0 try later", CUT, or None to accept it."""


class PostOffice:
    """Owns both servers while the `async with` block lasts. `imap` and `smtp` say how to reach them."""

    imap: ImapSettings
    smtp: SmtpSettings

    def __init__(
        self,
        user: str,
        password: str,
        *,
        now: Callable[[], datetime],
        on_data: OnData | None = None,
    ) -> None:
        """Plan an office for one `user`; `now` stamps what is caught, `on_data` plays an unwilling server."""
        self.caught: list[Caught] = []
        self._user = user
        self._password = password
        self._now = now
        self._on_data = on_data
        self._running = AsyncExitStack()
        self._hand: Mailbox | None = None

    async def __aenter__(self) -> Self:
        """Start both servers on free ports."""
        async with AsyncExitStack() as stack:
            imap_port = await self._start_imap(stack)
            smtp_port = await self._start_smtp(stack)
            secret = self._password
            self.imap = ImapSettings(LOOPBACK, imap_port, "none", self._user, lambda: secret, idle_minutes=IDLE_MINUTES)
            self.smtp = SmtpSettings(LOOPBACK, smtp_port, "none", self._user, lambda: secret)
            self._running = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop both; the mail is gone, `caught` stays."""
        if self._hand is not None:
            await self._hand.close()
        await self._running.aclose()

    async def deliver(self, raw: bytes, at: datetime) -> None:
        """Put a message into the inbox with INTERNALDATE `at`, by APPEND over a connection of its own."""
        if self._hand is None:
            self._hand = Mailbox(self.imap)
            await self._hand.connect()
        await self._hand.append("INBOX", raw, at)

    async def _start_imap(self, stack: AsyncExitStack) -> int:
        arguments = Namespace(passlib_cfg=None, proxy_protocol=None)
        config = Config(
            arguments,
            host=LOOPBACK,
            port=0,
            tls_enabled=False,
            reject_dnsbl=False,
            max_append_len=LARGEST_MAIL,
            hash_context=BuiltinHash(rounds=1),  # a million rounds protect nothing that lives in memory here
            demo_data=False,
            demo_user=self._user,
            demo_password=self._password,
        )
        config.apply_context()
        login = Login(config)
        hashed = await Passwords(config).hash_password(self._password)
        await login.demo_user_identity.set(UserMetadata(config, self._user, password=hashed))
        await DictBackend(login, config).start(stack)
        greeter = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(login, config))
        server = await asyncio.start_server(greeter, LOOPBACK, 0)
        stack.push_async_callback(_stop, server)
        return int(server.sockets[0].getsockname()[1])

    async def _start_smtp(self, stack: AsyncExitStack) -> int:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _smtp(self), LOOPBACK, 0)
        stack.push_async_callback(_stop, server)
        return int(server.sockets[0].getsockname()[1])

    # aiosmtpd's names for its hooks.
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        """Take the text of a message (aiosmtpd's hook)."""
        caught = Caught(
            envelope.mail_from or "",
            tuple(envelope.rcpt_tos),
            bytes(envelope.original_content or b""),
            self._now(),
        )
        reply = await self._on_data(caught) if self._on_data else None
        if reply == CUT:
            assert server.transport is not None  # noqa: S101
            server.transport.close()
            return "421 4.3.0 closing"
        if reply is None or reply.startswith("2"):
            self.caught.append(caught)
        return reply if reply and _REPLY.match(reply) else "250 2.0.0 caught"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:  # noqa: ANN401, ARG002
        """Check the login of the one user (aiosmtpd's authenticator)."""
        known = isinstance(data, LoginPassword) and (data.login, data.password) == (
            self._user.encode(),
            self._password.encode(),
        )
        return AuthResult(success=known, handled=False)


def _smtp(office: PostOffice) -> SMTP:
    # aiosmtpd logs and warns at each connection that a login without TLS is unsafe: on loopback it is allowed.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS", UserWarning)
        return SMTP(
            office,
            hostname="post-office.invalid",
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            auth_required=True,
            auth_require_tls=False,
            authenticator=office.authenticate,
        )


async def _stop(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()
