from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.cli import run
from mailroom.office import files
from mailroom.office.moving import Moved, moved
from mailroom.office.office import Office, build, open_office
from mailroom.rules import RuleSet
from mailroom.store import cases, links, looking, open_store
from mailroom.transport.settings import ImapSettings, SmtpSettings
from tests.office import mail, write_office
from tests.unit.office.test_take import ASK, arrive, officer

NOW = datetime(2031, 3, 10, 10, 15, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
INCIDENT = "rules/cases/incident.txt"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("moving") / "office"
    made = write_office(folder, ImapSettings("127.0.0.1", 1, "none", "iag", str), SmtpSettings("127.0.0.1", 1, "none"))
    store = open_store(made.office.database)
    office = open_office(made, store, NOW)
    arrive(office, officer(text=ASK), NOW)
    said = "INC-2031-001\n\nMy advice: put people who speak the languages on the platform."
    arrive(office, mail("ada.winter@mail.example.org", "Re: INC-2031-001", said, name="Ada Winter"), LATER)
    with store.immediate() as db:
        incident = cases.by_ref(db, "INC-2031-001")
        assert incident is not None
        links.confirm(db, 2, incident.id, LATER, how="LINK", by="robin")
    yield office
    store.close()


def tried(office: Office, *changes: tuple[str, str], key: str = INCIDENT) -> tuple[Moved, ...]:
    """Return what a change of one file would move differently."""
    found = files.read_office(office.config)
    text = found.rules[key].decode()
    for old, new in changes:
        assert old in text, "the change is not made"
        text = text.replace(old, new)
    return looked(office, build(replace(found, rules={**found.rules, key: text.encode()}))[0])


def looked(office: Office, ruleset: RuleSet) -> tuple[Moved, ...]:
    with looking(office.store.path) as db:
        count, found = moved(office, db, ruleset, LATER)
    assert count == 1
    return found


def test_the_same_files_move_no_case_and_nor_do_a_remark_or_an_empty_row(office: Office):
    assert tried(office) == ()
    assert tried(office, ("Stage: triaged", "# Here it waits.\n\nStage: triaged")) == ()


def test_a_changed_deadline_is_said_with_its_time(office: Office):
    [one] = tried(office, ("1 working day after entry", "2 hours after entry"))

    assert (one.ref, one.stage) == ("INC-2031-001", "triaged")
    assert any("now: task to coordinator, 2 hours after entry, if nothing happens" in words for words in one.words)
    assert any("no longer: task to coordinator, 1 working day after entry" in words for words in one.words)


def test_a_later_clock_is_said_with_both_times(office: Office):
    [one] = tried(office, ("1 working day after entry", "3 working days after entry"))

    assert "its next clock comes Thu 13 March, 10:15, not Tue 11 March, 10:15" in one.words


def test_a_stage_that_is_gone_leaves_its_cases_lying(office: Office):
    [one] = tried(office, ("triaged", "sifted"))

    assert one.words == ("its stage “triaged” is gone: nothing would happen in it any more",)


def test_a_process_that_is_gone_leaves_its_cases_lying(office: Office):
    ruleset = replace(office.rules, cases={name: one for name, one in office.rules.cases.items() if name != "incident"})

    assert looked(office, ruleset)[0].words == ("its process is gone: nothing would happen in it any more",)


def test_a_message_that_would_have_been_answered_otherwise_is_named(office: Office):
    [one] = tried(office, ("Then record: advice, unattributed", "Then record: views, unattributed"))

    assert any(
        words.startswith("#2 (inc.advice), which came while it was “triaged”: now records views") for words in one.words
    )


def test_try_says_it_in_words_and_to_programs(office: Office, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    edited = tmp_path / "incident.txt"
    text = files.read_office(office.config).rules[INCIDENT].decode()
    edited.write_text(text.replace("1 working day after entry", "2 hours after entry"), encoding="utf-8")
    words = ["try", str(edited), "--config", str(office.config.path), "--now", LATER.isoformat()]

    assert run(words) == 0
    said = capsys.readouterr().out
    assert "INC-2031-001, incident in the stage “triaged”\n      now: task to coordinator, 2 hours after entry" in said
    assert "1 open case looked at, 1 would go on otherwise." in said
    assert run([*words, "--json"]) == 0
    assert '"ref": "INC-2031-001"' in capsys.readouterr().out
