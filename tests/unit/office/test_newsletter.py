"""The newsletter: what becomes of an item, of an issue, and of whoever wants it no more."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from mailroom import schedule
from mailroom.clock import stamp
from mailroom.message import Border, read
from mailroom.office import news_item, newsletter, newsletter_days, preferences, rehearsal, templates
from mailroom.office.news_item import NewsItem
from mailroom.office.office import Office
from mailroom.store import newsletter as store
from mailroom.store import people, settings
from tests.office import AUTHSERV, mail, shipped_set, small_office
from tests.unit.office.news import (
    ADA,
    DREW,
    READERS,
    WORDS,
    at,
    code,
    deliver,
    drafted,
    issues_to,
    reply,
    rows,
    send,
    stage,
    texts,
    until,
    with_readers,
)
from tests.unit.office.taking import arrive

ROOT = Path(__file__).parents[3]
LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def test_the_page_of_its_stages_is_in_step_with_the_table():
    assert newsletter_days.as_markdown() == (ROOT / "docs" / "newsletter.md").read_text()


def test_every_stage_leads_to_one_that_is_there_and_each_can_be_reached():
    led_to = {name for stage in newsletter_days.STAGES.values() for name in stage.to.values()}

    assert led_to | {"collecting"} == set(newsletter_days.STAGES)


@pytest.mark.parametrize(
    ("month", "call", "close", "draft", "goes", "chased"),
    [
        (1, "2027-01-15 09:00", "2027-01-21 17:00", "2027-01-22 09:00", "2027-01-29 10:00", ["27", "28"]),
        (2, "2027-02-15 09:00", "2027-02-19 17:00", "2027-02-22 09:00", "2027-02-26 10:00", ["24", "25"]),
        # Good Friday is the 26th, Easter Monday the 29th, and the clocks go forward between them.
        (3, "2027-03-15 09:00", "2027-03-19 17:00", "2027-03-22 09:00", "2027-03-31 10:00", ["25", "30"]),
        (5, "2027-05-17 09:00", "2027-05-21 17:00", "2027-05-24 09:00", "2027-05-28 10:00", ["26", "27"]),
    ],
)
def test_its_days_mind_weekends_holidays_and_the_clock(
    month: int, call: str, close: str, draft: str, goes: str, chased: list[str]
):
    days = newsletter_days.days_of(shipped_set()[0].duties, date(2027, month, 1), LONDON)

    assert days is not None
    shown = [
        f"{one.astimezone(LONDON):%Y-%m-%d %H:%M}" for one in (days.call_at, days.close_at, days.draft_at, days.send_at)
    ]
    assert shown == [call, close, draft, goes]
    reminded = sorted(newsletter_days.chases(days.send_at, LONDON).values())
    assert [f"{one.astimezone(LONDON):%d}" for one in reminded] == chased


def test_a_schedule_without_it_has_no_newsletter(office: Office):
    office.rules = replace(office.rules, duties=())

    assert newsletter.look(office, at(15, "09:00")) == 0
    send(office, WORDS, at(20, "10:00"))

    assert rows(office, "SELECT ref FROM cases") == []
    assert rows(office, "SELECT template FROM outbox WHERE kind = 'ack'") == [("newsletter/item-received",)]


@pytest.mark.parametrize("status", ["off", "trial"])
def test_a_newsletter_that_is_switched_off_after_the_approval_does_not_go(
    office: Office, status: Literal["off", "trial"]
):
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", at(25, "09:05"))
    office.rules = replace(
        office.rules,
        duties=tuple(replace(one, status=status) if one.name == "newsletter" else one for one in office.rules.duties),
    )
    schedule.run_due(office, at(29, "10:00"))

    assert issues_to(office) == []


def test_a_template_that_cannot_be_filled_sounds_an_alarm_and_stops_no_other_duty(office: Office):
    drafted(office)
    schedule.run_due(office, at(26, "12:00"))
    office.templates = replace(
        office.templates, mails={k: v for k, v in office.templates.mails.items() if k != "notice/not-approved"}
    )
    schedule.run_due(office, at(27, "09:00"))

    [[words]] = rows(office, "SELECT words FROM alarms WHERE key = 'duty:newsletter' AND cleared_at IS NULL")
    assert "notice/not-approved.md: there is no such template" in words
    assert texts(office, "digest/summary") != []

    office.templates = shipped_set()[1]
    schedule.run_due(office, at(27, "09:01"))
    assert len(texts(office, "notice/not-approved")) == 1
    assert rows(office, "SELECT 1 FROM alarms WHERE key = 'duty:newsletter' AND cleared_at IS NULL") == []


def test_the_call_goes_to_each_reader_once_however_often_it_is_looked_at(office: Office):
    with_readers(office)
    until(office, at(15, "09:00"))
    newsletter.look(office, at(15, "09:05"))

    sent = rows(office, "SELECT person_id, batch FROM outbox WHERE template = 'newsletter/call' ORDER BY person_id")
    assert sent == [(person, "newsletter call:2027-01") for person in READERS]


def test_an_item_after_the_close_goes_into_the_next_issue_and_is_told_so(office: Office):
    until(office, at(21, "17:00"))
    send(office, WORDS, at(21, "16:59"))
    send(office, WORDS, at(21, "17:00"), "sam.okoro@btp.example.org")

    assert [ref for (ref,) in rows(office, "SELECT ref FROM cases ORDER BY id")] == ["NEWS-2027-01", "NEWS-2027-02"]
    assert len(texts(office, "newsletter/item-complete")) == 1
    [late] = texts(office, "newsletter/item-next-issue")
    assert "goes into the February 2027 issue" in late


def test_what_an_item_lacks_is_asked_for_and_what_comes_completes_it(office: Office):
    newsletter.look(office, at(18, "09:00"))
    number = send(office, " ".join(["Long"] * 150), at(20, "10:00"))
    [asked] = texts(office, "newsletter/item-incomplete")
    assert "it has 150 words, and there is room for 120" in asked

    reply(office, WORDS, "newsletter/item-incomplete", at(20, "11:00"), DREW)

    [done] = texts(office, "newsletter/item-complete")
    assert "“Safety week”" in done
    assert rows(office, "SELECT message_id, gaps FROM news_items") == [(number, "[]")]


def test_an_item_nobody_vouches_for_is_acknowledged_and_not_taken(office: Office):
    newsletter.look(office, at(18, "09:00"))
    arrive(office, mail(DREW, "Item for the newsletter", WORDS, authentic=False), at(20, "10:00"))

    assert rows(office, "SELECT * FROM news_items") == []


def test_a_message_that_was_no_item_after_all_is_in_no_issue(office: Office):
    newsletter.look(office, at(18, "09:00"))
    number = send(office, WORDS, at(20, "10:00"))
    [[case]] = rows(office, "SELECT id FROM cases WHERE ref = 'NEWS-2027-01'")
    assert len(store.items(office.store.db, case)) == 1

    with office.store.immediate() as db:
        db.execute("UPDATE messages SET class = 'concern' WHERE id = ?", (number,))

    assert store.items(office.store.db, case) == []


@pytest.mark.parametrize(
    ("text", "heading", "lacks"),
    [
        (WORDS, "Safety week", ()),
        (f"Hello Robin,\n\n{WORDS}\n\nThanks\nDrew", "Safety week", ()),
        (f"Heading: Posters\n\n{WORDS}", "Posters", ()),
        (f"{WORDS}\n\nAlt text: six people\nPermission: yes, from all six", "Safety week", ()),
        ("Hello", "News", ("words",)),
        ("", "News", ("words",)),
    ],
)
def test_the_words_of_an_item_are_told_from_the_letter_round_them(text: str, heading: str, lacks: tuple[str, ...]):
    item = news_item.read(read(mail(DREW, "Item", text), Border((AUTHSERV,))), whose="News")

    assert item.heading == heading
    assert item.gaps == lacks
    assert "Hello" not in item.words


@pytest.mark.parametrize(
    ("said", "clear"),
    [
        ("yes", True), ("Yes from all six. No pupils in the picture.", True), ("given", True),
        ("everybody has agreed", True), ("no people in it", True), ("nobody can be recognised", True),
        ("no", False), ("none yet", False), ("yes, except Sam", False), ("yes but one is waiting", False),
        ("asked, not yet", False), ("most of them", False), ("all but one", False), ("", False),
    ],
)  # fmt: skip
def test_only_a_clear_yes_for_everybody_is_a_permission(said: str, clear: bool):
    assert news_item.agrees(said) is clear


def test_a_picture_needs_words_and_permission_and_two_need_two():
    assert NewsItem("A", "Words", 1).gaps == ("alt_text", "permission")
    assert NewsItem("A", "Words", 2, "one of them", "yes").gaps == ("alt_text",)
    assert NewsItem("A", "Words", 2, "one\ntwo", "yes").gaps == ()


def test_an_approved_issue_goes_to_each_reader_once_and_is_reported_on(office: Office):
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", at(25, "09:05"))
    until(office, at(29, "09:59"))
    assert issues_to(office) == []

    until(office, at(29, "10:00"))
    newsletter.look(office, at(29, "10:01"))
    assert issues_to(office) == sorted(READERS)
    deliver(office, at(29, "10:01"))
    until(office, at(30, "10:00"))

    assert stage(office) == "reported"
    [report] = texts(office, "newsletter/report")
    assert "5 mails were taken by the mail server" in report
    headers = rows(office, "SELECT mime FROM mails WHERE template = 'newsletter/issue' AND person_id = 'M01'")[0][0]
    assert b"List-Id: Newsletter <newsletter.btp.example.org>" in headers
    assert preferences.token(office, "M01").encode() in headers


def test_who_stops_or_leaves_after_the_approval_gets_none(office: Office):
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", at(25, "09:05"))
    with office.store.immediate() as db:
        store.subscribe(db, "M01", wanted=False)
    until(office, at(29, "10:00"))
    with office.store.immediate() as db:
        store.subscribe(db, "M02", wanted=False)

    assert "M01" not in issues_to(office)
    gone = deliver(office, at(29, "10:01"))
    assert "ben.ortiz@post.example.org" not in gone
    assert rows(office, "SELECT state FROM outbox WHERE batch <> '' AND template = 'newsletter/issue'"
                " AND person_id = 'M02'") == [("cancelled",)]  # fmt: skip


def test_what_nobody_approved_is_not_sent_and_that_is_said(office: Office):
    drafted(office)
    until(office, at(30, "12:00"))

    assert issues_to(office) == []
    assert stage(office) == "skipped"
    assert len(texts(office, "notice/not-approved")) == 2
    assert "was not sent to anybody: nobody approved it in time" in texts(office, "newsletter/report")[0]


def test_a_reminder_brings_a_code_that_counts(office: Office):
    drafted(office)
    until(office, at(28, "09:00"))

    reply(office, f"APPROVE {code(office, 'notice/not-approved')}", "notice/not-approved", at(28, "09:30"))

    assert stage(office) == "approved"


def test_a_text_that_changed_after_the_approval_is_put_before_the_approver_again(office: Office):
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", at(25, "09:05"))
    office.templates = _with(office, "Here is our newsletter", "Here is another newsletter")
    until(office, at(29, "10:00"))

    assert issues_to(office) == []
    assert stage(office) == "approval"
    assert "the template was changed after it was approved" in texts(office, "notice/proof")[-1]
    reply(office, f"APPROVE {code(office)}", "notice/proof", at(29, "11:00"))
    until(office, at(1, "10:00", 2))
    assert issues_to(office) == sorted(READERS)


def _with(office: Office, old: str, new: str) -> templates.Templates:
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / "templates").rglob("*.md")}
    files["templates/newsletter/issue.md"] = files["templates/newsletter/issue.md"].replace(old.encode(), new.encode())
    assert office.templates is not None
    return templates.load(files)


def test_after_an_outage_the_mailbox_is_read_before_an_approved_issue_goes(office: Office):
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", at(25, "09:05"))
    with office.store.immediate() as db:
        settings.put(db, "last_read_at", stamp(at(29, "09:50")))
    newsletter.look(office, at(29, "11:00"))
    assert stage(office) == "approved"

    reply(office, "HOLD", "notice/proof", at(29, "11:01"))
    with office.store.immediate() as db:
        settings.put(db, "last_read_at", stamp(at(29, "11:01")))
    newsletter.look(office, at(29, "11:02"))
    assert (stage(office), issues_to(office)) == ("approval", [])


def test_an_issue_goes_at_its_time_from_a_mailbox_that_is_quiet(office: Office):
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", at(25, "09:05"))
    with office.store.immediate() as db:
        settings.put(db, "last_read_at", stamp(at(29, "09:50")))
    newsletter.look(office, at(29, "10:01"))
    assert len(issues_to(office)) == 5


def test_a_list_that_grew_by_more_than_a_fifth_is_shown_again(office: Office):
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", at(25, "09:05"))
    with office.store.immediate() as db:
        for person in ("sam", "casey"):
            store.subscribe(db, person, wanted=True)
    until(office, at(29, "10:00"))

    assert issues_to(office) == []
    assert "the list has changed from 5 to 7" in texts(office, "notice/proof")[-1]


@pytest.mark.parametrize(("hours", "goes"), [(6, True), (60, False)])
def test_a_machine_that_slept_sends_the_same_day_and_asks_on_another(office: Office, hours: int, goes: bool):
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", at(25, "09:05"))
    newsletter.look(office, at(29, "10:00") + timedelta(hours=hours))

    assert bool(issues_to(office)) is goes
    assert stage(office) == ("sending" if goes else "approval")


@pytest.mark.parametrize(("name", "mails"), [("newsletter call", 5), ("newsletter draft", 1), ("newsletter", 5)])
def test_what_a_line_would_send_is_shown_and_nothing_is_written(office: Office, name: str, mails: int):
    with_readers(office)
    newsletter.look(office, at(4, "09:00"))
    before = rows(office, "SELECT count(*) FROM journal")
    duty = next(one for one in office.rules.duties if one.name == name)

    shown = rehearsal.rehearse(office, duty, at(20, "10:00"))

    assert len(shown.mails) == mails
    assert rows(office, "SELECT * FROM outbox") == rows(office, "SELECT * FROM approvals") == []
    assert rows(office, "SELECT count(*) FROM journal") == before


def test_one_word_stops_newsletters_only_and_one_brings_them_back(office: Office):
    reply(office, f"APPROVE {drafted(office)}", "notice/proof", at(25, "09:05"))
    until(office, at(29, "10:00"))
    deliver(office, at(29, "10:01"))

    number = reply(office, "STOP", "newsletter/issue", at(29, "11:00"), ADA)
    assert rows(office, "SELECT class FROM messages WHERE id = ?", number) == [("news.reply",)]
    assert "M01" not in store.readers(office.store.db)
    [said] = texts(office, "newsletter/stopped")
    assert "Only the newsletter stops. Everything else goes on as before" in said
    assert rows(office, "SELECT state FROM people WHERE id = 'M01'") == [("active",)]

    reply(office, "START", "newsletter/stopped", at(29, "12:00"), ADA)
    assert "M01" in store.readers(office.store.db)


def test_the_link_of_a_copy_stops_its_readers_newsletter_from_any_address(office: Office):
    with_readers(office)
    subject = f"STOP newsletter {preferences.token(office, 'M01')}"
    send(office, "", at(20, "10:00"), "ada.home@webmail.example.net", subject)

    assert "M01" not in store.readers(office.store.db)
    told = rows(office, "SELECT recipient FROM outbox WHERE template = 'newsletter/stopped'")
    assert told == [(people.address_of(office.store.db, "M01"),)]


@pytest.mark.parametrize("token", ["", "a" * 26])
def test_a_link_that_is_nobodys_stops_nothing_and_a_person_looks(office: Office, token: str):
    with_readers(office)
    send(office, "", at(20, "10:00"), "somebody@webmail.example.net", f"STOP newsletter {token}")

    assert store.readers(office.store.db) == sorted(READERS, key=lambda one: people.name_of(office.store.db, one))
    assert rows(office, "SELECT count(*) FROM tasks WHERE key LIKE 'newsletter:%'") == [(1,)]


def test_unsubscribe_me_from_everything_is_a_question_for_a_person(office: Office):
    with_readers(office)
    number = send(office, "Please unsubscribe me from everything, I want to leave.", at(20, "10:00"), ADA, "Leaving")

    assert "M01" in store.readers(office.store.db)
    assert texts(office, "newsletter/stopped") == []
    assert rows(office, "SELECT class FROM messages WHERE id = ?", number) != [("news.reply",)]
