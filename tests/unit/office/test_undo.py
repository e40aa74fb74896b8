"""What is done with a message can be taken back, and what can't be is said."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailroom.office import reminders
from mailroom.office.office import Office
from mailroom.office.undo import BACK, FOR_GOOD, OF_VERB, UNSENT, NotUndone, undo
from mailroom.rules.actions import ACTIONS
from mailroom.store import acts, cases, journal, keeping, links, messages, open_store, outbox, tasks, turns
from tests.messages import golden
from tests.office import mail, shipped_set, small_office
from tests.unit.office.taking import arrive, decide, held, receive, told, with_rules

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)  # a Tuesday, in working hours
LATER = NOW + timedelta(minutes=20)
ASK = "We had a serious assault tonight at Harrow Cross. Could I have IAG advice on wording by noon tomorrow?"
WORRY = "People here are frightened to use Harrow Cross after dark, they keep being shouted at."
CRY = "a man is following me on the train right now, please send someone"
PARCEL = "About a parcel"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def officer(subject: str = "IAG advice please", text: str = ASK, **more: str) -> bytes:
    return mail("drew.castell@btp.example.org", subject, text, name="Drew Castell", headers=more)


def worried(subject: str = "Worried", text: str = WORRY) -> bytes:
    return mail("ada.winter@mail.example.org", subject, text)


def take_back(office: Office, at: datetime = LATER, /, **what: int) -> tuple[str, str]:
    """Undo as the coordinator does; returns what was reversed and what was kept, as one text each."""
    with office.store.immediate() as db:
        done = undo(office, db, at, "robin", **what)
    return "\n".join(done.reversed), "\n".join(done.kept)


def refused(office: Office, at: datetime = LATER, /, **what: int) -> str:
    with pytest.raises(NotUndone) as error, office.store.immediate() as db:
        undo(office, db, at, "robin", **what)
    return str(error.value)


GOLDEN = sorted(golden.HERE.glob("*.eml"))


def offices(tmp_path: Path) -> Iterator[tuple[Office, list[Path]]]:
    """One office for all golden messages that need the same cases open."""
    groups: dict[str, list[Path]] = {}
    for path in GOLDEN:
        groups.setdefault(json.dumps(golden.expected(path).get("office", {}).get("open_cases", [])), []).append(path)
    for number, (open_cases, members) in enumerate(groups.items()):
        made = golden._office(tmp_path / str(number), json.loads(open_cases), members)
        store = open_store(made.office.database)
        yield (
            Office(made, store, *shipped_set(), snapshot=(), message_id_key=b"an invented key, thirty-two long"),
            members,
        )
        store.close()


def test_every_golden_message_can_be_taken_back_and_nothing_is_left_of_it(tmp_path: Path):
    """The tables are what they were, but for acts, changes, journal and counters; only a danger refuses."""
    undone = dangers = 0
    for office, members in offices(tmp_path):
        for path in members:
            raw = path.read_bytes().replace(golden.COPY.encode(), f"{path.stem}.{golden.COPY}".encode())
            with office.store.rolled_back() as db:
                row = receive(db, raw, golden.NOW)
                before = held(db)
                decide(office, db, row, raw, golden.NOW)
                after = held(db)
                if keeping.outcome(db, row)["class"] == "control":
                    continue  # a command is taken back by taking back what it did
                if "danger" in messages.flags(db, row):
                    with pytest.raises(NotUndone):
                        undo(office, db, golden.NOW + timedelta(minutes=5), "robin", message=row)
                    assert held(db) == after
                    dangers += 1
                    continue
                undo(office, db, golden.NOW + timedelta(minutes=5), "robin", message=row)
                assert held(db) == before, path.name
                undone += 1

    assert undone > 3 * dangers > 0
    print(f"{undone} taken back, {dangers} dangers left as they are")


def test_an_incident_that_was_none_ends_as_undone_and_its_number_is_not_used_again(office: Office):
    row = arrive(office, officer(), NOW)
    db = office.store.db

    reversed_, kept = take_back(office, message=row)

    case = cases.by_ref(db, "INC-2027-001")
    assert case is not None
    assert (case.stage, case.final) == ("undone", True)
    assert "INC-2027-001 is closed as undone; its number is not used again." in reversed_
    assert f"#{row} has no class any more; it was inc.request." in reversed_
    assert kept == ""
    assert links.of_message(db, row) == []
    assert {state for (state,) in told(office, "SELECT state FROM outbox")} == {"cancelled"}
    events = told(office, "SELECT event, why FROM case_events ORDER BY id")
    assert events[-1] == ("undone", "Robin Hale took it back")
    again = arrive(office, officer("Another one", ASK + " It is another matter."), LATER)
    assert [link.ref for link in links.of_message(db, again)] == ["INC-2027-002"]


def test_what_was_undone_goes_to_a_person_and_back_to_the_inbox(office: Office):
    row = arrive(office, worried(), NOW)
    assert told(office, f"SELECT folder FROM messages WHERE id = {row}") != [("",)]

    reversed_, _ = take_back(office, message=row)

    assert "goes back to the inbox" in reversed_
    assert told(office, f"SELECT class, folder, flags FROM messages WHERE id = {row}") == [("", "", "[]")]
    [look] = [task.text for task in tasks.still_open(office.store.db, "coordinator") if task.message == row]
    assert "Robin Hale took back" in look


def test_what_has_gone_is_named(office: Office):
    row = arrive(office, worried(), NOW)
    with office.store.immediate() as db:
        [[ack]] = db.execute("SELECT id FROM outbox WHERE template = 'concern/received'")
        while (claimed := turns.claim(db, NOW)) is not None and claimed.id != ack:
            pass
        outbox.settle(db, ack, "sent", "250 ok", NOW)

    _, kept = take_back(office, message=row)

    assert "The mail concern/received to Ada Winter (M01) was sent on Tuesday 12 January 2027, 10:40." in kept


def test_the_same_is_not_undone_twice(office: Office):
    row = arrive(office, worried(), NOW)
    take_back(office, message=row)

    assert "taken back already, by Robin Hale on Tuesday 12 January 2027, 11:00" in refused(office, message=row)


def test_nothing_is_undone_once_something_has_happened_since(office: Office):
    first = arrive(office, officer(**{"X-One": "1"}), NOW)
    [message_id] = told(office, f"SELECT message_id FROM messages WHERE id = {first}")[0]
    second = arrive(office, officer("Re: IAG advice please", "It is urgent now.", **{"In-Reply-To": message_id}), LATER)
    assert [link.ref for link in links.of_message(office.store.db, second)] == ["INC-2027-001"]
    before = held(office.store.db)

    why = refused(office, LATER + timedelta(hours=1), message=first)

    assert "since, on Tuesday 12 January 2027, 11:00" in why
    assert f"#{second}" in why
    assert held(office.store.db) == before


def test_the_later_act_can_be_taken_back_first_and_then_the_earlier(office: Office):
    first = arrive(office, officer(), NOW)
    [message_id] = told(office, f"SELECT message_id FROM messages WHERE id = {first}")[0]
    second = arrive(office, officer("Re: IAG advice please", "It is urgent now.", **{"In-Reply-To": message_id}), LATER)

    take_back(office, LATER, message=second)
    take_back(office, LATER, message=first)

    assert told(office, "SELECT stage FROM cases") == [("undone",)]


def test_an_act_on_another_message_is_no_hindrance(office: Office):
    first = arrive(office, worried(), NOW)
    arrive(office, officer(), LATER)

    take_back(office, LATER, message=first)

    assert told(office, "SELECT ref FROM cases WHERE stage <> 'undone'") == [("INC-2027-001",)]


def test_a_command_about_it_is_nothing_that_has_happened_since(office: Office):
    row = arrive(office, officer(), NOW)
    with office.store.immediate() as db:
        command = receive(db, b"Subject: WHY\n\nWHY\n", LATER)
        [case] = cases.still_open(db)
        with acts.recording(db, LATER, "robin", "sorted", "A command.", message=command):
            db.execute("UPDATE messages SET class = 'control' WHERE id = ?", (command,))
            links.to_case(db, command, case.id, LATER, confirmed=True, how="it answers our mail", by="mailroom")

    take_back(office, message=row)

    assert told(office, "SELECT stage FROM cases") == [("undone",)]


@pytest.mark.parametrize("about", ["message", "case"])
def test_an_undo_never_lowers_a_danger(office: Office, about: str):
    row = arrive(office, mail("kd@web.example.net", "please help", CRY), NOW)
    [case] = cases.in_danger(office.store.db)
    before = held(office.store.db)

    why = refused(office, **{about: row if about == "message" else case.id})

    assert "SAFE-2027-001" in why
    assert "only a person closes it" in why
    assert held(office.store.db) == before


def test_what_was_never_done_is_not_undone(office: Office):
    with office.store.immediate() as db:
        row = receive(db, officer(), NOW)

    assert refused(office, message=row) == f"Nothing was done with #{row} that could be taken back."


def test_the_last_act_on_a_case_is_found_by_its_reference(office: Office):
    row = arrive(office, officer(), NOW)
    [case] = cases.still_open(office.store.db)

    reversed_, _ = take_back(office, case=case.id)

    assert "INC-2027-001 is closed as undone" in reversed_
    assert links.of_message(office.store.db, row) == []


def test_an_answer_typed_by_hand_stands_in_the_way_of_undoing_what_it_answers(office: Office):
    row = arrive(office, worried(), NOW)
    with office.store.immediate() as db:
        [case] = cases.still_open(db)
        with acts.recording(db, LATER, "by hand", "sent", "#9 was sent by hand."):
            cases.answered(db, case.id, LATER)

    assert "#9 was sent by hand." in refused(office, LATER, message=row)


def test_an_act_within_an_act_goes_back_with_it_and_what_it_had_undone_stands_again(office: Office):
    """A correction undoes what the rule did and gives another class; undoing the correction restores the rule's."""
    row = arrive(office, worried(), NOW)
    db = office.store.db
    before = held(db)
    words = f"#{row} is partner."
    with office.store.immediate() as db, acts.recording(db, LATER, "robin", "corrected", words, message=row):
        undo(office, db, LATER, "robin", message=row)
        db.execute("UPDATE messages SET class = 'partner', folder = 'Partners' WHERE id = ?", (row,))
    assert told(office, f"SELECT class FROM messages WHERE id = {row}") == [("partner",)]

    reversed_, kept = take_back(office, LATER + timedelta(hours=1), message=row)

    assert f"#{row} is concern again; it was partner." in reversed_
    after = held(db)
    assert {name: after[name] for name in before if name != "outbox"} == {
        name: rows for name, rows in before.items() if name != "outbox"
    }
    assert "stays withdrawn" in kept, "a mail that was cancelled is not sent after all"
    assert "taken back already" in refused(office, LATER + timedelta(hours=2), message=row)


