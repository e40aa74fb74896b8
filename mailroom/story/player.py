"""Play the story: real IMAP and SMTP on this machine, the real daemon, and a clock that moves from event to event.

1. The office is founded in its folder and its world brought in.
2. The clock goes to the next thing that is due, a mail to be sent or a duty, until the next row's time.
3. The row is delivered by APPEND with that time, and the daemon does all there is to do.
4. At the end every row is judged by what the office holds and what the SMTP server caught.
"""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from mailroom import config, schedule
from mailroom.clock import SetClock, moment
from mailroom.config import Config
from mailroom.daemon import Daemon
from mailroom.message import read
from mailroom.office import dates, newsletter
from mailroom.store import Store, case_facts, case_timers, cases, links, messages, open_store, outbox, views
from mailroom.store.cases import Case
from mailroom.store.links import Link
from mailroom.story import account, judge, model, rows, world
from mailroom.story.judge import Played
from mailroom.story.model import Answered, HarnessFault, Row, World
from mailroom.story.report import Report, write
from mailroom.story.rows import Copy
from mailroom.transport.embedded import PostOffice

ROWS = (
    "I01", "I02", "I04", "I07", "I09", "I10", "I12", "I14", "K09", "I16", "I19", "I20", "I21", "K12", "I22", "I25",
    "I27", "I28", "K17", "I34", "I41", "I42", "I44", "K22", "I48", "I49", "K26", "I52", "K27", "I53", "I57", "I59",
    "I64",
)  # fmt: skip
"""The rows that answer nothing, a mail sent before the story, or one of a process that the office has."""

Aside = tuple[datetime, Callable[[Database, datetime], object]]
"""What somebody does to the office between two rows, and when."""

AFTERWARDS = timedelta(minutes=15)
"""How long the office is watched after the last row."""


async def play(
    story: Path,
    office: Path,
    *,
    until: str | None = None,
    only: Sequence[str] = ROWS,
    report: Path | None = None,
    out: Callable[[str], object] = print,
    asides: Sequence[Aside] = (),
) -> Report:
    """Play a story in a fresh office at `office`, telling what happens through `out`.

    Args:
        story: the folder of world.json and rows.jsonl.
        office: where the office is founded; it stays, to be looked at.
        until: the last row to be played, None for all.
        only: the rows to be played.
        report: where to write the JSON report, None for nowhere.
        out: told one line at a time.
        asides: what happens between the rows, such as an import of people.

    Raises:
        HarnessFault: the story cannot be played, or `office` holds something else.

    """
    the_world = model.world(story)
    chosen = _chosen(model.rows(story), only, until)
    world.clear(office)
    clock = SetClock(the_world.at)
    password = world.new_password()
    async with AsyncExitStack() as stack:
        post = await stack.enter_async_context(PostOffice(the_world.mailbox, password, now=clock.now))
        path = world.found(the_world, office, post.imap.port, post.smtp.port, password)
        settings = config.load(path)
        store = open_store(settings.office.database)
        stack.callback(store.close)
        world.fill(store, the_world, clock.now())
        daemon = Daemon(settings, store, clock)
        stack.push_async_callback(daemon.close)
        await daemon.connect()
        player = Player(story, the_world, settings, store, clock, post, daemon, out)
        await player.act(chosen, asides)
        verdicts = tuple((played, judge.judge(store.db, the_world, played)) for played in player.played.values())
        result = Report(
            office, path, verdicts, judge.judge_wire(the_world, post.caught), tuple(post.caught), clock.now()
        )
        account.table(result.verdicts, result.wire, out)
        if report:
            write(result, store.db, report)
    return result


def _chosen(found: Sequence[Row], only: Sequence[str], until: str | None) -> list[Row]:
    ids = [row.id for row in found]
    if until is not None and until not in ids:
        raise HarnessFault(f"the story has no row {until}. Expected one such as {only[0]}")
    last = ids.index(until) if until else len(ids)
    return [row for n, row in enumerate(found) if row.id in only and n <= last]


