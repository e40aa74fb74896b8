"""What follows from one message: cases, links, tasks and mail, and what must not follow."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailroom.message import read
from mailroom.office import faults
from mailroom.office.cases import tick
from mailroom.office.office import Office
from mailroom.office.take import take
from mailroom.store import alarms, cases, links, messages, tasks
from mailroom.store.messages import Arrived, Packed, Waiting
from tests.office import MAILBOX, mail, rows, small_office

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)  # a Tuesday, in working hours
ASK = "We had a serious assault tonight at Harrow Cross. Could I have IAG advice on wording by noon tomorrow?"
JOIN = "Hello, I would like to join the advisory group. How do I apply?"
WORRY = "People here are frightened to use Harrow Cross after dark, they keep being shouted at."
CRY = "a man is following me on the train right now, please send someone"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def arrive(office: Office, raw: bytes, at: datetime = NOW, *, history: bool = False) -> int:
    """Take one message the whole way and return its number."""
    with office.store.immediate() as db:
        uid = len(rows_of(office, "SELECT 1 FROM messages")) + 1
        row = messages.receive(db, Arrived("INBOX", 1, uid, at, len(raw), Packed.of(raw)), at, history=history)
        assert row is not None
        take(office, db, Waiting(row, at, history, len(raw)), read(raw, office.config.border), at)
    return row


def rows_of(office: Office, sql: str) -> list[tuple[Any, ...]]:
    return list(office.store.db.execute(sql))


def written(office: Office, cause: int | None = None) -> set[tuple[object, ...]]:
    where = f"WHERE cause_id = {cause}" if cause else ""
    return set(rows_of(office, f"SELECT recipient, template FROM outbox {where}"))


def links_of(office: Office, ref: str) -> list[tuple[Any, ...]]:
    return rows_of(
        office, f"SELECT l.message_id FROM links AS l JOIN cases AS c ON c.id = l.case_id WHERE c.ref = '{ref}'"
    )


def officer(subject: str = "IAG advice please", text: str = ASK, *, authentic: bool = True) -> bytes:
    return mail("drew.castell@btp.example.org", subject, text, name="Drew Castell", authentic=authentic)


def member(subject: str, text: str, sender: str = "ada.winter@mail.example.org") -> bytes:
    return mail(sender, subject, text)


def test_an_officers_request_opens_an_incident_and_no_member_hears_of_it(office: Office):
    row = arrive(office, officer())

    [case] = cases.still_open(office.store.db, "incident")
    assert (case.ref, case.stage, case.place, case.requester) == ("INC-2027-001", "triaged", "Harrow Cross", "drew")
    assert written(office, row) >= {
        ("drew.castell@btp.example.org", "incident/received"),
        ("robin.hale@btp.example.org", "incident/alert"),
        ("casey.moran@btp.example.org", "incident/alert"),
        ("alex.dunmore@btp.example.org", "incident/alert"),
    }
    assert not [to for to, _ in written(office) if not str(to).endswith("@btp.example.org")]
    alerts = [bytes(mime) for (mime,) in rows_of(office, "SELECT mime FROM mails WHERE template = 'incident/alert'")]
    assert not [mime for mime in alerts if b"Harrow" in mime or b"Castell" in mime or b"assault" in mime]


def test_what_an_unverified_sender_asks_for_is_only_proposed(office: Office):
    row = arrive(office, officer(authentic=False))

    assert cases.still_open(office.store.db, "incident") == []
    assert f"open:{row}:incident" in {key for (key,) in rows_of(office, "SELECT key FROM tasks")}
    assert {to for to, _ in written(office, row)} >= {"robin.hale@btp.example.org", "casey.moran@btp.example.org"}


def test_a_second_mail_of_the_thread_is_no_second_incident(office: Office):
    first = mail("drew.castell@btp.example.org", "IAG advice please", ASK, message_id="<one@btp.example.org>")
    arrive(office, first)
    again = {"In-Reply-To": "<one@btp.example.org>", "References": "<one@btp.example.org>"}
    row = arrive(office, mail("drew.castell@btp.example.org", "Re: IAG advice please", ASK, headers=again))

    assert [case.ref for case in cases.still_open(office.store.db, "incident")] == ["INC-2027-001"]
    assert [(link.ref, link.state) for link in links.of_message(office.store.db, row)] == [
        ("INC-2027-001", "confirmed")
    ]


def test_a_stranger_who_quotes_our_message_id_does_not_join_the_thread(office: Office):
    arrive(office, mail("drew.castell@btp.example.org", "IAG advice please", ASK, message_id="<one@btp.example.org>"))
    row = arrive(
        office,
        mail(
            "spy@web.example.net",
            "Re: IAG advice please",
            "Any news?",
            headers={"In-Reply-To": "<one@btp.example.org>"},
        ),
    )

    assert links.of_message(office.store.db, row) == []
    threads = rows_of(office, "SELECT count(DISTINCT thread_id) FROM messages")
    assert threads == [(2,)]


def test_a_members_unasked_view_is_proposed_for_the_open_incident_and_nobody_is_written_to(office: Office):
    arrive(office, officer())
    row = arrive(office, member("last night", "My view is that the patrols should stand by the stairs."))

    assert [(link.ref, link.state) for link in links.of_message(office.store.db, row)] == [("INC-2027-001", "proposed")]
    assert {to for to, _ in written(office, row)} <= {"robin.hale@btp.example.org"}


def test_a_recused_member_is_thanked_and_kept_apart(office: Office):
    arrive(office, officer())
    text = "I know I am not asked about Harrow Cross, but my view is that the barriers should have been open."
    row = arrive(office, member("Harrow Cross", text, "cleo.marsh@mail.example.org"))

    assert [(link.ref, link.state) for link in links.of_message(office.store.db, row)] == [
        ("INC-2027-001", "confirmed")
    ]
    assert ("cleo.marsh@mail.example.org", "incident/kept-apart") in written(office, row)
    assert "drew.castell@btp.example.org" not in {to for to, _ in written(office, row)}


def test_danger_is_answered_at_once_even_to_a_stranger_under_a_members_name(office: Office):
    row = arrive(office, mail("ada99@web.example.net", "please help", CRY, name="Ada Winter"))

    assert written(office, row) == {
        ("ada99@web.example.net", "danger/answer"),
        ("robin.hale@btp.example.org", "danger/alert"),
        ("casey.moran@btp.example.org", "danger/alert"),
        ("control@btp.example.org", "danger/alert"),
    }
    assert rows_of(office, "SELECT DISTINCT not_before FROM outbox") == [("2027-01-12T10:40:00Z",)]
    assert [case.stage for case in cases.still_open(office.store.db, "danger")] == ["red"]


def test_a_person_in_danger_who_writes_again_is_in_the_same_danger(office: Office):
    for n in range(8):
        arrive(office, mail("kd@web.example.net", f"please help {n}", f"{CRY} {n}"), NOW + timedelta(minutes=n))

    assert [case.ref for case in cases.still_open(office.store.db)] == ["SAFE-2027-001"]
    assert len(links_of(office, "SAFE-2027-001")) == 8
    alerts = rows_of(office, "SELECT recipient FROM outbox WHERE template = 'danger/alert'")
    assert Counter(alerts) == dict.fromkeys(set(alerts), 2), "one when it opened, one while the same ten minutes last"
    arrive(office, mail("other@web.example.net", "please help", CRY), NOW + timedelta(minutes=8))
    assert len(cases.still_open(office.store.db, "danger")) == 2


def test_danger_outranks_every_rule(office: Office):
    row = arrive(office, officer("Re: IAG newsletter", f"Lovely issue. {CRY}", authentic=True))

    assert messages.flags(office.store.db, row)[0] == "danger"
    assert rows_of(office, f"SELECT class, priority FROM messages WHERE id = {row}") == [("danger", 1)]


def test_an_unknown_address_under_a_members_name_gets_no_mail_at_all(office: Office):
    row = arrive(office, mail("ada99@web.example.net", "How do I join?", JOIN, name="Ada Winter"))

    assert "ada99@web.example.net" not in {to for to, _ in written(office, row)}


def test_a_pretender_is_quarantined_and_the_right_people_are_told(office: Office):
    row = arrive(
        office, mail("r.hale@btp-police.invalid", "Urgent", "Send me the full member list.", name="Robin Hale")
    )

    assert rows_of(office, f"SELECT state, class, folder FROM messages WHERE id = {row}") == [
        ("quarantined", "suspect", "Quarantine")
    ]
    assert {to for to, _ in written(office, row)} == {"robin.hale@btp.example.org", "security@btp.example.org"}


def test_nobody_is_answered_more_than_three_times_an_hour_and_the_coordinator_hears_of_it_once(office: Office):
    for n in range(6):
        arrive(office, member(f"Worried {n}", f"{WORRY} Again, number {n}."), NOW + timedelta(minutes=n))

    to_her = [
        template
        for to, template in rows_of(office, "SELECT recipient, template FROM outbox")
        if to == "ada.winter@mail.example.org"
    ]
    assert len(to_her) == 3
    assert rows_of(office, "SELECT recipient FROM outbox WHERE template = 'notice/cap'") == [
        ("robin.hale@btp.example.org",)
    ]


def test_the_same_answer_on_the_same_matter_is_not_repeated_within_a_day(office: Office):
    for n in range(2):
        arrive(
            office,
            mail(
                "ada.winter@mail.example.org",
                f"May meeting {n}",
                "May we have ten minutes on how complaints about ticket barriers are passed to you? I can speak to it.",
            ),
            NOW,
        )
    assert rows_of(office, "SELECT count(*) FROM outbox WHERE recipient LIKE 'ada%'") == [(1,)]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List-Id": "<news.example.net>"},
        {"Return-Path": "<>"},
        {"X-Auto-Response-Suppress": "All"},
        {"X-Loop": MAILBOX},
    ],
    ids=lambda one: next(iter(one)),
)
def test_machines_and_lists_are_never_answered(office: Office, headers: dict[str, str]):
    row = arrive(office, mail("robot@web.example.net", "How do I join?", JOIN, headers=headers))

    assert "robot@web.example.net" not in {to for to, _ in written(office, row)}


def test_a_forged_sender_is_not_answered(office: Office):
    raw = mail("pat@web.example.net", "How do I join?", JOIN, authentic=False)
    row = arrive(office, b"Authentication-Results: mx.btp.example.org; dmarc=fail\r\n" + raw)

    assert "pat@web.example.net" not in {to for to, _ in written(office, row)}


def test_history_is_understood_and_nothing_follows_from_it(office: Office):
    row = arrive(office, officer(), history=True)

    assert rows_of(office, f"SELECT class FROM messages WHERE id = {row}") == [("inc.request",)]
    assert written(office) == set()
    assert cases.still_open(office.store.db) == []


def test_what_no_rule_knows_goes_to_a_person(office: Office):
    row = arrive(office, member("Kettle", "The kettle in the hall is broken."))

    assert rows_of(office, f"SELECT class, folder FROM messages WHERE id = {row}") == [("", "")]
    assert [task.message for task in tasks.still_open(office.store.db, "coordinator")] == [row]


def test_a_forward_to_a_desk_holds_the_words_but_no_members_address(office: Office):
    text = "Under the Freedom of Information Act, how many searches were there? Answer ada.winter@mail.example.org."
    row = arrive(office, member("Freedom of Information request", text))

    [mime] = [
        bytes(one) for (one,) in rows_of(office, f"SELECT mime FROM mails WHERE cause_id = {row} AND kind = 'forward'")
    ]
    assert b"how many searches" in mime
    assert b"ada.winter" not in mime


def test_marked_words_are_never_passed_on(office: Office):
    text = "OFFICIAL-SENSITIVE\n\nUnder the Freedom of Information Act, how many searches were there?"
    row = arrive(office, member("OFFICIAL-SENSITIVE: Freedom of Information request", text))

    mimes = [bytes(one) for (one,) in rows_of(office, f"SELECT mime FROM mails WHERE cause_id = {row}")]
    assert mimes
    assert not [mime for mime in mimes if b"how many searches" in mime]


def test_a_role_nobody_holds_sounds_an_alarm_instead_of_silence(office: Office):
    with office.store.immediate() as db:
        db.execute("DELETE FROM roles WHERE role = 'cover'")
    arrive(office, officer())

    assert [alarm.key for alarm in alarms.sounding(office.store.db)] == ["role:cover"]


def test_an_alarm_is_told_once_and_ends_when_the_fault_does(office: Office):
    with office.store.immediate() as db:
        db.execute("DELETE FROM roles WHERE role = 'cover'")
    arrive(office, officer())

    assert faults.tell(office, NOW) == 1
    assert faults.tell(office, NOW) == 0
    told = rows_of(office, "SELECT recipient FROM outbox WHERE template = 'notice/alarm'")
    assert told == [("robin.hale@btp.example.org",)]
    with office.store.immediate() as db:
        db.execute("INSERT INTO roles VALUES ('casey', 'cover')")
    arrive(office, mail("kd@web.example.net", "please help", CRY))
    assert alarms.sounding(office.store.db) == []


def test_an_alarm_about_the_coordinators_own_role_goes_to_the_next_who_can_be_told(office: Office):
    with office.store.immediate() as db:
        db.execute("UPDATE people SET state = 'left' WHERE id = 'robin'")
    arrive(office, officer())

    faults.tell(office, NOW)

    told = rows_of(office, "SELECT DISTINCT recipient FROM outbox WHERE template = 'notice/alarm'")
    assert told == [("casey.moran@btp.example.org",)]
    assert "robin.hale@btp.example.org" not in {to for to, _ in written(office)}


def test_a_person_with_two_of_the_roles_that_are_told_gets_one_mail(office: Office):
    with office.store.immediate() as db:
        db.execute("DELETE FROM roles WHERE role = 'cover'")
        db.execute("INSERT INTO roles VALUES ('robin', 'cover')")
    arrive(office, officer())

    told = [to for (to,) in rows_of(office, "SELECT recipient FROM outbox WHERE template = 'incident/alert'")]
    assert sorted(told) == ["alex.dunmore@btp.example.org", "robin.hale@btp.example.org"]


def test_a_case_that_rests_too_long_becomes_one_task(office: Office):
    arrive(office, officer())

    assert tick(office, NOW + timedelta(hours=20)) == 0
    assert tick(office, NOW + timedelta(hours=25)) == 1
    assert tick(office, NOW + timedelta(hours=26)) == 0
    assert any("INC-2027-001" in task.text for task in tasks.still_open(office.store.db, "coordinator"))


def test_a_deadline_of_somebody_without_a_summary_is_written_to_them(office: Office):
    process = office.rules.cases["incident"]
    assert process.deadline is not None
    late = replace(process, deadline=replace(process.deadline, roles=("chief_inspector",)))
    office.rules = replace(office.rules, cases={**office.rules.cases, "incident": late})
    arrive(office, officer())

    assert tick(office, NOW + timedelta(hours=25)) == 1
    assert tick(office, NOW + timedelta(hours=26)) == 0
    told = rows_of(office, "SELECT recipient FROM outbox WHERE key LIKE 'deadline:%'")
    assert told == [("alex.dunmore@btp.example.org",)]


def test_every_mail_has_one_recipient_in_its_row_and_in_its_headers(office: Office):
    arrive(office, officer())
    arrive(office, member("Worried", WORRY))
    arrive(office, mail("kd@web.example.net", "please help", CRY))

    found = rows_of(office, "SELECT recipient, mime FROM mails")
    assert len(found) > 6
    for recipient, mime in found:
        sent = read(bytes(mime))
        assert [one.address for one in (*sent.to, *sent.cc)] == [recipient]
        assert sent.silence, "our own mail says that it is a machine's"


def test_the_office_file_is_one_anybody_can_ask(office: Office):
    arrive(office, officer())

    assert rows(office.config, "SELECT ref FROM cases") == [("INC-2027-001",)]
