"""An analyst's return in a case: the checks “safe to release” and “explained”, on the two returns of the story."""

import json
from collections.abc import Iterator
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from mailroom.message import read
from mailroom.office.cases import inspections, words
from mailroom.office.cases.incoming import Incoming
from mailroom.office.cases.scene import Scene
from mailroom.office.office import Office
from mailroom.office.place import identify
from mailroom.rules.cases import Check, Verdict
from mailroom.store import messages, threads
from mailroom.store.messages import Arrived, Packed
from tests.office import mail
from tests.unit.office.casework import NOW, at_work, bring, opened

STORY = Path(__file__).parents[2] / "story"
ANALYST = "sol.costa@btp.example.org"
SAFE, EXPLAINED = Check("safe to release", "", negated=False), Check("explained", "", negated=False)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with at_work(tmp_path_factory.mktemp("office")) as office:
        yield office


def returned(office: Office, row: str) -> Scene:
    """Let a return of the story come into a case, its file attached."""
    rows = (json.loads(line) for line in (STORY / "rows.jsonl").read_text(encoding="utf-8").splitlines())
    told = next(one for one in rows if one["id"] == row)
    text = str(told["text"]).partition("{{copy.quoted}}")[0]
    made = BytesParser(policy=policy.default).parsebytes(mail(ANALYST, "Re: figures", text))
    for one in told["attachments"]:
        kind, _, sort = one["content_type"].partition("/")
        made.add_attachment((STORY / one["file"]).read_bytes(), maintype=kind, subtype=sort, filename=one["name"])
    raw = made.as_bytes()
    first = bring(office, ANALYST, "inc.request", "Figures", "Figures, please.")
    case = opened(office, "incident", first)
    message = read(raw, office.config.border)
    with office.store.immediate() as db:
        arrived = Arrived("INBOX", 1, 900 + case.id, NOW, len(raw), Packed.of(raw))
        number = messages.receive(db, arrived, NOW, history=False)
        assert number is not None
        who = identify(db, message, ())
        thread = threads.new(db, "figures", NOW)
    this = Incoming(number, message, who, "data", thread, NOW, "")
    return Scene(office, office.store.db, office.rules.cases["incident"], case, "test", NOW, this)


def test_the_first_return_is_not_safe_and_the_analyst_may_read_every_reason(office: Office):
    scene = returned(office, "I48")
    verdict = inspections.of_message(scene, SAFE)

    assert not verdict.ok
    lines = verdict.public.split("\n")
    assert len(lines) == 4
    assert lines[0].startswith("Sheet “Sheet2” is hidden.")
    assert lines[1].startswith("7 figures under 10 are in sheet “Table”")
    assert lines[2].startswith("Sheet “Sheet2” holds 60 rows about single people or events")
    assert lines[3].startswith("Sheet “Table” has 1 comment")
    assert not inspections.of_message(scene, EXPLAINED).ok


def test_the_second_return_is_safe_and_explained_and_its_draft_says_so_in_the_files_words(office: Office):
    scene = returned(office, "I49")

    assert inspections.of_message(scene, SAFE) == Verdict(ok=True)
    assert inspections.of_message(scene, EXPLAINED) == Verdict(ok=True)
    said = words.of(scene, held=True)["explanation"]
    assert isinstance(said, tuple)
    assert said[1].startswith("Counts of searches, not of people")
    assert not any("Clean sheet attached" in line for line in said)


def test_a_reminder_without_a_file_has_nothing_to_release(office: Office):
    scene = returned(office, "I49")
    scene.this = bring(office, ANALYST, "data", "Figures", "They come tomorrow.")

    assert inspections.of_message(scene, SAFE).public == "No table came with the mail that could be checked."
