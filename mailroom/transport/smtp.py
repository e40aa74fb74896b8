"""The one SMTP connection that mail leaves by: one recipient an envelope, one verdict a message.

What the wire said becomes one of five errors, with `.code` and `.verb`:

    Temporary     4xx; the server cannot be reached; or the connection ended before the text of the message was sent
    Permanent     5xx to RCPT or the message; or the message is one this server can never take
    Barred        5xx to MAIL, or to anything for our address or by policy (5.7.x): every other mail would fare the same
    Unauthorised  the login was refused, or asked for (530, 534, 535, 538)
    Doubtful      the text was sent and no clear answer came: it may have been accepted

A 5xx in the greeting or to EHLO is Temporary: nothing was said yet about this message.
"""

import asyncio
import contextlib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected
from aiosmtplib.protocol import normalize_message_line_endings

from mailroom.errors import Barred, Doubtful, MailroomError, Permanent, Temporary, Unauthorised
from mailroom.transport.settings import SmtpSettings, refuse_clear_text, tls_context
from mailroom.transport.tcp import tune

__all__ = ["Sender", "SmtpSettings"]

UNAUTHORISED = {530, 534, 535, 538}  # RFC 4954 section 6
CLOSING = 421  # RFC 5321 section 3.8: whatever was asked, the server is about to hang up
TOO_LARGE = 552  # RFC 1870 section 6: the fault of this one message, whichever verb it answers
START_INPUT = 354
# A goodbye or a reset that takes longer, in seconds, is not worth the wait: the connection is cut instead.
POLITENESS_SECONDS = 1.0

_ONE_ADDRESS = re.compile(r"""("[^"\r\n]+"|[^\s<>,;"@]+)@[^\s<>,;"@]+""")
_POLICY = re.compile(r"5\.(?:7\.(?!(?:17|18)\b)\d{1,3}|1\.[78])\b")
"""Security and policy (5.7.x), and our address where servers look at it only after RCPT (5.1.7, 5.1.8). 5.7.17 and
5.7.18 say that one mailbox or domain has a new owner (RFC 7293), which is one recipient's matter."""
_BEFORE_ANY_MESSAGE = {"CONNECT", "EHLO", "STARTTLS"}


