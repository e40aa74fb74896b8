"""Delivery reports of many servers: who was not reached, and whether that address is dead."""

from collections import Counter

from mailroom.message import read
from tests.judged import ABSENT, CORPORA, expected, figures, rows

pytestmark = ABSENT


def test_bounces_in_many_dialects():
    right: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    for _, want, message in expected("sisimai"):
        named = {row["address"]: row.get("hard") for row in want.get("recipients") or [] if row.get("address")}
        found = {bounce.recipient: bounce.severity == "hard" for bounce in message.bounces}
        judged["kind"] += 1
        # A report that delivery is late is, there, a bounce whose reason is that it expired.
        right["kind"] += message.kind == want["kind"] or (want["kind"] == "bounce" and message.kind == "delay")
        if named:
            judged["recipients"] += 1
            right["recipients"] += named.keys() == found.keys()
        for address, hard in named.items():
            if want["kind"] == "bounce" and address in found:
                judged["hard or soft"] += 1
                right["hard or soft"] += hard == found[address]
    rates = figures("sisimai", right, judged)

    assert rates["kind"] >= 0.97
    assert rates["recipients"] >= 0.95
    assert rates["hard or soft"] >= 0.90


def test_line_ends_make_no_difference_to_a_bounce():
    same = total = 0
    for row in rows("sisimai"):
        raw = (CORPORA / "sisimai" / "eml" / row["file"]).read_bytes()
        lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        seen = [read(lines.replace(b"\n", end)) for end in (b"\n", b"\r\n", b"\r")]
        total += 1
        same += all((other.kind, other.bounces) == (seen[0].kind, seen[0].bounces) for other in seen[1:])
    print(f"sisimai: {same} of {total} read alike with LF, CRLF and CR")

    assert same == total


def test_no_other_mail_is_called_a_bounce():
    sets = ("crisp-reply", "email-reply-trimmer", "forwards", "calendar", "mime4j")
    called = [file for name in sets for file, _, message in expected(name) if message.kind in ("bounce", "delay")]
    called += [
        file
        for file, want, message in expected("sisimai")
        if want["kind"] not in ("bounce", "feedback", "delivered") and message.kind == "bounce"
    ]
    print(f"{len(called)} non-bounces called a bounce")

    assert called == []
