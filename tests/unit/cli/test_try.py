import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailroom.cli import run
from mailroom.office.office import Office, open_office
from mailroom.store import open_store
from mailroom.transport.settings import ImapSettings, SmtpSettings
from tests.office import mail, write_office
from tests.unit.office.test_take import arrive

NOW = datetime(2031, 3, 10, 10, 15, tzinfo=UTC)
LIFTS = "The lift at Harrow Cross is out of order again and nobody knows why."
RULE = "Rule: Lifts\nIf from: any member\nIf text contains: lift\nThen class: mtg.papers\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office whose rules are in force, with two messages."""
    place = tmp_path_factory.mktemp("try") / "office"
    made = write_office(place, ImapSettings("127.0.0.1", 1, "none", "iag", str), SmtpSettings("127.0.0.1", 1, "none"))
    store = open_store(made.office.database)
    office: Office = open_office(made, store, NOW)
    arrive(office, mail("ada.winter@mail.example.org", "Lifts", LIFTS, name="Ada Winter"), NOW)
    arrive(office, mail("ben.ortiz@post.example.org", "Thursday", "See you all on Thursday."), NOW)
    store.close()
    return place


@pytest.fixture
def edited(folder: Path) -> Iterator[Path]:
    """A rule file beside the others, not in force yet."""
    path = folder / "rules" / "sorting" / "01-lifts.txt"
    path.write_text(RULE)
    yield path
    path.unlink(missing_ok=True)


def tried(folder: Path, *words: object) -> int:
    return run(["try", "--config", str(folder / "config.toml"), "--now", NOW.isoformat(), *map(str, words)])


def test_an_edited_set_is_tried_on_the_stored_mail(folder: Path, edited: Path, capsys: pytest.CaptureFixture[str]):
    assert tried(folder) == 0

    shown = capsys.readouterr().out
    assert "Tried: the files on disk, compared with the rules in force." in shown
    assert "#1, Mon 10 March, Ada Winter: “Lifts”" in shown
    assert "→ mtg.papers" in shown
    assert "by “Lifts” (rules/sorting/01-lifts.txt:4) because “lift”" in shown
    assert "2 messages looked at, 1 would be sorted differently." in shown
    assert "Nothing was sent, filed or written." in shown


def test_json_says_the_same_for_programs(folder: Path, edited: Path, capsys: pytest.CaptureFixture[str]):
    assert tried(folder, "--json") == 0

    found = json.loads(capsys.readouterr().out)
    assert found["looked_at"] == 2
    [one] = found["differences"]
    assert (one["message"], one["after"]["class"]) == ("#1", "mtg.papers")
    assert one["before"]["class"] != "mtg.papers"
    assert one["words"] == ["lift", "from any member"]


def test_only_the_last_days_are_looked_at_where_asked(folder: Path, edited: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["try", "--config", str(folder / "config.toml"), "--now", "2031-04-10T10:00", "--days", "7"]) == 0

    assert "0 messages looked at, none would be sorted differently." in capsys.readouterr().out


def test_a_rule_file_from_elsewhere_is_laid_over_the_set_in_force(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "02-lifts.txt").write_text(RULE)

    assert tried(folder, tmp_path / "02-lifts.txt") == 0

    shown = capsys.readouterr().out
    assert "Tried: rules/sorting/02-lifts.txt as given." in shown
    assert "1 would be sorted differently" in shown
    assert not (folder / "rules" / "sorting" / "02-lifts.txt").exists()


def test_a_message_file_is_decided_by_both_sets(
    folder: Path, edited: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    letter = tmp_path / "letter.eml"
    letter.write_bytes(mail("ada.winter@mail.example.org", "The lift", LIFTS))

    assert tried(folder, letter) == 0

    shown = capsys.readouterr().out
    assert f"{letter.name}, Mon 10 March, Ada Winter: “The lift”" in shown
    assert "1 message looked at, 1 would be sorted differently." in shown


def test_broken_files_are_named_as_check_names_them(folder: Path, edited: Path, capsys: pytest.CaptureFixture[str]):
    edited.write_text(RULE.replace("If text", "If txet"))

    assert tried(folder) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert run(["check", "--config", str(folder / "config.toml")]) == 1
    assert [line for line in said.err.splitlines() if "01-lifts" in line] == [
        line for line in capsys.readouterr().err.splitlines() if "01-lifts" in line
    ]


def test_a_change_that_is_no_sorting_is_said_not_to_be_tried(folder: Path, capsys: pytest.CaptureFixture[str]):
    template = folder / "templates" / "notice" / "told.md"
    before = template.read_text()
    template.write_text(before + "\nOne more line.\n")
    try:
        assert tried(folder) == 0
    finally:
        template.write_text(before)

    assert "what else has changed is not: templates/notice/told.md" in capsys.readouterr().out


def test_where_nothing_was_edited_it_says_what_is_compared(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert tried(folder) == 0

    assert "the files on disk are the rules in force, and there were none before" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_wrong_use(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert tried(folder, "nowhere.eml") == 2
    assert "nowhere.eml" in capsys.readouterr().err


def test_an_office_without_a_database_says_so(office_folder: Path, capsys: pytest.CaptureFixture[str]):
    assert tried(office_folder) == 1
    assert "there is no database yet" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 500, b"no mail at all"])
def test_a_message_file_of_garbage_is_decided_like_any_other(
    folder: Path, edited: Path, tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
):
    letter = tmp_path / "letter.eml"
    letter.write_bytes(content)

    assert tried(folder, letter) == 0
    assert "1 message looked at, none would be sorted differently." in capsys.readouterr().out
