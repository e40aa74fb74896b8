"""The demo plays the story over real IMAP and SMTP, and every row becomes what it should."""

import json
import re
from pathlib import Path

import pytest

from mailroom.cli import run
from mailroom.story import model
from mailroom.story.player import ROWS

pytestmark = pytest.mark.story

STORY = Path(__file__).parents[1] / "story"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Path]:
    folder = tmp_path_factory.mktemp("demo")
    return run(["demo", "--office", str(folder / "office"), "--report", str(folder / "report.json")]), folder


def report(folder: Path) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return found


def test_every_row_becomes_what_it_should(played: tuple[int, Path]):
    code, folder = played
    wrong = {row["id"]: row["checks"] for row in report(folder)["rows"] if not row["ok"]}

    assert wrong == {}
    assert [row["id"] for row in report(folder)["rows"]] == list(ROWS)
    assert code == 0


def test_every_mail_is_kept_as_it_left_and_went_to_one_person(played: tuple[int, Path]):
    _, folder = played
    found = report(folder)
    mails = [*found["other_mails"], *(mail for row in found["rows"] for mail in row["mails"])]  # type: ignore[attr-defined]

    assert mails
    for mail in mails:
        assert len(mail["envelope_to"]) == 1
        assert (folder / mail["eml"]).is_file()


def test_the_office_stays_and_can_be_asked(played: tuple[int, Path], capsys: pytest.CaptureFixture[str]):
    _, folder = played
    config = str(folder / "office" / "config.toml")

    assert run(["why", "#1", "--json", "--config", config]) == 0
    assert json.loads(capsys.readouterr().out)["class"] == "news.reply"
    run(["status", "--json", "--config", config, "--now", "2027-03-12T11:16"])
    assert json.loads(capsys.readouterr().out)["red_cases"] == []


def test_a_play_may_stop_after_a_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    run(["demo", "--office", str(tmp_path / "office"), "--until", "I14"])

    assert "8 of 8 rows as expected." in capsys.readouterr().out
    config = str(tmp_path / "office" / "config.toml")
    assert run(["status", "--json", "--config", config, "--now", "2027-01-16T23:26"]) == 1
    assert json.loads(capsys.readouterr().out)["red_cases"] == ["SAFE-2027-001"]


def test_a_row_that_is_not_in_the_story_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["demo", "--office", str(tmp_path / "office"), "--until", "I99"]) == 1

    assert "the story has no row I99" in capsys.readouterr().err


def test_no_rule_template_or_code_knows_the_storys_names():
    world = model.world(STORY)
    names = {person.name for person in (*world.people, *world.members, *world.applicants)}
    names |= {word for row in model.rows(STORY) for word in (row.from_.name,) if " " in word}
    places = {person.station for person in world.people if person.station}
    root = STORY.parents[1]
    files = [path for top in ("rules", "templates", "mailroom") for path in (root / top).rglob("*") if path.is_file()]

    words = re.compile("|".join(map(re.escape, sorted(names - {desk.name for desk in world.desks} | places))))
    known = {
        f"{path.relative_to(root)}: {found[0]}"
        for path in files
        if path.suffix in (".py", ".txt", ".md") and (found := words.search(path.read_text(encoding="utf-8")))
    }
    assert known == set()
