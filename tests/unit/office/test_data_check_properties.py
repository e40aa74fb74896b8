"""What holds of every return, whatever is in it: nothing raises, nothing small passes, nothing large is stopped."""

import io
import zipfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.message.model import Attachment
from mailroom.message.spreadsheet import place
from mailroom.office.data_checks import Checked, checked
from tests.workbooks import Page, Value, xlsx

STORY = Path(__file__).parents[2] / "story" / "attachments"
STATIONS = ["Ashlock", "Kingsmead", "Harrow Vale", "Ferry Lane", "Old Quay"]
GROUPS = ["Asian", "Black", "Mixed", "Other", "White", "Not stated"]

large = st.integers(10, 5_000)
tables = st.integers(1, 5).flatmap(
    lambda rows: st.integers(1, 6).flatmap(
        lambda columns: st.lists(st.lists(large, min_size=columns, max_size=columns), min_size=rows, max_size=rows)
    )
)
anything = st.none() | st.text(max_size=20) | st.integers(-5, 10**12) | st.floats(allow_nan=False, allow_infinity=False)


def look(data: bytes, name: str = "return.xlsx") -> Checked:
    return checked([(Attachment(name, "", len(data), ""), data)], names=("Wren Calder",))


def headed(figures: list[list[int]]) -> list[list[Value]]:
    rows: list[list[Value]] = [["Station", *GROUPS[: len(figures[0])]]]
    for station, row in zip(STATIONS, figures, strict=False):
        rows.append([station, *row])
    return rows


@settings(max_examples=100, deadline=None)
@given(tables)
def test_no_table_of_large_figures_is_blocked(figures: list[list[int]]):
    assert look(xlsx({"Table": headed(figures)})).reasons == ()


@settings(max_examples=200, deadline=None)
@given(tables, st.integers(0, 9), st.data())
def test_a_small_figure_is_found_wherever_it_stands_and_named_by_its_cell(
    figures: list[list[int]], small: int, data: st.DataObject
):
    row = data.draw(st.integers(0, len(figures) - 1))
    column = data.draw(st.integers(0, len(figures[0]) - 1))
    figures[row][column] = small
    hidden = data.draw(st.sampled_from(["", "hidden", "veryHidden"]))
    found = look(xlsx({"Words": [["Read the other sheet first"]], "Table": Page(headed(figures), state=hidden)}))

    assert found.small_cells == 1
    assert f"Table!{place(row + 1, column + 1)}" in [finding.where for finding in found.findings]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(anything, max_size=7), max_size=12), st.sampled_from(["", "hidden"]))
def test_whatever_stands_in_the_cells_nothing_raises(rows: list[list[Value]], state: str):
    clean = [["".join(c for c in v if c.isprintable()) if isinstance(v, str) else v for v in row] for row in rows]
    found = look(xlsx({"Table": Page(clean, state=state)}))

    assert found.blocked is any(finding.blocks for finding in found.findings)
    assert all(finding.sentence.endswith(".") for finding in found.findings)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_whatever_stands_in_a_list_nothing_raises(written: str):
    assert isinstance(look(written.encode("utf-8", "surrogatepass"), "return.csv"), Checked)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["stop-search-B-Div.xlsx", "stop-search-B-Div-v2.xlsx"]), st.data())
def test_no_mutation_of_the_storys_workbooks_raises_or_frees_the_first(name: str, data: st.DataObject):
    with zipfile.ZipFile(STORY / name) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    part = data.draw(st.sampled_from(sorted(parts)))
    at = data.draw(st.integers(0, len(parts[part])))
    put = data.draw(st.binary(max_size=8))
    parts[part] = parts[part][:at] + put + parts[part][at + data.draw(st.integers(0, 8)) :]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in parts.items():
            archive.writestr(one, content)
    found = look(buffer.getvalue(), name)

    # One slip cannot undo a hidden sheet, sixty records, seven small figures and a comment at once.
    assert found.blocked or name.endswith("v2.xlsx")
