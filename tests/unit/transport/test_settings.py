import ssl
from pathlib import Path

import pytest

from mailroom.errors import Permanent
from mailroom.transport.imap import ImapSettings, Mailbox
from mailroom.transport.settings import is_loopback, tls_context

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST."])
def test_this_machine_is_known_by_its_names(host: str):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["mail.example.org", "10.0.0.1", "localhost.example.org", "0.0.0.0", "", "127.0.0.1.example.org"]
)
def test_nothing_else_passes_for_this_machine(host: str):
    assert not is_loopback(host)


def test_clear_text_is_refused_for_any_other_machine():
    with pytest.raises(Permanent, match='write "tls" or "starttls"'):
        Mailbox(ImapSettings("mail.example.org", 143, "none", "iag", str))


def test_a_password_is_in_no_repr():
    settings = ImapSettings("127.0.0.1", 143, "none", "iag", lambda: "invented")

    assert "secret" not in repr(settings)


def test_encryption_is_verified_and_modern():
    context = tls_context(None)

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_a_certificate_file_that_cannot_be_used_is_named(content: str | None, tmp_path: Path):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(Permanent, match=r"ca\.pem cannot be used"):
        tls_context(path)
