"""kill -9 while a newsletter goes to 150: nobody twice, everybody once or shown as doubtful, others none."""

import random
import time
from pathlib import Path

import pytest

from mailroom.config import Config
from tests.crash.sending import KILLED, Run, in_doubt, judge, prepare
from tests.crash.sink import KillingSink
from tests.office import rows, until
from tests.servers import Dovecot, Postfix

pytestmark = pytest.mark.crash

READERS = 150
SEED = 20270129
AT_STEPS, BEFORE_THE_REPLY = 5, 5
STEPS = 36
"""At most so many steps go by before a kill: three a mail, so that ten kills leave some to be sent."""


@pytest.mark.parametrize("connections", [1, 4])
def test_a_hundred_and_fifty_survive_ten_kills(tmp_path: Path, connections: int):
    chance = random.Random(SEED + connections)
    sink = KillingSink()
    doubts: set[int] = set()
    left = []
    with sink.running():
        made = prepare(tmp_path / "office", sink.settings, READERS, connections=connections)
        plan = ["step"] * AT_STEPS + ["reply"] * BEFORE_THE_REPLY
        chance.shuffle(plan)
        for kind in plan:
            run = Run(made, chance.randint(1, STEPS) if kind == "step" else 0)
            if kind == "reply":
                sink.kill_at(chance.randint(1, STEPS // 3), run)
            run.start()
            assert run.ends() == KILLED
            assert len(in_doubt(made)) <= connections, "at most one a connection"
            doubts |= in_doubt(made)
            left.append(len(in_doubt(made)))
        last = Run(made)
        last.start()
        assert last.ends() == 0
    print(f"\n{connections} connections, killed at {plan}, left in doubt {left}")
    assert sum(left) >= BEFORE_THE_REPLY, "no kill fell between the mark and the reply: this proves nothing"
    verdict = judge(made, zip(sink.recipients, sink.accepted, strict=True), doubts)
    print(verdict)
    assert verdict.sent == READERS - len(doubts)
    assert verdict.doubtful_that_arrived >= BEFORE_THE_REPLY


@pytest.mark.servers
def test_a_hundred_and_fifty_survive_ten_kills_on_their_way_through_postfix(
    dovecot: Dovecot, postfix: Postfix, tmp_path: Path
):
    chance = random.Random(SEED)
    tag = f".{time.monotonic_ns()}"
    made = prepare(tmp_path / "office", postfix.smtp(), READERS, tag)
    doubts: set[int] = set()
    left = []
    for n in range(10):
        run = Run(made, chance.randint(1, STEPS), grace=chance.uniform(0, 0.02) if n % 2 else 0)
        run.start()
        assert run.ends() == KILLED
        assert len(in_doubt(made)) <= 1
        doubts |= in_doubt(made)
        left.append(len(in_doubt(made)))
    last = Run(made)
    last.start()
    assert last.ends() == 0

    expected = sent(made)
    until(lambda: len(arrivals(dovecot, tag)) >= expected and not queued(postfix), 60, "delivered to the mailboxes")
    verdict = judge(made, arrivals(dovecot, tag), doubts)
    print(f"\nthrough Postfix, left in doubt {left}: {verdict}")
    assert verdict.sent == READERS - len(doubts)


def sent(made: Config) -> int:
    return len(rows(made, "SELECT 1 FROM outbox WHERE state = 'sent'"))


def arrivals(dovecot: Dovecot, tag: str) -> list[tuple[tuple[str, ...], bytes]]:
    """Each mail in the mailboxes of this run's readers, and whose mailbox it is."""
    return [
        ((folder.name,), path.read_bytes().replace(b"\n", b"\r\n"))
        for folder in dovecot.mail.glob(f"reader*{tag}@*")
        for path in folder.glob("Maildir/new/*")
    ]


def queued(postfix: Postfix) -> list[Path]:
    """What still waits in the relay."""
    folders = ("incoming", "active", "deferred", "maildrop")
    return [path for name in folders for path in (postfix.home / "queue" / name).rglob("*") if path.is_file()]
