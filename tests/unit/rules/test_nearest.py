"""Suggestions for what no rule knows: the likeliest classes, each with the example it is like."""

import pickle

import pytest

from mailroom.rules import vocabulary
from mailroom.rules.lines import parse_lines
from mailroom.rules.nearest import Nearest, of_rules
from mailroom.rules.samples import Sample, Samples, read_samples
from mailroom.rules.view import View
from tests.unit.rules.conftest import facts, message, rules, shipped, somebody

EXAMPLES = """
Example of: action
Usually answers: chaser
Usually names: ACT
Words: another week; outstanding
Text: Can I have another week for my action?
Text: Done, you can close it.

Example of: rec.enquiry
Usually from: stranger
Text: How do I join your group?

Example of: data
Usually from: analyst
Usually attached: any
Text: The figures you asked for are in the sheet.
"""


def read(text: str = EXAMPLES) -> Samples:
    found, problems = read_samples(parse_lines(text, "x.txt"), "x.txt", sorted(vocabulary.ROLES))
    assert problems == []
    return found


def near(text: str = EXAMPLES) -> Nearest:
    found = read(text)
    return Nearest(found.texts, found.habits, found.words.items())


def suggested(view: View, misses: dict[str, str] | None = None, nearest: Nearest | None = None) -> list[str]:
    return [one.class_ for one in (nearest or near()).suggest(view, misses or {})]


def test_the_likeliest_class_comes_first_with_its_nearest_example():
    [first, *_] = near().suggest(View(message("how can I join?"), facts(somebody())), {})

    assert (first.class_, first.near) == ("rec.enquiry", "like the example “How do I join your group?”")


def test_other_forms_of_a_word_are_the_same_word():
    assert suggested(View(message("joining groups"), facts(somebody())))[0] == "rec.enquiry"


def test_who_writes_what_is_answered_and_what_is_named_makes_a_class_likelier():
    plain = message("Here it is.")

    assert suggested(View(plain, facts(answers_template="action/chaser")))[0] == "action"
    assert suggested(View(plain, facts(known_refs=("ACT-2031-004",))))[0] == "action"
    assert suggested(View(plain, facts(somebody("officer", roles=("analyst",)))))[0] == "data"
    assert suggested(View(plain, facts(somebody())))[0] == "rec.enquiry"


def test_a_rule_that_nearly_held_says_so():
    suggestions = near().suggest(View(message("Done with the figures"), facts()), {"data": "“Figures” but for “If x”"})

    assert "“Figures” but for “If x”" in {one.near for one in suggestions if one.class_ == "data"}


def test_without_examples_the_rules_that_nearly_held_are_all_there_is():
    assert suggested(View(message("x"), facts()), {"data": "a", "hcd": "b"}, Nearest((), {})) == ["data", "hcd"]


def test_there_are_never_more_than_three_and_never_the_same_twice():
    found = suggested(View(message("join figures done"), facts()), nearest=of_rules(shipped()))

    assert len(found) == len(set(found)) == 3


def test_what_a_person_confirmed_counts_as_an_example():
    odd = View(message("The ferret is in the samovar again"), facts())
    learned = Sample("edc", "Samovar\n\nThe ferret was in the samovar", "like your message of 3 March, “Samovar”")

    assert suggested(odd, nearest=of_rules(shipped()))[0] != "edc"
    [first, *_] = of_rules(shipped(), [learned]).suggest(odd, {})
    assert (first.class_, first.near) == ("edc", "like your message of 3 March, “Samovar”")


def test_the_examples_of_rules_are_drawn_on_by_name():
    text = "Rule: Ferrets\nIf text contains: ferret\nThen class: edc\nShould catch: the ferret has escaped\n"

    [first, *_] = of_rules(rules(text)).suggest(View(message("my ferrets have escaped"), facts()), {})

    assert first.near == "like the example “the ferret has escaped” of rule “Ferrets”"


@pytest.mark.parametrize("text", ["", "?!", "a" * 5000, "\u4f60\u597d " * 50, "the and of"])
def test_any_text_at_all_is_compared(text: str):
    assert len(suggested(View(message(text), facts()))) == 3


def test_a_long_message_is_looked_at_only_at_its_beginning():
    said = View(message("how do I join your group? " * 100 + "figures sheet " * 50_000), facts(somebody()))

    assert suggested(said)[0] == "rec.enquiry"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Example of: concrn", "x.txt:1: there is no class “concrn”. Did you mean “concern”?"),
        ("Text: hello", "x.txt:1: “Text” must stand under an “Example of:” with its class. Did you mean “Example of”?"),
        ("Example of: data\nTxet: x", "x.txt:2: an example has no line “Txet”. Did you mean “Text”?"),
        (
            "Example of: data\nUsually from: any membr",
            "x.txt:2: “any membr” is no group, role, address or domain. Did you mean “any member”?",
        ),
        (
            "Example of: data\nUsually answers: newsleter",
            "x.txt:2: there is no mail of ours “newsleter”. Did you mean “newsletter”?",
        ),
        (
            "Example of: data\nUsually attached: pdf",
            "x.txt:2: “Usually attached” takes only “any”, not “pdf”. Did you mean “any”?",
        ),
    ],
)
def test_each_slip_in_the_examples_is_named_with_the_nearest_word(line: str, fault: str):
    _, problems = read_samples(parse_lines(line, "x.txt"), "x.txt", sorted(vocabulary.ROLES))

    assert [str(one) for one in problems] == [fault]


def test_the_shipped_examples_know_every_class():
    texts = shipped().samples.texts

    assert {one.class_ for one in texts} == set(vocabulary.CLASSES)
    assert min(sum(one.class_ == name for one in texts) for name in vocabulary.CLASSES) >= 8


def test_the_same_message_is_always_given_the_same_suggestions():
    odd = View(message("could you maybe look at this for us?"), facts())

    assert pickle.dumps(of_rules(shipped()).suggest(odd, {})) == pickle.dumps(of_rules(shipped()).suggest(odd, {}))
