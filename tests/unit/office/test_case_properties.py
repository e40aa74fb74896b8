"""Whatever happens to cases, in whatever order: no deadline is lost, nobody who may not be written to is, and an event
that comes again changes nothing.

The processes are the three examples and every one that ships. Events are drawn at random: messages of any class from
anybody, forms, flags, commands of anybody, words on drafts, changes of the directory, hours and weeks that pass.
"""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.office.cases import approved, drafts, linked, tick
from mailroom.office.cases.incoming import Incoming
from mailroom.office.office import Office
from mailroom.rules.cases import OnCommand, OnFlag, OnMessage
from mailroom.store import case_drafts, case_timers, cases, open_store
from mailroom.store.cases import Case
from tests.unit.office.casework import answered, at_work, bring, everything, opened, ordered, sends
from tests.unit.office.test_case_readers import said

START = datetime(2031, 1, 13, 9, tzinfo=UTC)
SEEDS = range(12)
STEPS = 45
PEOPLE = (
    "sol.costa@btp.example.org", "elin.frayne@btp.example.org", "hs@btp.example.org", "alex.dunmore@btp.example.org",
    "robin.hale@btp.example.org", "casey.moran@btp.example.org", "control@btp.example.org", "dp@btp.example.org",
    "foi@btp.example.org", "ada.winter@mail.example.org", "ben.ortiz@post.example.org", "cleo.marsh@mail.example.org",
    "dev.rao@mail.example.org", "finn.noor@mail.example.org", "stranger@elsewhere.example.net",
)  # fmt: skip
TEXTS = (
    "Could I have advice on Kingsmead by noon tomorrow?", "I'd like to come on Thu 20 Feb, 11 to 4, to Kingsmead.",
    "Yes, happy to.", "Sorry, I cannot.", "I have read and agree.", "Overall MEDIUM:\n\n1. Stay near.\n2. Wear a vest.",
    "The coordinator was rude to me.", "People at Harrow Cross are frightened.", "Read and agree: no", "Thank you all.",
)  # fmt: skip
BELOW = (
    "", "Because it is so.", "Marking: OFFICIAL\nQuestion 1: how?\nReply by: Fri 7 Feb 12:00", "Grade: evidenced",
    "Right: foi", "Decision: we tell them\nTell: those affected", "Owner: cover",
)  # fmt: skip
CHANGES = (
    "UPDATE people SET state = 'restricted' WHERE id = 'M02'", "UPDATE people SET state = 'active' WHERE id = 'M02'",
    "UPDATE people SET state = 'left' WHERE id = 'M03'",
    "UPDATE members SET leave_until = '2031-03-01' WHERE person_id = 'M01'",
    "UPDATE members SET vetting_to = '2031-01-20' WHERE person_id = 'M06'",
    """UPDATE members SET recused_for = '["Kingsmead"]' WHERE person_id = 'M01'""",
    "UPDATE people SET state = 'on_leave' WHERE id = 'robin'", "UPDATE people SET state = '' WHERE id = 'robin'",
    "UPDATE addresses SET status = 'suspended' WHERE email = 'finn.noor@mail.example.org'",
)  # fmt: skip
"""What the directory may come to say while cases are open."""


