"""One layout for every mail: its structure, its contrast, its three forms, and that no words can break it."""

import email
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from mailroom.message import Draft, compose, read
from mailroom.message.invitation import Invitation
from mailroom.message.model import Address
from mailroom.message.picture import Picture
from mailroom.office import layout, markdown, templates, variables, variants
from mailroom.office.variable import Variable
from mailroom.office.variants import FORMATS, Format

ROOT = Path(__file__).parents[3]
STYLES = (ROOT / "mailroom" / "office" / "layout.html").read_text()
FILES = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / "templates").rglob("*.md")}
SHIPPED = templates.load(FILES)
NAMES = sorted(SHIPPED.mails)
EMPTY = ("meta", "img", "br", "hr", "link", "input")
SOURCE = "# One\n\nText with [words](https://www.example.org/a).\n\n## Two\n\n| A | B |\n|---|---|\n| x | y |\n"


class Page(HTMLParser):
    """The tree of a page as a browser without forgiveness would read it: each tag closed in its turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("br", "li"):
            self.text += "\n"
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self.open):
            self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [facts for name, facts in self.tags if name == tag]


def page(source: str, form: Format = "standard", **facts: str) -> Page:
    return Page(layout.page(markdown.to_html(source, one_column=form == "large"), title="T", form=form, **facts))


def sample(name: str, form: Format) -> templates.Rendered:
    table = variables.of(name, SHIPPED.mails[name].source.kind)
    return templates.render(SHIPPED, name, variables.samples(table), form)


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def test_a_page_says_its_language_its_title_and_that_it_suits_a_dark_screen():
    found = page(SOURCE, marking="OFFICIAL", footer="<p>End.</p>")

    assert found.named("html")[0]["lang"] == "en-GB"
    metas = {facts.get("name"): facts.get("content") for facts in found.named("meta")}
    assert metas["color-scheme"] == "light dark"
    assert "width=device-width" in (metas["viewport"] or "")
    assert [tag for tag, _ in found.tags if tag in ("h1", "h2", "h3", "hr")] == ["h1", "h2", "hr"]
    assert found.text.split() == ["OFFICIAL", "One", "Text", "with", "words.", "Two", "A", "B", "x", "y", "End."]


def test_the_stylesheet_stands_in_each_tag_and_only_what_can_not_stays_in_the_head():
    html = layout.page(markdown.to_html(SOURCE), title="T")

    for tag in ("p", "h1", "h2", "table", "th", "td", "a"):
        assert all(facts.get("style") for facts in Page(html).named(tag))
    [kept] = re.findall(r"<style[^>]*>(.*?)</style>", re.sub(r"<!--.*?-->", "", html), re.DOTALL)
    assert "prefers-color-scheme: dark" in kept
    assert "font-family" not in kept


def test_nothing_is_fetched_and_nobody_is_watched():
    for name in NAMES:
        html = sample(name, "standard").html
        assert not re.search(r"\bsrc=|\burl\(|@import|<link|<script|<iframe|http:", html)


def test_only_outlook_sees_the_frame_and_it_is_a_presentation_table():
    html = layout.page("<p>x</p>", title="T")

    assert re.findall(r"<!--\[if mso\]><table role=\"presentation\" width=\"640\"", html)
    assert "<table" not in re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("source", "levels"),
    [("# a\n\n### b\n\n# c", "h1 h2 h1"), ("## a\n\n### b", "h2 h3"), ("# a\n\n## b\n\n### c\n\n## d", "h1 h2 h3 h2")],
)
def test_no_heading_skips_a_level(source: str, levels: str):
    assert [tag for tag, _ in page(source).tags if re.fullmatch(r"h\d", tag)] == levels.split()


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_all_text_stands_out_from_what_is_behind_it(dark: bool):
    light_rules, dark_rules = STYLES.split("@media (prefers-color-scheme: dark)")
    rules = dark_rules if dark else light_rules
    behind = set(re.findall(r"background-color: (#\w{6})", rules))
    texts = re.findall(r"(?<!-)color: (#\w{6})", rules)
    lines = re.findall(r"solid (#\w{6})", light_rules)

    assert len(behind) == 1
    assert len(texts) == 2
    [ground] = behind
    assert all(contrast(text, ground) >= 7 for text in texts), "WCAG AAA"
    assert all(contrast(line, ground) >= 3 for line in lines), "WCAG 1.4.11"


def test_contrast_is_computed_as_the_standard_says():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_mail_says_the_same_words_in_every_form(name: str):
    plain, standard, large = (sample(name, form) for form in ("plain", "standard", "large"))

    assert plain.html == ""
    assert plain.text == standard.text == large.text
    for mail in (standard, large):
        found = Page(mail.html)
        addresses = {word for facts in found.named("a") for word in words(facts["href"] or "")}
        numbered = re.sub(r"(?m)^\s*\d+\. ", "", mail.text)
        # The first column's own name stands in no form but the table.
        assert words(found.text) - {"Reference", "Date", "Figure"} <= words(mail.text)
        assert words(numbered) - addresses <= words(found.text)
        assert len(mail.html.encode()) < layout.MOST_HTML
        levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch(r"h\d", tag)]
        assert all(below <= above + 1 for above, below in pairwise(levels))


@pytest.mark.parametrize("name", NAMES)
def test_large_print_is_large_throughout_and_in_one_column(name: str):
    found = Page(sample(name, "large").html)

    sizes = [
        int(size) for _, facts in found.tags for size in re.findall(r"font-size: (\d+)px", facts.get("style") or "")
    ]
    assert min(sizes) >= 14
    body = [facts for tag, facts in found.tags if tag in ("p", "ul", "ol")]
    assert all("font-size: 24px" in (facts["style"] or "") for facts in body)
    assert not found.named("table")


def test_a_table_in_large_print_names_each_value():
    found = page("| Day | What | Where |\n|---|---|---|\n| Mon | call | |\n| Tue | **walk** | *gate* |\n", "large")

    assert found.text.split() == ["Mon", "What:", "call", "Tue", "What:", "walk", "Where:", "gate"]
    assert [tag for tag, _ in found.tags if tag in ("ul", "li", "br")] == ["ul", "li", "br", "li", "br", "br"]


@pytest.mark.parametrize(
    ("said", "form"),
    [("", "standard"), ("standard", "standard"), ("Large print", "large"), ("large_print", "large"), ("LARGE", "large"),
     ("plain", "plain"), ("plain-text", "plain"), ("html+plain", "standard"), ("braille", None), ("\x00", "standard")],
)  # fmt: skip
def test_a_preference_is_read_as_people_write_it(said: str, form: Format | None):
    assert variants.known(said) == form


ANY = templates.load(
    {
        "templates/_footer.md": b"{{ office_name }}\n",
        "templates/a.md": b"Subject: Hello {{ recipient_first_name }}\nKind: notice\n\n# {{ sender_name }}\n\n"
        b"| {{ sender_name }} | b |\n|---|---|\n| {{ sender_name }} | c |\n\n"
        b"- {{ sender_name }}\n\n> {{ sender_name }}\n",
    }
)


@given(st.text(max_size=80), st.sampled_from(FORMATS))
@settings(max_examples=150, deadline=None)
def test_no_value_breaks_the_page_or_a_header(value: str, form: Format):
    mail = templates.render(ANY, "a", {"sender_name": value, "recipient_first_name": value, "office_name": value}, form)
    draft = Draft(
        Address("Office", "iag@example.org"), Address("", "ada@example.org"), mail.subject, mail.text, mail.html,
        "<a@example.org>", datetime(2027, 1, 4, tzinfo=UTC),
    )  # fmt: skip

    tree = email.message_from_bytes(compose(draft))

    assert len(tree.get_all("To", [])) == 1
    assert tree["Bcc"] is None
    if mail.html:
        found = Page(mail.html)
        assert not {"script", "img", "a", "iframe", "form"} & {tag for tag, _ in found.tags}
        shown = markdown.plain(value)
        assert found.text.count(shown) >= 3 if shown else True


CHART = Picture("Mail in", "Mail in by week: 23, 19 and 31", b"\x89PNG\r\n\x1a\n" * 40)
DRAFT = Draft(
    Address("Riverside", "iag@example.org"), Address("Ada Member", "ada@example.org"), "News", "Text.\n",
    "<p>Text.</p>", "<a@example.org>", datetime(2027, 1, 4, 9, tzinfo=UTC),
)  # fmt: skip


def test_a_picture_that_a_mail_gives_is_shown_in_the_page_and_told_in_the_text(monkeypatch: pytest.MonkeyPatch):
    table = (*variables.COMMON, Variable("chart", "A chart.", CHART, private=True))
    monkeypatch.setitem(dict.__getitem__(vars(variables), "OF_TEMPLATE"), "one", table)
    files = {"templates/_footer.md": b"End.\n", "templates/one.md": b"Subject: S\n\n{{ chart }}\n"}

    loaded = templates.load(files)
    mail = templates.render(loaded, "one", {"chart": CHART})

    assert mail.pictures == (CHART,)
    assert mail.text.startswith("[Picture: Mail in by week: 23, 19 and 31]")
    [shown] = Page(mail.html).named("img")
    assert (shown["src"], shown["alt"]) == (f"cid:{CHART.cid}", CHART.alt)
    bare = templates.render(loaded, "one", {})
    assert (bare.pictures, Page(bare.html).named("img")) == ((), [])


@pytest.mark.parametrize("value", ["![x](cid:a@b)", "![x](https://www.example.org/a.png)", "x](cid:a) ![y"])
def test_nobodys_words_become_a_picture(value: str):
    html = markdown.to_html(f"Hello {markdown.escape(value)}.")

    assert "<img" not in html
    assert "<img" not in markdown.to_html("![x](https://www.example.org/a.png)")


def test_a_picture_without_words_is_refused():
    with pytest.raises(ValueError, match="no words"):
        Picture("chart", " ", b"x")


def test_pictures_and_a_date_travel_with_the_page_they_belong_to():
    start = datetime(2027, 3, 4, 18, tzinfo=UTC)
    date = Invitation("MTG-2027-001@example.org", 2, "REQUEST", "Meeting; with tea", start, start + timedelta(hours=2),
                      "Library, upper room", "Bring\nnothing")  # fmt: skip
    drafted = Draft(
        **{name: getattr(DRAFT, name) for name in DRAFT.__slots__} | {"pictures": (CHART,), "invitation": date}
    )

    raw = compose(drafted)

    tree = email.message_from_bytes(raw)
    assert [part.get_content_type() for part in tree.walk()] == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png", "text/calendar",
    ]  # fmt: skip
    picture = next(part for part in tree.walk() if part.get_content_type() == "image/png")
    assert picture["Content-ID"] == f"<{CHART.cid}>"
    assert picture.get_payload(decode=True) == CHART.data
    last = list(tree.walk())[-1]
    assert last.get_param("method") == "REQUEST"
    written = last.get_payload(decode=True)
    assert isinstance(written, bytes)
    calendar = Calendar.from_ical(written)
    [event] = calendar.events
    assert (str(event["UID"]), event["SEQUENCE"], str(calendar["METHOD"])) == ("MTG-2027-001@example.org", 2, "REQUEST")
    assert b"DTSTART:20270304T180000Z" in written
    assert str(event["ATTENDEE"]) == "mailto:ada@example.org"
    assert str(event["LOCATION"]) == "Library, upper room"
    assert read(raw).calendar is not None
    assert compose(drafted) == raw


def test_what_is_only_published_names_nobody_who_gets_it():
    start = datetime(2027, 3, 4, 18, tzinfo=UTC)
    date = Invitation("U@example.org", 0, "PUBLISH", "Meeting", start, start + timedelta(hours=1))
    drafted = Draft(**{name: getattr(DRAFT, name) for name in DRAFT.__slots__} | {"html": "", "invitation": date})

    text = compose(drafted).decode()

    assert "ATTENDEE" not in text
    assert "METHOD:PUBLISH" in text


@pytest.mark.parametrize(
    "facts",
    [{"uid": ""}, {"sequence": -1}, {"start": datetime(2027, 3, 4, 18)}, {"end": datetime(2027, 3, 4, 18, tzinfo=UTC)}],  # noqa: DTZ001
)
def test_a_date_no_calendar_could_take_is_refused(facts: dict[str, object]):
    start = datetime(2027, 3, 4, 18, tzinfo=UTC)
    whole = {
        "uid": "u",
        "sequence": 0,
        "method": "REQUEST",
        "summary": "M",
        "start": start,
        "end": start + timedelta(hours=1),
    }

    with pytest.raises(ValueError, match="invitation"):
        Invitation(**whole | facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "two", ["a@example.org, b@example.org", "a@example.org b@example.org", "a@example.org;b@x.org"]
)
def test_a_draft_to_two_people_cannot_be_written(two: str):
    drafted = Draft(**{name: getattr(DRAFT, name) for name in DRAFT.__slots__} | {"recipient": Address("", two)})

    with pytest.raises(ValueError, match="not one address"):
        compose(drafted)
