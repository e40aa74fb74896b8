from pathlib import Path

import pytest

from mailroom import config, wiring

pytestmark = pytest.mark.fast


def test_both_servers_are_reached_as_the_config_says(office_folder: Path):
    loaded = config.load(office_folder / "config.toml")

    imap, smtp = wiring.imap_settings(loaded), wiring.smtp_settings(loaded)

    assert (imap.host, imap.port, imap.security, imap.user) == ("127.0.0.1", 1143, "none", "iag@example.org")
    assert (smtp.host, smtp.port, smtp.security, smtp.user) == ("127.0.0.1", 1025, "none", "")
    assert smtp.local_hostname == "example.org"


def test_a_secret_is_asked_for_at_each_login(office_folder: Path):
    imap = wiring.imap_settings(config.load(office_folder / "config.toml"))
    (office_folder / "secret").write_text("CANARY-one\n")
    first = imap.secret()
    (office_folder / "secret").write_text("CANARY-two\n")

    assert (first, imap.secret()) == ("CANARY-one", "CANARY-two")
    assert "CANARY" not in repr(imap)
