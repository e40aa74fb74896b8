"""From a Dovecot mailbox to committed and filed, against a bare FETCH of the same mailbox in the same run.

1. A private Dovecot is filled with the invented mailbox, for two users alike.
2. `bare` fetches all of the first with imapclient alone, as it comes and with its debugging off, and keeps nothing.
3. `pipeline` lets `mailroom run --once` take the second: from the start of the process to its end.
"""

import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from imapclient import IMAPClient

from bench import mailbox
from tests.servers import PASSWORD, Dovecot, free_ports, until_greeted

ROOT = Path(__file__).parents[1]
BATCH = 100

CONFIG = """\
[office]
name = "Bench"
mailbox = "{office}"

[imap]
host = "127.0.0.1"
port = {imap_port}
security = "none"
user = "{user}"
password_file = "secret"

[smtp]
host = "127.0.0.1"
port = {smtp_port}
security = "none"

[trust]
trusted_authserv = ["mx.example.org"]
"""


def main(count: int, seed: int, rounds: int, *, keep: bool) -> int:
    """Print the figures; return the exit code."""
    with closing(Dovecot()) as server:
        bare_user, office_user = server.new_user(), server.new_user()
        invented = list(mailbox.messages(count, seed))
        size = sum(len(raw) for raw, _at in invented)
        print(f"{count} messages, {size / 1e6:.0f} MB, seed {seed}")
        server.fill(bare_user, invented)
        plain = statistics.median(bare(server, bare_user, count) for _ in range(rounds))
        print(f"bare FETCH, imapclient as it comes   {count / plain:8.0f} messages/s")
        tuned = statistics.median(bare(server, bare_user, count, debug=0) for _ in range(rounds))
        print(f"bare FETCH, its debugging off        {count / tuned:8.0f} messages/s")
        with _office(server, office_user, keep=keep) as folder:
            # First contact takes what lies there as history; only what comes later is mail to act on.
            _run_once(folder)
            server.fill(office_user, invented)
            whole = pipeline(folder, count)
        print(f"mailroom, committed and filed        {count / whole:8.0f} messages/s")
        print(
            f"ratio to the bare FETCH              {plain / whole:8.3f} as it comes, {tuned / whole:.3f} debugging off"
        )
    return 0


def bare(server: Dovecot, user: str, count: int, debug: int = 5) -> float:
    """Return the seconds that imapclient takes to fetch everything, in batches, keeping nothing."""
    with IMAPClient("127.0.0.1", server.port, ssl=False) as client:
        client._imap.debug = debug  # noqa: SLF001
        client.login(user, PASSWORD)
        client.select_folder("INBOX", readonly=True)
        begun = time.perf_counter()
        uids = client.search("ALL")
        fetched = 0
        for start in range(0, len(uids), BATCH):
            fetched += len(client.fetch(uids[start : start + BATCH], ["INTERNALDATE", "BODY.PEEK[]"]))
        taken = time.perf_counter() - begun
    if fetched != count:
        sys.exit(f"bench: the mailbox of {user} gave {fetched} messages instead of {count}")
    return taken


def pipeline(folder: Path, count: int) -> float:
    """Return the seconds from the start of `mailroom run --once` until it has ended, with everything filed.

    Exits where a message is missing from the ledger or not filed.
    """
    begun = time.perf_counter()
    _run_once(folder)
    taken = time.perf_counter() - begun
    states = _states(folder / "office.db")
    if states.get("filed", 0) != count:
        sys.exit(f"bench: of {count} messages {states.get('filed', 0)} are filed; the ledger says {states}")
    return taken


def _run_once(folder: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "mailroom", "run", "--once", "--config", str(folder / "config.toml")],
        check=True,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )


def _sink_command() -> list[str]:
    """Postfix's sink, which takes everything and keeps nothing; it wants another user where we are root."""
    command = shutil.which("smtp-sink", path="/usr/sbin:/usr/local/sbin:/usr/bin") or sys.exit(
        "bench: no smtp-sink here"
    )
    return [command, "-u", "nobody"] if os.geteuid() == 0 else [command]


def _states(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return dict(db.execute("SELECT state, count(*) FROM messages GROUP BY state"))


@contextmanager
def _office(server: Dovecot, user: str, *, keep: bool) -> Iterator[Path]:
    """Make an office with the shipped rules for `user`, with people who are known and a sink for what it sends."""
    folder = Path(tempfile.mkdtemp(prefix="mailroom-bench-")) / "office"
    (port,) = free_ports(1)
    sink = subprocess.Popen([*_sink_command(), f"127.0.0.1:{port}", "100"])
    try:
        until_greeted(port)
        mailroom = [sys.executable, "-m", "mailroom"]
        subprocess.run([*mailroom, "init", str(folder)], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        (folder / "secret").write_text(PASSWORD)
        (folder / "secret").chmod(0o600)
        config = CONFIG.format(office=mailbox.OFFICE, imap_port=server.port, user=user, smtp_port=port)
        (folder / "config.toml").write_text(config)
        (folder / "people.csv").write_text(mailbox.people_csv())
        subprocess.run(
            [*mailroom, "people", "import", str(folder / "people.csv"), "--config", str(folder / "config.toml")],
            check=True,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        yield folder
    finally:
        sink.kill()
        sink.wait()
        if keep:
            print(f"the office is in {folder}")
        else:
            shutil.rmtree(folder.parent, ignore_errors=True)
