import stat
import subprocess
from pathlib import Path

import pytest

from mailroom.cli import run
from mailroom.config import example


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True, check=True).stdout


def test_a_new_office_has_config_rules_and_templates_under_git(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    office = tmp_path / "office"

    assert run(["init", str(office)]) == 0

    assert (office / "config.toml").read_text() == example.text()
    assert list((office / "rules").rglob("*.txt"))
    assert list((office / "templates").rglob("*.md"))
    assert {path.name for path in (office / "docs").iterdir()} == {
        "adding-a-process.md", "cases.md", "forms.md", "newsletter.md", "rules.md", "schedule.md", "templates.md",
    }  # fmt: skip
    assert stat.S_IMODE(office.stat().st_mode) == 0o700
    assert git(office, "log", "--format=%s") == "The office as mailroom ships it\n"
    assert git(office, "status", "--porcelain") == ""
    assert f"mailroom check --config {office / 'config.toml'}" in capsys.readouterr().out


def test_what_is_there_is_never_overwritten_and_what_is_missing_comes_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    run(["init", str(tmp_path)])
    (tmp_path / "config.toml").write_text("mine\n")
    (tmp_path / ".gitignore").unlink()
    capsys.readouterr()

    assert run(["init", str(tmp_path)]) == 0

    assert (tmp_path / "config.toml").read_text() == "mine\n"
    assert (tmp_path / ".gitignore").exists()
    assert "1 files written" in capsys.readouterr().out
    assert git(tmp_path, "log", "--format=%s").count("\n") == 1


def test_secrets_database_and_strangers_files_stay_out_of_git(tmp_path: Path):
    (tmp_path / "people.csv").write_text("name\n")

    run(["init", str(tmp_path)])
    for name in ("mailbox-password", "m365-secret", "office.db", "office.db-wal"):
        (tmp_path / name).write_text("x")

    assert git(tmp_path, "status", "--porcelain") == "?? people.csv\n"


def test_without_git_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))

    assert run(["init", str(tmp_path / "office")]) == 0
    assert "git is not installed" in capsys.readouterr().out


def test_a_file_in_the_way_is_wrong_use(tmp_path: Path):
    (tmp_path / "office").write_text("")

    assert run(["init", str(tmp_path / "office")]) == 2
