"""Real and hostile mail with expected values, read where it lies; never copied or quoted here.

The floors are modest on purpose: they catch a fall, the printed figures show the way up.
"""

import json
import time
from collections import Counter
from email.message import Message as Tree

from click.testing import CliRunner

from mailroom.cli.parse import parse
from mailroom.errors import Unreadable
from mailroom.message import as_json, mime
from mailroom.message.parsing import with_standard_library
from mailroom.reader import Reader
from tests.judged import ABSENT, CORPORA, HOSTILE, expected, figures, rows, spaced

pytestmark = ABSENT


def test_every_message_goes_through_parse_in_order():
    files = [str(path) for path in sorted(CORPORA.glob("*/eml/*"))]
    result = CliRunner().invoke(parse, ["--json", *files], standalone_mode=False)
    lines = [json.loads(line) for line in result.stdout.splitlines()]

    print(f"{len(lines)} of {len(files)} messages went through parse")
    assert result.exception is None
    assert [line["file"] for line in lines] == files
    assert result.return_value == 0


def test_subjects_senders_and_files_of_odd_mail():
    """The set's reader drops raw 8-bit letters, takes a whole odd From for an address, and goes into enclosed mail."""
    right: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    for _, want, message in expected("imap-tools"):
        files = {(item["filename"], item["size"], item["sha256"]) for item in want["attachments"]}
        ours = {(item.name, item.size, item.sha256) for item in message.attachments}
        encloses = any(item.type == "message/rfc822" for item in message.attachments)
        subject = spaced(message.subject)
        sender = want["from_email"].lower()
        for key, ok in {
            "subject": spaced(want["subject"]) in (subject, subject.encode("ascii", "ignore").decode()),
            "from": message.sender.address in (sender, sender.rpartition(" ")[2]),
            "name": " " in sender or spaced(want["from_name"]) == message.sender.name,
            "to": [address.lower() for address in want["to"]] == [address.address for address in message.to],
            "cc": [address.lower() for address in want["cc"]] == [address.address for address in message.cc],
            "files": ours == files or (encloses and ours < files and not any(name for name, *_ in files - ours)),
            "words": all(word in message.text for word in (want["text"] or "").split()[:5] if word.isascii()),
        }.items():
            judged[key] += 1
            right[key] += ok
    rates = figures("imap-tools", right, judged)

    assert min(rates["subject"], rates["from"], rates["name"], rates["to"], rates["cc"]) >= 0.99
    assert rates["files"] >= 0.98
    assert rates["words"] >= 0.95


def test_broken_structures_are_read_as_a_persons_program_would():
    right = Counter({"leaves": 0})
    judged: Counter[str] = Counter()
    for row in rows("mime4j"):
        tree = with_standard_library((CORPORA / "mime4j" / "eml" / row["file"]).read_bytes()).tree
        judged["leaves"] += 1
        right["leaves"] += innermost(tree) == row["expected"]["leaves"]

    assert figures("mime4j", right, judged)["leaves"] >= 0.95


def innermost(tree: Tree) -> int:
    """Count the leaves down into enclosed messages; a multipart without parts holds none."""
    found = list(mime.leaves(tree))
    enclosed = [leaf for leaf in found if leaf.type in mime.ENCLOSED]
    plain = [leaf for leaf in found if leaf not in enclosed and leaf.part.get_content_maintype() != "multipart"]
    return len(plain) + sum(innermost(inner) for leaf in enclosed for inner in mime.subparts(leaf.part))


def test_forwards_in_twenty_languages():
    right: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    for _, want, message in expected("forwards"):
        inner = message.forward
        judged["found"] += 1
        right["found"] += (inner is not None) == want["forwarded"]
        for key, ok in {
            "orig_from": inner is not None and inner.address == want.get("orig_from"),
            "orig_subject": inner is not None and spaced(inner.subject) == spaced(want.get("orig_subject")),
            "body_contains": inner is not None and spaced(want.get("body_contains")) in spaced(inner.text),
        }.items():
            if want.get(key):
                judged[key] += 1
                right[key] += ok
        if want["forwarded"] and want.get("body_contains"):
            judged["not new text"] += 1
            right["not new text"] += spaced(want["body_contains"]) not in spaced(message.new_text)

    assert min(figures("forwards", right, judged).values()) >= 0.95


def test_new_text_of_replies():
    right: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    for name in ("crisp-reply", "email-reply-trimmer"):
        for file, want, message in expected(name):
            found = spaced(str(as_json(message, file)["new_text"]))
            exact = want.get("reply_text")
            wanted = spaced(exact if exact is not None else want["reply_text_starts"])
            judged[name] += 1
            right[name] += wanted == found if exact is not None else found.startswith(wanted)
            lost = Counter(wanted.split()) - Counter(found.split())
            assert lost.total() <= len(wanted.split()) / 10, (
                f"{file}: {lost.total()} words of {len(wanted.split())} lost"
            )
    rates = figures("replies", right, judged)

    assert rates["crisp-reply"] >= 0.8
    assert rates["email-reply-trimmer"] >= 0.8


async def test_hostile_mail_is_read_in_time_and_within_memory():
    reader = Reader(HOSTILE)
    slowest, slowest_name = 0.0, ""
    await reader.read(b"From: a@example.org\r\n\r\nfirst\r\n")
    try:
        for path in sorted((CORPORA / "hostile" / "eml").iterdir()):
            began = time.perf_counter()
            outcome = (await reader.read_many([path.read_bytes()]))[0]
            took = time.perf_counter() - began
            assert not isinstance(outcome, Unreadable), f"{path.name}: {outcome}"
            if took > slowest:
                slowest, slowest_name = took, path.name
    finally:
        await reader.close()
    print(f"hostile: slowest {slowest:.2f} s ({slowest_name})")

    assert slowest <= 5


def test_hostile_mail_is_never_believed_and_what_must_not_be_answered_is_not():
    for name, want, message in expected("hostile"):
        assert message.authentication.verdict != "pass", name
        # A forged command is an ordinary letter from a person; refusing it is the office's business.
        if want["must"].get("sent") == 0 and not name.startswith("authres"):
            assert message.silence, name
