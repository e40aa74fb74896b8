import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.errors import Problems
from mailroom.rules.lines import MOST_BYTES, Line, parse_lines, read_lines, split_values

pytestmark = pytest.mark.fast

RULE = "Rule: Replies\nIf from: any member\nIf subject contains: RSVP; can attend\nThen class: mtg.rsvp\nStop\n"
LABELS = ["rule", "if from", "if subject contains", "then class", "stop"]


def facts(lines: tuple[Line, ...]) -> list[tuple[str, tuple[str, ...]]]:
    return [(line.label, line.values) for line in lines]


@pytest.mark.parametrize(
    "slip",
    [
        RULE.encode("utf-8-sig"),
        RULE.encode("utf-16"),
        RULE.encode("utf-16-le"),
        RULE.encode("utf-16-be"),
        RULE.replace("\n", "\r\n").encode(),
        RULE.replace("\n", "\r").encode(),
        RULE.replace(": ", ":\t").encode(),
        RULE.replace(" ", "\u00a0").encode(),
        RULE.upper().encode(),
        RULE.replace("If from", "if  From").encode(),
        RULE.replace("RSVP; can attend", "RSVP;\ncan attend").encode(),
        RULE.replace("RSVP; can attend", "RSVP;\n   can attend").encode(),
        RULE.replace("RSVP; can attend", "\u201cRSVP\u201d; \u201ccan attend\u201d").encode("cp1252"),
        RULE.replace("RSVP; can attend", "“RSVP”; ‘can attend’").encode(),
        RULE.replace("RSVP; can attend", '"RSVP; can attend').encode(),
        RULE.replace("RSVP; can attend", "RSVP;; can attend;").encode(),
        RULE.replace(": ", "： ").encode(),
        RULE.replace("\n", "\n\n# a comment\n").encode(),
        RULE.replace("Stop", "  Stop.").encode(),
        RULE.replace("Stop", "Stop: yes").encode(),
        RULE.replace("If from", "   If from").encode(),
    ],
)
def test_what_word_notepad_and_outlook_do_to_a_file_is_read_as_meant(slip: bytes):
    lines = parse_lines(slip, "a.txt")

    assert [line.label for line in lines] == LABELS
    assert tuple(value.lower() for value in lines[2].values) == ("rsvp", "can attend")


@pytest.mark.parametrize("value", ["10:30 at the office", "#412", "[INC-2031-001]", "it's", "Yes", "7", "a – b"])
def test_a_value_may_hold_colons_signs_and_numbers(value: str):
    assert (value.replace("–", "-"),) == parse_lines(f"Should catch: {value}", "a.txt")[0].values


def test_a_line_knows_where_its_value_stands():
    line = parse_lines("# one\n\nThen class:   concern", "a.txt")[0]

    assert (line.label, line.value, line.line, line.column) == ("then class", "concern", 3, 15)


def test_a_missing_colon_is_a_fault_and_never_a_continuation():
    _, problems = read_lines("If from: any member\nThen class concern\n", "a.txt")

    assert [str(one) for one in problems] == ["a.txt:2: “Then class concern” isn't “Label: value”; is a colon missing?"]


def test_every_fault_of_a_file_is_reported_at_once():
    with pytest.raises(Problems) as caught:
        parse_lines("nonsense\nIf from:\nThen class:   \n", "a.txt")

    assert [problem.line for problem in caught.value.problems] == [1, 2, 3]


def test_a_semicolon_inside_closed_quotes_does_not_split():
    assert split_values('"a; b"; c') == ("a; b", "c")


def test_a_photograph_saved_as_rules_is_refused_in_a_sentence():
    with pytest.raises(Problems, match="over a megabyte"):
        parse_lines(b"\xff" * (MOST_BYTES + 1), "a.txt")


@settings(max_examples=80, deadline=None)
@given(st.one_of(st.text(max_size=300), st.binary(max_size=300)))
def test_no_text_at_all_crashes_the_parser(data: bytes | str):
    lines, problems = read_lines(data, "a.txt")

    assert all(line.label for line in lines)
    assert all(problem.file == "a.txt" and problem.text for problem in problems)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("abc def.", min_size=1).filter(lambda text: text.strip(" .")), min_size=1, max_size=5))
def test_what_was_written_as_values_is_read_as_values(values: list[str]):
    written = "; ".join(values)

    assert tuple(value.strip() for value in values) == parse_lines(f"Words: {written}", "a.txt")[0].values


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"PK\x03\x04\x14\0\x06\0\x08\0!\0"])
def test_a_picture_or_a_document_of_a_word_processor_is_named_as_no_text(data: bytes):
    assert [str(one) for one in read_lines(data * 9, "a.txt")[1]] == [
        "a.txt: isn't plain text. Save it as text, in Notepad for one, or take it away."
    ]


def test_a_fault_is_told_under_the_word_even_where_letters_cannot_be_seen():
    line = parse_lines("Rule: A\nIf from:\u200b any e\u0301ditor;\n\t any \u00adfool", "a.txt")[1]

    assert [line.spot("any \u00e9ditor"), line.spot("any fool"), line.spot(), line.spot("from")] == [
        (2, 11), (3, 3), (2, 1), (2, 4),
    ]  # fmt: skip
