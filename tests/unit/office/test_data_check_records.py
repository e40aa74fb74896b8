"""Rows about single people or events are told from totals, by their headings or without them."""

import pytest

from mailroom.message.model import Attachment
from mailroom.office.data_checks import Checked, checked
from tests.workbooks import Value, xlsx

pytestmark = pytest.mark.fast

Rows = list[list[Value]]
MONTHLY: Rows = [["Month", "Station", "Ethnicity", "Searches"]]
MONTHLY += [["2026-10", f"S{n}", "Asian", 40 + n] for n in range(30)]
MERGED: Rows = [["Station", "Month", "Group", "Searches", "Found"]]
MERGED += [
    [f"Station {n}" if m == 1 else None, f"2026-{m:02}", "All", 40 + n, 20 + n] for n in range(5) for m in (1, 2, 3)
]
WEEKLY: Rows = [["Week beginning", "Ashlock", "Kingsmead"]]
WEEKLY += [[f"2026-10-{5 + n:02}", 40 + n, 50 + n] for n in range(20)]


def look(rows: Rows) -> Checked:
    data = xlsx({"Table": rows})
    return checked([(Attachment("return.xlsx", "", len(data), ""), data)])


@pytest.mark.parametrize(
    ("head", "values"),
    [
        ("search_no", ["S70000", "S70001"]),
        ("Crime Number", ["B/1234/26", "B/1235/26"]),
        ("URN", [70001, 70002]),
        ("ID", [1, 2, 3]),
        ("Surname", ["Calder", "Osei"]),
        ("First name", ["Wren", "Ade"]),
        ("Officer", ["P9779", "P1614"]),
        ("Collar number", ["B123", "B124"]),
        ("DOB", ["04/05/1990", "06/07/1988"]),
        ("Date of birth", ["1990-05-04", "1988-07-06"]),
        ("Name", ["Wren Calder", "Ade Osei"]),
        ("VRM", ["held", "none"]),
        ("E-mail", ["a@example.org", "b@example.org"]),
    ],
)
def test_one_column_that_names_a_person_or_event_is_enough(head: str, values: list[Value]):
    found = look([["Station", head], *[["Ashlock", value] for value in values]])

    assert found.row_level_rows == len(values)
    assert f"columns “{head.casefold()}”" in found.reasons[0]


def test_a_single_record_is_already_one_too_many():
    assert look([["Incident ref", "Station", "Searches"], ["INC-4471", "Ashlock", 43]]).row_level_rows == 1


@pytest.mark.parametrize(
    "rows",
    [
        [["Station", "Searches"], ["Ashlock", 43], ["Kingsmead", 64]],
        [["Name", "Searches"], ["Ashlock", 43], ["Kingsmead", 64]],
        [["Officers", "Searches"], [43, 64], [50, 61]],
        MONTHLY,
        WEEKLY,
        [["Number of arrests", "Searches"], [43, 64], [52, 71]],
        [["Victim", "Searches"], ["White British", 43], ["Adult", 64]],
        [["Subject", "Complaints"], ["Stop and search", 43], ["Custody", 64]],
        [["Name of station", "Searches"], ["Ashlock", 43], ["Kingsmead", 64]],
        [["District", "Searches"], [3, 43], [5, 64]],
        MERGED,
        [["Reference", "Searches"], ["Ashlock", 43], ["Ashlock", 52]],
    ],
    ids=lambda rows: str(rows[0]),
)
def test_totals_by_station_month_or_group_are_no_records(rows: Rows):
    assert look(rows).reasons == ()


def test_codes_that_never_repeat_tell_records_under_any_heading():
    rows: Rows = [["Thing", "Searches"]]
    rows += [[f"BX{1000 + n}", 40 + n] for n in range(6)]

    assert look(rows).row_level_rows == 6


def test_records_without_any_headings_are_found():
    rows: Rows = [[f"S7000{n}", "Ashlock", "2026-10-13", "Asian", 18 + n, "drugs"] for n in range(8)]

    assert look(rows).row_level_rows >= 7


def test_many_particulars_and_no_figures_are_records():
    rows: Rows = [["station", "date", "ethnicity", "age", "grounds"]]
    rows += [["Ashlock", f"2026-10-{n:02}", "Asian", 20 + n, "drugs"] for n in range(1, 8)]

    assert look(rows).row_level_rows == 7


def test_the_same_particulars_again_and_again_are_records():
    rows: Rows = [["station", "ethnicity", "grounds", "seconds"]]
    rows += [["Ashlock", ("Asian", "Black")[n % 2], "drugs", 100 + n] for n in range(20)]

    assert look(rows).row_level_rows == 20


def test_ages_in_records_are_not_counted_as_small_figures_besides():
    rows: Rows = [["search_no", "age"], ["S70000", 9], ["S70001", 8]]

    assert look(rows).small_cells == 0


def test_records_below_a_clean_table_are_found_as_a_table_of_their_own():
    rows: Rows = [["Station", "Asian"], ["Ashlock", 43], [], ["search_no", "age"], ["S70000", 19]]
    found = look(rows)

    assert (found.tables, found.row_level_rows) == (1, 1)
    assert "(A5:B5;" in found.reasons[0]


def test_a_page_of_explanation_holds_no_records():
    rows: Rows = [
        ["Counts of searches, not of people: one person may be searched more than once."],
        ["Period: 1 October to 31 December 2026."],
        ["It does not show rates: there is no count of people passing through."],
    ]

    assert look([["Station", "Asian"], ["Ashlock", 43], [], *rows]).ok


def test_a_list_of_terms_holds_no_records():
    rows: Rows = [["Term", "What it means"], ["Search", "A search under section 1"], ["Found", "Something was found"]]

    assert look(rows).row_level_rows == 0
