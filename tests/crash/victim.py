"""A daemon that dies at a chosen step: `python -m tests.crash.victim CONFIG STEP`.

STEP counts every step of every transaction (begun, before commit, committed); at that one the process
kills itself as `kill -9` would. 0 never dies.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from mailroom import config
from mailroom.clock import SystemClock
from mailroom.daemon import Daemon
from mailroom.lock import only_instance
from mailroom.store import open_store


def main() -> None:
    """Run until killed, by ourselves or by others."""
    made, last = config.load(Path(sys.argv[1])), int(sys.argv[2])
    taken = 0

    def crash_point(_step: str) -> None:
        nonlocal taken
        taken += 1
        if taken == last:
            os.kill(os.getpid(), signal.SIGKILL)

    async def run() -> None:
        office = Daemon(made, store, SystemClock())
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, office.stop)
        await office.run()

    with only_instance(made.office.database):
        store = open_store(made.office.database, crash_point)
        asyncio.run(run())


if __name__ == "__main__":
    main()
