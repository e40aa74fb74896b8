"""`mailroom due`."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mailroom.cli.due import due
from mailroom.store import open_store
from tests.unit.office import reports

ROOT = Path(__file__).parents[3]


SCHEDULE = """\
Send: newsletter
Every: month, last working day, 10:00
To: newsletter readers

Send: summary
Every: working day, 08:30
To: coordinator

Send: digest
Every: Monday, 07:30
Or: next working day
To: chief inspector
"""


def asked(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(due, ["--config", str(folder / "config.toml"), *words], catch_exceptions=False)


@pytest.fixture
def scheduled(office_folder: Path) -> Path:
    (office_folder / "rules" / "schedule.txt").write_text(SCHEDULE)
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


def test_what_is_on_trial_says_so_and_what_is_off_is_not_shown(scheduled: Path):
    path = scheduled / "rules" / "schedule.txt"
    path.write_text(f"{SCHEDULE}Status: off\n".replace("Every: working", "Status: trial\nEvery: working"))

    shown = asked(scheduled, "--now", "2027-03-29T12:00", "--days", "1")

    assert shown.output == "Tue 30 March, 08:30       summary, to coordinator (on trial: nothing is sent)\n"


def test_what_counts_from_another_line_or_from_a_date_of_the_records_is_shown(scheduled: Path):
    store = open_store(scheduled / "office.db")
    with store.immediate() as db:
        reports.member(db, 3, vetting_to="2027-04-01")
    store.close()
    (scheduled / "rules" / "schedule.txt").write_text(
        "Send: digest\nDays before: vetting expiry, 180; 3; 0\nTo: cover\n"
        "Send: summary\nEvery: month, last day, 10:00\nOr: previous working day\nTo: coordinator\n"
    )

    shown = asked(scheduled, "--now", "2027-03-20T12:00", "--days", "14")

    assert shown.output.splitlines() == [
        "Mon 29 March, 09:00       digest, to cover",
        "Wed 31 March, 10:00       summary, to coordinator",
        "Thu 1 April, 09:00        digest, to cover",
    ]


def test_an_office_without_a_schedule_is_told_that_nothing_is_due(office_folder: Path):
    shown = asked(office_folder, "--days", "1")

    assert shown.output == "Nothing is due in the next 1 day.\n"


def test_its_help_has_an_example():
    assert "Example: mailroom due" in CliRunner().invoke(due, ["--help"]).output


@pytest.mark.parametrize("now", ["9999-12-30T00:00", "0001-01-01T00:00", "2200-01-01T00:00"])
def test_a_moment_no_calendar_reaches_is_refused(scheduled: Path, now: str):
    shown = asked(scheduled, "--now", now)

    assert shown.exit_code == 2
    assert "outside the years 1980 to 2199" in shown.stderr