@dataclass(slots=True)
class Player:
    """Owns the clock of a play and remembers what was played and told."""

    story: Path
    world: World
    settings: Config
    store: Store
    clock: SetClock
    post: PostOffice
    daemon: Daemon
    out: Callable[[str], object]
    played: dict[str, Played] = field(default_factory=dict)
    _told: int = 0

    @property
    def db(self) -> Database:
        """The office's database."""
        return self.store.db

    async def act(self, chosen: Sequence[Row], asides: Sequence[Aside] = ()) -> None:
        """Play the rows in order, and watch a little longer."""
        await self._once()
        left = list(asides)
        for row in chosen:
            while left and left[0][0] <= row.at:
                at, does = left.pop(0)
                await self._go_to(at)
                with self.store.immediate() as db:
                    does(db, at)
            await self._go_to(row.at)
            await self._deliver(row)
        await self._go_to(self.clock.now() + AFTERWARDS)
        await self._once()

    async def _go_to(self, at: datetime) -> None:
        """Move the clock to `at`, stopping at everything that falls due before: mail at the same minute goes first."""
        while (due := self._next_due()) is not None and due < at:
            self.clock.set(due)
            await self._once()
        self.clock.set(at)

    def _next_due(self) -> datetime | None:
        now = self.clock.now()
        office = self.daemon.office
        moments = [due for _, due in schedule.next_duties(office.rules, now, office.zone, 1, dates.of(self.db))]
        if (due := newsletter.next_due(office, now)) is not None:
            moments.append(due)
        waiting = (outbox.next_due(self.db), case_timers.next_due(self.db))
        moments += [moment(one) for one in waiting if one]
        return min((one for one in moments if one > now), default=None)

    async def _deliver(self, row: Row) -> None:
        numbers = {name: played.message.id for name, played in self.played.items()}
        raw = rows.build(row, self.story, self.world.authserv_id, self._copy(row), numbers)
        before = views.newest(self.db)
        await self.post.deliver(raw, row.at)
        await self.daemon.once()
        number = views.newest(self.db)
        if number == before:
            raise HarnessFault(f"row {row.id} was delivered, but the office has not taken it in")
        first = messages.first_copy(self.db, number)
        found = tuple(links.of_message(self.db, first))
        case = self._case(first, found)
        played = Played(
            row,
            views.message(self.db, number),
            found,
            case.ref if case else "",
            case.stage if case else "",
            read(raw, self.settings.border).new_text,
        )
        self.played[row.id] = played
        for line in account.message_lines(
            played.message, found, views.caused_by(self.db, number), self.daemon.office.zone
        ):
            self.out(line)
        self._tell_mails(but_of=number)

    def _case(self, number: int, found: Sequence[Link]) -> Case | None:
        """Return the case a message is about: the first it opened, else the first it belongs to."""
        opened = [link for link in found if case_facts.opened_by(self.db, link.case) == number]
        first = next(iter((*opened, *found)), None)
        return cases.by_id(self.db, first.case) if first else None

    async def _once(self) -> None:
        await self.daemon.once()
        self._tell_mails()

    def _tell_mails(self, but_of: int = 0) -> None:
        """Tell of the mails that have left since the last time, save those already told with their message."""
        for caught in self.post.caught[self._told :]:
            found = rows.message_id(caught.raw)
            mail = views.mail(self.db, found)
            if mail is None:
                raise HarnessFault(f"a mail left that no row of the outbox knows: {found}")
            if mail.cause is None or mail.cause != but_of:
                self.out(account.mail_line(mail, self.daemon.office.zone))
        self._told = len(self.post.caught)

    def _copy(self, row: Row) -> Copy | None:
        """Return the mail a row answers: one of ours, or an earlier row itself."""
        if row.answers is None:
            return None
        if row.answers.row and row.answers.row not in self.played:
            raise HarnessFault(f"row {row.id} answers row {row.answers.row}, which was not played")
        if row.answers.row and not row.answers.recipient:
            before = self.played[row.answers.row]
            return Copy(messages.raw(self.db, before.message.id), self.world.mailbox, before.message.from_address)
        mail = self._answered(row.answers)
        if mail is None:
            raise HarnessFault(f"row {row.id} answers a mail that was never sent")
        return Copy(mail.mime, mail.recipient, self.world.mailbox)

    def _answered(self, answers: Answered) -> views.MailView | None:
        recipients = self.world.recipients(answers.recipient)
        if answers.row:
            mails = views.caused_by(self.db, self.played[answers.row].message.id)
            found = [mail for mail in reversed(mails) if mail.recipient in recipients and mail.state == "sent"]
        else:
            newest = [views.newest_sent(self.db, recipient, answers.ref) for recipient in recipients]
            found = [mail for mail in newest if mail]
        return found[0] if found else None
