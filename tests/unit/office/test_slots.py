"""One mail to many: a filled copy is what rendering it for its reader alone would give, or it is not filled at all."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailroom.office import slots, templates, variables
from mailroom.office.slots import Masters
from mailroom.office.templates import Templates
from mailroom.office.variants import FORMATS, Format
from tests.office import REPOSITORY, shipped_set

ISSUE = "newsletter/issue"
LINK = "mailto:iag@example.org?subject=STOP%20newsletter%20"
TOKEN = "abcdefghijklmnopqrstuvwxyz"
FOOTER = (REPOSITORY / "templates" / "_footer.md").read_bytes()

names = st.one_of(
    st.text(max_size=40),
    st.from_regex(r"[A-Z][a-z]{1,9}(?:[ '’-][A-Z][a-z]{1,9}){0,3}", fullmatch=True),
    st.sampled_from(
        [
            "O'Brien & Sons <b>",
            "*Ada*",
            "12",
            "Zoë",
            "محمد علي",
            "X" * 300,
            "{{ mailbox }}",
            "JOHN-MARY",
            "1. Ada",
            "Æ_a_b",
        ]
    ),
)
tokens = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26)


def shared(**more: object) -> dict[str, object]:
    table = variables.of(ISSUE, "mail")
    given = {**variables.samples(table), **more}
    return {name: value for name, value in given.items() if name not in (*slots.NAMES, *slots.LINKS)}


def own(name: str, token: str = TOKEN) -> dict[str, str]:
    return {"recipient_name": name, "recipient_first_name": name.partition(" ")[0], "stop_link": LINK + token}


def written(body: str) -> Templates:
    text = f"Subject: News\nKind: mail\n\n{body}\n".encode()
    return templates.load({"templates/_footer.md": FOOTER, f"templates/{ISSUE}.md": text})


def masters(made: Templates, **more: object) -> Masters:
    return Masters(made, ISSUE, shared(**more))


SHIPPED = masters(
    shipped_set()[1],
    items=[{"n": "1", "heading": "A & B <x>", "words": "“Well”, *she* said.", "picture": "", "images": []}],
)


@given(name=names, token=tokens, form=st.sampled_from(FORMATS))
@example(name="", token=TOKEN, form="standard")
@example(name="Ada Winter", token=TOKEN, form="large")
def test_a_filled_copy_is_byte_for_byte_what_rendering_it_alone_gives(name: str, token: str, form: Format):
    mine = own(name, token)
    copy = SHIPPED.copy(mine, form)

    if copy is not None:
        assert copy.rendered == templates.render(SHIPPED.templates, ISSUE, {**SHIPPED.shared, **mine}, form)


@given(name=names, token=tokens)
def test_that_holds_wherever_a_template_puts_a_name(name: str, token: str):
    mine = own(name, token)
    for made in ODD:
        copy = made.copy(mine, "standard")
        if copy is not None:
            assert copy.rendered == templates.render(made.templates, ISSUE, {**made.shared, **mine}, "standard")


ODD = [
    masters(written(body))
    for body in (
        "**{{ recipient_name }}** and *{{ recipient_first_name }}*: [leave]({{ stop_link }})",
        "| who | link |\n|---|---|\n| {{ recipient_name }} | [x]({{ stop_link }}) |",
        "- {{ recipient_name }}\n- {{ recipient_first_name }}.\n\n> {{ recipient_name }}!",
        "{{ recipient_name }}. {{ recipient_first_name }}) x",
        "a{{ recipient_name }}b and -{{ recipient_first_name }}-",
        "# {{ recipient_name }}\n\nText.",
        "[x](https://example.org/?q={{ recipient_name }})",
        "{{ recipient_first_name }}{{ recipient_name }}",
        "{% if recipient_name %}{{ recipient_name }}{% else %}nobody{% endif %}",
    )
]


@pytest.mark.parametrize(
    "name", ["Ada Winter", "Zoë O'Brien-Smith", "Ng", "", "Bartholomew Maximilian Featherstonehaugh"]
)
@pytest.mark.parametrize("form", FORMATS)
def test_the_shipped_newsletter_is_filled_for_people_with_ordinary_names(name: str, form: Format):
    assert SHIPPED.copy(own(name), form) is not None


@pytest.mark.parametrize(
    "body",
    [
        "{{ recipient_name | upper }}",
        "{% if recipient_name == 'Ada' %}x{% endif %}",
        "{% for recipient_name in contents %}{{ recipient_name }}{% endfor %}",
        "{{ recipient_name or 'nobody' }}",
        "{% if recipient_name | length %}x{% endif %}",
        "# {{ recipient_name }}\n\nText.",
        "[x](https://example.org/?q={{ recipient_name }})",
        "a{{ recipient_name }}",
        "{{ recipient_first_name }}{{ recipient_name }}",
    ],
)
def test_a_template_that_does_more_with_a_name_than_show_it_is_rendered_for_each_reader(body: str):
    assert masters(written(body)).copy(own("Ada Winter"), "standard") is None


def test_only_what_is_a_readers_own_is_taken_for_it():
    made = masters(written("{{ recipient_name }} {{ next_close }}"))

    assert made.copy({**own("Ada Winter"), "next_close": "Friday"}, "standard") is None


def test_nobodys_words_can_hold_a_mark():
    plain = masters(written("Hello {{ recipient_name }}, {{ next_close }}"))
    seen = plain.copy(own("Ada Winter"), "standard")
    assert seen is not None
    mark = seen.master.marked.text.split()[1].rstrip(",")

    forged = masters(written("Hello {{ recipient_name }}, {{ next_close }}"), next_close=mark)
    copy = forged.copy(own("Ada Winter"), "standard")

    assert copy is not None
    assert copy.rendered.text.startswith(f"Hello Ada Winter, {mark}\n")


def test_a_name_that_is_another_mark_stays_a_name():
    made = masters(written("{{ recipient_first_name }} and {{ recipient_name }}"))
    seen = made.copy(own("Ada Winter"), "standard")
    assert seen is not None
    first, _, second = seen.master.marked.text.split("\n")[0].partition(" and ")

    copy = made.copy({"recipient_first_name": second, "recipient_name": first}, "standard")

    assert copy is not None
    assert copy.rendered.text.startswith(f"{second} and {first}\n")


def test_what_is_a_readers_own_is_told_from_what_all_read():
    copy = SHIPPED.copy(own("Ada Winter"), "standard")

    assert copy is not None
    lines: list[Any] = [line for line in copy.own.text.split("\n") if line]
    assert lines[0] == "Hello Ada,"
    assert TOKEN in lines[-1]
    assert len(lines) == 2
    assert (copy.own.subject, copy.own.html) == ("", "")
