"""What counts of an answer to a mail of ours: its sender's own words, not the copy below them, and only clean ones."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from random import Random

import pytest

from mailroom.office.commands import asking
from mailroom.office.office import Office
from mailroom.store import cases
from tests.office import AUTHSERV, MAILBOX, mail, small_office
from tests.unit.office.commanding import (
    ADA,
    NOW,
    ROBIN,
    arrive,
    code_in,
    command,
    concern,
    echoed,
    mails,
    queued,
    reply,
    rows,
)

REF = "CONC-2027-001"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        concern(made)
        yield made


def code(office: Office) -> str:
    return code_in(mails(office, "concern/new")[-1][2])


def stage(office: Office) -> str:
    found = cases.by_ref(office.store.db, REF)
    assert found is not None
    return found.stage


def html_reply(office: Office, words: str) -> int:
    """Answer as Outlook does that only indents: HTML alone, our own page below, and no line that says whose it is."""
    [(message_id, subject, mime)] = rows(
        office, "SELECT message_id, subject, mime FROM mails WHERE template = 'concern/new' ORDER BY id DESC LIMIT 1"
    )
    page = message_from_bytes(mime, policy=policy.default).get_body(("html",))
    assert page is not None
    made = EmailMessage()
    made["Authentication-Results"] = f"{AUTHSERV}; dmarc=pass"
    made["From"], made["To"], made["Subject"] = ROBIN, MAILBOX, f"Re: {subject}"
    made["Message-ID"], made["In-Reply-To"] = "<one@mail.example.org>", message_id
    own = "".join(f"<p>{line}</p>" for line in words.split("\n"))
    made.set_content(f"<html><body>{own}<div>{page.get_content()}</div></body></html>", subtype="html")
    return arrive(office, made.as_bytes())


def test_a_code_in_an_unmarked_copy_is_not_given_by_whoever_answers(office: Office):
    html_reply(office, f"ANSWER {REF}\nPatrols were doubled from Monday.\nEND")
    assert stage(office) == "received"
    assert [to for to, _, _ in mails(office, "concern/answer")] == []
    shown = mails(office, "notice/shown")[-1][2]
    assert "Patrols were doubled" in shown


def test_an_unmarked_copy_is_no_part_of_an_answer(office: Office):
    html_reply(office, f"ANSWER {REF} {code(office)}\nPatrols were doubled from Monday.")
    assert stage(office) == "answered"
    [(to, _, text)] = mails(office, "concern/answer")
    assert to == ADA
    assert "Patrols were doubled" in text
    for ours in ("Code:", "To answer with one tap", "OWNER", "frightened"):
        assert ours not in text


def test_an_empty_answer_with_an_unmarked_copy_commands_nothing(office: Office):
    html_reply(office, "")
    assert stage(office) == "received"
    assert mails(office, "notice/done") == []


def test_words_with_somebodys_address_do_not_leave_whatever_code_they_come_with(office: Office):
    given = code(office)
    for text in (f"ANSWER {REF} {given}", f"ANSWER {REF}"):
        command(office, f"{text}\nPlease ask Ben, ben.ortiz@post.example.org.\nEND")
        assert "Ben Ortiz's email address stands in line 1." in echoed(office)
        assert "ben.ortiz" not in echoed(office)
    assert stage(office) == "received"
    assert mails(office, "concern/answer") == []
    # The code was not used up, and the reader's own address is no leak to them.
    command(office, f"ANSWER {REF} {given}\nWe write to {ADA} from now on.\nEND")
    assert stage(office) == "answered"


def test_a_code_names_its_case_so_that_no_reference_is_needed(office: Office):
    command(office, f"ANSWER {code(office)}\nPatrols were doubled.\nEND")
    assert stage(office) == "answered"


def test_a_number_beside_a_code_has_to_agree_with_it(office: Office):
    other = arrive(office, mail("sam.reader@post.example.org", "Trains", "When does the museum open?"))
    row = queued(office, "h1", held=True, cause=other)
    with office.store.immediate() as db:
        asking.may_it_go(office, db, NOW, Random(3))
    given = code_in(mails(office, "notice/held")[-1][2])
    command(office, f"APPROVE #1 {given}")
    assert "is not for #1" in echoed(office)
    assert rows(office, "SELECT state FROM outbox WHERE id = ?", row) == [("held",)]
    command(office, f"APPROVE #{other} {given}")
    assert rows(office, "SELECT state FROM outbox WHERE id = ?", row) == [("ready",)]


def test_a_code_copied_by_hand_below_the_word_counts(office: Office):
    reply(office, f"ANSWER {REF}\nPatrols were doubled.\nEND\nCode: {code(office)}", "concern/new")
    assert stage(office) == "answered"
