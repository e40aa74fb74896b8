"""Bringing in the office's people and open work."""

from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from mailroom.errors import Problems
from mailroom.office import imports, people_file, tables
from mailroom.office.imports import Imported
from mailroom.store import cases, open_store, people
from mailroom.store.cases import Case
from mailroom.store.db import Store
from mailroom.store.people import Person

NOW = datetime(2031, 5, 5, 9, tzinfo=UTC)
PLAIN = "name,emails\nAda Quince,ada@mail.example.org\nBen Rusk,ben@post.example.org;b.rusk@work.example.org\n"


@pytest.fixture
def store(tmp_path: Path):
    opened = open_store(tmp_path / "office.db")
    yield opened
    opened.close()


class Import(Protocol):
    """One of the three import functions."""

    def __call__(self, db: Database, data: bytes, file: str, now: datetime) -> Imported: ...


def bring(store: Store, text: str | bytes, how: Import = imports.people, file: str = "people.csv") -> Imported:
    with store.immediate() as db:
        return how(db, text if isinstance(text, bytes) else text.encode(), file, NOW)


def refused(store: Store, text: str | bytes, how: Import = imports.people) -> list[str]:
    with pytest.raises(Problems) as caught:
        bring(store, text, how)
    return [str(problem) for problem in caught.value.problems]


def case(store: Store, ref: str) -> Case:
    found = cases.by_ref(store.db, ref)
    assert found is not None
    return found


def everyone(store: Store) -> dict[str, Person]:
    return {person.id: person for person in people.everyone(store.db)}


def test_a_name_and_an_address_are_enough_for_a_member(store: Store):
    result = bring(store, PLAIN)

    ada, ben = everyone(store).values()
    assert result.added == ("M01", "M02")
    assert (ada.name, ada.kind, ada.state, ada.newsletter) == ("Ada Quince", "member", "active", True)
    assert ben.emails == ("ben@post.example.org", "b.rusk@work.example.org")
    assert people.address_of(store.db, "M02") == "ben@post.example.org"


EXCEL = {
    "utf-8 with its mark": PLAIN.encode("utf-8-sig"),
    "utf-16": PLAIN.encode("utf-16"),
    "utf-16, the other way round": b"\xfe\xff" + PLAIN.encode("utf-16-be"),
    "utf-16 without a mark": PLAIN.encode("utf-16-le"),
    "windows line ends": PLAIN.replace("\n", "\r\n").encode(),
    "old mac line ends": PLAIN.replace("\n", "\r").encode(),
    "semicolons": b"name;emails\nAda Quince;ada@mail.example.org\n"
    b'Ben Rusk;"ben@post.example.org;b.rusk@work.example.org"\n',
    "tabs": PLAIN.replace(",", "\t").encode("utf-16"),
    "a line that names the separator": b"sep=|\r\n" + PLAIN.replace(",", "|").encode(),
    "everything quoted": "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in PLAIN.splitlines()
    ).encode(),
    "trailing empty columns": "\n".join(line + ",,," for line in PLAIN.splitlines()).encode(),
    "empty lines": b"\n" + PLAIN.replace("\n", "\n\n,\n").encode(),
    "columns the other way round, in capitals": (
        b"Emails,NAME\nada@mail.example.org,Ada Quince\nben@post.example.org;b.rusk@work.example.org,Ben  Rusk\n"
    ),
}


@pytest.mark.parametrize("data", EXCEL.values(), ids=EXCEL.keys())
def test_every_form_excel_saves_gives_the_same_people(store: Store, tmp_path: Path, data: bytes):
    plain = open_store(tmp_path / "plain.db")
    bring(plain, PLAIN)

    bring(store, data)

    assert everyone(plain) == everyone(store)
    plain.close()


def test_windows_letters_are_read(store: Store):
    bring(store, "name,emails\nZoë Müller,zoe@mail.example.org\n".encode("cp1252"))

    assert people.name_of(store.db, "M01") == "Zoë Müller"


def test_every_column_is_kept(store: Store):
    header = ",".join(people_file.LAYOUT.columns)
    bring(
        store,
        f"{header}\nM07,Ada Quince,Member,Riverside Trust,,,,ada@mail.example.org,01632 960001,Active,01/07/2029,,"
        "NPPV2,2029-06-12,11/06/2032,granted,180; 90,2029-07-01,2029-07-02,2029-07-03,v2,2030-03-16,2030-01,"
        "plain words;data,commuters,2030-09-14,Northgate,large print,no,2031-06-01,\n",
    )

    ada = everyone(store)["M07"]
    assert (
        ada.joined, ada.newsletter, ada.organisation, ada.phone,
    ) == ("2029-07-01", False, "Riverside Trust", "01632 960001")  # fmt: skip
    assert ada.member == {
        "vetting_level": "NPPV2", "vetting_from": "2029-06-12", "vetting_to": "2032-06-11", "vetting_status": "granted",
        "ladder_sent": "[180, 90]", "confidentiality_signed": "2029-07-01", "ci_input": "2029-07-02",
        "residency_seen": "2029-07-03", "tor_version": "v2", "tor_acknowledged": "2030-03-16",
        "privacy_notice": "2030-01", "skills": '["plain words", "data"]', "links": '["commuters"]',
        "links_consent": "2030-09-14", "recused_for": '["Northgate"]', "format": "large_print",
        "leave_until": "2031-06-01",
    }  # fmt: skip
    known = people.known(store.db, "ada@mail.example.org")
    assert known is not None
    assert known.recused_for == ("Northgate",)


