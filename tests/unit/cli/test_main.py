import importlib.util
import os
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest

from mailroom.cli import VERBS, frame, report, run
from mailroom.errors import Permanent

pytestmark = pytest.mark.fast

PRESENT = [verb for verb, (module, _) in VERBS.items() if importlib.util.find_spec(f"mailroom.cli.{module}")]


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch):
    """Let a test say what the verb `check` does."""

    def becomes(does):
        monkeypatch.setattr("mailroom.cli.check.check", click.command("check")(does))

    return becomes


def test_the_overview_lists_every_verb_and_the_exit_codes(capsys: pytest.CaptureFixture[str]):
    assert run(["--help"]) == 0

    shown = capsys.readouterr().out
    for name in VERBS:
        assert f"\n  {name} " in shown
    assert "0 done, 1 a problem was found, 2 used wrongly" in shown


def test_the_overview_imports_no_verb():
    heavy = "{'mailroom.config', 'sqlite_utils', 'rich', 'jinja2', 'imapclient'}"
    code = f"import sys; from mailroom.cli import run; run(['--help']); sys.exit(bool({heavy} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=20, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", PRESENT)
def test_every_verb_has_help_and_an_example(name: str, capsys: pytest.CaptureFixture[str]):
    assert run([name, "--help"]) == 0

    assert f"mailroom {name}" in capsys.readouterr().out.split("Usage:", 1)[1].split("\n", 1)[1]


def test_a_misspelt_verb_gets_the_nearest_one(capsys: pytest.CaptureFixture[str]):
    assert run(["chek"]) == 2

    assert "Did you mean 'check'?" in capsys.readouterr().err


def test_a_misspelt_option_gets_the_nearest_one(capsys: pytest.CaptureFixture[str]):
    assert run(["check", "--jsn"]) == 2

    assert "--json" in capsys.readouterr().err


def test_a_verb_of_a_later_version_is_named_as_such(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(VERBS, "fly", ("fly", "Later."))

    assert run(["fly"]) == 2
    assert "“mailroom fly” is not part of this version" in capsys.readouterr().err


def test_what_is_expected_to_go_wrong_is_one_sentence(verb, capsys: pytest.CaptureFixture[str]):
    def refused():
        message = "the server said never"
        raise Permanent(message)

    verb(refused)

    assert run(["check"]) == 1
    assert capsys.readouterr().err == "the server said never\n"


def test_a_fault_of_ours_leaves_a_report_without_any_words_of_mail(
    verb, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    def breaks():
        words = "CANARY: what a member wrote"
        raise KeyError(words)

    verb(breaks)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))

    assert run(["check"]) == 3

    [path] = tmp_path.glob("mailroom-report-*.txt")
    text, shown = path.read_text(), capsys.readouterr().err
    assert shown.count("\n") == 1
    assert str(path) in shown
    assert "builtins.KeyError" in text
    assert "in breaks: raise KeyError(words)" in text
    assert "mailroom 0" in text
    assert "CANARY" not in text.replace('words = "CANARY', "") + shown
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_report_names_what_led_to_the_fault():
    try:
        try:
            int("CANARY")
        except ValueError as error:
            raise LookupError from error
    except LookupError as error:
        text = report.text(error, ["why", "--json", "CANARY.eml"])

    assert text.index("builtins.ValueError") < text.index("which led to") < text.index("builtins.LookupError")
    assert "verb: why\n" in text
    assert "CANARY.eml" not in text


def test_ctrl_c_stops_without_a_report(verb, capsys: pytest.CaptureFixture[str]):
    def stopped():
        raise KeyboardInterrupt

    verb(stopped)

    assert run(["check"]) == 130
    assert capsys.readouterr().err.strip() == "Stopped."


@pytest.mark.parametrize(("value", "colour"), [("1", False), ("", None)])
def test_no_color_is_honoured(value: str, colour: bool | None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", value)

    assert frame.colour() is colour


def test_a_reader_that_has_seen_enough_is_no_fault_of_ours():
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "mailroom", "--help"]

    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, timeout=20, check=False)

    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")
