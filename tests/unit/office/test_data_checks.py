"""What keeps an analyst's return from leaving, and what does not: a file in, sentences out."""

from pathlib import Path

import pytest

from mailroom.message.model import Attachment
from mailroom.office.data_checks import Checked, checked
from tests.workbooks import Page, Value, docx, ods, ods_table, word_table, xlsx

pytestmark = pytest.mark.fast

STORY = Path(__file__).parents[2] / "story" / "attachments"
RECORDS = (
    "Sheet “Sheet2” holds 60 rows about single people or events (A2:G61; columns “search_no”, “officer”). "
    "Send totals only."
)
CLEAN: list[list[Value]] = [["Station", "Asian", "Black"], ["Ashlock", 43, 39], ["Kingsmead", 64, 66]]


def look(data: bytes, name: str = "return.xlsx", *, names: tuple[str, ...] = (), own: tuple[str, ...] = ()) -> Checked:
    return checked([(Attachment(name, "", len(data), ""), data)], names=names, own=own)


def csv(*lines: str) -> Checked:
    return look("\r\n".join(lines).encode(), "return.csv")


def kinds(found: Checked) -> list[str]:
    return [finding.kind for finding in found.findings if finding.blocks]


def story(name: str) -> Checked:
    return look((STORY / name).read_bytes(), name, names=("Asha Pillai", "Tom Whitlock"), own=("Tom Whitlock",))


def test_the_first_return_of_the_story_is_blocked_for_four_reasons():
    found = story("stop-search-B-Div.xlsx")

    assert found.blocked
    assert found.hidden_sheets == ("Sheet2",)
    assert found.row_level_rows == 60
    assert found.small_cells == 7
    assert found.comments == 1
    assert found.reasons == (
        "Sheet “Sheet2” is hidden. Delete it; whoever gets the file can open it.",
        "7 figures under 10 are in sheet “Table”: E3:F3, E4, F5, E6, F7, F8. Join groups, or leave small figures out.",
        RECORDS,
        "Sheet “Table” has 1 comment (C3). Delete it.",
    )


def test_the_second_return_of_the_story_is_clean():
    found = story("stop-search-B-Div-v2.xlsx")

    assert found.ok
    assert found.findings == ()
    assert "Counts of searches, not of people" in found.words


def test_the_person_who_asked_hears_nothing_of_what_was_found():
    assert story("stop-search-B-Div.xlsx").public_reason == (
        "The figures are being checked, so that no number points to a person."
    )
    assert story("stop-search-B-Div-v2.xlsx").public_reason == ""


def test_a_clean_table_passes_in_every_form():
    text = "Station,Asian,Black\nAshlock,43,39\nKingsmead,64,66\n"

    assert look(xlsx({"Table": CLEAN})).ok
    assert look(ods(ods_table("Table", CLEAN)), "return.ods").ok
    assert look(docx(word_table(CLEAN)), "return.docx").ok
    assert look(text.encode(), "return.csv").ok
    assert look(text.replace(",", "\t").encode("utf-16"), "return.txt").ok
    assert look(text.replace(",", ";").encode(), "return.csv").ok


@pytest.mark.parametrize(
    ("state", "words"),
    [("hidden", "is hidden. Delete it"), ("veryHidden", "is hidden in a way that Excel does not show in its menus")],
)
def test_a_hidden_sheet_blocks_even_where_it_holds_nothing_else_wrong(state: str, words: str):
    found = look(xlsx({"Table": CLEAN, "Old": Page(CLEAN, state=state)}))

    assert kinds(found) == ["hidden sheet"]
    assert found.hidden_sheets == ("Old",)
    assert found.reasons[0].startswith(f"Sheet “Old” {words}")


def test_a_sheet_that_the_workbook_does_not_list_is_found_all_the_same():
    sheet = "<worksheet><sheetData><row><c t='inlineStr'><is><t>left behind</t></is></c></row></sheetData></worksheet>"
    found = look(xlsx({"Table": CLEAN}, parts={"xl/worksheets/sheet9.xml": sheet}))

    assert kinds(found) == ["hidden sheet"]
    assert "is in the file and not in its list of sheets" in found.reasons[0]


def test_hidden_rows_columns_and_cells_block_with_their_places():
    rows = look(xlsx({"Table": Page(CLEAN, hidden_rows=[3])}))
    columns = look(xlsx({"Table": Page(CLEAN, columns='<col min="2" max="2" hidden="1"/>')}))
    thin = look(xlsx({"Table": Page(CLEAN, columns='<col min="3" max="3" width="0"/>')}))
    cells = look(xlsx({"Table": Page(CLEAN, styles={"B2": "nothing"})}))

    assert rows.reasons == ("Sheet “Table” has hidden rows, columns or cells that are not empty: A3:C3.",)
    assert columns.reasons == ("Sheet “Table” has hidden rows, columns or cells that are not empty: B1, B2, B3.",)
    assert thin.findings[0].where == "Table!C1, C2, C3"
    assert cells.findings[0].where == "Table!B2"


