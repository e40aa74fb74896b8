"""“If reads like”, and what is passed on below a mail."""

import pytest

from mailroom.message.model import Forward
from mailroom.rules import decide
from mailroom.rules.nearest import Nearest
from mailroom.rules.plan import plan
from mailroom.rules.samples import Sample
from mailroom.rules.view import View
from tests.unit.rules.conftest import facts, message, rules, somebody

pytestmark = pytest.mark.fast

RULE = "Rule: Worry\nIf from: any member\nIf reads like: concern\nThen class: concern\n"
EXAMPLES = Nearest(
    (
        Sample("concern", "The families on our estate are afraid of the underpass", "like the underpass"),
        Sample("concern", "Women at the mosque are afraid of the last bus", "like the bus"),
        Sample("noise", "Twenty per cent off branded mugs", "like the mugs"),
        Sample("news.item", "A photo for the newsletter", "like the photo"),
    ),
    {},
)


def test_a_mail_that_is_clearly_like_the_examples_of_a_class_reads_like_it():
    decision = decide(rules(RULE), message("Our families are afraid of the underpass"), facts(), EXAMPLES)

    assert decision.class_ == "concern"
    assert "concern: like the underpass" in decision.matched[0].words


@pytest.mark.parametrize("text", ["ok", "Branded mugs, twenty per cent off", "A photo of the afraid families"])
def test_a_mail_that_is_like_two_classes_or_another_does_not(text: str):
    assert decide(rules(RULE), message(text), facts(), EXAMPLES).class_ == ""


def test_without_examples_nothing_reads_like_anything():
    assert decide(rules(RULE), message("Our families are afraid of the underpass"), facts()).class_ == ""
    assert decide(rules(RULE), message("Our families are afraid"), facts(), Nearest((), {})).class_ == ""


@pytest.mark.parametrize(("sender", "asked"), [("member", 1), ("officer", 0)])
def test_likeness_is_asked_once_and_only_of_a_rule_whose_other_lines_hold(sender: str, asked: int):
    calls: list[View] = []

    def likeness(view: View) -> None:
        calls.append(view)

    made = plan(rules(RULE + RULE.replace("Worry", "Again").replace("any member", "any member; partner")))
    view = View(message("words"), facts(somebody(sender)), likeness)
    answer = made.asked(view)
    for one in made.rules:
        all((answer(number) is None) == unless for number, unless, _ in one.tests)

    assert len(calls) == asked


def test_a_rule_can_look_into_what_is_passed_on():
    rule = "Rule: Press\nIf forwarded text contains: reporter\nThen class: media\n"
    passed_on = Forward("Sam", "sam@courier.example.net", "Fwd: quick chat", "I am a reporter, may we talk?")

    assert decide(rules(rule), message("what do i say", forward=passed_on), facts()).class_ == "media"
    assert decide(rules(rule), message("I met a reporter"), facts()).class_ == ""


@pytest.mark.parametrize(("sender", "class_"), [("member", "danger"), ("", "danger"), ("officer", "")])
def test_a_cry_that_is_passed_on_is_a_cry_but_not_in_an_officers_enclosure(sender: str, class_: str):
    cry = Forward("R", "r@webmail.example.net", "", "a man is following me")

    assert decide(rules(RULE), message("look", forward=cry), facts(somebody(sender))).class_ == class_
