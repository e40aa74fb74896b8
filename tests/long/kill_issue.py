"""kill -9 before, during and after each of 20 sends: `python -m tests.long.kill_issue`.

It is the story's newsletter of February. The points are every step of every transaction from the first claim to the
last reply, and each mail between its last byte and the reply. Each is a run of its own over a copy of the office as
the story leaves it, before 10:00.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.crash.issue import READERS, kill, save, steps


def main() -> int:
    """Kill at each point; print what it came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only each nth point (1)")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        made = save(Path(folder) / "saved")
        points = [("step", n) for n in range(1, steps(made, Path(folder) / "steps") + 1, given.every)]
        points += [("reply", n) for n in range(1, READERS + 1, given.every)]
        print(f"{len(points)} points, {time.monotonic() - began:.0f} s to get there", flush=True)
        left: Counter[int] = Counter()
        arrived = 0
        for done, (kind, n) in enumerate(points):
            if done % 10 == 9:
                print(f"  {done} points, {time.monotonic() - began:.0f} s", flush=True)
            ended = kill(made, Path(folder) / "run", kind, n)
            if not ended.reached:
                raise SystemExit(f"{kind} {n} was never reached: this proves nothing")
            left[ended.doubts] += 1
            arrived += ended.arrived
    print(f"{len(points)} points in {time.monotonic() - began:.0f} s: nobody twice, each once or shown as doubtful")
    print("left in doubt by one kill:", dict(sorted(left.items())), f"of which {arrived} had arrived")
    return 0


if __name__ == "__main__":
    sys.exit(main())
