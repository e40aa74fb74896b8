"""Wrong-case filing is a disclosure: what confirms a case, what only proposes one, and how a person is asked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailroom.office.office import Office
from mailroom.store import cases, links, outbox
from mailroom.store.outbox import Outgoing
from tests.office import mail, small_office
from tests.unit.office.taking import arrive, told

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)
REF, OLD = "INC-2027-001", "INC-2026-009"
ADA, BEN, CLEO = "ada.winter@mail.example.org", "ben.ortiz@post.example.org", "cleo.marsh@mail.example.org"
DREW, SPY = "drew.castell@btp.example.org", "spy@web.example.net"
SAM, FOI, PSD = "sam.okoro@btp.example.org", "foi@btp.example.org", "psd@btp.example.org"
ASK = "We had a serious assault tonight at Harrow Cross. Could I have IAG advice on wording by noon tomorrow?"
PLAIN = "Thank you, that is noted. The blue chair is back."
VIEW = "Morning, I have been thinking about last night. My view is put the patrols on the stairs and the footbridge."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office with an incident about which Ada and the FOI unit were written to, and an old one that is closed."""
    with small_office(tmp_path) as made:
        arrive(made, mail(DREW, "IAG advice please", ASK, message_id="<ask@btp.example.org>"), NOW)
        with made.store.immediate() as db:
            cases.add(db, OLD, "incident", "closed", NOW - timedelta(days=60), final=True)
        write(made, REF, "M01", ADA)
        write(made, REF, "foi", FOI)
        write(made, OLD, "M02", BEN)
        yield made


def write(office: Office, ref: str, person: str, address: str) -> None:
    """Let a mail of ours about a case have gone to somebody."""
    with office.store.immediate() as db:
        case = cases.by_ref(db, ref)
        assert case is not None
        made = Outgoing(
            f"call:{ref}:{person}", address, person, "mail", "member/received", "A mail", copy(ref, person), b"-",
            case=case.id,
        )  # fmt: skip
        assert outbox.queue(db, made, NOW)


def copy(ref: str, person: str) -> str:
    return f"<{ref}.{person}@btp.example.org>"


def linked(office: Office, row: int) -> dict[str, str]:
    return {link.ref: link.state for link in links.of_message(office.store.db, row)}


def came(office: Office, sender: str, subject: str, text: str, **more: object) -> int:
    return arrive(office, mail(sender, subject, text, **more), NOW + timedelta(minutes=5))  # type: ignore[arg-type]


EVIDENCE = {
    "answers their own copy": ("Re: a mail", PLAIN, {"In-Reply-To": "{own}"}),
    "answers Ada's copy": ("Re: a mail", PLAIN, {"In-Reply-To": copy(REF, "M01")}),
    "names it in the new words": ("About the matter", f"{PLAIN} This is for {REF}.", {}),
    "names it in the subject": (f"Re: a mail [{REF}]", PLAIN, {}),
    "passes on a subject that names it": (f"Fw: a mail [{REF}]", PLAIN, {}),
    "quotes it": (
        "Re: a mail",
        f"{PLAIN}\n\nOn Mon, 4 Jan 2027 at 10:00, the office wrote:\n> About {REF}\n> more",
        {},
    ),
}
WHO = {
    "Ada, who was written to": (ADA, "M01", True),
    "Drew, who asked": (DREW, "drew", True),
    "Sam, another officer": (SAM, "sam", True),
    "the FOI unit, which was written to": (FOI, "foi", True),
    "a desk that was not": (PSD, "psd", True),
    "Ben, a member who was not": (BEN, "M02", True),
    "a stranger": (SPY, "", True),
    "somebody who says to be Ada, unproved": (ADA, "M01", False),
}
CONFIRMED = {
    "answers their own copy": {
        "Ada, who was written to", "the FOI unit, which was written to", "somebody who says to be Ada, unproved",
    },
    "answers Ada's copy": {
        "Ada, who was written to", "Drew, who asked", "Sam, another officer", "the FOI unit, which was written to",
        "somebody who says to be Ada, unproved",
    },
    "names it in the new words": {
        "Ada, who was written to", "Drew, who asked", "Sam, another officer", "the FOI unit, which was written to",
    },
    "names it in the subject": {
        "Ada, who was written to", "Drew, who asked", "Sam, another officer", "the FOI unit, which was written to",
    },
    "passes on a subject that names it": set(),
    "quotes it": set(),
}  # fmt: skip
"""What is enough: an answer to a mail of ours to that very person, or the word of somebody who may file there."""


@pytest.mark.parametrize("evidence", EVIDENCE)
def test_what_confirms_a_case_and_what_only_proposes_one(office: Office, evidence: str):
    subject, text, headers = EVIDENCE[evidence]
    for who, (sender, person, proved) in WHO.items():
        own = {name: value.format(own=copy(REF, person)) for name, value in headers.items()}
        with office.store.rolled_back():
            row = came(office, sender, subject, text, headers=own, authentic=proved)
            found = linked(office, row)
            asked = [key for (key,) in told(office, f"SELECT key FROM tasks WHERE message_id = {row}")]
        if who in CONFIRMED[evidence]:
            assert found.get(REF) == "confirmed", who
        elif evidence in {"quotes it", "answers their own copy"}:
            assert REF not in found, who
        else:
            assert found.get(REF) == "proposed", who
            assert {f"link:{row}:{REF}", f"identity:{row}"} & set(asked), who


