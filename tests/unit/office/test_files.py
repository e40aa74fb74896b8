import os
from pathlib import Path

import pytest

from mailroom import config
from mailroom.errors import Problems
from mailroom.office import files

pytestmark = pytest.mark.fast


@pytest.fixture
def office(office_folder: Path) -> config.Config:
    (office_folder / "rules" / "sorting").mkdir()
    (office_folder / "rules" / "sorting" / "10-danger.txt").write_text("Rule: Danger\n")
    (office_folder / "templates" / "incident").mkdir()
    (office_folder / "templates" / "incident" / "received.md").write_text("Subject: Received\n")
    return config.load(office_folder / "config.toml")


def test_keys_are_the_same_wherever_the_folders_are(office_folder: Path, office: config.Config):
    (office_folder / "rules").rename(office_folder / "regeln")
    path = office_folder / "config.toml"
    path.write_text(path.read_text().replace("[imap]", 'rules = "regeln"\n\n[imap]'))

    found = files.read_office(config.load(path))

    assert list(found.rules) == ["rules/sorting/10-danger.txt"]
    assert found.templates == {"templates/incident/received.md": b"Subject: Received\n"}


def test_a_set_survives_being_put_together_and_taken_apart(office: config.Config):
    found = files.read_office(office)

    assert files.OfficeFiles.of(found.all) == found


@pytest.mark.parametrize(
    "name", ["~$10-danger.txt", "10-danger.txt.bak", "x.tmp", ".10-danger.txt.swp", ".x.txt", "#a.txt#", "a.txt~"]
)
def test_what_editors_leave_behind_is_passed_over(office_folder: Path, office: config.Config, name: str):
    (office_folder / "rules" / "sorting" / name).write_text("half a rule")

    assert list(files.read_office(office).rules) == ["rules/sorting/10-danger.txt"]


@pytest.mark.parametrize("name", ["20-mine.docx", "20-mine.txt.txt", "20-mine.rtf"])
def test_a_rule_saved_as_a_document_is_refused_not_lost(office_folder: Path, office: config.Config, name: str):
    (office_folder / "rules" / "sorting" / name).write_text("Rule: Mine\n")

    with pytest.raises(Problems, match=f"rules/sorting/{name}: this should be plain text in a file that ends in .txt"):
        files.read_office(office)


def test_a_huge_file_is_refused_unread(office_folder: Path, office: config.Config):
    os.truncate(office_folder / "rules" / "sorting" / "10-danger.txt", 10 << 20)

    with pytest.raises(Problems, match=r"10-danger.txt: this file is 10 MiB; the most is 1\."):
        files.read_office(office)


def test_a_vanished_folder_is_told(office_folder: Path, office: config.Config):
    (office_folder / "rules").rename(office_folder / "away")

    with pytest.raises(Problems, match="rules/: there is no folder"):
        files.read_office(office)


def test_a_snapshot_changes_when_a_file_is_saved_and_only_then(office_folder: Path, office: config.Config):
    before = files.snapshot(office)
    (office_folder / "rules" / "sorting" / "~$10-danger.txt").write_text("")
    assert files.snapshot(office) == before

    path = office_folder / "templates" / "incident" / "received.md"
    path.with_suffix(".new").write_text("Subject: Received\n")
    path.with_suffix(".new").replace(path)

    assert files.snapshot(office) != before
