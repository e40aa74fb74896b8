"""All golden messages together: how many come out right, and that nothing is done that must not be."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mailroom.rules.vocabulary import CLASSES
from tests.messages import golden

MESSAGES = golden.messages()
KNOWN = tomllib.loads((golden.HERE / "known_misses.toml").read_text())
LEAST_RIGHT = 0.95
LEAST_PER_CLASS = 8

Judged = Mapping[Path, Mapping[str, Any]]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return golden.judge(MESSAGES, tmp_path_factory.mktemp("golden"))


def test_every_class_has_eight_golden_messages_or_more():
    counted = Counter(golden.expected(path)["class"] for path in MESSAGES)

    assert [name for name in CLASSES if counted[name] < LEAST_PER_CLASS] == []


def test_nearly_all_are_right_and_what_is_not_is_known_by_name(judged: Judged):
    wanted = {path.stem: golden.expected(path) for path in MESSAGES}
    given = {path.stem: found for path, found in judged.items()}
    missed = {name for name, one in wanted.items() if (one["class"] or None) != given[name]["class"]}
    wrong = {name for name in missed if given[name]["class"]}
    print(
        f"{len(wanted)} messages: {len(wanted) - len(missed)} right, {len(wrong)} wrong, "
        f"{len(missed) - len(wrong)} left to a person"
    )

    assert len(missed) <= (1 - LEAST_RIGHT) * len(wanted)
    assert missed == set(KNOWN)


def test_flags_are_raised_as_the_tomls_say(judged: Judged):
    differ = [
        (path.stem, sorted(set(golden.expected(path)["flags"]) ^ set(found["flags"])))
        for path, found in judged.items()
        if path.stem not in KNOWN and set(golden.expected(path)["flags"]) != set(found["flags"])
    ]

    assert differ == []


def test_nothing_is_done_that_must_not_be(judged: Judged):
    assert [(path.stem, fault) for path, found in judged.items() for fault in golden.broken(path, found)] == []


def test_nobody_but_the_sender_and_the_offices_own_roles_is_ever_written_to(judged: Judged):
    """Whatever comes in: no rule writes to a member because of somebody else's message."""
    for path, found in judged.items():
        others = [mail for mail in found["mails"] if mail["recipient"] != found["from"]["address"]]
        assert [mail for mail in others if not mail["recipient"].endswith("@btp.example.org")] == [], path
