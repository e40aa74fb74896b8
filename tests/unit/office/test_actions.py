"""What each action of the rule language does, and what it leaves to a person."""

import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from random import Random

import pytest

from mailroom.intake import decide_one
from mailroom.message import read
from mailroom.office import reminders
from mailroom.office.act import HOW
from mailroom.office.office import Office
from mailroom.rules.actions import ACTIONS
from mailroom.store import cases, journal, keeping, links, messages, open_store, records, tasks
from mailroom.store.db import BUSY_SECONDS
from mailroom.store.messages import Waiting
from tests.office import mail, small_office
from tests.unit.office.taking import arrive, decide, receive, told, with_rules

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)  # a Tuesday, in working hours
ASK = "We had a serious assault tonight at Harrow Cross. Could I have IAG advice on wording by noon tomorrow?"
OBSERVATION = "About my parcel.\n\nDate: 20 February 2027\nArrival: 9:30\n"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def officer(subject: str, text: str = "About a parcel.", *, authentic: bool = True) -> bytes:
    return mail("drew.castell@btp.example.org", subject, text, name="Drew Castell", authentic=authentic)


def with_file(data: bytes, subject: str = "A parcel", name: str = "form.pdf", text: str = "My form.") -> bytes:
    made = EmailMessage()
    made["Authentication-Results"] = "mx.btp.example.org; dmarc=pass"
    made["From"] = "Ada Winter <ada.winter@mail.example.org>"
    made["To"] = "iag@btp.example.org"
    made["Subject"] = subject
    made["Date"] = "Tue, 12 Jan 2027 10:40:00 +0000"
    made["Message-ID"] = "<form@mail.example.org>"
    made.set_content(text)
    made.add_attachment(data, maintype="application", subtype="pdf", filename=name)
    return made.as_bytes()


def events(office: Office, event: str) -> list[str]:
    return [words for _, one, words in journal.lines(office.store.db, NOW, NOW + timedelta(days=60)) if one == event]


def asked(office: Office, row: int) -> list[str]:
    return [task.text for task in tasks.still_open(office.store.db, "coordinator") if task.message == row]


def test_every_action_of_the_language_is_carried_out():
    assert HOW.keys() == ACTIONS.keys()


def test_a_case_is_moved_and_what_comes_with_the_stage_is_done(office: Office):
    arrive(office, officer("IAG advice please", ASK), NOW)
    with_rules(office, "Then class: inc.request", "Then move: incident to closed")
    row = arrive(office, officer("A parcel for INC-2027-001"), NOW)

    [case] = [cases.by_ref(office.store.db, "INC-2027-001")]
    assert case is not None
    assert (case.stage, case.final) == ("closed", True)
    why = told(office, "SELECT why FROM case_events WHERE event = 'moved' ORDER BY id DESC LIMIT 1")
    assert why == [("by rule “Parcels” because “parcel”",)]
    assert asked(office, row) == []


def test_a_case_is_not_moved_on_the_word_of_somebody_who_may_be_anybody(office: Office):
    arrive(office, officer("IAG advice please", ASK), NOW)
    with_rules(office, "Then class: inc.request", "Then move: incident to closed")
    row = arrive(office, officer("A parcel for INC-2027-001", authentic=False), NOW)
    with office.store.immediate() as db:
        [case] = cases.still_open(db, "incident")
        links.to_case(db, row, case.id, NOW, confirmed=True, how="a person says so", by="robin")

    assert case.stage == "triaged"
    again = arrive(office, mail("spy@web.example.net", "A parcel", "INC-2027-001"), NOW)
    assert cases.still_open(office.store.db, "incident")[0].stage == "triaged"
    assert any("it belongs to no such open case" in words for words in asked(office, again))


