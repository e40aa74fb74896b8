"""Which thread and case a message joins, and who may not join."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailroom.message import read
from mailroom.message.threads import conversation
from mailroom.office.office import Office
from mailroom.office.take import take
from mailroom.office.threads import near
from mailroom.store import cases, links, messages, outbox, threads
from mailroom.store.messages import Arrived, Packed, Waiting
from mailroom.store.outbox import Outgoing
from tests.office import MAILBOX, mail, small_office

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)
ASK = "We had a serious assault tonight at Harrow Cross. Could I have IAG advice on wording by noon tomorrow?"
INDEX = base64.b64encode(bytes.fromhex("01db5e8a3f20") + bytes(range(1, 17))).decode()
DREW, SAM, ADA = "drew.castell@btp.example.org", "sam.okoro@btp.example.org", "ada.winter@mail.example.org"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def arrive(office: Office, raw: bytes, at: datetime = NOW) -> int:
    with office.store.immediate() as db:
        [uid] = db.execute("SELECT count(*) + 1 FROM messages").fetchone()
        row = messages.receive(db, Arrived("INBOX", 1, uid, at, len(raw), Packed.of(raw)), at, history=False)
        assert row is not None
        take(office, db, Waiting(row, at, history=False, size=len(raw)), read(raw, office.config.border), at)
    return row


def incident(office: Office, sender: str = DREW, headers: dict[str, str] | None = None) -> int:
    row = arrive(office, mail(sender, "IAG advice please", ASK, headers=headers, message_id=f"<ask.{sender}>"))
    assert [link.state for link in links.of_message(office.store.db, row)] == ["confirmed"]
    return row


def answer(
    sender: str, headers: dict[str, str], subject: str = "Re: IAG advice please", *, authentic: bool = True
) -> bytes:
    text = "Thank you, that is noted. Please go ahead."
    return mail(sender, subject, text, headers=headers, authentic=authentic)


def linked(office: Office, row: int) -> list[tuple[str, str]]:
    return [(link.ref, link.state) for link in links.of_message(office.store.db, row)]


def thread(office: Office, row: int) -> int:
    [found] = office.store.db.execute("SELECT thread_id FROM messages WHERE id = ?", (row,)).fetchone()
    return int(found)


def tasks_of(office: Office, row: int) -> set[str]:
    return {key for (key,) in office.store.db.execute("SELECT key FROM tasks WHERE message_id = ?", (row,))}


def sent_to(office: Office, recipient: str) -> list[tuple[str, bytes]]:
    found = office.store.db.execute("SELECT message_id, mime FROM mails WHERE recipient = ? ORDER BY id", (recipient,))
    return [(row[0], bytes(row[1])) for row in found]


def test_the_nearest_message_it_answers_decides(office: Office):
    arrive(office, mail(ADA, "First", "Hello there, a first thing.", message_id="<first@mail.example.org>"))
    second = arrive(office, mail(ADA, "Second", "Hello there, a second thing.", message_id="<second@mail.example.org>"))
    references = {"References": "<first@mail.example.org> <second@mail.example.org>"}
    row = arrive(office, answer(ADA, references))

    assert thread(office, row) == thread(office, second)


def test_an_outlook_conversation_joins_where_message_ids_are_lost(office: Office):
    first = incident(office, headers={"Thread-Index": INDEX})
    row = arrive(office, answer(DREW, {"Thread-Index": base64.b64encode(base64.b64decode(INDEX) + b"12345").decode()}))

    assert thread(office, row) == thread(office, first)
    assert linked(office, row) == [("INC-2027-001", "confirmed")]


def test_a_strangers_thread_index_joins_nothing(office: Office):
    first = incident(office, headers={"Thread-Index": INDEX})
    row = arrive(office, answer("spy@web.example.net", {"Thread-Index": INDEX}))

    assert thread(office, row) != thread(office, first)
    assert linked(office, row) == []


def test_our_answers_carry_the_conversation_on_and_our_own_mails_begin_one_each(office: Office):
    incident(office, headers={"Thread-Index": INDEX})

    [(_, answered)] = sent_to(office, DREW)
    assert conversation(message_from_bytes(answered)["Thread-Index"]) == conversation(INDEX)
    alerts = [
        message_from_bytes(mime)["Thread-Index"]
        for to in ("robin.hale", "casey.moran")
        for _, mime in sent_to(office, f"{to}@btp.example.org")
    ]
    assert len({conversation(index) for index in alerts} - {""}) == len(alerts)


def test_an_answer_to_a_mail_of_ours_is_known_by_its_conversation_alone(office: Office):
    incident(office)
    [(_, ours)] = sent_to(office, DREW)
    row = arrive(office, answer(DREW, {"Thread-Index": message_from_bytes(ours)["Thread-Index"]}, "Another subject"))

    assert linked(office, row) == [("INC-2027-001", "confirmed")]


def test_a_reply_token_finds_the_mail_that_is_answered(office: Office):
    office.config = msgspec.structs.replace(
        office.config, imap=msgspec.structs.replace(office.config.imap, plus_addresses=True)
    )
    incident(office)
    [(_, ours)] = sent_to(office, DREW)
    reply_to = message_from_bytes(ours)["Reply-To"]
    assert reply_to.startswith("iag+")
    raw = mail(DREW, "Another subject", "Thank you, that is noted.", to=reply_to)
    theirs = arrive(office, raw)
    spied = arrive(office, raw.replace(DREW.encode(), b"spy@web.example.net"))

    assert linked(office, theirs) == [("INC-2027-001", "confirmed")]
    assert [state for _, state in linked(office, spied)] == ["proposed"]


def test_without_plus_addresses_answers_go_to_the_mailbox_itself(office: Office):
    incident(office)

    assert "Reply-To" not in message_from_bytes(sent_to(office, DREW)[0][1])


def test_an_answer_that_came_before_the_message_it_answers_is_joined_by_that(office: Office):
    early = arrive(office, answer(ADA, {"In-Reply-To": "<late@mail.example.org>"}))
    late = arrive(office, mail(ADA, "IAG advice please", "Hello there, a thing.", message_id="<late@mail.example.org>"))
    other = arrive(
        office, mail("spy@web.example.net", "Re: x", "Hello", headers={"In-Reply-To": "<late@mail.example.org>"})
    )

    assert thread(office, late) == thread(office, early)
    assert thread(office, other) != thread(office, early)


def test_whom_a_proven_sender_addressed_takes_part_in_the_thread(office: Office):
    first = arrive(
        office,
        mail(
            DREW,
            "Kettle",
            "The kettle.",
            message_id="<k@btp.example.org>",
            headers={"Cc": "new.officer@btp.example.org"},
        ),
    )
    colleague = arrive(office, answer("new.officer@btp.example.org", {"In-Reply-To": "<k@btp.example.org>"}))
    unproven = arrive(office, mail("who@web.example.net", "Kettle", "The kettle.", message_id="<w@web.example.net>",
                                   headers={"Cc": "friend@web.example.net"}, authentic=False))  # fmt: skip
    friend = arrive(office, answer("friend@web.example.net", {"In-Reply-To": "<w@web.example.net>"}))

    assert thread(office, colleague) == thread(office, first)
    assert thread(office, friend) != thread(office, unproven)


def test_a_reference_in_the_subject_counts_for_those_who_have_part_in_the_case(office: Office):
    incident(office)
    theirs = arrive(office, answer(DREW, {}, "About INC-2027-001"))
    members = arrive(office, answer(ADA, {}, "About INC-2027-001"))
    strangers = arrive(office, answer("spy@web.example.net", {}, "About INC-2027-001"))
    forged = arrive(office, answer(DREW, {}, "About INC-2027-001").replace(b"dmarc=pass", b"dmarc=fail"))

    assert linked(office, theirs) == [("INC-2027-001", "confirmed")]
    assert linked(office, members) == linked(office, strangers) == [("INC-2027-001", "proposed")]
    assert linked(office, forged) == [("INC-2027-001", "proposed")]


def test_a_subject_places_an_answer_in_a_thread_that_is_about_no_case_yet(office: Office):
    incident(office)
    first = arrive(office, mail(DREW, "Kettle", "The kettle.", message_id="<k@btp.example.org>"))
    row = arrive(office, answer(DREW, {"In-Reply-To": "<k@btp.example.org>"}, "Re: Kettle, for INC-2027-001"))

    assert thread(office, row) == thread(office, first)
    assert linked(office, row) == [("INC-2027-001", "confirmed")]


def test_a_mail_that_was_withdrawn_gives_nobody_part_in_its_thread(office: Office):
    first = incident(office)
    with office.store.immediate() as db:
        for n in range(2):
            made = Outgoing(
                f"x{n}", f"to{n}@web.example.net", "", "mail", "member/received", "A mail", f"<x{n}@btp.example.org>",
                b"-", thread=thread(office, first),
            )  # fmt: skip
            outbox.queue(db, made, NOW)
        outbox.cancel_to(db, "to0@web.example.net", "not wanted", NOW)
        assert not threads.takes_part(db, thread(office, first), "to0@web.example.net")
        assert threads.takes_part(db, thread(office, first), "to1@web.example.net")


def test_two_candidates_are_a_question_and_nothing_is_confirmed(office: Office):
    incident(office, headers={"Thread-Index": INDEX})
    with office.store.immediate() as db:
        second = cases.add(db, "INC-2027-002", "incident", "triaged", NOW, requester="drew", requester_address=DREW)
        links.to_case(db, 1, second.id, NOW, confirmed=True, how="by hand", by="robin")
    row = arrive(office, answer(DREW, {"Thread-Index": INDEX}))
    told = arrive(office, answer(DREW, {"Thread-Index": INDEX}, "Re: INC-2027-002"))
    both = arrive(office, answer(DREW, {}, "INC-2027-001 and INC-2027-002"))

    for asked in (row, both):
        assert sorted(linked(office, asked)) == [("INC-2027-001", "proposed"), ("INC-2027-002", "proposed")]
        assert f"which:{asked}" in tasks_of(office, asked)
    assert ("INC-2027-002", "confirmed") in linked(office, told)


def test_an_unknown_address_that_answers_a_members_copy_is_only_proposed_and_gets_no_mail(office: Office):
    incident(office)
    [(message_id, _)] = sent_to(office, DREW)
    row = arrive(office, answer("drew.at.home@web.example.net", {"In-Reply-To": message_id}))

    assert linked(office, row) == [("INC-2027-001", "proposed")]
    people = office.store.db.execute(
        "SELECT person_id, state FROM links WHERE message_id = ? AND person_id <> ''", (row,)
    )
    assert list(people) == [("drew", "proposed")]
    assert f"identity:{row}" in tasks_of(office, row)
    assert sent_to(office, "drew.at.home@web.example.net") == []


def test_an_answer_under_a_message_id_no_header_may_hold_is_answered_all_the_same(office: Office):
    raw = mail(
        "ada99@web.example.net", "please help", "a man is following me on the train right now, please send someone"
    )
    raw = raw.replace(b"Message-ID: <", b"Message-ID: <\xc3\xa9")
    arrive(office, raw)

    assert len(sent_to(office, "ada99@web.example.net")) == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(0, 7), max_size=6), min_size=1, max_size=8), st.data())
def test_any_graph_of_references_ends_and_gives_a_partition(
    office: Office, graph: list[list[int]], data: st.DataObject
):
    """Message n answers those `graph[n]` names, itself, later and missing ones included; any order, three senders."""
    before = office.store.db.execute("SELECT count(*) FROM messages").fetchone()[0]
    senders = [data.draw(st.sampled_from([ADA, DREW, "who@web.example.net"])) for _ in graph]
    order = data.draw(st.permutations(range(len(graph))))

    def name(n: int) -> str:
        return f"<{before}.{n}@graph.example.org>"

    blank = read(mail(ADA, "Kettle", "The kettle in the hall is broken."), office.config.border)
    rows = []
    with office.store.immediate() as db:
        for n in order:
            ids = tuple(name(one) for one in graph[n])
            message = replace(blank, message_id=name(n), in_reply_to=ids[0] if ids else "", references=ids,
                              sender=replace(blank.sender, address=senders[n]))  # fmt: skip
            assert len(near(message)) == len(set(ids))
            arrived = Arrived("INBOX", 1, before + n + 1, NOW, 1, Packed.of(name(n).encode()))
            row = messages.receive(db, arrived, NOW, history=True)
            assert row is not None
            take(office, db, Waiting(row, NOW, history=True, size=1), message, NOW + timedelta(minutes=n))
            rows.append(row)
    placed = {row: thread(office, row) for row in rows}
    assert len(placed) == len(graph)
    by_thread: dict[int, set[str]] = {}
    for n, row in zip(order, rows, strict=True):
        by_thread.setdefault(placed[row], set()).add(senders[n])
    strangers = [found for found in by_thread.values() if "who@web.example.net" in found]
    assert all(found == {"who@web.example.net"} for found in strangers), "nobody joins an exchange of others"


def test_a_thread_is_the_same_whichever_of_two_addresses_a_person_writes_from(office: Office):
    with office.store.immediate() as db:
        db.execute("INSERT INTO addresses (email, person_id) VALUES ('ada@work.example.org', 'M01')")
    first = arrive(office, mail(ADA, "Kettle", "The kettle.", message_id="<k@mail.example.org>"))
    row = arrive(office, answer("ada@work.example.org", {"In-Reply-To": "<k@mail.example.org>"}))

    assert thread(office, row) == thread(office, first)


def test_mail_from_a_form_of_our_own_address_is_never_answered(office: Office):
    row = arrive(
        office, mail(MAILBOX.replace("@", "+" + "a" * 26 + "@"), "How do I join?", "I would like to join the group.")
    )

    kinds = office.store.db.execute(
        "SELECT recipient FROM outbox WHERE cause_id = ? AND kind IN ('ack', 'danger')", (row,)
    )
    assert list(kinds) == []
