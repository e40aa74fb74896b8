"""What the case engine promises whatever a process file says: one transaction, once only, undone, never lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.errors import Problems
from mailroom.office import digest, imports, summary
from mailroom.office.cases import move, tick
from mailroom.office.office import Office
from mailroom.office.undo import NotUndone, undo
from mailroom.rules.cases import ASKED
from mailroom.schedule import run_cases
from mailroom.store import acts, alarms, case_facts, case_timers, cases, digest_lines, guards, kinship, outbox, tasks
from tests.office import MAILBOX
from tests.unit.office.casework import (
    NOW,
    answered,
    at_work,
    bring,
    case_of,
    everything,
    mails,
    opened,
    ordered,
    readers,
    ready,
    running,
    sends,
    stage,
)

RED = """
Case: Danger
Reference: SAFE
Opens on: danger from anyone
Owner: coordinator; cover when she is away; control
If nothing happens: task to coordinator, 1 working day after entry
Final: closed

Stage: red
Then send: danger/answer to requester, any hour
Then send: danger/alert to coordinator; cover; control, any hour
Chase: danger/alert to coordinator; cover; control, every 10 minutes, any hour
When command: CLOSE, from coordinator; cover; control
Then go to: closed
"""
GRUMBLE = """
Case: Grumble
Reference: GRUM
Opens on: concern from anyone
Owner: coordinator; cover when she is away
Read: about us, about coordinator; place, a place
If nothing happens: task to coordinator, 2 working days after entry
Final: closed; passed_on

Stage: received
Then hide from: coordinator, if about us is yes
Then hand to: chief inspector, if about us is yes
Then freeze: everything of the requester
Then tell: coordinator, to ring them, if about us is no
Then tell: chief inspector, if about us is yes
When message: concern from requester
Then open: ask, as a child
When case: ask is answered
Then go to: closed
When command: PASS ON, from coordinator; chief inspector
Then send: incident/call to requester
Then go to: passed_on
"""
ASK = """
Case: Ask
Reference: ASK
Opens on: another case
Owner: coordinator
If nothing happens: task to coordinator, 1 working day after entry
Final: answered

