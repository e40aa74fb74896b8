import json
from pathlib import Path

import pytest

from mailroom.cli import run
from mailroom.store import cases, open_store

PEOPLE = (
    "id;name;kind;emails;roles\n;Ada Quince;member;ada@mail.example.org;\n"
    "imo;Imo Tarn;officer;imo@force.example.org;Chief Inspector\n"
)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Make the office that `mailroom init` makes, with its secret and its people in place."""
    run(["init", str(tmp_path)])
    secret = tmp_path / "mailbox-password"
    secret.write_text("invented")
    secret.chmod(0o600)
    (tmp_path / "people.csv").write_text(PEOPLE)
    return tmp_path


def mailroom(office: Path, *words: str) -> int:
    return run([*words, "--config", str(office / "config.toml")])


def test_people_come_in_from_a_spreadsheet_and_are_listed(office: Path, capsys: pytest.CaptureFixture[str]):
    assert mailroom(office, "people", "import", str(office / "people.csv")) == 0
    told = capsys.readouterr().out
    assert mailroom(office, "people", "list", "--json") == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert told == "people.csv: 2 people added, 0 changed, 0 left as they were.\n  new: M01\n  new: imo\n"
    assert [(one["id"], one["emails"], one["roles"]) for one in listed] == [
        ("M01", ["ada@mail.example.org"], []),
        ("imo", ["imo@force.example.org"], ["chief_inspector"]),
    ]


def test_the_list_and_one_person_can_be_read_by_eye(office: Path, capsys: pytest.CaptureFixture[str]):
    mailroom(office, "people", "import", str(office / "people.csv"))

    assert mailroom(office, "people", "list") == 0
    assert mailroom(office, "people", "show", "imo tarn") == 0
    shown = capsys.readouterr().out
    assert mailroom(office, "people", "show", "nobody") == 1

    assert "chief inspector" in shown
    assert "roles                    chief_inspector" in shown


def test_a_faulty_spreadsheet_is_refused_with_line_and_nearest_word(office: Path, capsys: pytest.CaptureFixture[str]):
    (office / "people.csv").write_text(PEOPLE.replace("member", "membre"))

    assert mailroom(office, "people", "import", str(office / "people.csv")) == 1

    assert "people.csv:2: there is no kind “membre”." in (said := capsys.readouterr().err)
    assert "Did you mean “member”?" in said


def test_open_work_comes_in_and_its_own_file_says_what_is_final(office: Path, capsys: pytest.CaptureFixture[str]):
    mailroom(office, "people", "import", str(office / "people.csv"))
    (office / "cases.csv").write_text("ref,kind,stage,owner\nINC-2030-009,incident,closed,coordinator\n")
    (office / "actions.csv").write_text("ref,text,owner,due\nACT-2030-021,Write to the group,Ada Quince,31/01/2031\n")

    assert mailroom(office, "import", str(office / "cases.csv"), str(office / "actions.csv")) == 0

    assert "cases.csv: 1 cases added" in capsys.readouterr().out
    store = open_store(office / "office.db")
    assert [(case.ref, case.owner) for case in cases.still_open(store.db)] == [("ACT-2030-021", "M01")]
    store.close()


def test_a_file_that_does_not_say_what_it_holds_is_asked_about(office: Path, capsys: pytest.CaptureFixture[str]):
    (office / "work.csv").write_text("ref,kind,stage\n")

    assert mailroom(office, "import", str(office / "work.csv")) == 2

    assert "whether work.csv holds cases or actions is not clear. Say it: --as cases" in capsys.readouterr().err


def test_a_role_that_roles_txt_adds_can_be_held(office: Path, capsys: pytest.CaptureFixture[str]):
    people = office / "night.csv"
    people.write_text("id,name,kind,roles,emails\nnoa,Noa Lind,officer,night desk,noa.lind@force.example.org\n")

    assert mailroom(office, "people", "import", str(people)) == 1
    assert "there is no role “night desk”" in capsys.readouterr().err
    with (office / "rules" / "roles.txt").open("a", encoding="utf-8") as file:
        file.write("\nRole: night desk\nMeans: sits up\n")
    assert mailroom(office, "people", "import", str(people)) == 0
    assert "1 people added" in capsys.readouterr().out
