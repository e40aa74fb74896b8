"""What must stop a mail or make somebody look, and all that looks like it and must not."""

import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.message.picture import Picture
from mailroom.office import layout, lint, markdown, templates, variables
from mailroom.office.lint import Context, Finding
from mailroom.office.rendered import Rendered
from mailroom.office.variants import FORMATS

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[3]
TODAY = date(2027, 1, 4)  # a Monday
FILES = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / "templates").rglob("*.md")}
SHIPPED = templates.load(FILES)
PLACES = ("Ashlock", "Fenwick Road")
CALL = Context(TODAY, call=True, names=("Asha Pillai",), places=PLACES, groups=("Deaf", "Sikh", "faith group"))
PEOPLE = Context(TODAY, people={"asha.pillai@mail.example.org": "Asha Pillai"}, names=("Asha Pillai", "Kit Marlowe"))


def mail(text: str, *, subject: str = "News", marking: str = "OFFICIAL", html: str | None = None) -> Rendered:
    page = layout.page(markdown.to_html(text), title=subject) if html is None else html
    return Rendered(subject, f"{markdown.to_text(text)}\n\n-- \nCall 999.\n", page, marking, "mail")


def checks(text: str, context: Context | None = None, **facts: str) -> list[tuple[str, str]]:
    return [(found.severity, found.what) for found in lint.lint(mail(text, **facts), context or Context(TODAY))]


STOPS = [
    ("Please find attached the plan.", "attachment"),
    ("The plan is attached.", "attachment"),
    ("I attach the minutes.", "attachment"),
    ("Please read the attached plan.", "attachment"),
    ("We've attached a map.", "attachment"),
    ("Hello {{ recipient_name }},", "placeholder"),
    ("Hello {% if x %},", "placeholder"),
    ("Hello \\[name\\],", "placeholder"),
    ("We meet at \\[insert venue here\\].", "placeholder"),
    ("Hello «First_Name»,", "placeholder"),
    ("Lorem ipsum dolor sit amet.", "placeholder"),
    ("The number is QQ 12 34 56 C, no: AB 12 34 56 C.", "national insurance"),
    ("NI ab123456c", "national insurance"),
    ("Pay to sort code 12-34-56, account 12345678.", "bank"),
    ("account number: 12345678", "bank"),
    ("IBAN GB29 NWBK 6016 1331 9268 19", "bank"),
    ("My passport is 123456789.", "passport"),
    ("passport number: AB1234567", "passport"),
    ("Licence MORGA657054SM9IJ", "driving licence"),
    ("Card 4111 1111 1111 1111 expires soon", "card"),
    ("The password is: Hunter2!", "password"),
    ("Password: correct-horse", "password"),
    ("OFFICIAL-SENSITIVE\n\nText.", "marking"),
    ("The meeting is on Friday 5 March 2027 and on Thursday 5 March 2027.", "weekday"),
    ("Come on Monday 05/01/2027.", "weekday"),
    ("Come on Tue 2027-01-04.", "weekday"),
    ("The form is due on 31 February.", "date"),
    ("The course ends on 31 April 2027.", "date"),
    ("See [our page](http://www.example.org/a).", "link"),
    ("See [this](incident/received).", "link"),
    ("See [nowhere]().", "link"),
    ("See [host](https://localhost/a).", "link"),
    ("Write [us](mailto:nobody).", "link"),
]

ASKS = [
    ("Venue: TBC.", "placeholder"),
    ("Name: ______", "placeholder"),
    ("Ring me on 07700 900123.", "telephone"),
    ("Ring +44 7700 900123 any time.", "telephone"),
    ("Ring (01632) 960001.", "telephone"),
    ("Write to eve@elsewhere.example.", "address"),
    ("We meet at 12 Harbour Street.", "home address"),
    ("Flat 3, 12a Mill Lane is where they live.", "home address"),
    ("It is near AB10 1AB.", "postcode"),
    ("at ox1 2jd", "postcode"),
    ("We saw AB12 CDE leave.", "registration"),
    ("The car was M123 ABC.", "registration"),
    ("The reg ab12 cde was seen.", "registration"),
    ("DOB: 12/03/1980", "date of birth"),
    ("She was born on 3 March 1980.", "date of birth"),
    ("Join us on Tuesday 18 January.", "weekday"),
    ("Please answer by 30 December.", "past"),
    ("Reply by Friday 1 January 2027.", "past"),
    ("The walk begins on 2 January at 18:00.", "past"),
]

