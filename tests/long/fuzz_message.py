"""Mail nobody would send, for as long as one likes: `python -m tests.long.fuzz_message --minutes 10 --seed 1`.

Every case is made from its number alone, so `--case N` plays one again. A case fails when reading raises, takes more
than 5 seconds, or gives a message that can't be printed, stored, or holds a control character where a header goes.
"""

import argparse
import json
import random
import resource
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from bench import mailbox
from mailroom.message import Message, as_json, read
from mailroom.message.reading import OPAQUE
from mailroom.message.text import one_line

ROOT = Path(__file__).parents[2]
CORPORA = ROOT.parent / "shared" / "corpora"
SECONDS = 5
LARGEST = 400_000
TOKENS = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"--",
    b"--b",
    b"--b--",
    b"=?",
    b"?=",
    b"=?utf-8?q?",
    b"=?utf-8?b?",
    b"?utf-7?Q?",
    b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"Content-Type: message/rfc822\r\n",
    b"Content-Type: text/html\r\n",
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b\r\n b"\r\n',
    b"Content-Type: text/plain; ",
    b"charset=utf-7",
    b"charset*=idna''x",
    b"charset=hz",
    b"charset=iso-2022-kr",
    b"format=flowed; delsp=yes",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"Content-Disposition: attachment; filename*0*=x''%00%0d",
    b"name=",
    b"From: ",
    b"To: (((",
    b'Cc: "',
    b"Subject: =?utf-8?q?=0d=0aBcc:_x?=\r\n",
    b"Date: ",
    b"9999",
    b"-0000",
    b"<",
    b">",
    b"<blockquote>",
    b"<div class=gmail_quote>",
    b"</div>",
    b"<!--",
    b"&#",
    b"<style>",
    b"<p style='",
    b"> ",
    b">>>> ",
    b"On 4 Jan 2027 at 09:00, a <a@example.org> wrote:",
    b"-- \n",
    b"________________\n",
    b"begin 644 x\n",
    b"\nend\n",
    b"BEGIN:VCALENDAR\r\n",
    b"METHOD:REPLY\r\n",
    b"BEGIN:VEVENT\r\n",
    b"END:VEVENT\r\n",
    b"RRULE:FREQ=SECONDLY\r\n",
    b"Final-Recipient: rfc822;",
    b"Action: failed\r\n",
    b"Status: 5.1.1\r\n",
    b"Authentication-Results: x; dmarc=pass",
    b"\x00",
    b"\x1b$B",
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b"\xed\xa0\x80",
    b"\x85",
    b"\xc2\x85",
    b"a" * 1_100,
    b"(" * 300,
    b"\t ",
]


class Slow(BaseException):
    """Reading took too long; no Exception, so that nothing but us catches it."""


def main() -> int:
    """Fuzz until the time is up; print the figures and what failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.long.fuzz_message", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long (10)")
    parser.add_argument("--seed", type=int, default=1, help="which cases (1)")
    parser.add_argument("--case", type=int, help="play this one case again, and let it raise")
    arguments = parser.parse_args()
    seeds = sources()
    signal.signal(signal.SIGALRM, _too_slow)
    if arguments.case is not None:
        raw = made(seeds, arguments.seed, arguments.case)
        sys.stdout.buffer.write(raw)
        check(read(raw), raw)
        return 0
    return run(seeds, arguments.seed, arguments.minutes * 60)


def run(seeds: list[bytes], seed: int, seconds: float) -> int:
    """Play cases for `seconds`; return the exit code."""
    until = time.monotonic() + seconds
    failed, number, slowest, slowest_case = 0, 0, 0.0, 0
    while time.monotonic() < until:
        raw = made(seeds, seed, number)
        fault = ""
        began = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            check(read(raw), raw)
        except (Exception, Slow) as error:  # noqa: BLE001 - whatever it is, it is what we look for
            fault = f"{type(error).__name__}: {one_line(str(error))[:200]}"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        took = time.perf_counter() - began
        if took > slowest:
            slowest, slowest_case = took, number
        if fault:
            failed += 1
            print(f"case {number} ({len(raw)} bytes): {fault}", flush=True)
        number += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"seed {seed}: {number} cases from {len(seeds)} messages, {failed} failed; "
        f"slowest {slowest:.2f} s (case {slowest_case}), peak {peak} MiB"
    )
    return 1 if failed else 0


def check(message: Message, raw: bytes) -> None:
    """Assert what must hold of every message there is."""
    assert OPAQUE not in message.defects, "nothing could read it: our own reading raised"
    printed = json.dumps(as_json(message, "x"), ensure_ascii=False)
    printed.encode("utf-8")
    assert message.size == len(raw)
    lines = [message.subject, message.sender.name, message.sender.address, message.message_id, message.in_reply_to]
    lines += [address.name + address.address for address in (*message.to, *message.cc, *message.reply_to)]
    lines += [item.name for item in message.attachments] + [value for _, value in message.headers]
    for line in lines:
        assert line == one_line(line) or line == line.strip(), "a header is not one clean line"
        assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in line), "a control character in a header"
    assert "\r" not in message.text


def sources() -> list[bytes]:
    """Give the messages that cases are made from: invented ones, and the corpora where they are."""
    found = [raw for raw, _ in mailbox.messages(60, 1) if len(raw) < LARGEST]
    found += [path.read_bytes() for path in sorted((ROOT / "tests" / "messages").glob("*.eml"))]
    if CORPORA.is_dir():
        found += [raw for path in sorted(CORPORA.glob("*/eml/*")) if len(raw := path.read_bytes()) < LARGEST]
    return found


def made(seeds: list[bytes], seed: int, number: int) -> bytes:
    """Make case `number`: one message, changed in a few places."""
    chance = random.Random(f"{seed}:{number}")
    raw = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8, 20))):
        _change(raw, chance, seeds)
        if len(raw) > LARGEST:
            del raw[LARGEST:]
    return bytes(raw)


def _change(raw: bytearray, chance: random.Random, seeds: list[bytes]) -> None:
    at = chance.randint(0, len(raw))
    # Half of all changes hit the first lines, where the meaning is.
    if chance.random() < 0.5:
        at = min(at, chance.randint(0, 2_000), len(raw))
    length = chance.choice((1, 1, 2, 8, 40, 300, 4_000))
    way = chance.randrange(9)
    if way == 0:
        raw[at : at + 1] = bytes([chance.randrange(256)])
    elif way == 1:
        del raw[at : at + length]
    elif way == 2:
        raw[at:at] = chance.randbytes(min(length, 40))
    elif way in (3, 4):
        raw[at:at] = chance.choice(TOKENS)
    elif way == 5:
        raw[at:at] = raw[at : at + length] * chance.choice((1, 2, 10, 100))
    elif way == 6:
        other = chance.choice(seeds)
        begin = chance.randint(0, len(other))
        raw[at:at] = other[begin : begin + length * 10]
    elif way == 7:
        lines = bytes(raw).split(b"\n")
        here, there = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[here], lines[there] = lines[there], lines[here]
        raw[:] = b"\n".join(lines)
    else:
        raw[at:at] = chance.choice(TOKENS) * chance.choice((2, 30, 1_000))


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise Slow(f"longer than {SECONDS} s")


if __name__ == "__main__":
    sys.exit(main())
