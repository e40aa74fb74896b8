"""An SMTP server that does what its script says: the proof of what each misbehaviour becomes."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

VERBS = ("banner", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "dot", "QUIT")
FAULTS = ("421", "450", "550", "garbage", "hang", "cut")

_WELL = {
    "banner": "220 sink.invalid ESMTP",
    "empty": "535 5.7.8 that token is too old",
    "STARTTLS": "220 2.0.0 go on",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 fine",
    "RCPT": "250 2.1.5 fine",
    "DATA": "354 go on",
    "dot": "250 2.0.0 kept",
    "RSET": "250 2.0.0 forgotten",
    "QUIT": "221 2.0.0 goodbye",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """One message as it was handed over, dots unstuffed."""

    envelope_from: str
    recipients: tuple[str, ...]
    raw: bytes


@dataclass
class Sink:
    """What the server heard. `script` maps a verb to a fault, or to a whole reply line; it may change meanwhile."""

    script: dict[str, str] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("SIZE 1000000", "8BITMIME")
    tls: ssl.SSLContext | None = None
    port: int = 0
    connections: int = 0
    commands: list[str] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    _talks: set[asyncio.Task[None]] = field(default_factory=set)

    def hang_up(self) -> None:
        """Close every connection, as a server does with idle ones."""
        for writer in self.open:
            writer.close()

    async def end(self) -> None:
        """Hang up and wait until every conversation is over."""
        self.over.set()
        self.hang_up()
        await asyncio.gather(*self._talks)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one conversation."""
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        self.connections += 1
        self.open.add(writer)
        try:
            with contextlib.suppress(_HungUp, OSError, asyncio.IncompleteReadError):
                await self._answer(writer, "banner")
                await self._converse(reader, writer)
        finally:
            self.open.discard(writer)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender = ""
        recipients: list[str] = []
        while said := await reader.readline():
            line = said.decode().strip()
            verb = line.split(maxsplit=1)[0].upper() if line else "empty"
            self.commands.append(line)
            if verb == "MAIL":
                sender, recipients = line[10:].split(">")[0].strip("<"), []
            if verb == "STARTTLS" and self.tls is not None and await self._answer(writer, verb):
                await _encrypt(writer, self.tls)
            elif verb == "DATA" and await self._answer(writer, "DATA"):
                text = await reader.readuntil(b"\r\n.\r\n")
                raw = text[:-3].replace(b"\r\n..", b"\r\n.")
                self.kept.append(Kept(sender, tuple(recipients), raw))
                await self._answer(writer, "dot")
            elif verb not in {"DATA", "STARTTLS"} and await self._answer(writer, verb) and verb == "RCPT":
                recipients.append(line[8:].split(">")[0].strip("<"))

    async def _answer(self, writer: asyncio.StreamWriter, verb: str) -> bool:
        """Say what the script says; return whether it was the good answer."""
        told = self.script.get(verb)
        if told == "cut":
            raise _HungUp
        if told == "hang":
            await self.over.wait()
            raise _HungUp
        if told is None and verb == "EHLO":
            lines = ["sink.invalid", *self.extensions]
            told_lines = [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]
            writer.write("".join(f"{line}\r\n" for line in told_lines).encode())
        elif told is None:
            writer.write(f"{_WELL.get(verb, '500 what?')}\r\n".encode())
        elif told == "garbage":
            writer.write(b"\x16\x03\x01 this is not SMTP\r\n")
        else:
            line = f"{told if ' ' in told else told + ' 4.0.0 scripted'}\r\n"
            writer.write(line.encode("utf-8", "surrogateescape"))
        await writer.drain()
        if told == "421":
            raise _HungUp
        return told is None or (verb == "DATA" and told.startswith("354"))


async def _encrypt(writer: asyncio.StreamWriter, tls: ssl.SSLContext) -> None:
    """Turn to TLS. Python 3.11 loses the writer's transport where the client leaves during the handshake."""
    before = writer.transport
    try:
        await writer.start_tls(tls)
    except AttributeError:
        writer._transport = before  # type: ignore[attr-defined]
        raise _HungUp from None


class _HungUp(Exception):
    pass


@asynccontextmanager
async def sink(
    script: Mapping[str, str] | None = None,
    extensions: tuple[str, ...] | None = None,
    tls: ssl.SSLContext | None = None,
    *,
    from_the_start: bool = False,
) -> AsyncIterator[Sink]:
    """Run a sink in this event loop; `tls` is for STARTTLS, or `from_the_start` of each connection."""
    told = Sink(dict(script or {}), tls=tls)
    if extensions is not None:
        told.extensions = extensions
    server = await asyncio.start_server(told.serve, "127.0.0.1", 0, ssl=tls if from_the_start else None)
    told.port = server.sockets[0].getsockname()[1]
    try:
        yield told
    finally:
        server.close()
        await told.end()
        await server.wait_closed()
