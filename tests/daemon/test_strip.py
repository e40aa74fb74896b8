"""A file that may not be kept, over a real Dovecot: in no byte of the database any more, and dated on the server."""

import zlib
from email.message import EmailMessage
from pathlib import Path
from random import Random

import pytest

from mailroom.message import read
from tests.office import AUTHSERV, MAILBOX, Process, rows, until, write_office
from tests.servers import Dovecot, Postfix

pytestmark = pytest.mark.servers

RULE = """\
Rule: Papers that show who somebody is
If subject contains: my passport
Then class: vet.member
Then strip attachments: any
"""


def paper(secret: bytes) -> bytes:
    made = EmailMessage()
    made["Authentication-Results"] = f"{AUTHSERV}; dmarc=pass"
    made["From"] = "Ada Winter <ada.winter@mail.example.org>"
    made["To"] = MAILBOX
    made["Subject"] = "Scan of my passport"
    made["Message-ID"] = "<passport@mail.example.org>"
    made.set_content("As you asked.")
    made.add_attachment(secret, maintype="image", subtype="jpeg", filename="passport.jpg")
    return made.as_bytes()


def test_a_paper_is_in_no_file_of_the_database_and_its_mail_lies_apart_with_a_date(
    dovecot: Dovecot, postfix: Postfix, tmp_path: Path
):
    user, secret = dovecot.new_user(), b"\xff\xd8\xff\xe0" + Random(3).randbytes(200_000)
    made = write_office(tmp_path / "office", dovecot.imap(user), postfix.smtp())
    (tmp_path / "office" / "rules" / "sorting" / "01-papers.txt").write_text(RULE)
    process = Process(made)
    process.start()
    until(lambda: rows(made, "SELECT 1 FROM mailboxes WHERE name = 'INBOX'"), 20, "first contact")
    dovecot.deliver(user, paper(secret))
    until(lambda: rows(made, "SELECT 1 FROM messages WHERE filed_at IS NOT NULL"), 20, lambda: process.log)

    until(lambda: not rows(made, "SELECT 1 FROM settings WHERE key = 'wipe'"), 20, "the log emptied")
    files = list(made.office.database.parent.glob(f"{made.office.database.name}*"))
    lying = b"".join(path.read_bytes() for path in files)
    packed = zlib.compress(paper(secret), 1)
    middle = range(len(packed) // 4, len(packed) * 3 // 4, 997)
    assert len(files) > 1, "the daemon is running, and its log is there"
    assert not any(packed[at : at + 32] in lying or secret[at : at + 32] in lying for at in middle)
    [(state, class_, folder, bin_on, packed_now)] = rows(
        made,
        "SELECT m.state, m.class, m.folder, m.bin_on, r.packed FROM messages AS m"
        " JOIN message_raw AS r ON r.message_id = m.id",
    )
    assert (state, class_, folder) == ("restricted", "vet.member", "Restricted")
    assert bin_on
    left = read(zlib.decompress(packed_now))
    assert (left.subject, left.new_text.strip()) == ("Scan of my passport", "As you asked.")
    assert [file.name for file in left.attachments] == ["taken-out.txt"]
    [copy] = [
        path.read_bytes()
        for part in ("new", "cur")
        for path in (dovecot.maildir(user) / ".Restricted" / part).glob("*")
    ]
    assert b"passport.jpg" in copy
    assert process.stop() <= 10
