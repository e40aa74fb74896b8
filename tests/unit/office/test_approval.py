"""Sendings that wait for a person's word: what counts as one, and everything that does not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailroom.message import Draft, compose
from mailroom.office import newsletter, preferences
from mailroom.office.office import Office
from mailroom.store import codes, people
from tests.office import mail, small_office
from tests.unit.office.news import (
    ADA,
    CASEY,
    READERS,
    ROBIN,
    WORDS,
    at,
    code,
    drafted,
    issues_to,
    reply,
    rows,
    send,
    stage,
    texts,
    until,
    with_readers,
)
from tests.unit.office.taking import arrive

NOW = at(25, "09:05")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def echoed(office: Office) -> str:
    return texts(office, "notice/done")[-1]


def approvals_of(office: Office) -> str:
    [[state]] = rows(office, "SELECT state FROM approvals")
    return str(state)


def test_the_proof_goes_to_the_coordinator_alone_with_names_and_without_addresses(office: Office):
    drafted(office)

    assert rows(office, "SELECT recipient, state FROM outbox WHERE template = 'notice/proof'") == [(ROBIN, "ready")]
    [proof] = texts(office, "notice/proof")
    assert "to 5 people, if you approve it" in proof
    assert "Ada Winter, Alex Dunmore, Ben Ortiz, Cleo Marsh, Drew Castell" in proof
    assert ADA not in proof
    assert "> The team met three hundred pupils" in proof


def test_a_proof_never_holds_the_link_that_stops_somebodys_newsletter(office: Office):
    drafted(office)

    assert not [person for person in READERS if preferences.token(office, person) in texts(office, "notice/proof")[0]]


def test_the_proof_shows_the_copies_that_go_wrong_first(office: Office):
    with office.store.immediate() as db:
        db.execute("UPDATE people SET name = 'Benedict Alexander Ortiz-Fernandez' WHERE id = 'M02'")
        db.execute("INSERT INTO members (person_id, format) VALUES ('M03', 'plain') ON CONFLICT DO UPDATE SET"
                   " format = 'plain'")  # fmt: skip
    drafted(office)

    [proof] = texts(office, "notice/proof")
    assert "This is the copy of Benedict Alexander Ortiz-Fernandez (the longest name)." in proof
    assert "Cleo Marsh (text alone): “Hello Cleo,”" in proof


def test_who_would_get_none_is_named_with_the_reason(office: Office):
    with office.store.immediate() as db:
        people.suspend(db, ADA)
    drafted(office)

    assert "Ada Winter: the address is out of use" in texts(office, "notice/proof")[0]
    assert "to 4 people" in texts(office, "notice/proof")[0]


def test_the_code_approves_once_and_a_second_time_is_told(office: Office):
    word = f"APPROVE NEWS-2027-01 {drafted(office)}"
    reply(office, word, "notice/proof", NOW)
    assert "It goes on Friday 29 January 2027, 10:00, to 5 people." in echoed(office)
    assert stage(office) == "approved"

    reply(office, word, "notice/proof", NOW + timedelta(hours=1))
    assert "was used already (approved)" in echoed(office)
    until(office, at(29, "10:00"))
    newsletter.look(office, at(29, "10:05"))
    assert issues_to(office) == sorted(READERS)


@pytest.mark.parametrize(
    "words",
    ["Lovely, thanks.", "APPROVE", "APPROVE NEWS-2027-01", "ok", "yes please", "REFUSE", "CANCEL NEWS-2027-01"],
)
def test_an_answer_without_the_code_sends_and_discards_nothing(office: Office, words: str):
    drafted(office)
    reply(office, words, "notice/proof", NOW)

    assert (approvals_of(office), stage(office)) == ("waiting", "approval")


def test_the_verb_and_code_in_the_quoted_proof_are_no_word(office: Office):
    quoted = f"> APPROVE NEWS-2027-01 {drafted(office)}\n> Code: {code(office)}"
    reply(office, f"I will look at it tomorrow.\n\nOn Friday somebody wrote:\n{quoted}", "notice/proof", NOW)

    assert approvals_of(office) == "waiting"


def test_an_out_of_office_with_the_code_is_no_word(office: Office):
    word = f"APPROVE {drafted(office)}"
    reply(office, word, "notice/proof", NOW, **{"Auto-Submitted": "auto-replied"})

    assert approvals_of(office) == "waiting"


def test_a_code_that_was_forwarded_works_for_nobody_else(office: Office):
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", NOW, CASEY)

    assert approvals_of(office) == "waiting"
    assert "was sent to Robin Hale and works for nobody else" in echoed(office)


@pytest.mark.parametrize("sender", [ADA, "robin.hale@webmail.invalid"])
def test_a_code_from_outside_the_roster_does_nothing_and_is_not_answered(office: Office, sender: str):
    word = f"APPROVE {drafted(office)}"
    reply(office, word, "notice/proof", NOW, sender)

    assert approvals_of(office) == "waiting"
    assert texts(office, "notice/done") == []


def test_a_code_from_her_address_that_our_server_does_not_vouch_for_does_nothing(office: Office):
    word = f"APPROVE {drafted(office)}"
    arrive(office, mail(ROBIN, "Re: Proof", word, authentic=False), NOW)

    assert approvals_of(office) == "waiting"


def test_a_code_beside_the_wrong_reference_does_nothing(office: Office):
    word = f"APPROVE NEWS-2027-02 {drafted(office)}"
    send(office, WORDS, at(22, "10:00"), subject="Item for the newsletter")
    reply(office, word, "notice/proof", NOW)

    assert approvals_of(office) == "waiting"
    assert "belongs to NEWS-2027-01, not to NEWS-2027-02" in echoed(office)


def test_an_edited_draft_needs_its_own_code(office: Office):
    old = drafted(office)
    reply(office, "EDIT\nItem 1: The team met 300 pupils.\nIntro: A happy new year to you all.", "notice/proof", NOW)
    new = code(office)
    assert new != old
    shown = texts(office, "notice/proof")[-1]
    assert "> The team met 300 pupils." in shown
    assert "> A happy new year to you all." in shown

    reply(office, f"APPROVE {old}", "notice/proof", NOW)
    assert approvals_of(office) == "waiting"
    reply(office, f"APPROVE {new}", "notice/proof", NOW)
    assert approvals_of(office) == "approved"
    until(office, at(29, "10:00"))
    assert "The team met 300 pupils." in texts(office, "newsletter/issue")[0]


def test_editing_after_the_approval_takes_it_back(office: Office):
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", NOW)
    reply(office, "EDIT NEWS-2027-01\nLeave out: 1", "notice/proof", NOW)

    assert (approvals_of(office), stage(office)) == ("waiting", "approval")
    assert "Item 1 (“Safety week”, from Drew Castell) is not in it: as you said." in texts(office, "notice/proof")[-1]
    until(office, at(30, "10:00"))
    assert issues_to(office) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("EDIT", "EDIT takes lines such as"),
        ("EDIT\nItem 9: no such item", "There is no item 9 in NEWS-2027-01"),
        ("EDIT\nColour: blue", "EDIT knows no line “Colour”"),
        ("EDIT\nLeave out: the second", "needs the number of an item"),
        ("EDIT NEWS-2031-01\nIntro: Hello", "There is no case NEWS-2031-01"),
    ],
)
def test_an_edit_that_says_nothing_clear_changes_nothing(office: Office, words: str, told: str):
    before = drafted(office)
    reply(office, words, "notice/proof", NOW)

    assert told in echoed(office)
    assert code(office) == before


def test_hold_keeps_back_what_was_approved_until_it_is_approved_again(office: Office):
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", NOW)
    reply(office, "HOLD NEWS-2027-01", "notice/done", NOW)
    assert stage(office) == "approval"
    assert "It was approved, and is so no more" in echoed(office)

    reply(office, f"APPROVE {code(office)}", "notice/proof", at(26, "10:00"))
    assert stage(office) == "approved"


def test_a_letter_that_begins_with_hold_is_no_command(office: Office):
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", NOW)
    reply(office, "Hold on, I want to read it again tonight.", "notice/done", NOW)

    assert stage(office) == "approved"


def test_cancel_with_the_code_sends_nothing_for_good(office: Office):
    reply(office, f"CANCEL {drafted(office)}", "notice/proof", NOW)
    until(office, at(30, "10:00"))

    assert (approvals_of(office), stage(office)) == ("cancelled", "skipped")
    assert issues_to(office) == []


def test_a_code_is_too_late_once_the_time_has_come(office: Office):
    drafted(office)
    until(office, at(28, "09:00"))
    late = code(office, "notice/not-approved")
    reply(office, f"APPROVE {late}", "notice/not-approved", at(29, "10:00"))

    assert issues_to(office) == []
    assert "past its time" in echoed(office)


def test_what_must_not_leave_cannot_be_approved(office: Office):
    with_readers(office)
    newsletter.look(office, at(4, "09:00"))
    send(office, f"{WORDS} Write to Ada Winter, ada.winter@mail.example.org, about it.", at(20, "10:00"))
    until(office, at(22, "09:00"))
    assert "This must be changed before it may go:" in texts(office, "notice/proof")[0]

    reply(office, f"APPROVE {code(office)}", "notice/proof", NOW)

    assert approvals_of(office) == "waiting"
    assert "must not leave as it is" in echoed(office)


def test_her_cover_is_asked_while_she_is_away(office: Office):
    with office.store.immediate() as db:
        db.execute("UPDATE people SET state = 'on_leave' WHERE id = 'robin'")
    word = f"APPROVE {drafted(office)}"
    assert rows(office, "SELECT recipient FROM outbox WHERE template = 'notice/proof'") == [(CASEY,)]

    reply(office, word, "notice/proof", NOW, CASEY)
    assert stage(office) == "approved"


def test_all_copies_are_written_or_none(office: Office, monkeypatch: pytest.MonkeyPatch):
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", NOW)
    written: list[Draft] = []

    def fails_at_the_third(draft: Draft) -> bytes:
        written.append(draft)
        if len(written) == 3:
            raise OSError
        return compose(draft)

    monkeypatch.setattr("mailroom.office.mail.compose", fails_at_the_third)
    with pytest.raises(OSError, match=r"^$"):
        newsletter.look(office, at(29, "10:00"))
    assert issues_to(office) == []

    monkeypatch.setattr("mailroom.office.mail.compose", compose)
    newsletter.look(office, at(29, "10:01"))
    assert issues_to(office) == sorted(READERS)


def test_a_code_is_no_longer_good_after_a_week(office: Office):
    word = f"APPROVE {drafted(office)}"
    reply(office, word, "notice/proof", at(22, "09:00") + codes.LIFE)

    assert approvals_of(office) == "waiting"


def test_an_approval_of_an_earlier_version_is_refused_with_what_has_changed(office: Office):
    earlier = drafted(office)
    reply(office, "EDIT\nItem 1: The team met 400 pupils.\nIntro: A happy new year to you all.", "notice/proof", NOW)
    reply(office, f"APPROVE NEWS-2027-01 {earlier}", "notice/proof", NOW)

    said = texts(office, "notice/done")[-1]
    assert "is of an earlier proof; a newer one was sent to you since. Nothing was done" in said
    assert "It was changed since." in said
    assert "Now: A happy new year to you all." in said
    assert "Now: The team met 400 pupils." in said
    assert stage(office) != "approved"
    reply(office, f"APPROVE {earlier}", "notice/proof", NOW, sender=CASEY)
    assert "400 pupils" not in texts(office, "notice/done")[-1], "only whoever was sent the code is told"


def test_whoever_comes_to_approve_it_later_is_sent_the_words_and_not_a_code_for_them_alone(office: Office):
    drafted(office)
    with office.store.immediate() as db:
        db.execute("DELETE FROM roles WHERE person_id = 'robin'")
        db.execute("INSERT INTO roles (person_id, role) VALUES ('casey', 'coordinator')")
    until(office, at(27, "09:30"))

    sql = "SELECT recipient FROM outbox WHERE template = ? ORDER BY id"
    assert rows(office, sql, "notice/not-approved") == []
    assert rows(office, sql, "notice/proof") == [(ROBIN,), (CASEY,)]
    assert "> The team met three hundred pupils" in texts(office, "notice/proof")[-1]
    assert "it is for you to do so now" in texts(office, "notice/proof")[-1]

    until(office, at(28, "09:30"))
    assert rows(office, sql, "notice/not-approved") == [(CASEY,)]
