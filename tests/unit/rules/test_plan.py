"""Asking all rules by their phrases finds the same as asking each line of each rule."""

from itertools import product

import pytest

from mailroom.message.model import Attachment
from mailroom.rules.deciding import decide
from mailroom.rules.holding import held_by
from mailroom.rules.plan import plan, plan_of
from mailroom.rules.sorting import Rule
from mailroom.rules.view import View
from tests.unit.rules.conftest import facts, message, rules, shipped, somebody

pytestmark = pytest.mark.fast

TEXTS = (
    "", "I am scared to use the station", "left my blue umbrella on the train", "can't attend, apologies for Tuesday",
    "could the group please give us their view on this draft?", "unsubscribe", "Please find my application attached.",
    "We had a serious assault tonight, could I have IAG advice?", "what is the agenda? | item four of the minutes",
)  # fmt: skip


def holds(rule: Rule, view: View) -> bool:
    return all((held_by(one, view) is None) == one.unless for one in rule.conditions)


@pytest.mark.parametrize(("text", "kind"), list(product(TEXTS, ("", "member", "officer"))))
def test_each_line_is_answered_as_if_it_were_asked_by_itself(text: str, kind: str):
    one = message(text, subject=text[:20], attachments=(Attachment("minutes.pdf", "application/pdf", 1, ""),))
    known = facts(somebody(kind), answers_template="meeting/poll" if kind == "member" else "")
    view, made = View(one, known), plan(shipped())
    answer = made.asked(view)

    for planned in made.rules:
        for condition, number in zip(planned.rule.conditions, planned.numbers, strict=True):
            held = held_by(condition, View(one, known))
            assert (answer(number) is None) == (held is None), condition.written
            assert made.words(number, view) == (held or ())


@pytest.mark.parametrize("text", TEXTS)
def test_the_rules_that_hold_are_all_recorded(text: str):
    view = View(message(text), facts())
    static = [rule for rule in shipped().rules if not {one.look for one in rule.conditions} & {"class so far", "flag"}]

    found = {one.rule for one in decide(shipped(), message(text), facts()).matched}

    assert {rule.name for rule in static if holds(rule, view)} <= found


def test_a_phrase_with_room_in_it_is_found():
    made = rules("Rule: Lost\nIf text contains: left my ... on the train\nThen class: noise\n")

    assert decide(made, message("I left my old umbrella on the train"), facts()).class_ == "noise"
    assert decide(made, message("I left my husband"), facts()).class_ == ""


def test_what_several_rules_ask_is_one_line_of_the_plan():
    text = "".join(f"Rule: R{n}\nIf from: any member\nIf text contains: w{n}\nThen flag: tor\n" for n in range(9))

    assert len(plan_of(rules(text).rules).lines) == 10


def test_a_plan_is_made_once_for_a_set():
    made = rules("Rule: A\nIf from: anyone\nThen class: noise\n")

    assert plan(made) is plan(made)
