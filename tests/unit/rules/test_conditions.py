from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from mailroom.errors import Problems
from mailroom.message.kind import CHALLENGE, RECALL
from mailroom.message.model import Address, Attachment, Automatic, Calendar
from mailroom.rules import ROLES, decide, load
from mailroom.rules.model import OpenCase, Sender
from tests.unit.rules.conftest import LISTS, TEMPLATES, facts, message, rules, somebody

pytestmark = pytest.mark.fast

LONDON = ZoneInfo("Europe/London")
SATURDAY = datetime(2031, 12, 6, 23, 30, tzinfo=LONDON)
POLISH = "Dzień dobry, chciałbym się dowiedzieć, czy mogę dołączyć do grupy"
CASE = (
    "Case: Incident\nReference: INC\nOwner: coordinator\nFinal: closed\n"
    "If nothing happens: task to coordinator, 1 working day after entry\nStage: triaged\n"
)
MINE = OpenCase("INC-2031-001", "incident", "triaged", "Millgate", "P1")
OTHERS = OpenCase("INC-2031-002", "incident", "triaged", "Ashlock", "P9")
CHIEF = Sender("chief@btp.example.org", person="P2", kind="officer", roles=("chief_inspector",))
TO_CHIEF = message(to=(Address("", "chief@btp.example.org"),), cc=(Address("", "iag@btp.example.org"),))
XLSX = Attachment("a.xlsx", "application/vnd.ms-excel", 9, "", notes=("hidden sheet",))


def holds(line: str, one: object = None, known: object = None) -> bool:
    """Decide a message by a rule of two lines, and see that turning the line round turns the outcome round."""
    text = f"Rule: One\nIf from: anyone\n{line}\nThen class: noise\n"
    held, turned = (
        decide(rules(written, cases__incident=CASE), one or message(), known or facts()).class_ == "noise"  # type: ignore[arg-type]
        for written in (text, text.replace(line, line.replace("If ", "Unless ", 1)))
    )
    assert held != turned
    return held


@pytest.mark.parametrize(
    ("line", "one", "known"),
    [
        ("If from: suspended member", None, facts(somebody("member", state="suspended"))),
        ("If from: member on leave", None, facts(somebody("member", state="on_leave"))),
        ("If from: any shortlisted applicant", None, facts(somebody("applicant", state="shortlisted"))),
        ("If from: us", None, facts(somebody(address="iag@btp.example.org"))),
        ("If from: requester", None, facts(answers_ref=MINE.ref, open_cases=(MINE, OTHERS))),
        ("If to: chief inspector", TO_CHIEF, facts(addressed=(CHIEF,))),
        ("If to: any officer", TO_CHIEF, facts(addressed=(CHIEF,))),
        ("If to: btp.example.org", TO_CHIEF, facts()),
        ("If to: chief@btp.example.org", TO_CHIEF, facts()),
        ("If to: stranger", TO_CHIEF, facts()),
        ("If cc: us", TO_CHIEF, facts()),
        ("If to or cc: us", TO_CHIEF, facts()),
        ("If its case: incident triaged", None, facts(answers_ref=MINE.ref, open_cases=(MINE,))),
        ("If its case: any", None, facts(thread_refs=(OTHERS.ref,), open_cases=(MINE, OTHERS))),
        ("If its case: none", None, facts(open_cases=(MINE,))),
        ("If weekday: Saturdays; Sunday", None, facts(now=SATURDAY)),
        ("If weekday: on a weekend", None, facts(now=SATURDAY)),
        ("If date: 6 December", None, facts(now=SATURDAY)),
        ("If date: from 1 December to 5 January", None, facts(now=SATURDAY)),
        ("If date: from 1st of May 2031 until 31 December 2031", None, facts(now=SATURDAY)),
        ("If time: from 22:00 to 06:00", None, facts(now=SATURDAY)),
        ("If time: out of hours", None, facts(out_of_hours=True)),
        ("If time: in office hours", None, facts(out_of_hours=False)),
        ("If size: over 5 MB", message(size=5_000_001), None),
        ("If size: less than 2 kB", message(size=1999), None),
        ("If language: not English", message(POLISH), None),
        ("If language: Welsh; Polish", message(POLISH), None),
        ("If attachment: hidden sheet", message(attachments=(XLSX,)), None),
        ("If attachment name matches pattern: a\\.xls.?", message(attachments=(XLSX,)), None),
        ("If header X-Ticket matches pattern: ^[A-Z]{2}\\d+$", message(headers=(("x-ticket", "AB12"),)), None),
        ("If text matches pattern: \\bV-\\d{5}\\b", message("ref v–88121 granted"), None),
        ("If subject or text matches pattern: “NPPV ?[123]”", message(subject="nppv 2"), None),
        ("If message is: a reply", message(subject="Re: hello"), None),
        ("If message is: recall", message(kind="automatic", automatic=Automatic(RECALL)), None),
        ("If message is: a challenge", message(kind="automatic", automatic=Automatic(CHALLENGE)), None),
        ("If message is: cancellation", message(kind="calendar", calendar=Calendar("CANCEL", ())), None),
        ("If sender: any member", None, None),
        ("If body contains: hello", message("hello"), None),
    ],
)
def test_a_line_holds_where_it_says_so(line, one, known, monkeypatch):
    monkeypatch.setattr("tests.unit.rules.conftest.load", lambda *args: load(*args, patterns=True))

    assert holds(line, one, known)