def test_a_forged_sender_of_the_thread_moves_nothing(office: Office):
    """The From address is in the directory; our server does not vouch for it, so not even its case is confirmed."""
    raw = mail("drew.castell@btp.example.org", "IAG advice please", ASK, message_id="<one@btp.example.org>")
    arrive(office, raw, NOW)
    with_rules(office, "Then move: incident to closed")
    forged = mail(
        "drew.castell@btp.example.org", "Re: parcel", "Close it.", authentic=False,
        headers={"In-Reply-To": "<one@btp.example.org>"},
    )  # fmt: skip
    row = arrive(office, forged, NOW)

    assert cases.still_open(office.store.db, "incident")[0].stage == "triaged"
    assert any("belongs to no such open case" in words for words in asked(office, row))
    assert [(link.ref, link.state) for link in links.of_message(office.store.db, row)] == [("INC-2027-001", "proposed")]


def test_a_rule_never_closes_a_danger(office: Office):
    cry = "a man is following me on the train right now, please send someone"
    arrive(office, mail("ada.winter@mail.example.org", "help", cry, message_id="<cry@mail.example.org>"), NOW)
    with_rules(office, "Then move: danger to closed")
    answer = {"In-Reply-To": "<cry@mail.example.org>"}
    row = arrive(office, mail("ada.winter@mail.example.org", "parcel", "All fine, thanks.", headers=answer), NOW)

    assert [case.stage for case in cases.in_danger(office.store.db)] == ["red"]
    assert any("only a person closes a danger" in words for words in asked(office, row))


def test_a_form_is_recorded_with_the_case_and_what_is_unread_is_asked(office: Office):
    arrive(office, officer("IAG advice please", ASK), NOW)
    with_rules(office, "Then class: obs.process", "Then record: observation")
    row = arrive(office, officer("A parcel, INC-2027-001", "Date: 20 February 2027\nArrival: after tea\n"), NOW)

    [record] = records.of_message(office.store.db, row)
    [case] = cases.still_open(office.store.db, "incident")
    assert (record.said, record.unread) == ({"date": "2027-02-20"}, ("arrival",))
    assert (record.case, record.person, record.at) == (case.id, "drew", "2027-01-12T10:40:00Z")
    assert records.of_case(office.store.db, case.id) == [record]
    assert any("arrival" in words for words in asked(office, row))
    assert events(office, "recorded") == [
        f"Recorded the form “observation” of #{row} with INC-2027-001, by rule “Parcels” because “parcel”."
    ]


@pytest.mark.parametrize("sender", ["drew.castell@btp.example.org", "pat@web.example.net"])
def test_what_an_unverified_sender_fills_in_is_only_put_before_a_person(office: Office, sender: str):
    with_rules(office, "Then record: observation")
    row = arrive(office, mail(sender, "A parcel", OBSERVATION, authentic=sender.startswith("pat")), NOW)

    assert records.of_message(office.store.db, row) == []
    assert any("not verified: nothing was recorded" in words for words in asked(office, row))


def test_a_form_of_which_nothing_can_be_read_is_put_before_a_person(office: Office):
    with_rules(office, "Then record: observation")
    row = arrive(office, officer("A parcel"), NOW)

    assert records.of_message(office.store.db, row) == []
    assert any("none of its lines could be read" in words for words in asked(office, row))


def test_answers_are_held_and_the_coordinator_is_asked_but_those_who_are_told_are_told(office: Office):
    with_rules(office, "Then hold: a minister is named", "Then reply with: concern/received", "Then tell: cover")
    row = arrive(office, mail("ada.winter@mail.example.org", "A parcel", "Hello."), NOW)

    states = dict(told(office, f"SELECT template, state FROM outbox WHERE cause_id = {row}"))
    assert (states["concern/received"], states["notice/told"]) == ("held", "ready")
    [words] = [words for words in asked(office, row) if "your word" in words]
    assert words == f"#{row}: 1 answer waits for your word (a minister is named), by rule “Parcels” because “parcel”."


