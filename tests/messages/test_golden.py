"""The shipped rules on fresh messages of every class, judged by `mailroom why --json`."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mailroom.rules.vocabulary import CLASSES
from tests.messages import golden

pytestmark = pytest.mark.fast

MESSAGES = sorted(golden.HERE.glob("*.eml")) + sorted(golden.HERE.glob("private/*.eml"))

Judged = dict[Path, dict[str, Any]]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return golden.judge(MESSAGES, tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("path", MESSAGES, ids=[path.stem for path in MESSAGES])
def test_each_golden_message_is_sorted_as_its_toml_says(path: Path, judged: Judged):
    expected, found = golden.expected(path), judged[path]

    assert (expected["class"] or None, sorted(expected["flags"])) == (found["class"], sorted(found["flags"]))
    quarantined = any(action["action"].startswith("quarantine") for action in found["actions"])
    assert expected.get("quarantined", False) == quarantined
    if "sender" in expected.get("nothing_to", ()):
        written_to = {mail["recipient"] for mail in found["mails"]}
        assert found["from"]["address"] not in written_to


def test_every_class_has_two_golden_messages_or_more():
    counted = Counter(golden.expected(path)["class"] for path in MESSAGES)

    assert [name for name in CLASSES if counted[name] < 2] == []


def test_every_action_of_a_decision_names_its_rule_and_where_it_stands(judged: Judged):
    actions = [action for found in judged.values() for action in found["actions"]]

    assert len(actions) > len(MESSAGES)
    for action in actions:
        assert action["rule"]
        assert action["file"] == "built in" or action["line"] > 0
        assert action["words"]


def test_nobody_but_the_sender_and_the_offices_own_roles_is_ever_written_to(judged: Judged):
    """Whatever comes in: no rule writes to a member because of somebody else's message."""
    for path, found in judged.items():
        others = [mail for mail in found["mails"] if mail["recipient"] != found["from"]["address"]]
        assert [mail for mail in others if not mail["recipient"].endswith("@btp.example.org")] == [], path
