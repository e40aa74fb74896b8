import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mailroom.cli.parse import parse


@pytest.fixture
def letters(tmp_path: Path) -> list[str]:
    for n in range(3):
        (tmp_path / f"{n}.eml").write_bytes(f"From: ada@example.org\r\nSubject: number {n}\r\n\r\nHello\r\n".encode())
    return [str(tmp_path / name) for name in ("0.eml", "1.eml", "missing.eml", "2.eml")]


def run(*args: str) -> tuple[Result, list[str]]:
    result = CliRunner().invoke(parse, args, standalone_mode=False)
    return result, result.stdout.splitlines()


def test_each_file_gives_one_line_in_order_and_a_missing_one_stops_nothing(letters: list[str]):
    result, lines = run("--json", *letters)
    found = [json.loads(line) for line in lines]

    assert result.return_value == 1
    assert letters == [line["file"] for line in found]
    assert [line["subject"] for line in found] == ["number 0", "number 1", "", "number 2"]
    assert found[2]["defects"] == ["the file could not be read: No such file or directory"]
    assert list(found[0]) == list(found[2])
    assert found[0]["authentication"]["verdict"] == "none"


def test_a_person_gets_a_summary(letters: list[str]):
    result, lines = run(letters[0])

    assert result.return_value == 0
    assert "  subject  number 0" in lines


def test_the_office_whose_server_is_believed_comes_from_config(letters: list[str], office_folder: Path):
    path = Path(letters[0])
    head = b"Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\r\n"
    path.write_bytes(head + path.read_bytes())

    _, given = run("--json", "--config", str(office_folder / "config.toml"), letters[0])

    assert json.loads(given[0])["authentication"]["verdict"] == "pass"
