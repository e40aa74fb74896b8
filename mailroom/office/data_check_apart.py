"""The check of an analyst's return in a process of its own, so that no file can take the daemon with it.

`python -m mailroom.office.data_check_apart` reads one request from its standard input and writes what it found to its
standard output, both msgpack of declared types. A file that takes more time or memory than it may costs that process
its life; the return is blocked then, as one that could not be read. A return comes a few times a month, so a process
for each is cheap, and nothing of one file is left when the next comes.
"""

import logging
import math
import os
import resource
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec

from mailroom.message.file_bytes import file_bytes
from mailroom.office.data_check_finding import Finding
from mailroom.office.data_checks import THRESHOLD, Checked, checked

MIB: Final = 1024 * 1024
SECONDS: Final = 5
MEMORY: Final = 256
"""Seconds of work and MiB of memory that the files of one mail may take (design, section 11)."""
_WAIT_SECONDS: Final = 20.0
"""Until the process is given up: on a busy machine it may wait for its five seconds of work."""
# The child must find this very package, installed or not.
_ROOT: Final = str(Path(__file__).resolve().parents[2])
_LARGEST_ANSWER: Final = 16 * MIB


class Request(msgspec.Struct, frozen=True):
    """A mail as it came, and what its files are held against."""

    raw: bytes
    names: tuple[str, ...]
    own: tuple[str, ...]
    threshold: int
    ceiling: str
    seconds: int
    bytes_allowed: int


_answers = msgspec.msgpack.Decoder(Checked)


def checked_apart(
    raw: bytes,
    *,
    names: Collection[str] = (),
    own: Collection[str] = (),
    threshold: int = THRESHOLD,
    ceiling: str = "OFFICIAL",
    seconds: int = SECONDS,
    mib: int = MEMORY,
) -> Checked:
    """Check the files of a mail; the arguments are those of `data_checks.checked`, whatever the files are."""
    request = Request(raw, tuple(names), tuple(own), threshold, ceiling, seconds, mib * MIB)
    paths = [_ROOT, *filter(None, [os.environ.get("PYTHONPATH", "")])]
    # Not our whole environment: a password may stand in it, and the child reads what strangers wrote.
    passed_on = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "mailroom.office.data_check_apart"],
            input=msgspec.msgpack.encode(request),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**passed_on, "PYTHONPATH": os.pathsep.join(paths)},
            timeout=_WAIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _unread("took too long")
    except OSError as fault:
        return _unread(f"could not be looked at: {fault.strerror}")
    if ended.returncode:
        return _unread(f"took more than {seconds} s or {mib} MiB to read")
    try:
        return _answers.decode(ended.stdout[:_LARGEST_ANSWER])
    except msgspec.DecodeError:
        return _unread("could not be looked at")


def _unread(why: str) -> Checked:
    return Checked((Finding("unreadable", f"The files could not be read: they {why}.", ""),))


def main() -> None:
    """Be the child: one request, one answer."""
    logging.disable(logging.CRITICAL)  # parsers log what they stumble over, and that is somebody's file
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    request = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Request)
    _limit(request.seconds, request.bytes_allowed)
    found = checked(
        file_bytes(request.raw),
        names=request.names,
        own=request.own,
        threshold=request.threshold,
        ceiling=request.ceiling,
    )
    sys.stdout.buffer.write(msgspec.msgpack.encode(found))


def _limit(seconds: int, allowed: int) -> None:
    """Allow so much work and memory beyond what this process took to start, where the system can say (Linux)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return
    held = next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmData:")), 0)
    resource.setrlimit(resource.RLIMIT_DATA, (held + allowed, held + allowed))


if __name__ == "__main__":
    main()
