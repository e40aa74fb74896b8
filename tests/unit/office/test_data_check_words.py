"""Figures come explained, or the analyst is asked for what is missing."""

import json
from pathlib import Path

import pytest

from mailroom.office.data_check_words import explained, explanation

pytestmark = pytest.mark.fast

STORY = Path(__file__).parents[2] / "story" / "rows.jsonl"
ALL = ("what it shows", "what it does not show", "out of how many", "over what time")


def mail(row: str) -> str:
    rows = (json.loads(line) for line in STORY.read_text(encoding="utf-8").splitlines())
    return str(next(one["text"] for one in rows if one["id"] == row)).partition("{{copy.quoted}}")[0]


def test_the_clean_return_of_the_story_is_explained_in_its_mail_alone():
    assert explained(mail("I49")).missing == ()


def test_the_first_return_of_the_story_explains_nothing():
    assert explained(mail("I48")).missing == ALL


def test_four_labelled_lines_are_an_explanation():
    words = (
        "What it shows: searches by self-defined ethnicity\nWhat it does not show: why they were made\n"
        "Out of how many: 334 searches at Ashlock\nTime span: October to December 2026"
    )

    assert explained(words).ok


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [
        ("What it shows", "what it shows"),
        ("What it does not show", "what it does not show"),
        ("Denominator", "out of how many"),
        ("Period", "over what time"),
    ],
)
def test_each_missing_line_is_asked_for_by_name(left_out: str, missing: str):
    lines = {
        "What it shows": "stops",
        "What it does not show": "reasons",
        "Denominator": "all passengers",
        "Period": "the quarter",
    }
    words = "\n".join(f"{label}: {said}" for label, said in lines.items() if label != left_out)

    assert explained(words).missing == (missing,)
    assert explained(words).reason == f"The explanation leaves out “{missing}”."


def test_a_label_with_nothing_after_it_says_nothing():
    assert "over what time" in explained("Period: tbc\nWhat it shows: stops").missing


def test_the_explanation_may_be_shared_between_the_mail_and_the_file():
    assert explained("These are counts of searches in 2026.", ("It doesn’t show rates per 1,000 passengers.",)).ok


@pytest.mark.parametrize(
    "words",
    [
        "Table attached.",
        "Please see the table for Ashlock.",
        "Kind regards",
        "I will send the rest in the new year.",
        "",
        "Only the table this time, no time to write it up, sorry.",
    ],
)
def test_a_covering_line_is_no_explanation(words: str):
    assert explained(words).missing == ALL


def test_several_things_missing_are_named_in_one_sentence():
    assert explained("Counts of searches in 2026").reason == (
        "The explanation leaves out “what it does not show” and “out of how many”."
    )


def test_the_explanation_of_a_draft_comes_from_the_files_where_they_say_all():
    page = ("Counts of searches in 2026.", "It does not show rates per 1,000 passengers.")

    assert explanation("Sorry for the delay, it was a long week.", page) == page


def test_of_the_mail_only_the_sentences_that_explain_come_into_a_draft():
    assert explanation(mail("I49"), ()) == (
        "These are counts of searches, not people, October to December 2026.",
        "There is no passenger count by ethnicity so no rates.",
        "Differences between the two stations mostly follow passenger numbers.",
    )


def test_a_check_says_to_the_analyst_what_is_missing():
    verdict = explained("Counts of searches out of 400 people, not comparable.").verdict

    assert (verdict.ok, verdict.public) == (False, "The explanation leaves out “over what time”.")
