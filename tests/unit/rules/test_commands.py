"""What counts as a command, and above all what does not."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailroom.message.model import Automatic
from mailroom.message.new_text import new_text
from mailroom.rules import commands
from mailroom.rules.commands import CONTROL, VERBS, Command
from tests.unit.rules.conftest import facts, message, shipped, somebody

pytestmark = pytest.mark.fast

ROBIN = somebody("officer", roles=("coordinator",), name="Robin Hale")
TOLD, UNKNOWN = "notice/told", "notice/unknown"


def read(text: str = "", subject: str = "", answers: str = "", **changed: object) -> Command | None:
    return commands.read(message(text, subject, **changed), facts(ROBIN, answers_template=answers))


def given_command(text: str = "", subject: str = "", answers: str = "") -> Command:
    found = read(text, subject, answers)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "verb", "ref", "number", "code"),
    [
        ("UNDO #412", "undo", "", 412, ""),
        ("undo #412 please", "undo", "", 412, ""),
        ("Undo, please: INC-2031-004.", "undo", "INC-2031-004", None, ""),
        ("please undo INC-2031-004, thank you", "undo", "INC-2031-004", None, ""),
        ("APPROVE 7KQM-3TVX", "approve", "", None, "7KQM-3TVX"),
        ("approve 7kqm3tvx", "approve", "", None, "7KQM-3TVX"),
        ("Approve 7KQM\N{EN DASH}3TVX INC-2031-004", "approve", "INC-2031-004", None, "7KQM-3TVX"),
        ("Approve INC-2031-004 with code 7KQM 3TVX. Ta", "approve", "INC-2031-004", None, "7KQM-3TVX"),
        ("Cancel 7KQM-3TVX", "refuse", "", None, "7KQM-3TVX"),
        ("why #9?", "why", "", 9, ""),
        ("Why?", "why", "", None, ""),
        ("WHY was [INC-2031-004] sorted so", "why", "INC-2031-004", None, ""),
        ("*HELP*", "help", "", None, ""),
    ],
)
def test_a_verb_takes_its_words_in_any_case_and_order(text: str, verb: str, ref: str, number: int | None, code: str):
    found = given_command(text)

    assert (found.verb, found.ref, found.number, found.code, found.fault) == (verb, ref, number, code, "")


@pytest.mark.parametrize(
    "text",
    [
        "Why do we meet on Thursdays? I thought it was Tuesdays.",
        "Cancel the room booking for the 4th please",
        "Help me understand the figures Tom sent",
        "Class sizes at the school are up, they say",
        "Undo button missing on the new laptop, by the way",
        "Approve of the new leaflet? I do",
        "Morning, are we approved for the room?",
        "INC-2031-004: see attached",
        "Update INC-2031-004",
        "Thanks",
        "HELP WANTED AT THE STALL",
        "",
        "x" * 5000,
        "undo " * 200,
    ],
)
def test_a_sentence_that_only_looks_like_a_command_is_none(text: str):
    assert read(text) is None


def test_the_subject_commands_where_the_text_does_not():
    assert given_command("", "Re: FW: UNDO #412").number == 412
    assert given_command("Sent from a train, sorry for typos.", "approve 7KQM-3TVX").code == "7KQM-3TVX"
    assert given_command("why", "UNDO #412").verb == "why", "the text goes before the subject"
    assert read("I need the minutes of March, can you find them?", "Help") is None
    assert read("Both attached.", "Approval INC-2031-004") is None


def test_the_subject_of_our_own_mail_is_no_command_when_it_is_answered():
    assert read("", "Re: Done (#412)", answers="notice/done") is None
    assert read("", "AW: Fwd: Done (#412)") is None
    assert given_command("", "DONE #17").number == 17, "a link of ours writes such a subject"


def test_a_code_stands_anywhere_in_the_new_words_and_a_reference_only_on_the_line():
    assert given_command("Approve\n\n7KQM-3TVX").code == "7KQM-3TVX"
    assert given_command("Approve\nCode: 7KQM-3TVX").code == "7KQM-3TVX"
    assert given_command("APPROVE", "Re: the rule you sent: 7KQM-3TVX").code == "7KQM-3TVX"
    assert given_command("UNDO\nI meant INC-2031-004 yesterday").ref == ""


@pytest.mark.parametrize("word", ["HAPPENED", "well-kept", "INC-2031", "2345-6789", "TRAIN-2031-001", "PASSWORD"])
def test_a_word_is_never_taken_for_a_code(word: str):
    assert given_command(f"APPROVE {word}").code == ""


def test_a_sentence_in_answer_to_our_mail_may_begin_with_a_verb():
    assert given_command("Why did this come to me?", answers=TOLD).verb == "why"
    assert given_command("undo that, I was wrong about it", answers=TOLD).note == "I was wrong"
    assert read("Cancel the room, we have another one", answers=TOLD) is None


@pytest.mark.parametrize(
    ("text", "class_", "choice"),
    [
        ("CLASS concern", "concern", 0),
        ("class: Inc Request #412", "inc.request", 0),
        ("CLASS it as mtg-rsvp please", "mtg.rsvp", 0),
        ("Class 2", "", 2),
    ],
)
def test_class_names_a_class_however_it_is_written(text: str, class_: str, choice: int):
    found = given_command(text)

    assert (found.verb, found.class_, found.choice, found.fault) == ("class", class_, choice, "")


@pytest.mark.parametrize(
    ("text", "class_", "choice"),
    [
        ("2", "", 2),
        ("1.", "", 1),
        ("No 3 please", "", 3),
        ("concern", "concern", 0),
        ("It is news item, thanks", "news.item", 0),
    ],
)
def test_a_bare_answer_counts_only_where_we_asked(text: str, class_: str, choice: int):
    found = given_command(text, answers=UNKNOWN)

    assert (found.verb, found.class_, found.choice) == ("class", class_, choice)
    assert read(text, answers=TOLD) is None
    assert read(text) is None


def test_an_answer_that_names_no_class_is_helped_and_thanks_are_left_alone():
    found = given_command("concren", answers=UNKNOWN)

    assert (found.verb, found.near) == ("help", "class concern")
    assert "concren" in found.fault
    assert read("Thanks", answers=UNKNOWN) is None
    assert read("No idea, I shall have to ask Casey about that one.", answers=UNKNOWN) is None


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("aprove 7KQM-3TVX", "approve"),
        ("UNOD #412", "undo"),
        ("undoo #412", "undo"),
        ("RELEASE INC-2031-004", ""),
        ("release INC-2031-004 7KQM-3TVX", ""),
    ],
)
def test_an_unknown_verb_in_the_shape_of_a_command_is_helped_with_the_nearest(text: str, near: str):
    found = given_command(text)

    assert (found.verb, found.near) == ("help", near)
    assert found.fault.startswith("There is no command “")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("UNDO #412 and approve 7KQM-3TVX", "two commands"),
        ("UNDO WHY #412", "two commands"),
        ("UNDO #412\nAPPROVE 7KQM-3TVX", "two commands"),
        ("UNDO #412 #413", "more than one message or case"),
        ("UNDO #412 INC-2031-004", "more than one message or case"),
        ("APPROVE 7KQM-3TVX 2222-AAAA", "more than one code"),
        ("APPROVE", "needs the code"),
        ("CLASS", "needs the name"),
        ("CLASS wibble #4", "needs the name"),
    ],
)
def test_what_is_not_clear_is_refused_in_a_sentence(text: str, words: str):
    assert words in given_command(text).fault


def test_a_verb_in_a_note_is_but_a_word():
    found = given_command("APPROVE 7KQM-3TVX many thanks for your help, no need to undo it")

    assert (found.verb, found.fault) == ("approve", "")
    assert "help" in found.note


def test_labelled_lines_below_are_parameters():
    found = given_command("UNDO INC-2031-004\nClose: Wed 13 Jan 17:00\nTell: members; met\n\nRobin Hale")

    assert [(line.label, line.values) for line in found.parameters] == [
        ("close", ("Wed 13 Jan 17:00",)),
        ("tell", ("members", "met")),
    ]


def test_undo_rules_is_told_from_undo():
    assert given_command("undo the rules please").rules
    assert not given_command("UNDO #412").rules


@pytest.mark.parametrize(
    "sender",
    [
        somebody("officer", roles=("coordinator",), trust="claimed"),
        somebody("officer", roles=("officer",)),
        somebody("member", roles=()),
        somebody("officer", roles=("coordinator",), state="left"),
        somebody(),
    ],
)
def test_only_the_roster_with_a_proved_address_commands(sender):
    assert commands.read(message("APPROVE 7KQM-3TVX"), facts(sender)) is None


def test_machines_and_sealed_mail_command_nothing():
    text = "UNDO #412"

    assert read(text, kind="automatic") is None
    assert read(text, automatic=Automatic("it says so")) is None
    assert read(text, silence="it is a list") is None
    assert read(text, kind="list") is None
    assert read("", "UNDO #412", sealed=True) is None


def test_a_command_is_decided_before_the_rules_and_danger_before_it():
    plain, cry = message("HELP"), message("UNDO #412\n\nA man is following me on the train, please send someone")
    decided = commands.decide(shipped(), plain, facts(ROBIN), "HELP")

    assert decided is not None
    assert (decided.class_, [one.values for one in decided.actions]) == (CONTROL, [(CONTROL,), ("Control",)])
    assert commands.decide(shipped(), cry, facts(ROBIN), "UNDO #412") is None
    over = message("UNDO #412", marking="SECRET")
    assert commands.decide(shipped(), over, facts(ROBIN), "UNDO #412") is None


CODES = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=8, max_size=8).filter(
    lambda code: re.search(r"\d", code) and re.search(r"[A-Z]", code)
)


@given(st.text(max_size=400), st.text(max_size=100), st.sampled_from(["", TOLD, UNKNOWN]))
@example("UNDO " + "#1" * 140, "", "")
@example("\u202eUNDO\u0000", "Re:" * 60, TOLD)
def test_no_text_at_all_makes_it_fall(text: str, subject: str, answers: str):
    found = read(text, subject, answers)

    assert found is None or found.verb in VERBS


@given(
    st.sampled_from(["approve", "refuse", "cancel"]),
    CODES,
    st.sampled_from(["INC-2031-004", "NEWS-2031-04", ""]),
    st.sampled_from(["", "please", "thank you very much indeed", "fine as it is"]),
    st.randoms(use_true_random=False),
)
def test_order_after_the_verb_means_nothing(verb: str, code: str, ref: str, words: str, rnd):
    parts = [f"{code[:4]}-{code[4:]}", ref, words]
    rnd.shuffle(parts)
    found = given_command(" ".join([verb, *filter(None, parts)]))

    assert (found.code, found.ref, found.fault) == (f"{code[:4]}-{code[4:]}", ref, "")


@given(st.sampled_from(sorted(VERBS)), st.sampled_from(["> ", ">> ", "On Monday Robin wrote:\n> "]))
def test_what_is_quoted_was_never_new(verb: str, mark: str):
    assert read(new_text(f"{mark}{verb.upper()} 7KQM-3TVX #412", "Re: something")) is None