Stage: open
Then tell: coordinator
When command: ANSWERED, from coordinator
Then go to: answered
"""
CRY = "somebody is following me on the train"
MORNING = datetime(2031, 1, 14, 10, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with at_work(tmp_path, danger=RED, grumble=GRUMBLE, ask=ASK) as made:
        yield made


def grumbles(office: Office, text: str = "Trains are cold.", sender: str = "ada.winter@mail.example.org") -> str:
    return opened(office, "grumble", bring(office, sender, "concern", "A grumble", text, MORNING)).ref


def cries(office: Office, sender: str, at: datetime = NOW) -> str:
    this = bring(office, sender, "danger", "help", CRY, at, ("danger",), authentic=False)
    return opened(office, "danger", this).ref


# one transaction, once


def test_a_transition_and_its_mails_are_all_there_or_none_is(office: Office):
    ref = grumbles(office)
    before = everything(office)
    broken = replace(office.templates, mails={**office.templates.mails})
    del broken.mails["incident/call"]  # type: ignore[attr-defined]
    whole, office.templates = office.templates, broken

    with pytest.raises((Problems, KeyError)):
        ordered(office, "robin.hale@btp.example.org", f"PASS ON {ref}", MORNING)

    after = everything(office)
    assert {table: rows for table, rows in after.items() if table != "links"} == {
        table: rows for table, rows in before.items() if table != "links"
    }
    office.templates = whole
    assert ordered(office, "robin.hale@btp.example.org", f"PASS ON {ref}", MORNING).done


def test_a_clock_whose_mail_cannot_be_written_is_tried_again_and_stops_no_other(office: Office):
    first, second = cries(office, "one@post.example.org"), cries(office, "two@post.example.org")
    whole = office.templates
    office.templates = replace(whole, mails={name: one for name, one in whole.mails.items() if name != "danger/alert"})
    at = NOW + timedelta(minutes=10)
    run_cases(office, at)
    sounding = [one.words for one in alarms.sounding(office.store.db)]
    assert len([one for one in sounding if "failed and is tried again later" in one]) == 2
    office.templates = whole

    run_cases(office, at + timedelta(minutes=20))

    told = [key for (key,) in office.store.db.execute("SELECT key FROM outbox WHERE template = 'danger/alert'")]
    for ref in (first, second):
        assert len({key for key in told if f":{ref}:" in key and "time:" in key}) == 3


def test_the_same_event_changes_nothing_a_second_time(office: Office):
    ref = grumbles(office)
    this = bring(office, "ada.winter@mail.example.org", "concern", "And again", "Still cold.", MORNING)
    answered(office, ref, this)
    before = everything(office)

    answered(office, ref, this)
    tick(office, MORNING)

    assert everything(office) == before


# undo and history


def test_the_last_act_on_a_case_is_undone_with_its_mails_and_its_clocks(office: Office):
    ref = grumbles(office)
    clocks = running(office, ref)
    ordered(office, "robin.hale@btp.example.org", f"PASS ON {ref}", MORNING)
    assert (stage(office, ref), running(office, ref)) == ("passed_on", [])
    assert mails(office, "incident/call") == [("M01", "ready")]

    with office.store.immediate() as db:
        undo(office, db, MORNING, "robin", case=case_of(office, ref).id)

    assert stage(office, ref) == "received"
    assert mails(office, "incident/call") == [("M01", "cancelled")]
    assert running(office, ref) == clocks
    assert ordered(office, "robin.hale@btp.example.org", f"PASS ON {ref}", MORNING).done


def test_what_a_clock_did_is_an_act_as_well(office: Office):
    opened(
        office, "incident", bring(office, "sol.costa@btp.example.org", "inc.request", "Advice", "By noon please", NOW)
    )  # fmt: skip
    tick(office, NOW + timedelta(hours=2))

    kinds = [one.kind for one in acts.of_case(office.store.db, case_of(office, "INC-2031-001").id)]
    assert kinds == ["timer"]


def test_every_move_says_which_line_did_it_and_who(office: Office):
    ref = grumbles(office)
    ordered(office, "robin.hale@btp.example.org", f"PASS ON {ref}", MORNING)

    last = cases.events(office.store.db, case_of(office, ref).id)[-1]
    assert (last.event, last.from_stage, last.to_stage) == ("moved", "received", "passed_on")
    assert last.why.startswith("rules/cases/grumble.txt line ")
    assert last.why.endswith("Robin Hale (robin)")


def test_no_undo_lowers_a_danger(office: Office):
    ref = cries(office, "one@post.example.org")

    with pytest.raises(NotUndone), office.store.immediate() as db:
        undo(office, db, NOW, "robin", case=case_of(office, ref).id)
    assert stage(office, ref) == "red"


# never lost


def test_a_deadline_comes_again_when_its_task_was_done_and_still_nothing_has_happened(office: Office):
    ref = grumbles(office)
    due = datetime(2031, 1, 16, 10, tzinfo=UTC)
    tick(office, due)
    assert len([one for one in tasks.still_open(office.store.db) if one.key.startswith("deadline:")]) == 1

    tick(office, due + timedelta(days=7))
    assert len([one for one in tasks.still_open(office.store.db) if one.key.startswith("deadline:")]) == 1
    with office.store.immediate() as db:
        tasks.deadline_met(db, case_of(office, ref).id, due)
    tick(office, due + timedelta(days=14))
    assert len([one for one in tasks.still_open(office.store.db) if one.key.startswith("deadline:")]) == 1
    assert running(office, ref), "an open case is never without a next step"


def test_a_case_that_is_brought_in_has_the_clocks_of_its_stage(office: Office):
    lines = "ref,kind,stage,owner,due,text,facts\nGRUM-2030-007,grumble,received,coordinator,,,place=Harrow Cross\n"
    with office.store.immediate() as db:
        imports.cases(db, lines.encode(), "cases.csv", MORNING)
    tick(office, MORNING)

    assert running(office, "GRUM-2030-007") == [("deadline", "2031-01-16 10:00")]
    tick(office, datetime(2031, 1, 16, 10, tzinfo=UTC))
    assert any("GRUM-2030-007" in one.text for one in tasks.still_open(office.store.db))


def test_a_file_that_is_changed_winds_the_clocks_anew_and_owes_nothing_from_before(office: Office):
    ref = grumbles(office)
    longer = GRUMBLE.replace("2 working days after entry", "3 working days after entry").replace(
        "When case: ask", "Chase: task to coordinator, 1 hour after entry\nWhen case: ask"
    )
    ready(office, {"danger": RED, "grumble": longer, "ask": ASK})

    tick(office, MORNING + timedelta(hours=5))

    assert running(office, ref) == [("deadline", "2031-01-17 10:00")]


def test_lines_that_move_in_the_file_leave_the_clocks_alone(office: Office):
    ref = grumbles(office)
    before = [(one.key, one.due_at) for one in case_timers.of_case(office.store.db, case_of(office, ref).id)]
    ready(office, {"danger": RED, "grumble": "\n\n\n" + GRUMBLE, "ask": ASK})

    tick(office, MORNING + timedelta(hours=1))

    after = case_timers.of_case(office.store.db, case_of(office, ref).id)
    assert [(one.key, one.due_at) for one in after] == before
    tick(office, datetime(2031, 1, 16, 10, tzinfo=UTC))
    assert any(ref in one.text for one in tasks.still_open(office.store.db))


def test_a_task_for_the_coordinator_is_written_to_the_cover_while_she_is_away(office: Office):
    with office.store.immediate() as db:
        db.execute("UPDATE people SET state = 'on_leave' WHERE id = 'robin'")
    grumbles(office)
    assert readers(office, ASKED) == ["casey"]

    tick(office, datetime(2031, 1, 16, 10, tzinfo=UTC))
    keys = "SELECT coalesce(person_id, '') FROM outbox WHERE key LIKE 'deadline:%'"
    assert list(office.store.db.execute(keys)) == [("casey",)]


def test_what_no_line_foresees_is_put_before_the_owner_once(office: Office):
    ref = grumbles(office)
    this = bring(office, "ben.ortiz@post.example.org", "inc.advice", "Hm", "I have a view.", MORNING)
    answered(office, ref, this)
    answered(office, ref, this)

    asked = [one for one in tasks.still_open(office.store.db) if one.key.startswith("unforeseen:")]
    assert [(one.role, one.message) for one in asked] == [("coordinator", this.row)]


def test_thanks_and_machines_are_put_before_nobody(office: Office):
    ref = grumbles(office)
    answered(office, ref, bring(office, "ada.winter@mail.example.org", "noise", "Thanks", "Thanks all", MORNING))

    assert not [one for one in tasks.still_open(office.store.db) if one.key.startswith("unforeseen:")]


# danger


def test_a_danger_is_alerted_every_ten_minutes_until_a_person_closes_it(office: Office):
    ref = cries(office, "one@post.example.org")
    for minute in range(1, 36):
        tick(office, NOW + timedelta(minutes=minute))

    assert readers(office, "danger/alert") == sorted(["robin", "casey", "control"] * 4)
    assert ordered(office, "control@btp.example.org", f"CLOSE {ref}", NOW + timedelta(minutes=36)).done
    before = len(mails(office))
    tick(office, NOW + timedelta(hours=3))
    assert len(mails(office)) == before


def test_one_danger_never_drowns_another(office: Office):
    first, second = cries(office, "one@post.example.org"), cries(office, "two@post.example.org")
    tick(office, NOW + timedelta(minutes=10))

    told = [key for (key,) in office.store.db.execute("SELECT key FROM outbox WHERE template = 'danger/alert'")]
    assert len([key for key in told if f":{first}:" in key]) == len([key for key in told if f":{second}:" in key]) == 6
    ordered(office, "control@btp.example.org", f"CLOSE {first}", NOW + timedelta(minutes=11))
    tick(office, NOW + timedelta(minutes=20))
    now = [key for (key,) in office.store.db.execute("SELECT key FROM outbox WHERE template = 'danger/alert'")]
    assert len([key for key in now if f":{first}:" in key]) == 6
    assert len([key for key in now if f":{second}:" in key]) == 9


def test_after_an_hour_without_the_machine_a_danger_is_alerted_once(office: Office):
    cries(office, "one@post.example.org")
    tick(office, NOW + timedelta(minutes=63))

    assert len(mails(office, "danger/alert")) == 6
    assert ("chase", "2031-01-14 22:50") in running(office, "SAFE-2031-001")


def test_nobody_but_a_person_on_duty_closes_a_danger(office: Office):
    ref = cries(office, "one@post.example.org")

    assert not ordered(office, "sol.costa@btp.example.org", f"CLOSE {ref}", NOW).done
    assert stage(office, ref) == "red"


# kin, hiding, holding


def test_a_parent_answers_that_its_child_has_reached_a_stage(office: Office):
    ref = grumbles(office)
    answered(office, ref, bring(office, "ada.winter@mail.example.org", "concern", "More", "Still cold.", MORNING))
    [kin] = kinship.opened_from(office.store.db, case_of(office, ref).id)
    assert kin.child

    assert ordered(office, "robin.hale@btp.example.org", f"ANSWERED {ref}", MORNING).done

    assert (stage(office, "ASK-2031-001"), stage(office, ref)) == ("answered", "closed")


def test_a_complaint_about_the_coordinator_is_hidden_from_her(office: Office):
    ref = grumbles(office, "The coordinator, Robin Hale, was rude.")

    assert case_of(office, ref).owner == "chief_inspector"
    assert "robin" not in {who for who, _ in mails(office)}
    assert readers(office, ASKED) == ["alex"]
    assert not [one for one in tasks.still_open(office.store.db, "coordinator") if ref in one.text]
    said = summary.variables(office.store.db, MORNING, office.zone)
    assert ref not in str(said)
    tick(office, datetime(2031, 1, 16, 10, tzinfo=UTC))
    late = [one.role for one in tasks.still_open(office.store.db) if one.key.startswith("deadline:")]
    assert late == ["chief_inspector"]


def test_what_somebody_was_asked_before_a_case_was_hidden_from_them_is_its_owners_to_do(tmp_path: Path):
    late = GRUMBLE.replace("Then hide from: coordinator, if about us is yes\n", "").replace(
        "When command: PASS ON", "When command: HIDE, from chief inspector\nThen hide from: coordinator\n"
        "When command: PASS ON"
    )  # fmt: skip
    with at_work(tmp_path, danger=RED, grumble=late, ask=ASK) as office:
        ref = grumbles(office)
        assert readers(office, ASKED)
        done = ordered(office, "alex.dunmore@btp.example.org", f"HIDE {ref}", MORNING)

        assert done.done, done.lines
        asked = {one.role for one in tasks.still_open(office.store.db) if ref in one.text}
        assert "coordinator" not in asked
        assert ("robin", "ready") not in mails(office)


def test_a_process_that_is_taken_away_leaves_its_open_cases_to_a_person(office: Office):
    ref = grumbles(office)
    kept = {name: process for name, process in office.rules.cases.items() if name != "grumble"}
    office.rules = replace(office.rules, cases=kept)

    run_cases(office, datetime(2031, 1, 16, 10, tzinfo=UTC))

    assert any(ref in one.text and "no file says" in one.text for one in tasks.still_open(office.store.db))


def test_what_is_hidden_stays_so_in_what_is_opened_from_it(office: Office):
    ref = grumbles(office, "The coordinator was rude.")
    answered(office, ref, bring(office, "ada.winter@mail.example.org", "concern", "More", "Rude again.", MORNING))

    child = case_of(office, "ASK-2031-001")
    assert case_facts.hidden_from(office.store.db, child.id) == {"coordinator"}
    assert "robin" not in {who for who, _ in mails(office)}


def test_what_is_frozen_is_kept_until_the_case_ends(office: Office):
    ref = grumbles(office)
    case = case_of(office, ref)
    assert case_facts.is_on_hold(office.store.db, case=case.id)
    assert case_facts.is_on_hold(office.store.db, person="M01")
    assert not case_facts.is_on_hold(office.store.db, person="M02")

    ordered(office, "robin.hale@btp.example.org", f"PASS ON {ref}", MORNING)
    assert not case_facts.is_on_hold(office.store.db, case=case.id, person="M01")


def test_a_line_of_the_digest_stands_until_the_case_moves(office: Office):
    ref = grumbles(office)
    case = case_of(office, ref)
    with office.store.immediate() as db:
        digest_lines.add(db, case.id, "a test", "chief_inspector", MORNING)
    needs = digest.variables(office.store.db, MORNING, office.zone)["needs_you"]
    assert needs == [f"{ref} (grumble) has been “received” since Tue 14 January."]

    ordered(office, "robin.hale@btp.example.org", f"PASS ON {ref}", MORNING)
    assert digest.variables(office.store.db, MORNING, office.zone)["needs_you"] == []


# who may still be sent a mail

CALL = """
Case: Call
Reference: CALL
Opens on: consult from any officer
Owner: coordinator
Read: place, a place
Group called: members who are active; vetted now; confidential; inducted; not recused for place; not on leave
If unfit at sending: restricted, wait; left, cancel; suspended, cancel
If nothing happens: task to coordinator, 1 working day after entry
Final: closed

