"""A case that is hidden from somebody answers none of their commands, by whatever number, name or code they write."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from mailroom.office.cases import tick
from mailroom.office.office import Office
from mailroom.store import cases, codes
from tests.office import mail, small_office
from tests.unit.office.commanding import ADA, ALEX, NOW, ROBIN, arrive, code_in, command, concern, echoed, mails, rows

SAM = "sam.reader@post.example.org"
ABOUT_HER = "I want to make a complaint about Robin Hale, your coordinator. She laughed at my mother."
HIDDEN = "RIGHTS-2027-001"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        arrive(made, mail(SAM, "My complaint", ABOUT_HER))
        yield made


def state(office: Office) -> list[tuple[object, ...]]:
    kept = rows(office, "SELECT ref, stage, final FROM cases ORDER BY id")
    kept += rows(
        office, "SELECT message_id, case_id, state FROM links WHERE person_id IS NULL AND how NOT LIKE '%comm%'"
    )
    return kept + rows(office, "SELECT id, done_at, rests_until, taken_by FROM tasks ORDER BY id")


def test_a_task_about_it_is_no_task_of_theirs(office: Office):
    for days in range(0, 60, 10):
        tick(office, NOW + timedelta(days=days))
    [(number,), *_] = rows(office, "SELECT id FROM tasks WHERE text LIKE ?", f"{HIDDEN}%")
    before = state(office)
    for verb in ("LATER 3", "MINE", "DONE"):
        command(office, f"{verb} #{number}")
        assert f"There is no open task #{number}" in echoed(office)
        assert HIDDEN not in echoed(office)
    assert state(office) == before
    command(office, f"DONE #{number}", sender=ALEX)
    assert f"Task #{number} is closed" in echoed(office)


def test_a_mail_about_it_is_no_mail_of_ours(office: Office):
    for (number,) in rows(office, "SELECT id FROM outbox"):
        command(office, f"WAS SENT #{number}")
        assert f"There is no mail #{number} of ours." in echoed(office)
        assert HIDDEN not in echoed(office)


def test_nothing_is_linked_to_it_merged_into_it_or_cut_out_of_it(office: Office):
    row = concern(office)
    before = state(office)
    for text in (f"LINK #{row} {HIDDEN}", f"UNLINK #{row} {HIDDEN}", f"MERGE CONC-2027-001 {HIDDEN}"):
        command(office, text)
        assert f"There is no case {HIDDEN} in this office." in echoed(office)
    command(office, f"SPLIT #{row} #1")
    assert "There is no message #1 in this office." in echoed(office)
    assert state(office) == before


def test_a_code_of_it_that_was_given_before_counts_no_more(office: Office):
    [(case,)] = rows(office, "SELECT id FROM cases WHERE ref = ?", HIDDEN)
    with office.store.immediate() as db:
        code = codes.issue(db, "robin", "case", case, "0", NOW, Random(7))
    command(office, f"APPROVE {code}")
    assert "There is no code" in echoed(office)
    assert HIDDEN not in echoed(office)


def test_no_command_that_it_waits_for_stands_in_their_help(office: Office):
    [(case,)] = rows(office, "SELECT id FROM cases WHERE ref = ?", HIDDEN)
    with office.store.immediate() as db:
        db.execute("UPDATE cases SET stage = 'open' WHERE id = ?", (case,))
    command(office, "HELP")
    command(office, "HELP", sender=ALEX)
    shown = {who: text for who, _, text in mails(office, "notice/help")}
    assert HIDDEN not in shown[ROBIN]
    assert HIDDEN in shown[ALEX]


def test_a_command_to_the_case_it_was_opened_from_does_not_reach_it(tmp_path: Path):
    said = "Twice now a constable has shouted at my sister at Harrow Cross. Robin Hale laughed. People were frightened."
    with small_office(tmp_path / "other") as office:
        arrive(office, mail(ADA, "Harrow Cross", said))
        code = code_in(mails(office, "concern/new")[-1][2])
        command(office, f"ROUTE CONC-2027-001 psd {code}\nTell: the member")
        for text in ("CLOSE CONC-2027-001", "CLOSE CONC-2027-001 it was not so"):
            command(office, text)
            assert HIDDEN not in echoed(office)
        found = cases.by_ref(office.store.db, HIDDEN)
        assert found is not None
        assert found.stage == "police_complaint"
        # Nor does CLOSE of one case end another for those who may see both.
        command(office, "CLOSE CONC-2027-001", sender=ALEX)
        found = cases.by_ref(office.store.db, HIDDEN)
        assert found is not None
        assert found.stage == "police_complaint"