def test_the_answer_of_a_case_is_held_too(office: Office):
    with_rules(office, "Then hold: a minister is named", "Then class: concern", "Then open: concern")
    row = arrive(office, mail("ada.winter@mail.example.org", "A parcel", "Hello."), NOW)

    assert told(office, f"SELECT template, state FROM outbox WHERE cause_id = {row} AND kind = 'ack'") == [
        ("concern/received", "held")
    ]


def test_a_danger_answer_is_never_held_and_a_danger_never_binned(office: Office):
    with_rules(office, "Then hold: a minister is named", "Then bin in: 30 days")
    cry = "a man is following me on the train right now, please send someone"
    row = arrive(office, mail("ada.winter@mail.example.org", "A parcel", cry), NOW)

    assert told(office, f"SELECT state FROM outbox WHERE cause_id = {row} AND kind = 'danger'") == [("ready",)]
    assert "held" not in {state for (state,) in told(office, "SELECT state FROM outbox")}
    assert told(office, f"SELECT folder, bin_on FROM messages WHERE id = {row}") == [("", None)]
    assert any("was not put into the bin" in words for words in events(office, "withheld"))


def test_a_rule_that_holds_nothing_asks_nothing(office: Office):
    with_rules(office, "Then hold: a minister is named", "Then class: noise")
    row = arrive(office, mail("ada.winter@mail.example.org", "A parcel", "Hello."), NOW)

    assert asked(office, row) == []


def test_a_restricted_message_lies_apart_and_is_not_found_by_its_words(office: Office):
    with_rules(office, "Then class: member.admin", "Then restrict: it holds health matters")
    row = arrive(office, mail("ada.winter@mail.example.org", "A parcel", "about my wheelchair"), NOW)

    found = keeping.outcome(office.store.db, row)
    assert (found["state"], found["folder"]) == ("restricted", "Restricted")
    assert told(office, "SELECT rowid FROM message_text_fts WHERE message_text_fts MATCH 'wheelchair'") == []
    assert events(office, "restricted") == [
        f"#{row} is restricted (it holds health matters), by rule “Parcels” because “parcel”."
    ]
    [to_file] = messages.to_file(office.store.db, "INBOX", 1, 10)
    assert (to_file.id, to_file.folder) == (row, "Restricted")


def test_what_is_not_indexed_is_filed_like_any_other(office: Office):
    with_rules(office, "Then class: member.admin", "Then file in: Members", "Then do not index")
    row = arrive(office, mail("ada.winter@mail.example.org", "A parcel", "about my wheelchair"), NOW)

    found = keeping.outcome(office.store.db, row)
    assert (found["state"], found["folder"]) == ("handled", "Members")
    assert told(office, "SELECT rowid FROM message_text_fts WHERE message_text_fts MATCH 'wheelchair'") == []


def test_a_binned_message_has_a_date_and_is_kept_until_somebody_deletes_it(office: Office):
    with_rules(office, "Then class: noise", "Then bin in: 30 days")
    row = arrive(office, mail("ada.winter@mail.example.org", "A parcel", "Hello."), NOW)

    assert told(office, f"SELECT folder, bin_on FROM messages WHERE id = {row}") == [("Bin", "2027-02-11")]
    assert messages.raw(office.store.db, row)


# Reminders ---------------------------------------------------------------------------------------------------------


def reminded(office: Office, at: datetime) -> list[str]:
    reminders.remind(office, at)
    return [words for (words,) in told(office, "SELECT text FROM tasks WHERE key LIKE 'remind:%' ORDER BY id")]


NINE_ON_FRIDAY = datetime(2027, 1, 15, 9, tzinfo=UTC)


