"""Whatever is saved under the name of a rule file, the office is not kept waiting by it."""

import time

import pytest

from mailroom.errors import Problems
from mailroom.rules import ROLES, load
from mailroom.rules.ruleset import MOST_RULES
from tests.unit.rules.conftest import LISTS, TEMPLATES


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3900,
        b"  prose that goes on for ever\n" * 30_000,
        b"Rule: A\n" + b"  prose that goes on for ever\n" * 30_000,
        b"If frm: any membr\n" * 50_000,
        b"Rule: A\n" + b"If frm: any membr\nThen clas: nois\n" * 25_000,
        b"Rule: A\nIf from: any member\nThen remind: " + b"x in 3 working days " * 45_000,
        b"Rule: A\nIf text contains: " + b'"; ' * 300_000,
        b"".join(b"Rule: R%d\nIf from: any member\nThen file in: F%d\n" % (n, n) for n in range(18_000)),
        "Rule: A\n".encode("utf-16") * 30_000,
    ],
    ids=["picture", "prose", "one line", "no rule", "slips", "reminder", "quotes", "rules", "utf-16"],
)
def test_a_megabyte_of_anything_is_refused_before_anybody_gets_impatient(data: bytes):
    begun = time.process_time()
    with pytest.raises(Problems) as caught:
        load({"rules/sorting/10-test.txt": data, "rules/lists.txt": LISTS}, TEMPLATES, ROLES)

    assert caught.value.problems
    assert time.process_time() - begun < 10


def test_the_most_rules_there_may_be_are_proved_in_time():
    rule = b"Rule: R%d\nIf from: any member\nIf text contains: a%d; b%d; c\nThen file in: Folder%d\n"
    data = b"".join(rule % (n, n, n, n) for n in range(MOST_RULES))
    begun = time.process_time()

    assert len(load({"rules/sorting/a.txt": data, "rules/lists.txt": LISTS}, TEMPLATES, ROLES).rules) == MOST_RULES
    assert time.process_time() - begun < 10
