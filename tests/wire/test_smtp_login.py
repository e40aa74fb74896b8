"""Encryption and logins over SMTP: what is said to whom, and what never is."""

import base64
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from mailroom.errors import Permanent, Unauthorised
from mailroom.transport.settings import Auth, Security, SmtpSettings
from mailroom.transport.smtp import Sender
from tests.servers import certificate, needed
from tests.wire.sink import Sink, sink

pytestmark = pytest.mark.fast

OFFICE, MEMBER = "iag@example.org", "member@example.org"
MIME = b"Subject: hello\r\n\r\nHello.\r\n"


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needed("openssl")
    return certificate(tmp_path_factory.mktemp("certificate"))


def serving(ca_file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca_file, ca_file.with_name("key.pem"))
    return context


def settings(to: Sink, security: Security, ca_file: Path | None, auth: Auth = "password") -> SmtpSettings:
    return SmtpSettings("127.0.0.1", to.port, security, OFFICE, lambda: "invented", auth, ca_file=ca_file)


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_an_encrypted_connection_carries_the_login_and_the_mail(security: Security, ca_file: Path):
    tls = serving(ca_file)
    async with sink(extensions=("STARTTLS", "AUTH PLAIN"), tls=tls, from_the_start=security == "tls") as server:
        sender = Sender(settings(server, security, ca_file))
        await sender.send(OFFICE, MEMBER, MIME)
        await sender.close()

    verbs = [line.split()[0] for line in server.commands]
    encrypted = ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]
    assert verbs == (encrypted if security == "tls" else ["EHLO", "STARTTLS", *encrypted])


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_an_unknown_certificate_is_refused_before_anything_secret_is_said(security: Security, ca_file: Path):
    tls = serving(ca_file)
    async with sink(extensions=("STARTTLS", "AUTH PLAIN"), tls=tls, from_the_start=security == "tls") as server:
        sender = Sender(settings(server, security, None))
        with pytest.raises(Permanent, match="certificate that is not valid"):
            await sender.send(OFFICE, MEMBER, MIME)
        await sender.close()

    assert [line.split()[0] for line in server.commands] == (["EHLO", "STARTTLS"] if security == "starttls" else [])


async def test_a_certificate_for_another_host_is_refused(ca_file: Path):
    async with sink(tls=serving(ca_file), from_the_start=True) as server:
        sender = Sender(replace(settings(server, "tls", ca_file), host="localhost"))
        with pytest.raises(Permanent, match="certificate that is not valid"):
            await sender.connect()

    assert server.commands == []


async def test_a_token_is_sent_as_xoauth2():
    async with sink(extensions=("AUTH PLAIN XOAUTH2",)) as server:
        sender = Sender(settings(server, "none", None, "xoauth2"))
        await sender.connect()
        await sender.close()

    (line,) = [line for line in server.commands if line.startswith("AUTH")]
    assert base64.b64decode(line.split()[2]) == b"user=iag@example.org\1auth=Bearer invented\1\1"


async def test_a_refused_token_is_answered_with_an_empty_line_and_reported_once():
    async with sink({"AUTH": "334 eyJzdGF0dXMiOiI0MDAifQ=="}, extensions=("AUTH XOAUTH2",)) as server:
        sender = Sender(settings(server, "none", None, "xoauth2"))
        with pytest.raises(Unauthorised) as caught:
            await sender.connect()

    assert [line.split()[0] if line else "" for line in server.commands] == ["EHLO", "AUTH", ""]
    assert (caught.value.code, caught.value.verb) == (535, "AUTH")
    assert "invented" not in str(caught.value)
