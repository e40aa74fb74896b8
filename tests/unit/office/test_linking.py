"""Linking, cutting and merging by a person's word: what follows, as of which time, and how it is taken back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.office import histories, linking
from mailroom.office.linking import NotLinked
from mailroom.office.office import Office
from mailroom.office.undo import undo
from mailroom.store import acts, cases, items, links, merges, outbox, records, tasks
from mailroom.store.cases import Case
from tests.office import mail, small_office
from tests.unit.office.casework import at_work, bring, opened, ordered
from tests.unit.office.taking import arrive, told

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
ADA, DREW, SAM = "ada.winter@mail.example.org", "drew.castell@btp.example.org", "sam.okoro@btp.example.org"
ASK = "We had a serious assault tonight at {}. Could I have IAG advice on wording by noon tomorrow?"
VIEW = "Morning, I have been thinking about last night. My view is put the patrols on the stairs and the footbridge."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office with two incidents, from two officers."""
    with small_office(tmp_path) as made:
        for sender, place in ((DREW, "Harrow Cross"), (SAM, "Eastgate")):
            arrive(
                made,
                mail(sender, "IAG advice please", ASK.format(place), message_id=f"<{place[0]}@x.example.org>"),
                NOW,
            )
        yield made


def case(office: Office, n: int) -> Case:
    found = cases.by_ref(office.store.db, f"INC-2027-00{n}")
    assert found is not None
    return found


def linked(office: Office, row: int) -> dict[str, str]:
    return {link.ref: link.state for link in links.of_message(office.store.db, row)}


def view(office: Office) -> int:
    """A member's view that may belong to either."""
    row = arrive(office, mail(ADA, "last night", VIEW, message_id="<view@mail.example.org>"), NOW)
    assert linked(office, row) == {"INC-2027-001": "proposed", "INC-2027-002": "proposed"}
    return row


def everything(office: Office) -> dict[str, list[tuple[object, ...]]]:
    """Return every table that linking may change, without what is told for ever."""
    tables = [name for name in acts.WATCHED if name not in {"acts", "case_events", "outbox"}]
    found = {name: list(office.store.db.execute(f"SELECT * FROM {name} ORDER BY 1")) for name in tables}
    found["outbox"] = told(office, "SELECT id, case_id, thread_id FROM outbox WHERE state <> 'cancelled' ORDER BY id")
    return found


def take_back(office: Office, done: linking.Done) -> None:
    assert done.act is not None
    with office.store.immediate() as db:
        undo(office, db, LATER, "robin", act=done.act)


def test_a_message_is_linked_on_a_persons_word_and_the_question_is_closed(office: Office):
    row = view(office)
    before = everything(office)
    with office.store.immediate() as db:
        done = linking.choose(office, db, row, 2, "robin", "it names the stairs", LATER)

    assert linked(office, row) == {"INC-2027-002": "confirmed"}
    assert done.lines[:2] == (f"#{row} belongs to INC-2027-002.", "It does not belong to INC-2027-001.")
    assert done.undo == f"UNDO #{row}"
    assert (
        told(office, f"SELECT 1 FROM tasks WHERE done_at IS NULL AND message_id = {row} AND key LIKE 'which:%'") == []
    )
    assert told(office, "SELECT state FROM outbox WHERE template = 'notice/which-case'") == [("cancelled",)]
    assert told(office, f"SELECT words FROM journal WHERE event = 'linked' AND message_id = {row}") == [
        (f"Robin Hale linked #{row} to INC-2027-002: it names the stairs.",)
    ]
    take_back(office, done)
    after = everything(office)
    mails = {"outbox"}
    assert {name: after[name] for name in after if name not in mails} == {
        name: before[name] for name in before if name not in mails
    }


def test_none_refuses_all_that_was_asked_and_it_is_not_proposed_again(office: Office):
    row = view(office)
    with office.store.immediate() as db:
        done = linking.choose(office, db, row, linking.NONE, "robin", "", LATER)
        links.to_case(db, row, case(office, 1).id, LATER, confirmed=True, how="a guess", by="mailroom")

    assert done.lines == (f"#{row} does not belong to INC-2027-001 or INC-2027-002.",)
    assert linked(office, row) == {}


def test_a_choice_there_is_not_and_a_question_nobody_asks_are_refused(office: Office):
    row = view(office)
    with office.store.immediate() as db:
        with pytest.raises(NotLinked, match=r"no choice 3 .* answer 1 to 2, or NONE"):
            linking.choose(office, db, row, 3, "robin", "", LATER)
        with pytest.raises(NotLinked, match="Nothing is asked about #1 now"):
            linking.choose(office, db, 1, 1, "robin", "", LATER)
        with pytest.raises(NotLinked, match="There is no message #99"):
            linking.link(office, db, 99, case(office, 1), "robin", "", LATER)