SILENT = [
    "Hello Jo, thank you for the walk.",
    "Text 61016, call 999, 101 or 116 123, or ring 0800 40 50 40.",
    "National Rail Enquiries: 03457 48 49 50, day and night.",
    "Press 55 when asked.",
    "The code is 7KQM-3TVX and works once.",
    "Your reference is INC-2027-001, message #412, file 60-by-mail.txt, line 2.",
    "We meet on Monday 4 January 2027 at 18:00.",
    "The office is open Monday to Friday, 4 January included.",
    "It was Thursday 31 December.",
    "Thank you for answering by 30 December.",
    "The stairs were mended on 2 January.",
    "The minutes of the meeting on 10 December are on our page.",
    "Please join us on Friday 5 March.",
    "From 28 December 2026 to 3 January 2027 we had 23 mails.",
    "Version 1.2.2026 of the form, and part 3/4/5.",
    "On 29 February 2028 the year leaps.",
    "Only the question goes to advisers; your mail and its attachments stay with us.",
    "Attachments, if there were any, are not sent on.",
    "Nothing is attached to this mail.",
    "Please do not open the attachment.",
    "You attached a plan, thank you.",
    "We are attached to this place.",
    "It costs £12.50 for 1,200 people, 30% off, between 10:00 and 16:00.",
    "Figures: 123 456 789 012 passengers in 2026.",
    "Rule: Worry at stations. Order 12345678 came.",
    "Your passport is not needed. The password is never sent by mail.",
    "Our account of the day is short.",
    "Platform B12, bus 12, coach E10 and the A4 and M25.",
    "Rooms S1 2nd floor, N1 5th floor.",
    "XX is how the Romans wrote 20? No: 20 is XX in one word.".replace("XX", "xx"),
    "Kisses, xxx",
    "The OFFICIAL account of the OFFICE.",
    "He asked: “is it official?”",
    "On Saturday 6 and Sunday 7 March the gates stay shut.",
    "The Thursday group meets at 6. May was wet.",
    "See [our page](https://www.example.org/a?b=c) or [write](mailto:iag@example.org?subject=UNDO%20%23412).",
    "Ring [the desk](tel:0800405040).",
]


@pytest.mark.parametrize(("text", "what"), STOPS)
def test_this_never_leaves(text: str, what: str):
    assert ("stop", what) in checks(text)


@pytest.mark.parametrize(("text", "what"), ASKS)
def test_this_is_asked_about(text: str, what: str):
    assert checks(text) == [("ask", what)]


@pytest.mark.parametrize("text", SILENT)
def test_this_is_no_cause_for_alarm(text: str):
    assert checks(text, Context(TODAY, own=("iag@example.org",))) == []


@pytest.mark.parametrize("text", SILENT)
def test_nor_in_a_call(text: str):
    assert checks(text, Context(TODAY, call=True, own=("iag@example.org",))) == []


@pytest.mark.parametrize(
    ("text", "severity", "what"),
    [
        ("Mr Okafor came to the gate.", "stop", "name"),
        ("PC Frayne was there.", "stop", "name"),
        ("A boy named Jamie was there.", "stop", "name"),
        ("We heard that asha pillai was there.", "stop", "name"),
        ("We heard that Adeel Hussain was there.", "ask", "name"),
        ("Ring 07700 900123.", "stop", "telephone"),
        ("The van was AB12 CDE.", "stop", "registration"),
        ("They live at 12 Harbour Street.", "stop", "home address"),
        ("Near AB10 1AB.", "stop", "postcode"),
        ("Write to eve@elsewhere.example.", "stop", "address"),
        ("word " * 251, "stop", "length"),
        ("Why? Who? When? Where? How?", "stop", "questions"),
    ],
)
def test_a_call_for_advice_names_nobody_and_stays_short(text: str, severity: str, what: str):
    assert (severity, what) in checks(text, CALL)


@pytest.mark.parametrize(
    "text",
    [
        "British Transport Police asks for advice. What should the Chief Inspector know?",
        "It happened at Fenwick Road on Tuesday 5 January, during the Christmas market.",
        "word " * 240,
        "1. Why?\n2. Who?\n3. When?\n4. How?",
    ],
)
def test_a_call_may_say_what_it_has_to(text: str):
    assert checks(text, CALL) == []


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("IAG: your advice is requested [INC-2027-001]", []),
        ("IAG: advice about Ashlock [INC-2027-001]", [("stop", "place in subject")]),
        ("Advice: fenwick  road", [("stop", "place in subject")]),
        ("Advice for the Deaf community", [("stop", "group in subject")]),
        ("Death of a plan", []),
    ],
)
def test_the_subject_of_a_call_shows_no_place_and_no_group(subject: str, found: list[tuple[str, str]]):
    assert checks("What should we know?", CALL, subject=subject) == found


