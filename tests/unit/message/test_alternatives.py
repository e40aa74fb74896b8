"""The form in which lists of words are searched for quickly: it finds what the list says, and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.message.alternatives import alternatives, quick

pytestmark = pytest.mark.fast

BLOCK = r"""
    \b(?:user|mail ?box|a(?:ddress|lias))s?~(?:not (?:be )?found|
        full\b)
    (?:un)?known|(?:no|bad) such (?:user|box)|\bid\b|gr[ea]y
"""
WORDS = [
    "user",
    "users",
    "mail",
    "box",
    "mailbox",
    "address",
    "alias",
    "not",
    "be",
    "found",
    "full",
    "fuller",
    "unknown",
    "known",
    "no",
    "bad",
    "such",
    "id",
    "idle",
    "void",
    "grey",
    "gray",
    "is",
    "x",
    "(",
    ",",
    ":",
]


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from([" ", " ", "", "\n"])), max_size=12))
def test_the_same_is_found_at_the_same_places(words: list[tuple[str, str]]):
    text = "".join(word + space for word, space in words)
    plain, sooner = re.compile(alternatives(BLOCK)), quick(BLOCK)

    assert [found.start() for found in plain.finditer(text)] == [found.start() for found in sooner.finditer(text)]


@pytest.mark.parametrize("phrase", ["[xy]z", "x?yz", r"\d{3}", "(?<!not )listed", "(?:ab)*c", "(?:ab)??c", "x+y"])
def test_a_phrase_that_begins_with_no_plain_letter_is_refused(phrase: str):
    with pytest.raises(ValueError, match="does not begin with a letter"):
        quick(f"    unknown\n    {phrase}\n")
