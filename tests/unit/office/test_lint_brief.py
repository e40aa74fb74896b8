"""What keeps a brief from going out to members: each fault names its line, and repeats nothing of it."""

from datetime import UTC, datetime

import pytest

from mailroom.office import lint_brief
from mailroom.office.lint import Context, Finding

pytestmark = pytest.mark.fast

NOW = datetime(2027, 1, 12, 22, 5, tzinfo=UTC)
BY = datetime(2027, 1, 13, 12, 0, tzinfo=UTC)
SUBJECT = "IAG: your advice is requested [INC-2027-001]"
CONTEXT = Context(
    NOW.date(), call=True, names=("Asha Pillai", "Kit Marlowe"), places=("Kingsmead", "Kingsmead Interchange"),
    groups=("Deaf", "Sikh"), own=("iag@btp.example.org", "01632 960000"),
)  # fmt: skip
GOOD = """Marking: OFFICIAL
Kind: crime
Already public: police were called to an assault at Kingsmead Interchange on Tuesday evening (force website, 21:15).
One man is in hospital and is expected to recover.
Question 1: how should a public notice describe what happened?
Question 2: where and when would visible patrols reassure people most?
Reply by: Wed 13 Jan 12:00"""


def faults(text: str = GOOD, **more: object) -> list[Finding]:
    given: dict[str, object] = {"subject": SUBJECT, "deadline": BY, "now": NOW, **more}
    return list(lint_brief.brief(text, CONTEXT, **given))  # type: ignore[arg-type]


def test_a_brief_that_says_what_it_must_and_no_more_may_go():
    assert faults() == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("Mr J D is in hospital and is expected to recover.", "names a person"),
        ("Mrs. B. was there.", "names a person"),
        ("A man called Dov Lurie is in hospital.", "names a person"),
        ("Asha Pillai saw it.", "names a person"),
        ("The car was AB12 CDE.", "holds a vehicle registration"),
        ("Ring 07700 900123.", "holds a telephone number"),
        ("Write to someone@web.example.net.", "holds an email address"),
        ("NI AB 12 34 56 C", "holds a National Insurance number"),
        ("He lives at 12 Harbour Street.", "holds what may be a home address"),
    ],
)
def test_a_line_that_holds_what_must_not_go_out_is_named_and_not_repeated(line: str, what: str):
    [found] = faults(GOOD.replace("One man is in hospital and is expected to recover.", line))

    assert found.severity == "stop"
    assert found.text == f"Line 4 {what}."
    assert not {word for word in line.split() if any(c.isdigit() or c.isupper() for c in word)} & set(
        found.text.split()
    )


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("Marking: OFFICIAL\n", "", "It has no line “Marking: OFFICIAL”."),
        ("OFFICIAL", "OFFICIAL-SENSITIVE", "Line 1 does not mark it OFFICIAL; nothing else goes to members."),
        ("OFFICIAL", "SECRET", "Line 1 does not mark it OFFICIAL; nothing else goes to members."),
        ("Reply", "Why? When? How?\nReply", "It asks 5 questions; the most is 4."),
        ("One man", "very " * 250 + "One man", "It has 308 words; the most is 250."),
    ],
)
def test_what_a_brief_has_to_be(old: str, new: str, text: str):
    assert [one.text for one in faults(GOOD.replace(old, new, 1))] == [text]


def test_a_brief_without_a_question_asks_nothing():
    text = "\n".join(line for line in GOOD.split("\n") if not line.startswith("Question"))

    assert [one.what for one in faults(text)] == ["questions"]


def test_it_needs_a_moment_to_answer_by_that_lies_ahead():
    assert [one.what for one in faults(deadline=None)] == ["deadline"]
    assert [one.text for one in faults(deadline=NOW)] == ["The moment by which it asks for answers is over."]


def test_a_file_does_not_go_out_with_it():
    assert [one.what for one in faults(attachments=1)] == ["attachment"]


@pytest.mark.parametrize("subject", ["Advice on Kingsmead", "Advice: Sikh travellers"])
def test_the_subject_names_no_place_and_no_group(subject: str):
    assert [one.what.rpartition(" in ")[2] for one in faults(subject=subject)] == ["subject"]


def test_what_only_may_be_a_name_is_asked_about():
    [found] = faults(GOOD.replace("One man", "People at the Lantern Trust say that one man"))

    assert found == Finding("ask", "name", "Line 4 may name a person.")


def test_the_offices_own_telephone_may_stand_there():
    assert faults(GOOD.replace("One man", "Questions: 01632 960000. One man")) == []
