from collections import Counter
from pathlib import Path

import pytest

from mailroom.rules import RuleSet
from mailroom.rules.vocabulary import CLASSES
from tests.messages import golden

pytestmark = pytest.mark.fast

MESSAGES = sorted(golden.HERE.glob("*.eml")) + sorted(golden.HERE.glob("private/*.eml"))


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return golden.ruleset()


@pytest.mark.parametrize("path", MESSAGES, ids=[path.stem for path in MESSAGES])
def test_each_golden_message_is_sorted_as_its_toml_says(path: Path, rules: RuleSet):
    expected = golden.expected(path)
    decision = golden.judge(path, rules)

    assert (expected["class"], sorted(expected["flags"])) == (decision.class_, sorted(decision.flags))
    assert expected.get("quarantined", False) == bool(decision.quarantine)
    if "sender" in expected.get("nothing_to", ()):
        assert not golden.mails_sender(rules, decision)


def test_every_class_has_two_golden_messages_or_more():
    counted = Counter(golden.expected(path)["class"] for path in MESSAGES)

    assert [name for name in CLASSES if counted[name] < 2] == []


def test_every_action_of_a_decision_names_its_rule_and_where_it_stands(rules: RuleSet):
    for path in MESSAGES:
        for action in golden.judge(path, rules).actions:
            assert action.rule
            assert action.file == "built in" or action.line > 0
            assert action.words


def test_deciding_twice_gives_the_same_decision(rules: RuleSet):
    for path in MESSAGES[:10]:
        assert golden.judge(path, rules) == golden.judge(path, rules)
