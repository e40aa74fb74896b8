"""What a message says when a case asks it: the ways people write times, days, places and answers."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailroom.office.cases import readers
from mailroom.office.cases.readers import Text
from mailroom.rules.cases import Reading
from mailroom.rules.words import phrase

pytestmark = pytest.mark.fast

LONDON = ZoneInfo("Europe/London")
AT = datetime(2031, 1, 14, 21, 40, tzinfo=UTC)  # a Tuesday
PLACES = ("Kingsmead", "Kingsmead Interchange", "Harrow Cross")


def text(words: str, subject: str = "") -> Text:
    held = phrase("how many")
    assert held is not None
    return Text(subject, words, AT, LONDON, PLACES, {"asking": (held,), "other": ()}, {"coordinator": ("Robin Hale",)})


def said(reader: str, words: str, *choices: str, fact: str = "it", subject: str = "") -> str:
    return readers.read(Reading(fact, reader, choices), text(words, subject))


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("Could I have views by 1200 tomorrow?", "2031-01-15T12:00:00Z"),
        ("by noon please", "2031-01-15T12:00:00Z"),
        ("It happened at 18:30. I need it by 11pm tonight.", "2031-01-14T23:00:00Z"),
        ("Wed 15 Jan 12:00", "2031-01-15T12:00:00Z"),
        ("no later than Friday 4.30pm", "2031-01-17T16:30:00Z"),
        ("before 09:00 on 1 July", "2031-07-01T08:00:00Z"),
        ("as soon as you can", ""),
        ("Please ring 01632 960123", ""),
    ],
)
def test_a_time(words: str, moment: str):
    assert said("a time", words) == moment


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("on Sat 20 Feb, about 1100 to 1600", "2031-02-20 11:00-16:00"),
        ("with the team on Sat 20 Feb? 11 to 4 suits.", "2031-02-20 11:00-16:00"),
        ("February 20th from 2pm until 5pm", "2031-02-20 14:00-17:00"),
        ("20/02/2031", "2031-02-20"),
        ("some day soon", ""),
        ("on 31 February", ""),
    ],
)
def test_a_date_with_hours(words: str, day: str):
    assert said("a date with hours", words) == day


def test_a_date_in_the_past_without_a_year_is_next_years():
    assert said("a date", "on 3 January") == "2032-01-03"
    assert said("a date", "on the 20th") == "2031-01-20"
    assert said("a date", "next Thursday") == "2031-01-16"


def test_a_place_is_the_longest_that_stands_there_and_the_first_of_several():
    assert said("a place", "at Kingsmead Interchange tonight") == "Kingsmead Interchange"
    assert said("a place", "at Harrow Cross, then Kingsmead") == "Harrow Cross"
    assert said("a place", "at home", subject="KINGSMEAD") == "Kingsmead"
    assert said("a place", "at Kingsmeadow") == ""


def test_a_line_of_the_facts_own_name_counts_before_prose():
    words = "It was at Kingsmead.\nplace: Harrow Cross\n"
    assert said("a place", words, fact="place") == "Harrow Cross"
    assert said("yes or no", "critical: no\nIt is critical.", fact="critical") == "no"


def test_yes_is_read_where_the_word_stands_and_is_not_denied():
    assert said("yes or no", "I want to treat this as critical.", fact="critical") == "yes"
    assert said("yes or no", "This is not critical.", fact="critical") == ""
    assert said("yes or no", "Nothing of the kind.", fact="critical") == ""


def test_answers_lines_lists_and_people():
    assert said("one of", "Overall MEDIUM, three conditions", "low", "medium", "high") == "medium"
    assert said("numbered lines", "1. Stay near.\n2) Wear a vest.\nThanks") == "Stay near.\nWear a vest."
    assert said("told by", "How many searches were there?", "other", "asking") == "asking"
    assert said("told by", "Hello", "asking") == ""
    assert said("about", "Robin Hale was rude", "coordinator") == "yes"
    assert said("about", "The coordinator was rude", "coordinator") == "yes"
    assert said("about", "The train was late", "coordinator") == "no"
    assert said("about", "Dear Robin Hale,\n\nThe train was late.", "coordinator") == "no"
    assert said("about", "Dear coordinator\nThe train was late.", "coordinator") == "no"
    assert said("about", "Dear Alex, Robin Hale was rude to me.", "coordinator") == "yes"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("Yes I can host Finn on the 20th, happy to.", "yes"),
        ("Happy to.", "yes"),
        ("Sorry, I cannot that day.", "no"),
        ("I'm afraid not, no problem otherwise.", "no"),
        ("Which day was it?", ""),
    ],
)
def test_yes_or_no_to_a_question(words: str, answer: str):
    assert readers.says(words) == answer
