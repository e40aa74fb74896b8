"""`mailroom send`."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mailroom.cli.send import send
from mailroom.store import open_store, people
from mailroom.store.people import Person
from tests.unit.office import reports

ROOT = Path(__file__).parents[3]
SCHEDULE = """\
Send: summary
Every: working day, 08:30
To: coordinator; cover; press office

Send: digest
Every: Monday, 07:30
To: chief inspector
Status: trial
"""
WHEN = ("--now", "2027-01-04T07:30")


def asked(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(send, ["--config", str(folder / "config.toml"), *words], catch_exceptions=False)


@pytest.fixture
def office_files(office_folder: Path) -> Path:
    shutil.copytree(ROOT / "templates", office_folder / "templates", dirs_exist_ok=True)
    shutil.copytree(ROOT / "rules", office_folder / "rules", dirs_exist_ok=True)
    (office_folder / "rules" / "schedule.txt").write_text(SCHEDULE)
    reports.make(office_folder).store.close()
    return office_folder


def test_a_dry_run_names_who_gets_what_and_who_does_not(office_files: Path):
    shown = asked(office_files, "summary", "--dry-run", *WHEN)

    first, *lines = shown.output.splitlines()
    assert first == "“summary” would be 2 mails."
    assert [line.partition(" (")[0] for line in lines[:2]] == [
        "  Robin Hale: “Your mailbox today”",
        "  Casey Moran: “Your mailbox today”",
    ]
    assert lines[2:] == ["  not to press: nobody holds this role"]
    assert "@" not in shown.output


def test_a_proof_shows_the_whole_mail_to_the_longest_name(office_files: Path):
    shown = asked(office_files, "SUMMARY", "--proof", *WHEN)

    assert shown.output.startswith("To: Casey Moran  (and 1 more, each to one person)\nSubject: Your mailbox today\n\n")
    assert "Needs you" in shown.output
    assert "Open cases" in shown.output


def test_what_is_on_trial_is_shown_and_says_so(office_files: Path):
    shown = asked(office_files, "digest", "--dry-run", *WHEN)

    assert shown.output.splitlines()[0] == "“digest” would be 1 mail. It is on trial: nothing is sent."
    assert "Alex Dunmore" in shown.output


def test_nothing_is_left_behind(office_files: Path):
    asked(office_files, "summary", "--dry-run", "--proof", *WHEN)

    store = open_store(office_files / "office.db")
    assert reports.mails(store) == []
    assert store.db.execute("SELECT count(*) FROM alarms").fetchone() == (0,)
    store.close()


def test_a_program_gets_the_list_as_json_and_one_text_as_the_proof(office_files: Path):
    shown = json.loads(asked(office_files, "summary", "--dry-run", "--json", *WHEN).output)
    proof = json.loads(asked(office_files, "summary", "--proof", "--json", *WHEN).output)

    assert [mail["name"] for mail in shown["mails"]] == ["Robin Hale", "Casey Moran"]
    assert shown["without"] == [
        {"person": "", "name": "press", "as_what": "press", "why_not": "nobody holds this role"},
    ]
    assert ["text" in mail for mail in proof["mails"]] == [False, True]
    assert shown["status"] == "on"


def test_a_person_without_an_address_is_named_as_such(office_files: Path):
    store = open_store(office_files / "office.db")
    with store.immediate() as db:
        people.save(db, Person("casey", "Casey Moran", "officer", (), ("cover",)))
    store.close()

    shown = asked(office_files, "summary", "--dry-run", *WHEN)

    assert "  not to Casey Moran: no usable address is known" in shown.output.splitlines()


def test_it_never_sends_and_says_so(office_files: Path):
    shown = asked(office_files, "summary")

    assert shown.exit_code == 2
    assert "only the clock sends" in shown.stderr


def test_a_name_that_is_not_in_the_schedule_gets_the_nearest(office_files: Path):
    shown = asked(office_files, "sumary", "--proof")

    assert shown.exit_code == 2
    assert "Did you mean “summary”?" in shown.stderr


def test_its_help_has_an_example():
    assert "mailroom send digest --dry-run" in CliRunner().invoke(send, ["--help"]).output
