"""A form by mail as a case lives it: shown, filled in by and by, asked back twice at most, corrected, too late."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.cli.why import case_in_words
from mailroom.office.cases import answering
from mailroom.office.explain import recall_case
from mailroom.office.office import Office
from mailroom.store import cases, messages, outbox, records, tasks
from tests.office import mail
from tests.unit.office import casework
from tests.unit.office.casework import answered, at_work, bring, case_of, fact, mails, opened, readers, stage, words
from tests.unit.office.form_replies import HEAD
from tests.unit.office.taking import arrive

REF = "OUT-2031-001"
AT = datetime(2031, 1, 15, 10, tzinfo=UTC)
FINN = "finn.noor@mail.example.org"

OUTING = """\
Case: Outing
Reference: OUT
Opens on: another case
Owner: coordinator
Keep apart: remarks, for health_and_safety only
If nothing happens: task to coordinator, 3 working days after entry
Final: closed

Stage: asked
Then send: outing/fill to requester
When form: outing from requester
If form: says read and agree
Otherwise send: outing/not-agreed to requester
Then set: day = form date
Then set: remarks = form remarks
Then send: outing/see-you to requester
Then go to: known

Stage: known
When message: obs.process from health_and_safety
Then go to: closed
"""
FORM = """\
Form: Coming along
Field: date, a date
Field: arrival, a time
Field: read and agree, yes or no
Field: remarks, words, may be empty
"""
FILL = "Please answer:\n\n{% for row in to_fill_in %}\n{{ row.line }}\n\n{% endfor %}\n\nThank you for your time.\n"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setitem(casework.FORMS, "outing", FORM)
    monkeypatch.setitem(casework.BODIES, "fill", FILL)
    monkeypatch.setitem(casework.BODIES, "see-you", "On {{ form.date }} at {{ form.arrival }}.")
    with at_work(tmp_path, outing=OUTING) as made:
        opened(made, "outing", bring(made, FINN, "obs.request", "May I come?", "May I come out?", AT))
        yield made


def writes(office: Office, text: str, hours: float = 1, **how: object) -> int:
    """Let the requester answer, some hours after the first mail."""
    at = AT + timedelta(hours=hours)
    this = bring(office, FINN, "obs.process", "Re: A few lines", text, at, **how)  # type: ignore[arg-type]
    answered(office, REF, this)
    return this.row


def known(office: Office) -> dict[str, str]:
    """Return what stands in the last record of the case."""
    found = records.of_case(office.store.db, case_of(office, REF).id)
    return found[-1].said if found else {}


def asked(office: Office) -> list[str]:
    """Return what the owner has been asked about forms."""
    return [one.text for one in tasks.still_open(office.store.db) if "form" in one.text]


def test_the_mail_shows_the_lines_that_its_reader_is_to_fill_in(office: Office):
    shown = words(office, "outing/fill")

    for line in ("Date (such as 20 February 2031):", "Arrival (such as 2.30 pm):", "Read and agree (yes or no):"):
        assert f"\n{line}\n" in shown.replace("\r\n", "\n")


def test_a_whole_answer_is_one_event_and_its_mail_says_it_in_words(office: Office):
    writes(office, "Date: 20 Feb\nArrival: 2.30 pm\nRead and agree: aye\n\nFinn")

    assert stage(office, REF) == "known"
    assert fact(office, REF, "day") == "2031-02-20"
    assert "Thursday 20 February 2031 at 14:30" in words(office, "outing/see-you")
    assert mails(office, "forms/ask-again") == []
    assert asked(office) == []


def test_what_is_missing_is_asked_back_once_and_the_gaps_alone_are_filled(office: Office):
    writes(office, "Date: tomorrow\nArrival: 2.30 pm")

    back = words(office, "forms/ask-again").replace("\r\n", "\n")
    assert stage(office, REF) == "asked"
    assert "Arrival – 14:30" in back.replace("=E2=80=93", "–")
    assert "tomorrow" in back
    assert "\nDate (such as 20 February 2031):\n" in back
    assert "\nArrival (such as" not in back
    assert known(office) == {"arrival": "14:30"}

    writes(office, "Date: Thu 20 Feb\nRead and agree: yes thanks", 3)
    assert stage(office, REF) == "known"
    assert known(office) == {"date": "2031-02-20", "arrival": "14:30", "read and agree": "yes"}
    assert asked(office) == []


def test_the_answer_to_one_open_line_needs_no_label(office: Office):
    writes(office, "Date: 20 Feb\nArrival: 2.30 pm")
    writes(office, "Yes thanks\n\nFinn", 2)

    assert stage(office, REF) == "known"


def test_after_two_mails_a_person_is_asked_and_never_a_third_mail_goes(office: Office):
    for hours in (1, 5, 30, 60):
        writes(office, "Date: tomorrow\nArrival: 2.30 pm\nRead and agree: yes", hours)

    assert readers(office, "forms/ask-again") == ["M06"]
    assert readers(office, "forms/ask-once-more") == ["M06"]
    assert [text for text in asked(office) if "twice" in text] == asked(office)
    assert len(asked(office)) == 1, "the owner is asked once"
    assert stage(office, REF) == "asked"


def test_where_no_mail_may_go_the_owner_is_asked_at_once(office: Office):
    writes(office, "Date: tomorrow", headers={"X-Auto-Response-Suppress": "All", "List-Id": "x"})

    assert mails(office, "forms/ask-again") == []
    silent = bring(office, FINN, "obs.process", "Automatic reply", "Date: tomorrow", AT, headers={
        "Auto-Submitted": "auto-replied"})  # fmt: skip
    answered(office, REF, silent)
    assert mails(office, "forms/ask-again") == [], "a machine is never asked"


def test_answers_in_the_copy_of_our_own_mail_count(office: Office):
    [[row]] = office.store.db.execute("SELECT id FROM outbox WHERE template = 'outing/fill'")
    copy = words(office, "outing/fill").replace("\r\n", "\n").partition("\n\n")[2]
    copy = copy.replace("2031):", "2031): 20 Feb", 1).replace("pm):", "pm): 2.30pm").replace("no):", "no): yes")
    quoted = "\n".join(f"> {line}".rstrip() for line in copy.split("\n"))
    assert outbox.of(office.store.db, row).person == "M06"
    writes(office, f"Answers below.\n\n{HEAD}\n\n{quoted}")

    assert stage(office, REF) == "known"


def test_the_last_answer_counts_for_as_long_as_the_case_waits(office: Office):
    writes(office, "Date: 20 Feb\nArrival: 2.30 pm\nRead and agree: no")
    assert stage(office, REF) == "asked"
    assert readers(office, "outing/not-agreed") == ["M06"]

    writes(office, "Arrival: 3pm\nRead and agree: yes", 2)

    assert stage(office, REF) == "known"
    assert known(office) == {"date": "2031-02-20", "arrival": "15:00", "read and agree": "yes"}
    said = [one.why for one in cases.events(office.store.db, case_of(office, REF).id) if "filled in" in one.event]
    assert "“arrival”" in said[-1]


def test_once_the_case_has_gone_on_a_correction_is_a_task_and_changes_nothing(office: Office):
    writes(office, "Date: 20 Feb\nArrival: 2.30 pm\nRead and agree: yes")
    writes(office, "Sorry, a correction.\n\nArrival: 4pm", 2)

    assert known(office)["arrival"] == "14:30"
    assert any("otherwise" in text and "“arrival”" in text for text in asked(office))


def test_what_was_filled_in_is_shown_but_for_what_is_kept_apart(office: Office):
    writes(office, "Date: 20 Feb\nRemarks: I have asthma")
    [shown] = answering.shown(office, office.store.db, case_of(office, REF))

    assert shown["said"] == {"date": "2031-02-20", "remarks": "(kept apart)"}
    assert shown["unread"] == ["arrival", "read and agree"]
    told = recall_case(office, REF)
    assert told is not None
    line = "from M06: date: 2031-02-20; remarks: (kept apart), still open: arrival, read and agree"
    assert line in case_in_words(told, office.zone)
    history = [one.why for one in cases.events(office.store.db, case_of(office, REF).id)]
    assert not any("asthma" in one for one in history)


def test_an_answer_that_comes_the_whole_way_is_known_for_what_it_is(office: Office):
    [[ours]] = office.store.db.execute("SELECT message_id FROM outbox WHERE template = 'outing/fill'")
    text = "Date: 20 Feb\nArrival: 2.30 pm\n\nFinn"
    first = mail(FINN, "Re: fill", text, name="Finn Noor", headers={"In-Reply-To": ours, "References": ours})
    arrive(office, first, AT + timedelta(hours=1))
    assert readers(office, "forms/ask-again") == ["M06"]

    [[back]] = office.store.db.execute("SELECT message_id FROM outbox WHERE template = 'forms/ask-again'")
    second = mail(FINN, "Re: Nearly there", "aye", name="Finn Noor", headers={"In-Reply-To": back})
    arrive(office, second, AT + timedelta(hours=2))

    assert stage(office, REF) == "known"
    assert mails(office, "notice/unknown") == []
    assert [one.text for one in tasks.still_open(office.store.db) if one.key.startswith("look:")] == []


def test_an_answer_in_which_somebody_is_in_danger_is_asked_nothing_back(office: Office):
    this = bring(office, FINN, "obs.process", "Re: x", "Date: tomorrow", AT + timedelta(hours=1), ("danger",))
    answered(office, REF, this)

    assert messages.flags(office.store.db, this.row) == ["danger"]
    assert mails(office, "forms/ask-again") == []
    assert len(asked(office)) == 1
