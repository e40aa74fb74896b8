"""What every test is held to: no server but on this machine, no home folder but an empty one."""

import ipaddress
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailroom import clock

pytest_plugins = ["tests.servers"]

OFFICE = """\
[office]
name = "Riverside Advisory Group"
mailbox = "iag@example.org"

[imap]
host = "127.0.0.1"
port = 1143
security = "none"
user = "iag@example.org"
password_file = "secret"

[smtp]
host = "127.0.0.1"
port = 1025
security = "none"

[trust]
trusted_authserv = ["mx.example.org"]
"""


@pytest.fixture
def office_folder(tmp_path: Path) -> Path:
    """Make the folder of a small office: config.toml, its secret, empty rules and templates."""
    for name in ("rules", "templates"):
        (tmp_path / name).mkdir()
    secret = tmp_path / "secret"
    secret.write_text("invented password\n")
    secret.chmod(0o600)
    (tmp_path / "config.toml").write_text(OFFICE)
    return tmp_path


@pytest.fixture(autouse=True)
def _this_machine_only(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    connect = socket.socket.connect

    def guarded(wire: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not _loopback(address[0]):
            message = f"a test reaches out to {address[0]}"
            raise AssertionError(message)
        connect(wire, address)  # type: ignore[arg-type]

    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setenv("HOME", str(home))
    for name in ("MAILROOM_CONFIG", clock.VARIABLE, "XDG_STATE_HOME", "STATE_DIRECTORY", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def _no_daemon_left() -> Iterator[None]:
    yield
    office = sys.modules.get("tests.office")  # imported by the tests that start daemons, and costly for the others
    while office is not None and office.RUNNING:
        child = office.RUNNING.pop()
        child.kill()
        child.wait(10)
