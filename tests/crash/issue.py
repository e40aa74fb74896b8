"""The February newsletter of the story, approved and about to go: killed at a chosen point, started again, judged.

The office is the one the story leaves before 10:00 on 26 February (tests/story/README.md, variant “killed”): 20
readers, an approval by mail, and a service that is about to write and send one mail to each.
"""

import asyncio
import json
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from pathlib import Path

from sqlite_utils import Database

from mailroom import config
from mailroom.config import Config
from mailroom.office import imports
from mailroom.store import people
from mailroom.story.player import play
from tests.crash import victim
from tests.crash.sending import KILLED, Forked
from tests.crash.sink import KillingSink
from tests.office import rows

STORY = Path(__file__).parents[1] / "story"
WORLD = json.loads((STORY / "world.json").read_text(encoding="utf-8"))
BATCH, READERS = "newsletter:2027-02", 20
SENDS = "2027-02-26T10:00:00+00:00"
PATIENT = 600.0
"""Seconds: on a machine that has much else to do, reading the office alone may take a minute."""
STEPS_A_MAIL = 3
"""Begun, before commit, committed: recording one mail's reply and claiming the next is one transaction."""


def save(folder: Path) -> Config:
    """Play the story until the issue is approved, and return its office."""
    asides = ((datetime.fromisoformat("2027-01-28T15:00:00+00:00"), _m15_joins),)
    asyncio.run(play(STORY, folder, only=("K27",), asides=asides, out=lambda _: None))
    path = folder / "config.toml"
    head, smtp, rest = re.split(r"(?ms)(^\[smtp\]$.*?)(?=^\[)", path.read_text(encoding="utf-8"))
    smtp = re.sub(r"(?m)^(user|password_file) = .*\n", "", smtp)
    path.write_text(f"{head}{smtp}{rest}", encoding="utf-8")
    made = config.load(path)
    [[state]] = rows(made, "SELECT count(*) FROM outbox WHERE batch = ?", BATCH)
    assert state == 0, "the sending is still to be written"
    return made


def _m15_joins(db: Database, now: datetime) -> None:
    joined = next(one for one in WORLD["applicants"] if one["id"] == "M15")
    address = joined["addresses"][0]["email"]
    row = f"id,name,kind,emails,state,newsletter\nM15,{joined['name']},member,{address},active,yes\n"
    imports.people(db, row.encode(), "people.csv", now)
    assert people.address_of(db, "M15") == address


@dataclass(frozen=True, slots=True)
class Ended:
    """What a killed sending came to: rows left in doubt by the kill, and how many of them had arrived."""

    doubts: int
    arrived: int
    reached: bool
    """Whether the run was killed at all: the last points may lie after its end."""


def steps(made: Config, folder: Path) -> int:
    """Return how many steps the sending takes when nobody kills it."""
    sink = KillingSink()
    with sink.running():
        office = _copy(made, folder, sink)
        assert _run(office, 0) == 0
    return int((office.path.parent / "steps").read_text())


def kill(made: Config, folder: Path, kind: str, n: int) -> Ended:
    """Kill a copy of the office at a step, or between the nth mail and its reply; start it again, and judge."""
    sink = KillingSink()
    with sink.running():
        office = _copy(made, folder, sink)
        first = Forked(victim.issue, (str(office.path), n if kind == "step" else 0, SENDS))
        if kind == "reply":
            sink.kill_at(n, first)
        first.start()
        ended = first.ends(PATIENT)
        assert ended in (KILLED, 0)
        doubts = {row for (row,) in rows(office, "SELECT id FROM outbox WHERE state = 'sending'")}
        assert len(doubts) <= 1, "at most one a connection"
        assert _run(office, 0) == 0
    return Ended(len(doubts), _judge(office, sink, doubts), ended == KILLED)


def _run(office: Config, last: int) -> int | None:
    run = Forked(victim.issue, (str(office.path), last, SENDS))
    run.start()
    return run.ends(PATIENT)


def _copy(made: Config, folder: Path, sink: KillingSink) -> Config:
    """Return a fresh copy of the saved office that sends to this sink."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made.path.parent, folder)
    path = folder / made.path.name
    port = sink.settings.port
    path.write_text(path.read_text(encoding="utf-8").replace(f"port = {made.smtp.port}", f"port = {port}"))
    return config.load(path)


def _judge(office: Config, sink: KillingSink, doubts: set[int]) -> int:
    """Hold the rows against what arrived; return how many mails in doubt had."""
    found = {key: (row, to, state) for key, row, to, state in rows(
        office, "SELECT message_id, id, recipient, state FROM outbox WHERE batch = ?", BATCH
    )}  # fmt: skip
    assert len(found) == READERS
    assert len({to for _, to, _ in found.values()}) == READERS, "one mail a reader"
    caught: Counter[str] = Counter()
    for recipients, raw in zip(sink.recipients, sink.accepted, strict=True):
        message_id = str(message_from_bytes(raw)["Message-ID"])
        if message_id in found:
            caught[message_id] += 1
            assert recipients == (found[message_id][1],)
    assert max(caught.values()) == 1, "somebody was mailed twice"
    sent = {key for key, (_, _, state) in found.items() if state == "sent"}
    assert sent <= set(caught), "a mail that counts as sent never arrived"
    doubtful = {key for key, (row, _, _) in found.items() if row in doubts}
    assert {key for key, (_, _, state) in found.items() if state == "doubtful"} == doubtful
    assert sent | doubtful == set(found), "everybody has one or is shown as doubtful"
    assert rows(office, "PRAGMA integrity_check") == [("ok",)]
    asked = rows(office, "SELECT count(*) FROM tasks WHERE key LIKE 'doubtful:%' AND done_at IS NULL")
    assert asked == [(len([row for row in doubts if row in {row for row, _, _ in found.values()}]),)]
    return len(doubtful & set(caught))
