"""What is written into the lines of our own mail comes back as it was meant, from whichever program it was sent."""

from collections.abc import Callable
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.message import Message
from mailroom.office.plain import all_words
from mailroom.office.rendered import Rendered
from mailroom.rules.form_readers import READERS
from mailroom.rules.forms import Filled, Form, fill, read_form
from mailroom.rules.lines import parse_lines
from tests.unit.office.form_replies import STYLES, apple, asking, came, gmail_within, outlook_page

NEAR = date(2031, 1, 14)
FILE = """\
Form: Coming along on an observation
Field: activity date, a date
Field: arrival, a time
Field: on duty, hours
Field: place, a place
Field: how many, a number
Field: read and agree, yes or no
Field: risk, one of low; medium; very high
Field: steps, numbered lines
Field: remarks, words
"""

_WORD = st.from_regex(r"[b-z][a-z]{3,9}", fullmatch=True).filter(
    lambda word: word not in {"best", "many", "kind", "with", "yours", "warm", "thanks", "regards", "risk", "steps"}
)


def _written(*pairs: tuple[str, str]) -> st.SearchStrategy[tuple[str, str]]:
    return st.sampled_from(pairs)


def _days(day: date) -> st.SearchStrategy[tuple[str, str]]:
    value = day.isoformat()
    return _written(
        (f"{day.day} {day:%B} {day.year}", value), (f"{day:%d/%m/%Y}", value), (f"{day:%a} {day.day} {day:%b}", value),
        (f"{day.day}.{day.month}.{day:%y}", value), (f"{day:%B} {day.day}, {day.year}", value), (value, value),
    )  # fmt: skip


def _times(at: time) -> st.SearchStrategy[tuple[str, str]]:
    half = f"{at.hour % 12 or 12}.{at.minute:02} {'pm' if at.hour >= 12 else 'am'}"
    value = f"{at:%H:%M}"
    return _written((value, value), (half, value), (f"{at:%H%M}hrs", value), (half.replace(" ", ""), value))


def _spans(pair: list[time]) -> tuple[str, str]:
    begins, ends = sorted(pair)
    return f"{begins:%H:%M} to {ends:%H:%M}", f"{begins:%H:%M}-{ends:%H:%M}"


_WORDS = st.lists(_WORD, min_size=1, max_size=25).map(lambda words: " ".join(words).capitalize())
VALUES = st.fixed_dictionaries(
    {
        "activity date": st.dates(date(2031, 1, 1), date(2031, 9, 30)).flatmap(_days),
        "arrival": st.times().map(lambda at: at.replace(second=0, microsecond=0)).flatmap(_times),
        "on duty": st.lists(st.times().map(lambda at: at.replace(second=0, microsecond=0)), min_size=2, max_size=2,
                            unique=True).map(_spans),
        "place": _WORDS.map(lambda words: (words, words)),
        "how many": st.integers(0, 99_999).flatmap(lambda n: _written((str(n), str(n)), (f"{n:,}", str(n)))),
        "read and agree": _written(
            ("yes", "yes"), ("aye", "yes"), ("I have read and agree", "yes"), ("no", "no"), ("No thanks", "no")
        ),
        "risk": _written(("low", "low"), ("Very high.", "very high"), ("MEDIUM I think", "medium")),
        "steps": st.lists(_WORDS, min_size=2, max_size=2).map(
            lambda rows: (" ".join(f"{n}. {row}" for n, row in enumerate(rows, 1)), "\n".join(rows))
        ),
        "remarks": _WORDS.map(lambda words: (words, words)),
    }
)  # fmt: skip


def form() -> Form:
    made, problems = read_form(parse_lines(FILE, "f.txt"), "observation", "f.txt")
    assert made is not None, problems
    return made


FORM = form()
SENT = asking(FORM)
WORDS = SENT.text


def read_back(message: Message) -> Filled:
    return fill(FORM, message.new_text, NEAR, copy=message.text, sent=WORDS)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.__name__)
