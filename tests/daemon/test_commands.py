"""The coordinator works by mail alone: over a real Dovecot and a real Postfix, with what her mail program sends."""

import re
import socketserver
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from mailroom import clock
from mailroom.config import Config
from tests.office import MAILBOX, PEOPLE, Process, mail, rows, until, write_office
from tests.servers import Dovecot, Postfix

pytestmark = pytest.mark.servers

ADA = "ada.winter@mail.example.org"
WORRY = "People here are frightened to use Harrow Cross after dark, they keep being shouted at."
RULE = "Rule: Kettles\nIf subject contains: kettle\nThen class: noise\nThen file in: Noise\nStop"
TUESDAY = datetime(2027, 1, 12, 10, 0, tzinfo=UTC)


@pytest.fixture
def _working_hours(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let it be a Tuesday morning, whenever this runs: what can wait goes to the coordinator in her hours only."""
    began = time.monotonic()

    class Answer(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            at = TUESDAY + timedelta(seconds=time.monotonic() - began)
            self.wfile.write(f"{at.isoformat()}\n".encode())

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "clock"))
        with socketserver.ThreadingUnixStreamServer(path, Answer) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            monkeypatch.setenv(clock.VARIABLE, path)
            yield
            server.shutdown()


class Coordinator:
    """Reads her own mailbox and answers from it, each answer with our server's verdict on top."""

    def __init__(self, dovecot: Dovecot, office: str, made: Config, address: str) -> None:
        self.dovecot, self.office, self.made, self.address = dovecot, office, made, address

    def mails(self) -> list[EmailMessage]:
        maildir = self.dovecot.maildir(self.address)
        found = sorted(path for folder in ("new", "cur") for path in (maildir / folder).glob("*"))
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]

    def gets(self, subject: str, after: int = 0) -> EmailMessage:
        """Wait for a mail whose subject begins so, leaving out the first `after` of them."""

        def found() -> list[EmailMessage]:
            return [one for one in self.mails() if str(one["Subject"]).startswith(subject)][after:]

        until(found, 30, lambda: f"a mail “{subject}” among {[str(one['Subject']) for one in self.mails()]}")
        return found()[0]

    def writes(self, text: str, subject: str, to: EmailMessage | None = None) -> None:
        """Send a new mail, or answer one, and wait until it is filed as a command."""
        before = len(self.commands())
        headers = {"In-Reply-To": str(to["Message-ID"]), "References": str(to["Message-ID"])} if to else {}
        self.dovecot.deliver(self.office, mail(self.address, subject, text, name="Robin Hale", headers=headers))
        until(lambda: len(self.commands()) > before, 30, "the command was read")

    def answers(self, text: str, to: EmailMessage) -> None:
        self.writes(f"{text}\n\nRobin Hale\nSent from my phone\n\n{_quoted(to)}", f"Re: {to['Subject']}", to)

    def taps(self, link: str) -> None:
        """Send what a mail program writes when a link is tapped: no text but the subject."""
        parts = urlsplit(link)
        assert parts.path == MAILBOX
        self.writes("", parse_qs(parts.query)["subject"][0])

    def commands(self) -> list[tuple[object, ...]]:
        return rows(self.made, "SELECT verb FROM commands")


def _quoted(to: EmailMessage) -> str:
    return "On Tuesday the office wrote:\n" + "\n".join(f"> {line}" for line in words(to).splitlines())


def words(of: EmailMessage) -> str:
    body = of.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def links(of: EmailMessage) -> list[str]:
    body = of.get_body(("html",))
    assert body is not None
    return [link.replace("&amp;", "&") for link in re.findall(r'href="(mailto:[^"]+)"', str(body.get_content()))]


def class_of(made: Config, row: int) -> object:
    return rows(made, "SELECT class FROM messages WHERE id = ?", row)[0][0]


def in_folder(dovecot: Dovecot, user: str, folder: str) -> int:
    return len(
        [*(dovecot.maildir(user) / f".{folder}").glob("new/*"), *(dovecot.maildir(user) / f".{folder}").glob("cur/*")]
    )