def test_roles_are_folded_to_the_word_the_rules_use(store: Store):
    bring(store, "id,name,kind,emails,roles\nimo,Imo Tarn,officer,imo@force.example.org,Chief Inspector; AUTHORISER\n")

    assert people.holders(store.db, "chief_inspector") == ("imo",)
    assert people.roles_of(store.db, "imo") == ("authoriser", "chief_inspector")


def test_a_second_import_changes_nothing_and_keeps_the_ids(store: Store):
    bring(store, PLAIN)

    again = bring(store, PLAIN)

    assert (again.added, again.changed, again.kept) == ((), (), ("M01", "M02"))


def test_a_column_that_is_not_in_the_file_leaves_what_is_known(store: Store):
    bring(store, "name,emails,phone,skills\nAda Quince,ada@mail.example.org,01632 960001,data\n")

    result = bring(store, "name,emails,phone\nAda Quince-Rye,ada@mail.example.org,\n")

    ada = everyone(store)["M01"]
    assert result.changed == ("M01",)
    assert (ada.name, ada.phone, ada.member["skills"]) == ("Ada Quince-Rye", "", '["data"]')


def test_ids_are_made_of_numbers_for_members_and_of_names_for_others(store: Store):
    bring(
        store,
        "id,name,kind,emails\nM09,Ada Quince,member,ada@mail.example.org\n,Ben Rusk,,ben@mail.example.org\n"
        ",Imo Tarn,officer,imo@force.example.org\n,Imo Vane,officer,imo.vane@force.example.org\n",
    )

    assert {"M09", "M10", "imo", "imo-vane"} == everyone(store).keys()


FAULTS = {
    "name,email\nAda,ada@mail.example.org\n": "people.csv:1: there is no column “email”. * Did you mean “emails”?",
    "name\nAda\n": "people.csv:1: the column “emails” is missing. Expected the columns name, emails",
    "name,emails,name\nAda,ada@mail.example.org,x\n": "people.csv:1: the column “name” stands there twice. *",
    "id,name,emails\nA1,Ada,ada@x.example.org\na1,Ben,ben@x.example.org\n": (
        "people.csv:3: the id “a1” stands on line 2 as well. Expected one line each"
    ),
    "name,emails\nAda,one@x.example.org\nBen,One@x.example.org\n": (
        "people.csv:3: one@x.example.org belongs to Ada on line 2. Expected an address that is nobody else’s"
    ),
    "name,emails,joined\nAda,ada@x.example.org,31/13/2030\n": (
        "people.csv:2: “31/13/2030” under joined is no date. Expected the form 2027-01-31 or 31/01/2027"
    ),
    "name,emails,kind\nAda,ada@x.example.org,membr\n": "people.csv:2: there is no kind “membr”. * “member”?",
    "name,emails\nAda,ada at x\n": "people.csv:2: “ada at x” is no email address. *",
    "name,emails\nAda,\n": "people.csv:2: Ada has no address. Expected at least one under “emails”",
    "name,emails\n,ada@x.example.org\n": "people.csv:2: the name is missing. Expected a name on every line",
    "name,emails\nAda,ada@x.example.org,stray\n": "people.csv:2: “stray” stands under no column. Expected 2 values",
    "name,emails,newsletter\nAda,ada@x.example.org,maybe\n": "people.csv:2: “maybe” under newsletter is neither *",
    "name,emails,format\nAda,ada@x.example.org,braille\n": "people.csv:2: “braille” under format is none *",
    "name,emails,ladder_sent\nAda,ada@x.example.org,soon\n": "people.csv:2: “soon” under ladder_sent is no number *",
    'name,emails\nAda,"ada@x.example.org\n': "people.csv:2: a quotation mark is opened here and never closed",
    "": "people.csv: the file is empty. Expected a first line with the columns name, emails",
    "PK\x03\x04rest": "people.csv: this is an Excel workbook. Save it as “CSV UTF-8” and import that file",
}


@pytest.mark.parametrize(("text", "expected"), FAULTS.items())
def test_a_fault_is_told_with_its_line_and_what_was_expected(store: Store, text: str, expected: str):
    [sentence] = refused(store, text)

    assert fnmatchcase(sentence, expected), sentence
    assert everyone(store) == {}


def test_all_faults_are_told_at_once_and_nothing_is_imported(store: Store):
    sentences = refused(
        store,
        "name,emails,kind,joined\nAda,ada@x.example.org,member,yesterday\nBen,ben,member,\nCy,cy@x.example.org,boss,\n",
    )

    assert [int(sentence.split(":")[1]) for sentence in sentences] == [2, 3, 4]
    assert everyone(store) == {}


