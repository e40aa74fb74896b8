"""The hostile set through a running office: every demand its makers state of each message.

Seconds and memory are the reader's own limits (5 s, 256 MiB): a message that passed one would be quarantined
with the reason, and none may be.
"""

import hashlib
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from mailroom.config import Config
from tests.crash.sink import KillingSink
from tests.office import Process, rows, until, write_office
from tests.servers import Dovecot

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "hostile"
pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpora are not here: {CORPUS} is missing"),
]
ADA = "ada.member@example.org"
STAFF = "robin.hale@btp.example"
PEOPLE = f"""\
id,name,kind,roles,emails
robin,Robin Hale,officer,coordinator; cover; security; control,{STAFF}
M01,Ada Member,member,,{ADA}
"""
ARRIVED = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DONE = "SELECT count(*) FROM messages WHERE filed_at IS NOT NULL OR state = 'stuck'"


@dataclass(frozen=True)
class Played:
    """The office after the set: by file name the ledger rows, and by row the mails that left because of it."""

    made: Config
    demands: dict[str, dict[str, Any]]
    ledger: dict[str, list[int]]
    mails: list[tuple[int, str, bytes]]
    accepted: tuple[bytes, ...]
    files: frozenset[Path]
    log: str

    def sent(self, file: str) -> list[str]:
        """Return to whom mails left because of a file; the coordinator's own notices are not answers."""
        return [to for cause, to, _ in self.mails if cause in self.ledger[file] and to != STAFF]

    def of(self, files: str) -> list[tuple[int, str, bytes]]:
        """Return the mails that left because of the files whose names begin so."""
        causes = {row for file, found in self.ledger.items() if file.startswith(files) for row in found}
        return [mail for mail in self.mails if mail[0] in causes]

    def tasks(self, file: str) -> str:
        """Return what the coordinator is asked to do about a file."""
        return "\n".join(
            text for row in self.ledger[file]
            for (text,) in rows(self.made, "SELECT text FROM tasks WHERE message_id = ?", row)
        )  # fmt: skip

    def one(self, file: str, column: str) -> Any:  # noqa: ANN401 - whatever the column holds
        """Return one column of a file's row."""
        return rows(self.made, f"SELECT {column} FROM messages WHERE id = ?", self.ledger[file][0])[0][0]


