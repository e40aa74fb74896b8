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
    assert found.words[1].startswith("Counts of searches, not of people")
    assert len(found.words) == 6


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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NI is QQ123456C so AB123456C", "a National Insurance number"),
        ("ring 07700 900123", "a telephone number"),
        ("wren.calder@example.org", "an email address"),
        ("lives at SW1A 2AA", "a postcode"),
        ("12 Station Road", "a home address"),
        ("car AB12 CDE", "a vehicle registration"),
        ("DOB 04/05/1990", "a date of birth"),
        ("seen by PC 4471", "an officer's number"),
        ("asked by Wren Calder", "a person's name"),
        ("PC Hollin was there", "a person's name"),
    ],
)
def test_whoever_can_be_told_from_a_cell_blocks_it_without_being_repeated(text: str, words: str):
    found = look(xlsx({"Table": [*CLEAN, [], [text]]}), names=("Wren Calder",))

    assert found.reasons == (f"Sheet “Table” holds what looks like {words}: A5.",)


def test_stations_months_and_groups_are_nobody():
    rows: list[list[Value]] = [["Place", "Searches"], ["King's Cross St Pancras", 43], ["Victoria, 18-24", 64]]

    assert look(xlsx({"Q3 2026": [*rows, [], ["Source: search records as at 19 February 2027, section 1"]]})).ok


def test_a_name_in_a_page_margin_or_a_sheets_own_name_is_found():
    margin = Page(CLEAN, after="<headerFooter><oddHeader>&amp;LWren Calder&amp;RPage &amp;P</oddHeader></headerFooter>")
    found = look(xlsx({"Table": margin, "Wren Calder": CLEAN}), names=("Wren Calder",))

    assert found.reasons == (
        "Sheet “Table” has a person's name in its page margin.",
        "Sheet “Wren Calder” has a person's name in its name.",
    )


def test_texts_that_no_cell_shows_any_more_are_read_too():
    strings = "<sst><si><t>Ring 07700 900123</t></si><si><r><t>Wren </t></r><r><t>Calder</t></r></si></sst>"
    found = look(xlsx({"Table": CLEAN}, parts={"xl/sharedStrings.xml": strings}), names=("Wren Calder",))

    assert found.reasons == (
        "The file holds what looks like a telephone number, a person's name, among texts that no cell shows any more.",
    )


def test_comments_of_both_sorts_count_once_each():
    threads = {"B2": "is this right?"}
    page = Page(CLEAN, comments={"B2": "[Threaded comment] Your version …", "C2": "check"}, threads=threads)
    found = look(xlsx({"Table": page}))

    assert found.comments == 2
    assert found.reasons == ("Sheet “Table” has 2 comments (C2, B2). Delete them.",)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("xl/vbaProject.bin", "macros"),
        ("xl/model/item.data", "a data model with the records behind it"),
        ("xl/connections.xml", "a connection to a database"),
        ("xl/embeddings/oleObject1.bin", "another file inside it"),
        ("xl/externalLinks/externalLink1.xml", "a link to another workbook, with values copied from it"),
        ("xl/revisions/revisionLog1.xml", "a history of changes"),
    ],
)
def test_what_a_file_carries_unseen_blocks_it(name: str, words: str):
    found = look(xlsx({"Table": CLEAN}, parts={name: "<x/>"}), "return.xlsm")

    assert found.reasons == (f"The file carries {words}.",)


def test_a_pivot_tables_copy_of_the_extract_is_found_and_its_rows_counted():
    cache = "<pivotCacheRecords><r><s v='S70000'/></r><r><s v='S70001'/></r></pivotCacheRecords>"
    parts = {"xl/pivotCache/pivotCacheDefinition1.xml": "<x/>", "xl/pivotCache/pivotCacheRecords1.xml": cache}

    assert look(xlsx({"Table": CLEAN}, parts=parts)).reasons == (
        "The file carries a pivot table's own copy of the data behind it (2 rows).",
    )


def test_a_name_that_leads_to_a_hidden_sheet_is_told_and_a_print_area_is_not():
    names = (
        '<definedName name="extract">Old!$A$1:$G$61</definedName>'
        '<definedName name="_xlnm.Print_Area">Table!$A$1</definedName>'
    )
    found = look(xlsx({"Table": CLEAN, "Old": Page(CLEAN, state="hidden")}, names=names))

    assert "The file carries the name “extract”, which leads to a hidden sheet." in found.reasons
    assert len(found.reasons) == 2


