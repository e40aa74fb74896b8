"""Trying rules on stored mail: what would differ, on the facts of the day, and nothing else ever happens."""

import itertools
import smtplib
import socket
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiosmtplib
import pytest

from mailroom.message import read
from mailroom.office import suggesting
from mailroom.office.files import OfficeFiles
from mailroom.office.office import Office, build
from mailroom.office.renewing import renew
from mailroom.office.replay import Outcome, outcome, replay, table
from mailroom.rules import RuleSet, decide
from mailroom.store import confirmed, looking, messages, people, readings
from tests.office import REPOSITORY, mail, small_office
from tests.unit.office.test_take import arrive

NOW = datetime(2031, 3, 10, 10, 15, tzinfo=UTC)
LIFTS = "The lift at Harrow Cross is out of order again and nobody knows why."
DANGER = (
    (REPOSITORY / "rules" / "lists.txt").read_text().replace("List: danger now", "List: danger now\nWords: the lift")
)
RULE = "Rule: Lifts\nIf from: any member\nIf text contains: lift\nThen class: mtg.papers\nThen tell: cover\n"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def shipped(**files: str) -> RuleSet:
    """The shipped set with files by name in sorting/ added, replaced or, when "", left out."""
    found = {
        path.relative_to(REPOSITORY).as_posix(): path.read_bytes()
        for root, pattern in (("rules", "*.txt"), ("templates", "*.md"))
        for path in (REPOSITORY / root).rglob(pattern)
    }
    found |= {f"rules/sorting/{name}.txt".replace("sorting/../", ""): text.encode() for name, text in files.items()}
    return build(OfficeFiles.of(found))[0]


def member(text: str = LIFTS, subject: str = "Lifts") -> bytes:
    return mail("ada.winter@mail.example.org", subject, text, name="Ada Winter")


def test_only_messages_that_a_changed_rule_catches_are_shown(office: Office):
    arrive(office, member())
    arrive(office, member("See you all on Thursday.", "Thursday"))

    found = replay(office, shipped(**{"01-lifts": RULE}), since=None)

    assert found.looked_at == 2
    [one] = found.differences
    assert (one.name, one.after.class_, one.words) == ("#1", "mtg.papers", ("lift", "from any member"))
    assert one.after.where == "rules/sorting/01-lifts.txt:4"
    assert "tell: cover" in one.after.does


def test_a_set_that_says_the_same_in_other_places_makes_no_difference(office: Office):
    arrive(office, member())

    found = replay(office, shipped(**{"00-notes": "# only a remark\n"}), since=None)

    assert (found.looked_at, found.differences) == (1, ())


def test_a_rule_on_trial_makes_no_difference(office: Office):
    arrive(office, member())

    assert replay(office, shipped(**{"01-lifts": RULE + "Status: trial\n"}), since=None).differences == ()


def test_a_message_is_decided_on_what_the_office_knew_when_it_came(office: Office):
    arrive(office, member())
    with office.store.immediate() as db:
        db.execute("UPDATE people SET kind = 'former' WHERE id = 'M01'")
        assert people.known(db, "ada.winter@mail.example.org")

    [one] = replay(office, shipped(**{"01-lifts": RULE}), since=None).differences

    assert one.after.class_ == "mtg.papers"


def test_a_message_without_a_reading_is_read_from_its_bytes_again(office: Office):
    row = arrive(office, member())
    with office.store.immediate() as db:
        readings.forget(db, row)

    [one] = replay(office, shipped(**{"01-lifts": RULE}), since=None).differences

    assert one.after.class_ == "mtg.papers"


def test_only_messages_since_then_are_looked_at_and_at_most_so_many(office: Office):
    for days in (9, 5, 1):
        arrive(office, member(f"{LIFTS} {days}"), NOW - timedelta(days=days))
    edited = shipped(**{"01-lifts": RULE})

    assert [one.message for one in replay(office, edited, since=NOW - timedelta(days=6)).differences] == [3, 2]
    assert [one.message for one in replay(office, edited, since=None, limit=1).differences] == [3]


def test_what_a_person_has_confirmed_is_told_beside_the_difference(office: Office):
    arrive(office, member())
    arrive(office, member(f"{LIFTS} Really."))
    with office.store.immediate() as db:
        confirmed.remember(db, 1, "mtg.papers", "Robin Hale", NOW)

    said = table(replay(office, shipped(**{"01-lifts": RULE}), since=None), 80)

    assert "a person says it is mtg.papers" in said
    assert "1 message of them as a person has sorted it by hand." in said
    assert "2 messages looked at, 2 would be sorted differently." in said
    assert max(map(len, said.splitlines())) <= 80


