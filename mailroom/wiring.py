"""From config.toml to what the transport wants: the one place where the two meet.

Secrets become functions, asked at each login and kept nowhere.
"""

from collections.abc import Callable

from mailroom.config import Config, secrets
from mailroom.config.model import Login
from mailroom.errors import Problems, Unauthorised
from mailroom.transport.settings import ImapSettings, SmtpSettings


def imap_settings(config: Config) -> ImapSettings:
    """How to reach the mailbox."""
    imap = config.imap
    return ImapSettings(
        host=imap.host,
        port=imap.port,
        security=imap.security,
        user=imap.user,
        secret=_secret(config, imap),
        auth=imap.auth,
        ca_file=imap.ca_file,
        idle_minutes=imap.idle_minutes,
    )


def smtp_settings(config: Config) -> SmtpSettings:
    """How to reach the server that takes our mail."""
    smtp = config.smtp
    return SmtpSettings(
        host=smtp.host,
        port=smtp.port,
        security=smtp.security,
        user=smtp.user,
        secret=_secret(config, smtp),
        auth=smtp.auth,
        # what we call ourselves in EHLO: a name that exists in DNS, where the machine's own often does not
        local_hostname=config.office.mailbox.rpartition("@")[2],
        ca_file=smtp.ca_file,
        data_seconds=smtp.data_seconds,
    )


def _secret(config: Config, login: Login) -> Callable[[], str]:
    if login.auth == "xoauth2" and config.m365 is not None and not (login.password_file or login.password_env):
        from mailroom.transport import oauth  # noqa: PLC0415 - msal is an extra that few offices need

        m365 = config.m365
        return oauth.exchange_online(m365.tenant, m365.client_id, lambda: secrets.client_secret(m365))
    return lambda: _told(login)


def _told(login: Login) -> str:
    """Read a password at login. One that cannot be read just now is a login refused, and tried again."""
    try:
        return secrets.password(login)
    except (Problems, OSError, UnicodeDecodeError) as error:
        raise Unauthorised(f"the password cannot be read: {error}", verb="AUTH") from error