class World:
    """An office to which things happen; it is held to its promises after each."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office = office
        self.rnd = Random(seed)
        self.now = START
        self.again: list[Callable[[], object]] = []
        """What happened last, to happen once more."""
        whens = [
            when.trigger
            for process in office.rules.cases.values()
            for stage in (*process.stages, *((process.any_stage,) if process.any_stage else ()))
            for when in stage.whens
        ]
        self.classes = sorted({one.class_ for one in whens if isinstance(one, OnMessage)} | {"noise", "concern"})
        self.flags = sorted({one.flag for one in whens if isinstance(one, OnFlag)})
        self.verbs = sorted({verb for one in whens if isinstance(one, OnCommand) for verb in one.verbs})

    def open(self) -> list[Case]:
        """Return the open cases, fewer than would slow the test down."""
        return cases.still_open(self.office.store.db)[-12:]

    def message(self) -> Incoming:
        """Let a message come."""
        flags = (self.rnd.choice(self.flags),) if self.flags and self.rnd.random() < 0.3 else ()
        return bring(
            self.office, self.rnd.choice(PEOPLE), self.rnd.choice(self.classes), "About it", self.rnd.choice(TEXTS),
            self.now, flags, authentic=self.rnd.random() < 0.9,
        )  # fmt: skip

    def begins(self) -> None:
        """Open a case by a message."""
        opened(self.office, self.rnd.choice(sorted(self.office.rules.cases)), self.message())

    def hears(self) -> None:
        """Link a message to an open case."""
        if found := self.open():
            case, this, now = self.rnd.choice(found), self.message(), self.now
            answered(self.office, case.ref, this)

            def once_more() -> None:
                with self.office.store.immediate() as db:
                    linked(self.office, db, cases.by_id(db, case.id), this, now)

            self.again.append(once_more)

    def is_told(self) -> None:
        """Give a command to an open case."""
        if found := self.open():
            case = self.rnd.choice(found)
            line = f"{self.rnd.choice(self.verbs).upper()} {case.ref}"
            ordered(self.office, self.rnd.choice(PEOPLE[:-1]), line, self.now, self.rnd.choice(BELOW))

    def decides(self) -> None:
        """Say yes or no to a draft that waits."""
        for case in self.open():
            rows = case_drafts.waiting(self.office.store.db, case.id)
            if rows:
                refused = self.rnd.random() < 0.3
                with self.office.store.immediate() as db:
                    found = case_drafts.of_mail(db, rows[0])
                    assert found is not None
                    (drafts.refuse if refused else drafts.release)(db, found, "Robin Hale", self.now)
                    approved(
                        self.office, db, case, found.name, refused=refused, by="Robin Hale", now=self.now, key=found.key
                    )  # fmt: skip
                return

    def changes(self) -> None:
        """Let the directory change."""
        with self.office.store.immediate() as db:
            db.execute(self.rnd.choice(CHANGES))

    def waits(self) -> None:
        """Let some time pass, and look what is due."""
        self.now += self.rnd.choice((timedelta(minutes=11), timedelta(hours=3), timedelta(days=1), timedelta(days=9)))
        tick(self.office, self.now)
        now = self.now
        self.again.append(lambda: tick(self.office, now))

    def step(self) -> None:
        """Let one thing happen, and look at the promises."""
        what = self.rnd.choices(
            (self.begins, self.hears, self.is_told, self.decides, self.changes, self.waits), (2, 6, 6, 2, 1, 4)
        )[0]
        self.again.clear()
        what()
        tick(self.office, self.now)
        never_without_a_next_step(self.office)
        nothing_due_is_left(self.office, self.now)
        once_more(self)


def once_more(world: World) -> None:
    """The same event again changes nothing."""
    before = everything(world.office)
    for event in world.again:
        event()
    assert everything(world.office) == before


def never_without_a_next_step(office: Office) -> None:
    """An open case has an owner, and a clock that runs or a task that is open."""
    for case in cases.still_open(office.store.db):
        assert case.owner, case.ref
        running = case_timers.of_case(office.store.db, case.id)
        [asked] = office.store.db.execute(
            "SELECT count(*) FROM tasks WHERE case_id = ? AND done_at IS NULL", (case.id,)
        ).fetchone()  # fmt: skip
        assert running or asked, f"{case.ref} rests at {case.stage} and nothing will ever happen"
        assert any(one.kind == "deadline" for one in running), f"{case.ref} at {case.stage} has lost its deadline"


def nothing_due_is_left(office: Office, now: datetime) -> None:
    """What was due has come."""
    assert case_timers.due(office.store.db, now) == []


def nobody_unfit_is_written_to(office: Office, now: datetime) -> None:
    """Send all that may go, and look at who got a call."""
    sent = sends(office, now)
    unfit = {
        person
        for (person,) in office.store.db.execute(
            "SELECT p.id FROM people AS p LEFT JOIN members AS m ON m.person_id = p.id WHERE p.kind = 'member'"
            " AND (p.state NOT IN ('active', 'restricted', 'on_leave', 'onboarding') OR 'x' = 'y')"
        )
    }
    members = {person for (person,) in office.store.db.execute("SELECT id FROM people WHERE kind = 'member'")}
    dead = {"M06"} if _is_dead(office, "finn.noor@mail.example.org") else set[str]()
    for person, template in sent:
        if person not in members or template in TO_WHOEVER_WROTE(office):
            continue
        assert person not in unfit | dead, f"{template} went to {person}"
    called = [person for person, template in sent if template == "incident/call"]
    fit = set(_may_be_called(office, now))
    assert set(called) <= fit, f"a call went to {set(called) - fit}"


def TO_WHOEVER_WROTE(office: Office) -> set[str]:  # noqa: N802
    """Return the templates that answer whoever just wrote."""
    return {name for name, one in office.templates.mails.items() if one.source.kind in ("ack", "danger")}


def _is_dead(office: Office, address: str) -> bool:
    [status] = office.store.db.execute("SELECT status FROM addresses WHERE email = ?", (address,)).fetchone()
    return bool(status == "suspended")


def _may_be_called(office: Office, now: datetime) -> list[str]:
    day = now.astimezone(office.zone).date().isoformat()
    rows = office.store.db.execute(
        "SELECT p.id FROM people AS p JOIN members AS m ON m.person_id = p.id WHERE p.state = 'active'"
        " AND m.vetting_to >= ?1 AND m.ci_input <= ?1 AND coalesce(m.leave_until, '') < ?1",
        (day,),
    )
    return [person for (person,) in rows]


@pytest.fixture(scope="module")
def template_office(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401
    folder = tmp_path_factory.mktemp("cases")
    with at_work(folder) as office:
        office.store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        yield office


@pytest.mark.parametrize("seed", SEEDS)
def test_random_events_break_none_of_the_promises(template_office: Office, tmp_path: Path, seed: int):
    copied = tmp_path / "office.db"
    shutil.copy(template_office.store.path, copied)
    with closing(open_store(copied)) as store:
        world = World(replace(template_office, store=store), seed)
        world.begins()
        for _ in range(STEPS):
            world.step()
            if world.rnd.random() < 0.2:
                nobody_unfit_is_written_to(world.office, world.now)
        for _ in range(3):
            world.now += timedelta(days=40)
            tick(world.office, world.now)
            never_without_a_next_step(world.office)


READERS = (
    "a time", "a date", "a date with hours", "a place", "yes or no", "words", "numbered lines", "a number", "one of",
    "told by", "about",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.sampled_from(READERS))
def test_no_text_is_too_odd_to_be_read(words: str, reader: str):
    for written in (words, f"place: {words}"):
        assert isinstance(said(reader, written, "low", "asking", "coordinator", fact="place"), str)