@settings(max_examples=6, deadline=None)
@given(VALUES)
def test_what_is_filled_in_comes_back_as_it_was_meant(
    style: Callable[..., Message], values: dict[str, tuple[str, str]]
) -> None:
    said = {label: written for label, (written, _) in values.items()}

    filled = read_back(style(SENT, FORM.fields, said))

    assert dict(filled.values) == {label: value for label, (_, value) in values.items()}
    assert filled.unread == ()


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.__name__)
def test_our_own_lines_as_we_sent_them_are_no_answers(style: Callable[..., Message]):
    filled = read_back(style(SENT, FORM.fields, {}))

    assert not filled.tried


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.__name__)
@settings(max_examples=3, deadline=None)
@given(VALUES, st.sets(st.sampled_from([one.label for one in FORM.fields]), min_size=1, max_size=4))
def test_what_is_left_out_is_missing_and_nothing_else(
    style: Callable[..., Message], values: dict[str, tuple[str, str]], left_out: set[str]
) -> None:
    said = {label: written for label, (written, _) in values.items() if label not in left_out}

    filled = read_back(style(SENT, FORM.fields, said))

    assert dict(filled.values) == {label: value for label, (_, value) in values.items() if label in said}


@pytest.mark.parametrize("size", ["standard", "large", "plain"])
def test_every_form_of_our_mail_shows_each_line_on_its_own(size: str):
    ours: Rendered = asking(FORM, size)  # type: ignore[arg-type]

    for one in FORM.fields:
        assert f"\n\n{one.blank}\n\n" in ours.text
        assert size == "plain" or f">{one.blank}<" in ours.html.replace("\n", "")


def test_a_command_in_the_copy_is_no_answer_and_an_answer_there_needs_our_own_line():
    filled = read_back(came(f"Hi\n\n> Activity date: 20 February 2031\n> {FORM.fields[0].blank} soon\n"))

    assert not filled.values
    assert dict(filled.unclear) == {"activity date": "soon"}


def test_a_copy_of_somebody_elses_mail_fills_in_nothing():
    message = gmail_within(SENT, FORM.fields, {"activity date": "20 February 2031"})

    assert not fill(FORM, message.new_text, NEAR, copy=message.text, sent="Something else.\n\nActivity date: x").tried


def test_a_copy_that_is_taken_for_new_words_is_still_ours():
    filled = fill(FORM, WORDS, NEAR, copy=WORDS, sent=WORDS)

    assert not filled.tried


def test_our_own_example_may_be_somebodys_answer():
    text = f"{FORM.fields[0].blank}\n20 February 2031\n"

    assert dict(fill(FORM, text, NEAR, copy=text, sent=WORDS).values) == {"activity date": "2031-02-20"}
    assert dict(fill(FORM, "Hi", NEAR, copy=f"> {text}", sent=WORDS).values) == {"activity date": "2031-02-20"}


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=400), st.sampled_from([WORDS, ""]))
def test_whatever_stands_in_a_mail_a_form_is_read_or_left(text: str, copy: str, sent: str) -> None:
    filled = fill(FORM, text, NEAR, copy=copy, sent=sent)

    assert sorted([*filled.values, *filled.unread]) == sorted(one.label for one in FORM.fields)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(READERS)), st.text(max_size=60))
def test_any_words_are_read_or_left_by_any_reader(name: str, text: str) -> None:
    read = READERS[name].read(text, NEAR)

    assert isinstance(read, str)
    assert not read or READERS[name].read(read, NEAR) == read or name == "numbered lines"


def test_answers_in_a_table_and_on_the_telephone_are_read():
    table = "<table>" + "".join(
        f"<tr><td><p>{one.blank}</p></td><td><p>{said}</p></td></tr>"
        for one, said in zip(FORM.fields, ("20 February 2031", "2.30 pm"), strict=False)
    ) + "</table>"  # fmt: skip
    flat = table.replace("<p>", "").replace("</p>", "")
    phone = apple(SENT, FORM.fields, {"activity date": "20/2/31", "arrival": "1430"})
    wanted = {"activity date": "2031-02-20", "arrival": "14:30"}

    assert dict(read_back(came("", f"<p>Done:</p>{table}")).values) == wanted
    assert dict(read_back(came("", f"<p>Done:</p>{flat}")).values) == wanted
    assert dict(read_back(phone).values) == wanted
    assert dict(read_back(outlook_page(SENT, FORM.fields, {"arrival": "2.30\u00a0pm"})).values) == {"arrival": "14:30"}


def test_the_words_of_a_mail_are_what_the_copy_is_compared_with():
    mime = f"Content-Type: text/plain; charset=utf-8\n\n{SENT.text}".encode()

    assert all_words(mime).strip() == WORDS.strip()
