"""`mailroom preview`."""

import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from mailroom.cli.preview import preview
from mailroom.errors import Problems

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[3]


@pytest.fixture
def written(office_folder: Path) -> Path:
    shutil.copytree(ROOT / "templates", office_folder / "templates", dirs_exist_ok=True)
    return office_folder


def shown(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(preview, ["--config", str(folder / "config.toml"), *words], catch_exceptions=False,
                              standalone_mode=False)  # fmt: skip


def test_it_shows_the_mail_with_the_samples_of_its_kind(written: Path):
    result = shown(written, "incident/received")

    assert result.output.startswith(
        "Subject: We have your request [INC-2027-001]\nMarking: OFFICIAL\n\nOFFICIAL\n\nHello Jo,"
    )
    assert result.return_value == 0


def test_the_page_goes_to_a_file_in_the_form_that_was_asked_for(written: Path):
    result = shown(written, "templates/danger/answer.md", "--format", "large", "--html", str(written / "a.html"))

    assert "font-size: 24px" in (written / "a.html").read_text()
    assert f"The page is in {written / 'a.html'}" in result.output


def test_a_plain_mail_has_no_page_to_write(written: Path):
    with pytest.raises(click.UsageError, match="has no page"):
        shown(written, "danger/answer", "--format", "plain", "--html", str(written / "a.html"))

    assert not (written / "a.html").exists()


def test_a_fault_in_another_mail_does_not_hide_this_one_but_its_own_is_told(written: Path):
    (written / "templates" / "danger" / "alert.md").write_text("Subject: x\n\n{{ nobody }}\n")

    assert shown(written, "danger/answer").return_value == 0
    with pytest.raises(Problems, match=r"alert\.md:3: there is no “nobody”"):
        shown(written, "danger/alert")


def test_a_mail_that_is_not_there_is_told_with_the_nearest(written: Path):
    with pytest.raises(Problems, match="Did you mean “incident/received”"):
        shown(written, "incident/recieved")


def test_what_would_stop_it_from_leaving_is_said(written: Path):
    (written / "templates" / "one.md").write_text("Subject: News\n\nThe plan is attached.\n")

    result = shown(written, "one")

    assert "Stop: “is attached” stands in line 1, and nothing is attached." in result.output
    assert result.return_value == 1
