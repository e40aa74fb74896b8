"""Tasks by mail: put to whoever has them once, in working hours, answered with one word."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.office import summary, task_mail
from mailroom.office.office import Office
from mailroom.store import tasks
from tests.unit.office import reports

MONDAY = datetime(2027, 2, 1, 10, 0, tzinfo=UTC)
SUNDAY = MONDAY - timedelta(days=1)


@pytest.fixture
def office(office_folder: Path):
    made = reports.make(office_folder)
    yield made
    made.store.close()


def give(office: Office, key: str, text: str, now: datetime = MONDAY, role: str = "coordinator") -> None:
    with office.store.immediate() as db:
        tasks.add(db, key, role, text, now)


def mails(office: Office) -> list[tuple[str, str]]:
    rows = office.store.db.execute("SELECT template, person_id FROM outbox ORDER BY id")
    return [(template, person) for template, person in rows]


def test_a_new_task_is_put_to_whoever_holds_the_role_once(office: Office):
    give(office, "identity:4", "Please ring M04.")

    assert task_mail.ask(office, MONDAY) == 1
    assert task_mail.ask(office, MONDAY + timedelta(minutes=5)) == 0
    assert [template for template, _ in mails(office)] == ["notice/task"]


def test_nobody_is_asked_while_the_office_is_closed(office: Office):
    give(office, "identity:4", "Please ring M04.", SUNDAY)

    assert task_mail.ask(office, SUNDAY) == 0
    assert task_mail.ask(office, MONDAY) == 1


def test_a_question_with_a_mail_of_its_own_is_not_asked_twice(office: Office):
    give(office, "look:4", "No rule knew what #4 is.")

    assert task_mail.ask(office, MONDAY) == 0


def test_the_mail_offers_three_answers_of_one_word(office: Office):
    give(office, "identity:4", "Please ring M04.")
    task_mail.ask(office, MONDAY)

    [(row, mime)] = office.store.db.execute("SELECT id, mime FROM mails")
    task = tasks.of_mail(office.store.db, row)

    assert task is not None
    assert task.text == "Please ring M04."
    for word in (f"DONE%20%23{task.id}", f"LATER%203%20%23{task.id}", f"MINE%20%23{task.id}"):
        assert word.encode() in mime.replace(b"=\r\n", b"").replace(b"=3D", b"=")


def test_a_task_that_is_put_off_rests_and_is_asked_anew_on_its_day(office: Office):
    give(office, "identity:4", "Please ring M04.")
    task_mail.ask(office, MONDAY)
    [task] = tasks.still_open(office.store.db)
    with office.store.immediate() as db:
        assert tasks.put_off(db, task.id, (MONDAY + timedelta(days=3)).date())

    assert task_mail.ask(office, MONDAY + timedelta(days=2)) == 0
    assert not any("ring M04" in line for line in needs(office, MONDAY + timedelta(days=2)))
    assert task_mail.ask(office, MONDAY + timedelta(days=3)) == 1
    assert any("ring M04" in line for line in needs(office, MONDAY + timedelta(days=3)))


def needs(office: Office, now: datetime) -> list[str]:
    return summary.needs_you(office.store.db, MONDAY, now, office.zone)


def test_one_that_is_done_or_taken_says_so(office: Office):
    give(office, "a:1", "Ring them.")
    give(office, "a:2", "Write to them.")
    first, second = tasks.still_open(office.store.db)
    with office.store.immediate() as db:
        assert tasks.finish(db, first.id, MONDAY)
        assert not tasks.finish(db, first.id, MONDAY)
        assert tasks.take(db, second.id, db.execute("SELECT id FROM people").fetchone()[0])

    assert tasks.by_id(office.store.db, first.id) is None
    assert any("does it. (task #2)" in line for line in needs(office, MONDAY))


def test_a_flood_of_tasks_is_no_flood_of_mail(office: Office):
    for n in range(task_mail.MOST_A_DAY + 15):
        give(office, f"stuck:{n}", f"#{n} could not be decided.")

    assert task_mail.ask(office, MONDAY) == task_mail.MOST_A_DAY
    assert task_mail.ask(office, MONDAY + timedelta(hours=1)) == 0
    assert len(tasks.still_open(office.store.db)) == task_mail.MOST_A_DAY + 15


def test_a_day_without_anything_to_say_has_no_summary(office: Office):
    quiet = {"needs_you": [], "new": [], "trials": [], "last_read_level": "on time"}

    assert summary.is_empty(quiet)
    assert not summary.is_empty({**quiet, "needs_you": ["#4 was set apart unread."]})
    assert not summary.is_empty({**quiet, "new": [{}]})
    assert not summary.is_empty({**quiet, "last_read_level": "red"}), "a mailbox that is not read is no quiet day"
