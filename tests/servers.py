"""Real mail servers for the tests and the bench: a private Dovecot and a private Postfix on loopback.

Each is one folder under /tmp, one process tree, and ports that were free; nothing of the machine's own
configuration is read or written. Any user name is a mailbox, all with the same password. A pytest plugin:
`pytest_plugins = ["tests.servers"]` gives the session fixtures `dovecot` and `postfix`.
"""

import contextlib
import os
import pwd
import random
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from mailroom.transport.settings import ImapSettings, Security, SmtpSettings

PASSWORD = "invented-password"
START_SECONDS = 15.0


class Dovecot:
    """Owns a Dovecot: IMAP with and without TLS, LMTP, one Maildir for each user named."""

    def __init__(self, capability: str = "", separator: str = "/", prefix: str = "") -> None:
        """Lay out the folder and start.

        `capability` replaces what IMAP says it can do, to play a poorer server; `separator` and `prefix` are how
        it names folders.
        """
        self.home = Path(tempfile.mkdtemp(prefix="mailroom-dovecot-", dir="/tmp"))
        self.home.chmod(0o755)
        self.port, self.tls_port, self.lmtp_port = free_ports(3)
        self.ca_file = certificate(self.home)
        self.mail = self.home / "mail"
        self.mail.mkdir()
        owner = _mail_owner()
        os.chown(self.mail, owner.pw_uid, owner.pw_gid)
        self._config = self.home / "dovecot.conf"
        self._config.write_text(_dovecot_config(self, owner, capability, separator, prefix))
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self.home / "stderr").open("ab") as log:
            self._process = subprocess.Popen(
                [_binary("dovecot"), "-F", "-c", str(self._config)],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            for port in (self.port, self.lmtp_port):
                until_greeted(port)
        except TimeoutError:
            self.stop()
            log_text = (self.home / "stderr").read_text() + _read(self.home / "log")
            pytest.fail(f"dovecot does not start:\n{log_text}")

    def stop(self) -> None:
        """End it at once; its mail stays."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
            _kill_those_under(self.home)

    def restart(self) -> None:
        """Stop and start on the same ports, with the same mail."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def admin(self, *arguments: str) -> str:
        """Run doveadm, as the server's own administrator would, and return what it says."""
        ran = subprocess.run(
            [_binary("doveadm"), "-c", str(self._config), *arguments], check=True, capture_output=True, text=True
        )
        return ran.stdout

    def new_user(self) -> str:
        """Return the name of a mailbox nobody has used yet."""
        return f"office-{uuid.uuid4().hex[:12]}@iag.example.org"

    def maildir(self, user: str) -> Path:
        """Return the Maildir of `user`; it exists once somebody has logged in or been delivered to."""
        return self.mail / user / "Maildir"

    def fill(self, user: str, messages: list[tuple[bytes, datetime]]) -> None:
        """Put messages with their INTERNALDATE into the inbox of `user` on the disk, much faster than by LMTP."""
        folder = self.maildir(user)
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        owner = _mail_owner()
        for path in (folder.parent, folder, *folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        for number, (raw, at) in enumerate(messages):
            name = f"{int(at.timestamp())}.M{number:06}.invented"
            path = folder / "tmp" / name
            path.write_bytes(raw)
            os.utime(path, (at.timestamp(), at.timestamp()))
            os.chown(path, owner.pw_uid, owner.pw_gid)
            # The server may look at any moment, and takes a message out of new/ when it does.
            path.rename(folder / "new" / name)

    def deliver(self, user: str, raw: bytes, sender: str = "member@example.org") -> None:
        """Hand over one message by LMTP (RFC 2033), as a border server would."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as wire:
            wire.sendmail(sender, [user], raw)

    def imap(self, user: str, *, port: int = 0, security: Security = "none") -> ImapSettings:
        """Return settings for the mailbox of `user`; `port` where a proxy stands between."""
        return ImapSettings(
            host="127.0.0.1",
            port=port or (self.tls_port if security == "tls" else self.port),
            security=security,
            user=user,
            secret=lambda: PASSWORD,
            ca_file=self.ca_file if security != "none" else None,
            read_seconds=20.0,
        )


class Postfix:
    """Owns a Postfix that takes mail without a login and hands all of it to one LMTP port."""

    def __init__(self, lmtp_port: int) -> None:
        """Lay out the folders and start."""
        self.home = Path(tempfile.mkdtemp(prefix="mailroom-postfix-", dir="/tmp"))
        self.home.chmod(0o755)
        (self.port,) = free_ports(1)
        self._etc = self.home / "etc"
        for name in ("etc", "queue", "data"):
            (self.home / name).mkdir()
        shutil.chown(self.home / "data", "postfix")
        (self._etc / "main.cf").write_text(_main_cf(self.home, lmtp_port))
        (self._etc / "master.cf").write_text(_master_cf(self.port))
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self.home / "stderr").open("ab") as log:
            self._process = subprocess.Popen(
                [_binary("postfix"), "-c", str(self._etc), "start-fg"],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            until_greeted(self.port)
        except TimeoutError:
            self.stop()
            pytest.fail(f"postfix does not start:\n{_read(self.home / 'stderr')}\n{_read(self.home / 'log')}")

    def stop(self) -> None:
        """End it at once; its queue stays."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
            _kill_those_under(self.home)

    def restart(self) -> None:
        """Stop and start on the same port, with the same queue."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def smtp(self, *, port: int = 0) -> SmtpSettings:
        """Return settings to send through it; `port` where a proxy stands between."""
        return SmtpSettings("127.0.0.1", port or self.port, "none", local_hostname="mailroom.invalid")


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A running Dovecot, one for each test process."""
    needed("dovecot", "openssl")
    with contextlib.closing(Dovecot()) as server:
        yield server


@pytest.fixture(scope="session")
def postfix(dovecot: Dovecot) -> Iterator[Postfix]:
    """A running Postfix that delivers to `dovecot`, one for each test process."""
    needed("postfix")
    if os.geteuid() != 0:
        _missing("postfix starts only as root")
    with contextlib.closing(Postfix(dovecot.lmtp_port)) as server:
        yield server


def needed(*names: str) -> None:
    """Skip the test where a program is missing; where CI is set, fail it."""
    for name in names:
        if not _binary(name):
            _missing(f"{name} is not installed")


def free_ports(count: int) -> list[int]:
    """Return loopback ports that nothing listens on, all different.

    They lie below the range the kernel takes for outgoing connections, or a server that restarts could find its
    port taken by a client, even by one that waits for it and has connected to itself.
    """
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports: list[int] = []
    while len(ports) < count:
        port = random.SystemRandom().randrange(lowest // 2, lowest)
        with contextlib.suppress(OSError), socket.socket() as sock:
            sock.bind(("127.0.0.1", port))
            ports += [port] if port not in ports else []
    return ports


def until_greeted(port: int) -> None:
    """Return when the server on `port` has said its first word.

    Raises:
        TimeoutError: it has not within START_SECONDS.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as sock:
            sock.settimeout(START_SECONDS)
            if sock.recv(1):
                return
        time.sleep(0.05)
    raise TimeoutError(port)


def certificate(folder: Path, host: str = "127.0.0.1") -> Path:
    """Make a self-signed certificate and key for `host` in `folder`; return the certificate's path."""
    path = folder / "cert.pem"
    name = f"IP:{host}" if host[0].isdigit() else f"DNS:{host}"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=invented", "-addext", f"subjectAltName={name}"),
            *("-keyout", str(folder / "key.pem"), "-out", str(path)),
        ],
        check=True,
        capture_output=True,
    )
    return path


def _missing(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI must run every test")
    pytest.skip(reason)


def _binary(name: str) -> str:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin") or ""


def _mail_owner() -> pwd.struct_passwd:
    """Return who owns the mail: ourselves, or nobody where we are root, as whom Dovecot reads no mail."""
    return pwd.getpwuid(os.geteuid()) if os.geteuid() else pwd.getpwnam("nobody")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop a server and its children: first politely, then not."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(5)


def _kill_those_under(home: Path) -> None:
    """Kill what still works in `home`: a master that ends may leave children of other process groups."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink().is_relative_to(home):
                os.kill(int(entry.name), signal.SIGKILL)


def _read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def _dovecot_config(server: Dovecot, owner: pwd.struct_passwd, capability: str, separator: str, prefix: str) -> str:
    me = pwd.getpwuid(os.geteuid()).pw_name
    users = "" if os.geteuid() == 0 else f"default_internal_user = {me}\ndefault_login_user = {me}\n"
    poorer = f"imap_capability = {capability}\n" if capability else ""
    return f"""
base_dir = {server.home}/run
state_dir = {server.home}/run
log_path = {server.home}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{server.ca_file}
ssl_key = <{server.home}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
first_valid_uid = 1
mail_fsync = never
{users}{poorer}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={server.mail}/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {server.port}
  }}
  inet_listener imaps {{
    port = {server.tls_port}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {server.lmtp_port}
  }}
}}
service anvil {{
  chroot =
  # Without this a test of wrong passwords makes the logins of the next tests wait.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


def _main_cf(home: Path, lmtp_port: int) -> str:
    return f"""
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/log
maillog_file_prefixes = {home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.invalid
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
default_transport = lmtp:inet:127.0.0.1:{lmtp_port}
smtpd_recipient_restrictions = permit_mynetworks, reject
smtputf8_enable = yes
smtputf8_autodetect_classes = all
minimal_backoff_time = 2s
queue_run_delay = 2s
import_environment = MAIL_CONFIG TZ LANG=C
"""


def _master_cf(port: int) -> str:
    return f"""
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
