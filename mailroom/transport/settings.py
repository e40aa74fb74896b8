"""How to reach the mail servers, and the two rules of a safe connection.

1. TLS is verified and at least 1.2; there is no way to switch that off.
2. An unencrypted connection goes to this machine only: "none" is refused for any other host.
"""

import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mailroom.errors import Permanent

Security = Literal["tls", "starttls", "none"]
Auth = Literal["password", "xoauth2"]
Secret = Callable[[], str]
"""Gives the password, or for "xoauth2" a fresh access token. Asked at each login, never kept, may block."""


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """One IMAP mailbox. Times are in the unit of their name.

    `idle_minutes` is below the 5-15 minutes after which NAT boxes forget a silent connection, and far below the
    29 of RFC 2177 section 3. `read_seconds` is how long the server may be silent inside one answer.
    """

    host: str
    port: int
    security: Security
    user: str
    secret: Secret = field(repr=False)
    auth: Auth = "password"
    ca_file: Path | None = None
    idle_minutes: float = 9.0
    connect_seconds: float = 10.0
    read_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """One submission server. `user` "" means no login. Times are in the unit of their name.

    `data_seconds`: RFC 5321 section 4.5.3.2.6 gives the server 10 minutes to answer the final dot. Less invites
    doubt about mail that was in fact accepted.
    `local_hostname` is what we call ourselves in EHLO; asking the resolver instead can hang.
    """

    host: str
    port: int
    security: Security
    user: str = ""
    secret: Secret = field(default=str, repr=False)
    auth: Auth = "password"
    local_hostname: str = "localhost"
    ca_file: Path | None = None
    data_seconds: float = 600.0
    connect_seconds: float = 10.0
    command_seconds: float = 300.0


def is_loopback(host: str) -> bool:
    """Say whether `host` can only be this machine. Names other than localhost are not looked up: DNS can lie."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def refuse_clear_text(settings: ImapSettings | SmtpSettings) -> None:
    """Raise Permanent where a password or a mail would cross a network unencrypted."""
    if settings.security == "none" and not is_loopback(settings.host):
        sentence = (
            f'security "none" is only allowed for a server on this machine, not for {settings.host}: '
            'write "tls" or "starttls"'
        )
        raise Permanent(sentence)


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a verifying TLS context, trusting `ca_file` instead of the system's authorities where given.

    Raises:
        Permanent: the file cannot be read or holds no certificate.
    """
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=ca_file)
    except OSError as error:
        sentence = f"the certificate file {ca_file} cannot be used: {error.strerror or error}"
        raise Permanent(sentence) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
