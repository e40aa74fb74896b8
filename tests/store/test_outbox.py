"""The outbox: one recipient a row, claimed once, settled once, and nobody mailed twice without it being said."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mailroom.store import Store, open_store, outbox, turns, views
from mailroom.store.outbox import MailKind, Outgoing
from mailroom.store.turns import Claimed, Pace


def mail(key: str, kind: MailKind = "mail", recipient: str = "ada@mail.example.org") -> Outgoing:
    return Outgoing(key, recipient, "", kind, "notice/told", "Hello", f"<{key}@office.example.org>", b"mime")


def queue(store: Store, now: datetime, *mails: Outgoing) -> list[int | None]:
    with store.immediate() as db:
        return [outbox.queue(db, one, now) for one in mails]


def claim(store: Store, now: datetime) -> Claimed | None:
    with store.immediate() as db:
        return turns.claim(db, now)


def test_the_same_key_is_queued_once(store: Store, now: datetime):
    first, second = queue(store, now, mail("a"), mail("a"))

    assert (first is None, second) == (False, None)


@pytest.mark.parametrize(
    "recipient",
    [
        "a@x.example.org,b@x.example.org",
        "a@x.example.org b@x.example.org",
        "a@x.example.org;b@x.example.org",
        "",
        "ada",
    ],
)
def test_a_row_for_two_recipients_or_none_cannot_be_made(store: Store, now: datetime, recipient: str):
    with pytest.raises(sqlite3.IntegrityError):
        queue(store, now, mail("a", recipient=recipient))


def test_danger_goes_before_alerts_and_alerts_before_the_rest(store: Store, now: datetime):
    queue(store, now, mail("m"), mail("a", "ack"), mail("l", "alert"), mail("d", "danger"))

    claimed = [claim(store, now) for _ in range(4)]

    assert [one.kind for one in claimed if one] == ["danger", "alert", "ack", "mail"]


def test_two_processes_never_claim_the_same_mail(store: Store, other: Store, now: datetime):
    queue(store, now, *(mail(str(n)) for n in range(10)))

    claimed = [claim(one, now) for _ in range(6) for one in (store, other)]

    rows = [one.id for one in claimed if one]
    assert len(rows) == len(set(rows)) == 10


def test_a_mail_waits_until_its_time_and_is_dropped_after_it(store: Store, now: datetime):
    late = Outgoing("e", "a@x.example.org", "", "mail", "t", "s", "<e@x>", b"", expires=now + timedelta(hours=2))
    with store.immediate() as db:
        outbox.queue(db, late, now, not_before=now + timedelta(hours=1))

    assert claim(store, now + timedelta(minutes=59)) is None
    assert claim(store, now + timedelta(hours=2)) is None
    assert views.states(store.db, "outbox") == {"expired": 1}


def test_a_held_mail_is_not_sent(store: Store, now: datetime):
    with store.immediate() as db:
        outbox.queue(db, mail("h"), now, held=True)

    assert claim(store, now + timedelta(days=9)) is None


def test_a_deferred_mail_comes_again_when_its_pause_is_over(store: Store, now: datetime):
    queue(store, now, mail("a"))
    first = claim(store, now)
    assert first is not None
    with store.immediate() as db:
        outbox.defer(db, first.id, "451 later", now + timedelta(minutes=5))

    again = claim(store, now + timedelta(minutes=5))

    assert claim(store, now + timedelta(minutes=4)) is None
    assert again is not None
    assert (again.id, again.attempts) == (first.id, 2)


@pytest.mark.parametrize(
    ("kind", "repeated"), [("ack", True), ("alert", True), ("danger", True), ("mail", False), ("digest", False)]
)
def test_what_may_have_arrived_is_repeated_at_once_only_where_never_is_worse(
    store: Store, now: datetime, kind: MailKind, repeated: bool
):
    queue(store, now, mail("a", kind))
    first = claim(store, now)
    assert first is not None
    with store.immediate() as db:
        assert outbox.doubt(db, first.id, "cut", now) == repeated

    again = claim(store, now)

    assert (again is not None and again.message_id == first.message_id) == repeated


def test_a_second_doubt_waits_for_a_person(store: Store, now: datetime):
    queue(store, now, mail("a", "ack"))
    for expected in (True, False):
        claimed = claim(store, now)
        assert claimed is not None
        with store.immediate() as db:
            assert outbox.doubt(db, claimed.id, "cut", now) is expected

    assert claim(store, now) is None
    assert [one.state for one in views.troubled_mails(store.db, now)] == ["doubtful"]


def test_what_is_withdrawn_while_it_is_on_its_way_does_not_go_again_where_the_server_says_later(
    store: Store, now: datetime
):
    queue(store, now, mail("a"))
    first = claim(store, now)
    assert first is not None
    with store.immediate() as db:
        assert not outbox.cancel(db, first.id, "its case was closed", now)
        outbox.defer(db, first.id, "451 later", now + timedelta(minutes=5))

    assert claim(store, now + timedelta(minutes=5)) is None
    assert views.states(store.db, "outbox") == {"expired": 1}


def test_what_was_withdrawn_after_it_went_does_not_go_again_where_it_comes_back(store: Store, now: datetime):
    queue(store, now, mail("a"))
    first = claim(store, now)
    assert first is not None
    with store.immediate() as db:
        outbox.settle(db, first.id, "sent", "250 taken", now)
        outbox.cancel(db, first.id, "its case was closed", now + timedelta(hours=1))
        outbox.came_back(db, first.id, "mailbox full", [now + timedelta(hours=4)], now + timedelta(hours=2))

    assert claim(store, now + timedelta(hours=4)) is None


def test_a_clock_that_is_set_back_holds_nothing_up(store: Store, now: datetime):
    pace = Pace(minute=2, domain_minute=2)
    queue(store, now, mail("a"), mail("b"))
    assert claim(store, now)
    assert claim(store, now)
    earlier = now - timedelta(hours=1)
    queue(store, earlier, mail("c"), mail("d"), mail("e"))

    with store.immediate() as db:
        went = [turns.claim(db, earlier + timedelta(seconds=n), pace=pace) for n in range(3)]

    assert [one is not None for one in went] == [True, True, False]
    assert turns.pace_allows_at(store.db, earlier) == "2031-05-05T08:01:01Z"


START = datetime(2031, 5, 5, 9, tzinfo=UTC)
KINDS = st.sampled_from(["ack", "alert", "danger", "mail", "digest"])


class Deliveries(RuleBasedStateMachine):
    """Queue, claim, send, defer, lose the reply, crash: whatever the order, arrivals and rows agree."""

    @initialize()
    def open(self) -> None:
        self.folder = TemporaryDirectory()
        self.path = Path(self.folder.name) / "office.db"
        self.store = open_store(self.path)
        self.now = START
        self.claimed: Claimed | None = None
        self.arrived: dict[int, int] = {}

    @rule(key=st.sampled_from("abcd"), kind=KINDS)
    def a_mail_is_queued(self, key: str, kind: MailKind) -> None:
        queue(self.store, self.now, mail(key, kind))

    @precondition(lambda self: self.claimed is None)
    @rule()
    def one_is_claimed(self) -> None:
        self.claimed = claim(self.store, self.now)

    @precondition(lambda self: self.claimed is not None)
    @rule()
    def the_server_takes_it(self) -> None:
        self._arrives()
        with self.store.immediate() as db:
            outbox.settle(db, self._row(), "sent", "250 taken", self.now)
        self.claimed = None

    @precondition(lambda self: self.claimed is not None)
    @rule()
    def the_server_refuses_it(self) -> None:
        with self.store.immediate() as db:
            outbox.settle(db, self._row(), "failed", "550 no", self.now)
        self.claimed = None

    @precondition(lambda self: self.claimed is not None)
    @rule()
    def the_server_says_later(self) -> None:
        with self.store.immediate() as db:
            outbox.defer(db, self._row(), "451 later", self.now + timedelta(minutes=5))
        self.claimed = None

    @precondition(lambda self: self.claimed is not None)
    @rule(took_it=st.booleans())
    def the_reply_is_lost(self, *, took_it: bool) -> None:
        if took_it:
            self._arrives()
        with self.store.immediate() as db:
            outbox.doubt(db, self._row(), "cut", self.now)
        self.claimed = None

    @rule(took_it=st.booleans())
    def the_process_is_killed(self, *, took_it: bool) -> None:
        if took_it and self.claimed is not None:
            self._arrives()
        self.claimed = None
        self.store.close()
        self.store = open_store(self.path)
        with self.store.immediate() as db:
            for row in outbox.left_sending(db):
                outbox.doubt(db, row, "killed", self.now)

    @rule()
    def time_passes(self) -> None:
        self.now += timedelta(minutes=6)

    @invariant()
    def nobody_is_mailed_twice_unless_it_is_said(self) -> None:
        if not hasattr(self, "store"):
            return
        for row, times in self.arrived.items():
            kind, state, doubted = self.store.db.execute(
                "SELECT kind, state, doubtful_at FROM outbox WHERE id = ?", (row,)
            ).fetchone()
            repeated = kind in outbox.REPEATED_WHEN_DOUBTFUL and doubted is not None
            assert times <= (2 if repeated else 1)
            # What has arrived is never shown as unsent, unless its repetition is still to come.
            assert (
                state in ("sent", "doubtful")
                or (repeated and state in ("ready", "sending", "deferred", "failed"))
                or (self.claimed is not None and self.claimed.id == row)
            )

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    def _row(self) -> int:
        assert self.claimed is not None
        return self.claimed.id

    def _arrives(self) -> None:
        self.arrived[self._row()] = self.arrived.get(self._row(), 0) + 1


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
