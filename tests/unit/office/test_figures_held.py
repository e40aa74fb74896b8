"""Figures that wait for a person's word: the newest alone may go, and nothing that is marked above OFFICIAL."""

import json
from collections.abc import Iterator
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from mailroom.office import imports
from mailroom.office.office import Office
from tests.office import mail, small_office
from tests.unit.office.commanding import ADA, NOW, arrive, code_in, command, echoed, mails, rows
from tests.unit.office.test_data_check_in_a_case import STORY
from tests.unit.office.test_shipped_cases import the

ANALYST = "pat.lane@btp.example.org"
REF = "DATA-2027-001"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        with made.store.immediate() as db:
            people = f"id,name,kind,roles,emails\nP77,Pat Lane,officer,analyst,{ANALYST}\n"
            imports.people(db, people.encode(), "people.csv", NOW)
        arrive(made, mail(ADA, "Data request", "Could we have the search figures for Harrow Cross for the last year?"))
        yield made


def figures(subject: str) -> bytes:
    """Return the safe return of the story, with its file."""
    told = (json.loads(line) for line in (STORY / "rows.jsonl").read_text(encoding="utf-8").splitlines())
    safe = next(one for one in told if one["id"] == "I49")
    text = str(safe["text"]).partition("{{copy.quoted}}")[0]
    made = BytesParser(policy=policy.default).parsebytes(mail(ANALYST, f"{subject} [{REF}]", f"{REF}\n\n{text}"))
    for one in safe["attachments"]:
        kind, _, sort = one["content_type"].partition("/")
        made.add_attachment((STORY / one["file"]).read_bytes(), maintype=kind, subtype=sort, filename=one["name"])
    return made.as_bytes()


def released(office: Office) -> list[str]:
    return [state for (state,) in rows(office, "SELECT state FROM outbox WHERE template = 'data/release' ORDER BY id")]


def test_figures_that_are_sent_again_take_the_place_of_those_that_wait(office: Office):
    arrive(office, figures("Figures"))
    first = code_in(mails(office, "notice/held")[-1][2])
    arrive(office, figures("Corrected figures, the first were wrong"))
    second = code_in(mails(office, "notice/held")[-1][2])
    assert released(office) == ["cancelled", "held"]
    assert len(rows(office, "SELECT 1 FROM tasks WHERE key LIKE 'hold:%' AND done_at IS NULL")) == 1

    command(office, f"APPROVE {first}")
    assert "waits for nobody's word any more" in " ".join(echoed(office).split())
    assert (released(office), the(office, REF).stage) == (["cancelled", "held"], "held")
    command(office, f"APPROVE {second}")
    assert (released(office), the(office, REF).stage) == (["cancelled", "ready"], "closed")


def test_figures_that_are_marked_are_not_held_for_a_member_at_all(office: Office):
    arrive(office, figures("OFFICIAL-SENSITIVE: figures"))

    assert released(office) == []
    assert the(office, REF).stage == "blocked"
    assert "marked OFFICIAL-SENSITIVE" in " ".join(mails(office, "data/not-released")[-1][2].split())


def test_figures_that_wait_are_withdrawn_when_what_comes_after_them_may_not_be_released(office: Office):
    arrive(office, figures("Figures"))
    code = code_in(mails(office, "notice/held")[-1][2])
    arrive(office, figures("OFFICIAL-SENSITIVE: the raw figures as well"))

    assert (released(office), the(office, REF).stage) == (["cancelled"], "blocked")
    command(office, f"APPROVE {code}")
    assert released(office) == ["cancelled"]
    assert rows(office, "SELECT 1 FROM tasks WHERE key LIKE 'hold:%' AND done_at IS NULL") == []


def test_figures_of_a_case_that_is_closed_wait_no_longer(office: Office):
    arrive(office, figures("Figures"))
    command(office, f"CLOSE {REF} asked for something else {code_in(mails(office, 'notice/held')[-1][2])}")

    assert (released(office), the(office, REF).stage) == (["cancelled"], "closed")
