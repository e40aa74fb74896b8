"""The reader process: bytes to `Message` at arm's length, so that no message can take the daemon with it.

A `Reader` owns one long-lived child (`python -m mailroom.reader`). A message that takes longer than it
may, or more memory than it may, costs the child its life and the caller an `Unreadable`; the next message
gets a fresh child. Frames on the child's standard input and output are a length (four bytes, big-endian)
and a body: first a greeting and a sign of readiness, then raw messages one way and answers the other, in
order. Answers are msgpack decoded to declared types, never pickle: the child has handled hostile bytes.
"""

import asyncio
import contextlib
import fcntl
import importlib
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import BinaryIO

import msgspec

from mailroom.errors import Temporary, Unreadable
from mailroom.message import Border, Message

MIB = 1024 * 1024
# A child imports its parsers before the first message: that is our time, not the message's.
_WARM_UP_SECONDS = 60.0
_LENGTH_BYTES = 4
# The child must find this very package, installed or not.
_ROOT = str(Path(__file__).resolve().parents[1])
# No answer is larger: bodies are capped, so a larger length means a child gone mad.
_LARGEST_ANSWER = 64 * MIB


class Greeting(msgspec.Struct, frozen=True):
    """What the child must know before the first message."""

    border: Border
    bytes_allowed: int
    plugin: str


class Answer(msgspec.Struct, frozen=True):
    """A message understood, or the plain reason why not. msgpack keeps moments in UTC, so the offset goes apart."""

    message: Message | None
    offset_seconds: int
    reason: str


_answers = msgspec.msgpack.Decoder(Answer)

_SECOND_LOOK_SECONDS = 0.25


class Reader:
    """One child process that understands messages, restarted whenever one of them kills it."""

    def __init__(self, border: Border, *, seconds: float = 5.0, mib: int = 256, plugin: str = "") -> None:
        """Prepare; the child starts with the first message.

        Args:
            border: whose Authentication-Results the child believes.
            seconds: how long one message may take.
            mib: how much memory one message may take, in MiB above what an idle child holds.
            plugin: name of a module whose `before(raw)` the child calls first. For tests only: no
                message can ask for it.

        """
        self._greeting = Greeting(border, mib * MIB, plugin)
        self._seconds = seconds
        self._mib = mib
        self._child: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()

    async def read(self, raw: bytes) -> Message:
        """Understand one message.

        Raises:
            Unreadable: the message took too long or too much, or its reader died of it.
            Temporary: no reader could be started; that is no fault of the message.

        """
        outcome = (await self.read_many([raw]))[0]
        if isinstance(outcome, Unreadable):
            raise outcome
        return outcome

    async def read_many(self, raws: Sequence[bytes]) -> list[Message | Unreadable]:
        """Understand several messages in one go, the next ones queued while one is read; outcomes in order."""
        outcomes: list[Message | Unreadable] = []
        async with self._lock:
            while len(outcomes) < len(raws):
                child = await self._started()
                feeder = asyncio.create_task(_feed(child, raws[len(outcomes) :]))
                alive = False
                try:
                    while len(outcomes) < len(raws):
                        outcomes.append(await self._outcome(child))
                    alive = True
                except Unreadable as fault:
                    outcomes.append(fault)
                finally:
                    feeder.cancel()
                    with contextlib.suppress(asyncio.CancelledError, OSError):
                        await feeder
                    if not alive:  # also when we were cancelled half way: the frames are out of step
                        await self._kill()
        return outcomes

    async def close(self) -> None:
        """End the child. The Reader may be used again: it starts another."""
        async with self._lock:
            await self._kill()

    async def _started(self) -> asyncio.subprocess.Process:
        if self._child is not None and self._child.returncode is None:
            return self._child
        paths = [_ROOT, *filter(None, [os.environ.get("PYTHONPATH", "")])]
        # Not our whole environment: a password may stand in it, and the child reads what strangers wrote.
        passed_on = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
        try:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "mailroom.reader",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={**passed_on, "PYTHONPATH": os.pathsep.join(paths)},
                limit=MIB,
            )
        except OSError as fault:
            raise Temporary(f"the reader process could not be started: {fault.strerror}") from fault
        self._child = child
        _widen(child)
        try:
            await _feed(child, [msgspec.msgpack.encode(self._greeting)])
            async with asyncio.timeout(_WARM_UP_SECONDS):
                await _frame(child)
        except (asyncio.IncompleteReadError, OSError, TimeoutError) as fault:
            await self._kill()
            raise Temporary("the reader process could not be started") from fault
        return child

    async def _outcome(self, child: asyncio.subprocess.Process) -> Message:
        try:
            answer = _answers.decode(await self._in_time(child))
        except TimeoutError:
            raise Unreadable(f"took longer than {self._seconds:g} s") from None
        except asyncio.IncompleteReadError:
            raise Unreadable(_ending(await child.wait())) from None
        except msgspec.DecodeError:
            raise Unreadable("the reader gave an answer that makes no sense") from None
        if answer.message is None:
            raise Unreadable(answer.reason)
        if answer.message.date is None:
            return answer.message
        zone = timezone(timedelta(seconds=answer.offset_seconds))
        return replace(answer.message, date=answer.message.date.astimezone(zone))

    async def _in_time(self, child: asyncio.subprocess.Process) -> bytes:
        """Wait for an answer as long as a message may take.

        The time is measured in our own loop. Where something held that up, the timer goes off together
        with an answer that had come in time: so there is a second look before the verdict.

        Raises:
            TimeoutError: there is no answer.

        """
        frame = asyncio.create_task(_frame(child))
        try:
            for seconds in (self._seconds, _SECOND_LOOK_SECONDS):
                await asyncio.wait({frame}, timeout=seconds)
                if frame.done():
                    return frame.result()
        finally:
            frame.cancel()
        raise TimeoutError

    async def _kill(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        if child.stdin is not None:
            child.stdin.close()


def _widen(child: asyncio.subprocess.Process) -> None:
    """Let the pipe hold whole messages: through the usual 64 KiB the child would wait for us between them."""
    pipe = child.stdin.get_extra_info("pipe") if child.stdin else None
    if pipe is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError, ValueError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, MIB)


