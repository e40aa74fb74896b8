"""`mailroom undo`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailroom.cli import run
from mailroom.config import Config
from mailroom.office import changes, office
from mailroom.store import open_store
from mailroom.transport.settings import ImapSettings, SmtpSettings
from tests.office import write_office

NOW = datetime(2031, 3, 10, 10, 15, tzinfo=UTC)
RULE = "Rule: Parking\nIf subject contains: {}\nThen class: noise\n"

Said = Callable[[], str]


@pytest.fixture
def made(tmp_path: Path) -> Config:
    """An office where a rule about parking was added and then changed."""
    nowhere = ImapSettings("127.0.0.1", 1, "none", "iag", str), SmtpSettings("127.0.0.1", 1, "none")
    settings = write_office(tmp_path, *nowhere)
    store = open_store(settings.office.database)
    running = office.open_office(settings, store, NOW)
    for words in ("car park", "garage"):
        mine(settings).write_text(RULE.format(words))
        changes.refresh(running, NOW, settled=True)
    store.close()
    return settings


def mine(settings: Config) -> Path:
    return settings.office.rules / "sorting" / "60-mine.txt"


def undo(settings: Config, *words: str) -> int:
    return run(["undo", *words, "--config", str(settings.path), "--now", "2031-03-10T12:00"])


def test_rules_go_back_a_change_at_a_time_and_say_what_is_as_before(made: Config, capsys: pytest.CaptureFixture[str]):
    assert undo(made, "rules") == 0
    assert mine(made).read_text() == RULE.format("car park")
    assert undo(made, "rules") == 0
    assert not mine(made).exists()
    said = capsys.readouterr()
    assert said.out.startswith(f"Taken back: rules/sorting/60-mine.txt changed, by {made.path.owner()}.\n")
    assert "  rules/sorting/60-mine.txt is as before\n" in said.out

    assert undo(made, "rules") == 1
    assert "no change has been made since the beginning" in capsys.readouterr().err


def test_the_list_shows_every_set_and_any_can_be_had_again(made: Config, capsys: pytest.CaptureFixture[str]):
    assert undo(made, "rules", "--list", "--json") == 0
    sets = json.loads(capsys.readouterr().out)
    assert [one["in_force"] for one in sets] == [False, False, True]
    assert undo(made, "rules", "--list") == 0
    assert "in force" in capsys.readouterr().out.splitlines()[-1]

    assert undo(made, "rules", "--to", str(sets[1]["n"])) == 0

    assert mine(made).read_text() == RULE.format("car park")


def test_a_number_that_is_no_set_is_refused(made: Config, capsys: pytest.CaptureFixture[str]):
    assert undo(made, "rules", "--to", "99") == 1
    assert "there is no set 99" in capsys.readouterr().err
    assert mine(made).read_text() == RULE.format("garage")


@pytest.mark.parametrize("words", [("INC-9999-001",), ("everything",), ("#1", "--list")])
def test_what_names_nothing_is_wrong_use(made: Config, words: tuple[str, ...]):
    assert undo(made, *words) == 2


def test_a_message_nothing_was_done_with_is_said_so(made: Config, capsys: pytest.CaptureFixture[str]):
    assert undo(made, "#7") == 1
    assert "Nothing was taken back" in capsys.readouterr().err