@pytest.mark.usefixtures("_working_hours")
def test_the_coordinator_asks_corrects_takes_back_and_changes_a_rule_by_mail(
    dovecot: Dovecot, postfix: Postfix, tmp_path: Path
):
    user, address = dovecot.new_user(), f"robin{time.monotonic_ns()}@btp.example.org"
    people = PEOPLE.replace("robin.hale@btp.example.org", address)
    made = write_office(tmp_path / "office", dovecot.imap(user), postfix.smtp(), people=people)
    robin = Coordinator(dovecot, user, made, address)
    process = Process(made)
    process.start()
    until(lambda: rows(made, "SELECT 1 FROM mailboxes WHERE name = 'INBOX'"), 20, "first contact")

    dovecot.deliver(user, mail(ADA, "After dark", WORRY))
    told = robin.gets("Something for you to answer (#1)")
    robin.answers("why?", told)
    why = robin.gets("About #1")
    assert "It is sorted as concern" in words(why)
    assert "rules/sorting/66-concerns.txt" in words(why)

    robin.answers("Class partner please", told)
    corrected = robin.gets("Done (#1)")
    assert "#1 is partner now; it was concern." in words(corrected)
    assert class_of(made, 1) == "partner"

    robin.taps(links(corrected)[0])
    taken_back = robin.gets("Done (#1)", after=1)
    assert "#1 is concern again" in words(taken_back)
    assert class_of(made, 1) == "concern"

    dovecot.deliver(user, mail("x@web.example.net", "The kettle", "It is broken."))
    question = robin.gets("What is this message?")
    robin.writes(f"Hello,\n\nplease add this:\n\n{RULE}\n\nThanks\nRobin", "One more rule")
    report = robin.gets("Your change of the rules")
    [code] = re.findall(r"^Code: (\S+)$", words(report), re.MULTILINE)
    [approve, refuse] = links(report)
    assert code in approve
    assert code in refuse
    robin.taps(approve)
    assert "In force from the next message on" in words(robin.gets("Done", after=2))
    dovecot.deliver(user, mail("y@web.example.net", "Kettle again", "Still."))
    until(lambda: in_folder(dovecot, user, "Noise"), 20, f"filed by the new rule: {process.log}")
    assert RULE in (made.office.rules / "sorting" / "60-by-mail.txt").read_text()

    robin.answers("noise", question)
    assert "is noise now" in words(robin.gets("Done", after=3))
    assert process.stop() <= 10
    assert rows(made, "SELECT verb, done FROM commands ORDER BY message_id") == [
        ("why", 1), ("class", 1), ("undo", 1), ("rules", 1), ("approve", 1), ("class", 1),
    ]  # fmt: skip
    assert in_folder(dovecot, user, "Control") == 6
    assert rows(made, "SELECT count(*) FROM alarms WHERE cleared_at IS NULL") == [(0,)]


@pytest.mark.usefixtures("_working_hours")
def test_a_danger_is_closed_with_one_tap_on_the_link_of_its_alert(dovecot: Dovecot, postfix: Postfix, tmp_path: Path):
    user, address = dovecot.new_user(), f"robin{time.monotonic_ns()}@btp.example.org"
    people = PEOPLE.replace("robin.hale@btp.example.org", address)
    made = write_office(tmp_path / "office", dovecot.imap(user), postfix.smtp(), people=people)
    robin = Coordinator(dovecot, user, made, address)
    process = Process(made)
    process.start()
    until(lambda: rows(made, "SELECT 1 FROM mailboxes WHERE name = 'INBOX'"), 60, "first contact")

    dovecot.deliver(user, mail("x@web.example.net", "help", "A man is following me on the train, please send someone"))
    alert = robin.gets("RED: please look now")
    [ref] = [ref for (ref,) in rows(made, "SELECT ref FROM cases WHERE kind = 'danger'")]
    [code] = re.findall(r"^Code: (\S+)$", words(alert), re.MULTILINE)
    [close] = [link for link in links(alert) if "CLOSE" in link]
    assert ref in close
    assert code in close
    robin.taps(close)

    assert ref in words(robin.gets("Done"))
    assert rows(made, "SELECT stage, final FROM cases WHERE ref = ?", ref) == [("closed", 1)]
    assert process.stop() <= 10