def test_an_undo_that_no_longer_fits_changes_nothing(office: Office):
    row = arrive(office, mail("ada.winter@mail.example.org", "Kettle", "The kettle in the hall is broken."), NOW)
    take_back(office, message=row)
    [[act]] = told(office, "SELECT id FROM acts WHERE kind = 'undo'")
    with office.store.immediate() as db:
        db.execute("UPDATE acts SET kind = 'tidied' WHERE id = ?", (act,))
        db.execute("DELETE FROM tasks")
        columns = "id, key, role, text, opened_at"
        db.execute(f"INSERT INTO tasks ({columns}) VALUES (1, 'other', 'coordinator', 'another', '2027')")
    before = held(office.store.db)

    assert "no longer fits" in refused(office, act=act)
    assert held(office.store.db) == before


def test_the_undo_is_in_the_journal_and_names_who(office: Office):
    row = arrive(office, worried(), NOW)
    take_back(office, message=row)

    [words] = [
        words for _, event, words in journal.lines(office.store.db, NOW, LATER + timedelta(1)) if event == "undone"
    ]
    assert words.startswith(f"Robin Hale took back: Sorted #{row} as concern by rule")


# One line for each verb; what it does must be taken back, or be named as what stays.
LINES = {
    "class": "Then class: partner",
    "flag": "Then flag: scrut; tor",
    "file in": "Then file in: Parcels/Post",
    "reply with": "Then reply with: concern/received",
    "tell": "Then tell: coordinator",
    "forward to": "Then forward to: press",
    "open": "Then open: enquiry",
    "link": "Then link to: incident",
    "move": "Then move: incident to closed",
    "record": "Then record: observation",
    "remind": "Then remind: coordinator in 3 working days",
    "hold": "Then hold: a person should read the answer first",
    "quarantine": "Then quarantine: it looks like bait",
    "restrict": "Then restrict: it holds health matters",
    "strip attachments": "Then strip attachments: any",
    "do not index": "Then do not index",
    "bin in": "Then bin in: 30 days",
}


