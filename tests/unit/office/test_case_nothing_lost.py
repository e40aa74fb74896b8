"""No deadline of a case is lost on the way, and no line of its file writes to somebody twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.office.cases import clocks, move, tick
from mailroom.office.commands import noting
from mailroom.office.commands.given import Given
from mailroom.office.office import Office
from mailroom.office.undo import undo
from mailroom.rules.commands import Command
from mailroom.store.commands import About
from tests.unit.office import casework
from tests.unit.office.casework import answered, at_work, bring, case_of, mails, opened, ordered, running, stage

MORNING = datetime(2031, 1, 14, 10, tzinfo=UTC)
PANEL = """
Case: Panel
Reference: PAN
Opens on: concern from anyone
Owner: coordinator
Group everyone: members who are active
If nothing happens: task to coordinator, 2 working days after entry
Final: closed

Stage: open
Then set: answer due = 5 working days from now
Then send: incident/call to everyone; requester
Chase: task to coordinator, at answer due
When command: EXTEND with form until, from coordinator
Then set: answer due = form until
When command: FINISH, from coordinator
Then go to: waiting

Stage: waiting
When time: 10 working days after entry
Then go to: closed
"""
ROBIN = "robin.hale@btp.example.org"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setitem(casework.FORMS, "until", "Form: Until\nField: until, a date\n")
    with at_work(tmp_path, panel=PANEL) as made:
        yield made


def panel(office: Office) -> str:
    return opened(office, "panel", bring(office, "ada.winter@mail.example.org", "concern", "x", "Cold.", MORNING)).ref


def reminded(office: Office) -> int:
    found = office.store.db.execute("SELECT count(*) FROM tasks WHERE text LIKE '%see that this is not late%'")
    return int(found.fetchone()[0])


def test_whoever_a_line_names_twice_gets_its_mail_once(office: Office):
    panel(office)
    assert sorted(who for who, _ in mails(office, "incident/call")) == ["M01", "M02", "M03", "M04", "M06"]


def test_a_time_that_is_put_off_after_it_came_comes_again(office: Office):
    ref = panel(office)
    tick(office, MORNING + timedelta(days=8))
    assert reminded(office) == 1
    assert ordered(office, ROBIN, f"EXTEND {ref}", MORNING + timedelta(days=8), below="Until: 2031-02-20").done
    assert ("chase", "2031-02-20 09:00") in running(office, ref)
    tick(office, MORNING + timedelta(days=9))
    assert reminded(office) == 1

    tick(office, datetime(2031, 2, 20, 9, 1, tzinfo=UTC))
    assert reminded(office) == 2


def test_a_case_that_one_message_moves_twice_has_its_clocks_both_times(office: Office):
    ref = panel(office)
    this = bring(office, "ada.winter@mail.example.org", "concern", "x", "Cold.", MORNING)
    for to in ("waiting", "open", "waiting"):
        with office.store.immediate() as db:
            move(office, db, case_of(office, ref), to, this, "by a rule", MORNING)

    assert stage(office, ref) == "waiting"
    assert {kind for kind, _ in running(office, ref)} == {"when", "deadline"}


def test_what_falls_due_while_a_file_is_gone_comes_when_it_is_back(office: Office):
    ref = panel(office)
    whole, at = office.rules, MORNING + timedelta(days=8)
    office.rules = replace(whole, cases={name: one for name, one in whole.cases.items() if name != "panel"})
    tick(office, at)
    assert reminded(office) == 0
    office.rules = whole

    tick(office, at + timedelta(hours=2))
    assert reminded(office) == 1
    assert [kind for kind, _ in running(office, ref)] == ["deadline"]


def test_a_file_that_changes_is_reckoned_anew_for_every_open_case_before_any_clock_comes(office: Office):
    refs = [panel(office) for _ in range(3)]
    old = office.rules.cases["panel"]
    casework.ready(
        office, {"panel": PANEL.replace("\nStage: open", "\n# A remark that moves every line.\n\nStage: open")}
    )
    assert office.rules.cases["panel"].stages != old.stages

    assert clocks.rewind(office, MORNING, limit=1) == len(refs)
    tick(office, MORNING + timedelta(days=8))
    assert reminded(office) == len(refs)


def test_a_case_that_was_closed_by_hand_has_its_clocks_again_when_that_is_undone(office: Office):
    ref = panel(office)
    before = running(office, ref)
    this = bring(office, ROBIN, "control", f"CLOSE {ref}", "CLOSE", MORNING)
    with office.store.immediate() as db:
        about = About(case=case_of(office, ref).id)
        given = Given(
            office, db, this.row, this.message, this.sender, None, this.thread, Command("close", "CLOSE", ref=ref),
            about, MORNING,
        )  # fmt: skip
        assert noting.close(given).done
    tick(office, MORNING + timedelta(days=8))
    assert running(office, ref) == []
    with office.store.immediate() as db:
        undo(office, db, MORNING + timedelta(days=8), "robin", case=case_of(office, ref).id)
    assert running(office, ref) == before


def test_an_answer_that_nothing_vouches_for_moves_nothing_but_is_put_before_a_person(office: Office):
    ref = panel(office)
    this = bring(office, "ada.winter@mail.example.org", "concern", "Re: x", "It happened again.", authentic=False)
    answered(office, ref, this)

    assert stage(office, ref) == "open"
    asked = office.store.db.execute("SELECT role, text FROM tasks WHERE message_id = ?", (this.row,)).fetchall()
    assert [role for role, _ in asked] == ["coordinator"]
    assert "nothing proves who wrote it" in asked[0][1]