async def _feed(child: asyncio.subprocess.Process, bodies: Sequence[bytes]) -> None:
    """Write frames at the child's pace; a child that dies is noticed by whoever waits for its answers."""
    if child.stdin is None:
        return
    with contextlib.suppress(ConnectionError):
        for body in bodies:
            child.stdin.write(len(body).to_bytes(_LENGTH_BYTES, "big"))
            child.stdin.write(body)
            await child.stdin.drain()


async def _frame(child: asyncio.subprocess.Process) -> bytes:
    if child.stdout is None:
        raise asyncio.IncompleteReadError(b"", _LENGTH_BYTES)
    length = int.from_bytes(await child.stdout.readexactly(_LENGTH_BYTES), "big")
    if length > _LARGEST_ANSWER:
        raise asyncio.IncompleteReadError(b"", length)
    return await child.stdout.readexactly(length)


def _ending(code: int) -> str:
    return f"the reader ended with signal {-code}" if code < 0 else f"the reader ended with code {code}"


def main() -> None:
    """Be the child: read frames until standard input ends, so that a killed daemon leaves no orphan."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us in its own order
    logging.disable(logging.CRITICAL)  # parsers log what they stumble over, and that is somebody's mail
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    wire_in, wire_out = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that prints may speak in our frames
    body = _read(wire_in)
    if body is None:
        return
    greeting = msgspec.msgpack.decode(body, type=Greeting)
    before = _before(greeting.plugin)
    understand = _warm(greeting.border)
    _limit(greeting.bytes_allowed)
    _write(wire_out, b"ready")
    while (raw := _read(wire_in)) is not None:
        try:
            before(raw)
            message = understand(raw)
            offset = message.date.utcoffset() if message.date else None
            answer = msgspec.msgpack.encode(Answer(message, int((offset or timedelta()).total_seconds()), ""))
        except MemoryError:
            # What is left of this process is not worth trusting: say so and end.
            reason = f"needed more than {greeting.bytes_allowed // MIB} MiB"
            _write(wire_out, msgspec.msgpack.encode(Answer(None, 0, reason)))
            os._exit(1)
        del raw
        _write(wire_out, answer)


def _before(plugin: str) -> Callable[[bytes], None]:
    if not plugin:
        return lambda _raw: None
    before: Callable[[bytes], None] = importlib.import_module(plugin).before
    return before


def _warm(border: Border) -> Callable[[bytes], Message]:
    """Load every parser by reading one message that needs them all."""
    from mailroom.message import reading  # noqa: PLC0415 - a third of a second that only the child needs

    reading.read(_WARM_UP, border)
    return lambda raw: reading.read(raw, border)


def _limit(allowed: int) -> None:
    """Allow `allowed` bytes of data above what this process holds now, where the system can say (Linux)."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return
    held = next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmData:")), 0)
    resource.setrlimit(resource.RLIMIT_DATA, (held + allowed, held + allowed))


def _read(wire: BinaryIO) -> bytes | None:
    """Read one frame; None at the end, which may fall within a frame."""
    head = wire.read(_LENGTH_BYTES)
    if len(head) < _LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "big")
    body = wire.read(length)
    return body if len(body) == length else None


def _write(wire: BinaryIO, body: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        wire.write(len(body).to_bytes(_LENGTH_BYTES, "big"))
        wire.write(body)
        wire.flush()


_WARM_UP = b"""From: Reader <reader@example.org>
Subject: =?utf-8?q?warm-up?=
Date: Mon, 04 Jan 2027 09:00:00 +0000
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=utf-8

<p>On 4 Jan 2027 at 09:00, Ada wrote:</p><blockquote>Hello</blockquote>
--b
Content-Type: text/calendar; method=REPLY

BEGIN:VCALENDAR
METHOD:REPLY
BEGIN:VEVENT
UID:warm-up@example.org
ATTENDEE;PARTSTAT=ACCEPTED:mailto:reader@example.org
END:VEVENT
END:VCALENDAR
--b--
"""

if __name__ == "__main__":
    main()
