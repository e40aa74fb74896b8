"""What imaplib, imapclient and the socket raise, told apart: later, never, or not with these credentials."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imapclient.exceptions import CapabilityError, IllegalStateError, LoginError, ProtocolError

from mailroom.errors import MailroomError, Permanent, Temporary, Unauthorised

# RFC 5530 and RFC 9051 section 7.1: a NO with one of these will be NO again tomorrow. Any other NO, with or
# without a code, may be a server in trouble, and asking again later costs little.
FINAL = {
    "ALREADYEXISTS",
    "BADCHARSET",
    "CANNOT",
    "CLIENTBUG",
    "NONEXISTENT",
    "NOPERM",
    "TRYCREATE",
    "UNKNOWN-CTE",
}
# RFC 5530 section 3: a refused login with one of these says nothing about the password.
BUSY = {"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN"}


class Broken(Temporary):
    """The connection has ended or is out of step with the server: nothing more can be said over it."""


_CODE = re.compile(r"\[([A-Z0-9-]+)[^\]]*\]")
# What imaplib and imapclient let out when a server answers nonsense.
_NONSENSE = (ProtocolError, ValueError, LookupError, TypeError, AttributeError)


def response_code(text: str) -> str:
    """Return the response code of a refusal, such as `NONEXISTENT`, or ""."""
    found = _CODE.search(text)
    return found[1] if found else ""


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn whatever IMAP work raises into our errors; `where` is "host:port", for the sentence.

    Raises:
        Broken: the connection ended, timed out, or spoke nonsense.
        Temporary: the server said NO for now.
        Permanent: the server will not do this, or its certificate is not valid.
        Unauthorised: it refused the name, password or token.
    """
    try:
        yield
    except MailroomError:
        raise
    except LoginError as error:
        raise _login(where, error) from error
    except ssl.SSLCertVerificationError as error:
        sentence = f"{where} shows a certificate that is not valid for it ({error.verify_message}); nothing was sent"
        raise Permanent(sentence) from error
    except (imaplib.IMAP4.abort, OSError) as error:
        raise Broken(f"the connection to {where} ended: {_words(error)}") from error
    except (CapabilityError, IllegalStateError) as error:
        raise Permanent(f"{where} cannot do this: {_words(error)}") from error
    except _NONSENSE as error:
        raise Broken(f"{where} answered something that is not IMAP: {_words(error)}") from error
    except imaplib.IMAP4.error as error:
        raise _refusal(where, error) from error


def _login(where: str, error: LoginError) -> MailroomError:
    text = _words(error)
    if isinstance(error.__context__, imaplib.IMAP4.abort) or response_code(text) in BUSY:
        return Temporary(f"{where} could not log us in just now: {text}")
    return Unauthorised(f"{where} refused the login: {text}")


def _refusal(where: str, error: imaplib.IMAP4.error) -> MailroomError:
    text = _words(error)
    if text.startswith("got more than"):  # imaplib's cap on a line; the rest of that line is still to come
        return Broken(f"{where} answered a line that is too long: {text}")
    if response_code(text) in FINAL or " BAD " in text:
        return Permanent(f"{where} refused: {text}")
    return Temporary(f"{where} refused for now: {text}")


def _words(error: BaseException) -> str:
    """Return the first 200 characters of what `error` says, on one line: servers may quote whole messages."""
    return " ".join(str(error).split())[:200] or type(error).__name__
