"""An incident call from the first mail to what was done with the advice, as the example process says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.office.cases import drafts, tick
from mailroom.office.cases.happening import approved
from mailroom.office.office import Office
from mailroom.store import case_drafts, case_facts, digest_lines, guards, items, kinship, tasks
from tests.unit.office.casework import (
    NOW,
    answered,
    at_work,
    bring,
    case_of,
    everything,
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

REF = "INC-2031-001"
SUBJECT = "IAG advice please"
ASK = (
    "We have a serious assault at Kingsmead tonight, media are asking.\n"
    "Victim is Mr Jonah Dell (details attached, not for onward release).\n"
    "I want to treat this as critical. Could I have views on wording by 1200 tomorrow?\n\nSol Costa"
)
BRIEF = "Marking: OFFICIAL\nQuestion 1: how should a notice describe it?\nReply by: Wed 15 Jan 12:00"
RELEASED = datetime(2031, 1, 14, 22, 12, tzinfo=UTC)
NOON = datetime(2031, 1, 15, 12, tzinfo=UTC)
VIEW = "1. Say serious assault.\n2. Patrols at 6.45.\n\nPlease don't quote me by name.\nFinn"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with at_work(tmp_path) as made:
        yield made


@pytest.fixture
def called(office: Office) -> Office:
    """An office whose call is out."""
    opened(office, "incident", bring(office, "sol.costa@btp.example.org", "inc.request", SUBJECT, ASK))
    done = ordered(office, "casey.moran@btp.example.org", f"RELEASE {REF}", RELEASED, BRIEF)
    assert done.done, done.lines
    return office


def test_a_request_is_acknowledged_alerts_those_on_duty_and_waits_for_a_brief(office: Office):
    opened(office, "incident", bring(office, "sol.costa@btp.example.org", "inc.request", SUBJECT, ASK))

    assert stage(office, REF) == "triaged"
    assert readers(office, "incident/received") == ["samir"]
    assert readers(office, "incident/alert") == ["alex", "casey", "robin"]
    assert fact(office, REF, "advice wanted by") == "2031-01-15T12:00:00Z"
    assert (fact(office, REF, "place"), fact(office, REF, "critical")) == ("Kingsmead", "yes")
    assert "Dell" not in words(office, "incident/alert")
    assert not [who for who, _ in mails(office) if who.startswith("M")]


def test_two_hours_later_the_cover_and_the_chief_inspector_are_told(office: Office):
    opened(office, "incident", bring(office, "sol.costa@btp.example.org", "inc.request", SUBJECT, ASK))

    assert tick(office, NOW + timedelta(minutes=119)) == 0
    assert tick(office, NOW + timedelta(minutes=120)) == 1
    assert tick(office, NOW + timedelta(minutes=121)) == 0
    assert {one.role for one in tasks.still_open(office.store.db)} >= {"cover", "chief_inspector"}


def test_a_brief_that_names_somebody_is_refused_by_line_and_nobody_is_called(office: Office):
    opened(office, "incident", bring(office, "sol.costa@btp.example.org", "inc.request", SUBJECT, ASK))
    named = BRIEF.replace("Question 1", "Mr J D is in hospital.\nQuestion 1")

    done = ordered(office, "casey.moran@btp.example.org", f"RELEASE {REF}", RELEASED, named)

    assert not done.done
    assert "Line 2 names a person." in " ".join(done.lines)
    assert stage(office, REF) == "brief_draft"
    assert readers(office, "incident/brief-refused") == ["casey"]
    assert "J D" not in words(office, "incident/brief-refused")
    assert mails(office, "incident/call") == []
    assert ordered(office, "casey.moran@btp.example.org", f"RELEASE {REF}", RELEASED, BRIEF).done


def test_only_those_who_may_be_asked_are_called(called: Office):
    assert stage(called, REF) == "open"
    assert fact(called, REF, "window ends") == "2031-01-15T12:00:00Z"
    assert readers(called, "incident/call") == ["M01", "M02", "M03", "M06"]
    assert "how should a notice describe it?" in words(called, "incident/call")
    assert "Dell" not in words(called, "incident/call")
    sent = [who for who, template in sends(called, RELEASED) if template == "incident/call"]
    assert sent == ["M01", "M02", "M03", "M06"]


def test_advice_is_counted_thanked_and_passed_on_without_a_name(called: Office):
    at = RELEASED + timedelta(minutes=19)
    answered(called, REF, bring(called, "finn.noor@mail.example.org", "inc.advice", "Re: call", VIEW, at))

    [item] = items.of_case(called.store.db, case_of(called, REF).id)
    assert (item.n, item.person, item.counted, item.unattributed) == (1, "M06", True, True)
    assert readers(called, "incident/thanks") == ["M06"]
    assert readers(called, "incident/relay") == ["samir"]
    relay = words(called, "incident/relay")
    assert "Patrols at 6.45" in relay
    assert "Finn" not in relay
    assert "Noor" not in relay


def test_advice_that_is_linked_later_bears_the_time_at_which_it_came(called: Office):
    came = RELEASED + timedelta(hours=9)
    this = bring(called, "ada.winter@mail.example.org", "inc.advice", "last night", "Use the stairs.", came)

    answered(called, REF, this, came + timedelta(hours=2))

    [item] = items.of_case(called.store.db, case_of(called, REF).id)
    assert item.at == "2031-01-15T07:12:00Z"


def test_somebody_is_thanked_once_and_relayed_each_time(called: Office):
    for minute in (10, 50):
        at = RELEASED + timedelta(minutes=minute)
        answered(called, REF, bring(called, "finn.noor@mail.example.org", "inc.advice", "Re: call", VIEW, at))

    assert len(mails(called, "incident/thanks")) == 1
    assert len(mails(called, "incident/relay")) == 2


def test_a_view_of_somebody_with_an_interest_is_kept_apart(called: Office):
    at = RELEASED + timedelta(hours=1)
    answered(called, REF, bring(called, "dev.rao@mail.example.org", "inc.advice", "Kingsmead", "I have a view.", at))

    [item] = items.of_case(called.store.db, case_of(called, REF).id)
    assert (item.apart, item.counted) == (True, False)
    assert readers(called, "incident/kept-apart") == ["M04"]
    assert mails(called, "incident/relay") == []
    assert any(REF in one.text for one in tasks.still_open(called.store.db, "coordinator"))


def test_those_who_are_silent_are_nudged_when_half_the_time_is_over_and_the_night_too(called: Office):
    at = RELEASED + timedelta(minutes=19)
    answered(called, REF, bring(called, "finn.noor@mail.example.org", "inc.advice", "Re: call", VIEW, at))
    assert ("when", "2031-01-15 07:00") in running(called, REF)

    tick(called, datetime(2031, 1, 15, 5, 6, tzinfo=UTC))
    assert mails(called, "incident/nudge") == []
    tick(called, datetime(2031, 1, 15, 7, 0, tzinfo=UTC))
    assert readers(called, "incident/nudge") == ["M01", "M02", "M03"]


def test_a_short_window_has_no_nudge(office: Office):
    opened(office, "incident", bring(office, "sol.costa@btp.example.org", "inc.request", SUBJECT, ASK))
    short = BRIEF.replace("Wed 15 Jan 12:00", "Wed 15 Jan 03:00")
    ordered(office, "casey.moran@btp.example.org", f"RELEASE {REF}", RELEASED, short)

    assert ("when", "2031-01-15 03:00") in running(office, REF)
    assert len([kind for kind, _ in running(office, REF) if kind == "when"]) == 1


def summed_up(office: Office) -> None:
    """Bring a call to where its summary waits."""
    for minute, sender in ((19, "finn.noor"), (60, "ada.winter"), (90, "finn.noor")):
        at = RELEASED + timedelta(minutes=minute)
        text = VIEW if sender == "finn.noor" else "Use the stairs.\n\nAda Winter"
        answered(office, REF, bring(office, f"{sender}@mail.example.org", "inc.advice", "Re: call", text, at))
    tick(office, NOON)


def approves(office: Office, name: str, at: datetime, *, refused: bool = False) -> None:
    """Give the coordinator's word on what is held under a name."""
    with office.store.immediate() as db:
        case = case_of(office, REF)
        [row, *_] = case_drafts.waiting(db, case.id, name)
        found = case_drafts.of_mail(db, row)
        assert found is not None
        (drafts.refuse if refused else drafts.release)(db, found, "Robin Hale", at)
        approved(office, db, case, name, refused=refused, by="Robin Hale (robin)", now=at, key=found.key)


