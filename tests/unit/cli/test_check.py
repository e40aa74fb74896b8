import json
import shutil
from pathlib import Path

import pytest

from mailroom.cli import run, show
from mailroom.defaults import shipped
from mailroom.errors import Problem


@pytest.fixture
def shipped_office(tmp_path: Path) -> Path:
    """Make the office that `mailroom init` makes, without its git, and with its secret in place."""
    for name in ("rules", "templates"):
        shutil.copytree(shipped(name), tmp_path / name)
    shutil.copy(shipped("config.example.toml"), tmp_path / "config.toml")
    secret = tmp_path / "mailbox-password"
    secret.write_text("invented")
    secret.chmod(0o600)
    return tmp_path


def test_the_office_as_shipped_is_without_fault(shipped_office: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["check", "--config", str(shipped_office / "config.toml")]) == 0

    assert "All is well: config, " in capsys.readouterr().out


def test_faults_of_every_part_are_listed_together(shipped_office: Path, capsys: pytest.CaptureFixture[str]):
    path = shipped_office / "rules" / "sorting" / "90-mine.txt"
    path.write_text("Rule: Mine\nIf form: any member\nThen class: news.item\n")
    (shipped_office / "templates" / "mine.md").write_text("Subject: Hello\n\nDear {{ recipient_nmae }},\n")

    assert run(["check", "--config", str(shipped_office / "config.toml")]) == 1

    shown = capsys.readouterr().err
    assert "rules/sorting/90-mine.txt:2:" in shown
    assert "Did you mean “from”?" in shown
    assert "    2 | If form: any member\n" in shown
    assert "templates/mine.md:3:" in shown
    assert shown.rstrip().endswith("faults found.")


def test_json_holds_each_fault_in_parts(shipped_office: Path, capsys: pytest.CaptureFixture[str]):
    path = shipped_office / "config.toml"
    path.write_text(path.read_text().replace("# port = 993", "prot = 993"))

    assert run(["check", "--json", "--config", str(path)]) == 1

    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert found["problems"][0]["hint"] == "port"
    assert found["problems"][0]["file"] == str(path)


def test_the_config_is_found_by_the_environment(
    office_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("MAILROOM_CONFIG", str(office_folder / "nowhere.toml"))

    assert run(["check"]) == 1
    assert "nowhere.toml: there is no such file" in capsys.readouterr().err


def test_a_caret_points_at_the_word():
    problem = Problem("rules/a.txt", 2, "there is no condition “form”.", "from")

    assert show.line_and_caret(problem, {"rules/a.txt": "Rule: A\r\nIf form: any member".encode("utf-16")}) == (
        "    2 | If form: any member\n      |    ^^^^"
    )


def test_a_password_written_into_the_config_is_not_shown(tmp_path: Path):
    path = tmp_path / "config.toml"
    path.write_text('[imap]\npassword = "CANARY-5e1f"\n')

    shown = show.line_and_caret(Problem(str(path), 2, "“password” never stands in this file."), {})

    assert shown == "    2 | password = ***\n      | ^^^^^^^^"


@pytest.mark.parametrize("line", [0, 7, -1])
def test_a_fault_of_the_whole_file_shows_no_line(line: int):
    assert show.line_and_caret(Problem("a.txt", line, "empty"), {"a.txt": b"one\n"}) == ""


def test_controls_in_a_line_do_not_reach_the_terminal():
    shown = show.line_and_caret(Problem("a.txt", 1, "odd"), {"a.txt": b"If \x1b[2Jfrom: me"})

    assert "\x1b" not in shown
