from datetime import date
from pathlib import Path

import pytest

from mailroom.rules.form_page import FILE, ONE_OF, READ_AS, SHOWN, WAYS, page
from mailroom.rules.form_readers import READERS, one_of
from mailroom.rules.forms import Form, blanks, fill, read_form
from mailroom.rules.lines import parse_lines
from tests.office import REPOSITORY

pytestmark = pytest.mark.fast

PAGE = REPOSITORY / "docs" / "forms.md"
RENEW = "python -c 'from mailroom.rules.form_page import page; print(page(), end=str())' > docs/forms.md"
NEAR = date(2031, 1, 14)


def form() -> Form:
    made, problems = read_form(parse_lines(FILE, "f.txt"), "observation", "f.txt")
    assert made is not None, problems
    return made


def test_the_page_in_docs_is_what_the_program_prints():
    assert Path(PAGE).read_text(encoding="utf-8") == page(), RENEW


def test_a_mail_shows_the_form_as_the_page_says():
    assert "\n\n".join(row["line"] for row in blanks(form())) == SHOWN.rstrip("\n")


@pytest.mark.parametrize(("title", "text"), WAYS, ids=lambda one: one[:24])
def test_each_way_to_answer_is_read_as_the_page_says(title: str, text: str):
    filled = fill(form(), text, NEAR)

    assert (title, {**filled.values}) == (title, READ_AS)


@pytest.mark.parametrize("name", READERS)
def test_each_reader_reads_what_the_page_says_and_guesses_at_nothing(name: str):
    reader = READERS[name]

    assert [(written, reader.read(written, NEAR)) for written, _ in reader.reads] == list(reader.reads)
    assert [written for written in reader.asks if reader.read(written, NEAR)] == []
    assert reader.read(reader.example, NEAR)


def test_of_the_answers_there_are_the_one_that_was_written_is_taken():
    assert [(written, one_of(written, ("low", "medium", "high"))) for written, _ in ONE_OF] == list(ONE_OF)
    assert all(written in page() for written, _ in ONE_OF)
