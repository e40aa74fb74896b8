"""A member who goes along on duty, from the request to the thanks, as the example process says."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailroom.office.cases import tick
from mailroom.office.office import Office
from mailroom.store import case_facts, cases, tasks
from tests.unit.office.casework import (
    answered,
    at_work,
    bring,
    case_of,
    fact,
    mails,
    opened,
    ordered,
    readers,
    running,
    sends,
    stage,
    words,
)

REF = "OBS-2031-001"
AT = datetime(2031, 2, 5, 12, 30, tzinfo=UTC)  # a Wednesday
WISH = (
    "Hi Robin\n\nI'd like to see how away fans are met at Kingsmead on Thu 20 Feb, about 1100 to 1600.\n"
    "I have asthma and carry an inhaler but it is well controlled.\n\nFinn"
)
AGREED = "Form done below.\n\nI have read and agree to the risk assessment.\nBoots: yes.\n\nFinn"
HOST = "Yes I can host Finn on the 20th, happy to. I am on 1000 to 1800.\n\nElin"
RISK = (
    "Risk assessment attached. Overall MEDIUM, three conditions:\n\n1. Observer stays within sight of the host.\n"
    "2. High-visibility vest worn at all times.\n3. Withdrawal point is the station office, door 3.\n"
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with at_work(tmp_path) as made:
        yield made


def wished(office: Office, sender: str = "finn.noor", text: str = WISH) -> None:
    this = bring(office, f"{sender}@mail.example.org", "obs.request", "Can I come out on the 20th?", text, AT)
    opened(office, "observation", this)


def writes(office: Office, sender: str, text: str, day: int, hour: int, class_: str = "obs.process") -> None:
    at = datetime(2031, 2, day, hour, tzinfo=UTC)
    answered(office, REF, bring(office, sender, class_, "Re: form", text, at))


def hosted(office: Office) -> None:
    """Bring an observation to where the host has said yes."""
    wished(office)
    writes(office, "finn.noor@mail.example.org", AGREED, 6, 19)
    writes(office, "elin.frayne@btp.example.org", HOST, 7, 8)


def confirmed(office: Office) -> None:
    """Bring it to where it is authorised."""
    hosted(office)
    writes(office, "hs@btp.example.org", RISK, 7, 10)
    done = ordered(office, "alex.dunmore@btp.example.org", f"AUTHORISE {REF}", datetime(2031, 2, 7, 14, tzinfo=UTC))
    assert done.done, done.lines


def test_a_wish_is_read_and_answered_with_the_form(office: Office):
    wished(office)

    assert stage(office, REF) == "form_out"
    assert fact(office, REF, "activity date") == "2031-02-20 11:00-16:00"
    assert fact(office, REF, "place") == "Kingsmead"
    assert readers(office, "observation/form") == ["M06"]


def test_what_is_said_of_health_reaches_health_and_safety_and_nobody_else(office: Office):
    hosted(office)

    assert readers(office, "observation/health-note") == ["hs"]
    assert "asthma" in words(office, "observation/health-note")
    assert "asthma" not in words(office, "observation/can-you-host")
    assert "health words" not in case_facts.known(office.store.db, case_of(office, REF).id)
    for template in ("observation/form", "observation/can-you-host", "observation/please-assess"):
        assert "asthma" not in words(office, template)


def test_whose_clearance_ends_before_the_day_is_told_so_and_nobody_else_is(office: Office):
    wished(office, "cleo.marsh")

    assert stage(office, REF) == "declined"
    assert readers(office, "observation/declined") == ["M03"]
    assert "Wednesday 19 February 2031" in words(office, "observation/declined")
    assert [who for who, _ in mails(office)] == ["M03"]


def test_whoever_has_an_interest_in_the_place_is_declined(office: Office):
    wished(office, "dev.rao")

    assert stage(office, REF) == "declined"
    assert "You have declared an interest in Kingsmead." in words(office, "observation/declined")


def test_one_observation_a_year_and_one_that_was_declined_does_not_count(office: Office):
    confirmed(office)
    wished(office)

    assert stage(office, "OBS-2031-002") == "declined"
    with office.store.immediate() as db:
        cases.move(
            db, case_of(office, REF), "cancelled", AT, final=True, event="moved", why="a test", message=None
        )  # fmt: skip
    wished(office)
    assert stage(office, "OBS-2031-003") == "form_out"


def test_i_have_read_and_agree_is_agreement_and_the_host_is_asked(office: Office):
    wished(office)
    writes(office, "finn.noor@mail.example.org", AGREED, 6, 19)

    assert stage(office, REF) == "agreed"
    assert readers(office, "observation/can-you-host") == ["ellen"]
    assert "Thursday 20 February 2031, 11:00 to 16:00" in words(office, "observation/can-you-host")


def test_a_form_without_agreement_is_sent_once_more(office: Office):
    wished(office)
    writes(office, "finn.noor@mail.example.org", "Read and agree: no, not yet", 6, 19)

    assert stage(office, REF) == "form_out"
    assert readers(office, "observation/form-again") == ["M06"]


def test_the_host_says_yes_and_only_the_host(office: Office):
    wished(office)
    writes(office, "finn.noor@mail.example.org", AGREED, 6, 19)
    writes(office, "sol.costa@btp.example.org", HOST, 7, 7)
    assert stage(office, REF) == "agreed"

    writes(office, "elin.frayne@btp.example.org", "Sorry, I cannot that day.", 7, 8)
    assert stage(office, REF) == "agreed"
    assert any("nothing there says what follows" in one.text for one in tasks.still_open(office.store.db))

    writes(office, "elin.frayne@btp.example.org", HOST, 7, 9)
    assert stage(office, REF) == "host_offered"
    assert readers(office, "observation/please-assess") == ["hs"]


def test_level_and_conditions_are_read_for_whoever_authorises(office: Office):
    hosted(office)
    writes(office, "hs@btp.example.org", RISK, 7, 10)

    assert stage(office, REF) == "ra_done"
    assert fact(office, REF, "level") == "medium"
    assert fact(office, REF, "conditions").count("\n") == 2
    assert readers(office, "observation/please-authorise") == ["alex"]
    assert "medium" in words(office, "observation/please-authorise")


def test_nobody_authorises_what_they_host(office: Office):
    with office.store.immediate() as db:
        db.execute("INSERT INTO roles VALUES ('ellen', 'authoriser')")
    hosted(office)
    writes(office, "hs@btp.example.org", RISK, 7, 10)
    at = datetime(2031, 2, 7, 14, tzinfo=UTC)

    own = ordered(office, "elin.frayne@btp.example.org", f"AUTHORISE {REF}", at)
    assert not own.done
    assert stage(office, REF) == "ra_done"
    assert ordered(office, "alex.dunmore@btp.example.org", f"AUTHORISE {REF}", at).done
    assert stage(office, REF) == "confirmed"
    assert readers(office, "observation/authorised") == ["M06", "ellen"]


def test_the_joining_note_the_second_look_and_the_day_come_by_themselves(office: Office):
    confirmed(office)

    assert [at for kind, at in running(office, REF) if kind == "when"] == [
        "2031-02-13 09:00", "2031-02-19 09:00", "2031-02-20 16:00",
    ]  # fmt: skip
    tick(office, datetime(2031, 2, 13, 9, tzinfo=UTC))
    assert readers(office, "observation/joining") == ["M06"]
    tick(office, datetime(2031, 2, 19, 9, tzinfo=UTC))
    assert stage(office, REF) == "confirmed"
    tick(office, datetime(2031, 2, 20, 16, tzinfo=UTC))
    assert stage(office, REF) == "took_place"
    tick(office, datetime(2031, 2, 22, 16, tzinfo=UTC))
    assert readers(office, "observation/how-was-it") == ["M06", "ellen"]


def test_whoever_is_not_fit_the_day_before_does_not_go_and_the_host_is_not_told_why(office: Office):
    confirmed(office)
    with office.store.immediate() as db:
        db.execute("UPDATE members SET vetting_to = '2031-02-18' WHERE person_id = 'M06'")

    tick(office, datetime(2031, 2, 19, 9, tzinfo=UTC))

    assert stage(office, REF) == "cancelled"
    assert readers(office, "observation/not-available") == ["M06", "ellen"]
    assert "learance" not in words(office, "observation/not-available", "ellen")
    assert running(office, REF) == []


def test_a_good_day_is_thanked_for_and_a_remark_opens_a_concern(office: Office):
    confirmed(office)
    tick(office, datetime(2031, 2, 20, 16, tzinfo=UTC))
    at = datetime(2031, 2, 21, 15, tzinfo=UTC)
    text = "A good day. One officer called them that lot."
    this = bring(office, "finn.noor@mail.example.org", "obs.process", "Re: form", text, at, ("complaint_hint",))
    answered(office, REF, this)

    assert stage(office, REF) == "feedback_in"
    assert readers(office, "observation/thanks") == ["M06"]
    concern = case_of(office, "CONC-2031-001")
    assert (concern.requester, concern.place) == ("M06", "Kingsmead")
    tick(office, datetime(2031, 2, 23, 16, tzinfo=UTC))
    assert mails(office, "observation/how-was-it") == [], "what they were to be asked they have told"


def test_after_the_day_a_machine_that_was_off_catches_up_once_and_in_order(office: Office):
    confirmed(office)

    tick(office, datetime(2031, 2, 24, 8, tzinfo=UTC))

    assert stage(office, REF) == "took_place"
    assert sends(office, datetime(2031, 2, 24, 8, tzinfo=UTC))[-1:] != [("M06", "observation/joining")]
    assert mails(office, "observation/joining") == [("M06", "expired")], "what is over is joined by nobody"
