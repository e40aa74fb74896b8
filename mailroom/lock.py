"""The lock beside the database: two daemons on one office would answer everything twice."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mailroom.errors import StoreFault


@contextlib.contextmanager
def only_instance(database: Path) -> Iterator[None]:
    """Hold the office's lock file for as long as the daemon runs.

    Raises:
        StoreFault: another mailroom holds it; names its process.

    """
    path = database.with_suffix(database.suffix + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as lock:
        _take(lock, path)
        yield


def _take(lock: IO[str], path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        message = (
            f"{path}: mailroom already runs for this office (process {holder}). "
            "Stop it first, or ask how it is with `mailroom status`."
        )
        raise StoreFault(message) from error
    lock.seek(0)
    lock.truncate()
    lock.write(f"{os.getpid()}\n")
    lock.flush()
