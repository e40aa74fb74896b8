import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from mailroom import __version__, defaults
from mailroom.errors import MailroomError

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
PROJECT = (ROOT / "pyproject.toml").read_text()


def test_the_lock_names_no_host_and_hashes_everything():
    lock = (ROOT / "requirements.lock").read_text()
    entries = re.split(r"\n(?=\S)", lock.strip())

    assert "://" not in lock
    assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_holds_every_dependency_the_project_names():
    project = tomllib.loads(PROJECT)["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {re.split(r"[<>=!~\[ ;]", one)[0].replace(".", "-").lower() for one in wanted}
    locked = {
        line.split("==")[0].replace(".", "-").lower()
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if "==" in line
    }

    assert names - locked == set()


@pytest.mark.parametrize("table", ["dependencies", "m365", "dev", "ignore"])
def test_every_dependency_and_every_rule_switched_off_says_why(table: str):
    block = re.search(rf"(?ms)^{table} = \[\n(.*?)^\]", PROJECT)

    assert block is not None
    assert [line for line in block[1].splitlines() if not re.search(r" # \w", line)] == []


def test_the_two_commands_stand_on_the_first_screen():
    first_screen = "\n".join((ROOT / "README.md").read_text().splitlines()[:25])

    assert "\nbash scripts/demo\n" in first_screen
    assert "\nbash scripts/test\n" in first_screen


def test_what_ci_runs_is_what_a_person_runs():
    [line] = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if not line.startswith("#!")]

    assert line.endswith('scripts/test"')


@pytest.mark.parametrize("script", ["demo", "test", "environment"])
def test_the_scripts_are_sound_bash(script: str):
    subprocess.run(["bash", "-n", ROOT / "scripts" / script], check=True, timeout=10)


PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_pages_leads_somewhere(page: Path):
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_version_is_one():
    assert tomllib.loads(PROJECT)["project"]["version"] == __version__


@pytest.mark.parametrize("name", ["config.example.toml", "rules", "templates", "story"])
def test_what_is_shipped_is_found(name: str):
    assert defaults.shipped(name).exists()


def test_a_broken_installation_is_told_in_a_sentence():
    with pytest.raises(MailroomError, match="lacks its “nonsense”"):
        defaults.shipped("nonsense")
