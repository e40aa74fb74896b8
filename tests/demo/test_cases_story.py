"""The first processes in the story: concerns, a danger, rights, a breach, the press and figures, row by row."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlite_utils import Database

from mailroom.clock import moment
from mailroom.store import case_facts, cases, links, open_store, views
from mailroom.store.views import MailView
from mailroom.story import judge, model
from mailroom.story.judge import Played
from mailroom.story.player import play
from mailroom.story.report import Report

pytestmark = pytest.mark.story

STORY = Path(__file__).parents[1] / "story"
WORLD = model.world(STORY)
EXPECTED = {
    row["id"]: row["expect"] for row in map(json.loads, (STORY / "rows.jsonl").read_text(encoding="utf-8").splitlines())
}
ROWS = (
    "I10", "I14", "K09", "K12", "I22", "I27", "I28", "K17", "I34", "I41", "I42", "I44", "K22", "I48", "I49", "K26",
    "I57", "I59", "I62", "I63", "I64",
)  # fmt: skip
"""K12 lets the newsletter go that I27 answers; its own row is judged elsewhere."""
SCHEDULE = {
    line["id"]: line
    for line in map(json.loads, (STORY / "schedule.jsonl").read_text(encoding="utf-8").splitlines())
    if (line["ref"] or "").startswith(("SAFE", "BREACH")) and line["kind"] in {"send", "absent"}
}
OFFICE = frozenset({"rowan", "maya"})
"""For the coordinator and her cover the world is open: further notices may come."""
REGULAR = ("newsletter/", "digest/")

frozen: list[bool] = []


def _third_right(db: Database, _: datetime) -> None:
    """A remark about an officer has become a complaint by now, in rows that are not played here."""
    cases.reserve(db, "RIGHTS", 2027, 3)


def _is_frozen(db: Database, _: datetime) -> None:
    frozen.append(case_facts.is_on_hold(db, person="ruthc"))


ASIDES = (
    (datetime.fromisoformat("2027-02-14T09:00:00+00:00"), _is_frozen),
    (datetime.fromisoformat("2027-02-22T09:40:00+00:00"), _third_right),
    (datetime.fromisoformat("2027-02-28T09:00:00+00:00"), _is_frozen),
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("cases") / "office"
    frozen.clear()
    return asyncio.run(play(STORY, folder, only=ROWS, asides=ASIDES, out=lambda _: None))


@pytest.fixture(scope="module")
def played(report: Report) -> Mapping[str, Played]:
    return {one.row.id: one for one, _ in report.verdicts}


@pytest.fixture(scope="module")
def db(report: Report) -> Database:
    return open_store(report.folder / "office.db").db


def because_of(db: Database, one: Played) -> list[MailView]:
    return views.caused_by(db, one.message.id)


def words(mail: MailView) -> str:
    return judge.everything(mail.mime)


def facts_of(db: Database, ref: str) -> dict[str, str]:
    case = cases.by_ref(db, ref)
    assert case is not None
    return case_facts.known(db, case.id)


def stages(db: Database, ref: str) -> list[tuple[str, datetime]]:
    case = cases.by_ref(db, ref)
    assert case is not None
    return [(one.to_stage, moment(one.at)) for one in cases.events(db, case.id) if one.to_stage != one.from_stage]


@pytest.mark.parametrize("row", [one for one in ROWS if one != "K12"])
def test_each_row_becomes_what_it_should(db: Database, played: Mapping[str, Played], row: str):
    one, expected = played[row], EXPECTED[row]
    confirmed = {link.ref for link in one.links if link.state == "confirmed"}

    assert (one.message.class_, sorted(one.message.flags)) == (expected["class"], sorted(expected["flags"]))
    assert one.message.person == (WORLD.roles.get(expected["person"], expected["person"]) or "")
    if expected["ref"] is not None:
        assert (one.ref, expected["ref"] in confirmed) == (expected["ref"], True)
    else:
        # A case of its own, and none of anybody else.
        assert [link.ref for link in one.links if case_facts.opened_by(db, link.case) != one.message.id] == []
    for link in expected["also"].get("links", ()):
        if link["ref"] != "INC-2027-001":
            found = next((found.state for found in one.links if found.ref == link["ref"]), "none")
            assert found == link["link"]


@pytest.mark.parametrize("row", [one for one in ROWS if EXPECTED[one]["stage"] and one not in {"K12", "I22"}])
def test_each_case_is_in_the_stage_it_should_be(db: Database, played: Mapping[str, Played], row: str):
    one, expected = played[row], EXPECTED[row]
    word = re.match(r"[a-z_]+", expected["stage"])
    days = re.findall(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d)?", expected["stage"])

    assert word is not None
    assert one.stage == word[0]
    for day in days:
        assert any(value.startswith(day) for value in facts_of(db, one.ref).values())


@pytest.mark.parametrize("row", ROWS)
def test_each_row_writes_to_those_it_should_in_time_and_to_nobody_else(
    db: Database, played: Mapping[str, Played], row: str
):
    one = played[row]
    mails = [mail for mail in because_of(db, one) if mail.state == "sent"]
    wanted: Counter[str] = Counter()
    allowed: Counter[str] = Counter()
    for outbound in one.row.expect.outbound:
        for address in WORLD.recipients(outbound.to):
            several = outbound.count if isinstance(outbound.to, str) else 1
            (allowed if outbound.optional else wanted)[address] += several or 1
    office = {address for person in OFFICE for address in WORLD.recipients(person)}
    got = Counter(mail.recipient for mail in mails)

    assert {address: n for address, n in wanted.items() if got[address] < n} == {}
    assert {
        address: n for address, n in got.items() if address not in office and n > wanted[address] + allowed[address]
    } == {}
    for outbound in one.row.expect.outbound:
        if outbound.kind not in {"ack", "alert", "forward", "mail"} or outbound.optional:
            continue
        within = judge.period(outbound.within or "PT15M")
        for address in WORLD.recipients(outbound.to):
            soonest = min(moment(mail.settled_at) for mail in mails if mail.recipient == address)
            assert soonest - one.row.at <= within


@pytest.mark.parametrize("key", SCHEDULE)
def test_each_line_of_the_schedule_holds(db: Database, report: Report, key: str):
    line = SCHEDULE[key]
    at = datetime.fromisoformat(line["at"])
    wanted = WORLD.recipients(line["to"])
    near = [
        mail.recipients[0]
        for mail in report.caught
        if abs(mail.at - at) <= timedelta(minutes=1)
        and mail.recipients[0] in wanted
        and (found := views.mail(db, _id(mail.raw))) is not None
        and found.ref == line["ref"]
        and found.template in {"danger/alert", "breach/alert"}
    ]

    assert sorted(near) == ([] if line["kind"] == "absent" else sorted(wanted))


def test_nobody_outside_the_office_is_written_to_but_because_of_a_row(db: Database, report: Report):
    office = {address for person in OFFICE for address in WORLD.recipients(person)}
    numbers = {one.message.id for one, _ in report.verdicts}
    planned = {(line["ref"], address) for line in SCHEDULE.values() for address in WORLD.recipients(line["to"])}
    stray = []
    for caught in report.caught:
        mail = views.mail(db, _id(caught.raw))
        assert mail is not None
        regular = mail.template.startswith(REGULAR)
        if mail.recipient in office or regular or (mail.ref, mail.recipient) in planned or mail.cause in numbers:
            continue
        stray.append((mail.recipient, mail.template, mail.ref))

    assert stray == []
    assert all(check.ok for check in report.wire)


def test_a_concern_is_graded_by_its_words_and_the_strand_proposed(db: Database):
    facts = facts_of(db, "CONC-2027-002")

    assert (facts["grade"], facts["strand"], facts["place"]) == ("experienced", "religion", "Ashlock")


def test_an_answer_is_the_coordinators_own_words_to_whoever_wrote_and_ends_the_wait(
    db: Database, played: Mapping[str, Played]
):
    [answer] = [mail for mail in because_of(db, played["K17"]) if mail.template == "concern/answer"]
    text = words(answer)

    assert "The station inspector has briefed staff" in text
    assert "CONC-2027-002" in text
    assert "ANSWER" not in text
    assert "Code:" not in text


def test_who_tells_of_a_worry_hears_how_to_report_and_strangers_telephones_go_nowhere(db: Database, report: Report):
    sent = [judge.everything(one.raw) for one in report.caught]

    assert not any("900451" in text or "900452" in text for text in sent)
    for row in ("I10", "I27"):
        one = next(one for one, _ in report.verdicts if one.row.id == row)
        [ack] = [mail for mail in because_of(db, one) if mail.kind == "ack"]
        assert all(way in words(ack) for way in ("999", "61016", "0800"))


def test_a_danger_is_red_for_seventy_minutes_and_its_alert_names_nothing(db: Database, report: Report):
    case = cases.by_ref(db, "SAFE-2027-001")
    assert case is not None
    [opened, *_] = [moment(one.at) for one in cases.events(db, case.id)]
    [(last, closed)] = stages(db, "SAFE-2027-001")
    alerts = [
        judge.everything(one.raw)
        for one in report.caught
        if (mail := views.mail(db, _id(one.raw))) and mail.template == "danger/alert"
    ]

    assert (last, closed - opened) == ("closed", timedelta(minutes=70))
    assert len(alerts) == 3 * 7
    assert not any(word in text for text in alerts for word in ("kd1187", "kingsmead", "Kingsmead", "filming"))


def test_rights_go_to_the_desk_with_name_and_words_and_never_the_address(db: Database, played: Mapping[str, Played]):
    for row in ("I28", "I44", "I62"):
        one = played[row]
        for mail in because_of(db, one):
            if mail.kind == "forward":
                assert one.row.from_.address not in words(mail)
                assert one.row.from_.name in words(mail)
                assert _line(one.row.text) in words(mail)


def test_the_press_is_told_nothing_but_who_answers(db: Database, played: Mapping[str, Played]):
    for row in ("I28", "I59"):
        [ack] = [mail for mail in because_of(db, played[row]) if mail.kind == "ack"]
        text = words(ack)
        assert not any(member.name in text for member in WORLD.members)
        assert "Ashlock" not in text
    [note] = [mail for mail in because_of(db, played["I28"]) if mail.template == "media/forward"]
    linked = [link.ref for link in played["I28"].links]
    assert note.ref in linked or note.ref == "RIGHTS-2027-001"


def test_a_request_freezes_what_is_theirs_until_it_is_closed(db: Database, report: Report):
    assert report.verdicts
    assert frozen == [False, True]
    assert not case_facts.is_on_hold(db, person="ruthc")


def test_a_desk_that_says_it_is_done_closes_the_case(db: Database):
    assert stages(db, "RIGHTS-2027-001")[-1] == ("closed", datetime.fromisoformat("2027-03-02T15:00:00+00:00"))
    assert stages(db, "RIGHTS-2027-002")[-1] == ("closed", datetime.fromisoformat("2027-03-12T11:00:00+00:00"))


def test_those_whose_address_was_shown_hear_of_it_each_alone(db: Database, played: Mapping[str, Played]):
    told = [mail for mail in because_of(db, played["K22"]) if mail.template == "breach/what-happened"]
    others = {member.id: (member.name, member.addresses[0].email) for member in WORLD.members}

    assert sorted(mail.person for mail in told) == EXPECTED["I41"]["also"]["exposed"]
    for mail in told:
        text = words(mail)
        assert not any(name in text or address in text for who, (name, address) in others.items() if who != mail.person)
        assert "low risk" not in text
        assert "Theo" not in text
    assert facts_of(db, "BREACH-2027-001")["decision"].startswith("with dp@ this morning")


def test_a_reply_to_all_is_kept_with_the_breach_and_nothing_more(db: Database, played: Mapping[str, Played]):
    assert because_of(db, played["I42"]) == []


def test_the_analyst_hears_every_reason_and_never_whose_question_it_is(db: Database, played: Mapping[str, Played]):
    [asked] = [mail for mail in because_of(db, played["I34"]) if mail.template == "data/please-extract"]
    [refused] = [mail for mail in because_of(db, played["I48"]) if mail.template == "data/not-released"]

    assert "stop and search by ethnicity for Ashlock and Kingsmead" in " ".join(words(asked).split())
    assert not any(word in words(asked) for word in ("Asha", "Pillai", "asha.pillai"))
    text = words(refused)
    assert all(word in text for word in ("Sheet2", "60", "7", "comment"))


def test_the_coordinator_sees_how_late_it_is_and_the_member_gets_the_checked_file(
    db: Database, played: Mapping[str, Played]
):
    [held] = [mail for mail in because_of(db, played["I49"]) if mail.template == "notice/held"]
    assert "1 working day late" in words(held)

    [released] = [mail for mail in because_of(db, played["K26"]) if mail.template == "data/release"]
    mail = message_from_bytes(released.mime, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    [file] = list(mail.iter_attachments())
    assert file.get_filename() == "stop-search-B-Div-v2.xlsx"
    assert file.get_content() == (STORY / "attachments" / "stop-search-B-Div-v2.xlsx").read_bytes()
    assert "Counts of searches, not of people" in " ".join(words(released).split())
    assert facts_of(db, "DATA-2027-001")["pack"] == "yes"


def test_nobody_gets_the_same_mail_twice(report: Report):
    sent = Counter(_id(one.raw) for one in report.caught)

    # A newsletter that was refused for a time is sent again under its own Message-ID.
    assert {one for one, n in sent.items() if n > 1} == set()


def test_a_second_copy_of_a_message_is_no_second_request(db: Database, played: Mapping[str, Played]):
    assert played["I63"].message.id != played["I62"].message.id
    assert because_of(db, played["I63"]) == []
    assert [link.ref for link in links.of_message(db, played["I62"].message.id)]


def _id(raw: bytes) -> str:
    return str(message_from_bytes(raw, policy=policy.default)["Message-ID"])


def _line(text: str | None) -> str:
    return next(line for line in (text or "").splitlines() if len(line) > len("Dear Rowan and everybody"))
