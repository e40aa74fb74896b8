"""An answer typed in a mail program: it joins its case, stops the clock, and nothing is sent because of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.message import read
from mailroom.office.cases import tick
from mailroom.office.office import Office
from mailroom.office.sent import take_sent
from mailroom.office.take import take
from mailroom.store import cases, figures, links, messages, tasks
from mailroom.store.messages import Arrived, Direction, Packed, Waiting
from tests.office import MAILBOX, mail, small_office

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)
DREW, ADA = "drew.castell@btp.example.org", "ada.winter@mail.example.org"
WORRY = "People here are frightened to use Harrow Cross after dark, they keep being shouted at."
ODD = "The kettle in the hall is broken."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def enter(office: Office, raw: bytes, at: datetime, direction: Direction) -> int:
    with office.store.immediate() as db:
        [uid] = db.execute("SELECT count(*) + 1 FROM messages").fetchone()
        folder = "Sent" if direction == "out" else "INBOX"
        arrived = Arrived(folder, 1, uid, at, len(raw), Packed.of(raw), direction)
        row = messages.receive(db, arrived, at, history=False)
        assert row is not None
        waiting = Waiting(row, at, history=False, size=len(raw), direction=direction)
        path = take_sent if direction == "out" else take
        path(office, db, waiting, read(raw, office.config.border), at)
    return row


def arrive(office: Office, raw: bytes, at: datetime = NOW) -> int:
    return enter(office, raw, at, "in")


def typed(
    office: Office, subject: str, headers: dict[str, str], at: datetime, to: str = ADA, sender: str = MAILBOX
) -> int:
    text = "Thank you, we have spoken to the station and will write again on Friday."
    return enter(office, mail(sender, subject, text, headers=headers, to=to, authentic=False), at, "out")


def linked(office: Office, row: int) -> list[tuple[str, str]]:
    return [(link.ref, link.state) for link in links.of_message(office.store.db, row)]


def open_tasks(office: Office) -> list[str]:
    sql = "SELECT key FROM tasks WHERE done_at IS NULL ORDER BY id"
    return [key for (key,) in office.store.db.execute(sql)]


def outbox(office: Office) -> int:
    [n] = office.store.db.execute("SELECT count(*) FROM outbox").fetchone()
    return int(n)


def test_an_answer_typed_by_hand_joins_its_case_and_stops_the_clock(office: Office):
    arrive(office, mail(ADA, "Harrow Cross", WORRY, message_id="<worry@mail.example.org>"))
    [case] = cases.still_open(office.store.db, "concern")
    late = NOW + timedelta(days=30)
    assert tick(office, late) > 0
    before = outbox(office)
    row = typed(office, "Re: Harrow Cross", {"In-Reply-To": "<worry@mail.example.org>"}, late)

    assert linked(office, row) == [(case.ref, "confirmed")]
    assert not [key for key in open_tasks(office) if key.startswith("deadline:")]
    assert tick(office, late + timedelta(hours=1)) == 0
    assert tick(office, late + timedelta(days=30)) > 0, "the clock runs again from the answer"
    assert outbox(office) == before
    state, class_, direction = office.store.db.execute(
        "SELECT state, class, direction FROM messages WHERE id = ?", (row,)
    ).fetchone()
    assert (state, class_, direction) == ("filed", "", "out")
    words = [line for (line,) in office.store.db.execute("SELECT words FROM journal WHERE message_id = ?", (row,))]
    assert words == [f"#{row} was sent by hand and belongs to {case.ref}."]


def test_an_answer_by_hand_does_the_task_to_look(office: Office):
    first = arrive(office, mail(ADA, "Kettle", ODD, message_id="<kettle@mail.example.org>"))
    other = arrive(office, mail(ADA, "Another kettle", ODD))
    assert open_tasks(office) == [f"look:{first}", f"look:{other}"]
    row = typed(office, "Re: Kettle", {"In-Reply-To": "<kettle@mail.example.org>"}, NOW + timedelta(hours=1))

    assert open_tasks(office) == [f"look:{other}"]
    assert linked(office, row) == []


def test_what_came_after_an_answer_is_still_to_be_looked_at(office: Office):
    arrive(office, mail(ADA, "Kettle", ODD, message_id="<kettle@mail.example.org>"))
    late = {"In-Reply-To": "<kettle@mail.example.org>"}
    after = arrive(office, mail(ADA, "Re: Kettle", ODD, headers=late), NOW + timedelta(hours=2))
    typed(office, "Re: Kettle", late, NOW + timedelta(hours=1))

    assert open_tasks(office) == [f"look:{after}"]


def test_an_answer_to_a_typed_answer_stays_in_the_case(office: Office):
    arrive(office, mail(ADA, "Harrow Cross", WORRY, message_id="<worry@mail.example.org>"))
    [case] = cases.still_open(office.store.db, "concern")
    typed(office, f"About {case.ref}", {"Cc": DREW}, NOW)
    [typed_id] = office.store.db.execute("SELECT message_id FROM messages WHERE direction = 'out'").fetchone()
    reply = {"In-Reply-To": typed_id}
    members = arrive(office, mail(ADA, "Re: your mail", "Thank you, that is noted.", headers=reply))
    officers = arrive(office, mail(DREW, "Re: your mail", "Thank you, that is noted.", headers=reply))
    strangers = arrive(office, mail("spy@web.example.net", "Re: your mail", "Thank you.", headers=reply))

    assert linked(office, members) == linked(office, officers) == [(case.ref, "confirmed")]
    assert linked(office, strangers) == []


def test_a_typed_mail_that_names_two_cases_is_a_question(office: Office):
    with office.store.immediate() as db:
        for ref in ("INC-2027-001", "INC-2027-002"):
            cases.add(db, ref, "incident", "triaged", NOW)
    row = typed(office, "INC-2027-001 and INC-2027-002", {}, NOW)

    assert sorted(linked(office, row)) == [("INC-2027-001", "proposed"), ("INC-2027-002", "proposed")]
    assert open_tasks(office) == [f"which:{row}"]


def test_what_lies_in_sent_and_is_not_from_this_mailbox_changes_nothing(office: Office):
    first = arrive(office, mail(ADA, "Kettle", ODD, message_id="<kettle@mail.example.org>"))
    row = typed(office, "Re: Kettle", {"In-Reply-To": "<kettle@mail.example.org>"}, NOW, sender="eve@web.example.net")

    assert open_tasks(office) == [f"look:{first}"]
    [state] = office.store.db.execute("SELECT state FROM messages WHERE id = ?", (row,)).fetchone()
    assert state == "filed"


def test_a_mail_programs_own_absence_note_stops_no_clock(office: Office):
    first = arrive(office, mail(ADA, "Kettle", ODD, message_id="<kettle@mail.example.org>"))
    headers = {"In-Reply-To": "<kettle@mail.example.org>", "Auto-Submitted": "auto-replied"}
    typed(office, "Automatic reply: Kettle", headers, NOW)

    assert open_tasks(office) == [f"look:{first}"]


def test_what_was_typed_is_not_counted_among_what_came_in(office: Office):
    arrive(office, mail(ADA, "Kettle", ODD))
    typed(office, "A word", {}, NOW)

    came = figures.arrivals(office.store.db, NOW - timedelta(hours=1), NOW + timedelta(hours=1))
    assert len(came) == 1


def test_a_case_that_nobody_answered_by_hand_counts_from_its_stage(office: Office):
    with office.store.immediate() as db:
        case = cases.add(db, "INC-2027-001", "incident", "triaged", NOW)
        assert case.quiet_since == case.entered_at
        cases.answered(db, case.id, NOW + timedelta(hours=5))
        cases.answered(db, case.id, NOW + timedelta(hours=1))
        assert cases.by_id(db, case.id).quiet_since == "2027-01-12T15:40:00Z"
        assert tasks.deadline_met(db, case.id, NOW) == 0