def test_linked_twice_is_linked_once(office: Office):
    row = view(office)
    with office.store.immediate() as db:
        linking.link(office, db, row, case(office, 1), "robin", "", LATER)
        again = linking.link(office, db, row, case(office, 1), "robin", "", LATER)

    assert (again.act, again.lines) == (None, (f"#{row} belongs to INC-2027-001 already.",))


def test_what_a_message_filled_in_counts_with_its_case_as_of_when_it_came(office: Office):
    row = view(office)
    with office.store.immediate() as db:
        records.add(db, row, "observation", NOW, said={"place": "the stairs"})
        linking.link(office, db, row, case(office, 1), "robin", "", LATER)

    [record] = records.of_case(office.store.db, case(office, 1).id)
    assert record.at == "2027-01-12T10:40:00Z"


def test_a_call_answers_a_view_that_is_linked_later_as_of_when_it_came(tmp_path: Path):
    """Row K06 of the story: advice at 07:10, linked at 08:40, is advice of 07:10; thanks and the relay follow."""
    came = datetime(2031, 1, 15, 7, 10, tzinfo=UTC)
    with at_work(tmp_path) as office:
        ref = "INC-2031-001"
        opened(office, "incident", bring(office, "sol.costa@btp.example.org", "inc.request", "IAG advice please",
                                         ASK.format("Kingsmead")))  # fmt: skip
        brief = "Marking: OFFICIAL\nQuestion 1: how should a notice describe it?\nReply by: Wed 15 Jan 12:00"
        assert ordered(office, "casey.moran@btp.example.org", f"RELEASE {ref}", came - timedelta(hours=9), brief).done
        row = arrive(office, mail("ben.ortiz@post.example.org", "last night", VIEW), came)
        with office.store.immediate() as db:
            db.execute("UPDATE messages SET class = 'inc.advice' WHERE id = ?", (row,))
            found = cases.by_ref(db, ref)
            assert found is not None
            done = linking.link(office, db, row, found, "robin", "", came + timedelta(minutes=90))

        [item] = items.of_case(office.store.db, found.id, "advice")
        assert (item.message, item.at, item.apart, item.late) == (row, "2031-01-15T07:10:00Z", False, False)
        assert "incident/thanks is written to Ben Ortiz (M02)." in done.lines
        assert any(line.startswith("incident/relay is written to Sol Costa") for line in done.lines)
        with office.store.immediate() as db:
            gone = linking.unlink(office, db, row, found, "robin", "a slip", came + timedelta(minutes=95))
        assert items.of_case(office.store.db, found.id, "advice") == []
        assert "incident/relay to Sol Costa (samir) had not gone yet and is withdrawn." in gone.lines


def test_what_a_case_was_opened_by_stays_in_it(office: Office):
    with office.store.immediate() as db:
        with pytest.raises(NotLinked, match="INC-2027-001 was opened by #1"):
            linking.unlink(office, db, 1, case(office, 1), "robin", "", LATER)
        with pytest.raises(NotLinked, match="#1 does not belong to INC-2027-002, and nobody has proposed it"):
            linking.unlink(office, db, 1, case(office, 2), "robin", "", LATER)


def test_a_message_that_is_cut_out_is_an_exchange_of_its_own_and_its_answers_follow_it(office: Office):
    first = arrive(office, mail(ADA, "Chair", "The chair is broken.", message_id="<one@mail.example.org>"), NOW)
    row = arrive(office, mail(ADA, "Re: Chair", "Something else: the lift.", message_id="<two@mail.example.org>",
                              headers={"In-Reply-To": "<one@mail.example.org>"}), NOW)  # fmt: skip
    before = everything(office)
    with office.store.immediate() as db:
        links.to_case(db, first, case(office, 1).id, NOW, confirmed=True, how="by hand", by="robin")
        links.to_case(
            db, row, case(office, 1).id, NOW, confirmed=True, how="its thread belongs to the case", by="mailroom"
        )
        done = linking.split(office, db, [row], "robin", "", LATER)
        with pytest.raises(NotLinked, match="all there is in this exchange"):
            linking.split(office, db, [row], "robin", "", LATER)
        with pytest.raises(NotLinked, match="not of one exchange"):
            linking.split(office, db, [first, row], "robin", "", LATER)

    assert linked(office, row) == {}
    assert linked(office, first) == {"INC-2027-001": "confirmed"}
    assert f"#{row} is an exchange of its own now." in done.lines
    assert any(f"LINK #{row} INC-2027-001" in line for line in done.lines)
    more = mail(ADA, "Re: Chair", "More on the lift.", headers={"In-Reply-To": "<two@mail.example.org>"})
    answer = arrive(office, more, LATER)
    assert told(office, f"SELECT thread_id FROM messages WHERE id = {answer}") == [(done.thread,)]
    assert before["messages"] != everything(office)["messages"]


