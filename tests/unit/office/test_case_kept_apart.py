"""A complaint about the coordinator reaches her by no way round: no question, no task, no other right beside it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailroom.office import task_mail
from mailroom.office.office import Office
from mailroom.rules.cases import ASKED
from mailroom.schedule import run_cases
from mailroom.store import alarms, tasks
from tests.office import mail, small_office
from tests.unit.office.commanding import ALEX, NOW, ROBIN, arrive, command, rows
from tests.unit.office.test_shipped_cases import ABOUT_HER, SAM, sent_to, the


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


@pytest.mark.parametrize(("sender", "authentic"), [("witness@post.example.org", True), (SAM, False)])
def test_whether_a_message_belongs_to_it_is_asked_of_the_chief_inspector(office: Office, sender: str, authentic: bool):
    arrive(office, mail(SAM, "My complaint", ABOUT_HER))
    row = arrive(office, mail(sender, "A question", "RIGHTS-2027-001: I was there, too.", authentic=authentic))
    task_mail.ask(office, NOW)

    assert sent_to(office, ROBIN) == []
    assert "notice/which-case" in sent_to(office, ALEX)
    assert rows(office, "SELECT DISTINCT role FROM tasks WHERE message_id = ?", row) == [("chief_inspector",)]
    command(office, f"LINK #{row} RIGHTS-2027-001", sender=ALEX)
    assert rows(office, "SELECT state FROM links WHERE message_id = ? AND case_id = 1", row) == [("confirmed",)]


def test_what_anything_asks_about_it_is_asked_of_whoever_may_see_it(office: Office):
    row = arrive(office, mail(SAM, "My complaint", ABOUT_HER))
    case = the(office, "RIGHTS-2027-001").id
    with office.store.immediate() as db:
        tasks.add(db, "by case", "coordinator", "Please look.", NOW, case=case)
        tasks.add(db, "by message", "coordinator", "Please look.", NOW, message=row)
        tasks.add(db, "of neither", "coordinator", "Please look.", NOW)

    asked = dict(rows(office, "SELECT key, role FROM tasks WHERE text = 'Please look.'"))
    assert asked == {"by case": "chief_inspector", "by message": "chief_inspector", "of neither": "coordinator"}


@pytest.mark.parametrize(
    ("words", "stage"),
    [
        ("I want to complain about Robin Hale and I should like a copy of everything you hold about me.", "sar"),
        ("A freedom of information request: how many complaints has your coordinator had?", "foi"),
        ("I want to make a complaint about Ms Hale.", "police_complaint"),
        ("Robin was really rude to me and I want to complain about her.", "police_complaint"),
    ],
)
def test_it_is_kept_from_her_whatever_right_it_is_and_whichever_name_it_uses(office: Office, words: str, stage: str):
    arrive(office, mail(SAM, "My complaint", words))
    case = the(office, "RIGHTS-2027-001")

    assert (case.stage, case.owner) == (stage, "chief_inspector")
    assert rows(office, "SELECT hidden_from FROM cases WHERE id = ?", case.id) == [('["coordinator"]',)]
    assert sent_to(office, ROBIN) == []


def test_a_complaint_about_her_in_a_request_of_another_kind_is_kept_from_her_from_then_on(office: Office):
    arrive(office, mail(SAM, "A question", "A freedom of information request: what did the group cost in 2026?"))
    [(ours,)] = rows(office, "SELECT message_id FROM outbox WHERE template = 'rights/received'")
    arrive(office, mail(SAM, "Re: your answer", ABOUT_HER, headers={"In-Reply-To": ours, "References": ours}))

    case = the(office, "RIGHTS-2027-001")
    assert (case.stage, case.owner) == ("foi", "chief_inspector")
    assert sent_to(office, ROBIN) == []
    assert "notice/asked" in sent_to(office, ALEX)


def test_an_alarm_about_it_does_not_name_it(office: Office):
    arrive(office, mail(SAM, "My complaint", ABOUT_HER))
    whole = office.templates
    office.templates = replace(whole, mails={name: one for name, one in whole.mails.items() if name != ASKED})
    run_cases(office, NOW + timedelta(days=40))

    found = [one.words for one in alarms.sounding(office.store.db) if "tried again later" in one.words]
    assert found
    assert "rights" not in " ".join(found).casefold()