def test_a_reminder_comes_at_nine_on_its_working_day_as_a_task_and_a_mail_and_only_once(office: Office):
    with_rules(office, "Then class: noise", "Then remind: coordinator; cover in 3 working days")
    row = arrive(office, mail("ada.winter@mail.example.org", "A parcel", "Hello."), NOW)

    assert reminded(office, NINE_ON_FRIDAY - timedelta(minutes=1)) == []
    [first, second] = reminded(office, NINE_ON_FRIDAY)
    assert first == second
    assert first == (
        f"You asked to be reminded of #{row}, which came on Tue 12 January, 10:40, by rule “Parcels” because “parcel”."
    )
    assert len(reminded(office, NINE_ON_FRIDAY + timedelta(days=9))) == 2
    to = told(office, "SELECT person_id FROM outbox WHERE key LIKE 'remind:%' ORDER BY 1")
    assert to == [("casey",), ("robin",)]
    mime = told(office, "SELECT mime FROM mails WHERE key LIKE 'remind:%' LIMIT 1")[0][0]
    assert "Ada Winter" in read(bytes(mime)).text


def test_weekends_and_bank_holidays_are_no_working_days(office: Office):
    with_rules(office, "Then class: noise", "Then remind: coordinator in 2 working days")
    easter = datetime(2027, 3, 25, 10, tzinfo=UTC)  # the Thursday before Good Friday
    arrive(office, mail("ada.winter@mail.example.org", "A parcel", "Hello."), easter)

    assert reminded(office, datetime(2027, 3, 31, 7, 59, tzinfo=UTC)) == []
    assert len(reminded(office, datetime(2027, 3, 31, 8, 0, tzinfo=UTC))) == 1  # nine in summer time


def test_a_reminder_of_what_is_open_keeps_still_once_its_case_is_closed(office: Office):
    lines = ("Then class: concern", "Then open: concern", "Then remind: coordinator in 3 working days, if still open")
    with_rules(office, *lines)
    one = arrive(office, mail("ada.winter@mail.example.org", "A parcel", "First."), NOW)
    two = arrive(office, mail("ben.ortiz@post.example.org", "A parcel", "Second."), NOW)
    with office.store.immediate() as db:
        [link] = links.of_message(db, one)
        cases.move(db, cases.by_id(db, link.case), "answered", NOW, final=True, event="moved", why="", message=None)

    [words] = reminded(office, NINE_ON_FRIDAY)

    assert f"#{two}" in words
    assert words.endswith("Its case is still open.")
    assert told(office, "SELECT outcome FROM reminders ORDER BY id") == [("its case is closed",), ("reminded",)]


def test_a_message_without_a_case_is_still_open(office: Office):
    with_rules(office, "Then class: noise", "Then remind: coordinator in 3 working days, if still open")
    arrive(office, mail("ada.winter@mail.example.org", "A parcel", "First."), NOW)

    assert len(reminded(office, NINE_ON_FRIDAY)) == 1


def test_a_reminder_of_what_is_unanswered_keeps_still_once_somebody_else_has_written(office: Office):
    with_rules(office, "Then class: noise", "Then remind: coordinator in 3 working days, if still unanswered")
    for n, (sender, subject) in enumerate([("ada.winter@mail.example.org", "A"), ("ben.ortiz@post.example.org", "B")]):
        raw = mail(sender, f"A parcel {subject}", "Hello.", message_id=f"<{n}@mail.example.org>")
        arrive(office, raw, NOW)
    hour = NOW + timedelta(hours=1)
    # Ada is answered by an officer; Ben only asks again.
    arrive(
        office,
        mail("robin.hale@btp.example.org", "Re: A", "Yes.", headers={"In-Reply-To": "<0@mail.example.org>"}),
        hour,
    )
    again = {"In-Reply-To": "<1@mail.example.org>"}
    arrive(office, mail("ben.ortiz@post.example.org", "Re: B", "Any news?", headers=again), hour)
    with office.store.immediate() as db:
        db.execute("UPDATE messages SET thread_id = 1 WHERE subject = 'Re: A'")

    [words] = reminded(office, NINE_ON_FRIDAY)

    assert "#2" in words
    assert words.endswith("Nobody has written since.")