def test_cutting_a_thread_is_taken_back(office: Office):
    arrive(office, mail(ADA, "Chair", "The chair is broken.", message_id="<one@mail.example.org>"), NOW)
    row = arrive(office, mail(ADA, "Re: Chair", "The lift.", headers={"In-Reply-To": "<one@mail.example.org>"}), NOW)
    before = everything(office)
    with office.store.immediate() as db:
        done = linking.split(office, db, [row], "robin", "", LATER)
    assert everything(office) != before

    take_back(office, done)
    assert everything(office) == before


def merged(office: Office) -> linking.Done:
    with office.store.immediate() as db:
        return linking.merge(office, db, case(office, 2), case(office, 1), "robin", "the same night", LATER)


def test_a_merged_case_takes_everything_along_and_its_reference_leads_on_for_ever(office: Office):
    row = view(office)
    into, case_ = case(office, 1), case(office, 2)
    with office.store.immediate() as db:
        links.confirm(db, row, case_.id, NOW, how="by hand", by="robin")
        items.record(db, into.id, "advice", 1, NOW)
        items.record(db, case_.id, "advice", row, NOW)
        tasks.add(db, "todo:x", "coordinator", "Ring Sam.", NOW, case=case_.id)
    waiting = len(outbox.unsent(db, case_.id))
    before = everything(office)

    done = merged(office)

    assert "INC-2027-002 is merged into INC-2027-001, with 2 messages, 1 item" in done.lines[0]
    assert waiting > 0
    assert f"{waiting} mails that had not gone" in done.lines[0]
    found = cases.by_ref(db, "INC-2027-002")
    assert found is not None
    assert found.ref == "INC-2027-001"
    assert (cases.by_id(db, case_.id).stage, cases.by_id(db, case_.id).final) == ("merged", True)
    assert linked(office, row) == {"INC-2027-001": "confirmed"}
    assert [(one.n, one.message) for one in items.of_case(db, into.id)] == [(1, 1), (2, row)]
    assert told(office, "SELECT case_id FROM tasks WHERE key = 'todo:x'") == [(into.id,)]
    assert outbox.unsent(db, case_.id) == []
    assert [one.event for one in cases.events(db, into.id)][-1] == "merged"
    assert [one["event"] for one in histories.of_case(db, found)["events"]].count("opened") == 2
    take_back(office, done)
    assert everything(office) == before
    again = cases.by_ref(db, "INC-2027-002")
    assert again is not None
    assert again.id == case_.id


def test_who_answers_a_mail_of_a_merged_case_or_names_it_is_in_the_other(office: Office):
    [[message_id]] = told(office, f"SELECT message_id FROM outbox WHERE recipient = '{SAM}'")
    merged(office)
    answer = arrive(office, mail(SAM, "Re: x", "Thank you, noted.", headers={"In-Reply-To": message_id}), LATER)
    naming = arrive(office, mail(SAM, "About INC-2027-002", "Thank you, noted."), LATER)

    assert linked(office, answer) == linked(office, naming) == {"INC-2027-001": "confirmed"}


def test_a_case_that_went_into_one_that_went_into_another_leads_to_the_last(office: Office):
    arrive(
        office, mail(DREW, "IAG advice please, another", ASK.format("Northgate"), message_id="<n@x.example.org>"), NOW
    )
    with office.store.immediate() as db:
        linking.merge(office, db, case(office, 1), case(office, 2), "robin", "", LATER)
        third = cases.by_ref(db, "INC-2027-003")
        assert third is not None
        linking.merge(office, db, case(office, 2), third, "robin", "", LATER)

    assert case(office, 1).ref == case(office, 2).ref == "INC-2027-003"


def test_what_may_not_be_merged_is_refused_in_words(office: Office):
    with office.store.immediate() as db:
        other = cases.add(db, "CONC-2027-001", "concern", "received", NOW)
        old = cases.add(db, "INC-2026-001", "incident", "closed", NOW, final=True)
        for one, into, sentence in (
            (case(office, 1), case(office, 1), "can't be merged into itself"),
            (case(office, 1), other, "of another kind"),
            (old, case(office, 1), "INC-2026-001 is closed"),
            (case(office, 1), old, "INC-2026-001 is closed"),
        ):
            with pytest.raises(NotLinked, match=sentence):
                linking.merge(office, db, one, into, "robin", "", LATER)


def test_a_merge_knows_every_table_that_names_a_case(office: Office):
    """A table that a later version adds has to be thought of in store/merges.py."""
    naming = {
        table
        for (table,) in told(
            office,
            "SELECT DISTINCT m.name FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f"
            " WHERE m.type = 'table' AND f.\"table\" = 'cases' AND f.\"from\" IN ('case_id', 'from_id')",
        )
    }
    handled = {
        *merges.GO_ALONG,
        *merges.ENDS,
        *merges.STAYS,
        *merges.SENDINGS,
        "links",
        "tasks",
        "items",
        "frozen",
        "kinship",
        "acts",
    }

    assert naming - handled == set()
    assert {*merges.GO_ALONG, *merges.ENDS, "links", "tasks", "items", "frozen", "kinship", "cases"} <= set(
        acts.WATCHED
    )