def test_a_chart_of_a_hidden_sheet_keeps_its_values():
    chart = "<c:chart xmlns:c='c'><c:f>'Raw data'!$B$2:$B$9</c:f><c:v>3</c:v></c:chart>"
    hidden = Page(CLEAN, state="hidden")
    found = look(xlsx({"Table": CLEAN, "Raw data": hidden}, parts={"xl/charts/chart1.xml": chart}))

    assert "The file carries a chart with the values of a hidden sheet or of another file." in found.reasons
    assert look(xlsx({"Table": CLEAN}, parts={"xl/charts/chart1.xml": chart.replace("Raw data", "Table")})).ok


def test_a_picture_in_a_workbook_is_for_somebody_to_look_at():
    found = look(xlsx({"Table": CLEAN}, parts={"xl/media/image1.png": b"\x89PNG"}))

    assert found.ok
    assert found.notes == ("The file carries a picture, which this check cannot read.",)


def test_an_author_the_office_knows_blocks_unless_it_is_the_analyst():
    data = xlsx({"Table": CLEAN}, creator="Wren Calder")

    assert kinds(look(data, names=("Wren Calder",))) == ["properties"]
    assert look(data, names=("Wren Calder",), own=("Wren Calder",)).ok
    assert look(data).notes == ("The file names “Wren Calder” in its properties, which whoever gets it can read.",)


@pytest.mark.parametrize(
    "page",
    [
        Page([["OFFICIAL-SENSITIVE"], [], *CLEAN]),
        Page(CLEAN, after="<headerFooter><oddFooter>&amp;C&amp;8OFFICIAL-SENSITIVE</oddFooter></headerFooter>"),
    ],
    ids=["cell", "margin"],
)
def test_a_marking_above_the_reader_blocks(page: Page):
    assert look(xlsx({"Table": page})).reasons == (
        "Sheet “Table” is marked OFFICIAL-SENSITIVE; what goes to a member may be OFFICIAL at most.",
    )


def test_a_label_of_the_office_programs_counts_as_a_marking():
    custom = "<P><property name='MSIP_Label_1a-2b_Name'><vt:lpwstr xmlns:vt='v'>SECRET</vt:lpwstr></property></P>"
    found = look(xlsx({"Table": CLEAN}, parts={"docProps/custom.xml": custom}))

    assert kinds(found) == ["marking"]


def test_official_may_leave():
    assert look(xlsx({"Table": [["OFFICIAL"], [], *CLEAN]})).ok


def test_a_formula_whose_result_was_not_saved_cannot_be_judged():
    rows: list[list[Value]] = [["Station", "Asian"], ["Ashlock", 43], ["Total", None]]
    found = look(xlsx({"Table": Page(rows, formulas={"B3": "SUM(B2)"})}))

    assert found.reasons == ("Sheet “Table” has formulas whose results were not saved (B3): open it and save it.",)


def test_a_list_is_checked_like_a_sheet():
    assert csv("Station,Asian", "Ashlock,3").reasons[0].startswith("1 figure under 10 is in the list: B2.")
    assert csv("search_no,officer", "S70000,P9779").row_level_rows == 1


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-A1", "@SUM(A1)"])
def test_a_list_with_something_a_spreadsheet_would_run_is_blocked(cell: str):
    found = csv("Station,Asian", f'Ashlock,"{cell}"', "Kingsmead,43")

    assert found.reasons == ("The list has cells that a spreadsheet would run as formulas: B2.",)


@pytest.mark.parametrize("cell", ["-", "-4", "*", "+12"])
def test_a_dash_and_a_difference_are_no_formulas(cell: str):
    assert "formula" not in kinds(csv("Station,Change", f"Ashlock,{cell}", "Kingsmead,43"))


def test_a_paper_of_word_is_checked_table_by_table():
    body = word_table(CLEAN) + word_table([["Station", "Asian"], ["Ashlock", 3]])
    found = look(docx(body), "return.docx")

    assert found.tables == 2
    assert found.reasons[0].startswith("1 figure under 10 is in table 2: B2.")


def test_hidden_text_tracked_changes_and_comments_of_word_block():
    run = "<w:p><w:r>{}<w:t>was 3</w:t></w:r></w:p>"
    table = word_table(CLEAN)
    hidden = look(docx(table + run.format("<w:rPr><w:vanish/></w:rPr>")), "a.docx")
    deleted = look(docx(f"{table}<w:p><w:del><w:r><w:delText>was 3</w:delText></w:r></w:del></w:p>"), "a.docx")
    note = '<w:comments xmlns:w="w"><w:comment><w:p/></w:comment></w:comments>'
    noted = look(docx(table, word_comments=note), "a.docx")

    assert hidden.reasons == ("The file carries text that is hidden.",)
    assert deleted.reasons == ("The file carries tracked changes; accept them first.",)
    assert noted.comments == 1


