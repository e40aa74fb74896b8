"""How long `mailroom try` takes over a mailbox of stored messages, from the start of the process to its end.

1. The invented mailbox is read, placed, decided and stored in an office with the shipped rules, without any server.
2. Two edits are tried: a rule more; and a word more in a list of danger, for which both sets decide every message.
"""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from bench import mailbox
from mailroom.config import Config
from mailroom.message import read
from mailroom.office.office import open_office
from mailroom.office.take import take
from mailroom.store import messages, open_store
from mailroom.store.messages import Arrived, Packed, Waiting
from mailroom.transport.settings import ImapSettings, SmtpSettings
from tests.office import REPOSITORY, write_office

RULE = """\
Rule: Tried by the benchmark
If from: any member
If text contains: leaflet training; station notes
Then class: training
"""
LIST, WORD = "List: danger now\n", "List: danger now\nWords: leaflet patrol\n"
AT_A_TIME = 200


def main(count: int, seed: int) -> int:
    """Print the figures; return the exit code."""
    folder = Path(tempfile.mkdtemp(prefix="mailroom-bench-"))
    try:
        nowhere = ImapSettings("127.0.0.1", 1, "none", "iag", str), SmtpSettings("127.0.0.1", 1, "none")
        people, mail = mailbox.people_csv(), mailbox.OFFICE
        made = write_office(folder, *nowhere, people=people, mailbox=mail, authserv="mx.example.org")
        begun = time.perf_counter()
        size = fill(made, mailbox.messages(count, seed))
        print(f"{count} messages, {size / 1e6:.0f} MB, stored in {time.perf_counter() - begun:.0f} s, seed {seed}")
        rule, lists = made.office.rules / "sorting" / "05-tried.txt", made.office.rules / "lists.txt"
        rule.write_text(RULE)
        report("a rule more", made)
        rule.unlink()
        lists.write_text(lists.read_text().replace(LIST, WORD, 1))
        report("a word of danger more", made)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def fill(made: Config, invented: Iterator[tuple[bytes, datetime]]) -> int:
    """Store and decide messages as intake does; return how many bytes they have."""
    store = open_store(made.office.database)
    office = open_office(made, store, mailbox.BEGINNING)
    size = uid = 0
    while batch := list(islice(invented, AT_A_TIME)):
        with store.immediate() as db:
            for raw, at in batch:
                uid += 1
                size += len(raw)
                row = messages.receive(db, Arrived("INBOX", 1, uid, at, len(raw), Packed.of(raw)), at, history=False)
                if row is not None:
                    take(office, db, Waiting(row, at, history=False, size=len(raw)), read(raw, made.border), at)
    store.close()
    return size


def report(what: str, made: Config) -> None:
    """Run `mailroom try` and print how long it took and what it counted. Exits where it fails."""
    begun, spent = time.perf_counter(), _spent()
    command = [sys.executable, "-m", "mailroom", "try", "--config", str(made.path)]
    done = subprocess.run(command, check=True, cwd=REPOSITORY, capture_output=True, text=True)
    taken = time.perf_counter() - begun
    counted = next(line for line in done.stdout.splitlines() if "looked at" in line)
    print(f"try, {what:24}{taken:6.1f} s, {_spent() - spent:5.1f} s of them computing   {counted}")


def _spent() -> float:
    """Return the processor's seconds that ended child processes took: what other work on the machine cannot stretch."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