def test_when_the_window_ends_a_summary_is_held_for_the_coordinator(called: Office):
    summed_up(called)

    assert stage(called, REF) == "closed_for_advice"
    assert mails(called, "incident/summary") == [("samir", "held")]
    assert "3 items from 2 people" in words(called, "incident/summary")
    assert "Finn" not in words(called, "incident/summary")
    assert readers(called, "notice/held") == ["robin"]
    assert "Code: " in words(called, "notice/held")


def test_an_approved_summary_goes_and_feedback_is_owed_in_ten_working_days(called: Office):
    summed_up(called)
    approves(called, "summary", NOON + timedelta(minutes=25))

    assert stage(called, REF) == "summarised"
    assert fact(called, REF, "feedback due") == "2031-01-29"
    assert case_of(called, REF).due == "2031-01-29"
    assert mails(called, "incident/summary") == [("samir", "ready")]


def test_the_officer_is_chased_on_the_day_and_a_week_later_and_then_the_digest_tells(called: Office):
    summed_up(called)
    approves(called, "summary", NOON + timedelta(minutes=25))

    chases = [at for kind, at in running(called, REF) if kind == "chase"]
    assert chases == ["2031-01-29 09:00", "2031-02-05 09:00", "2031-02-12 09:00"]
    tick(called, datetime(2031, 1, 29, 9, tzinfo=UTC))
    tick(called, datetime(2031, 2, 5, 9, tzinfo=UTC))
    assert len(mails(called, "incident/feedback-owed")) == 2
    before = len(mails(called))
    tick(called, datetime(2031, 2, 12, 9, tzinfo=UTC))
    assert len(mails(called)) == before
    assert [one.ref for one in digest_lines.of_role(called.store.db, "chief_inspector")] == [REF]


