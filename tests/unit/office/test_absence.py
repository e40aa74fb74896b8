"""Who answers for the coordinator: AWAY and BACK, her own automatic reply, and where her mails go meanwhile."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from mailroom.office import approval
from mailroom.office.absence import is_covered, who_answers
from mailroom.office.commands import asking
from mailroom.office.office import Office
from mailroom.store import absences
from tests.office import mail, small_office
from tests.unit.office.commanding import (
    ADA,
    ALEX,
    CASEY,
    NOW,
    ROBIN,
    arrive,
    code_in,
    command,
    echoed,
    mails,
    queued,
    reply,
    rows,
)

ODD = "The kettle in the hall makes a blue noise and nobody knows why it does that."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def answers(office: Office, at: datetime = NOW) -> tuple[str, ...]:
    return who_answers(office, office.store.db, "coordinator", at)


@pytest.mark.parametrize("sender", [ROBIN, CASEY, ALEX])
def test_the_coordinator_is_away_by_her_own_word_or_that_of_who_stands_in(office: Office, sender: str):
    command(office, "AWAY UNTIL 19 January", sender=sender)

    assert "Robin Hale is away from Tuesday 12 January 2027 to Tuesday 19 January 2027" in echoed(office)
    assert "goes to Casey Moran meanwhile" in echoed(office)
    assert answers(office) == ("casey",)
    assert answers(office, datetime(2027, 1, 19, 22, 0, tzinfo=UTC)) == ("casey",)
    assert answers(office, datetime(2027, 1, 20, 0, 30, tzinfo=UTC)) == ("robin",)


def test_back_ends_it_at_once(office: Office):
    command(office, "AWAY UNTIL Friday")
    command(office, "BACK", sender=CASEY)

    assert "Robin Hale is here again" in echoed(office)
    assert answers(office) == ("robin",)
    command(office, "BACK")
    assert "was not away" in echoed(office)


def test_it_may_begin_later_and_a_new_word_replaces_the_old(office: Office):
    command(office, "AWAY UNTIL 12 February\nFrom: 8 February")
    assert "Until Monday 8 February 2027 nothing changes" in echoed(office)
    assert answers(office) == ("robin",)
    assert answers(office, datetime(2027, 2, 9, 9, 0, tzinfo=UTC)) == ("casey",)
    command(office, "AWAY UNTIL 10 February\nFrom: 8 February")

    assert answers(office, datetime(2027, 2, 11, 9, 0, tzinfo=UTC)) == ("robin",)


@pytest.mark.parametrize(
    "text", ["AWAY", "AWAY UNTIL the cows come home", "AWAY UNTIL 12 Feb\nFrom: 20 Feb", "AWAY 2/3/2035"]
)
def test_what_is_no_absence_is_refused(office: Office, text: str):
    command(office, text)

    assert answers(office) == ("robin",)
    assert mails(office, "notice/done")[-1][1] == "Not done"


@pytest.mark.parametrize("text", ["away next week, I think", "Back in the office on Monday", "I'm back"])
def test_talk_of_being_away_is_no_command(office: Office, text: str):
    row = command(office, text)

    assert rows(office, "SELECT 1 FROM commands WHERE message_id = ?", row) == []


def test_questions_held_mails_and_proofs_go_to_cover_while_she_is_away(office: Office):
    command(office, "AWAY UNTIL 19 January")
    arrive(office, mail(ADA, "The hall", ODD))
    queued(office, "held", held=True)
    with office.store.immediate() as db:
        asking.may_it_go(office, db, NOW, Random(1))

    assert [to for to, _, _ in mails(office, "notice/unknown")] == [CASEY]
    [(to, _, text)] = mails(office, "notice/held")
    assert to == CASEY
    command(office, f"APPROVE {code_in(text)}", sender=ROBIN)
    assert rows(office, "SELECT state FROM outbox WHERE key = 'held'") == [("held",)], "the code is Casey's"
    command(office, f"APPROVE {code_in(text)}", sender=CASEY)
    assert rows(office, "SELECT state FROM outbox WHERE key = 'held'") == [("ready",)]
    assert approval.approvers(office, office.store.db, NOW) == ("casey",)
    assert is_covered(office, office.store.db, "coordinator", NOW)


def test_where_cover_is_away_too_the_chief_inspector_answers_and_never_nobody(office: Office):
    with office.store.immediate() as db:
        for person in ("robin", "casey"):
            absences.add(db, person, NOW.date(), NOW.date(), "a test", None, NOW)
    assert answers(office) == ("alex",)
    with office.store.immediate() as db:
        absences.add(db, "alex", NOW.date(), NOW.date(), "a test", None, NOW)

    assert answers(office) == ("robin",)


def test_her_automatic_reply_only_proposes_it(office: Office):
    away = {"Auto-Submitted": "auto-replied"}
    text = "I am on leave until 25 January. For urgent matters contact my colleague."
    arrive(office, mail(ROBIN, "Automatic reply: your mail", text, headers=away))

    assert answers(office) == ("robin",)
    [(to, _, said)] = mails(office, "notice/away")
    assert to == CASEY
    assert "away until Monday 25 January 2027" in said
    command(office, "", "AWAY UNTIL Monday 25 January 2027", sender=CASEY)
    assert answers(office) == ("casey",)
    arrive(office, mail(ROBIN, "Automatic reply: your mail", text, headers=away), NOW + timedelta(hours=1))
    assert len(mails(office, "notice/away")) == 1


def test_a_members_automatic_reply_asks_nobody(office: Office):
    text = "I am on leave until 25 January."
    arrive(office, mail(ADA, "Automatic reply", text, headers={"Auto-Submitted": "auto-replied"}))
    raw = mail(ROBIN, "Automatic reply", text, headers={"Auto-Submitted": "auto-replied"}, authentic=False)
    arrive(office, raw)

    assert mails(office, "notice/away") == []


def test_the_echo_of_an_absence_is_taken_back_by_a_tap(office: Office):
    command(office, "AWAY UNTIL 19 January", sender=CASEY)
    reply(office, "BACK", "notice/done", CASEY)

    assert answers(office) == ("robin",)


def test_where_nobody_is_here_the_first_who_can_be_written_to_is(office: Office):
    for person in ("robin", "casey", "alex"):
        with office.store.immediate() as db:
            absences.add(db, person, NOW.date(), NOW.date(), person, None, NOW)
    assert answers(office) == ("robin",)
    with office.store.immediate() as db:
        db.execute("UPDATE addresses SET status = 'retired' WHERE person_id = 'robin'")
    assert answers(office) == ("casey",)


def test_an_office_whose_coordinator_has_left_is_not_silent(office: Office):
    with office.store.immediate() as db:
        db.execute("UPDATE people SET state = 'left' WHERE id = 'robin'")
    assert answers(office) == ("casey",)
    arrive(office, mail(ADA, "Harrow Cross after dark", "People here are frightened and keep being shouted at."))
    assert {to for to, _, _ in mails(office, "concern/new")} == {CASEY}
    assert rows(office, "SELECT 1 FROM alarms WHERE key = 'role:coordinator' AND cleared_at IS NULL")