@pytest.mark.parametrize(
    ("line", "one", "known"),
    [
        ("If from: suspended member", None, facts(somebody("member", state="active"))),
        ("If from: suspended member", None, facts(somebody("officer", state="suspended"))),
        ("If from: requester", None, facts(answers_ref=OTHERS.ref, open_cases=(MINE, OTHERS))),
        ("If to: chief inspector", TO_CHIEF, facts()),
        ("If to: us", TO_CHIEF, facts()),
        ("If its case: incident", None, facts(open_cases=(MINE,))),
        ("If its case: none", None, facts(answers_ref=MINE.ref, open_cases=(MINE,))),
        ("If weekday: weekday", None, facts(now=SATURDAY)),
        ("If date: from 5 January to 1 December", None, facts(now=SATURDAY)),
        ("If date: 6 December 2030", None, facts(now=SATURDAY)),
        ("If time: from 06:00 to 23:30", None, facts(now=SATURDAY)),
        ("If size: over 5 MB", message(size=5_000_000), None),
        ("If language: not English", message("The lift at the station has been out of order for a week"), None),
        ("If language: not English", message("Prosit!"), None),
        ("If attachment: macros", message(attachments=(XLSX,)), None),
        ("If message is: a reply", message(subject="Reading at the library"), None),
        ("If text matches pattern: \\d{5}", message("no number"), None),
    ],
)
def test_and_not_where_it_does_not(line, one, known, monkeypatch):
    monkeypatch.setattr("tests.unit.rules.conftest.load", lambda *args: load(*args, patterns=True))

    assert not holds(line, one, known)


def test_the_words_that_decided_say_what_was_found():
    text = "Rule: One\nIf language: not English\nIf weekday: weekend\nIf size: over 1 kB\nThen class: noise\n"
    action = decide(rules(text), message(POLISH, size=2000), facts(now=SATURDAY)).actions[0]

    assert action.words == ("Polish: dzień dobry się", "weekend", "over 1000")


def test_a_clock_change_is_told_by_the_wall():
    before = datetime(2031, 10, 26, 0, 30, tzinfo=ZoneInfo("UTC")).astimezone(LONDON)

    assert holds("If time: from 01:00 to 02:00", None, facts(now=before))


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("a(b", r"“a\(b” is no pattern: missing \)"),
        ("(?=x)y", "is no pattern: invalid perl operator"),
        ("(a)\\1", "is no pattern"),
        ("a*", "would fit every mail"),
        ("x" * 201, "at most 200 characters"),
        ("(a{200}){200}", "is no pattern"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str, sentence: str):
    text = f"Rule: One\nIf text matches pattern: {pattern}\nThen class: noise\n".encode()
    with pytest.raises(Problems, match=sentence):
        load({"rules/sorting/a.txt": text, "rules/lists.txt": LISTS}, TEMPLATES, ROLES, patterns=True)


def test_a_pattern_made_to_take_hours_takes_no_time():
    text = b"Rule: One\nIf text matches pattern: (a|aa)+$\nThen class: noise\n"
    made = load({"rules/sorting/a.txt": text, "rules/lists.txt": LISTS}, TEMPLATES, ROLES, patterns=True)

    assert decide(made, message("a" * 100_000 + "b"), facts()).class_ == ""


def test_a_copy_to_a_member_is_not_a_mail_to_the_chief():
    copied = replace(TO_CHIEF, to=TO_CHIEF.cc, cc=TO_CHIEF.to)

    assert holds("If cc: chief inspector", copied, facts(addressed=(CHIEF,)))
    assert not holds("If to: chief inspector", copied, facts(addressed=(CHIEF,)))
