"""The newsletter of the story: every line of its schedule, and to whom exactly each issue goes."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from mailroom.message import read
from mailroom.office import imports
from mailroom.store import open_store, people
from mailroom.story.player import play
from mailroom.story.report import Report

pytestmark = pytest.mark.story

STORY = Path(__file__).parents[1] / "story"
ROWS = ("I01", "I19", "I20", "I21", "K12", "I25", "I52", "K27", "I53")
WORLD = json.loads((STORY / "world.json").read_text(encoding="utf-8"))
SCHEDULE = [json.loads(line) for line in (STORY / "schedule.jsonl").read_text(encoding="utf-8").splitlines()]
LINES = {line["id"]: line for line in SCHEDULE if (line["ref"] or "").startswith("NEWS")}
TEMPLATES = {
    "call for items": ("newsletter/call",),
    "draft, held, with proof and code": ("notice/proof",),
    "chaser: not approved yet": ("notice/not-approved",),
    "newsletter": ("newsletter/issue",),
    "newsletter, retry after a soft failure, same Message-ID": ("newsletter/issue",),
    "newsletter, second retry": ("newsletter/issue",),
    "send report": ("newsletter/report",),
}
PLAYED = {key: line for key, line in LINES.items() if line["at"] < "2027-02-26T10:18" and line["what"] in TEMPLATES}

CLOSED = {key: line for key, line in LINES.items() if line["what"] == "closed for items" and line["at"] < "2027-02-26"}


def _d_falk_bounces(db: Database, _: datetime) -> None:
    people.suspend(db, "d.falk@post.example.org")


def _m15_joins(db: Database, now: datetime) -> None:
    joined = next(one for one in WORLD["applicants"] if one["id"] == "M15")
    address = joined["addresses"][0]["email"]
    row = f"id,name,kind,emails,state,newsletter\nM15,{joined['name']},member,{address},active,yes\n"
    imports.people(db, row.encode(), "people.csv", now)


def _m04_moves(db: Database, now: datetime) -> None:
    moved = next(one for one in WORLD["members"] if one["id"] == "M04")
    row = f"id,name,kind,emails,state,newsletter\nM04,{moved['name']},member,m04.new@post.example.org,active,yes\n"
    imports.people(db, row.encode(), "people.csv", now)


ASIDES = (
    (datetime.fromisoformat("2027-01-12T09:00:00+00:00"), _d_falk_bounces),
    (datetime.fromisoformat("2027-01-28T15:00:00+00:00"), _m15_joins),
    (datetime.fromisoformat("2027-02-04T15:10:00+00:00"), _m04_moves),
)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("newsletter") / "office"
    return asyncio.run(play(STORY, folder, only=ROWS, asides=ASIDES, out=lambda _: None))


@pytest.fixture(scope="module")
def mails(played: Report) -> list[dict[str, Any]]:
    """Every mail that left: the row of the outbox it came from, and when the server took it."""
    store = open_store(played.folder / "office.db")
    rows = {
        message_id: {"template": template, "person": person, "batch": batch}
        for message_id, template, person, batch in store.db.execute(
            "SELECT message_id, template, coalesce(person_id, recipient), batch FROM outbox"
        )
    }
    store.close()
    return [rows[read(one.raw).message_id] | {"at": one.at, "id": read(one.raw).message_id} for one in played.caught]


def test_every_row_of_the_newsletter_becomes_what_it_should(played: Report):
    wrong = {one.row.id: [check for check in checks if not check.ok] for one, checks in played.verdicts}

    assert {row: checks for row, checks in wrong.items() if checks} == {}
    assert [one.row.id for one, _ in played.verdicts] == list(ROWS)


@pytest.mark.parametrize("key", PLAYED)
def test_each_line_of_its_schedule_holds(mails: list[dict[str, Any]], key: str):
    line = PLAYED[key]
    at = datetime.fromisoformat(line["at"])
    wanted = [line["to"]] if isinstance(line["to"], str) else line["to"]
    wanted = None if wanted is None else ["rowan" if one == "coordinator" else one for one in wanted]
    near = [
        one
        for one in mails
        if one["template"] in TEMPLATES[line["what"]]
        and (abs(one["at"] - at) <= timedelta(minutes=5) if line["time"] == "exact" else one["at"].date() == at.date())
    ]

    if line["kind"] == "absent":
        assert near == []
    elif wanted is None:
        assert near
    else:
        assert sorted(one["person"] for one in near) == sorted(wanted)


@pytest.mark.parametrize("key", CLOSED)
def test_each_issue_closes_when_the_story_says(played: Report, key: str):
    line = CLOSED[key]
    store = open_store(played.folder / "office.db")
    sql = "SELECT e.at, e.to_stage FROM case_events AS e JOIN cases AS c ON c.id = e.case_id WHERE c.ref = ?"
    closed = [datetime.fromisoformat(at) for at, stage in store.db.execute(sql, (line["ref"],)) if stage == "closed"]
    store.close()

    assert len(closed) == 1
    assert timedelta() <= closed[0] - datetime.fromisoformat(line["at"]) <= timedelta(minutes=5)


def test_nobody_gets_two_copies_and_a_retry_has_the_same_message_id(mails: list[dict[str, Any]]):
    issues = [one for one in mails if one["template"] == "newsletter/issue"]
    twice = {one["person"] for one in issues if sum(other["id"] == one["id"] for other in issues) > 1}

    assert twice == {"M07"}
    assert len({one["id"] for one in issues}) == 19 + 20


def test_it_names_nobody_an_address_and_the_world_beyond_its_readers_gets_nothing(
    played: Report, mails: list[dict[str, Any]]
):
    assert all(check.ok for check in played.wire)
    outside = {one["person"] for one in mails if one["batch"]} - {
        one["id"] for one in (*WORLD["members"], *WORLD["people"])
    }
    assert outside == {"M15"}


def test_leaving_stops_the_newsletter_and_nothing_else(played: Report):
    store = open_store(played.folder / "office.db")
    [row] = store.db.execute("SELECT newsletter, state FROM people WHERE id = 'M08'")
    store.close()

    assert row == (0, "active")


def test_the_schedule_of_two_issues_is_played():
    assert {line["ref"] for line in PLAYED.values()} == {"NEWS-2027-01", "NEWS-2027-02"}
    assert {line["what"] for line in PLAYED.values()} == set(TEMPLATES)
