"""A person says what a message is: what followed from the old class is taken back, and nothing is sent for it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.message import read
from mailroom.office import corrections
from mailroom.office.corrections import reclassify
from mailroom.office.office import Office
from mailroom.office.take import take
from mailroom.office.undo import undo
from mailroom.rules import filing
from mailroom.store import acts, cases, confirmed, links, messages, places, views
from mailroom.store.messages import Arrived, Packed, Waiting
from tests.office import mail, small_office

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)
ADA, DREW = "ada.winter@mail.example.org", "drew.castell@btp.example.org"
WORRY = "People here are frightened to use Harrow Cross after dark, they keep being shouted at."
ODD = "The kettle in the hall is broken."
TABLES = ("links", "tasks", "cases", "confirmed", "message_text")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def arrive(office: Office, text: str, sender: str = ADA, at: datetime = NOW, *, subject: str = "Harrow Cross") -> int:
    raw = mail(sender, subject, text)
    with office.store.immediate() as db:
        [uid] = db.execute("SELECT count(*) + 1 FROM messages").fetchone()
        row = messages.receive(db, Arrived("INBOX", 1, uid, at, len(raw), Packed.of(raw)), at, history=False)
        assert row is not None
        take(office, db, Waiting(row, at, history=False, size=len(raw)), read(raw, office.config.border), at)
        messages.filed(db, [row], at)
    return row


def correct(office: Office, row: int, class_: str, folder: str | None = None) -> corrections.Corrected:
    with office.store.immediate() as db:
        return reclassify(office, db, NOW + timedelta(hours=1), row, class_, "robin", "by mail", folder)


def contents(office: Office) -> dict[str, list[tuple[object, ...]]]:
    found = {name: list(office.store.db.execute(f"SELECT * FROM {name} ORDER BY 1")) for name in TABLES}
    return found | {"m": list(office.store.db.execute("SELECT class, flags, folder, decision FROM messages"))}


def journal(office: Office, event: str) -> list[str]:
    return [words for (words,) in office.store.db.execute("SELECT words FROM journal WHERE event = ?", (event,))]


def test_a_corrected_message_goes_to_its_new_folder_and_what_had_followed_is_taken_back(office: Office):
    row = arrive(office, WORRY)
    [case] = cases.still_open(office.store.db, "concern")
    done = correct(office, row, "media")
    db = office.store.db
    shown = views.message(db, row)

    assert (done.before, done.after) == ("concern", "media")
    assert (shown.class_, shown.folder) == ("media", "Media")
    assert "media" in shown.priority
    assert cases.by_ref(db, case.ref) is not None
    assert cases.still_open(db, "concern") == []
    assert any(case.ref in line for line in done.reversed)
    assert [one.class_ for one in confirmed.newest(db)] == ["media"]
    assert "Robin Hale says, by mail, that #1 is media; it was concern." in journal(office, "corrected")


def test_whom_it_is_from_does_not_hang_on_the_class(office: Office):
    row = arrive(office, WORRY)
    people = "SELECT person_id, state FROM links WHERE person_id IS NOT NULL"
    before = list(office.store.db.execute(people))
    correct(office, row, "media")

    assert before == [("M01", "confirmed")]
    assert list(office.store.db.execute(people)) == before


def test_a_case_that_the_message_answers_stays_linked_whatever_the_class(office: Office):
    arrive(office, WORRY)
    [case] = cases.still_open(office.store.db, "concern")
    row = arrive(office, f"About {case.ref}: {ODD}", subject=f"Re: [{case.ref}]")
    assert [link.ref for link in links.of_message(office.store.db, row)] == [case.ref]
    done = correct(office, row, "media")

    assert [link.ref for link in links.of_message(office.store.db, row)] == [case.ref]
    assert not [line for line in done.reversed if "linked" in line]


def test_what_cannot_be_taken_back_is_named_and_a_case_not_opened_is_a_task(office: Office):
    row = arrive(office, WORRY)
    with office.store.immediate() as db:
        db.execute("UPDATE outbox SET state = 'sending' WHERE kind = 'ack'")
        db.execute("UPDATE outbox SET state = 'sent' WHERE kind = 'ack'")
    done = correct(office, row, "media")
    back = correct(office, row, "concern")

    assert any("was sent" in line for line in done.kept)
    assert any("concern" in line and "opened" in line for line in back.to_do)
    assert any("Nobody was written to" in line for line in back.to_do)
    assert ("todo:1:concern",) in list(office.store.db.execute("SELECT key FROM tasks WHERE done_at IS NULL"))


def test_nothing_is_sent_because_of_a_correction(office: Office):
    row = arrive(office, WORRY)
    count = "SELECT count(*) FROM outbox"
    before = office.store.db.execute(count).fetchone()
    for class_ in ("inc.request", "rec.enquiry", "concern", "", "rights"):
        correct(office, row, class_)

    assert office.store.db.execute(count).fetchone() == before


def test_an_undo_of_a_correction_brings_everything_back_as_it_was(office: Office):
    for number, text in enumerate((WORRY, ODD), 1):
        row = arrive(office, text, subject=f"Note {number}")
        before = contents(office)
        correct(office, row, "media")
        assert contents(office) != before
        with office.store.immediate() as db:
            undo(office, db, NOW + timedelta(hours=2), "robin", message=row)
        after = contents(office)
        # A case that was closed as undone and opened again has been entered anew; its number and stage are the same.
        assert [one[1:4] for one in after.pop("cases")] == [one[1:4] for one in before.pop("cases")]
        # The task to look at what has no class says now who took what back.
        assert [one[1:3] for one in after.pop("tasks")] == [one[1:3] for one in before.pop("tasks")]
        assert after == before


def test_a_second_correction_takes_nothing_back_twice(office: Office):
    row = arrive(office, WORRY)
    correct(office, row, "media")
    before = len(acts.of_message(office.store.db, row))
    done = correct(office, row, "rights")

    assert (done.before, done.reversed, done.kept) == ("media", (), ())
    assert len(acts.of_message(office.store.db, row)) == before + 1
    assert views.message(office.store.db, row).folder == "Rights"


def test_what_is_taken_for_nothing_any_more_goes_back_to_the_inbox_and_a_person_is_asked(office: Office):
    row = arrive(office, WORRY)
    correct(office, row, "media")
    correct(office, row, "")
    shown = views.message(office.store.db, row)

    assert (shown.class_, shown.folder) == ("", "")
    assert confirmed.of(office.store.db, row) is None
    [(text,)] = office.store.db.execute("SELECT text FROM tasks WHERE key = 'look:1' AND done_at IS NULL")
    assert "Robin Hale says that #1 is not media" in text
    correct(office, row, "media")
    assert not list(office.store.db.execute("SELECT 1 FROM tasks WHERE key = 'look:1' AND done_at IS NULL"))


def test_a_class_confirmed_is_learned_and_changes_nothing(office: Office):
    row = arrive(office, WORRY)
    before = contents(office)
    done = correct(office, row, "concern")
    after = contents(office)

    assert done.act is None
    assert confirmed.of(office.store.db, row) is not None
    before["confirmed"] = after["confirmed"]
    assert after == before


def test_a_danger_is_never_lowered(office: Office):
    row = arrive(office, "Somebody has a knife at Harrow Cross and is threatening people, please help.")
    before = contents(office)
    assert views.message(office.store.db, row).class_ == "danger"
    for class_ in ("noise", ""):
        done = correct(office, row, class_, "Noise")
        assert "only a person closes" in done.refused
    assert contents(office) == before


def test_a_danger_that_a_person_sees_is_a_task_as_nobody_was_alerted_and_can_be_taken_back(office: Office):
    row = arrive(office, WORRY)
    done = correct(office, row, "danger", "Danger")

    assert "Nobody was alerted to #1" in done.to_do[0]
    assert ("todo:1:danger",) in list(office.store.db.execute("SELECT key FROM tasks WHERE done_at IS NULL"))
    assert "only a person closes" in correct(office, row, "noise", "Noise").refused
    with office.store.immediate() as db:
        undo(office, db, NOW + timedelta(hours=2), "robin", message=row)
    assert views.message(office.store.db, row).class_ == "concern"


@pytest.mark.parametrize("class_", ["control", "media"])
def test_a_command_is_a_command_and_nothing_else_becomes_one(office: Office, class_: str):
    row = arrive(office, WORRY)
    with office.store.immediate() as db:
        db.execute("UPDATE messages SET class = ?", ("control" if class_ == "media" else "concern",))

    assert "a command is a command" in correct(office, row, class_).refused


def test_what_was_not_read_or_is_restricted_keeps_its_state(office: Office):
    row = arrive(office, WORRY)
    with office.store.immediate() as db:
        db.execute("UPDATE messages SET state = 'restricted'")
    assert "restricted" in correct(office, row, "media").refused
    with office.store.immediate() as db:
        messages.receive(db, Arrived("INBOX", 1, 99, NOW, 5, None), NOW, history=False, reason="too large")
    assert "has not been read" in correct(office, 2, "media").refused


def test_of_a_mail_that_was_set_apart_nothing_is_learned_but_it_may_be_released(office: Office):
    row = arrive(office, WORRY)
    with office.store.immediate() as db:
        db.execute("UPDATE messages SET state = 'quarantined', class = 'suspect', folder = 'Quarantine'")
    correct(office, row, "concern")
    shown = views.message(office.store.db, row)

    assert (shown.class_, shown.state, shown.folder) == ("concern", "filed", "Concerns")
    assert confirmed.newest(office.store.db) == []


def test_words_that_must_not_be_found_leave_the_search_with_the_class(office: Office):
    row = arrive(office, WORRY)
    assert views.search(office.store.db, "frightened", 5) == [row]
    correct(office, row, "rec.application")
    assert views.search(office.store.db, "frightened", 5) == []


def test_when_something_has_happened_since_the_class_changes_and_the_rest_stays_and_is_said(office: Office):
    row = arrive(office, WORRY)
    [case] = cases.still_open(office.store.db, "concern")
    with office.store.immediate() as db, acts.recording(db, NOW, "robin", "moved", "The case went on.", case=case.id):
        db.execute("UPDATE cases SET place = 'Millgate' WHERE id = ?", (case.id,))
    done = correct(office, row, "media")

    assert views.message(office.store.db, row).class_ == "media"
    assert done.kept[0].startswith("What had followed stays as it is. Something has happened since")
    assert [one.ref for one in cases.still_open(office.store.db, "concern")] == [case.ref]


def test_a_correction_leaves_where_the_message_lies_to_whoever_moves_it(office: Office):
    row = arrive(office, WORRY)
    correct(office, row, "media")
    lying = places.of(office.store.db, row)

    assert (lying.wanted, lying.spot) == ("Media", places.Spot("INBOX", 1, 1))


def test_folders_and_classes_are_those_of_the_rules_in_force(office: Office):
    ruleset = office.rules
    assert filing.folder_of(ruleset, "concern") == "Concerns"
    assert filing.classes_in(ruleset, "concerns") == ("concern",)
    assert filing.classes_in(ruleset, "Danger") == ("danger",)
    assert filing.classes_in(ruleset, "My own folder") == ()
    assert filing.folder_of(ruleset, "no class") == ""
    assert {"Concerns", "Danger", "Meetings/Replies"} <= set(filing.folders(ruleset))
