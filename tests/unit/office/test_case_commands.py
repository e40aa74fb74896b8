"""Commands that a process waits for: codes, proofs, and who may say what, on a process nobody shipped."""

import functools
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from mailroom.office.commands import asking
from mailroom.office.files import OfficeFiles
from mailroom.office.office import Office, build
from mailroom.office.templates import Templates
from mailroom.rules import RuleSet
from mailroom.store import cases, codes, kinship
from tests.office import REPOSITORY, small_office
from tests.unit.office.commanding import (
    ADA,
    ALEX,
    CASEY,
    NOW,
    ROBIN,
    code_in,
    command,
    echoed,
    mails,
    queued,
    reply,
    rows,
)

PANEL = """\
Case: Stop and search panel
Reference: PANEL
Opens on: command START PANEL from coordinator
Owner: coordinator; cover when she is away
Group panel: members who are active
If nothing happens: task to coordinator, 5 working days after entry
Final: closed; cancelled

Stage: asked
Then send: panel/ask to chief inspector; coordinator, any hour
When command: AUTHORISE, from chief inspector
Then send: panel/call to panel, any hour
Then go to: open
When command: NOT NEEDED; CANCEL, from coordinator; cover; chief inspector
Then go to: cancelled

Stage: open
When command: ANSWER with reason, from coordinator; cover
Then send: panel/answer to panel, any hour
Then go to: held

Stage: held
When command: INDUCTED, from coordinator
Then go to: closed
"""
ASK = "Subject: A panel is to be allowed [{{ ref }}]\nKind: alert\n\nPlease say whether it may meet.\n"
CALL = "Subject: A panel meets\nKind: mail\n\nThe panel meets next month. Please say whether you come.\n"
ANSWER = "Subject: About the panel\nKind: mail\n\n{% for line in words %}\n{{ line }}\n\n{% endfor %}\nThat is all.\n"


@functools.cache
def panel_set() -> tuple[RuleSet, Templates]:
    shipped = [*(REPOSITORY / "rules").rglob("*.txt"), *(REPOSITORY / "templates").rglob("*.md")]
    files = {path.relative_to(REPOSITORY).as_posix(): path.read_bytes() for path in shipped}
    own = {"rules/cases/panel.txt": PANEL, "templates/panel/ask.md": ASK, "templates/panel/call.md": CALL}
    own["templates/panel/answer.md"] = ANSWER
    return build(OfficeFiles.of(files | {name: text.encode() for name, text in own.items()}))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        made.rules, made.templates = panel_set()
        yield made


def started(office: Office) -> cases.Case:
    """Let the coordinator begin a panel."""
    command(office, "START PANEL")
    [case] = cases.still_open(office.store.db, "panel")
    return case


def stage(office: Office, case: cases.Case) -> str:
    return cases.by_id(office.store.db, case.id).stage


def called(office: Office) -> list[str]:
    return [recipient for recipient, _, _ in mails(office, "panel/call")]


def asked_code(office: Office, sender: str = ALEX) -> str:
    return code_in([text for to, _, text in mails(office, "panel/ask") if to == sender][-1])


def test_a_case_opens_by_a_command_that_writes_to_nobody_outside(office: Office):
    case = started(office)

    assert case.ref == "PANEL-2027-001"
    assert "Opened PANEL-2027-001." in echoed(office)


def test_each_mail_about_a_case_ends_with_a_link_for_each_command_of_its_reader_and_one_code(office: Office):
    started(office)
    [(_, _, to_alex)] = [one for one in mails(office, "panel/ask") if one[0] == ALEX]
    [(_, _, to_robin)] = [one for one in mails(office, "panel/ask") if one[0] == ROBIN]
    code = code_in(to_alex)

    offered = re.findall(r"^- (.+?) \(mailto:", to_alex, re.MULTILINE)
    assert offered == [f"{verb} PANEL-2027-001 {code}" for verb in ("AUTHORISE", "NOT NEEDED", "CANCEL", "CLOSE")]
    assert f"subject=AUTHORISE%20PANEL-2027-001%20{code}" in to_alex
    assert to_alex.endswith(f"Code: {code}")
    assert "AUTHORISE" not in to_robin
    assert "NOT NEEDED PANEL-2027-001" in to_robin
    assert code_in(to_robin) != code


def test_one_tap_does_it_and_a_second_does_nothing(office: Office):
    case = started(office)
    command(office, "", f"AUTHORISE PANEL-2027-001 {asked_code(office)}", sender=ALEX)

    assert stage(office, case) == "open"
    assert len(called(office)) == 3
    command(office, "", f"AUTHORISE PANEL-2027-001 {asked_code(office)}", sender=ALEX)
    assert len(called(office)) == 3
    assert "Not done" in mails(office, "notice/done")[-1][1]