def test_an_address_that_is_somebody_elses_in_the_office_is_refused(store: Store):
    bring(store, PLAIN)

    [sentence] = refused(store, "id,name,emails\nM05,Cy Thorn,ada@mail.example.org\n")

    assert "people.csv:2: ada@mail.example.org belongs to Ada Quince (M01)" in sentence


CASES = (
    "ref,kind,stage,owner,due,text,facts\n"
    "INC-2030-009,Incident,closed,coordinator,,,place=Northgate; requester=Imo Tarn; strand=age\n"
    "APP-2030-007,application,Vetting,imo,31/01/2031,Quince,\n"
)


@pytest.fixture
def staffed(store: Store):
    bring(store, "id,name,kind,emails,roles\nimo,Imo Tarn,officer,imo@force.example.org,officer\n")
    return store


def test_open_work_is_entered_with_owner_place_and_due_day(staffed: Store):
    result = bring(staffed, CASES, imports.cases, "cases.csv")

    old, application = (case(staffed, ref) for ref in result.added)
    assert (
        old.stage, old.final, old.owner, old.requester, old.place,
    ) == ("closed", True, "coordinator", "imo", "Northgate")  # fmt: skip
    assert (
        application.stage, application.final, application.owner, application.due,
    ) == ("vetting", False, "imo", "2031-01-31")  # fmt: skip
    assert [case.ref for case in cases.still_open(staffed.db)] == ["APP-2030-007"]


def test_a_number_that_was_imported_is_never_given_out_again(staffed: Store):
    bring(staffed, CASES, imports.cases, "cases.csv")

    with staffed.immediate() as db:
        assert cases.next_ref(db, "INC", 2030) == "INC-2030-010"


def test_a_case_the_office_has_already_is_left_as_it_is(staffed: Store):
    bring(staffed, CASES, imports.cases, "cases.csv")

    again = bring(staffed, CASES.replace("Vetting", "closed"), imports.cases, "cases.csv")

    assert (again.added, again.kept) == ((), ("INC-2030-009", "APP-2030-007"))
    assert case(staffed, "APP-2030-007").stage == "vetting"


def test_an_action_is_a_case_and_needs_only_a_reference_and_a_text(staffed: Store):
    bring(staffed, "ref;text;owner;due\nACT-2030-021;Write to the group;Imo Tarn;15/01/2031\n", imports.actions)

    action = case(staffed, "ACT-2030-021")
    assert (
        action.kind, action.stage, action.owner, action.due, action.final,
    ) == ("action", "open", "imo", "2031-01-15", False)  # fmt: skip


def test_the_stages_that_end_a_case_may_be_those_of_its_file(staffed: Store):
    with staffed.immediate() as db:
        imports.cases(
            db,
            CASES.encode(),
            "cases.csv",
            NOW,
            is_final=lambda kind, stage: (kind, stage) == ("application", "vetting"),
        )

    assert [case.ref for case in cases.still_open(staffed.db)] == ["INC-2030-009"]


WORK_FAULTS = {
    "ref,kind,stage\nnumber nine,incident,open\n": "“number nine” is no reference. Expected one such as ACT-2026-021",
    "ref,kind,stage\nINC-2030-001,,open\n": "INC-2030-001 has no kind. Expected a word such as incident",
    "ref,kind,stage\nINC-2030-001,incident,\n": "INC-2030-001 has no stage. Expected a word such as open",
    "ref,kind,stage,due\nINC-2030-001,incident,open,soon\n": "“soon” under due is no date. *",
    "ref,kind,stage,facts\nINC-2030-001,incident,open,hello\n": "“hello” under facts says nothing. *",
    "ref,kind,stage,owner\nINC-2030-001,incident,open,Imo Tarm\n": "nobody is known as owner “Imo Tarm”. * “imo tarn”?",
}


@pytest.mark.parametrize(("text", "expected"), WORK_FAULTS.items())
def test_a_fault_in_open_work_is_told_with_its_line(staffed: Store, text: str, expected: str):
    [sentence] = refused(staffed, text, imports.cases)

    assert fnmatchcase(sentence, "people.csv:2: " + expected), sentence


def test_a_reference_twice_is_a_fault(staffed: Store):
    line = "INC-2030-001,incident,open\n"

    assert refused(staffed, f"ref,kind,stage\n{line}{line.lower()}", imports.cases) == [
        "people.csv:3: INC-2030-001 stands on line 2 as well. Expected one line each"
    ]


@given(st.binary(max_size=200) | st.text(alphabet='name,emails;\t"\r\nsep=|\x00é', max_size=80).map(str.encode))
@settings(max_examples=60, deadline=None)
def test_no_bytes_at_all_break_the_reading_of_a_table(data: bytes):
    faults = tables.Faults("x.csv")

    rows = tables.read(data, people_file.LAYOUT, faults)

    assert faults.found or all(row.values for row in rows)