def test_after_a_long_silence_one_chaser_goes_and_not_two(called: Office):
    summed_up(called)
    approves(called, "summary", NOON + timedelta(minutes=25))

    tick(called, datetime(2031, 2, 6, 9, tzinfo=UTC))

    assert len(mails(called, "incident/feedback-owed")) == 1


def test_feedback_ends_the_chase_and_what_was_done_goes_to_those_who_may_have_it(called: Office):
    summed_up(called)
    approves(called, "summary", NOON + timedelta(minutes=25))
    at = datetime(2031, 2, 7, 16, 10, tzinfo=UTC)
    done = bring(called, "sol.costa@btp.example.org", "inc.request", "Re: summary", "Points used: the notice.", at)
    answered(called, REF, done)

    assert stage(called, REF) == "feedback_received"
    assert case_of(called, REF).due == ""
    assert readers(called, "incident/what-was-done", "held") == ["M01", "M02", "M03", "M06"]
    with called.store.immediate() as db:
        db.execute("UPDATE people SET state = 'restricted' WHERE id = 'M02'")
        db.execute("UPDATE people SET state = 'left' WHERE id = 'M03'")
    later = datetime(2031, 2, 10, 8, 50, tzinfo=UTC)
    approves(called, "what was done", later)
    assert stage(called, REF) == "closed"
    assert [who for who, one in sends(called, later) if one == "incident/what-was-done"] == ["M01", "M06"]
    assert mails(called, "incident/what-was-done", "cancelled") == [("M03", "cancelled")]
    with called.store.immediate() as db:
        db.execute("UPDATE people SET state = 'active' WHERE id = 'M02'")
        guards.look_again(db, later.date())
    assert [who for who, _ in sends(called, later + timedelta(days=1)) if who == "M02"] == ["M02"]


