"""docs/adding-a-process.md: what it adds works in a new office, from its files as they stand there."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailroom.cli import run
from mailroom.clock import SetClock, moment
from mailroom.daemon import Daemon
from mailroom.store import Store, case_timers, cases, outbox, views
from mailroom.story.judge import everything
from mailroom.story.rows import Copy
from mailroom.transport.embedded import PostOffice
from mailroom.transport.settings import ImapSettings, SmtpSettings
from tests.office import MAILBOX, REPOSITORY, daemon, mail, write_office
from tests.servers import PASSWORD

PAGE = (REPOSITORY / "docs" / "adding-a-process.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`((?:rules|templates)/[\w/.-]+)`:\n\n```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
[PLANNED] = re.findall(r"^```\n(PANEL\n.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
REF = "PANEL-2031-001"
PEOPLE = """\
id,name,kind,roles,emails,station,state,vetting_status,vetting_to,confidentiality_signed
robin,Robin Hale,officer,coordinator,robin.hale@btp.example.org,,,,,
casey,Casey Moran,officer,cover,casey.moran@btp.example.org,,,,,
alex,Alex Dunmore,officer,chief inspector,alex.dunmore@btp.example.org,,,,,
sam,Sam Okoro,officer,officer; station commander,sam.okoro@btp.example.org,Harrow Cross,,,,
control,Control Room,desk,control,control@btp.example.org,,,,,
M01,Ada Winter,member,,ada.winter@mail.example.org,,active,granted,2033-01-31,2030-11-04
M02,Ben Ortiz,member,,ben.ortiz@post.example.org,,active,granted,2033-01-31,2030-11-04
M03,Cleo Marsh,member,,cleo.marsh@mail.example.org,,active,granted,2031-01-31,2030-11-04
"""


@dataclass
class Play:
    """An office at work on a clock of its own."""

    post: PostOffice
    daemon: Daemon
    store: Store
    clock: SetClock

    async def until(self, at: str) -> None:
        """Let time pass, stopping wherever something falls due."""
        end = datetime.fromisoformat(at).replace(tzinfo=UTC)
        while True:
            waiting = [one for one in (case_timers.next_due(self.store.db), outbox.next_due(self.store.db)) if one]
            due = min((moment(one) for one in waiting if moment(one) > self.clock.now()), default=end)
            self.clock.set(min(due, end))
            await self.daemon.once()
            if due >= end:
                return

    async def write(self, sender: str, text: str, to: str = "") -> None:
        """Write to the office, in answer to the newest mail it has sent to `sender` whose template is `to`."""
        subject, headers = "The panel", {}
        if to:
            answered = self.sent(to, sender)[-1]
            subject, headers = f"Re: {answered.subject}", {"In-Reply-To": answered.message_id}
            text = text.replace("CODE", Copy(answered.mime, sender, MAILBOX).words().get("code", "CODE"))
        await self.post.deliver(mail(sender, subject, text, headers=headers), self.clock.now())
        await self.daemon.once()

    def sent(self, template: str, recipient: str = "") -> list[views.MailView]:
        """Return the mails of a template that have left."""
        case = cases.by_ref(self.store.db, REF)
        found = views.about(self.store.db, case.id) if case else []
        return [one for one in found if one.template == template and one.state == "sent" and recipient in one.recipient]

    @property
    def stage(self) -> str:
        """The stage of the panel."""
        case = cases.by_ref(self.store.db, REF)
        return case.stage if case else ""


def add_files(folder: Path) -> None:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Play]:
    clock = SetClock(datetime(2031, 3, 3, 10, tzinfo=UTC))
    async with PostOffice(MAILBOX, PASSWORD, now=clock.now) as post:
        made = write_office(folder, post.imap, post.smtp, people=PEOPLE)
        add_files(folder)
        with daemon(made, clock) as (running, store):
            await running.connect()
            await running.once()
            yield Play(post, running, store, clock)
            await running.close()


def words(mail_: views.MailView) -> str:
    return everything(mail_.mime)


def played(folder: Path, scene: Callable[[Play], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        async with office(folder) as play:
            await scene(play)

    asyncio.run(whole())


def test_the_page_adds_one_text_file_and_three_templates():
    stages = re.findall(r"^Stage: (.+)$", FILES["rules/cases/panel.txt"], re.MULTILINE)

    assert sorted(FILES) == [
        "rules/cases/panel.txt",
        "templates/panel/invitation.md",
        "templates/panel/place-kept.md",
        "templates/panel/what-was-found.md",
    ]
    assert [one for one in stages if one != "any"] == ["planned", "invited", "ready", "held", "reported"]


def test_what_the_page_says_to_look_at_can_be_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    made = write_office(
        tmp_path,
        ImapSettings("127.0.0.1", 1, "none", "iag", str),
        SmtpSettings("127.0.0.1", 1, "none"),
        people=PEOPLE,
    )
    add_files(tmp_path)

    assert run(["check", "--config", str(made.path)]) == 0
    assert run(["cases", "show", "panel", "--config", str(made.path)]) == 0
    drawn = capsys.readouterr().out
    assert all(one in drawn for one in ("planned", "invited", "ready", "held", "reported", "closed", "cancelled"))


def test_the_panel_goes_from_its_plan_to_its_end(tmp_path: Path):
    robin, ada, ben = "robin.hale@btp.example.org", "ada.winter@mail.example.org", "ben.ortiz@post.example.org"

    async def scene(play: Play) -> None:
        await play.write(robin, PLANNED)
        assert play.stage == "planned"

        await play.write(robin, f"INVITE {REF} CODE", to="notice/asked")
        assert play.stage == "invited"
        assert sorted(one.recipient for one in play.sent("panel/invitation")) == [ada, ben]
        invitation = words(play.sent("panel/invitation", ada)[0])
        assert "18 March 2031, 14:00 to 16:00" in invitation
        assert "Harrow Cross" in invitation
        assert "Code:" not in invitation

        await play.write(ada, "Yes, I can come.", to="panel/invitation")
        await play.write(ada, "Yes, see you there.", to="panel/invitation")
        await play.write(ben, "No, sorry, I cannot come.", to="panel/invitation")
        assert [one.recipient for one in play.sent("panel/place-kept")] == [ada]

        await play.until("2031-03-17T09:01")
        assert play.stage == "ready"
        await play.until("2031-03-19T10:00")
        assert play.stage == "held"

        await play.write(robin, f"FOUND {REF} CODE\n\nTen of twelve records gave a reason.\nEND", to="notice/asked")
        assert play.stage == "reported"
        [found] = play.sent("panel/what-was-found")
        assert found.recipient == ada
        assert "Ten of twelve records gave a reason." in words(found)

        await play.until("2031-04-10T10:00")
        assert play.stage == "closed"

    played(tmp_path, scene)


def test_the_panel_can_be_called_off_at_any_time(tmp_path: Path):
    robin = "robin.hale@btp.example.org"

    async def scene(play: Play) -> None:
        await play.write(robin, PLANNED)
        await play.write(robin, f"CANCEL {REF} CODE\n\nThe room is flooded.", to="notice/asked")
        assert play.stage == "cancelled"
        await play.until("2031-03-31T10:00")
        assert play.sent("panel/invitation") == []

    played(tmp_path, scene)