Stage: out
Then send: incident/call to called, any hour
When command: CLOSE, from coordinator
Then go to: closed
"""
UNFIT = [
    ("UPDATE people SET state = 'restricted' WHERE id = 'M01'", "ready", "restricted"),
    ("UPDATE people SET state = 'left' WHERE id = 'M01'", "cancelled", "left"),
    ("UPDATE people SET state = 'suspended' WHERE id = 'M01'", "cancelled", "suspended"),
    ("UPDATE members SET leave_until = '2031-02-01' WHERE person_id = 'M01'", "ready", "leave"),
    ("UPDATE members SET vetting_to = '2031-01-13' WHERE person_id = 'M01'", "ready", "vetting"),
    ("UPDATE members SET confidentiality_signed = '2029-01-01' WHERE person_id = 'M01'", "ready", "confidentiality"),
    ("""UPDATE members SET recused_for = '["Kingsmead"]' WHERE person_id = 'M01'""", "cancelled", "interest"),
    ("UPDATE addresses SET status = 'suspended' WHERE person_id = 'M01'", "cancelled", "out of use"),
]


@pytest.mark.parametrize(("change", "state", "why"), UNFIT, ids=[why for *_, why in UNFIT])
def test_whoever_became_unfit_after_a_call_was_written_does_not_get_it(
    tmp_path: Path, change: str, state: str, why: str
):
    with at_work(tmp_path, call=CALL) as office:
        this = bring(office, "sol.costa@btp.example.org", "consult", "Views please", "What of Kingsmead?", MORNING)
        opened(office, "call", this)
        assert readers(office, "incident/call") == ["M01", "M02", "M03", "M06"]
        with office.store.immediate() as db:
            db.execute(change)

        sent = [who for who, template in sends(office, MORNING) if template == "incident/call"]

        assert sent == ["M02", "M03", "M06"]
        [(found, reason, waits)] = office.store.db.execute(
            "SELECT state, reason, waits FROM outbox WHERE person_id = 'M01' AND template = 'incident/call'"
        )
        assert found == state
        assert why in f"{reason} {waits}"


def test_who_was_called_stays_called_when_the_directory_changes(tmp_path: Path):
    with at_work(tmp_path, call=CALL) as office:
        opened(
            office, "call",
            bring(office, "sol.costa@btp.example.org", "consult", "Views please", "What of Kingsmead?", MORNING),
        )  # fmt: skip
        with office.store.immediate() as db:
            db.execute("UPDATE members SET recused_for = '[]' WHERE person_id = 'M04'")
            guards.look_again(db, MORNING.date())
        assert outbox.unsent(office.store.db, case_of(office, "CALL-2031-001").id)
        assert "M04" not in readers(office, "incident/call")


def test_an_address_that_nobody_vouches_for_moves_nothing(office: Office):
    ref = grumbles(office)
    before = everything(office)
    forged = bring(
        office, "ada.winter@mail.example.org", "concern", "More", "Still cold.", MORNING, authentic=False
    )  # fmt: skip
    answered(office, ref, forged)

    after = everything(office)
    # All that comes of it is that a person is asked to read it.
    assert len(after["tasks"]) == len(before["tasks"]) + 1
    assert {name: after[name] for name in ("cases", "case_seen", "outbox", "kinship")} == {
        name: before[name] for name in ("cases", "case_seen", "outbox", "kinship")
    }


def test_a_rule_that_moves_a_case_does_what_comes_with_the_stage(office: Office):
    ref = grumbles(office)

    this = bring(office, "robin.hale@btp.example.org", "concern", "Closed", "Closed it.", MORNING)
    with office.store.immediate() as db:
        move(office, db, case_of(office, ref), "closed", this, "by a rule", MORNING)
        with pytest.raises(LookupError):
            move(office, db, case_of(office, ref), "nowhere", this, "by a rule", MORNING)

    assert (stage(office, ref), running(office, ref)) == ("closed", [])
    assert MAILBOX not in {who for who, _ in mails(office)}