def test_hidden_rows_and_columns_that_are_empty_are_no_matter():
    page = Page(CLEAN, hidden_rows=[9], columns='<col min="9" max="16384" hidden="1"/>')

    assert look(xlsx({"Table": page})).ok


def test_zero_is_a_small_figure_and_ten_is_none():
    found = look(xlsx({"Table": [["Station", "Asian", "Black"], ["Ashlock", 0, 10], ["Kingsmead", 9, 66]]}))

    assert found.small_cells == 2
    assert found.findings[0].where == "Table!B2, B3"


def test_the_threshold_is_the_offices_to_choose():
    data = xlsx({"Table": [["Station", "Asian"], ["Ashlock", 7], ["Kingsmead", 64]]})
    file = [(Attachment("a.xlsx", "", 0, ""), data)]

    assert checked(file, threshold=5).ok
    assert checked(file, threshold=10).small_cells == 1


@pytest.mark.parametrize(
    "rows",
    [
        [["Station", "2023", "2024"], ["Ashlock", 43, 39]],
        [["Station", 2023, 2024], ["Ashlock", 43, 39]],
        [["Station", 1, 2, 3, 4], ["Ashlock", 43, 39, 55, 61]],
        [["Hour", "Searches"], [0, 43], [1, 39], [2, 55], [3, 61]],
        [["Month", "Searches"], [1, 43], [2, 39]],
        [["Station", "Searches", "Rate per 1,000"], ["Ashlock", 43, 3]],
        [["Station", "Searches", "% found"], ["Ashlock", 43, 8]],
        [["Station", "Searches", "Average age"], ["Ashlock", 43, 9]],
        [["Measure", "Value"], ["Searches", 43], ["Percentage found", 8]],
        [["Station", "Searches", "Ratio"], ["Ashlock", 43, 3.4]],
        [["Station", "Searches", "Change"], ["Ashlock", 43, -4]],
        [["Version", 2], ["Searches", 43]],
    ],
    ids=str,
)
def test_years_hours_rates_and_shares_are_no_small_figures(rows: list[list[Value]]):
    assert look(xlsx({"Table": rows})).reasons == ()


def test_a_share_a_day_and_an_amount_are_known_by_their_number_format():
    rows: list[list[Value]] = [["Station", "Searches", "Found", "Last", "Cost"], ["Ashlock", 43, 0.08, 5, 3]]
    styles = {"C2": "percent", "D2": "day", "E2": "money"}

    assert look(xlsx({"Table": Page(rows, styles=styles)})).ok
    assert look(xlsx({"Table": rows})).small_cells == 2


def test_a_number_format_that_prints_under_ten_does_not_hide_the_three_behind_it():
    found = look(xlsx({"Table": Page([["Station", "Asian"], ["Ashlock", 3]], styles={"B2": "masked"})}))

    assert found.small_cells == 1


def test_a_figure_written_as_words_is_still_a_figure():
    rows: list[list[Value]] = [["Station", "Asian"], ["Ashlock", "3"], ["Kingsmead", "4 (2.1%)"], ["Harrow", "5*"]]

    assert look(xlsx({"Table": rows})).small_cells == 3


def test_under_five_says_more_than_under_ten_may():
    rows: list[list[Value]] = [["Station", "Asian", "Black"], ["Ashlock", "<5", 43], ["Kingsmead", "under 10", 66]]

    assert look(xlsx({"Table": rows})).findings[0].where == "Table!B2"


def test_a_single_figure_left_out_beside_a_total_can_be_worked_out():
    rows: list[list[Value]] = [["Station", "Asian", "Black", "Total"], ["Ashlock", "*", 39, 43]]
    found = look(xlsx({"Table": rows}))

    assert kinds(found) == ["subtraction"]
    assert found.reasons[0].startswith("1 figure left out of sheet “Table” can be worked out from the totals: B2.")


def test_a_single_figure_left_out_above_a_total_can_be_worked_out_too():
    rows: list[list[Value]] = [["Station", "Asian"], ["Ashlock", "*"], ["Kingsmead", 39], ["Total", 43]]

    assert look(xlsx({"Table": rows})).findings[0].where == "Table!B2"


def test_two_figures_left_out_beside_a_total_are_safe_unless_nothing_is_left_for_them():
    safe: list[list[Value]] = [["Station", "Asian", "Black", "White", "Total"], ["Ashlock", "*", "*", 39, 50]]
    none: list[list[Value]] = [["Station", "Asian", "Black", "White", "Total"], ["Ashlock", "*", "*", 39, 39]]

    assert look(xlsx({"Table": safe})).ok
    assert kinds(look(xlsx({"Table": none}))) == ["subtraction"]


def test_figures_left_out_without_any_total_are_safe():
    assert look(xlsx({"Table": [["Station", "Asian", "Black"], ["Ashlock", "*", 39]]})).ok
