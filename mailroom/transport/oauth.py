"""Access tokens for servers that no longer take passwords: Exchange Online, for IMAP and for SMTP AUTH.

A Token is what `ImapSettings.secret` and `SmtpSettings.secret` want for auth "xoauth2": called at each login, it
answers from its cache until the token is about to expire. Needs the extra `mailroom[m365]`.
"""

from collections.abc import Callable
from typing import Any

from mailroom.errors import Permanent, Temporary, Unauthorised

Token = Callable[[], str]

AUTHORITY = "https://login.microsoftonline.com/"
# The one scope for both protocols; what the application may do is granted to it in Exchange.
SCOPES = ["https://outlook.office365.com/.default"]
# RFC 6749 section 5.2 and 4.1.2.1: what the identity provider says when it is the one in trouble.
_PASSING = {"temporarily_unavailable", "server_error"}


def exchange_online(tenant: str, client_id: str, client_secret: Callable[[], str], http: Any = None) -> Token:  # noqa: ANN401
    """Return the Token of an application that logs in as itself (client credentials, RFC 6749 section 4.4).

    `tenant` is the organisation's id or domain. `client_secret` is asked once, at the first login.
    `http` stands in for the network, as msal's `http_client`.

    Raises:
        Permanent: msal is not installed.
    """
    try:
        import msal  # noqa: PLC0415
    except ImportError as error:
        sentence = (
            'auth = "xoauth2" needs one more package: install mailroom with its extra, pip install "mailroom[m365]"'
        )
        raise Permanent(sentence) from error
    application: Any = None

    def token() -> str:
        nonlocal application
        try:
            if application is None:
                application = msal.ConfidentialClientApplication(
                    client_id,
                    authority=AUTHORITY + tenant,
                    client_credential=client_secret(),
                    http_client=http,
                )
            answer = application.acquire_token_for_client(scopes=SCOPES)
        except OSError as error:  # what requests raises is one
            raise Temporary(f"no token from {AUTHORITY}: {error}") from error
        except ValueError as error:  # msal's word for a tenant that does not exist
            raise Permanent(f"no token from {AUTHORITY}{tenant}: {error}") from error
        return _access_token(answer)

    return token


def _access_token(answer: dict[str, Any]) -> str:
    """Read the answer of the token endpoint (RFC 6749 section 5). The token itself goes into no sentence."""
    if "access_token" in answer:
        return str(answer["access_token"])
    reason = str(answer.get("error", "no reason given"))
    detail = " ".join(str(answer.get("error_description", "")).split())[:200]
    if reason in _PASSING:
        raise Temporary(f"{AUTHORITY} gives no token just now: {reason} {detail}")
    raise Unauthorised(f"{AUTHORITY} gives no token: {reason} {detail}")
