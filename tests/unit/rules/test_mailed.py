"""Which lines of a mail are rules, and where in the office's files each of them goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.rules.lines import decoded, read_lines
from mailroom.rules.mailed import NEW, Block, blocks, in_words, key_of, merged

pytestmark = pytest.mark.fast

RULE = "Rule: Kettles\nIf subject contains: kettle\nThen class: noise"
FILES = {
    "rules/sorting/10-a.txt": b"# About kettles.\nRule: Kettles\nIf text contains: kettle\nThen class: hcd\n\n"
    b"# About tea.\n\nRule: Tea\nIf text contains: tea\nThen class: noise\nStop\n",
    "rules/lists.txt": b"List: worry\nWords: scared\n",
    "rules/cases/incident.txt": b"Case: Incident\n",
}


def text(found: tuple[Block, ...]) -> list[str]:
    return ["\n".join(block.lines) for block in found]


def test_a_rule_goes_from_its_first_line_to_the_signature():
    mail = f"Dear office,\nplease add this rule: it is about kettles.\n\n{RULE}\n\nMany thanks\nRobin Hale\nExt. 4411"

    assert text(blocks(mail)) == [RULE]
    assert text(blocks(f"{RULE}\nStop\nThanks, Robin")) == [f"{RULE}\nStop"]


def test_paragraphs_bullets_and_wrapped_lines_of_mail_programs_are_read_as_meant():
    bulleted = "\u2022 Rule: Kettles\n\n\u2022 If subject contains: kettle\n\n- Then class: noise"
    wrapped = (
        "Rule: Kettles\nIf subject contains: kettle; teapot; urn; samovar; coffee machine; hot\nwater; boiler\n"
        "Then class: noise"
    )

    assert text(blocks(bulleted)) == [RULE]
    [line] = [one for one in read_lines(text(blocks(wrapped))[0], "mail")[0] if one.label.startswith("if")]
    assert line.values[-2:] == ("hot water", "boiler")


@pytest.mark.parametrize(
    "mail",
    [
        "Rule: no smoking in the hall.",
        "The rules: be kind.\nThen go home.",
        "",
        "If only: x\nThen: y",
        "As a rule:\nfine",
    ],
)
def test_a_mail_that_only_speaks_of_rules_holds_none(mail: str):
    assert blocks(mail) == ()


def test_a_misspelt_line_stays_in_so_that_it_is_told():
    assert text(blocks(f"{RULE}\nThn file in: Noise")) == [f"{RULE}\nThn file in: Noise"]
    assert text(blocks("Rule: Kettles\nIff subject contains: x\nThen class: noise"))[0].count("\n") == 2


def test_a_known_rule_is_replaced_where_it_stands_and_nothing_else_moves():
    changed = merged(blocks(RULE.replace("Kettles", "kettles")), FILES)

    assert list(changed) == ["rules/sorting/10-a.txt"]
    assert changed["rules/sorting/10-a.txt"].decode() == (
        "# About kettles.\nRule: kettles\nIf subject contains: kettle\nThen class: noise\n\n"
        "# About tea.\n\nRule: Tea\nIf text contains: tea\nThen class: noise\nStop\n"
    )


def test_the_last_rule_of_a_file_with_windows_line_ends_is_replaced():
    files = {"rules/sorting/10-a.txt": "Rule: Tea\r\nIf text contains: tea\r\nStop\r\n".encode("utf-16")}
    [changed] = merged(blocks("Rule: Tea\nIf text contains: chai\nStop"), files).values()

    assert changed == b"Rule: Tea\r\nIf text contains: chai\r\nStop\r\n"


def test_new_rules_are_added_to_the_file_of_mailed_rules_one_after_another():
    first = merged(blocks(RULE.replace("Kettles", "Urns")), FILES)
    both = merged(blocks(f"{RULE}\n\nRule: Cups\nIf text contains: cup\nStop"), {**FILES, **first})

    assert list(first) == [NEW]
    assert [line.value for line in read_lines(both[NEW], NEW)[0] if line.label == "rule"] == ["Urns", "Cups"]
    assert set(both) == {NEW, "rules/sorting/10-a.txt"}


@pytest.mark.parametrize(
    ("name", "data", "key"),
    [
        ("10-A.txt", b"Rule: x\n", "rules/sorting/10-a.txt"),
        ("10-a (1).txt", b"Rule: x\n", "rules/sorting/10-a.txt"),
        ("lists.txt", b"List: worry\nWords: x\n", "rules/lists.txt"),
        ("99-mine.txt", b"# mine\n\nRule: x\n", "rules/sorting/99-mine.txt"),
        ("concern.txt", b"Case: Concern\n", "rules/cases/concern.txt"),
        ("incident.txt", b"Rule: x\n", "rules/cases/incident.txt"),
        ("visit.txt", b"Form: A visit\nField: day, a date\n", "rules/forms/visit.txt"),
        ("Roles.txt", b"# ours\nRole: night desk\n", "rules/roles.txt"),
        ("groups.txt", b"Group: called\nWho: members who are active\n", "rules/groups.txt"),
        ("my-groups.txt", b"Group: called\nWho: members who are active\n", ""),
        ("notes.txt", b"Dear Robin: hello\n", ""),
        ("rules.docx", b"Rule: x\n", ""),
        ("..%2f.txt", b"Rule: x\n", ""),
    ],
)
def test_an_attachment_is_the_file_of_its_name_or_a_new_one_of_its_kind(name: str, data: bytes, key: str):
    assert key_of(name, data, FILES) == key


def test_a_change_is_said_in_the_names_of_its_rules():
    after = dict(FILES)
    after["rules/sorting/10-a.txt"] = b"Rule: Kettles\nIf text contains:  kettle\nThen class: hcd\n\nRule: Cups\nStop\n"
    after["rules/lists.txt"] = b"List: worry\nWords: uneasy\n"

    assert in_words(FILES, after) == "lists.txt changed; new rule “Cups” (10-a.txt); rule “Tea” gone (10-a.txt)"
    assert in_words(FILES, FILES) == ""
    assert in_words(FILES, {**FILES, "rules/sorting/10-a.txt": b"# x\n" + FILES["rules/sorting/10-a.txt"]}) == (
        "10-a.txt changed"
    )


LINES = st.sampled_from(
    ["Rule: A", "Rule: Kettles", "If text contains: x", "Then class: noise", "Stop", "", "Hello", "- Rule: B", "# note",
     "Thn: x", "  goes on", "x" * 70, "Rule:", "If text contains: y;"]
)  # fmt: skip


@given(st.lists(LINES, max_size=14))
def test_no_line_of_a_rule_is_lost_on_its_way_into_a_file(lines: list[str]):
    found = blocks("\n".join(lines))
    for key, data in merged(found, FILES).items():
        assert all(
            line.strip() in decoded(data) for block in found for line in block.lines if _lands(block, key, found)
        )


def _lands(block: Block, key: str, found: tuple[Block, ...]) -> bool:
    """A block lands in one file; the same name twice is the second one's."""
    last = [one for one in found if one.name.casefold() == block.name.casefold()][-1]
    return block is last and (key != NEW) == (block.name == "Kettles")


@given(st.text(max_size=600))
def test_no_text_makes_it_fall(mail: str):
    merged(blocks(mail), FILES)
