"""Who may still have a mail as it leaves: from rows, in the transaction that claims it."""

from datetime import date, datetime, timedelta

import pytest

from mailroom.store import Store, guards, outbox, people, turns, views
from mailroom.store.guards import Facts, Guard, decide
from mailroom.store.outbox import MailKind, Outgoing
from mailroom.store.people import Person

TODAY = date(2027, 2, 8)
ADA = Person(
    "M01",
    "Ada Winter",
    "member",
    ("ada@mail.example.org",),
    state="active",
    newsletter=True,
    member={"recused_for": "[]"},
)
FIT = Facts(person="M01", kind="member", state="active", newsletter=True, address="ok")

WAITS: dict[str, tuple[dict[str, object], str]] = {
    "on leave": ({"leave_until": "2027-02-08"}, "member newsletter call"),
    "on leave without an end": ({"state": "on_leave"}, "member newsletter call"),
    "suspended": ({"state": "suspended"}, "member newsletter call"),
    "restricted": ({"state": "restricted"}, "call"),
}
CANCELS: dict[str, tuple[dict[str, object], str]] = {
    "left": ({"state": "left"}, "any member newsletter call"),
    "dead address": ({"address": "suspended"}, "any member newsletter call"),
    "address not proved": ({"address": "unverified"}, "any member newsletter call"),
    "address given up": ({"address": "retired"}, "any member newsletter call"),
    "role passed on": ({"role": "coordinator", "holds_it": False}, "any member newsletter call"),
    "stopped": ({"newsletter": False}, "newsletter"),
    "an interest in the place": ({"interests": ("Kings Mead",), "place": "kings mead"}, "call"),
    "an interest, the place unknown": ({"interests": ("Kings Mead",)}, "call"),
    "leaving": ({"state": "leaving"}, "call"),
}
FREE: dict[str, dict[str, object]] = {
    "leave that is over": {"leave_until": "2027-02-07", "state": "on_leave"},
    "an interest elsewhere": {"interests": ("Ashlock",), "place": "Kings Mead"},
    "an address in doubt": {"address": "soft"},
    "the role kept": {"role": "coordinator", "holds_it": True},
    "no member": {"kind": "officer", "state": ""},
}
WORDS: tuple[Guard, ...] = ("none", "any", "member", "newsletter", "call")


def facts(**changed: object) -> Facts:
    known = {name: getattr(FIT, name) for name in Facts.__slots__}
    return Facts(**(known | changed))


@pytest.mark.parametrize("guard", WORDS)
@pytest.mark.parametrize("what", WAITS)
def test_what_ends_makes_those_mails_wait_that_mind_it(what: str, guard: Guard):
    changed, minded = WAITS[what]
    unfit = decide(guard, facts(**changed), TODAY)

    assert (unfit is not None and unfit.waits) == (guard in minded.split())
    assert unfit is None or unfit.waits


@pytest.mark.parametrize("guard", WORDS)
@pytest.mark.parametrize("what", CANCELS)
def test_what_does_not_end_cancels_those_mails_that_mind_it(what: str, guard: Guard):
    changed, minded = CANCELS[what]
    unfit = decide(guard, facts(**changed), TODAY)

    assert (unfit is not None and not unfit.waits) == (guard in minded.split())


@pytest.mark.parametrize("guard", WORDS)
@pytest.mark.parametrize("what", FREE)
def test_what_stands_against_nothing_lets_every_mail_go(what: str, guard: Guard):
    assert decide(guard, facts(**FREE[what]), TODAY) is None


