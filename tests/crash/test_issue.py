"""kill -9 while the February newsletter of the story goes out; `python -m tests.long.kill_issue` has every point."""

import random
from pathlib import Path

import pytest

from tests.crash.issue import READERS, STEPS_A_MAIL, kill, save

pytestmark = [pytest.mark.crash, pytest.mark.story]

SEED = 20270226


def test_the_newsletter_of_the_story_survives_a_kill_at_either_side_of_a_reply(tmp_path: Path):
    chance = random.Random(SEED)
    made = save(tmp_path / "saved")

    reply = kill(made, tmp_path / "reply", "reply", chance.randint(1, READERS))
    step = kill(made, tmp_path / "step", "step", chance.randint(STEPS_A_MAIL, READERS * STEPS_A_MAIL))

    assert reply.reached
    assert (reply.doubts, reply.arrived) == (1, 1), "it had arrived, and nobody can know"
    assert step.reached
    assert step.doubts <= 1
