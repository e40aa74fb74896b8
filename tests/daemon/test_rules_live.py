"""A coordinator saves her rule files while the office runs, over a real Dovecot and Postfix."""

import subprocess
import time
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailroom.config import Config
from tests.office import Process, mail, rows, until, write_office
from tests.servers import Dovecot, Postfix

pytestmark = pytest.mark.servers

PARKING = "Rule: Parking\nIf subject contains: {}\nThen class: noise\nThen file in: {}\n"


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True, check=True).stdout


def folder_of(made: Config, subject: str) -> str:
    found = rows(made, "SELECT folder FROM messages WHERE subject = ? AND filed_at IS NOT NULL", subject)
    return str(found[0][0]) if found else ""


def told(made: Config) -> list[str]:
    found = rows(made, "SELECT mime FROM mails WHERE template = 'notice/rules-broken' AND state = 'sent' ORDER BY id")
    parts = [message_from_bytes(mime, policy=policy.default).get_body(("plain",)) for (mime,) in found]
    return [part.get_content() for part in parts if part]


def test_a_broken_save_changes_nothing_and_is_told_once_and_a_mended_one_is_live(
    dovecot: Dovecot, postfix: Postfix, tmp_path: Path
):
    user = dovecot.new_user()
    made = write_office(tmp_path / "office", dovecot.imap(user), postfix.smtp())
    mine = made.office.rules / "sorting" / "09-mine.txt"
    mine.write_text(PARKING.format("parking permit", "Parking"))
    (made.path.parent / ".gitignore").write_text("*\n!rules/**\n!templates/**\n!*/\n")
    git(made.path.parent, "init", "-q")
    process = Process(made)
    process.start()
    until(lambda: rows(made, "SELECT 1 FROM mailboxes WHERE name = 'INBOX'"), 20, lambda: process.log)

    mine.write_text(PARKING.format("parking permit", "Elsewhere").replace("subject", "subjct"))
    saved = time.monotonic()
    until(lambda: told(made), 60, lambda: f"the coordinator is told: {process.log}")
    print(f"\ntold {time.monotonic() - saved:.1f} s after the save")
    dovecot.deliver(user, mail("a@web.example.net", "parking permit, please", "May I have one?"))
    until(lambda: folder_of(made, "parking permit, please"), 20, lambda: process.log)
    assert folder_of(made, "parking permit, please") == "Parking"
    [text] = told(made)
    assert "rules/sorting/09-mine.txt:2" in text
    assert "Did you mean “subject contains”?" in text
    assert "The line is: If subjct contains: parking permit" in " ".join(text.split())
    process.kill()
    process.start()
    dovecot.deliver(user, mail("c@web.example.net", "parking permit, once more", "May I have one?"))
    until(lambda: folder_of(made, "parking permit, once more"), 30, lambda: process.log)
    assert folder_of(made, "parking permit, once more") == "Parking", "the last good set outlives a restart"

    mine.write_text(PARKING.format("parking permit", "Elsewhere"))
    live = "SELECT 1 FROM journal WHERE event = 'rules' AND words LIKE '%09-mine.txt changed%'"
    until(lambda: rows(made, live), 60, "the mended set is live")
    dovecot.deliver(user, mail("b@web.example.net", "parking permit again", "May I have one?"))
    until(lambda: folder_of(made, "parking permit again"), 20, lambda: process.log)

    assert folder_of(made, "parking permit again") == "Elsewhere"
    assert len(told(made)) == 1
    assert rows(made, "SELECT 1 FROM alarms WHERE key = 'rules' AND cleared_at IS NULL") == []
    until(lambda: "09-mine.txt changed" in git(made.path.parent, "log", "--format=%s"), 10, "in the history")
    process.stop()