@pytest.fixture(scope="module")
def played(dovecot: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Played:
    demands = {
        row["file"]: row["expected"] for row in map(json.loads, (CORPUS / "expected.jsonl").read_text().splitlines())
    }
    raws = {file: (CORPUS / "eml" / file).read_bytes() for file in demands}
    # Its twin: another mail under the same Message-ID.
    twins = [raw + b"and more\r\n" for file, raw in raws.items() if file.startswith("dup-id")]
    user, sink = dovecot.new_user(), KillingSink()
    folder = tmp_path_factory.mktemp("hostile") / "office"
    with sink.running():
        made = write_office(
            folder,
            dovecot.imap(user),
            sink.settings,
            people=PEOPLE,
            mailbox="iag@btp.example",
            authserv="mx.btp.example",
        )
        before = frozenset(folder.parent.rglob("*"))
        process = Process(made)
        process.start()
        until(lambda: rows(made, "SELECT 1 FROM mailboxes WHERE name = 'INBOX'"), 20, "first contact")
        dovecot.fill(user, [(raw, ARRIVED) for raw in (*raws.values(), *twins)])
        until(
            lambda: rows(made, DONE)[0][0] == len(raws) + len(twins),
            120,
            lambda: f"an outcome for each: {process.log[-2000:]}",
        )
        process.stop()
        # Once more over the same mailbox: nothing is entered twice.
        process.start()
        waiting = "SELECT count(*) FROM outbox WHERE state IN ('ready', 'sending') AND kind = 'ack'"
        until(lambda: rows(made, waiting)[0][0] == 0, 30, "what may go, gone")
        assert process.stop() <= 10
    hashes: dict[str, list[int]] = {}
    for row, sha256 in rows(made, "SELECT id, sha256 FROM messages"):
        hashes.setdefault(sha256, []).append(row)
    ledger = {file: hashes.get(_stored(raw), []) for file, raw in raws.items()}
    mails = [(cause, to, mime) for cause, to, mime in rows(made, "SELECT cause_id, recipient, mime FROM mails")]
    new = frozenset(folder.parent.rglob("*")) - before
    return Played(made, demands, ledger, mails, tuple(sink.accepted), new, process.log)


def _stored(raw: bytes) -> str:
    """Return the hash of a message as Dovecot gives it: with CRLF, and with 0x80 for NUL (RFC 3501 section 4.3)."""
    return hashlib.sha256(re.sub(rb"(?<!\r)\n", b"\r\n", raw.replace(b"\0", b"\x80"))).hexdigest()


def test_each_has_the_ledger_rows_demanded_and_an_outcome(played: Played):
    found = {file: len(played.ledger[file]) for file in played.demands}

    assert found == {file: demand["must"]["ledger"] for file, demand in played.demands.items()}
    assert rows(played.made, "SELECT id, reason FROM messages WHERE state = 'stuck'") == []


def test_none_needs_more_than_the_seconds_and_the_memory_demanded(played: Played):
    reasons = [str(reason) for (reason,) in rows(played.made, "SELECT reason FROM messages")]

    assert [reason for reason in reasons if re.search(r"longer than|MiB|signal", reason)] == []


def test_no_more_mails_leave_than_demanded_and_to_nobody_else(played: Played):
    for file, demand in played.demands.items():
        if "sent" in demand["must"]:
            assert len(played.sent(file)) <= demand["must"]["sent"], file
        if "sent_to_only" in demand["must"]:
            assert set(played.sent(file)) <= set(demand["must"]["sent_to_only"]), file
    print(f"\n{len(played.demands)} messages; answers to {sorted({to for _, to, _ in played.mails})}")


def test_file_names_write_nothing_outside_the_store_and_what_is_shown_is_safe(played: Played):
    assert {path.name for path in played.files if not path.name.startswith("office.db")} <= {"daemon.log"}
    assert not any(Path(folder, "pwned").exists() for folder in ("/", "/etc", "/tmp", "/root"))


def test_what_was_typed_is_never_run(played: Played):
    for _, _, mime in played.of("jinja"):
        body = message_from_bytes(mime, policy=policy.default).get_body(("plain",))
        assert body is not None
        assert not re.search(r"\b49\b", body.get_content())


def test_what_leaves_is_one_mail_of_short_lines_each_ended_in_full(played: Played):
    for _, _, mime in played.mails:
        assert not re.search(rb"\r(?!\n)|(?<!\r)\n", mime)
        assert max(map(len, mime.split(b"\r\n"))) <= 998


def test_the_servers_date_decides_and_nothing_is_planned_for_the_far_future(played: Played):
    for file in (file for file in played.demands if file.startswith("date-")):
        assert played.one(file, "received_at").startswith("2026-11-02T09:00"), file
    for table, column in (("outbox", "not_before"), ("outbox", "expires"), ("tasks", "due"), ("cases", "due")):
        assert rows(played.made, f"SELECT {column} FROM {table} WHERE {column} > '2100'") == []


def test_two_mails_under_one_message_id_are_both_kept(played: Played):
    for file in (file for file in played.demands if file.startswith("dup-id")):
        own = played.one(file, "message_id")
        assert rows(played.made, "SELECT count(*) FROM messages WHERE message_id = ?", own) == [(2,)]


def test_nobody_is_believed_and_no_case_moves(played: Played):
    assert rows(played.made, "SELECT id FROM messages WHERE trust = 'verified'") == []
    assert rows(played.made, "SELECT status FROM addresses WHERE email = ?", ADA) == [("ok",)]
    confirmed = "SELECT count(*) FROM links WHERE message_id = ? AND case_id IS NOT NULL AND state = 'confirmed'"
    for file in ("refs-steal.eml", "ics-old-seq.eml", "bounce-forged.eml"):
        if file in played.demands:
            assert rows(played.made, confirmed, played.ledger[file][0]) == [(0,)], file


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ("nest-", "nested"), ("parts-", "more than 1000 parts"), ("headers-", "header lines"),
        ("spoof-two-from", "more than one From"), ("tnef-only", "winmail.dat"), ("authres-", "No rule knew"),
    ],
)  # fmt: skip
def test_what_only_a_person_can_judge_is_put_to_the_coordinator(played: Played, files: str, words: str):
    for file in (file for file in played.demands if file.startswith(files)):
        assert words in played.tasks(file), file


def test_the_office_file_and_its_index_are_whole(played: Played):
    with closing(sqlite3.connect(played.made.office.database)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        db.execute("INSERT INTO message_text_fts (message_text_fts) VALUES ('integrity-check')")


def test_no_markup_reaches_the_stored_words(played: Played):
    for file in (file for file in played.demands if file.startswith("html-")):
        body = rows(played.made, "SELECT body FROM message_text WHERE message_id = ?", played.ledger[file][0])
        assert not re.search(r"(?i)<\s*(?:script|iframe|img|div)\b", str(body)), file


def test_the_log_holds_no_control_character(played: Played):
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", played.log)
