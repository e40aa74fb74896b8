"""The ledger of messages, the cases' numbers, and finding things by their words."""

from datetime import datetime, timedelta

import pytest

from mailroom.store import Store, cases, messages, views
from mailroom.store.messages import Arrived, Packed

RAW = b"Subject: hello\r\n\r\n" + b"caf\xe9 \x00 and the same again, " * 200


def receive(store: Store, now: datetime, uid: int, raw: bytes | None = RAW, size: int = 0) -> int:
    with store.immediate() as db:
        content = None if raw is None else Packed.of(raw)
        row = messages.receive(db, Arrived("INBOX", 7, uid, now, size or len(raw or b""), content), now, history=False)
    assert row is not None
    return row


def test_the_bytes_come_back_as_the_server_gave_them_and_take_less_room(store: Store, now: datetime):
    row = receive(store, now, 1)

    [packed] = store.db.execute("SELECT length(packed) FROM message_raw").fetchone()
    assert messages.raw(store.db, row) == RAW
    assert packed < len(RAW) / 10


def test_a_message_is_entered_once_however_often_it_is_fetched(store: Store, now: datetime):
    receive(store, now, 1)

    with store.immediate() as db:
        again = messages.receive(db, Arrived("INBOX", 7, 1, now, 9, Packed.of(b"otherwise")), now, history=False)

    assert again is None
    assert views.states(store.db, "messages") == {"received": 1}


def test_a_message_too_large_to_take_has_its_row_and_no_bytes(store: Store, now: datetime):
    row = receive(store, now, 1, raw=None, size=90 << 20)

    assert views.message(store.db, row).state == "quarantined"
    with pytest.raises(LookupError):
        messages.raw(store.db, row)


def test_messages_wait_in_the_order_the_server_received_them(store: Store, now: datetime):
    late = receive(store, now + timedelta(hours=1), 1)
    early = receive(store, now, 2)

    assert [waiting.id for waiting in messages.waiting(store.db, 10)] == [early, late]


def test_the_third_failure_parks_a_message_for_a_person(store: Store, now: datetime):
    row = receive(store, now, 1)

    with store.immediate() as db:
        parked = [messages.record_failure(db, row, "it broke") for _ in range(messages.TRIES)]

    assert parked == [False, False, True]
    assert [(stuck.id, stuck.reason) for stuck in views.stuck(store.db)] == [(row, "it broke")]


def test_the_same_bytes_are_known_again_and_a_shared_message_id_is_not_enough(store: Store, now: datetime):
    first = receive(store, now, 1)
    same = receive(store, now, 2)
    other = receive(store, now, 3, RAW + b"!")

    assert (messages.twin(store.db, same), messages.twin(store.db, other)) == (first, None)


def test_a_message_is_found_by_its_words_whatever_their_accents(store: Store, now: datetime):
    rows = [receive(store, now, 1), receive(store, now, 2, b"two")]
    with store.immediate() as db:
        messages.index(db, rows[0], "Re: Café", "the late train")
        messages.index(db, rows[1], "Minutes", "the early train")

    assert views.search(store.db, "cafe late") == [rows[0]]
    assert sorted(views.search(store.db, "train")) == rows


@pytest.mark.parametrize("words", ['"', "NEAR(", "a OR", "train*", "subject:", "-x", "'; DROP TABLE x"])
def test_whatever_a_person_types_is_only_words(store: Store, words: str):
    assert views.search(store.db, words) == []


def test_a_number_is_never_used_again_even_when_its_case_was_not_kept(store: Store):
    with store.immediate() as db:
        first = cases.next_ref(db, "INC", 2031)
        cases.reserve(db, "INC", 2031, 9)
        cases.reserve(db, "INC", 2031, 4)
        then = cases.next_ref(db, "INC", 2031)

    with store.immediate() as db:
        assert (first, then, cases.next_ref(db, "INC", 2032)) == ("INC-2031-001", "INC-2031-010", "INC-2032-001")
