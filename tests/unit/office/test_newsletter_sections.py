"""The parts of an issue that are not items: whose words they are, when they are left out, and how EDIT gives them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from mailroom.office import newsletter, newsletter_edit
from mailroom.office.office import Office
from mailroom.store import cases
from mailroom.store.cases import Case
from tests.office import mail, small_office
from tests.unit.office.news import ROBIN, WORDS, at, code, drafted, reply, rows, send, stage, texts, until, with_readers
from tests.unit.office.taking import arrive

NOW = at(25, "09:05")
ALEX = "alex.dunmore@btp.example.org"
GOES = date(2027, 1, 29)
FROM_ME = "EDIT\nFrom me: A happy new year to you all.\n\nThank you for your views.\nEND\n"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def a_case(office: Office, ref: str = "CONC-2027-002", stage_: str = "closed", *, final: bool = True) -> Case:
    with office.store.immediate() as db:
        return cases.add(
            db, ref, "concern", stage_, at(11, "09:00"), owner="coordinator", requester="M01", place="Harrow Cross",
            text="the lights at Harrow Cross", final=final,
        )  # fmt: skip


def note(office: Office, text: str, sender: str = ROBIN) -> str:
    arrive(office, mail(sender, "", text), at(12, "09:00"))
    return texts(office, "notice/done")[-1]


def proof(office: Office) -> str:
    return texts(office, "notice/proof")[-1]


def echoed(office: Office) -> str:
    return texts(office, "notice/done")[-1]


def sent(office: Office, day: int = 29, month: int = 1) -> str:
    reply(office, f"APPROVE {code(office)}", "notice/proof", at(day - 1, "14:00", month) if day > 1 else NOW)
    until(office, at(day, "10:00", month))
    return texts(office, "newsletter/issue")[-1]


def test_an_issue_without_any_of_them_has_no_empty_heading(office: Office):
    drafted(office)

    shown = proof(office)
    for heading in ("From the coordinator", "You said, we did", "Places and gaps"):
        assert heading not in shown
    assert "How to reach us" in shown
    assert "61016" in shown


def test_each_part_stands_in_the_contents_and_below_its_heading(office: Office):
    a_case(office)
    note(office, "NOTE CONC-2027-002\nYou said: It is dark there.\nWe did: The lamps were changed.")
    drafted(office)
    reply(office, f"{FROM_ME}Date: 16 March 18:00, meeting\nGap: somebody who signs", "notice/proof", NOW)

    words = sent(office)
    parts = ("From the coordinator", "You said, we did", "Safety week", "Dates", "Places and gaps", "How to reach us")
    contents, _, rest = words.partition("Thank you for your views.")
    for heading in parts:
        assert f"- {heading}" in contents
    assert [rest.index(one) for one in parts[1:]] == sorted(rest.index(one) for one in parts[1:])
    assert "Tuesday 16 March 2027, 18:00: meeting" in words
    assert "somebody who signs" in words
    assert "We did: The lamps were changed." in words


def test_what_she_says_first_may_have_paragraphs_up_to_end(office: Office):
    drafted(office)
    reply(office, FROM_ME + "Heading 1: Yellow line\n\nMany thanks\nRobin Hale", "notice/proof", NOW)

    shown = proof(office)
    assert "> A happy new year to you all." in shown
    assert "> Thank you for your views." in shown
    assert "Yellow line" in shown
    assert "Many thanks" not in shown


def test_an_edit_after_the_approval_of_any_part_needs_a_new_code(office: Office):
    for words in (FROM_ME, "EDIT\nDate: 16 March, meeting", "EDIT\nGap: somebody who signs", "EDIT\nLeave out: dates"):
        old = code(office) if texts(office, "notice/proof") else drafted(office)
        reply(office, f"APPROVE {old}", "notice/proof", NOW)
        assert stage(office) == "approved"
        reply(office, words, "notice/proof", NOW)
        assert (stage(office), code(office) != old) == ("approval", True)


def test_what_is_given_before_the_draft_stands_in_it(office: Office):
    with_readers(office)
    newsletter.look(office, at(4, "09:00"))
    arrive(office, mail(ROBIN, "", "EDIT NEWS-2027-01\nGap: somebody who signs"), at(12, "09:00"))
    assert "NEWS-2027-01 will have it; its draft comes on Friday 22 January" in " ".join(echoed(office).split())
    until(office, at(22, "09:00"))

    assert "somebody who signs" in proof(office)


def test_a_part_can_be_left_out_and_put_back(office: Office):
    drafted(office)
    reply(office, "EDIT\nGap: somebody who signs", "notice/proof", NOW)
    reply(office, "EDIT\nLeave out: places\nLeave out: dates", "notice/proof", NOW)
    assert "Places and gaps" not in proof(office)
    assert "> Dates" not in proof(office)
    reply(office, "EDIT\nPut back: places", "notice/proof", NOW)
    assert "Places and gaps" in proof(office)
    reply(office, "EDIT\nGap: none", "notice/proof", NOW)
    assert "Places and gaps" not in proof(office)


def test_dates_come_from_meetings_the_calendar_and_her_in_their_order(office: Office):
    with office.store.immediate() as db:
        for ref, day in (("MTG-2027-001", "2027-02-10 18:00-20:00"), ("MTG-2027-002", "soon")):
            cases.add(db, ref, "meeting", "dated", at(4, "09:00"), owner="coordinator", facts={"date": day})
    drafted(office)
    reply(office, "EDIT\nDate: 6 Feb, open day at the museum", "notice/proof", NOW)

    lines = [
        line[4:] for line in proof(office).splitlines() if line.startswith("> - ") and ": " in line and "2027" in line
    ]
    assert lines == [
        "Saturday 6 February 2027: open day at the museum",
        "Wednesday 10 February 2027, 18:00 to 20:00: meeting of our members",
        "Friday 19 February 2027, 17:00: last moment for your news for the next newsletter",
    ]  # fmt: skip


def test_bank_holidays_until_the_next_issue_are_named(office: Office):
    with_readers(office)
    newsletter.look(office, at(22, "18:00", 3))
    until(office, at(22, "09:00", 4))

    assert "Monday 3 May 2027: May Day, a bank holiday" in proof(office)


@pytest.mark.parametrize(
    ("written", "day", "what"),
    [
        ("16 March 18:00, meeting", "2027-03-16 18:00", "meeting"),
        ("Tuesday 16 March, 6pm to 8pm: meeting, with tea", "2027-03-16 18:00-20:00", "meeting, with tea"),
        ("Tue, 16 March 2027, 18:00, meeting", "2027-03-16 18:00", "meeting"),
        ("16/3/2027 - open day", "2027-03-16", "open day"),
        ("1 Feb, talk for 30 pupils at 10:30", "2027-02-01", "talk for 30 pupils at 10:30"),
    ],
)
def test_a_date_of_hers_is_read(written: str, day: str, what: str):
    [found] = newsletter_edit.read([f"Date: {written}"], GOES).dates

    assert (found.day, found.words) == (day, what)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Date: soon, meeting", "could not be read"),
        ("Date: Monday 16 March, meeting", "could not be read"),
        ("Date: 16 March", "could not be read"),
        ("Date: 16 March 25:00, meeting", "could not be read"),
        ("Date: 3 January, meeting", "is before the issue goes"),
        ("Gap:", "has nothing after its colon"),
        ("Gap: " + "word " * 41, "has 41 words; there is room for 40"),
        ("From me: " + "word " * 81, "has 81 words; there is room for 80"),
        ("Item 1: The team met pupils.\nColour: blue", "EDIT knows no line “Colour”"),
        ("Leave out: the second", "needs the number of an item"),
        ("From me: Dear all,\n\nthank you for your views on the new winter timetable.", "stands below an empty row"),
    ],
)
def test_a_line_that_cannot_be_read_changes_nothing(words: str, told: str):
    fault = newsletter_edit.read(words.split("\n"), GOES).fault

    assert told in fault
    assert fault.endswith("Nothing was changed.")


def test_an_item_may_go_on_over_rows_to_the_next_empty_one():
    found = newsletter_edit.read(["Item 2: The team met", "three hundred pupils.", "", "Robin"], GOES)

    assert found.words == {2: "The team met three hundred pupils."}


def test_what_was_done_is_told_once_and_of_cases_answered_or_ended_only(office: Office):
    a_case(office)
    a_case(office, "CONC-2027-003", "graded", final=False)
    said = note(office, "NOTE CONC-2027-002\nWe did: The lamps were changed.")
    assert "The next newsletter has it" in said
    said = note(office, "NOTE CONC-2027-003\nWe did: The bench is back.")
    assert "once CONC-2027-003 is answered or has ended" in " ".join(said.split())
    drafted(office)

    words = sent(office)
    assert "We did: The lamps were changed." in words
    assert "bench" not in words
    with office.store.immediate() as db:
        case = cases.by_ref(db, "CONC-2027-003")
        assert case is not None
        cases.move(db, case, "answered", at(2, "09:00", 2), final=False, event="answered", why="by mail", message=None)
    until(office, at(22, "09:00", 2))
    words = sent(office, 26, 2)
    assert "We did: The bench is back." in words
    assert "lamps" not in words


def test_an_issue_that_was_never_sent_has_told_nobody(office: Office):
    a_case(office)
    note(office, "NOTE CONC-2027-002 We did: The lamps were changed.")
    drafted(office)
    assert "The lamps were changed." in proof(office)
    until(office, at(22, "09:00", 2))

    assert stage(office) == "skipped"
    assert "The lamps were changed." in proof(office)


def test_nothing_of_a_concern_itself_is_in_an_issue(office: Office):
    a_case(office)
    note(office, "NOTE CONC-2027-002\nAda wants to hear about it.\nWe did: The lamps were changed.")
    drafted(office)

    words = sent(office)
    for private in ("CONC", "Harrow Cross", "the lights at", "wants to hear", "Ada Winter"):
        assert private not in words.partition("In this issue:")[2]


def test_words_that_name_the_place_are_pointed_out(office: Office):
    a_case(office)

    assert "It names Harrow Cross" in note(office, "NOTE CONC-2027-002\nWe did: Lamps at Harrow Cross were changed.")


def test_only_the_coordinator_says_what_was_done(office: Office):
    a_case(office)

    assert "Only the coordinator decides" in note(office, "NOTE CONC-2027-002\nWe did: The lamps were changed.", ALEX)
    assert rows(office, "SELECT facts FROM cases WHERE ref = 'CONC-2027-002'") == [("{}",)]


def test_a_line_of_hers_can_be_taken_away(office: Office):
    a_case(office)
    note(office, "NOTE CONC-2027-002\nWe did: The lamps were changed.")
    assert "says nothing of it from now on" in note(office, "NOTE CONC-2027-002\nWe did: none")
    drafted(office)

    assert "We did" not in proof(office)


def test_an_issue_of_more_than_nine_hundred_words_is_pointed_out(office: Office):
    with_readers(office)
    newsletter.look(office, at(4, "09:00"))
    for n in range(9):
        send(office, f"Heading: Number {n}\n\n{WORDS} {'They talked with pupils. ' * 24}", at(20, f"1{n}:00"))
    until(office, at(22, "09:00"))

    assert "words; 900 are the most that is read to the end." in " ".join(proof(office).split())


def test_a_figure_among_the_gaps_is_pointed_out(office: Office):
    drafted(office)
    reply(office, "EDIT\nGap: only 2 of us know the north", "notice/proof", NOW)

    assert "a small number can point to a person" in " ".join(proof(office).split())


def test_lint_looks_at_every_part(office: Office):
    drafted(office)
    reply(office, "EDIT\nGap: write to ada.winter@mail.example.org", "notice/proof", NOW)

    assert "This must be changed before it may go:" in proof(office)
