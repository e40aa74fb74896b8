"""The processes that ship, at the points the story does not reach."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailroom.office import summary
from mailroom.office.cases import tick
from mailroom.office.office import Office
from mailroom.store import case_facts, cases, kinship
from mailroom.store.cases import Case
from tests.office import mail, small_office
from tests.unit.office.commanding import ADA, ALEX, CASEY, NOW, ROBIN, arrive, code_in, command, echoed, mails, rows

PSD, DP, FOI, PRESS = (f"{one}@btp.example.org" for one in ("psd", "dp", "foi", "press"))
SAM = "sam.reader@post.example.org"
ABOUT_HER = "I want to make a complaint about Robin Hale, your coordinator. She laughed at my mother."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def the(office: Office, ref: str) -> Case:
    found = cases.by_ref(office.store.db, ref)
    assert found is not None
    return found


def sent_to(office: Office, address: str) -> list[str]:
    return [template for (template,) in rows(office, "SELECT template FROM outbox WHERE recipient = ?", address)]


def test_a_complaint_about_the_coordinator_is_the_chief_inspectors_and_she_sees_nothing_of_it(office: Office):
    row = arrive(office, mail(SAM, "My complaint", ABOUT_HER))
    case = the(office, "RIGHTS-2027-001")

    assert (case.stage, case.owner) == ("police_complaint", "chief_inspector")
    assert sent_to(office, PSD) == ["rights/forward"]
    assert sent_to(office, SAM) == ["rights/received"]
    # The desk answers, the clock runs out, and still she hears of nothing.
    arrive(office, mail(PSD, "Re: your forward [RIGHTS-2027-001]", "RIGHTS-2027-001: we need another week."))
    for days in range(60):
        tick(office, NOW + timedelta(days=days))
    assert sent_to(office, ROBIN) == []
    assert rows(office, "SELECT text FROM tasks WHERE role = 'coordinator' AND case_id = ?", case.id) == []
    shown = str(summary.variables(office.store.db, NOW + timedelta(days=1), office.zone))
    assert "RIGHTS-2027-001" not in shown
    assert f"#{row}" not in shown


def test_she_can_neither_ask_after_such_a_case_nor_end_it(office: Office):
    row = arrive(office, mail(SAM, "My complaint", ABOUT_HER))
    for text in ("CLOSE RIGHTS-2027-001", "WHY RIGHTS-2027-001", f"WHY #{row}", "NOTE RIGHTS-2027-001 it was not so"):
        command(office, text)
        told = "".join(
            text for who, _, text in mails(office, "notice/done") + mails(office, "notice/why") if who == ROBIN
        )
        assert "mother" not in told
        assert "police_complaint" not in told
        assert "police complaint" not in told
    assert the(office, "RIGHTS-2027-001").stage == "police_complaint"
    command(office, "CLOSE RIGHTS-2027-001", sender=ALEX)
    assert the(office, "RIGHTS-2027-001").stage == "closed"


def test_a_letter_that_greets_the_coordinator_is_no_complaint_about_her(office: Office):
    text = "Dear Robin Hale,\n\nI want to make a complaint about the officer at the barrier. He swore at me."
    arrive(office, mail(SAM, "My complaint", text))

    assert case_facts.hidden_from(office.store.db, the(office, "RIGHTS-2027-001").id) == frozenset()


@pytest.mark.parametrize(
    ("text", "right", "desk", "due"),
    [
        ("This is a freedom of information request: how much did the group cost in 2026?", "foi", FOI, "2027-02-09"),
        ("I should like a copy of everything you hold about me.", "sar", DP, "2027-02-12"),
        ("You gave my number to the others without my consent.", "dp_complaint", DP, "2027-02-11"),
        ("I want to make a complaint about the officer at the barrier.", "police_complaint", PSD, "2027-02-09"),
    ],
)
def test_each_right_goes_to_its_desk_with_its_own_clock(office: Office, text: str, right: str, desk: str, due: str):
    arrive(office, mail(SAM, "A question", text))
    case = the(office, "RIGHTS-2027-001")

    assert (case.stage, case.due) == (right, due)
    assert sent_to(office, desk) == ["rights/forward"]
    assert SAM not in mails(office, "rights/forward")[0][2]
    assert text.partition(".")[0] in " ".join(mails(office, "rights/forward")[0][2].replace(">", "").split())


def test_a_desk_that_only_asks_leaves_the_case_open_and_a_person_is_told(office: Office):
    arrive(office, mail(SAM, "A question", "An FOI request about your costs in 2026, please."))
    arrive(office, mail(FOI, "Re: RIGHTS-2027-001", "RIGHTS-2027-001: which months are meant?"))

    assert the(office, "RIGHTS-2027-001").stage == "foi"
    assert any("read what the desk says" in text for _, _, text in mails(office, "notice/asked"))


def test_a_concern_that_is_a_complaint_is_routed_with_the_first_words_and_its_writer_told(office: Office):
    said = "Twice now a constable has shouted at my sister at Harrow Cross and people were frightened."
    arrive(office, mail(ADA, "Harrow Cross", said))
    code = code_in(mails(office, "concern/new")[-1][2])
    command(office, f"ROUTE CONC-2027-001 psd {code}\nTell: the member")

    right = the(office, "RIGHTS-2027-001")
    assert (the(office, "CONC-2027-001").stage, right.stage, right.requester) == ("rights", "police_complaint", "M01")
    assert [one.case for one in kinship.parents(office.store.db, right.id)] == [the(office, "CONC-2027-001").id]
    [(_, _, forwarded)] = mails(office, "rights/forward")
    assert "shouted at my sister" in " ".join(forwarded.split())
    assert "ROUTE" not in forwarded
    assert "concern/routed" in sent_to(office, ADA)


def test_a_gold_group_that_a_concern_suggests_is_asked_of_the_chief_inspector_who_may_decline(office: Office):
    said = "People here are frightened to use Harrow Cross after dark. Please think about a Gold group for this."
    arrive(office, mail(ADA, "Harrow Cross", said))
    gold = the(office, "GOLD-2027-001")
    assert gold.stage == "asked"
    assert "incident/gold-asked" in sent_to(office, ALEX)
    code = code_in([text for who, _, text in mails(office, "incident/gold-asked") if who == ALEX][-1])

    command(office, f"DECLINE GOLD-2027-001 {code}", sender=ALEX)
    assert the(office, "GOLD-2027-001").stage == "asked"
    command(office, f"DECLINE GOLD-2027-001 {code}\n\nThe station team can deal with it.", sender=ALEX)
    assert the(office, "GOLD-2027-001").stage == "declined"
    assert "incident/gold-declined" in sent_to(office, ADA)
    assert rows(office, "SELECT state FROM outbox WHERE template = 'incident/gold-declined'") == [("held",)]


def test_a_danger_told_in_answer_to_a_concern_is_one_danger_and_the_concern_goes_over_to_it(office: Office):
    arrive(office, mail(ADA, "Harrow Cross", "People here are frightened to use Harrow Cross after dark."))
    arrive(office, mail(ADA, "Re: CONC-2027-001", "He is following me now on the platform, please send someone."))

    db = office.store.db
    assert [one.ref for one in cases.in_danger(db)] == ["SAFE-2027-001"]
    assert the(office, "CONC-2027-001").stage == "danger"
    kin = [one.case for one in kinship.parents(db, the(office, "SAFE-2027-001").id)]
    assert kin == [the(office, "CONC-2027-001").id]
    assert sent_to(office, ROBIN).count("danger/alert") == 1


def test_what_she_was_asked_is_done_once_she_has_answered(office: Office):
    arrive(office, mail(ADA, "Harrow Cross", "People here are frightened to use Harrow Cross after dark."))
    case = the(office, "CONC-2027-001")
    open_tasks = "SELECT text FROM tasks WHERE case_id = ? AND done_at IS NULL"
    assert any("answer it within five working days" in text for (text,) in rows(office, open_tasks, case.id))

    code = code_in(mails(office, "concern/new")[-1][2])
    command(office, f"ANSWER CONC-2027-001 {code}\n\nDear Ada,\nThank you. There will be more officers.\nEND")
    assert the(office, "CONC-2027-001").stage == "answered"
    assert "There will be more officers." in mails(office, "concern/answer")[0][2]
    assert rows(office, open_tasks, case.id) == []


def test_a_concern_nobody_answers_is_put_before_the_coordinator_and_then_the_chief_inspector(office: Office):
    arrive(office, mail(ADA, "Harrow Cross", "People here are frightened to use Harrow Cross after dark."))
    tick(office, datetime.fromisoformat("2027-01-19T09:01:00+00:00"))
    late = [text for who, _, text in mails(office, "notice/asked") if who == ROBIN]
    assert any("see that this is not late" in text and "19 January 2027" in text for text in late)
    assert rows(office, "SELECT role FROM digest_lines") == []

    tick(office, datetime.fromisoformat("2027-01-20T09:01:00+00:00"))
    assert rows(office, "SELECT role FROM digest_lines") == [("chief_inspector",)]


def test_a_breach_found_at_night_is_the_covers_at_once_and_a_note_alone_decides_nothing(office: Office):
    shown = "ada.winter@mail.example.org, ben.ortiz@post.example.org"
    night = NOW.replace(hour=22)
    words = "Knife arch at Harrow Cross on Thursday, please tell members."
    arrive(office, mail("drew.castell@btp.example.org", "Knife arch", words, headers={"Cc": shown}), night)
    tick(office, night)
    assert sent_to(office, CASEY).count("breach/alert") == 1

    command(office, "NOTE BREACH-2027-001 rang dp, they will call back", at=night)
    assert the(office, "BREACH-2027-001").stage == "open"
    code = code_in([text for who, _, text in mails(office, "breach/alert") if who == ROBIN][-1])
    command(office, f"NOTE BREACH-2027-001 {code}\nDecision: low risk\nTell: nobody", at=night)
    assert the(office, "BREACH-2027-001").stage == "decided"
    assert mails(office, "breach/what-happened") == []
    assert "BREACH-2027-001" in echoed(office)


def test_the_press_desk_closes_what_it_has_dealt_with(office: Office):
    arrive(office, mail(SAM, "Comment?", "I am a reporter, would you comment for a piece about your group?"))
    assert sent_to(office, SAM) == ["media/holding"]
    assert sent_to(office, PRESS) == ["media/forward"]

    arrive(office, mail(PRESS, "Re: a press question [MEDIA-2027-001]", "MEDIA-2027-001: we are still asking."))
    assert the(office, "MEDIA-2027-001").stage == "open"
    arrive(office, mail(PRESS, "Re: a press question [MEDIA-2027-001]", "MEDIA-2027-001: line given, please close."))
    assert the(office, "MEDIA-2027-001").stage == "closed"


@pytest.mark.parametrize(
    ("authentic", "asked"), [(True, "read what was added"), (False, "nothing proves who wrote it")]
)
def test_whoever_writes_again_about_a_worry_is_read_again(office: Office, authentic: bool, asked: str):
    frightened = "People here are frightened to use Harrow Cross after dark."
    arrive(office, mail(SAM, "Harrow Cross", frightened, authentic=authentic))
    [(ours,)] = rows(office, "SELECT message_id FROM outbox WHERE template = 'concern/received'")
    again = f"It happened again, they spat at my son. {frightened}"
    row = arrive(
        office,
        mail(SAM, "Re: Thank you", again, authentic=authentic, headers={"In-Reply-To": ours, "References": ours}),
    )

    assert [one.ref for one in cases.still_open(office.store.db)] == ["CONC-2027-001"]
    [(role, text)] = rows(office, "SELECT role, text FROM tasks WHERE message_id = ?", row)
    assert role == "coordinator"
    assert asked in text