def test_every_write_and_every_send_is_impossible_while_rules_are_tried(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    for text in (LIFTS, "We had a serious assault tonight, could I have IAG advice?", "please take me off the list"):
        arrive(office, member(text))
    before = office.store.path.read_bytes()

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("something was sent")

    for owner, name in ((smtplib.SMTP, "connect"), (aiosmtplib.SMTP, "connect"), (socket.socket, "connect")):
        monkeypatch.setattr(owner, name, refuse)
    for name in ("immediate", "rolled_back"):
        monkeypatch.setattr(type(office.store), name, refuse)
    asked: list[str] = []
    connect = sqlite3.connect

    def watched(*args: object, **kwargs: object) -> sqlite3.Connection:
        conn = connect(*args, **kwargs)  # type: ignore[call-overload]
        if args[0] != ":memory:":
            conn.set_trace_callback(asked.append)
        assert isinstance(conn, sqlite3.Connection)
        return conn

    monkeypatch.setattr(sqlite3, "connect", watched)
    found = replay(office, shipped(**{"01-lifts": RULE, "90-readers": ""}), since=None)

    assert found.differences
    assert asked
    assert {sql.split()[0].upper() for sql in asked} <= {"SELECT", "PRAGMA"}
    assert office.store.path.read_bytes() == before


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO settings VALUES ('a', 'b')",
        "UPDATE messages SET class = 'noise'",
        "DELETE FROM journal",
        "UPDATE outbox SET state = 'ready'",
        "CREATE TABLE t (a)",
        "BEGIN IMMEDIATE",
    ],
)
def test_the_database_that_is_looked_at_refuses_whatever_would_change_it(office: Office, sql: str):
    with looking(office.store.path) as db, pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute(sql)


def test_looking_disturbs_no_writer_and_sees_only_what_is_committed(office: Office):
    arrive(office, member())
    with office.store.immediate() as db:
        messages.set_folder(db, 1, "Elsewhere")
        found = replay(office, shipped(**{"01-lifts": RULE}), since=None)

    assert len(found.differences) == 1


def test_passing_over_messages_finds_the_same_as_deciding_each_by_both_sets(office: Office):
    """The quick way must never miss a difference that deciding everything would show."""
    said = (
        LIFTS, "I am scared at the lift", "please unsubscribe me", "can attend on Tuesday", "agenda item for March",
        "a man is following me on the train", "Could I have stop and search figures?", "ok",
        "I want to make a formal complaint about an officer",
    )  # fmt: skip
    senders = ("ada.winter@mail.example.org", "drew.castell@btp.example.org")
    for n, (text, sender) in enumerate(itertools.product(said, senders)):
        arrive(office, mail(sender, f"Mail {n}", text))
    edits = (
        {"01-lifts": RULE},
        {"24-rights": ""},
        {"99-late": "Rule: Late\nIf class so far: none\nIf from: any officer\nThen class: partner\n"},
        {"01-stop": "Rule: Halt\nIf text contains: lift; scared\nStop\n"},
        {"01-flag": "Rule: Mark\nIf from: any member\nThen flag: access\n"},
    )
    for edit in (*edits, {"../lists": DANGER}):
        ruleset = shipped(**edit)
        quick = replay(office, ruleset, since=None).differences
        assert quick, edit
        slow = _both(office, ruleset)
        assert [(one.message, one.before, one.after) for one in quick] == slow


def _both(office: Office, ruleset: RuleSet) -> list[tuple[int, Outcome, Outcome]]:
    """Decide every message by both sets."""
    with looking(office.store.path) as db:
        found = [(one.row, one.message, one.facts) for one in readings.every(db, None)]
        near, new = suggesting.of(office, db, office.rules), suggesting.of(office, db, ruleset)
    decided = [
        (row, outcome(decide(office.rules, message, facts, near)), outcome(decide(ruleset, message, facts, new)))
        for row, message, facts in found
        if message and facts
    ]
    return [one for one in decided if one[1] != one[2]]


def test_a_reading_holds_what_deciding_needs_and_no_quoted_text(office: Office):
    quoting = member("I agree.\n\nOn Monday, Sam wrote:\n> something private\n")
    row = arrive(office, quoting)

    reading = readings.one(office.store.db, row)

    assert reading is not None
    assert reading.message == readings.small(read(quoting, office.config.border))
    assert reading.message is not None
    assert "private" not in repr(reading.message)
    assert reading.facts is not None
    assert (reading.facts.sender.person, reading.facts.now.utcoffset()) == ("M01", timedelta(0))


def test_a_reading_keeps_the_hour_on_the_wall(office: Office):
    row = arrive(office, member(), datetime(2031, 7, 1, 22, 30, tzinfo=UTC))

    reading = readings.one(office.store.db, row)

    assert reading is not None
    assert reading.facts is not None
    assert f"{reading.facts.now:%A %H:%M}" == "Tuesday 23:30"


def test_a_reading_of_an_older_shape_keeps_its_facts(office: Office):
    row = arrive(office, member())
    with office.store.immediate() as db:
        db.execute("UPDATE readings SET shape = 1")

    reading = readings.one(office.store.db, row)

    assert reading is not None
    assert reading.message is None
    assert reading.facts is not None
    assert readings.stale(office.store.db, 10) == [row]


def test_a_damaged_reading_is_no_reading(office: Office):
    row = arrive(office, member())
    with office.store.immediate() as db:
        db.execute("UPDATE readings SET shape = 1, packed = x'00ff'")

    reading = readings.one(office.store.db, row)

    assert reading is not None
    assert (reading.message, reading.facts) == (None, None)


def test_readings_of_an_older_shape_are_made_anew_a_few_at_a_time_on_the_facts_of_their_day(office: Office):
    for n in range(3):
        arrive(office, member(f"{LIFTS} {n}"))
    with office.store.immediate() as db:
        db.execute("UPDATE readings SET shape = 1")
        readings.forget(db, 1)
        db.execute("UPDATE people SET kind = 'former' WHERE id = 'M01'")

    assert [renew(office, 2), renew(office, 2), renew(office, 2)] == [2, 1, 0]

    found = [readings.one(office.store.db, row) for row in (1, 2, 3)]
    assert [one.facts.sender.kind for one in found if one and one.message and one.facts] == [
        "former", "member", "member",
    ]  # fmt: skip
