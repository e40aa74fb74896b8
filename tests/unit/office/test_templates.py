"""Templates: what is refused, what a name cannot do, and that every shipped mail can be written."""

import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.errors import Problems
from mailroom.office import markdown, sandbox, templates, variables
from mailroom.office.sandbox import Sandbox
from mailroom.office.templates import Rendered, Templates

ROOT = Path(__file__).parents[3]
BAD = sorted((ROOT / "tests" / "bad" / "templates").glob("*.md"))
FOOTER = b"**In an emergency call 999.**\n\n{{ office_name }}\n"
OFFICE = {"office_name": "Riverside Advisory Group", "mailbox": "iag@example.org"}


def shipped_files() -> dict[str, bytes]:
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / "templates").rglob("*.md")}


SHIPPED = templates.load(shipped_files())
NAMES = sorted(SHIPPED.mails)


def one(source: str | bytes, footer: bytes = FOOTER) -> Templates:
    data = source.encode() if isinstance(source, str) else source
    return templates.load({"templates/_footer.md": footer, "templates/one.md": data})


def written(source: str | bytes, **given_: object) -> Rendered:
    return templates.render(one(source), "one", OFFICE | given_)


class Page(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("bad", BAD, ids=[path.stem for path in BAD])
def test_each_bad_template_is_refused_fast_in_the_words_beside_it(bad: Path):
    began = time.monotonic()

    found = templates.check({"templates/_footer.md": FOOTER, "templates/mail.md": bad.read_bytes()})

    assert bad.with_suffix(".expected").read_text() == "".join(f"{problem}\n" for problem in found)
    assert time.monotonic() - began < 2


def test_load_raises_what_check_tells_of_all_files_at_once():
    files = {
        "templates/b.md": b"Hello\n",
        "templates/a.md": b"Subject: x\n\n{{ nobody }}\n",
        "templates/_footer.md": FOOTER,
    }

    with pytest.raises(Problems) as raised:
        templates.load(files)

    assert templates.check(files) == list(raised.value.problems)
    assert [problem.file for problem in raised.value.problems] == ["templates/a.md", "templates/b.md"]


def test_an_office_without_a_footer_is_told_so():
    assert [problem.file for problem in templates.check({"templates/a.md": b"Subject: x\n\nText.\n"})] == [
        "templates/_footer.md"
    ]


def test_a_fault_in_the_footer_is_told_once():
    found = templates.check(shipped_files() | {"templates/_footer.md": b"{{ nobody }}\n"})

    assert [(problem.file, problem.line) for problem in found] == [("templates/_footer.md", 1)]


@pytest.mark.parametrize(
    "expression",
    [
        "'a' * 10 ** 8",
        "'%999999999d' % 1",
        "'a'.ljust(10 ** 9)",
        "'{:>999999999}'.format(1)",
        "ref.__class__",
        "range(9)",
    ],
)
def test_the_sandbox_itself_refuses_what_the_check_would_have_caught(expression: str):
    environment = Sandbox(markdown.escape)
    began = time.monotonic()

    with pytest.raises(sandbox.FAULTS):
        sandbox.fill(sandbox.compiled(environment, f"{{{{ {expression} }}}}", "mail.md"), {"ref": "x"})

    assert time.monotonic() - began < 2


def test_a_mail_that_grows_beyond_a_mail_is_stopped():
    loaded = one(
        "Subject: x\nKind: notice\n\n{% for a in reasons %}{% for b in reasons %}{{ a }}{% endfor %}{% endfor %}\n"
    )
    began = time.monotonic()

    with pytest.raises(Problems, match="over 60,000 characters"):
        templates.render(loaded, "one", OFFICE | {"reasons": ["x" * 100] * 1000})

    assert time.monotonic() - began < 2


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("values", [variables.samples, variables.empties], ids=["samples", "nothing"])
def test_every_shipped_mail_can_be_written(name: str, values):
    source = SHIPPED.mails[name].source
    table = variables.of(name, source.kind)

    mail = templates.render(SHIPPED, name, values(table) | OFFICE)

    assert mail.subject
    assert "\n" not in mail.subject
    assert len(mail.subject) <= 60
    assert "{" not in mail.text + mail.subject
    assert "Call 999".casefold() in mail.text.casefold()
    assert "61016" in mail.text
    assert "This mailbox is not watched all day" in mail.text
    assert "None" not in mail.text.replace("None.", "")
    page = Page(mail.html)
    assert ("lang", "en-GB") in page.attributes
    assert not {"img", "script", "iframe", "form", "link"} & set(page.tags)
    assert not [value for key, value in page.attributes if key in ("src", "background")]
    assert len(mail.html) < 60_000


@pytest.mark.parametrize("name", NAMES)
def test_no_shipped_subject_or_first_line_shows_group_place_or_person(name: str):
    source = SHIPPED.mails[name].source
    mail = templates.render(SHIPPED, name, variables.samples(variables.of(name, source.kind)))
    first = mail.text.removeprefix(f"{source.marking}\n\n" if source.marking else "").split("\n")[0]

    for private in ("Riverside", "Advisory", "Sam Carter", "Alex Reed", "concern", "Jo Miller"):
        assert private not in mail.subject
        assert private not in first


@pytest.mark.parametrize("name", [name for name in NAMES if SHIPPED.mails[name].source.kind == "alert"])
def test_an_alert_names_nothing_but_reference_number_and_time(name: str):
    offered = {variable.name for variable in variables.of(name, "alert")}

    assert not offered & {"sender_name", "words", "reasons", "class_words", "priority_words"}
    mail = templates.render(SHIPPED, name, {"sender_name": "Sam Carter", "ref": "SAFE-2027-001", "reasons": ["“help”"]})
    assert "Sam" not in mail.text
    assert "help”" not in mail.text
    assert "SAFE-2027-001" in mail.text


def test_urgent_mail_goes_at_any_hour_and_reminders_do_not():
    late = {name for name in NAMES if SHIPPED.mails[name].source.any_hour}

    assert {"danger/answer", "danger/alert", "incident/received", "incident/alert"} <= late
    assert not {"digest/weekly", "digest/summary", "notice/told", "recruitment/pack"} & late


def test_a_danger_answer_says_999_before_anything_else():
    mail = templates.render(SHIPPED, "danger/answer", OFFICE)

    assert mail.text.startswith("If you or somebody else is in danger, call 999 now.")
    assert (mail.kind, mail.any_hour) == ("danger", True)


HOSTILE = [
    "[click](https://evil.invalid)",
    "**Boss**",
    "<img src=https://evil.invalid/x.png>",
    "# Heading",
    "- item",
    "1. one",
    "![x](https://evil.invalid/x.png)",
    "<https://evil.invalid>",
    "a | b | c",
    "{{ mailbox }}",
    "{% for x in y %}",
    "&lt;b&gt;",
    "[a]: https://evil.invalid",
    "_under_ `code` ~~out~~",
    "a\\",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_with_markdown_stays_the_name_it_is(name: str):
    mail = written("Subject: Hello\nKind: notice\n\nFrom {{ sender_name }}.\n\n- {{ sender_name }}\n", sender_name=name)

    assert mail.text.startswith(f"From {name}.\n\n- {name}\n")
    page = Page(mail.html)
    assert f"From {name}." in page.text
    assert not {"a", "img", "h1", "ol", "table", "code", "em"} & set(page.tags)
    assert "href" not in dict(page.attributes)


NAMED = one("Subject: S\nKind: notice\n\nA {{ sender_name }} Z\n\n| a | b |\n|---|---|\n| {{ sender_name }} | end |\n")


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_at_all_is_shown_as_it_is(value: str):
    shown = markdown.plain(value)

    mail = templates.render(NAMED, "one", OFFICE | {"sender_name": value})

    assert " ".join(f"A {shown} Z".split()) == mail.text.split("\n")[0]
    assert mail.text.split("\n")[2] == (f"- {shown}; b: end" if shown else "- b: end")
    assert Page(mail.html).text.count("end") == 1 + shown.count("end") * 2


GREETING = one("Subject: Hello {{ recipient_first_name }} [{{ ref }}]\n\nText.\n")


@given(st.text(max_size=80), st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_text_at_all_breaks_a_subject(value: str, other: str):
    subject = templates.render(GREETING, "one", {"recipient_first_name": value, "ref": other})

    assert not re.search(r"[\x00-\x1f\x7f\x85\u2028\u2029]", subject.subject)
    assert subject.subject.startswith("Hello")


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_bytes_at_all_crash_the_check(data: bytes):
    templates.check(
        {"templates/_footer.md": FOOTER, "templates/x.md": data, "templates/y.md": b"Subject: x\n\n{{" + data}
    )


def test_a_name_cannot_turn_the_direction_of_what_follows():
    assert (
        "From gro.elpmaxe."
        in written("Subject: x\nKind: notice\n\nFrom {{ sender_name }}.\n", sender_name="\u202egro.elpmaxe\u202c").text
    )


PLAIN = "Subject: It’s here\nKind: ack\n\nHello{% if ref %} “{{ ref | default(“none”) }}”{% endif %}\nthere.\n"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.encode("cp1252"),
        PLAIN.replace("Kind: ack", "KIND :  Ack").encode(),
        PLAIN.replace("{{ ref |", "{{\u00a0ref\u00a0|").encode(),
    ],
    ids=["utf-8", "mark", "utf-16", "utf-16 without mark", "crlf", "windows", "capitals", "hard spaces"],
)
def test_what_word_and_notepad_do_to_a_file_is_read_as_meant(data: bytes):
    mail = written(data, ref="INC-2027-001")

    assert (mail.subject, mail.kind) == ("It’s here", "ack")
    assert mail.text.startswith("Hello “INC-2027-001” there.\n")


def test_a_line_that_ends_in_a_condition_keeps_its_end():
    mail = written(
        "Subject: x\n\n- one{% if ref %} two{% endif %}\n- three\n{% if ref %}\n- four\n{% endif %}\n", ref="A"
    )

    assert mail.text.startswith("- one two\n- three\n- four\n")


def test_text_and_page_say_the_same():
    source = (
        "Subject: S\nMarking: official-sensitive\n\n# Title\n\nSee [our page](https://example.org/a) or "
        "[iag@example.org](mailto:iag@example.org).\nSame line.\n\n1. one\n2. two\n\n> said\n\n---\n\n"
        "| Day | What |\n|---|---|\n| Mon | call |\n"
    )

    mail = written(source)

    assert mail.text == (
        "OFFICIAL-SENSITIVE\n\nTitle\n-----\n\nSee our page (https://example.org/a) or iag@example.org. Same line.\n\n"
        "1. one\n2. two\n\n> said\n\n---\n\n- Mon; What: call\n\n-- \n"
        "In an emergency call 999.\n\nRiverside Advisory Group\n"
    )
    assert mail.marking == "OFFICIAL-SENSITIVE"
    page = Page(mail.html)
    assert {"h1", "ol", "blockquote", "table", "th", "td"} <= set(page.tags)
    assert ("href", "https://example.org/a") in page.attributes
    assert "OFFICIAL-SENSITIVE" in page.text


def test_a_mail_without_marking_is_official_and_does_not_print_it():
    mail = written("Subject: S\n\nText.\n")

    assert (mail.marking, mail.kind, mail.any_hour) == ("OFFICIAL", "mail", False)
    assert "OFFICIAL" not in mail.text + mail.html


def test_a_note_for_the_editor_is_never_sent():
    assert "Who gets it" not in written("Subject: S\n# Who gets it: everybody\nKind: ack\n\nText.\n").text


def test_a_value_nobody_published_never_reaches_a_mail():
    with pytest.raises(Problems):
        one("Subject: S\nKind: ack\n\n{{ secret }}\n")
    assert "hidden" not in written("Subject: S\nKind: ack\n\nText {{ ref }}.\n", secret="hidden", words="hidden").text


def test_words_passed_on_are_quoted_line_by_line_with_nothing_of_theirs_at_work():
    mail = templates.render(
        SHIPPED, "rights/forward", OFFICE | {"words": "Please:\n\n[a](https://evil.invalid)\n> b", "ref": "R"}
    )

    assert "> Please:\n>\n> [a](https://evil.invalid)\n>\n> > b" in mail.text
    assert "href" not in dict(Page(mail.html).attributes)


def test_a_template_that_is_not_there_is_named_with_the_nearest():
    with pytest.raises(
        Problems, match=r"incident/recieved\.md: there is no such template\. Did you mean “incident/received”"
    ):
        templates.render(SHIPPED, "incident/recieved", OFFICE)


def test_the_page_of_variables_is_in_step_with_the_table():
    page = ROOT / "docs" / "templates.md"

    assert variables.as_markdown() == page.read_text(), f"\n{variables.as_markdown()}"


def test_every_published_variable_has_a_sentence_and_a_sample():
    for kind in variables.OF_KIND:
        for variable in variables.of("", kind):
            assert variable.sentence.endswith(".")
            assert variable.sample


def test_a_label_below_empty_lines_is_found_where_it_stands_in_the_file():
    with pytest.raises(Problems) as caught:
        one("\n\nSubject: Hello\nKind: alarm\n\nText.\n")

    assert [(problem.line, problem.column) for problem in caught.value.problems] == [(4, 7)]


def test_a_subject_keeps_the_quotes_and_dashes_its_writer_chose():
    assert written("Subject: We’ve got it – thank you\n\nText.\n").subject == "We’ve got it – thank you"
