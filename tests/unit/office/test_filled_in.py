"""Lines beside APPROVE: what the proof lists is read, filled in and echoed; anything else is a note."""

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailroom.office.files import OfficeFiles
from mailroom.office.office import Office, build
from mailroom.office.templates import Templates
from mailroom.rules import RuleSet
from mailroom.store import case_facts, cases
from tests.office import REPOSITORY, small_office
from tests.unit.office.commanding import code_in, command, echoed, mails, rows

TALK = """\
Case: Talk
Reference: TALK
Opens on: command START TALK from coordinator
Owner: coordinator; cover when she is away
Read: closes, a date; pack, yes or no
Group speakers: members who are active
If nothing happens: task to coordinator, 5 working days after entry
Final: closed

Stage: asked
Then hold: call, talk/call to speakers, for coordinator
When approved: call
Then go to: open
When refused: call
Then go to: closed

Stage: open
When command: NOT NEEDED, from coordinator
Then go to: closed
"""
CALL = """\
Subject: Will you speak?
Kind: mail

Hello {{ recipient_first_name }}, please say if you speak{% if facts.closes %}, by **{{ facts.closes }}**{% endif %}.
"""


@functools.cache
def talk_set() -> tuple[RuleSet, Templates]:
    shipped = [*(REPOSITORY / "rules").rglob("*.txt"), *(REPOSITORY / "templates").rglob("*.md")]
    files = {path.relative_to(REPOSITORY).as_posix(): path.read_bytes() for path in shipped}
    return build(
        OfficeFiles.of({**files, "rules/cases/talk.txt": TALK.encode(), "templates/talk/call.md": CALL.encode()})
    )


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        made.rules, made.templates = talk_set()
        command(made, "START TALK")
        yield made


def code(office: Office) -> str:
    return code_in(mails(office, "notice/held")[-1][2])


def gone(office: Office) -> list[str]:
    sql = "SELECT recipient FROM outbox WHERE template = 'talk/call' AND state = 'ready' ORDER BY recipient"
    return [recipient for (recipient,) in rows(office, sql)]


def stage(office: Office) -> str:
    [[found]] = rows(office, "SELECT stage FROM cases WHERE ref = 'TALK-2027-001'")
    return str(found)


def test_the_proof_lists_what_may_stand_beside_the_word(office: Office):
    [(_, _, text)] = mails(office, "notice/held")

    assert "- Closes: a date" in text
    assert "- Pack: yes or no" in text
    assert gone(office) == []


def test_one_word_lets_all_of_them_go(office: Office):
    command(office, f"APPROVE TALK-2027-001 {code(office)}\n\nFine as it is.")

    assert len(gone(office)) == 3
    assert stage(office) == "open"
    assert "“call” of TALK-2027-001 goes out now: 3 mails." in echoed(office)


def test_a_value_the_text_shows_is_filled_in_without_a_new_code(office: Office):
    command(office, f"APPROVE TALK-2027-001 {code(office)}\nCloses: Wed 13 Jan 2027\nPack: yes\n\nFine.")

    assert len(gone(office)) == 3
    sent = [text for _, _, text in mails(office, "talk/call")][-3:]
    assert all("by Wednesday 13 January 2027" in text for text in sent)
    assert stage(office) == "open"
    assert "Closes: Wed 13 Jan 2027." in echoed(office)
    assert "Pack: yes." in echoed(office)
    case = cases.by_ref(office.store.db, "TALK-2027-001")
    assert case is not None
    assert case_facts.known(office.store.db, case.id)["pack"] == "yes"
    assert len(rows(office, "SELECT 1 FROM outbox WHERE template = 'talk/call' AND state = 'cancelled'")) == 3
    command(office, f"APPROVE TALK-2027-001 {code(office)}")
    assert len(gone(office)) == 3, "and once"


def test_a_value_that_cannot_be_read_lets_nothing_go(office: Office):
    command(office, f"APPROVE TALK-2027-001 {code(office)}\nPack: perhaps so")

    assert gone(office) == []
    assert "“Pack: perhaps so” can't be read; expected yes or no." in echoed(office)
    command(office, f"APPROVE TALK-2027-001 {code(office)}\nPack: no")
    assert len(gone(office)) == 3, "the code stays good"


def test_other_lines_are_a_note_and_change_nothing(office: Office):
    command(office, f"APPROVE TALK-2027-001 {code(office)}\nTell: the press")

    assert len(gone(office)) == 3
    assert "Not read, and kept as a note: Tell." in echoed(office)


def test_a_draft_in_which_something_else_has_changed_is_not_filled_in(office: Office):
    with office.store.immediate() as db:
        db.execute("UPDATE people SET name = 'Bea Ortiz' WHERE id = 'M02'")
    command(office, f"APPROVE TALK-2027-001 {code(office)}\nCloses: Wed 13 Jan 2027")

    assert gone(office) == []
    assert "Something else in it has changed since it was shown to you" in echoed(office)


def test_refuse_drops_all_of_them(office: Office):
    command(office, f"REFUSE {code(office)}")

    assert gone(office) == []
    assert stage(office) == "closed"
    command(office, f"APPROVE {code(office)}")
    assert gone(office) == []
