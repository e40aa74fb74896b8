"""Cases: how long one look at the clocks of many open cases takes, when nothing is due, a few are, and all are new.

The cases are of the shipped processes, spread over their stages and over thirty days. `nothing due` is what the daemon
asks every 30 seconds; beside it stands the bare SQL question that finds no row. `wound` is what follows once after a
process file was changed or an office was imported. `a day's worth` is a look after a day without the machine: each
clock that comes is a transaction of its own.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailroom.clock import stamp
from mailroom.office import imports
from mailroom.office.cases import clocks, tick
from mailroom.office.office import Office
from mailroom.store import case_timers, cases
from tests.office import PEOPLE, small_office

NOW = datetime(2031, 3, 10, 10, 15, tzinfo=UTC)
AIM = 1.0
"""Seconds a look at ten thousand open cases may take when nothing is due."""
DAYS = 30
FEW = 100


def main(count: int, seed: int, rounds: int) -> int:
    """Print the figures; return 1 where a look takes over a second."""
    rnd = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, small_office(Path(folder)) as office:
        with office.store.immediate() as db:
            imports.people(db, PEOPLE.encode(), "people.csv", NOW)
        began = time.perf_counter()
        made = list(open_cases(office, count, rnd))
        print(f"{count} open cases of {len(set(made))} processes, of seed {seed}")
        print(f"  entered                {time.perf_counter() - began:8.2f} s")
        wound = timed(lambda: rewound(office))
        print(f"  wound, all at once     {wound:8.2f} s   ({clocks_of(office)} clocks)")
        put_off(office)
        idle = quickest(rounds, lambda: tick(office, NOW))
        bare = quickest(rounds, lambda: asked(office))
        print(f"  nothing due            {idle * 1000:8.2f} ms   (aim: under {AIM:g} s)")
        print(f"  the bare question      {bare * 1000:8.2f} ms   ratio {idle / bare:.0f}")
        few = due_now(office, FEW)
        some = timed(lambda: tick(office, NOW))
        print(f"  {few} due               {some:8.2f} s   ({some / few * 1000:.1f} ms each)")
    return int(idle > AIM)


def open_cases(office: Office, count: int, rnd: random.Random) -> Iterator[str]:
    """Enter open cases, in the stages their processes have, and give the kind of each."""
    kinds = sorted(office.rules.cases)
    with office.store.immediate() as db:
        for number in range(count):
            kind = rnd.choice(kinds)
            process = office.rules.cases[kind]
            stage = rnd.choice([one.name for one in process.stages if one.name not in process.final])
            at = NOW - timedelta(minutes=rnd.randrange(DAYS * 24 * 60))
            ref = f"{process.reference}-2031-{number + 1:05d}"
            cases.add(db, ref, kind, stage, at, owner="; ".join(process.owner), requester="M01", place="Harrow Cross")
            yield kind


def rewound(office: Office) -> None:
    """Wind the clocks of every case."""
    while clocks.rewind(office, NOW):
        pass


def clocks_of(office: Office) -> int:
    """Return how many clocks run."""
    [n] = office.store.db.execute("SELECT count(*) FROM case_timers WHERE done_at IS NULL").fetchone()
    return int(n)


def put_off(office: Office) -> None:
    """Let nothing be due: what has come is to come in a year."""
    with office.store.immediate() as db:
        later = stamp(NOW + timedelta(days=365))
        db.execute("UPDATE case_timers SET due_at = ? WHERE due_at <= ?", (later, stamp(NOW)))


def due_now(office: Office, wanted: int) -> int:
    """Let a few deadlines be due now; returns how many."""
    with office.store.immediate() as db:
        which = "SELECT id FROM case_timers WHERE kind = 'deadline' LIMIT ?"
        sql = f"UPDATE case_timers SET due_at = ? WHERE id IN ({which})"  # noqa: S608 - our own words
        return db.execute(sql, (stamp(NOW), wanted)).rowcount


def asked(office: Office) -> None:
    """Ask the question that an idle look comes down to."""
    case_timers.due(office.store.db, NOW)


def quickest(rounds: int, do: Callable[[], object]) -> float:
    """Return the middle time of several turns."""
    return statistics.median(timed(do) for _ in range(rounds))


def timed(do: Callable[[], object]) -> float:
    """Return how long something takes, in seconds."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began
