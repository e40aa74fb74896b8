"""The shipped rules on fresh messages of every class, judged by `mailroom why --json`.

Those numbered below 100 are judged one by one. The rest were written by three people who had not
seen the rules (terse phone mail, formal letters, English as a second language); `test_all_golden.py` judges them all.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.messages import golden

MESSAGES = [path for path in golden.messages() if path.stem < "1" or path.parent != golden.HERE]

Judged = Mapping[Path, Mapping[str, Any]]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return golden.judge(MESSAGES, tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("path", MESSAGES, ids=[path.stem for path in MESSAGES])
def test_each_golden_message_is_sorted_as_its_toml_says(path: Path, judged: Judged):
    expected, found = golden.expected(path), judged[path]

    assert (expected["class"] or None, sorted(expected["flags"])) == (found["class"], sorted(found["flags"]))
    assert golden.broken(path, found) == []


def test_every_action_of_a_decision_names_its_rule_and_where_it_stands(judged: Judged):
    actions = [action for found in judged.values() for action in found["actions"]]

    assert len(actions) > len(MESSAGES)
    for action in actions:
        assert action["rule"]
        assert action["file"] == "built in" or action["line"] > 0
        assert action["words"]
