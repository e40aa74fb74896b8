import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.rules.forms import Form, fill, read_form
from mailroom.rules.lines import parse_lines

pytestmark = pytest.mark.fast

FILE = """\
Form: Coming along on an observation
Note: Asked of members.
Field: date, a date
Field: arrival, a time
Field: place, a place
Field: how many, a number
Field: read and agreed, yes or no
Field: risk, one of low; medium; high
Field: steps, numbered lines
Field: remarks, words
"""


def form() -> Form:
    made, problems = read_form(parse_lines(FILE, "f.txt"), "observation", "f.txt")
    assert made is not None
    assert not problems
    return made


def answer(label: str, written: str) -> str:
    return fill(form(), f"{label}: {written}").values.get(label, "")


def test_a_mail_that_answers_every_line_is_read_whole():
    text = (
        "Hello Rowan,\nhere you are: all of it.\n\n"
        "Date: Thursday 20 February 2031\n> Arival - no, I mean\nArrival: 2.30 pm\n- Place: Kingsmead,\n  gate 4\n"
        "How many: 3 of us\nRead and agreed: Yes, I have read it\nRisk: Medium.\n"
        "Steps:\n1. meet at the desk\n2. walk over\n\nRemarks: I have asthma\nand carry an inhaler.\n\nGrace\n"
    )
    filled = fill(form(), text)

    assert filled.values == {
        "date": "2031-02-20",
        "arrival": "14:30",
        "place": "Kingsmead, gate 4",
        "how many": "3",
        "read and agreed": "yes",
        "risk": "medium",
        "steps": "meet at the desk\nwalk over",
        "remarks": "I have asthma and carry an inhaler.",
    }
    assert filled.unread == ()


def test_what_is_missing_or_cannot_be_read_is_left_to_a_person():
    filled = fill(form(), "Date: next week\nArival: 14:05\nRisk: purple\n\nBye: now")

    assert filled.values == {"arrival": "14:05"}
    assert filled.unread == ("date", "place", "how many", "read and agreed", "risk", "steps", "remarks")


@pytest.mark.parametrize(
    ("label", "written", "read"),
    [
        ("date", "2031-02-20", "2031-02-20"),
        ("date", "20/02/2031", "2031-02-20"),
        ("date", "20.2.31", "2031-02-20"),
        ("date", "20th of February 2031.", "2031-02-20"),
        ("date", "Thu, 20 Feb 2031", "2031-02-20"),
        ("date", "Sat, 20 Feb 2031", ""),
        ("date", "31/02/2031", ""),
        ("date", "20 February", ""),
        ("arrival", "9am", "09:00"),
        ("arrival", "12.15 am", "00:15"),
        ("arrival", "noon", "12:00"),
        ("arrival", "1405", "14:05"),
        ("arrival", "25:00", ""),
        ("read and agreed", "no – sorry", "no"),
        ("read and agreed", "maybe", ""),
        ("how many", "about 3", ""),
        ("how many", "£8.40", "8.40"),
        ("risk", "hgih", "high"),
    ],
)
def test_an_answer_is_read_as_people_write_it_or_not_at_all(label: str, written: str, read: str):
    assert answer(label, written) == read


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=300))
def test_whatever_a_mail_says_every_field_is_answered_or_left_to_a_person(text: str):
    filled = fill(form(), text)
    labels = [field.label for field in form().fields]

    assert sorted([*filled.values, *filled.unread]) == sorted(labels)
    assert all(filled.values.values())


def test_a_pasted_report_of_lines_is_read_in_no_time():
    filled = fill(form(), "Datum: x\n" * 100_000)

    assert "date" in filled.unread
