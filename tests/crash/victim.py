"""A daemon that dies at a chosen step: `python -m tests.crash.victim CONFIG STEP`.

STEP counts every step of every transaction (begun, before commit, committed); at that one the process
kills itself as `kill -9` would. 0 never dies. `deliver` is the delivery loop alone, dying in the same way.
"""

import asyncio
import os
import signal
import sys
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from mailroom import config, delivery, schedule
from mailroom.clock import SetClock, SystemClock
from mailroom.daemon import Daemon
from mailroom.lock import only_instance
from mailroom.office import office as offices
from mailroom.office.office import Office
from mailroom.office.templates import Templates
from mailroom.rules import RuleSet
from mailroom.store import Store, open_store
from mailroom.transport.smtp import Sender
from mailroom.wiring import smtp_settings


def main() -> None:
    """Run until killed, by ourselves or by others."""
    made, last = config.load(Path(sys.argv[1])), int(sys.argv[2])

    async def run(store: Store) -> None:
        office = Daemon(made, store, SystemClock())
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, office.stop)
        await office.run()

    with only_instance(made.office.database):
        asyncio.run(run(open_store(made.office.database, dying_at(last))))


def deliver(path: str, last: int, grace: float = 0.0) -> None:
    """Send all that waits in the outbox, as the daemon does at its start; what steps that took stands in `steps`.

    With `grace` it dies so many seconds after its last step, whatever it is then doing.
    """
    made = config.load(Path(path))
    die = dying_at(last, grace)

    async def run(store: Store) -> None:
        # The delivery loop reads neither rules nor templates: every mail was rendered before it became a row.
        office = Office(made, store, cast("RuleSet", None), cast("Templates", None), snapshot=(), message_id_key=b"")
        clock, senders = SystemClock(), [Sender(smtp_settings(made)) for _ in range(made.sending.connections)]
        delivery.recover(office, clock.now())
        while (due := delivery.next_look(office, clock.now())) is not None:
            await asyncio.sleep(max((due - clock.now()).total_seconds(), 0))
            await delivery.deliver_due(office, senders, clock)
        await asyncio.gather(*(sender.close() for sender in senders))

    with only_instance(made.office.database):
        asyncio.run(run(open_store(made.office.database, die)))
    (made.path.parent / "steps").write_text(str(die.taken))


def issue(path: str, last: int, at: str) -> None:
    """Be the service at a moment when a sending is due: write it, and send it; `last` counts from when all is written.

    The clock stands still, save where a mail waits for its time.
    """
    made, die = config.load(Path(path)), dying_at(0)

    async def run(store: Store) -> None:
        clock, senders = SetClock(datetime.fromisoformat(at)), [Sender(smtp_settings(made))]
        office = offices.open_office(made, store, clock.now())
        delivery.recover(office, clock.now())
        while schedule.run_due(office, clock.now()):
            pass
        die.last, die.taken = last, 0
        until = clock.now() + timedelta(minutes=10)
        while (due := delivery.next_look(office, clock.now())) is not None and due <= until:
            clock.set(max(due, clock.now()))
            await delivery.deliver_due(office, senders, clock)
        await asyncio.gather(*(sender.close() for sender in senders))

    with only_instance(made.office.database):
        asyncio.run(run(open_store(made.office.database, die)))
    (made.path.parent / "steps").write_text(str(die.taken))


@dataclass
class dying_at:  # noqa: N801 - reads as what it does
    """Called at each step; kills this process at the chosen one."""

    last: int
    grace: float = 0.0
    taken: int = 0

    def __call__(self, _step: str) -> None:
        """Count, and die if it is time."""
        self.taken += 1
        if self.taken == self.last and self.grace:
            threading.Timer(self.grace, os.kill, (os.getpid(), signal.SIGKILL)).start()
        elif self.taken == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
