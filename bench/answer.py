"""How long a person waits: from the server's announcement of a message to the answer at the SMTP server.

A bare IDLE client stands beside the daemon on the same mailbox; what it is told, and when, is the
baseline, as Dovecot itself holds announcements back for up to half a second.
"""

import statistics
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from imapclient import IMAPClient

from tests.crash.sink import KillingSink
from tests.office import Process, mail, rows, until, write_office
from tests.servers import PASSWORD, Dovecot

JOIN = "Hello, I would like to join the advisory group. How do I apply?"


def main(count: int) -> int:
    """Print the figures; return the exit code."""
    sink = KillingSink()
    with closing(Dovecot()) as server, sink.running(), tempfile.TemporaryDirectory() as folder:
        user = server.new_user()
        made = write_office(Path(folder) / "office", server.imap(user), sink.settings)
        process = Process(made)
        process.start()
        until(lambda: rows(made, "SELECT 1 FROM mailboxes WHERE name = 'INBOX'"), 20, "first contact")
        time.sleep(2)
        announced, answered = zip(*(_one(server, user, sink, n) for n in range(count)), strict=True)
        process.stop()
    after = [end - start for start, end in zip(announced, answered, strict=True)]
    print(f"{count} messages by LMTP, one at a time; medians after the server accepted the message")
    print(f"announced to a bare IDLE client    {statistics.median(announced) * 1000:6.0f} ms")
    print(f"answer at the SMTP server          {statistics.median(answered) * 1000:6.0f} ms")
    print(
        f"answer after the announcement      {statistics.median(after) * 1000:6.0f} ms, most {max(after) * 1000:.0f} ms"
    )
    return 0


def _one(server: Dovecot, user: str, sink: KillingSink, n: int) -> tuple[float, float]:
    """Deliver one message; return the seconds until it was announced, and until its answer arrived."""
    seen: list[float] = []
    with IMAPClient("127.0.0.1", server.port, ssl=False) as watcher:
        watcher.login(user, PASSWORD)
        watcher.select_folder("INBOX", readonly=True)
        watcher.idle()

        def listen() -> None:
            if watcher.idle_check(timeout=10):
                seen.append(time.perf_counter())

        listening = threading.Thread(target=listen)
        listening.start()
        address = f"reader{n}@web.example.net"
        before = len(sink.accepted)
        server.deliver(user, mail(address, "How do I join?", JOIN))
        begun = time.perf_counter()
        until(lambda: any(address.encode() in raw for raw in sink.accepted[before:]), 20, "an answer")
        answered = time.perf_counter() - begun
        listening.join(15)
        watcher.idle_done()
    return (seen[0] - begun if seen else 0.0), answered