def test_a_reminder_of_what_nobody_decided_keeps_still_once_somebody_has(office: Office):
    with_rules(office, "Then remind: coordinator in 3 working days, if still undecided")
    one = arrive(office, mail("ada.winter@mail.example.org", "A parcel", "First."), NOW)
    two = arrive(office, mail("ben.ortiz@post.example.org", "A parcel", "Second."), NOW)
    with office.store.immediate() as db:
        db.execute("UPDATE messages SET class = 'partner' WHERE id = ?", (one,))

    [words] = reminded(office, NINE_ON_FRIDAY)

    assert f"#{two}" in words


# Files taken out ----------------------------------------------------------------------------------------------------


def windows(packed: bytes, other: bytes) -> list[bytes]:
    """Return pieces of stored bytes that the rewritten ones do not hold."""
    found = [packed[at : at + 40] for at in range(0, len(packed) - 40, 331)]
    return [one for one in found if one not in other]


def everywhere(office: Office) -> bytes:
    """Return all bytes of the database's files, as they lie on the disk."""
    return b"".join(path.read_bytes() for path in sorted(office.store.path.parent.glob(f"{office.store.path.name}*")))


def test_no_byte_of_a_file_that_was_taken_out_is_left_in_the_database(office: Office):
    secret = b"%PDF-1.4\n" + Random(7).randbytes(60_000)
    raw = with_file(secret, text="My form, with my wheelchair.")
    with_rules(office, "Then class: vet.member", "Then strip attachments: any", catch="If subject contains: parcel")
    with office.store.immediate() as db:
        row = receive(db, raw, NOW)
        [[packed]] = db.execute("SELECT packed FROM message_raw WHERE message_id = ?", (row,))
    decide_one(office, Waiting(row, NOW, history=False, size=len(raw)), read(raw, office.config.border), NOW)
    [[kept]] = told(office, f"SELECT packed FROM message_raw WHERE message_id = {row}")
    pieces = windows(packed, kept)
    assert len(pieces) > 100
    assert all(piece in everywhere(office) for piece in pieces[:50]), "they are in the log until it is emptied"

    assert office.store.wipe()

    lying = everywhere(office)
    assert [piece for piece in pieces if piece in lying] == []
    assert not any(secret[at : at + 24] in lying for at in range(0, len(secret), 500))
    left = messages.raw(office.store.db, row)
    assert zlib.decompress(kept) == left
    after = read(left, office.config.border)
    assert (after.new_text.strip(), after.authentication.verdict) == ("My form, with my wheelchair.", "pass")
    assert b"form.pdf" in left
    assert told(office, f"SELECT state, folder, bin_on FROM messages WHERE id = {row}") == [
        ("restricted", "Restricted", "2027-01-19")
    ]
    assert events(office, "stripped") == [
        f"Took 1 file out of #{row} (application/pdf), by rule “Parcels” because “parcel”."
    ]


def test_the_log_is_emptied_later_when_another_program_reads_it_now(office: Office):
    with_rules(office, "Then strip attachments: any")
    arrive(office, with_file(b"%PDF-1.4\n" + Random(1).randbytes(5000)), NOW)
    reader = open_store(office.store.path)
    reader.db.execute("BEGIN")
    reader.db.execute("SELECT count(*) FROM messages").fetchone()

    begun = time.monotonic()
    assert not office.store.wipe()
    assert time.monotonic() - begun < BUSY_SECONDS / 2, "mail does not wait for it"
    reader.db.conn.rollback()
    reader.close()
    assert office.store.wipe()
    assert told(office, "SELECT 1 FROM settings WHERE key = 'wipe'") == []