def test_a_persons_address_is_told_by_their_name_and_never_shown():
    [address, *_] = lint.lint(mail("Write to asha.pillai@mail.example.org."), PEOPLE)

    assert address == Finding("stop", "address", "Asha Pillai's email address stands in line 1.")


def test_no_sentence_shows_an_address_or_a_whole_number():
    text = "asha.pillai@mail.example.org, eve@elsewhere.example, 07700 900123, AB123456C, sort code 12-34-56"
    found = lint.lint(mail(text), PEOPLE)

    assert len(found) == 5
    for one in found:
        assert "@" not in one.text
        assert sum(character.isdigit() for character in one.text.replace("line 1", "")) <= 2


def test_members_named_in_a_newsletter_are_asked_about():
    assert checks("Kit Marlowe walked with us. A kit was lost.", PEOPLE) == [("ask", "name")]


def test_what_the_office_publishes_itself_is_no_leak():
    text = "Ring 01632 960000 or write to iag@example.org. Come to 1 Harbour Street, AB10 1AB."
    own = ("Call 01632 960000", "iag@example.org", "We meet at 1 Harbour Street, AB10 1AB.")

    assert checks(text, Context(TODAY, own=own)) == []
    assert len(checks(text)) == 4


def test_a_marking_above_the_reader_stops_and_one_they_may_have_does_not():
    assert checks("Text.", marking="OFFICIAL-SENSITIVE") == [("stop", "marking")]
    assert checks("Text.", Context(TODAY, ceiling="OFFICIAL-SENSITIVE"), marking="OFFICIAL-SENSITIVE") == []
    assert checks("Text.", subject="SECRET: plan") == [("stop", "marking")]


def test_what_is_attached_may_be_spoken_of():
    assert checks("The plan is attached.", Context(TODAY, attachments=1)) == []


def test_what_somebody_else_wrote_is_not_held_against_our_dates():
    assert checks("> Please answer by 30 December, the plan is attached.") == []


@pytest.mark.parametrize(("now", "before", "asked"), [(19, 19, 0), (22, 19, 0), (23, 19, 1), (15, 19, 1), (5, 0, 0)])
def test_far_more_or_fewer_readers_than_last_time_are_asked_about(now: int, before: int, asked: int):
    assert len(checks("Text.", Context(TODAY, recipients=now, last_time=before))) == asked


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ('<img src="cid:a@mailroom" alt="">', "picture"),
        ('<img src="https://www.example.org/a.png" alt="A chart">', "picture"),
        ("<p>" + "x" * 61_440 + "</p>", "size"),
    ],
)
def test_a_page_with_a_picture_from_elsewhere_or_without_words_or_too_large_stops(html: str, what: str):
    assert ("stop", what) in checks("Text.", html=html)


def test_a_picture_that_comes_with_the_mail_is_well():
    chart = Picture("chart", "Mail in: 23, 19", b"png")
    text = markdown.picture(chart.alt, chart.cid)
    whole = mail(text)
    with_picture = Rendered("News", whole.text, whole.html, "OFFICIAL", "mail", pictures=(chart,))

    assert lint.lint(with_picture, Context(TODAY)) == ()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", sorted(SHIPPED.mails))
def test_every_shipped_mail_with_its_samples_is_silent(name: str, form):
    source = SHIPPED.mails[name].source
    given_ = variables.samples(variables.of(name, source.kind))

    written = templates.render(SHIPPED, name, given_, form)

    own = (str(given_["mailbox"]), str(given_["cover_phone"]))
    assert lint.lint(written, Context(TODAY, own=own)) == ()


@given(st.text(max_size=300), st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_words_at_all_make_it_fail(text: str, subject: str):
    for context in (PEOPLE, CALL):
        lint.lint(Rendered(subject, text, f"<p>{text}", "OFFICIAL", "mail"), context)


def test_a_long_mail_is_looked_at_in_no_time():
    text = "Join us on Friday 5 March 2027 at 12 Harbour Street; " * 1_100
    began = time.process_time()

    lint.lint(Rendered("S", text, f"<p>{text}</p>", "OFFICIAL", "mail"), PEOPLE)

    assert time.process_time() - began < 2