def test_what_is_refused_is_not_sent_and_the_case_waits(called: Office):
    summed_up(called)
    approves(called, "summary", NOON + timedelta(minutes=25), refused=True)

    assert stage(called, REF) == "closed_for_advice"
    assert mails(called, "incident/summary") == [("samir", "refused")]


def test_a_suggestion_of_gold_opens_a_linked_case_that_the_chief_inspector_answers(called: Office):
    at = RELEASED + timedelta(hours=3)
    text = "Please consider a Gold group."
    this = bring(called, "ada.winter@mail.example.org", "inc.advice", "Re: call", text, at, ("gold_suggestion",))
    answered(called, REF, this)

    gold = case_of(called, "GOLD-2031-001")
    assert [one.case for one in kinship.opened_from(called.store.db, case_of(called, REF).id)] == [gold.id]
    assert readers(called, "incident/gold-asked") == ["alex", "robin"]
    assert stage(called, REF) == "open"
    done = ordered(called, "alex.dunmore@btp.example.org", f"AGREED {REF}", at + timedelta(hours=2))
    assert done.done, done.lines
    assert stage(called, "GOLD-2031-001") == "agreed"
    assert readers(called, "incident/gold-agreed", "held") == ["M01", "M02", "M03", "M06"]


def test_gold_is_declined_with_a_reason_only(called: Office):
    at = RELEASED + timedelta(hours=3)
    this = bring(called, "ada.winter@mail.example.org", "inc.advice", "Re: call", "Gold?", at, ("gold_suggestion",))
    answered(called, REF, this)

    bare = ordered(called, "alex.dunmore@btp.example.org", "DECLINE GOLD-2031-001", at)
    assert not bare.done
    assert "a reason" in " ".join(bare.lines)
    with_one = ordered(called, "alex.dunmore@btp.example.org", "DECLINE GOLD-2031-001", at, "It is being led already.")
    assert with_one.done
    assert stage(called, "GOLD-2031-001") == "declined"


def test_the_coordinator_may_say_that_no_advice_is_needed_and_nobody_else(office: Office):
    opened(office, "incident", bring(office, "sol.costa@btp.example.org", "inc.request", SUBJECT, ASK))

    assert not ordered(office, "casey.moran@btp.example.org", f"NOT NEEDED {REF}", NOW).done
    assert ordered(office, "robin.hale@btp.example.org", f"NOT NEEDED {REF}", NOW).done
    assert (stage(office, REF), running(office, REF)) == ("no_iag_needed", [])


def test_every_event_that_comes_again_changes_nothing(called: Office):
    at = RELEASED + timedelta(minutes=19)
    this = bring(called, "finn.noor@mail.example.org", "inc.advice", "Re: call", VIEW, at, ("gold_suggestion",))
    answered(called, REF, this)
    tick(called, datetime(2031, 1, 15, 7, tzinfo=UTC))
    before = everything(called)

    answered(called, REF, this)
    tick(called, datetime(2031, 1, 15, 7, tzinfo=UTC))

    assert everything(called) == before


def test_facts_that_the_message_does_not_say_are_asked_of_the_owner(office: Office):
    text = "Could I have some advice please?"
    opened(office, "incident", bring(office, "sol.costa@btp.example.org", "inc.request", SUBJECT, text))

    asked = [one.text for one in tasks.still_open(office.store.db, "coordinator") if REF in one.text]
    assert any("advice wanted by, place" in one for one in asked)
    assert case_facts.known(office.store.db, case_of(office, REF).id) == {}
