"""Every message of the corpora through a running daemon: each has a ledger row and an outcome, and none stops it."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.crash.sink import KillingSink
from tests.office import Process, rows, until, write_office
from tests.servers import Dovecot

pytestmark = pytest.mark.servers

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"
HOSTILE_PEOPLE = """\
id,name,kind,roles,emails
robin,Robin Hale,officer,coordinator; cover; security; control,robin.hale@btp.example
M01,Ada Member,member,,ada.member@example.org
"""


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are third-party and not beside this repository")
def test_every_message_of_the_corpora_goes_through_the_daemon(dovecot: Dovecot, tmp_path: Path):
    files = sorted(CORPORA.glob("*/eml/*.eml"))
    user, sink = dovecot.new_user(), KillingSink()
    with sink.running():
        made = write_office(
            tmp_path / "office", dovecot.imap(user), sink.settings, people=HOSTILE_PEOPLE, mailbox="iag@btp.example"
        )
        process = Process(made)
        process.start()
        until(lambda: rows(made, "SELECT 1 FROM mailboxes WHERE name = 'INBOX'"), 20, "first contact")
        dovecot.fill(user, [(path.read_bytes(), datetime.now(UTC)) for path in files])
        done = "SELECT 1 FROM messages WHERE filed_at IS NOT NULL OR state = 'stuck'"
        until(lambda: len(rows(made, done)) == len(files), 240, f"an outcome for each: {process.log[-2000:]}")
        assert process.stop() <= 10
    states = Counter(state for (state,) in rows(made, "SELECT state FROM messages"))
    print(f"\n{len(files)} messages: {dict(states)}; {len(sink.accepted)} mails left")
    stuck = rows(made, "SELECT id, reason FROM messages WHERE state = 'stuck'")
    assert stuck == []
    recipients = {str(address) for (address,) in rows(made, "SELECT recipient FROM outbox")}
    demands = [json.loads(line) for line in (CORPORA / "hostile" / "expected.jsonl").read_text().splitlines()]
    assert demands
    assert all(address.count("@") == 1 for address in recipients)
