"""Whole mails read for commands: greetings, texts of one's own, notes, verbs of processes; and what prose never is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.message.new_text import new_text
from mailroom.rules import commands
from mailroom.rules.commands import VERBS, Command, written
from mailroom.rules.commands.command import NO_CHOICE
from mailroom.rules.lines import Line
from tests.unit.rules.conftest import facts, message, somebody

ROBIN = somebody("officer", roles=("coordinator",), name="Robin Hale")
HOST = somebody("officer", roles=("observation host",), name="Jo Marsh")
OF_CASES = {
    "release": frozenset({"coordinator", "cover"}),
    "answer": frozenset({"coordinator"}),
    "start": frozenset({"coordinator"}),
    "date": frozenset({"coordinator"}),
    "go": frozenset({"coordinator"}),
    "not needed": frozenset({"coordinator"}),
    "cancel": frozenset({"coordinator", "observation_host"}),
}
BRIEF = "Marking: OFFICIAL\nQuestion 1: where would patrols help?\nReply by: Wed 13 Jan 12:00"


def read(text: str = "", subject: str = "", answers: str = "", sender=ROBIN) -> Command | None:
    return commands.read(message(text, subject), facts(sender, answers_template=answers), OF_CASES)


def given_command(text: str = "", subject: str = "", answers: str = "", sender=ROBIN) -> Command:
    found = read(text, subject, answers, sender)
    assert found is not None
    return found


@pytest.mark.fast
@pytest.mark.parametrize("greeting", ["Hi,", "Hello Casey", "Dear all,", "Morning!", "Good morning everyone,"])
def test_a_command_may_stand_below_a_greeting(greeting: str):
    assert given_command(f"{greeting}\n\nUNDO #412\n\nRobin").number == 412


@pytest.mark.fast
@pytest.mark.parametrize(
    "text",
    ["Hi, how are you?\nUNDO #412", "Hello and thanks for the long letter\nUNDO #412", "The hall\nUNDO #412", "Hi,"],
)
def test_what_says_more_than_hello_is_no_greeting(text: str):
    assert read(text) is None


@pytest.mark.fast
def test_a_brief_runs_from_its_line_to_end_and_its_lines_are_no_parameters():
    found = given_command(
        f"RELEASE INC-2031-001 7KQM-3TVX\nTell: members\n\nBRIEF\n{BRIEF}\nEND\n\nRobin Hale\nB Division"
    )

    assert (found.verb, found.code, found.text) == ("release", "7KQM-3TVX", BRIEF)
    assert [line.label for line in found.parameters] == ["tell"]


@pytest.mark.fast
@pytest.mark.parametrize("end", ["\nEND\nRobin", "\nEnd.", "\n\nRobin Hale\nCoordinator", ""])
def test_an_answer_begins_below_its_line_and_ends_at_end_the_name_or_the_end(end: str):
    letter = "Dear Jas,\nthank you for telling us.\n\nUNDO what you can, and call me."
    found = given_command(f"Answer CONC-2031-002 7KQM-3TVX\n\n{letter}{end}")

    assert found.text == letter
    assert found.fault == ""


@pytest.mark.fast
def test_a_note_keeps_all_its_words():
    found = given_command(
        "NOTE INC-2031-001: she rang, and CLOSE is not meant\nTell: nobody\nBye\n\nRobin Hale\nB Division"
    )

    assert found.note == "she rang, and CLOSE is not meant\nTell: nobody\nBye"
    assert found.fault == ""
    assert read("NOTE: the office is closed on Friday") is None
    assert read("Note that INC-2031-001 was a good evening") is None


@pytest.mark.fast
@pytest.mark.parametrize(
    ("text", "verb", "words"),
    [
        ("START HCD 2031-03-24", "start", ("HCD", "2031-03-24")),
        ("START TOR REVIEW", "start", ("TOR", "REVIEW")),
        ("DATE MTG-2031-001 option 3 7KQM-3TVX", "date", ("option", "3")),
        ("date MTG-2031-001 option 3 7KQM-3TVX", "date", ("option", "3")),
        ("Not needed INC-2031-001, thanks", "not needed", ("thanks",)),
        ("NOT NEEDED", "not needed", ()),
        ("Go MTG-2031-001", "go", ()),
        ("CANCEL OBS-2031-001", "cancel", ()),
    ],
)
def test_verbs_of_processes_are_read_like_any_other(text: str, verb: str, words: tuple[str, ...]):
    found = given_command(text)

    assert (found.verb, found.words, found.fault) == (verb, words, "")


@pytest.mark.fast
@pytest.mark.parametrize(
    "text",
    [
        "Date of the next meeting?",
        "Start with the minutes, please, then the figures",
        "Go and see the stall on Saturday",
        "Release of the report is on Friday",
        "Answer the phone when it rings",
        "Not needed any more, the projector, so please return it",
        "Cancel the room for INC-2031-001, would you?",
        "go",
    ],
)
def test_a_sentence_that_begins_with_a_verb_of_a_process_is_none(text: str):
    assert read(text) is None


@pytest.mark.fast
def test_a_verb_means_what_its_senders_role_lets_it_mean():
    assert given_command("CANCEL OBS-2031-001", sender=HOST).fault == ""
    assert "not yours to say" in given_command("RELEASE INC-2031-001", sender=HOST).fault
    assert "not yours to say" in given_command("UNDO #412", sender=HOST).fault
    assert read("Why?", sender=HOST) is None, "a mail like any other"
    assert read("START newsletter", sender=somebody("member")) is None, "a member's START is a reader's wish"


@pytest.mark.fast
@pytest.mark.parametrize(
    ("text", "verb", "choice"),
    [
        ("1", "link", 1),
        ("Yes", "link", 1),
        ("2 please", "link", 2),
        ("none", "unlink", NO_CHOICE),
        ("No.", "unlink", -1),
    ],
)
def test_the_question_where_a_message_belongs_takes_one_word(text: str, verb: str, choice: int):
    found = given_command(text, answers="notice/which-case")

    assert (found.verb, found.choice) == (verb, choice)
    assert read(text) is None


@pytest.mark.fast
@pytest.mark.parametrize("text", ["Done", "Later 3", "mine", "Done, thanks for the reminder"])
def test_one_word_on_a_task_counts_in_an_answer_only(text: str):
    assert given_command(text, answers="notice/task").verb in {"done", "later", "mine"}
    assert read(text) is None


PROSE_WORDS = st.sampled_from(
    [
        *(word for verb in VERBS.values() for word in (*verb.name.split(), *verb.others)),
        *(word for verb in OF_CASES for word in verb.split()), "the", "a", "we", "meeting", "please", "members", "of",
        "is", "was", "on", "Friday", "and", "not", "hall", "thank", "you", "I", "could", "room", "INC-2031-001", "#412",
    ]
)  # fmt: skip


@given(st.lists(PROSE_WORDS, min_size=3, max_size=30), st.lists(PROSE_WORDS, max_size=20), st.booleans())
def test_prose_never_sends(first: list[str], second: list[str], answers: bool):
    """Whatever sentence it is: with no capitals and no code it is no command that sends or brings a text."""
    text = f"{' '.join(first).capitalize()}.\n\n{' '.join(second)}"
    found = read(text, "The hall", "notice/task" if answers else "")
    if found is None or found.fault or found.verb in OF_CASES or VERBS[found.verb].kind == "record":
        assert found is None or not found.code
        return
    assert not found.code, "nothing is sent without one"


@given(st.lists(PROSE_WORDS, min_size=3, max_size=30))
def test_prose_holds_no_verb_of_a_process_unless_it_names_a_case_and_nothing_else(words: list[str]):
    found = read(" ".join(words).lower(), "The hall")

    if found is not None and found.verb in OF_CASES:
        assert found.ref or found.number is not None
        assert found.note == ""


LINES = st.lists(PROSE_WORDS, min_size=1, max_size=6).map(" ".join)


@given(st.lists(LINES, min_size=1, max_size=6), st.sampled_from(["> ", ">> ", "On Monday Robin wrote:\n> "]))
def test_no_verb_is_ever_read_from_what_is_quoted(lines: list[str], mark: str):
    quoted = "\n".join(f"{mark if not n else '> '}{line.upper()} 7KQM-3TVX" for n, line in enumerate(lines))

    assert read(new_text(quoted, "Re: something"), "Re: something") is None


REFS = st.sampled_from(["INC-2031-004", "NEWS-2031-04", "EDC-2031-Q2"])
CODES = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=8, max_size=8).filter(
    lambda code: re.search(r"\d", code) and re.search(r"[A-Z]", code)
)
VALUES = st.sampled_from(["Wed 13 Jan 17:00", "members; met", "yes", "two words"])
LABELS = st.sampled_from(["close", "tell", "reply by"])


@st.composite
def a_command(draw: st.DrawFn) -> Command:
    verb = draw(st.sampled_from([*sorted(OF_CASES), "undo", "why", "resend", "approve"]))
    code = draw(CODES) if verb in OF_CASES or VERBS[verb].kind == "send" else ""
    labels = draw(st.lists(LABELS, max_size=2, unique=True)) if verb != "answer" else []
    lines = tuple(_line(label, draw(VALUES), n) for n, label in enumerate(labels, start=1))
    text = draw(st.sampled_from(["", "Dear all,\nthe panel meets.", BRIEF])) if verb in ("release", "answer") else ""
    words = tuple(draw(st.lists(st.sampled_from(["option", "3", "Kingsmead"]), max_size=2))) if verb == "date" else ()
    return Command(
        verb, "", ref=draw(REFS), code=f"{code[:4]}-{code[4:]}" if code else "", parameters=lines, text=text,
        words=words, note=" ".join(words),
    )  # fmt: skip


def _line(label: str, value: str, n: int) -> Line:
    return Line(label, value, n, len(label) + 3, tuple(part.strip() for part in value.split(";")))


@given(a_command())
def test_a_command_that_is_written_is_read_as_it_was(command: Command):
    found = given_command(written(command))

    for name in ("verb", "ref", "number", "code", "text", "words", "note", "fault"):
        assert getattr(found, name) == getattr(command, name), name
    assert [(one.label, one.values) for one in found.parameters] == [
        (one.label, one.values) for one in command.parameters
    ]
