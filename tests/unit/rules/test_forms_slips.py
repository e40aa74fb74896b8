"""What looks like an answer to a form and is none is asked back, never guessed at."""

from datetime import date

import pytest

from mailroom.rules import forms
from mailroom.rules.form_dates import a_date
from mailroom.rules.form_page import FILE
from mailroom.rules.lines import read_lines

pytestmark = pytest.mark.fast
NEAR = date(2031, 1, 12)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("20 February 1980", "1980-02-20"),
        ("20/2/1980", "1980-02-20"),
        ("1980-02-20", "1980-02-20"),
        ("20 Feb 31", "2031-02-20"),
        ("20 Feb 3031", ""),
    ],
)
def test_a_year_is_the_one_that_is_written(written: str, read: str):
    assert a_date(written, NEAR) == read


@pytest.mark.parametrize(
    "text",
    [
        "Date of birth: 20 February 1980",
        "Date I was born: 20 February 1980",
        "Arrival of my mother is at 2.30pm",
        "Arrival gate code: 1430",
    ],
)
def test_another_label_that_begins_like_one_is_another(text: str):
    lines, _ = read_lines(FILE, "observation.txt")
    form, _ = forms.read_form(tuple(lines), "observation", "observation.txt")
    assert form is not None
    assert dict(forms.fill(form, text, NEAR).values) == {}