def test_without_a_code_it_is_shown_whom_it_writes_to_and_what_and_approve_does_it(office: Office):
    case = started(office)
    command(office, "AUTHORISE PANEL-2027-001", sender=ALEX)

    assert stage(office, case) == "asked"
    assert called(office) == []
    [(recipient, _, text)] = mails(office, "notice/shown")
    assert recipient == ALEX
    assert "To 3 people: Ada Winter, Ben Ortiz, Cleo Marsh" in text
    assert "The panel meets next month." in text
    assert ADA not in text, "names, never addresses"
    command(office, f"APPROVE {code_in(text)}", sender=ALEX)
    assert stage(office, case) == "open"
    assert len(called(office)) == 3
    command(office, f"APPROVE {code_in(text)}", sender=ALEX)
    assert len(called(office)) == 3


def test_what_was_shown_to_three_is_not_sent_to_two(office: Office):
    case = started(office)
    command(office, "AUTHORISE PANEL-2027-001", sender=ALEX)
    [(_, _, text)] = mails(office, "notice/shown")
    with office.store.immediate() as db:
        db.execute("UPDATE people SET state = 'left' WHERE id = 'M02'")
    command(office, f"APPROVE PANEL-2027-001 {code_in(text)}", sender=ALEX)

    assert stage(office, case) == "asked"
    assert called(office) == []
    [_, (_, _, again)] = mails(office, "notice/shown")
    assert "no longer: to Ben Ortiz: A panel meets" in again
    assert "To 2 people: Ada Winter, Cleo Marsh" in again


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("AUTHORISE PANEL-2027-001 {alex}", ROBIN),
        ("AUTHORISE PANEL-2027-001 {alex}", CASEY),
        ("AUTHORISE PANEL-2027-001 {alex}", ADA),
        ("AUTHORISE PANEL-2027-001 {robin}", ALEX),
        ("AUTHORISE PANEL-2027-001 2222-AAAA", ALEX),
        ("APPROVE PANEL-2027-001 {alex}", ALEX),
        ("Thanks Alex\n\n> AUTHORISE PANEL-2027-001 {alex}", ALEX),
        ("On Tuesday the office wrote:\n> Code: {alex}\n> AUTHORISE", ALEX),
        ("Thanks\n-- \nAUTHORISE PANEL-2027-001 {alex}", ALEX),
    ],
)
def test_a_code_or_verb_that_is_not_its_senders_or_not_new_does_nothing(office: Office, text: str, sender: str):
    case = started(office)
    codes_of = {"alex": asked_code(office), "robin": asked_code(office, ROBIN)}
    command(office, text.format(**codes_of), sender=sender)

    assert stage(office, case) == "asked"
    assert called(office) == []
    assert rows(office, "SELECT count(*) FROM codes WHERE used <> ''") == [(0,)]


def test_a_code_of_an_earlier_stage_lets_nothing_go_that_was_written_since(office: Office):
    case = started(office)
    code = asked_code(office)
    with office.store.immediate() as db:
        db.execute("UPDATE cases SET entered_at = '2027-01-12T10:50:00Z' WHERE id = ?", (case.id,))
    command(office, f"AUTHORISE PANEL-2027-001 {code}", sender=ALEX)

    assert called(office) == []
    assert "was given before PANEL-2027-001 stood where it stands now" in echoed(office)


def test_a_code_expires_after_a_week(office: Office):
    case = started(office)
    late = NOW + timedelta(days=7)
    command(office, f"AUTHORISE PANEL-2027-001 {asked_code(office)}", sender=ALEX, at=late)

    assert stage(office, case) == "asked"
    assert "has expired" in echoed(office)


def test_a_text_of_ones_own_needs_any_code_of_that_case(office: Office):
    case = started(office)
    command(office, "", f"AUTHORISE PANEL-2027-001 {asked_code(office)}", sender=ALEX)
    earlier = asked_code(office, ROBIN)
    letter = "Dear all,\nthe panel meets on Monday.\nPlease bring the papers.\nEND\nRobin"
    command(office, f"ANSWER PANEL-2027-001 {earlier}\n\n{letter}")

    assert stage(office, case) == "held"
    texts = [text for _, _, text in mails(office, "panel/answer")]
    assert len(texts) == 3
    assert "the panel meets on Monday." in texts[0]
    assert "Robin" not in texts[0], "what stands after END is not sent"
    command(office, f"ANSWER PANEL-2027-001 {earlier}\n\n{letter}")
    assert len(mails(office, "panel/answer")) == 3


