"""The page of commands, and that each line of HELP fits a phone."""

from pathlib import Path

import pytest

from mailroom.rules.commands import VERBS
from mailroom.rules.commands.page import as_markdown

pytestmark = pytest.mark.fast

PAGE = Path(__file__).parents[3] / "docs" / "commands.md"


def test_the_page_is_printed_from_the_table():
    assert PAGE.read_text() == as_markdown()


def test_every_verb_stands_on_the_page_with_all_its_spellings():
    page = PAGE.read_text()

    assert [verb.name for verb in VERBS.values() if f"| `{verb.form}`" not in page] == []
    assert [word for verb in VERBS.values() for word in verb.others if word.upper() not in page] == []


def test_help_has_a_short_line_for_every_verb_or_for_its_neighbour():
    briefs = [verb.brief for verb in VERBS.values() if verb.brief]

    assert max(map(len, briefs)) <= 48
    assert len(briefs) <= 16
    assert [name for name in VERBS if name != "help" and not any(name.upper() in one for one in briefs)] == []