class Sender:
    """Owns one SMTP connection; made when first needed, kept, and made again when the server has hung up."""

    def __init__(self, settings: SmtpSettings) -> None:
        """Remember where to connect; nothing is sent yet.

        Raises:
            Permanent: the settings would send mail unencrypted to another machine.
        """
        refuse_clear_text(settings)
        self._settings = settings
        self._where = f"{settings.host}:{settings.port}"
        self._client: SMTP | None = None
        self._one_at_a_time = asyncio.Lock()

    async def connect(self) -> None:
        """Connect, encrypt and log in now, to learn early of what cannot work.

        Raises:
            Temporary: not reachable, or busy.
            Permanent: no valid certificate, or no STARTTLS: nothing secret was sent.
            Unauthorised: the name, password or token was refused.
        """
        async with self._one_at_a_time:
            await self._connect()

    async def send(self, sender: str, recipient: str, mime: bytes) -> str:
        """Send one message to one recipient and return the server's reply, such as `250 2.0.0 queued as 4B1`.

        `sender` and `recipient` are bare addresses; `sender` may be "" (RFC 5321 section 4.5.5). `mime` goes out as
        it is, save that line ends become CRLF and leading dots are doubled.

        Raises:
            Temporary, Permanent, Unauthorised, Doubtful: as the head of this file says.
        """
        if not _ONE_ADDRESS.fullmatch(recipient):
            raise Permanent(f"“{recipient}” is not one mail address", verb="RCPT")
        async with self._one_at_a_time:
            clean = False
            try:
                client = await self._mail(sender, recipient, mime)
                await self._rcpt(client, recipient)
                reply = await self._data(client, mime)
                clean = True
            except (Temporary, Permanent) as fault:
                clean = await self._reset(fault)
                raise
            finally:
                if not clean:
                    self._drop()
            return reply

    async def close(self) -> None:
        """Say goodbye if that is quick, else hang up. The sender can be used again."""
        client = self._client
        if client is not None and client.is_connected:
            with contextlib.suppress(SMTPException, OSError):
                await client.quit(timeout=POLITENESS_SECONDS)
        self._drop()

    async def _mail(self, sender: str, recipient: str, mime: bytes) -> SMTP:
        """Open the envelope; over a new connection where the server has left the old one."""
        client = self._client
        if client is not None and client.is_connected:
            try:
                await self._say_mail(client, sender, recipient, mime)
            except Temporary as fault:
                # Servers hang up on connections that were idle for a while; nothing of this message was sent yet.
                if fault.code not in (0, CLOSING):
                    raise
            else:
                return client
        client = await self._connect()
        await self._say_mail(client, sender, recipient, mime)
        return client

    async def _say_mail(self, client: SMTP, sender: str, recipient: str, mime: bytes) -> None:
        options, encoding = _options(client, self._where, sender + recipient, mime)
        await self._say(client, "MAIL", " ".join([f"FROM:<{sender}>", *options]), encoding)

    async def _rcpt(self, client: SMTP, recipient: str) -> None:
        await self._say(client, "RCPT", f"TO:<{recipient}>", "ascii" if recipient.isascii() else "utf-8")

    async def _say(self, client: SMTP, verb: str, words: str, encoding: str) -> None:
        """Say a command of the envelope. Not by the library's own methods, which take addresses out of headers."""
        with self._translated(verb):
            line = verb.encode(), words.encode(encoding)
            reply = await client.execute_command(*line, timeout=self._settings.command_seconds)
            if reply.code // 100 != 2:  # noqa: PLR2004
                raise self._fault(verb, reply.code, reply.message)

    async def _data(self, client: SMTP, mime: bytes) -> str:
        """Send the text. Not by aiosmtplib's `data`, which cannot tell a cut before the text from one after it."""
        text = _as_data(mime)
        with self._translated("DATA"):
            go_ahead = await client.execute_command(b"DATA", timeout=self._settings.command_seconds)
            if go_ahead.code != START_INPUT:
                raise self._fault("DATA", go_ahead.code, go_ahead.message)
            protocol = client.protocol
            if protocol is None:
                raise SMTPServerDisconnected("Connection lost")
            if said := bytes(protocol._buffer):  # noqa: SLF001 - it would be taken for the answer to the text
                raise self._fault("DATA", 0, said.decode("utf-8", "surrogateescape"))
            protocol.write(text)
        try:
            reply = await protocol.read_response(timeout=self._settings.data_seconds)
        except (SMTPException, OSError) as error:
            raise self._doubt(str(error)) from error
        if reply.code // 100 in (4, 5):
            raise self._fault(".", reply.code, reply.message)
        if reply.code // 100 != 2:  # noqa: PLR2004
            raise self._doubt(f"{reply.code} {reply.message}")
        return f"{reply.code} {_line(reply.message)}"

    async def _connect(self) -> SMTP:
        self._drop()
        settings = self._settings
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            local_hostname=settings.local_hostname,
            timeout=settings.connect_seconds,
            use_tls=settings.security == "tls",
            start_tls=False,  # only ever explicitly: None would go on in clear text where it is not offered
            tls_context=None if settings.security == "none" else tls_context(settings.ca_file),
        )
        try:
            with self._translated("CONNECT"):
                await client.connect()
                tune(client.get_transport_info("socket"))
            client.timeout = settings.command_seconds
            with self._translated("EHLO"):
                await client.ehlo()
            if settings.security == "starttls":
                await self._encrypt(client)
            if settings.user:
                await self._log_in(client)
            self._client = client
        finally:
            if self._client is not client:
                client.close()
        return client

    async def _encrypt(self, client: SMTP) -> None:
        if not client.supports_extension("starttls"):
            raise Permanent(f"{self._where} does not offer STARTTLS, so nothing was sent to it", verb="STARTTLS")
        with self._translated("STARTTLS"):
            await client.starttls(timeout=self._settings.connect_seconds)
        with self._translated("EHLO"):
            await client.ehlo()  # what was offered in clear text does not count any more (RFC 3207 section 4.2)

    async def _log_in(self, client: SMTP) -> None:
        """Log in by one method only: trying the next after a refusal is how accounts get locked."""
        user, offered = self._settings.user, client.server_auth_methods
        secret = await asyncio.to_thread(self._settings.secret)
        with self._translated("AUTH"):
            if self._settings.auth == "xoauth2" and "xoauth2" in offered:
                await client.auth_xoauth2(user, secret)
            elif self._settings.auth == "password" and "plain" in offered:
                await client.auth_plain(user, secret)
            elif self._settings.auth == "password" and "login" in offered:
                await client.auth_login(user, secret)
            elif self._settings.auth == "password" and "cram-md5" in offered:
                await client.auth_crammd5(user, secret)
            else:
                listed = ", ".join(offered).upper() or "none"
                sentence = f"{self._where} offers no login for auth “{self._settings.auth}” (it offers: {listed})"
                raise Permanent(sentence, verb="AUTH")

    async def _reset(self, fault: Temporary | Permanent) -> bool:
        """Clear the envelope after a refusal; say whether the connection can be used again."""
        client = self._client
        if fault.code in (0, CLOSING) or client is None or not client.is_connected:
            return False
        with contextlib.suppress(SMTPException, OSError):
            await client.rset(timeout=POLITENESS_SECONDS)
            return True
        return False

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    @contextmanager
    def _translated(self, verb: str) -> Iterator[None]:
        """Turn what aiosmtplib and the socket raise before the text is sent into our errors."""
        try:
            yield
        except MailroomError:
            raise
        except SMTPResponseException as error:
            raise self._fault(verb, error.code, error.message) from error
        except (SMTPException, OSError) as error:
            certificate = _bad_certificate(error)
            if certificate is not None:
                sentence = f"{self._where} shows a certificate that is not valid for it ({certificate.verify_message})"
                raise Permanent(f"{sentence}; nothing was sent", verb=verb) from error
            raise Temporary(
                f"the connection to {self._where} ended at {verb}: {_line(str(error))}", verb=verb
            ) from error
        except ValueError as error:  # a control character, or a character no envelope can carry
            raise Permanent(f"an address cannot be written in an envelope: {_line(str(error))}", verb=verb) from error

    def _fault(self, verb: str, code: int, text: str) -> MailroomError:
        what = "the message" if verb == "." else verb
        sentence = f"{self._where} answered {what} with {code} {_line(text)}"
        if code in UNAUTHORISED or (verb == "AUTH" and code // 100 == 5):  # noqa: PLR2004
            return Unauthorised(sentence, code=code, verb=verb)
        if code // 100 == 5 and verb not in _BEFORE_ANY_MESSAGE:  # noqa: PLR2004
            if code != TOO_LARGE and (verb == "MAIL" or _POLICY.match(text)):
                return Barred(sentence, code=code, verb=verb)
            return Permanent(sentence, code=code, verb=verb)
        if code // 100 in (4, 5):
            return Temporary(sentence, code=code, verb=verb)
        return Temporary(f"{self._where} answered {what} with something that is not SMTP: {_line(text)}", verb=verb)

    def _doubt(self, text: str) -> Doubtful:
        sentence = f"{self._where} took the text of the message and then gave no clear answer: {_line(text)}"
        return Doubtful(sentence, verb=".")


def _options(client: SMTP, where: str, addresses: str, mime: bytes) -> tuple[list[str], str]:
    """Return the parameters of MAIL and the encoding of the envelope, asking for no more than the mail needs.

    Raises:
        Permanent: it needs what this server does not offer.
    """
    options = [f"SIZE={len(mime)}"] if client.supports_extension("size") else []
    ascii_only = mime.isascii()
    international = not addresses.isascii() or not (ascii_only or _head(mime).isascii())
    if international and not client.supports_extension("smtputf8"):
        sentence = f"{where} cannot carry letters outside ASCII in an address or a header (no SMTPUTF8, RFC 6531)"
        raise Permanent(sentence, verb="MAIL")
    if not ascii_only:
        if not client.supports_extension("8bitmime"):
            raise Permanent(f"{where} cannot carry 8-bit text (no 8BITMIME, RFC 6152)", verb="MAIL")
        options.append("BODY=8BITMIME")
    return [*options, "SMTPUTF8"] if international else options, "utf-8" if international else "ascii"


def _head(mime: bytes) -> bytes:
    return mime.replace(b"\r\n", b"\n").partition(b"\n\n")[0]


def _as_data(mime: bytes) -> bytes:
    """Return a message as it stands on the wire: CRLF, leading dots doubled (RFC 5321 section 4.5.2), and the last dot.

    Ours have CRLF already: counting is fifty times as quick as looking for each line end that is none.
    """
    pairs = mime.count(b"\r\n")
    if not pairs == mime.count(b"\r") == mime.count(b"\n") or not mime.endswith(b"\r\n"):
        mime = normalize_message_line_endings(mime)
    stuffed = mime.replace(b"\n.", b"\n..")
    return (b"." if mime.startswith(b".") else b"") + stuffed + b".\r\n"


def _bad_certificate(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """Find the certificate's fault behind the library's error, if that was it."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, ssl.SSLCertVerificationError):
        seen = seen.__cause__ or seen.__context__
    return seen


def _line(text: str) -> str:
    """Return at most 300 characters of a reply on one line: a server may answer with a page, and in any charset.

    What is not UTF-8 comes as lone surrogates, which no database and no terminal takes.
    """
    return " ".join(text.encode("utf-8", "replace").decode().split())[:300]
