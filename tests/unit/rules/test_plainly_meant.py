"""What lets something leave, or ends a task, has to be said plainly: a line that takes its verb back does nothing."""

import pytest

from mailroom.rules.commands.below import read_below
from mailroom.rules.commands.line import read_line

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    "line",
    [
        "Approve 7KQM-3TVX? No, not yet",
        "APPROVE 7KQM-3TVX not",
        "Approve? 7KQM-3TVX",
        "APPROVE 7KQM-3TVX don’t send it yet",
        "Refuse, or approve 7KQM-3TVX",
        "RESEND 7KQM-3TVX? never",
    ],
)
def test_a_sending_is_not_let_go_by_a_line_that_denies_or_asks(line: str):
    found = read_line(line, "notice/held")
    assert found is not None
    assert found.fault


@pytest.mark.parametrize("line", ["Done? Not yet.", "Done - not yet, sorry", "DONE?"])
def test_a_task_is_not_ended_by_one(line: str):
    found = read_line(line, "notice/task")
    assert found is not None
    assert found.fault


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("APPROVE 7KQM-3TVX", ""),
        ("Re: draft ready: approve 7kqm-3tvx, thank you".partition(": ")[2].partition(": ")[2], ""),
        ("APPROVE 7KQM-3TVX no changes needed", ""),
        ("Done, I rang her this morning", "notice/task"),
        ("Done, she is not coming", "notice/task"),
        ("Later", "notice/task"),
    ],
)
def test_a_note_beside_a_plain_word_changes_nothing(line: str, answers: str):
    found = read_line(line, answers)
    assert found is not None
    assert not found.fault


@pytest.mark.parametrize(
    "closing",
    [
        "Kind regards,\nRobin\nInsp Robin Hale | 01632 960111",
        "Many thanks\n\nRobin Hale",
        "Regards\nInsp Robin Hale, IAG coordinator",
        "Robin Hale\nIAG coordinator",
    ],
)
def test_a_text_of_ones_own_ends_at_the_signature(closing: str):
    lines = f"Patrols were doubled.\n\n{closing}\nrobin.hale@btp.example.org".split("\n")
    assert read_below(lines, "Robin Hale", at_once=True).text == "Patrols were doubled."


def test_thanks_in_the_middle_of_a_text_end_nothing():
    lines = ["Thank you", "for what you wrote. Robin Hale will ring you.", "Best", "of all, the lights are back."]
    assert read_below(lines, "Robin Hale", at_once=True).text == "\n".join(lines)
