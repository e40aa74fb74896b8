"""What a person says by mail of cases and tasks: LINK, UNLINK, SPLIT, MERGE, NOTE, CLOSE, DONE, LATER, MINE."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailroom.office import task_mail
from mailroom.office.office import Office
from mailroom.store import cases, links, tasks
from tests.office import mail, small_office
from tests.unit.office.commanding import (
    ADA,
    ALEX,
    CASEY,
    CONTROL,
    NOW,
    ROBIN,
    arrive,
    command,
    concern,
    echoed,
    mails,
    queued,
    reply,
    rows,
)

CRY = "A man is following me on the train, please send someone"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def a_case(office: Office, ref: str = "INC-2027-001", kind: str = "incident", stage: str = "triaged") -> int:
    with office.store.immediate() as db:
        return cases.add(db, ref, kind, stage, NOW, requester="drew").id


def state_of(office: Office, message: int, case: int) -> str:
    return links.state_of(office.store.db, message, case)


def test_link_files_a_message_in_a_case_and_its_undo_takes_it_out(office: Office):
    case, row = a_case(office), concern(office)
    command(office, f"LINK #{row} INC-2027-001\n\nYes, that is about the call.")

    assert state_of(office, row, case) == "confirmed"
    assert f"#{row} belongs to INC-2027-001." in echoed(office)
    assert f"UNDO #{row}" in echoed(office)
    reply(office, "undo", "notice/done")
    assert state_of(office, row, case) != "confirmed"


@pytest.mark.parametrize("text", ["link #1 to INC-2027-001 please", "LINK INC-2027-001 #1", "Link: #1, INC-2027-001"])
def test_link_may_be_written_as_one_likes(office: Office, text: str):
    case, row = a_case(office), concern(office)
    command(office, text)

    assert state_of(office, row, case) == "confirmed"


def test_unlink_takes_a_message_out_of_its_only_case_or_of_the_one_that_is_named(office: Office):
    row = arrive(office, mail(ADA, "The hall", "The kettle in the hall makes a noise."))
    command(office, f"UNLINK #{row}")
    assert f"#{row} belongs to no case" in echoed(office)
    case = a_case(office)
    command(office, f"LINK #{row} INC-2027-001")
    command(office, f"UNLINK #{row}")

    assert state_of(office, row, case) == "refused"
    command(office, f"LINK #{row} INC-2027-001")
    command(office, f"UNLINK #{row} INC-2027-001")
    assert state_of(office, row, case) == "refused"


def test_what_lacks_a_message_or_a_case_is_asked_back(office: Office):
    row = concern(office)
    for text, sentence in (
        ("LINK INC-2027-009", "There is no case INC-2027-009"),
        (f"LINK #{row}", "LINK what to what?"),
        ("LINK #99 INC-2027-009", "There is no message #99"),
        ("SPLIT", "SPLIT which message?"),
        ("MERGE INC-2027-001", "There is no case INC-2027-001"),
        ("MERGE", "MERGE needs two cases"),
        ("CLOSE", "CLOSE what?"),
        ("DONE #99", "There is no open task #99"),
    ):
        command(office, text)
        assert sentence in echoed(office), text


def test_merge_leads_the_first_reference_to_the_second(office: Office):
    first, second = a_case(office, "INC-2027-002"), a_case(office, "INC-2027-001")
    command(office, "MERGE INC-2027-002 into INC-2027-001")

    assert "INC-2027-002 is merged into INC-2027-001" in echoed(office)
    assert cases.by_id(office.store.db, first).final
    assert not cases.by_id(office.store.db, second).final
    reply(office, "UNDO INC-2027-001", "notice/done")
    assert not cases.by_id(office.store.db, first).final


def test_split_makes_a_message_an_exchange_of_its_own(office: Office):
    one = arrive(office, mail(ADA, "The hall", "The kettle in the hall makes a noise.", message_id="<a@x.example.org>"))
    headers = {"In-Reply-To": "<a@x.example.org>"}
    other = arrive(office, mail(ADA, "Re: The hall", "And the door sticks.", headers=headers))
    assert len(rows(office, "SELECT DISTINCT thread_id FROM messages WHERE id IN (?, ?)", one, other)) == 1
    command(office, f"SPLIT #{other} from thread")

    assert len(rows(office, "SELECT DISTINCT thread_id FROM messages WHERE id IN (?, ?)", one, other)) == 2


def test_a_note_is_kept_in_the_case_and_nobody_is_written_to(office: Office):
    case = a_case(office)
    before = len(rows(office, "SELECT 1 FROM outbox"))
    command(office, "NOTE INC-2027-001 Theo has been spoken to.\nClose it on Friday.\n\nRobin Hale\nCoordinator")

    [note] = [one for one in cases.events(office.store.db, case) if one.event == "note"]
    assert note.why == "Robin Hale: Theo has been spoken to.\nClose it on Friday."
    assert len(rows(office, "SELECT 1 FROM outbox")) == before + 1, "the echo alone"
    assert "Noted in INC-2027-001: Theo has been spoken to." in echoed(office)


def test_a_case_ends_by_close_where_its_process_lets_it(office: Office):
    case = a_case(office, "ACT-2027-001", "action", "open")
    queued(office, "brief", case=case, held=True)
    with office.store.immediate() as db:
        tasks.add(db, "case:one", "coordinator", "Look at it.", NOW, case=case)
    command(office, "CLOSE ACT-2027-001 nothing came of it")

    assert cases.by_id(office.store.db, case).stage == "closed"
    assert rows(office, "SELECT state FROM outbox WHERE key = 'brief'") == [("cancelled",)]
    assert not tasks.still_open(office.store.db, "coordinator")
    assert "1 mail about it that had not gone was withdrawn." in echoed(office)
    command(office, "CLOSE ACT-2027-001")
    assert "has ended already, as “closed”" in echoed(office)
    command(office, "UNDO ACT-2027-001")
    assert cases.by_id(office.store.db, case).stage == "open"


@pytest.mark.parametrize("sender", [ROBIN, CASEY, ALEX, CONTROL])
def test_a_danger_is_closed_by_a_person_only(office: Office, sender: str):
    arrive(office, mail("x@web.example.net", "help", CRY))
    [red] = cases.in_danger(office.store.db)
    command(office, f"UNDO {red.ref}")
    assert cases.in_danger(office.store.db)
    command(office, f"CLOSE {red.ref}\n\nPassenger met by officers, safe and well.", sender=sender)

    assert not cases.in_danger(office.store.db)


@pytest.mark.parametrize(
    ("text", "sender"), [("CLOSE SAFE-2027-001", ADA), ("> CLOSE SAFE-2027-001", ROBIN), ("Closed?", ROBIN)]
)
def test_nothing_else_closes_one(office: Office, text: str, sender: str):
    arrive(office, mail("x@web.example.net", "help", CRY))
    command(office, text, sender=sender)

    assert cases.in_danger(office.store.db)


def a_task(office: Office, text: str = "Ring Ada Winter.") -> int:
    with office.store.immediate() as db:
        tasks.add(db, f"by hand:{text}", "coordinator", text, NOW)
    assert task_mail.ask(office, NOW)
    [[number]] = rows(office, "SELECT id FROM tasks WHERE text = ?", text)
    return int(number)


def test_one_word_in_answer_closes_a_task(office: Office):
    number = a_task(office)
    reply(office, "Done, thanks\n\nRobin", "notice/task")

    assert tasks.by_id(office.store.db, number) is None
    assert f"Task #{number} is closed: Ring Ada Winter." in echoed(office)


def test_later_puts_a_task_off_by_working_days(office: Office):
    number = a_task(office)
    reply(office, "later 3", "notice/task")

    task = tasks.by_id(office.store.db, number)
    assert task is not None
    assert task.rests_until == "2027-01-15"
    assert "rests until Friday 15 January 2027" in echoed(office)
    reply(office, "Later 99 days", "notice/task")
    assert "By how many working days?" in echoed(office)


def test_mine_takes_a_task_upon_oneself(office: Office):
    number = a_task(office)
    command(office, f"MINE #{number}", sender=CASEY)

    task = tasks.by_id(office.store.db, number)
    assert task is not None
    assert task.taken_by == "casey"


def test_a_word_on_a_task_by_link_and_by_number(office: Office):
    number = a_task(office)
    command(office, "", f"DONE #{number}")
    assert tasks.by_id(office.store.db, number) is None
    command(office, f"DONE #{number}")
    assert f"There is no open task #{number}" in echoed(office)


def test_done_in_a_letter_is_a_word(office: Office):
    a_task(office)
    for text in ("Done with the hall, can you send me the figures?", "Mine is the blue umbrella", "Later"):
        row = command(office, text, "The hall")
        assert rows(office, "SELECT class FROM messages WHERE id = ?", row) != [("control",)], text
    assert mails(office, "notice/done") == []
