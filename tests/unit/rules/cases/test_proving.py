"""What is proved beyond the broken files of tests/bad: what passes, and what only a whole office shows."""

import pytest

from mailroom.errors import Problems
from mailroom.rules import ROLES, load
from tests.unit.rules.cases.conftest import CONCERN, FORMS, HEAD, TEMPLATES, faults, office
from tests.unit.rules.conftest import LISTS

pytestmark = pytest.mark.fast

WAIT = "When command: CLOSE, from coordinator\nThen go to: closed\n"
GOLD = """\
Case: Gold
Reference: GOLD
Owner: chief inspector
If nothing happens: task to coordinator, 1 working day after entry
Final: agreed
Stage: asked
Then send: incident/gold-asked to {}
When command: AGREED, from chief inspector
Then go to: agreed
"""


def sentences(body: str, head: str = HEAD) -> list[str]:
    return [one.text for one in faults(body, head)]


NO = "When command: NO, from cover\nThen tell: press\n"


@pytest.mark.parametrize(
    "body",
    [
        f"Stage: a\nWhen message: concern from called\nThen tell: cover\nWhen message: concern\nThen flag: tor\n{WAIT}",
        f"Stage: a\nWhen message: concern, saying yes\nThen tell: cover\nWhen message: concern\nThen flag: tor\n{WAIT}",
        f"Stage: a\nWhen command: NO with reason, from cover\nThen tell: cover\n{NO}{WAIT}",
        f"Stage: a\nThen go to: b, if place\nThen go to: c\nStage: b\n{WAIT}Stage: c\n{WAIT}",
        "Stage: a\nChase: task to cover, at wanted by\nWhen time: wanted by\nThen go to: closed\n",
        f"Stage: a\nWhen message: training from any desk\nThen send: incident/call to sender, with the message\n{WAIT}",
        f"Stage: a\nThen send: incident/call to host, with the message\n{WAIT}",
        f"Stage: a\nThen send: incident/call to press, with the message\n{WAIT}",
    ],
)
def test_what_only_looks_like_a_fault_passes(body: str):
    assert sentences(body) == []


def test_an_officers_words_go_to_no_requester_who_may_be_a_member():
    body = f"Stage: a\nThen send: incident/call to requester, with the message\n{WAIT}"
    opened = HEAD.replace("Owner:", "Opens on: inc.request from any officer\nOwner:")
    also = HEAD.replace("Owner:", "Opens on: inc.request from any officer; concern from anyone\nOwner:")

    assert sentences(body, opened) == []
    assert "would pass an officer's words on to the requester" in sentences(body, also)[0]


def test_the_linked_case_has_the_group_in_some_process_that_opens_it():
    opener = HEAD + f"Stage: a\nWhen flag: gold_suggestion\nThen open: gold, linked\n{WAIT}"
    gold = GOLD.format("called of the linked case")

    assert office(worry=opener, gold=gold).cases["gold"].stages
    lacking = opener.replace("Group called: members who are active; not recused for place\n", "").replace(
        "WORRY", "OTHER"
    )
    with pytest.raises(Problems, match=r"other\.txt, which opens this case, has no group “called”"):
        office(other=lacking, gold=gold)
    assert office(worry=opener, other=lacking, gold=gold).cases


def test_what_a_new_case_is_handed_is_a_fact_it_reads():
    opener = HEAD + f"Stage: a\nThen open: worry2, with {{}}\n{WAIT}"
    second = HEAD.replace("WORRY", "SECOND") + f"Stage: a\n{WAIT}"

    assert office(worry=opener.format("level low"), worry2=second).cases
    with pytest.raises(Problems, match=r"“level” is low or high in rules/cases/worry2\.txt, never “middling”"):
        office(worry=opener.format("level middling"), worry2=second)
    with pytest.raises(Problems, match=r"worry2\.txt reads no fact “colour”"):
        office(worry=opener.format("colour red"), worry2=second)


def test_a_file_that_goes_along_is_one_the_office_keeps():
    text = HEAD + f"Stage: a\nThen send: incident/call to called, with riks.pdf\n{WAIT}"
    files = {
        "rules/lists.txt": LISTS,
        "rules/cases/concern.txt": CONCERN,
        "rules/cases/worry.txt": text.encode(),
    } | FORMS

    assert load(files, TEMPLATES, ROLES).cases
    with pytest.raises(Problems, match=r"there is no file “riks\.pdf” in the folder files\. Did you mean “risk\.pdf”"):
        load(files, TEMPLATES, ROLES, enclosed=("risk.pdf",))


def test_a_fault_in_one_file_is_not_told_of_another_that_speaks_of_it():
    opener = HEAD + f"Stage: a\nThen open: gold, linked\nWhen case: gold is agreed\nThen go to: closed\n{WAIT}"
    with pytest.raises(Problems) as caught:
        office(worry=opener, gold=GOLD.format("requestr"))

    assert [one.file for one in caught.value.problems] == ["rules/cases/gold.txt"]
