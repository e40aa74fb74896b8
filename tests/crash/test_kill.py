"""kill -9 at any moment: nothing is lost, nothing is done twice, and what cannot be known is shown."""

import random
import re
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from mailroom.config import Config
from tests.crash.sink import KillingSink
from tests.office import Process, mail, rows, until, write_office
from tests.servers import Dovecot

pytestmark = [pytest.mark.servers, pytest.mark.crash]

MESSAGES = 200
SEED = 20270104
AT_STEPS = 6
BEFORE_THE_REPLY = 4


def states(made: Config, table: str) -> Counter[object]:
    return Counter(dict(rows(made, f"SELECT state, count(*) FROM {table} GROUP BY state")))


def test_two_hundred_messages_survive_ten_kills(dovecot: Dovecot, tmp_path: Path):
    user = dovecot.new_user()
    chance = random.Random(SEED)
    sink = KillingSink()
    with sink.running():
        made = write_office(tmp_path / "office", dovecot.imap(user), sink.settings)
        # First contact with the empty folder, so that nothing of the run counts as history.
        first = Process(made)
        first.start()
        until(lambda: rows(made, "SELECT 1 FROM mailboxes WHERE name = 'INBOX'"), 20, "the first contact")
        assert first.stop() <= 10
        began = datetime.now(UTC) - timedelta(hours=1)
        dovecot.fill(
            user,
            [
                (
                    mail(
                        f"reader{n}@web.example.net",
                        "How do I join?",
                        "Hello, I would like to join the advisory group. How do I apply?",
                        headers={"X-Test-Token": str(n)},
                        message_id=f"<token-{n}@web.example.net>",
                    ),
                    began + timedelta(seconds=n),
                )
                for n in range(MESSAGES)
            ],
        )
        plan = ["step"] * AT_STEPS + ["reply"] * BEFORE_THE_REPLY
        chance.shuffle(plan)
        left: list[Counter[object]] = []
        for kind in plan:
            step = chance.randint(5, 160) if kind == "step" else 0
            victim = Process(made, command=("-m", "tests.crash.victim"), extra=(str(step),))
            if kind == "reply":
                sink.kill_at(chance.randint(1, 12), victim)
            victim.start()
            assert victim.ends(60) == -9, victim.log
            left.append(states(made, "outbox"))
        last = Process(made)
        last.start()
        until(lambda: _idle(made), 120, lambda: f"settled: {states(made, 'messages')} {states(made, 'outbox')}")
        assert last.stop() <= 10, last.log
    print("\nkilled at", plan)
    for kind, outbox in zip(plan, left, strict=True):
        print(f"  {kind}: {dict(outbox)}")
    print("at the end:", dict(states(made, "messages")), dict(states(made, "outbox")))
    _judge(made, sink, left)
    assert _tokens_in_folders(dovecot, user) == set(range(MESSAGES))


def _idle(made: Config) -> bool:
    """Everything is filed, and everything that may go today has gone: notices wait for working hours."""
    settled = "state IN ('sent', 'doubtful') OR (state = 'ready' AND kind = 'notice')"
    waits = rows(made, f"SELECT 1 FROM outbox WHERE NOT ({settled})")
    return states(made, "messages") == {"filed": MESSAGES} and not waits


def _judge(made: Config, sink: KillingSink, left: list[Counter[object]]) -> None:
    assert any(outbox["sending"] for outbox in left), "no kill fell between the mark and the reply: this proves nothing"
    ledger = rows(made, "SELECT message_id, count(*) FROM messages WHERE duplicate_of IS NULL GROUP BY message_id")
    assert sorted(ledger) == sorted((f"<token-{n}@web.example.net>", 1) for n in range(MESSAGES))
    caught = Counter(str(message_from_bytes(raw)["Message-ID"]) for raw in sink.accepted)
    intents = {
        str(key): (str(recipient), doubtful)
        for key, recipient, doubtful in rows(
            made, "SELECT message_id, recipient, doubtful_at FROM outbox WHERE state IN ('sent', 'doubtful')"
        )
    }
    answers = Counter(recipient for recipient, _ in intents.values() if recipient.endswith("@web.example.net"))
    assert answers == {f"reader{n}@web.example.net": 1 for n in range(MESSAGES)}
    sent = {str(key) for (key,) in rows(made, "SELECT message_id FROM outbox WHERE state = 'sent'")}
    assert sent <= set(caught) <= set(intents), "every row that was sent has left, and every mail that left has a row"
    twice = {key for key, n in caught.items() if n > 1}
    assert all(intents[key][1] for key in twice), "a mail went twice without ever having been in doubt"
    assert len(twice) <= len([1 for outbox in left if outbox["sending"]])
    assert rows(made, "PRAGMA integrity_check") == [("ok",)]
    assert rows(made, "PRAGMA foreign_key_check") == []


def _tokens_in_folders(dovecot: Dovecot, user: str) -> set[int]:
    texts = (path.read_bytes() for path in dovecot.maildir(user).rglob("*") if path.parent.name in ("cur", "new"))
    return {int(found.group(1)) for text in texts if (found := re.search(rb"(?m)^X-Test-Token: (\d+)", text))}


def test_the_sink_kills_between_the_message_and_its_reply():
    """The harness itself: a kill that never falls there would make the test above prove nothing."""
    sink = KillingSink()
    killed = threading.Event()

    class Victim:
        def kill(self) -> None:
            killed.set()

    sink.kill_at(2, Victim())
    with sink.running():
        assert sink.offer(b"one") == 250
        assert sink.offer(b"two") == 0
    assert killed.is_set()
    assert sink.accepted == [b"one", b"two"]
