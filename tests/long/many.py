"""A sending to 10,000 with a flat memory line: `python -m tests.long.many [--readers 10000] [--connections 1]`.

Everything is queued in one transaction, rendered as it goes in, and sent to a Postfix smtp-sink; the resident memory
of this process is printed at each thousand.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import cast

from bench.deliver import Sink
from mailroom import delivery
from mailroom.clock import SystemClock
from mailroom.office.office import Office
from mailroom.office.templates import Templates
from mailroom.rules import RuleSet
from mailroom.store import Store, open_store
from mailroom.transport.smtp import Sender
from mailroom.wiring import smtp_settings
from tests.crash.sending import NAME, prepare

STEP = 1000
FLAT_MIB = 8
"""So much may the last thousand hold more than the first."""


def main() -> int:
    """Send, print the memory, and return 1 when it grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=10_000, help="how many mails the sending has (10000)")
    parser.add_argument("--connections", type=int, default=1, help="how many go at once (1)")
    given = parser.parse_args()
    with closing(Sink()) as sink, tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        made = prepare(Path(folder) / "office", sink.settings, given.readers, connections=given.connections)
        print(f"queued {given.readers} in {time.monotonic() - began:.1f} s, {resident():.1f} MiB")
        with closing(open_store(made.office.database)) as store:
            office = Office(made, store, cast("RuleSet", None), cast("Templates", None), (), message_id_key=b"")
            seen = asyncio.run(_send(office, store, given.readers))
    growth = seen[-1] - seen[0]
    print(f"from the first thousand to the last: {growth:+.1f} MiB")
    return int(growth > FLAT_MIB)


async def _send(office: Office, store: Store, readers: int) -> list[float]:
    senders = [Sender(smtp_settings(office.config)) for _ in range(office.config.sending.connections)]
    clock, began, seen = SystemClock(), time.monotonic(), []
    for goal in range(STEP, readers + 1, STEP):
        # A look that ends in between is the ordered stop of the daemon; the next goes on where it was.
        await delivery.deliver_due(office, senders, clock, partial(_reached, store, goal))
        seen.append(resident())
        print(f"  {_sent(store):6} sent, {time.monotonic() - began:6.1f} s, {seen[-1]:.1f} MiB", flush=True)
    await asyncio.gather(*(sender.close() for sender in senders))
    return seen


def _reached(store: Store, goal: int) -> bool:
    return _sent(store) >= goal


def _sent(store: Store) -> int:
    sql = "SELECT count(*) FROM outbox INDEXED BY outbox_batch WHERE batch <> '' AND batch = ? AND state = 'sent'"
    [n] = store.db.execute(sql, (NAME,)).fetchone()
    return int(n)


def resident() -> float:
    """Return the memory this process holds now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


if __name__ == "__main__":
    sys.exit(main())