def parcel() -> bytes:
    made = EmailMessage()
    made["Authentication-Results"] = "mx.btp.example.org; dmarc=pass"
    made["From"] = "Drew Castell <drew.castell@btp.example.org>"
    made["To"] = "iag@btp.example.org"
    made["Subject"] = f"{PARCEL} for INC-2027-001"
    made["Message-ID"] = "<parcel@btp.example.org>"
    made.set_content("Date: 20 February 2027\nArrival: 9:30\n")
    made.add_attachment(b"%PDF-1.4 invented", maintype="application", subtype="pdf", filename="form.pdf")
    return made.as_bytes()


def test_every_action_of_the_language_has_an_answer_to_undo():
    assert OF_VERB.keys() == ACTIONS.keys()
    assert LINES.keys() == ACTIONS.keys()


@pytest.mark.parametrize("verb", LINES)
def test_what_an_action_did_is_taken_back_or_named(office: Office, verb: str):
    arrive(office, officer(), NOW)
    more = {"class": (), "open": ("Then class: rec.enquiry",), "hold": ("Then reply with: concern/received",)}
    with_rules(office, LINES[verb], *more.get(verb, ("Then class: noise",)))
    with office.store.immediate() as db:
        row = receive(db, parcel(), LATER)
        before = held(db)
        state = keeping.outcome(db, row)["state"]
        decide(office, db, row, parcel(), LATER)
        done = json.loads(keeping.outcome(db, row)["decision"])["actions"]
    assert verb in {action["verb"] for action in done}, "the rule has to have done it, or nothing is proved"
    assert all(action["rule"] == "Parcels" and action["line"] for action in done if action["file"] != "built in")

    _, kept = take_back(office, LATER + timedelta(minutes=1), message=row)

    assert state == "received"
    after = held(office.store.db)
    if OF_VERB[verb] == FOR_GOOD and verb == "strip attachments":
        assert "gone for good" in kept
        assert keeping.outcome(office.store.db, row)["folder"] == "Restricted", "the server's copy holds the files"
        before.pop("messages")
        after.pop("messages")
    elif OF_VERB[verb] == FOR_GOOD:
        assert "stay out of the search" in kept
    assert OF_VERB[verb] in (BACK, UNSENT, FOR_GOOD)
    assert after == before
    if verb in ("quarantine", "restrict"):
        assert keeping.outcome(office.store.db, row)["state"] == "handled"


