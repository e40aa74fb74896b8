"""`mailroom due`."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mailroom.cli.due import due

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[3]


def asked(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(due, ["--config", str(folder / "config.toml"), *words], catch_exceptions=False)


@pytest.fixture
def scheduled(office_folder: Path) -> Path:
    shutil.copy(ROOT / "rules" / "schedule.txt", office_folder / "rules")
    shutil.copytree(ROOT / "templates", office_folder / "templates", dirs_exist_ok=True)
    return office_folder


def test_it_shows_what_comes_next_over_easter_and_the_change_of_the_clock(scheduled: Path):
    shown = asked(scheduled, "--now", "2027-03-25T12:00", "--days", "6")

    assert shown.output.splitlines() == [
        "Tue 30 March, 07:30       digest, to chief inspector",
        "Tue 30 March, 08:30       summary, to coordinator",
        "Wed 31 March, 08:30       summary, to coordinator",
        "Wed 31 March, 10:00       newsletter, to newsletter readers",
    ]


def test_a_program_gets_it_as_json_with_the_offset_of_the_day(scheduled: Path):
    shown = asked(scheduled, "--now", "2027-03-29T12:00", "--days", "1", "--json")

    assert json.loads(shown.output) == [
        {
            "duty": "digest", "due": "2027-03-30T07:30:00+01:00", "to": ["chief_inspector"], "status": "on",
            "about": "", "key": "digest:2027-03-30",
        },
        {
            "duty": "summary", "due": "2027-03-30T08:30:00+01:00", "to": ["coordinator"], "status": "on",
            "about": "", "key": "summary:2027-03-30",
        },
    ]  # fmt: skip


def test_an_office_without_a_schedule_is_told_that_nothing_is_due(office_folder: Path):
    shown = asked(office_folder, "--days", "1")

    assert shown.output == "Nothing is due in the next 1 day.\n"


def test_its_help_has_an_example():
    assert "Example: mailroom due" in CliRunner().invoke(due, ["--help"]).output
