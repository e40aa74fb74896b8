"""Reading mail: the whole of `mailroom.message` beside bare mail-parser and the bare standard library.

The same messages, the same process, taken in turns; of each message the quickest reading counts, in CPU time, since
what else the machine does comes and goes. Between turns the regular expression cache is emptied: the parsers compile
each message's boundaries, and no mail comes twice. mail-parser and the standard library are asked for what they give
by themselves; ours also finds new text, forwards, bounces, calendars, verdicts, hashes.
"""

import contextlib
import email
import logging
import re
import time
from collections.abc import Callable
from pathlib import Path

import mailparser

from bench import mailbox
from mailroom.message import read

CORPORA = Path(__file__).parents[1].parent / "shared" / "corpora"
LIMIT = 1.5


def main(count: int, seed: int, rounds: int) -> int:
    """Print the figures; return 1 where ours takes more than 1.5 times as long as mail-parser."""
    logging.disable(logging.CRITICAL)
    invented = [raw for raw, _at in mailbox.messages(count, seed)]
    sets = {f"{count} invented messages, seed {seed}": invented}
    if CORPORA.is_dir():
        # Hostile mail is made to be slow; how slow it may be is a test.
        files = [path for path in sorted(CORPORA.glob("*/eml/*")) if path.parts[-3] != "hostile"]
        sets[f"{len(files)} real messages"] = [path.read_bytes() for path in files]
    return max(compared(name, messages, rounds) for name, messages in sets.items())


def compared(name: str, messages: list[bytes], rounds: int) -> int:
    """Time the three readers on one set of messages."""
    readers: dict[str, Callable[[bytes], object]] = {
        "mailroom": read,
        "mail-parser": mailparser.parse_from_bytes,
        "standard library": _standard,
    }
    print(f"{name}, {sum(map(len, messages)) / 1e6:.1f} MB")
    turns = [{reader: timed(how, messages) for reader, how in readers.items()} for _ in range(rounds)]
    best = {reader: sum(map(min, zip(*(turn[reader] for turn in turns), strict=True))) for reader in readers}
    for reader, seconds in best.items():
        print(f"  {reader:20}{len(messages) / seconds:8.0f} messages/s")
    ratio = best["mailroom"] / best["mail-parser"]
    print(f"  time against mail-parser {ratio:8.2f} (at most {LIMIT})")
    return int(ratio > LIMIT)


def timed(how: Callable[[bytes], object], messages: list[bytes]) -> list[float]:
    """Return the CPU seconds that reading each takes; what a reader raises is part of its time."""
    re.purge()
    taken: list[float] = []
    for raw in messages:
        begun = time.process_time()
        # mail-parser raises on some real mail, with anything.
        with contextlib.suppress(Exception):
            how(raw)
        taken.append(time.process_time() - begun)
    return taken


def _standard(raw: bytes) -> list[object]:
    """Parse, and decode every part: what one would write by hand."""
    return [part.get_payload(decode=True) for part in email.message_from_bytes(raw).walk()]