def test_what_was_set_apart_and_filed_is_released_by_an_undo(office: Office):
    with_rules(office, "Then restrict: it holds health matters")
    row = arrive(office, parcel(), NOW)
    with office.store.immediate() as db:
        messages.filed(db, [row], NOW)
    assert keeping.outcome(office.store.db, row)["state"] == "restricted"

    take_back(office, message=row)

    found = keeping.outcome(office.store.db, row)
    assert (found["state"], found["folder"]) == ("filed", "")


def test_a_reminder_that_was_sent_is_named_and_its_task_withdrawn(office: Office):
    with_rules(office, "Then remind: coordinator in 1 working day")
    row = arrive(office, parcel(), NOW)
    assert reminders.remind(office, NOW + timedelta(days=1)) == 1

    reversed_, kept = take_back(office, NOW + timedelta(days=1, hours=1), message=row)

    assert "A reminder about" in kept
    assert "withdrawn" in reversed_
    assert [task.text for task in tasks.still_open(office.store.db) if "reminded" in task.text] == []


def test_an_act_outside_of_a_transaction_is_refused(office: Office):
    with pytest.raises(RuntimeError, match="inside a transaction"), acts.recording(office.store.db, NOW, "x", "y", "z"):
        pass


def test_the_tables_refuse_a_step_nobody_has_named(office: Office):
    with pytest.raises(sqlite3.IntegrityError), office.store.immediate() as db:
        db.execute("INSERT INTO changes (act_id, step, in_table, row) VALUES (1, 'lost', 'links', 1)")
