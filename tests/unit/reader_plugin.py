"""Loaded into the reader's child by tests alone: makes a message hang it, fatten it or kill it."""

import os
import signal
import time

_KEPT: list[bytearray] = []


def before(raw: bytes) -> None:
    if b"test-hang" in raw:
        time.sleep(600)
    if b"test-fat" in raw:
        while True:
            _KEPT.append(bytearray(16 * 1024 * 1024))
    if b"test-die" in raw:
        os.kill(os.getpid(), signal.SIGKILL)