def queued(store: Store, now: datetime, guard: Guard, kind: MailKind = "mail", **more: object) -> int:
    mail = Outgoing(
        f"{guard}:{kind}", "ada@mail.example.org", "M01", kind, "t", "s", f"<{guard}.{kind}@x>", b"m", guard=guard,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip
    with store.immediate() as db:
        people.save(db, ADA)
        row = outbox.queue(db, mail, now)
    assert row is not None
    return row


def claim(store: Store, at: datetime) -> int | None:
    with store.immediate() as db:
        guards.look_again(db, at.date())
        claimed = turns.claim(db, at)
    return claimed.id if claimed else None


def withheld(store: Store) -> list[str]:
    return [words for (words,) in store.db.execute("SELECT words FROM journal WHERE event = 'withheld' ORDER BY id")]


def test_a_mail_to_somebody_restricted_waits_and_goes_when_the_restriction_is_lifted(store: Store, now: datetime):
    row = queued(store, now, "call")
    with store.immediate() as db:
        db.execute("UPDATE people SET state = 'restricted'")

    assert [claim(store, now + timedelta(minutes=n)) for n in range(3)] == [None, None, None]
    assert withheld(store) == ["Waits: their membership is restricted."]
    assert views.states(store.db, "outbox") == {"ready": 1}
    with store.immediate() as db:
        db.execute("UPDATE people SET state = 'active'")
    assert claim(store, now + timedelta(minutes=3)) == row


def test_a_mail_that_waits_expires_at_its_time_all_the_same(store: Store, now: datetime):
    queued(store, now, "member", expires=now + timedelta(hours=1))
    with store.immediate() as db:
        db.execute("UPDATE members SET leave_until = '9999-12-31'")

    assert claim(store, now) is None
    assert claim(store, now + timedelta(hours=1)) is None
    assert views.states(store.db, "outbox") == {"expired": 1}


def test_who_waits_and_then_leaves_is_not_written_to(store: Store, now: datetime):
    queued(store, now, "call")
    with store.immediate() as db:
        db.execute("UPDATE people SET state = 'restricted'")
    assert claim(store, now) is None
    with store.immediate() as db:
        db.execute("UPDATE people SET state = 'left'")

    assert claim(store, now) is None
    assert views.states(store.db, "outbox") == {"cancelled": 1}
    assert withheld(store)[-1] == "Not sent: the person has left."


def test_a_role_withdrawn_while_its_mail_waits_cancels_it_and_only_it(store: Store, now: datetime):
    with store.immediate() as db:
        people.save(db, Person("M01", "Ada Winter", "member", ("ada@mail.example.org",), roles=("chair",)))
    queued(store, now, "any", "task", role="chair")
    kept = queued(store, now, "any", "notice")
    with store.immediate() as db:
        people.save(db, Person("M01", "Ada Winter", "member", ("ada@mail.example.org",)))

    assert claim(store, now) == kept
    assert withheld(store) == ["Not sent: they are no longer chair."]


def test_a_recusal_is_compared_with_the_place_of_the_mails_own_case(store: Store, now: datetime):
    with store.immediate() as db:
        for number, place in ((1, "Kings Mead"), (2, "Ashlock")):
            db.execute(
                "INSERT INTO cases (id, ref, kind, stage, opened_at, entered_at, place)"
                " VALUES (?, ?, 'inc', 's', '', '', ?)",
                (number, f"INC-2027-00{number}", place),
            )
    queued(store, now, "call", "mail", case=1)
    other = queued(store, now, "call", "notice", case=2)
    with store.immediate() as db:
        db.execute("""UPDATE members SET recused_for = '["kings mead"]'""")

    assert claim(store, now) == other
    assert claim(store, now) is None
    assert withheld(store) == ["Not sent: they have an interest in this place."]


def test_an_answer_is_never_withheld(store: Store, now: datetime):
    with store.immediate() as db:
        people.save(db, ADA)
        answer = Outgoing("a", "ada@mail.example.org", "M01", "ack", "t", "s", "<a@x>", b"m")
        row = outbox.queue(db, answer, now)
        db.execute("UPDATE people SET state = 'left'")
        db.execute("UPDATE addresses SET status = 'suspended'")

    assert claim(store, now) == row
