import pytest

from mailroom.rules.schedule_page import examples, page
from tests.unit.rules.conftest import ROOT, rules

pytestmark = pytest.mark.fast

RENEW = "python -c 'from mailroom.rules.schedule_page import page; print(page(), end=str())' > docs/schedule.md"
SORTING = "Rule: Any\nIf from: anyone\nThen class: noise\n"
DIGEST = "Send: digest\nEvery: Monday, 07:30\nTo: cover\n"


def test_the_page_in_docs_is_what_the_program_prints():
    assert (ROOT / "docs" / "schedule.md").read_text(encoding="utf-8") == page(), RENEW


@pytest.mark.parametrize("line", examples())
def test_each_line_is_read_as_the_page_shows_it(line: str):
    label = line.partition(":")[0]
    rest = (
        "" if label in {"Before", "After", "Every"} or label.startswith(("Days", "Working")) else "Every: day, 09:00\n"
    )
    whom = "" if label == "To" else "To: coordinator\n"

    found = rules(SORTING, schedule=f"{DIGEST}Send: summary\n{rest}{whom}{line}\n").duties

    assert [duty.name for duty in found] == ["digest", "summary"]


def test_the_block_at_the_top_of_the_page_can_be_loaded():
    [duty] = rules(SORTING, schedule=page().split("```")[1]).duties

    assert (duty.name, duty.to) == ("digest", ("chief_inspector",))