def test_an_old_reference_in_what_is_quoted_or_forwarded_is_nothing(office: Office):
    text = (
        "One of our trustees sent me this, I pass it on.\n\nBen\n\n---------- Forwarded message ---------\n"
        f"From: Trustee\nSubject: is anyone doing anything?\n\nTwo of our ladies will not go there now.\n"
        f"> Subject: IAG: your advice is requested [{OLD}]\n> Your advice is asked on a notice."
    )
    row = came(office, BEN, "Fwd: is anyone doing anything?", text)

    assert OLD not in linked(office, row)


def test_whoever_is_answered_to_all_has_not_been_asked(office: Office):
    came(office, ADA, "Re: a mail", PLAIN, message_id="<view@mail.example.org>",
         headers={"In-Reply-To": copy(REF, "M01"), "Cc": BEN})  # fmt: skip
    row = came(office, BEN, "Re: a mail", PLAIN, headers={"In-Reply-To": "<view@mail.example.org>"})

    [link] = links.of_message(office.store.db, row)
    assert (link.ref, link.state) == (REF, "proposed")
    assert link.how == "it answers a message of the case, but we never wrote to them about it"


def test_whoever_was_written_to_when_a_case_was_opened_answers_in_it(office: Office):
    """An officer wrote to members directly, which is a breach; one of them thanks all."""
    shown = {"Cc": f"{ADA}, {BEN}, {CLEO}"}
    text = "Rowan, and all,\n\nKnife arch at Ashlock on Thursday, 1500-1900. I have copied in the members I know."
    arrive(
        office, mail(SAM, "Please tell IAG: knife arch", text, message_id="<all@btp.example.org>", headers=shown), NOW
    )
    [[ref]] = told(office, "SELECT ref FROM cases WHERE kind = 'breach'")
    row = came(office, CLEO, "Re: Please tell IAG: knife arch", "thanks all",
               headers={"In-Reply-To": "<all@btp.example.org>"})  # fmt: skip

    assert linked(office, row) == {ref: "confirmed"}


def test_a_view_without_a_reference_is_proposed_to_the_one_open_call(office: Office):
    row = came(office, ADA, "last night", VIEW)
    unasked = came(office, BEN, "last night", VIEW)

    [link] = links.of_message(office.store.db, row)
    assert (link.ref, link.state) == (REF, "proposed")
    assert link.how == "the only open incident, and they were asked about it"
    [other] = links.of_message(office.store.db, unasked)
    assert other.how == "the only open incident, but they were not asked about it"


def test_a_place_that_is_named_proposes_and_confirms_nothing(office: Office):
    row = came(office, ADA, "last night", f"{VIEW} At Harrow Cross I mean.")

    [link] = links.of_message(office.store.db, row)
    assert (link.ref, link.state) == (REF, "proposed")
    assert link.how.startswith("it names Harrow Cross, and this is the only open incident")


def test_a_member_kept_out_of_a_place_is_filed_where_it_is_kept_apart(office: Office):
    row = came(office, CLEO, "Harrow Cross", f"{VIEW} I know that I am not asked about Harrow Cross.")

    assert linked(office, row) == {REF: "confirmed"}


def test_two_open_calls_are_one_question_by_mail_with_one_word_for_an_answer(office: Office):
    arrive(office, mail(DREW, "IAG advice please", ASK.replace("Harrow Cross", "Eastgate"), message_id="<b@x.example.org>"), NOW)  # fmt: skip  # noqa: E501
    row = came(office, ADA, "last night", VIEW)

    assert set(linked(office, row).values()) == {"proposed"}
    assert len(linked(office, row)) == 2
    [[mime, kind]] = told(
        office, f"SELECT mime, kind FROM mails WHERE template = 'notice/which-case' AND cause_id = {row}"
    )
    body = message_from_bytes(mime, policy=policy.default).get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert kind == "task"
    assert "Answer with the number" in text
    assert "1 INC-2027-001" in text
    assert "Why: one of 2 open cases, and they were asked about it." in text
    assert "@" not in text.replace("iag@btp.example.org", "")


def test_one_who_names_two_cases_is_asked_about(office: Office):
    row = came(office, DREW, "Two matters", f"{PLAIN} For {REF} and {OLD}.")

    assert linked(office, row) == {REF: "proposed", OLD: "proposed"}


def test_a_question_about_a_forgery_is_a_task_and_no_mail(office: Office):
    raw = mail(DREW, f"About {REF}", PLAIN).replace(b"dmarc=pass", b"dmarc=fail")
    row = arrive(office, raw, NOW)

    assert linked(office, row) == {REF: "proposed"}
    assert told(office, f"SELECT 1 FROM tasks WHERE key = 'link:{row}:{REF}'")
    assert told(office, "SELECT 1 FROM outbox WHERE template = 'notice/which-case'") == []
