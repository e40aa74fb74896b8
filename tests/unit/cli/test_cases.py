import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.cli import run
from mailroom.office.office import Office, open_office
from mailroom.store import case_facts, cases, open_store
from mailroom.transport.settings import ImapSettings, SmtpSettings
from tests.office import mail, write_office
from tests.unit.office.test_take import ASK, arrive, officer

NOW = datetime(2031, 3, 10, 10, 15, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
WORRIED = "People are scared to travel since the checks began, and I am worried about the station."


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("cases") / "office"
    made = write_office(folder, ImapSettings("127.0.0.1", 1, "none", "iag", str), SmtpSettings("127.0.0.1", 1, "none"))
    store = open_store(made.office.database)
    office = open_office(made, store, NOW)
    arrive(office, officer(text=ASK), NOW)
    arrive(office, mail("ada.winter@mail.example.org", "Worried", WORRIED, name="Ada Winter"), NOW)
    yield office
    store.close()


def ran(office: Office, *words: str, now: datetime = LATER) -> int:
    return run(["cases", *words, "--config", str(office.config.path), "--now", now.isoformat()])


def test_the_board_shows_each_open_case_with_its_age_its_next_step_and_whom_it_waits_for(office, capsys):
    assert ran(office, "list") == 0
    said = capsys.readouterr().out

    assert "Incident call\n  triaged (1)\n    INC-2031-001" in said
    assert "coordinator, cover, 2 working days" in said
    assert "was due: Tue 11 March, 10:15, task to coordinator, 1 working day after entry" in said
    assert "waits for coordinator, cover, chief inspector: " in said
    assert "Concern\n" in said


def test_the_board_can_be_asked_by_a_program(office, capsys):
    assert ran(office, "list", "--json") == 0
    found = {one["ref"]: one for one in json.loads(capsys.readouterr().out)}

    assert set(found) == {"INC-2031-001", "CONC-2031-001"}
    incident = found["INC-2031-001"]
    assert (incident["kind"], incident["stage"], incident["age"], incident["requester"]) == (
        "incident", "triaged", 2, "drew",
    )  # fmt: skip
    assert incident["next_at"] == "2031-03-11T10:15:00Z"


def test_what_is_hidden_from_a_role_is_on_nobody_elses_account(office, capsys):
    with office.store.immediate() as db:
        concern = cases.by_ref(db, "CONC-2031-001")
        assert concern is not None
        case_facts.hide(db, concern.id, ["coordinator"])
    try:
        assert ran(office, "list") == 0
        said = capsys.readouterr().out
        assert "CONC-2031-001" not in said
        assert "1 more is not for the coordinator to see." in said
        assert ran(office, "list", "--role", "chief inspector") == 0
        assert "CONC-2031-001" in capsys.readouterr().out
    finally:
        with office.store.immediate() as db:
            db.execute("UPDATE cases SET hidden_from = '[]'")


def test_a_case_tells_how_it_came_to_where_it_is_and_what_comes_next(office, capsys):
    assert ran(office, "show", "inc-2031-001") == 0
    said = capsys.readouterr().out

    assert "INC-2031-001: incident, open in the stage “triaged”" in said
    assert "moved: triaged, because of #1. rules/cases/incident.txt line " in said
    assert "then, Tue 11 March, 10:15: task to coordinator" in said
    assert "(rules/cases/incident.txt:" in said


def test_a_process_is_drawn_in_the_terminal_or_into_a_file(office, capsys, tmp_path: Path):
    assert run(["cases", "show", "incident", "--config", str(office.config.path)]) == 0
    assert "╭─ received, begins here" in capsys.readouterr().out

    picture = tmp_path / "incident.svg"
    assert run(["cases", "show", "Incident", "--svg", str(picture), "--config", str(office.config.path)]) == 0
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert "Incident call" in capsys.readouterr().out

    assert run(["cases", "show", "incident", "--json", "--config", str(office.config.path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["name"], told["stages"][0]["names"]) == ("incident", ["received"])


def test_what_is_not_there_is_said_with_the_nearest_that_is(office, capsys):
    assert ran(office, "show", "incidnt") == 1
    assert "Did you mean “incident”?" in capsys.readouterr().err
    assert ran(office, "show", "INC-2031-999") == 1
    assert "There is no case INC-2031-999 in this office." in capsys.readouterr().err
    assert ran(office, "show", "INC-2031-001", "--svg", "x.svg") == 2
    assert "a picture is drawn of a process" in capsys.readouterr().err
    assert ran(office, "show", "incident", "--svg", "/no/such/folder/x.svg") == 2
    assert "No such file or directory" in capsys.readouterr().err
    assert ran(office, "list", "--role", "cordinator") == 2
    assert "did you mean coordinator" in capsys.readouterr().err