def test_a_workbook_of_libreoffice_hides_nothing_either():
    style = '<style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    raw = ods_table("Raw", [["search_no", "age"], ["S70000", 19]], style="h")
    found = look(ods(ods_table("Table", CLEAN) + raw, styles=style), "return.ods")

    assert found.hidden_sheets == ("Raw",)
    assert found.row_level_rows == 1


def test_findings_of_several_files_name_the_file():
    small = xlsx({"Table": [["Station", "Asian"], ["Ashlock", 3]]})
    files = [(Attachment("a.xlsx", "", 0, ""), xlsx({"Table": CLEAN})), (Attachment("b.xlsx", "", 0, ""), small)]

    assert checked(files).reasons == (
        "1 figure under 10 is in sheet “Table” of “b.xlsx”: B2. Join groups, or leave small figures out.",
    )


def test_a_logo_is_left_out_and_said_so():
    logo = (Attachment("logo.png", "image/png", 8, ""), b"\x89PNG\r\n\x1a\n")
    found = checked([(Attachment("a.xlsx", "", 0, ""), xlsx({"Table": CLEAN})), logo])

    assert found.ok
    assert found.files == ("a.xlsx",)
    assert found.notes == ("“logo.png” is a picture: it was not checked and is not passed on.",)


def test_a_mail_without_any_table_is_not_ok():
    assert not checked([]).ok
    assert checked([]).reasons == ("No table came with the mail that could be checked.",)


def test_a_link_to_footage_blocks_and_a_source_of_public_figures_does_not():
    footage = look(xlsx({"Table": [*CLEAN, [], ["Clip: https://evidence.example.org/clip/7"]]}))
    source = look(xlsx({"Table": [*CLEAN, [], ["Source: https://www.gov.uk/government/statistics"]]}))

    assert footage.reasons == ("Sheet “Table” has links that its reader might follow: A5.",)
    assert source.ok


@pytest.mark.parametrize("target", ["https://evidence.example.org/7", "mailto:wren@example.org", "file:///cases"])
def test_a_link_behind_words_is_found(target: str):
    relation = f'<R><Relationship Id="h" Type="x/hyperlink" TargetMode="External" Target="{target}"/></R>'
    found = look(xlsx({"Table": CLEAN}, parts={"xl/worksheets/_rels/sheet1.xml.rels": relation}))

    assert kinds(found) == ["link"]
    assert found.reasons[0].startswith("The file has links behind its words: to ")


def test_a_link_in_a_formula_is_found():
    formula = 'HYPERLINK("https://evidence.example.org/7","clip")'

    assert kinds(look(xlsx({"Table": Page(CLEAN, formulas={"B2": formula})}))) == ["link"]


def test_words_in_a_text_box_or_chart_are_read():
    box = "<d:wsDr xmlns:d='d'><d:sp><d:t>Ring 07700 900123</d:t></d:sp></d:wsDr>"
    found = look(xlsx({"Table": CLEAN}, parts={"xl/drawings/drawing1.xml": box}))

    assert found.reasons == ("The file holds what looks like a telephone number, in a drawing or chart.",)


def test_a_small_figure_said_in_a_sentence_is_for_somebody_to_look_at():
    found = look(xlsx({"Table": [*CLEAN, [], ["Of these searches only three women were searched twice."]]}))

    assert found.ok
    assert found.notes == ("The words may say a small figure: “three women”.",)
    assert look(xlsx({"Table": [*CLEAN, [], ["Counts of the 2 stations over 3 months of 2026, joined."]]})).notes == ()


def test_nil_and_three_written_out_are_small_figures():
    rows: list[list[Value]] = [["Station", "Asian"], ["Ashlock", "nil"], ["Old Quay", "Three"], ["Rest", 40]]

    assert look(xlsx({"Table": rows})).small_cells == 2


def test_yes_and_no_in_cells_are_no_figures():
    head = '<row><c t="inlineStr"><is><t>Joined</t></is></c><c t="inlineStr"><is><t>Searches</t></is></c></row>'
    body = '<row><c t="b"><v>1</v></c><c><v>43</v></c></row><row><c t="b"><v>0</v></c><c><v>44</v></c></row>'
    sheet = f"<worksheet><sheetData>{head}{body}</sheetData></worksheet>"

    assert look(xlsx({"Table": [["x"]]}, parts={"xl/worksheets/sheet1.xml": sheet})).ok