def test_a_drafts_code_that_was_used_for_a_text_is_replaced(office: Office):
    case = started(office)
    command(office, "", f"AUTHORISE PANEL-2027-001 {asked_code(office)}", sender=ALEX)
    queued(office, "draft", held=True, case=case.id)
    with office.store.immediate() as db:
        asking.may_it_go(office, db, NOW, Random(1))
    code = code_in(mails(office, "notice/held")[-1][2])
    command(office, f"ANSWER PANEL-2027-001 {code}\n\nDear all, it is on Monday.\nEND")

    assert stage(office, case) == "held"
    [new] = re.findall(r"its code is (\S{4}-\S{4}) now", echoed(office))
    command(office, f"APPROVE {code}")
    assert rows(office, "SELECT state FROM outbox WHERE key = 'draft'") == [("held",)]
    command(office, f"APPROVE {new}")
    assert rows(office, "SELECT state FROM outbox WHERE key = 'draft'") == [("ready",)]


def test_a_text_of_ones_own_without_a_code_is_shown_first(office: Office):
    case = started(office)
    command(office, "", f"AUTHORISE PANEL-2027-001 {asked_code(office)}", sender=ALEX)
    command(office, "ANSWER PANEL-2027-001\n\nDear all,\nit is on Monday.\nEND")
    [(_, _, text)] = mails(office, "notice/shown")
    assert stage(office, case) == "open"
    assert "it is on Monday." in text
    command(office, f"approve {code_in(text)}")

    assert stage(office, case) == "held"
    assert len(mails(office, "panel/answer")) == 3


def test_what_only_records_needs_no_code(office: Office):
    case = started(office)
    command(office, "Not needed PANEL-2027-001 please", sender=CASEY)

    assert stage(office, case) == "cancelled"
    assert "UNDO PANEL-2027-001" in echoed(office)


def test_a_word_of_every_office_means_its_own_in_a_case_that_waits_for_it(office: Office):
    case = started(office)
    command(office, "CANCEL PANEL-2027-001")

    assert stage(office, case) == "cancelled"
    command(office, "CANCEL PANEL-2027-001")
    assert "CANCEL" in echoed(office).upper()
    assert mails(office, "notice/done")[-1][1].startswith("Not done")


def test_a_verb_nobody_waits_for_now_names_the_stage(office: Office):
    started(office)
    command(office, "INDUCTED PANEL-2027-001")

    assert "does not wait for INDUCTED" in echoed(office)
    assert "asked" in echoed(office)


def test_a_reference_beside_a_code_agrees_when_it_is_the_parents(office: Office):
    case = started(office)
    with office.store.immediate() as db:
        parent = cases.add(db, "INC-2027-001", "incident", "triaged", NOW)
        other = cases.add(db, "INC-2027-002", "incident", "triaged", NOW)
        kinship.tie(db, case.id, parent.id, child=True, why="opened from it")
    code = asked_code(office)
    command(office, f"AUTHORISE INC-2027-002 {code}", sender=ALEX)
    assert called(office) == []
    assert not other.final
    command(office, f"AUTHORISE INC-2027-001 {code}", sender=ALEX)

    assert stage(office, case) == "open"


def test_an_answer_to_the_mail_needs_no_reference(office: Office):
    case = started(office)
    reply(office, f"Authorise {asked_code(office)}\n\nAlex Dunmore", "panel/ask", ALEX)

    assert stage(office, case) == "open"


def test_two_verbs_are_asked_back(office: Office):
    case = started(office)
    command(office, f"AUTHORISE PANEL-2027-001 {asked_code(office)}\nNOT NEEDED PANEL-2027-001", sender=ALEX)

    assert stage(office, case) == "asked"
    assert "two commands, AUTHORISE and NOT NEEDED" in mails(office, "notice/help")[-1][2]


def test_help_fits_a_phone_and_is_ones_own(office: Office):
    started(office)
    for sender in (ROBIN, ALEX):
        command(office, "HELP", sender=sender)
        [text] = [text for to, _, text in mails(office, "notice/help") if to == sender]
        shown = [re.sub(r" \(mailto:\S+\)", "", line) for line in text.splitlines() if line.strip()]
        assert len(shown) <= 25, shown
        assert max(len(line) for line in shown) <= 50, shown
    assert "HOLD" not in text, "not the chief inspector's"
    assert "AUTHORISE PANEL-2027-001" in text
    command(office, "HELP MERGE")
    assert "makes two cases one" in mails(office, "notice/help")[-1][2]


def test_a_misspelt_verb_of_a_process_is_met_with_the_nearest(office: Office):
    started(office)
    command(office, "AUTORISE PANEL-2027-001", sender=ALEX)

    assert "Did you mean AUTHORISE PANEL-2027-001" in mails(office, "notice/help")[-1][2]


def test_why_of_a_code_used_is_kept_in_the_history(office: Office):
    started(office)
    code = asked_code(office)
    command(office, "", f"AUTHORISE PANEL-2027-001 {code}", sender=ALEX)
    found = codes.look(office.store.db, code)

    assert found is not None
    assert found.used == "authorise"