def test_the_same_mail_again_is_kept_no_more_than_the_first(office: Office):
    secret = b"%PDF-1.4\n" + Random(9).randbytes(5000)
    raw = with_file(secret)
    with_rules(office, "Then class: vet.member", "Then strip attachments: .pdf")
    arrive(office, raw, NOW)
    for again in (raw, b"Received: from elsewhere\r\n" + raw):
        with office.store.immediate() as db:
            row = receive(db, again, NOW)
        assert decide_one(
            office, Waiting(row, NOW, history=False, size=len(again)), read(again, office.config.border), NOW
        )

    kept = [messages.raw(office.store.db, row) for (row,) in told(office, "SELECT message_id FROM message_raw")]
    assert len(kept) == 3
    assert len(set(kept)) == 1
    assert read(kept[0]).attachments[0].name == "taken-out.txt"
    assert set(told(office, "SELECT state, folder FROM messages")) == {("restricted", "Restricted")}


def test_words_shown_by_a_file_that_was_taken_out_are_not_found_either(office: Office):
    made = EmailMessage()
    made["From"] = "ada.winter@mail.example.org"
    made["Subject"] = "A parcel"
    made.set_content("As promised, with kettle.")
    made.add_attachment("collar numberplate", filename="officers.txt", disposition="inline")
    with_rules(office, "Then class: data", "Then strip attachments: .txt")
    row = arrive(office, made.as_bytes(), NOW)

    def found(word: str) -> list[int]:
        return [n for (n,) in told(office, f"SELECT rowid FROM message_text_fts WHERE message_text_fts MATCH '{word}'")]

    assert found("kettle") == [row]
    assert found("numberplate") == []


def test_a_message_without_such_a_file_is_filed_like_any_other(office: Office):
    with_rules(office, "Then class: data", "Then file in: Data", "Then strip attachments: .docx")
    row = arrive(office, with_file(b"%PDF-1.4\n"), NOW)

    found = keeping.outcome(office.store.db, row)
    assert (found["state"], found["folder"]) == ("handled", "Data")


STRIP, RESTRICT = "Then strip attachments: any", "Then restrict: it is private"


@pytest.mark.parametrize("order", [(STRIP, RESTRICT), (RESTRICT, STRIP)])
def test_what_is_restricted_and_stripped_stays_out_of_the_search_in_either_order(
    office: Office, order: tuple[str, ...]
):
    with_rules(office, "Then class: data", *order)
    row = arrive(office, with_file(b"%PDF-1.4\n", text="with kettle"), NOW)

    assert told(office, "SELECT rowid FROM message_text_fts WHERE message_text_fts MATCH 'kettle'") == []
    assert keeping.outcome(office.store.db, row)["folder"] == "Restricted"


# Trial --------------------------------------------------------------------------------------------------------------


def test_a_rule_on_trial_only_says_what_it_would_have_done(office: Office):
    def counts() -> dict[str, int]:
        tables = ("links", "tasks", "cases", "case_events", "outbox", "records", "reminders", "threads")
        return {table: told(office, f"SELECT count(*) FROM {table}")[0][0] for table in tables}

    raw = mail("ada.winter@mail.example.org", "A parcel", OBSERVATION)
    lines = ("Then class: concern", "Then open: concern", "Then file in: Parcels", "Then record: observation")
    more = ("Then remind: cover in 2 working days", "Then strip attachments: any", "Then tell: press")
    with_rules(office, "Status: off", *lines, *more)
    with office.store.rolled_back() as db:
        row = receive(db, raw, NOW)
        office_without = decided(office, row, raw)
        without = counts()
    with_rules(office, "Status: trial", *lines, *more)
    with office.store.rolled_back() as db:
        row = receive(db, raw, NOW)
        assert decided(office, row, raw) == office_without
        assert counts() == without
        [words] = events(office, "trial")
    assert words == (
        "Rule “Parcels” on trial would have done: class: concern, then open: concern, then file in: Parcels, then "
        "record: observation, then remind: cover in 2 working days, then strip attachments: any, then tell: press, "
        "because “parcel”."
    )


def decided(office: Office, row: int, raw: bytes) -> tuple[object, ...]:
    decide(office, office.store.db, row, raw, NOW)
    found = keeping.outcome(office.store.db, row)
    return tuple(found[name] for name in ("class", "flags", "folder", "state"))
