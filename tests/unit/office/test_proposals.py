"""Three corrections alike make a proposed rule: from what tells them apart, tried, mailed once, never live alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailroom.message import read
from mailroom.office import proposals
from mailroom.office.corrections import reclassify
from mailroom.office.office import Office, open_office
from mailroom.office.take import take
from mailroom.rules import in_common
from mailroom.rules.in_common import Seen
from mailroom.store import drafts, messages, open_store, views
from mailroom.store.messages import Arrived, Packed, Waiting
from mailroom.transport.settings import ImapSettings, SmtpSettings
from tests.office import mail, write_office

NOW = datetime(2027, 1, 12, 10, 40, tzinfo=UTC)
WORRY = "People here are frightened to use Harrow Cross after dark, they keep being shouted at."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    nowhere = ImapSettings("127.0.0.1", 1, "none", "iag", str), SmtpSettings("127.0.0.1", 1, "none")
    made = write_office(tmp_path / "office", *nowhere)
    store = open_store(made.office.database)
    yield open_office(made, store, NOW)
    store.close()


def arrive(office: Office, sender: str, subject: str, text: str = WORRY, headers: dict[str, str] | None = None) -> int:
    raw = mail(sender, subject, text, headers=headers)
    with office.store.immediate() as db:
        [uid] = db.execute("SELECT count(*) + 1 FROM messages").fetchone()
        row = messages.receive(db, Arrived("INBOX", 1, uid, NOW, len(raw), Packed.of(raw)), NOW, history=False)
        assert row is not None
        take(office, db, Waiting(row, NOW, history=False, size=len(raw)), read(raw, office.config.border), NOW)
        messages.filed(db, [row], NOW)
    return row


def correct(office: Office, row: int, class_: str, minutes: int = 60) -> None:
    with office.store.immediate() as db:
        reclassify(office, db, NOW + timedelta(minutes=minutes), row, class_, "robin", "by mail")


def proposed(office: Office) -> list[str]:
    rows = office.store.db.execute("SELECT draft_id FROM proposals WHERE draft_id IS NOT NULL ORDER BY rowid")
    return [drafts.by_id(office.store.db, row).files[proposals.FILE].decode() for (row,) in rows]


def three(office: Office, start: int = 0, minutes: int = 60) -> None:
    for n in range(start, start + 3):
        row = arrive(office, f"reader@letters{n}.example.net", f"Lantern walk, part {n}", f"{WORRY} {n}")
        assert views.message(office.store.db, row).class_ == "concern"
        correct(office, row, "partner", minutes)


def test_three_alike_are_proposed_by_mail_with_a_code_and_nothing_is_live(office: Office):
    arrive(office, "ada.winter@mail.example.org", "Harrow Cross")
    arrive(office, "someone@else.example.net", "Shouting")
    three(office)
    sorting = [rule.name for rule in office.rules.rules]

    assert proposals.consider(office, NOW + timedelta(hours=2)) == 1
    [text] = proposed(office)
    assert "If from: stranger\nIf subject contains: lantern" in text
    assert "Then class: partner" in text
    assert "Then file in: Partners" in text
    assert text.rstrip().endswith("Stop")
    assert [rule.name for rule in office.rules.rules] == sorting
    assert not (office.config.path.parent / proposals.FILE).exists()
    found = office.store.db.execute("SELECT person_id, mime FROM mails WHERE template = 'notice/rules-report'")
    [(person, mime)] = found
    assert person == "robin"
    assert b"Code: " in mime
    assert b"A rule from what you have corrected" in mime


def test_the_same_is_proposed_once_and_again_only_after_as_many_new_ones(office: Office):
    arrive(office, "ada.winter@mail.example.org", "Harrow Cross")
    three(office)
    assert proposals.consider(office, NOW + timedelta(hours=2)) == 1
    three(office, 10, minutes=180)
    assert proposals.consider(office, NOW + timedelta(hours=4)) == 0, "the very same rule"
    assert proposals.consider(office, NOW + timedelta(hours=5)) == 0
    assert len(proposed(office)) == 1


def test_two_are_not_enough_nor_are_three_that_are_not_alike(office: Office):
    db = office.store.db
    for n, (sender, subject) in enumerate(
        [("a@one.example.net", "Bridge"), ("b@two.example.net", "Harbour"), ("ada.winter@mail.example.org", "Lift")]
    ):
        arrive(office, f"x{n}@one.example.net", f"{subject} again")
        correct(office, arrive(office, sender, subject, f"{WORRY} {n}"), "partner")

    assert proposals.consider(office, NOW + timedelta(hours=2)) == 0
    assert list(db.execute("SELECT 1 FROM drafts")) == []


def test_what_would_catch_other_mail_too_is_not_proposed(office: Office):
    for n in range(3):
        arrive(office, f"neighbour{n}@elsewhere.example.net", f"Lantern walk, part {n}", f"{WORRY} No {n}")
    three(office)

    assert proposals.consider(office, NOW + timedelta(hours=2)) == 0
    assert list(office.store.db.execute("SELECT 1 FROM outbox WHERE template = 'notice/rules-report'")) == []


def test_some_alike_among_others_that_are_not_are_found(office: Office):
    arrive(office, "ada.winter@mail.example.org", "Harrow Cross")
    correct(office, arrive(office, "odd@one.example.net", "Something", f"{WORRY} odd"), "partner")
    for n in range(3):
        row = arrive(office, "press@letters.example.net", f"{'Abc'[n]} note", f"{WORRY} {n}")
        correct(office, row, "partner")

    assert proposals.consider(office, NOW + timedelta(hours=2)) == 1
    assert "If from: press@letters.example.net" in proposed(office)[0]


def test_what_only_confirms_the_rules_is_no_correction(office: Office):
    for n in range(4):
        row = arrive(office, f"reader{n}@letters.example.net", f"Lantern walk {n}", f"{WORRY} {n}")
        correct(office, row, "concern")

    assert proposals.consider(office, NOW + timedelta(hours=2)) == 0


def one(**facts: str | frozenset[str]) -> Seen:
    made = {"address": "", "domain": "", "group": "", "list_id": "", "words": frozenset[str](), **facts}
    return Seen(**made)  # type: ignore[arg-type]


@pytest.mark.fast
@pytest.mark.parametrize(
    ("alike", "others", "lines"),
    [
        ([{"list_id": "news.example.org"}] * 3, [{}], ("If header List-Id contains: news.example.org",)),
        ([{"words": frozenset({"lantern", "the"})}] * 3, [{}], ("If subject contains: lantern",)),
        ([{"words": frozenset({"the", "of"})}] * 3, [], ()),
        ([{"address": "a@b.example", "domain": "b.example"}] * 3, [{"domain": "b.example"}], ("If from: a@b.example",)),
        ([{"address": f"{n}@b.example", "domain": "b.example"} for n in range(3)], [{}], ("If from: b.example",)),
        ([{"address": f"{n}@own.example", "domain": "own.example"} for n in range(3)], [{}], ()),
        (
            [{"group": "any member", "words": frozenset({"lantern"})}] * 3,
            [{"group": "any officer", "words": frozenset({"lantern"})}, {"group": "any member"}],
            ("If from: any member", "If subject contains: lantern"),
        ),
        (
            [{"words": frozenset({"lantern", "walk"})}] * 3,
            [{"words": frozenset({"lantern"})}],
            ("If subject contains: lantern", "If subject contains: walk"),
        ),
        ([{"group": "any member"}] * 3, [{}], ()),
    ],
)
def test_what_tells_messages_apart_is_the_plainest_thing_that_does(
    alike: list[dict[str, str]], others: list[dict[str, str]], lines: tuple[str, ...]
):
    found = in_common.conditions([one(**facts) for facts in alike], [one(**facts) for facts in others], {"own.example"})

    assert found == lines
