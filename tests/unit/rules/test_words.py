import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.rules.words import Form, fold, holds, phrase, together

pytestmark = pytest.mark.fast


def held(text: str, written: str, form: Form = "contains") -> bool:
    wanted = phrase(written)
    assert wanted is not None
    return holds(fold(text), form, wanted)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("I CAN'T attend", "can’t attend"),
        ("i cant attend", "can't attend"),
        ("self–harm", "self harm"),
        ("she was at the café", "cafe"),
        ("ﬁne with me", "fine with me"),
        ("two\nlines", "two lines"),
        ("soft\u00adhyphen", "softhyphen"),
        ("stop-and-search", "stop and search"),
        ("it is\u00a0done", "is done"),
    ],
)
def test_writing_differs_and_the_words_are_the_same(text: str, written: str):
    assert held(text, written)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a minute later", "minutes"),
        ("the class is over", "ass"),
        ("I will attend. Meeting later", "attend meeting"),
        ("first\n\nsecond", "first second"),
    ],
)
def test_a_phrase_is_whole_words_within_one_sentence(text: str, written: str):
    assert not held(text, written)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("cld u pls send it b4 8", "could you please"),
        ("We do not feel safe", "dont feel safe"),
        ("we don't feel safe", "do not feel safe"),
        ("I cannot come", "can't come"),
        ("any1 there", "anyone"),
    ],
)
def test_what_is_written_short_is_written_out(text: str, written: str):
    assert held(text, written)


def test_dots_in_a_phrase_leave_room_for_five_words_of_the_sentence():
    assert held("I left my green scarf on the train", "left my ... on the train")
    assert held("I left my on the train", "left my … on the train")
    assert not held("left my one two three four five six on the train", "left my ... on the train")
    assert not held("I left my scarf. It is on the train", "left my ... on the train")
    assert held("Take me off your list.", "take me ... list", "is")
    assert held("Please take me off your list.", "take me ... list", "ends with")
    assert not held("Please take me off your list.", "take me ... list", "starts with")


def test_the_four_forms_mean_what_they_say():
    assert held("Agenda item for June.", "agenda", "starts with")
    assert held("Agenda item for June.", "for june", "ends with")
    assert held("Apologies!", "apologies", "is")
    assert not held("Apologies for June", "apologies", "is")
    assert not held("An agenda", "agenda", "starts with")


def test_a_phrase_without_a_word_is_none():
    assert phrase(" ?! ") is None


def test_found_phrases_come_as_written_and_in_the_order_of_the_list():
    wanted = together(made for one in ("Yes", "no", "maybe", "no") if (made := phrase(one)))

    assert wanted.found([fold("no, yes"), fold("no")]) == ("Yes", "no")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=20))
def test_looking_one_by_one_and_together_agree_on_any_text(text: str, written: str):
    wanted = phrase(written)
    if wanted is not None:
        assert holds(fold(text), "contains", wanted) == bool(together([wanted]).found([fold(text)]))


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_a_text_of_one_sentence_contains_itself(text: str):
    wanted = phrase(text)
    if wanted is not None and "|" not in fold(text).text:
        assert held(text, text, "is")
