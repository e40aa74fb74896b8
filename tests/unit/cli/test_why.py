import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailroom.cli import run
from mailroom.office.office import Office, open_office
from mailroom.store import acts, cases, confirmed, open_store
from mailroom.transport.settings import ImapSettings, SmtpSettings
from tests.office import mail, write_office
from tests.unit.office.test_take import ASK, arrive, officer

NOW = datetime(2031, 3, 10, 10, 15, tzinfo=UTC)
RULES = """\
Rule: First of all
If text contains: samovar
Then class: edc
Then file in: Teapots

Rule: Too late
If text contains: kept
Then class: data

Rule: Trying this out
If text contains: where
Then class: noise
Status: trial

Rule: Ends it
If text contains: samovar; teapot
Stop

Rule: Below the end
If text contains: kept; stowed
Then flag: access
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("why") / "office"
    made = write_office(folder, ImapSettings("127.0.0.1", 1, "none", "iag", str), SmtpSettings("127.0.0.1", 1, "none"))
    (folder / "rules" / "sorting" / "01-tea.txt").write_text(RULES)
    store = open_store(made.office.database)
    office = open_office(made, store, NOW)
    arrive(office, mail("ada.winter@mail.example.org", "Tea", "Where is the samovar kept?", name="Ada Winter"), NOW)
    arrive(office, officer(text=ASK), NOW)
    arrive(office, mail("ada.winter@mail.example.org", "Hm", "The ferret is asleep.", name="Ada Winter"), NOW)
    yield office
    store.close()


def why(office: Office, *words: str) -> int:
    return run(["why", "--config", str(office.config.path), "--now", NOW.isoformat(), *words])


def asked(office: Office, capsys: pytest.CaptureFixture[str], name: str) -> dict[str, Any]:
    assert why(office, "--json", name) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_every_rule_that_held_is_told_and_why_it_came_too_late(office: Office, capsys: pytest.CaptureFixture[str]):
    found = asked(office, capsys, "#1")

    told = {one["rule"]: one["late"] for one in found["matched"]}
    assert told == {
        "First of all": "",
        "Too late": "“First of all” had given the class before",
        "Trying this out": "it is on trial, so nothing of it was done",
        "Ends it": "",
        "Below the end": "“Ends it” had ended the sorting",
    }
    assert (found["class"], found["flags"]) == ("edc", [])
    assert [one["action"] for one in found["trial"]] == ["class: noise"]
    assert {one["file"] for one in found["matched"]} == {"rules/sorting/01-tea.txt"}
    assert {tuple(one["words"]) for one in found["matched"]} == {("samovar",), ("kept",), ("where",)}


def test_the_same_in_words(office: Office, capsys: pytest.CaptureFixture[str]):
    assert why(office, "#1") == 0

    shown = capsys.readouterr().out
    assert "sorted as edc" in shown
    assert "class: edc  (rule “First of all”, rules/sorting/01-tea.txt:3, because “samovar”)" in shown
    assert (
        "also held: rule “Too late” (rules/sorting/01-tea.txt:6, because “kept”);"
        " “First of all” had given the class before" in shown
    )
    assert "Mon 10 March, 10:15  Sorted #1 as edc by rule “First of all” because “samovar”." in shown


def test_what_no_rule_knows_has_three_suggestions_each_like_something(
    office: Office, capsys: pytest.CaptureFixture[str]
):
    found = asked(office, capsys, "#3")

    assert found["class"] is None
    assert len(found["suggestions"]) == 3
    assert all(one["near"] for one in found["suggestions"])


def test_a_file_takes_the_path_of_a_message_and_leaves_no_trace(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    letter = tmp_path / "letter.eml"
    letter.write_bytes(mail("ada.winter@mail.example.org", "Tea", "Another samovar"))

    found = asked(office, capsys, str(letter))

    assert (found["class"], found["file"]) == ("edc", str(letter))
    [count] = office.store.db.execute("SELECT count(*) FROM messages").fetchone()
    assert count == 3


def test_a_case_tells_how_it_came_to_where_it_is(office: Office, capsys: pytest.CaptureFixture[str]):
    [ref] = [case.ref for case in cases.still_open(office.store.db, "incident")]

    found = asked(office, capsys, ref.lower())

    assert (found["ref"], found["kind"], found["open"]) == (ref, "incident", True)
    assert found["events"][0]["message"] == 2
    assert [one["message"] for one in found["messages"]] == ["#2"]
    assert {one["cause"] for one in found["mails"]} == {"#2"}
    assert why(office, ref) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"{ref}: incident, open in the stage")
    assert "because of #2" in shown


def test_who_has_acted_since_is_told(office: Office, capsys: pytest.CaptureFixture[str]):
    with office.store.immediate() as db, acts.recording(db, NOW, "Robin Hale", "class", "It is a concern.", message=3):
        confirmed.remember(db, 3, "concern", "Robin Hale", NOW)

    found = asked(office, capsys, "#3")

    assert found["class"] == "concern"
    assert found["confirmed"]["by"] == "Robin Hale"
    assert ("Robin Hale", "It is a concern.") in {(one["by"], one["words"]) for one in found["history"]}
    assert why(office, "#3") == 0
    assert "It is a concern. (Robin Hale)" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["#999", "INC-1999-001", "nowhere.eml", "#", "#x"])
def test_what_is_not_there_is_wrong_use(office: Office, name: str, capsys: pytest.CaptureFixture[str]):
    assert why(office, name) == 2
    assert name.strip("#") in capsys.readouterr().err
