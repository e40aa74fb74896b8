"""A sending whose time passes in silence is somebody's task."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from mailroom import schedule
from mailroom.office.office import Office
from tests.office import small_office
from tests.unit.office.news import at, drafted, issues_to, reply, rows, stage


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def approved(office: Office) -> None:
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", at(25, "09:05"))


def switched(office: Office, status: str) -> None:
    """Give the newsletter's line of the schedule another status."""
    there = office.rules.duties
    duties = tuple(replace(one, status=status) if one.name == "newsletter" else one for one in there)  # type: ignore[arg-type]
    office.rules = replace(office.rules, duties=duties)


def told(office: Office, *looks: datetime) -> list[str]:
    for now in looks:
        schedule.run_due(office, now)
    return [text for (text,) in rows(office, "SELECT text FROM tasks WHERE key LIKE 'overdue:%'")]


@pytest.mark.parametrize("status", ["off", "trial"])
def test_what_was_approved_and_does_not_go_as_its_line_is_off_is_said_once(office: Office, status: str):
    approved(office)
    switched(office, status)

    assert told(office, at(29, "10:05")) == []
    [words] = told(office, at(29, "11:05"), at(29, "11:10"), at(5, "10:00", 2))
    assert words.startswith("“Newsletter, January 2027”, which Robin Hale approved, was to go on Friday 29 January")
    assert issues_to(office) == []


def test_what_nobody_approved_is_said_too(office: Office):
    drafted(office)
    switched(office, "off")

    [words] = told(office, at(29, "11:05"))
    assert "which nobody had approved" in words


def test_what_goes_in_time_is_nobodys_task(office: Office):
    approved(office)

    assert told(office, at(29, "10:05"), at(29, "11:05")) == []
    assert len(issues_to(office)) == 5


def test_what_was_closed_is_nobodys_task(office: Office):
    approved(office)
    reply(office, "CLOSE NEWS-2027-01", "notice/proof", at(25, "09:15"))

    assert stage(office) == "closed"
    assert told(office, at(29, "10:05"), at(29, "11:05")) == []
