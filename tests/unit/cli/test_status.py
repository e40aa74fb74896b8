import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.cli import run
from mailroom.clock import stamp
from mailroom.store import Store, alarms, batches, cases, messages, open_store, outbox, settings, turns
from mailroom.store.messages import Arrived, Packed
from mailroom.store.outbox import Outgoing

NOW = datetime(2031, 5, 5, 9, tzinfo=UTC)


@pytest.fixture
def office(office_folder: Path) -> Iterator[Store]:
    store = open_store(office_folder / "office.db")
    with store.immediate() as db:
        for key in ("started_at", "last_read_at", "heartbeat_at"):
            settings.put(db, key, stamp(NOW))
    yield store
    store.close()


def status(office: Store, *words: str, now: datetime = NOW) -> int:
    return run(["status", "--config", str(office.path.with_name("config.toml")), "--now", now.isoformat(), *words])


def test_a_quiet_office_needs_nobody(office: Store, capsys: pytest.CaptureFixture[str]):
    assert status(office) == 0

    shown = capsys.readouterr().out
    assert "last read      Mon 5 May 2031, 10:00\n" in shown
    assert shown.endswith("Nothing needs you.\n")


def test_an_alarm_is_shown_and_told_by_the_exit_code(office: Store, capsys: pytest.CaptureFixture[str]):
    with office.immediate() as db:
        alarms.sound(db, "smtp", "No mail can be sent: 451", NOW)

    assert status(office) == 1

    assert "needs you      alarm: No mail can be sent: 451\n" in capsys.readouterr().out


def test_a_heart_that_no_longer_beats_is_an_alarm(office: Store, capsys: pytest.CaptureFixture[str]):
    assert status(office, now=NOW + timedelta(minutes=15)) == 0
    assert status(office, now=NOW + timedelta(minutes=16)) == 1

    assert "mailroom is not running" in capsys.readouterr().out


def test_a_stuck_message_and_a_doubtful_mail_need_a_person(office: Store, capsys: pytest.CaptureFixture[str]):
    with office.immediate() as db:
        row = messages.receive(db, Arrived("INBOX", 1, 1, NOW, 3, Packed.of(b"raw")), NOW, history=False)
        assert row is not None
        for _ in range(messages.TRIES):
            messages.record_failure(db, row, "it broke")
        outbox.queue(db, Outgoing("k", "a@x.example.org", "", "digest", "digest/weekly", "s", "<1@x>", b""), NOW)
        claimed = turns.claim(db, NOW)
        assert claimed is not None
        outbox.doubt(db, claimed.id, "the line was cut", NOW)

    assert status(office, "--json") == 1

    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["messages"], found["outbox"]) == (False, {"stuck": 1}, {"doubtful": 1})
    assert [one["reason"] for one in (*found["stuck"], *found["mails"])] == ["it broke", "the line was cut"]


def test_a_sending_under_way_shows_how_far_it_has_come_and_why_it_stands_still(
    office: Store, capsys: pytest.CaptureFixture[str]
):
    with office.immediate() as db:
        for n in range(4):
            key = f"news:{n}"
            mail = Outgoing(key, f"a{n}@x.example.org", "", "mail", "t", "s", f"<{key}@x>", b"", batch="news:2031-05")
            outbox.queue(db, mail, NOW)
        for end in ("sent", "failed"):
            claimed = turns.claim(db, NOW)
            assert claimed is not None
            outbox.settle(db, claimed.id, end, "250 ok", NOW)
        batches.stop(db, "news:2031-05", "554 5.7.1 no", NOW, NOW + timedelta(minutes=5))

    status(office)
    words = "sending        news:2031-05: 1 of 4 sent, 2 waiting, 1 failed; stopped until Mon 5 May 2031, 10:05: 554"
    assert words in capsys.readouterr().out
    status(office, "--json")
    [sending] = json.loads(capsys.readouterr().out)["sendings"]
    assert (sending["total"], sending["sent"], sending["waiting"]) == (4, 1, 2)


def test_a_red_case_stays_in_sight(office: Store, capsys: pytest.CaptureFixture[str]):
    with office.immediate() as db:
        cases.add(db, "SAFE-2031-001", "danger", "red", NOW)

    assert status(office) == 1

    assert "danger: SAFE-2031-001 is red until a person closes it" in capsys.readouterr().out
