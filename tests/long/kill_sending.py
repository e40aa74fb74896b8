"""kill -9 at every step of a sending to 150: `python -m tests.long.kill_sending [--connections 4] [--readers 150]`.

Each point is a run of its own over a copy of the same office: killed there, started again, and judged. The points are
every step of every transaction (begun, before commit, committed), and every mail between its last byte and the reply.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from mailroom.config import Config
from tests.crash.sending import KILLED, Run, copy, in_doubt, judge, prepare
from tests.crash.sink import KillingSink


def main() -> int:
    """Kill at each point; print what it came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=150, help="how many mails the sending has (150)")
    parser.add_argument("--connections", type=int, default=1, help="how many go at once (1)")
    parser.add_argument("--every", type=int, default=1, help="only each nth point (1)")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        made = prepare(Path(folder) / "office", KillingSink().settings, given.readers, connections=given.connections)
        steps = _steps(made, Path(folder))
        points = [("step", n) for n in range(1, steps + 1, given.every)]
        points += [("reply", n) for n in range(1, given.readers + 1, given.every)]
        print(f"{len(points)} points: {steps} steps and {given.readers} replies")
        left: Counter[int] = Counter()
        arrived = 0
        for done, (kind, n) in enumerate(points):
            doubts, came = _point(made, Path(folder), kind, n)
            left[doubts] += 1
            arrived += came
            if done % 50 == 0:
                print(f"  {done} points, {time.monotonic() - began:.0f} s", flush=True)
    print(f"{len(points)} points in {time.monotonic() - began:.0f} s: nobody twice, each once or shown as doubtful")
    print("left in doubt by one kill:", dict(sorted(left.items())), f"of which {arrived} had arrived")
    return 0


def _steps(made: Config, folder: Path) -> int:
    """Return how many steps the whole sending takes when nobody kills it."""
    sink = KillingSink()
    with sink.running():
        office = _office(made, folder, sink)
        run = Run(office)
        run.start()
        if run.ends(600) != 0:
            raise SystemExit("the sending does not come to its end")
    return int((office.path.parent / "steps").read_text())


def _point(made: Config, folder: Path, kind: str, n: int) -> tuple[int, int]:
    """Kill at one point and start again; return how many mails were left in doubt, and how many of them had arrived."""
    sink = KillingSink()
    with sink.running():
        office = _office(made, folder, sink)
        run = Run(office, n if kind == "step" else 0)
        if kind == "reply":
            sink.kill_at(n, run)
        run.start()
        ended = run.ends(600)
        if ended not in (KILLED, 0):
            raise SystemExit(f"{kind} {n}: the run ended with {ended}")
        doubts = in_doubt(office)
        again = Run(office)
        again.start()
        if again.ends(600) != 0:
            raise SystemExit(f"{kind} {n}: the second run ended with an error")
    verdict = judge(office, zip(sink.recipients, sink.accepted, strict=True), doubts)
    return len(doubts), verdict.doubtful_that_arrived


def _office(made: Config, folder: Path, sink: KillingSink) -> Config:
    """Return a fresh copy of the office that sends to this sink."""
    fresh = copy(made, folder / "copy")
    text = fresh.path.read_text().replace(f"port = {made.smtp.port}", f"port = {sink.settings.port}")
    fresh.path.write_text(text)
    return copy(fresh, folder / "run")


if __name__ == "__main__":
    sys.exit(main())
