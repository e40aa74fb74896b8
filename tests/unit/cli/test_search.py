"""`mailroom search`: words find messages, cases and people, and no more than they may."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailroom.cli import run
from mailroom.office.office import Office
from mailroom.office.undo import undo
from mailroom.store import cases, keeping, messages
from mailroom.store import search as store
from mailroom.store.messages import Arrived, Packed
from tests.office import mail, small_office
from tests.unit.office.taking import arrive, with_rules

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)
WORRY = "People here are frightened to use Harrow Cross after dark. The café on the footbridge is shut by then."
ADA, BEN, DREW = "ada.winter@mail.example.org", "ben.ortiz@post.example.org", "drew.castell@btp.example.org"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with small_office(tmp_path) as made:
        yield made


def ask(office: Office, *args: str) -> int:
    return run(["search", "--config", str(office.config.path), "--now", NOW.isoformat(), *args])


def found(office: Office, capsys: pytest.CaptureFixture[str], *args: str) -> dict[str, Any]:
    capsys.readouterr()
    ask(office, "--json", *args)
    read: dict[str, Any] = json.loads(capsys.readouterr().out)
    return read


def worried(office: Office, at: datetime = NOW, sender: str = ADA, text: str = WORRY, subject: str = "Worried") -> int:
    return arrive(office, mail(sender, subject, text), at)


def numbers(found: dict[str, Any]) -> list[str]:
    return [one["message"] for one in found["messages"]]


def test_a_message_is_found_by_its_words_whatever_their_capitals_and_accents(office: Office, capsys: pytest.CaptureFixture[str]):  # fmt: skip  # noqa: E501
    row = worried(office)

    assert ask(office, "CAFE", "Footbridge") == 0

    out, err = capsys.readouterr()
    assert f"#{row}  Tue 12 Jan 2027, 10:40  concern  Ada Winter (M01)  CONC-2027-001" in out
    assert "The café on the footbridge is shut" in out
    assert "\x1b[" not in out
    assert err == ""


def test_hits_are_marked_in_what_a_program_reads(office: Office, capsys: pytest.CaptureFixture[str]):
    worried(office)

    [one] = found(office, capsys, "cafe")["messages"]
    assert "The **café** on the footbridge" in str(one["snippet"])


def test_nothing_found_is_a_sentence_and_exit_code_1(office: Office, capsys: pytest.CaptureFixture[str]):
    worried(office)

    assert ask(office, "giraffe") == 1
    assert capsys.readouterr().err == "Nothing was found for “giraffe” among messages and cases and people.\n"
    assert ask(office, "…") == 1
    assert "at least one letter or digit" in capsys.readouterr().err


def test_signs_and_operators_are_only_words(office: Office, capsys: pytest.CaptureFixture[str]):
    row = worried(office, text=WORRY + " It is near the lift, or not.")

    assert numbers(found(office, capsys, "frightened", "OR", "giraffe")) == []
    assert numbers(found(office, capsys, "near", "OR", "not")) == [f"#{row}"]
    assert numbers(found(office, capsys, 'frightened"*', "(", "subject:")) == []
    assert numbers(found(office, capsys, '"frightened"', "-", "*")) == [f"#{row}"]
    assert numbers(found(office, capsys, "fright*")) == []
    assert numbers(found(office, capsys, "--prefix", "dark", "fright")) == [f"#{row}"]


def test_what_is_set_apart_taken_back_or_hidden_is_counted_and_not_found(office: Office, capsys: pytest.CaptureFixture[str]):  # fmt: skip  # noqa: E501
    plain, apart, forged, back = (worried(office, NOW + timedelta(minutes=n)) for n in range(4))
    with_rules(office, "Then class: concern", "Then do not index")
    hidden = worried(office, subject="About a parcel")
    with office.store.immediate() as db:
        keeping.restrict(db, apart, "personal")
        keeping.set_state(db, forged, "quarantined")
        undo(office, db, NOW, "robin", message=back)

    assert numbers(found(office, capsys, "frightened")) == [f"#{plain}"]
    assert found(office, capsys, "frightened")["left_out"] == {
        "hidden": 1, "quarantined": 1, "restricted": 1, "undone": 1,
    }  # fmt: skip
    assert hidden
    ask(office, "frightened")
    said = capsys.readouterr().err
    assert "4 messages are never searched: 1 kept out of the search by what they hold, 1 in quarantine" in said


def test_what_is_left_out_is_the_same_whatever_is_asked(office: Office, capsys: pytest.CaptureFixture[str]):
    with_rules(office, "Then class: concern", "Then do not index")
    worried(office, subject="About a parcel")

    assert found(office, capsys, "frightened")["left_out"] == found(office, capsys, "giraffe")["left_out"]


def test_filters_narrow_the_messages(office: Office, capsys: pytest.CaptureFixture[str]):
    ada = worried(office)
    ben = worried(office, NOW + timedelta(days=2), BEN)

    assert numbers(found(office, capsys, "--from", "winter", "frightened")) == [f"#{ada}"]
    assert numbers(found(office, capsys, "--from", "m02", "frightened")) == [f"#{ben}"]
    assert numbers(found(office, capsys, "--from", BEN.upper(), "frightened")) == [f"#{ben}"]
    assert numbers(found(office, capsys, "--from", "%", "frightened")) == []
    assert numbers(found(office, capsys, "--case", "conc-2027-002", "frightened")) == [f"#{ben}"]
    assert numbers(found(office, capsys, "--person", "M01", "frightened")) == [f"#{ada}"]
    assert numbers(found(office, capsys, "--class", "media", "frightened")) == []
    assert numbers(found(office, capsys, "--since", "14/01/2027", "frightened")) == [f"#{ben}"]
    assert numbers(found(office, capsys, "--until", "2027-01-12", "frightened")) == [f"#{ada}"]
    assert len(numbers(found(office, capsys, "--limit", "1", "frightened"))) == 1


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--case", "INC-2027-099"), "there is no case INC-2027-099 in this office"),
        (("--person", "M99"), "there is nobody M99 in this office"),
        (("--class", "concren"), "Did you mean concern?"),
        (("--since", "yesterday"), "should be a day such as 2027-01-31 or 31/01/2027"),
        (("--since", "2027-02-01", "--until", "2027-01-01"), "nothing could be found"),
        (("--kind", "people", "--person", "M01"), "are for messages"),
        (("--kind", "mails"), "is not one of"),
    ],
)
def test_a_filter_for_what_there_is_not_is_said(
    office: Office, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], sentence: str
):
    assert ask(office, *args, "frightened") == 2
    assert sentence in " ".join(capsys.readouterr().err.split())


def test_cases_and_people_are_found_and_no_address_is_shown(office: Office, capsys: pytest.CaptureFixture[str]):
    worried(office, text=WORRY + f" Write to me at {ADA} about Ada.")
    with office.store.immediate() as db:
        cases.add(
            db, "ACT-2027-001", "action", "open", NOW, place="Zürich Road", text="Mend the lift at the footbridge"
        )

    assert [one["ref"] for one in found(office, capsys, "zurich")["cases"]] == ["ACT-2027-001"]
    assert [one["ref"] for one in found(office, capsys, "act-2027-001")["cases"]] == ["ACT-2027-001"]
    [lift] = found(office, capsys, "--kind", "cases", "lift")["cases"]
    assert lift["snippet"] == "Mend the **lift** at the footbridge"
    assert [one["id"] for one in found(office, capsys, "winter")["people"]] == ["M01"]
    everything = found(office, capsys, "ada")
    assert len(everything["messages"]) == len(everything["people"]) == 1
    assert "@" not in json.dumps(everything)
    ask(office, "ada")
    assert "@" not in capsys.readouterr().out


def test_a_case_that_was_opened_by_mistake_is_not_found_and_one_that_changed_is_found_as_it_is(
    office: Office, capsys: pytest.CaptureFixture[str]
):
    row = worried(office)
    assert [one["ref"] for one in found(office, capsys, "concern")["cases"]] == ["CONC-2027-001"]
    with office.store.immediate() as db:
        undo(office, db, NOW, "robin", message=row)
        other = cases.add(db, "ACT-2027-001", "action", "open", NOW, text="Mend the lift")
        db.execute("UPDATE cases SET text = 'Mend the stairs' WHERE id = ?", (other.id,))

    assert found(office, capsys, "--kind", "cases", "conc-2027-001")["cases"] == []
    assert found(office, capsys, "--kind", "cases", "lift")["cases"] == []
    assert [one["ref"] for one in found(office, capsys, "--kind", "cases", "stairs")["cases"]] == ["ACT-2027-001"]


def test_of_like_messages_the_newer_comes_first(office: Office, capsys: pytest.CaptureFixture[str]):
    old = worried(office, NOW - timedelta(days=300))
    new = worried(office)
    older = worried(office, NOW - timedelta(days=600))

    assert numbers(found(office, capsys, "frightened")) == [f"#{row}" for row in (new, old, older)]


def test_what_steers_a_terminal_is_taken_out(office: Office, capsys: pytest.CaptureFixture[str]):
    worried(office, subject="Worried", text=WORRY.replace("café", "café \x1b]0;owned\x07 \u202egnorw"))

    ask(office, "frightened")
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out


WORDS = st.text(max_size=60) | st.text('"*()^:-+{}, NEAROTD1é\0', max_size=40)


def test_no_text_is_anything_but_words(office: Office):
    """Whatever is typed finds nothing, or something, and never breaks the search or says more than its words."""
    worried(office)

    @settings(max_examples=200, deadline=None)
    @given(WORDS, st.booleans())
    @example('"', True)  # noqa: FBT003 - as hypothesis wants it
    @example("\0", False)  # noqa: FBT003
    @example("a\0b NEAR(c d, 2)", True)  # noqa: FBT003
    @example("\ud800x", True)  # noqa: FBT003
    @example("\U0001e900 🙂 ²", True)  # noqa: FBT003
    @example("x " * 500, False)  # noqa: FBT003
    def never_breaks(words: str, prefix: bool) -> None:
        question = store.query(words, prefix=prefix)
        if question:
            found = store.messages(office.store.db, question, store.Filters(), 5, NOW)
            assert len(found) <= 1
            store.cases(office.store.db, question, 5)
            store.people(office.store.db, question, 5)

    never_breaks()


def test_ten_thousand_messages_are_searched_at_once(office: Office):
    with office.store.immediate() as db:
        for n in range(10_000):
            at = NOW - timedelta(hours=n)
            row = messages.receive(db, Arrived("INBOX", 1, n + 1, at, 1, Packed.of(str(n).encode())), at, history=False)
            assert row is not None
            db.execute("UPDATE messages SET state = 'handled', kind = 'person' WHERE id = ?", (row,))
            messages.index(db, row, f"Message {n}", f"{WORRY} This is number {n} of many, {'late' * (n % 7 == 0)}.")
    took = []
    for words in ("frightened", "frightened late", "number 4711", "giraffe"):
        began = time.perf_counter()
        store.messages(office.store.db, store.query(words), store.Filters(), 20, NOW)
        store.left_out(office.store.db, store.Filters())
        took.append((words, round((time.perf_counter() - began) * 1000)))
    print(f"10,000 messages, ms: {took}")
    assert [one.id for one in store.messages(office.store.db, store.query("4711"), store.Filters(), 20, NOW)] == [4712]
