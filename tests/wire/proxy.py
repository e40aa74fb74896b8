"""A TCP proxy that can fail the way networks do: cut, fall silent, half-close, stop after so many bytes."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """Stands between a client and `target_port` on loopback.

    `swallowing`: bytes are taken and go nowhere, both ways, and nobody is told. `left`: how many more bytes the
    server's side may send before everything is cut; None is no limit. `to_server` is what the client has sent.
    """

    target_port: int
    port: int = 0
    swallowing: bool = False
    left: int | None = None
    to_server: bytearray = field(default_factory=bytearray)
    _carried: set[asyncio.Task[None]] = field(default_factory=set)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _clients: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        """Break every connection at once."""
        for writer in self._writers:
            writer.transport.abort()

    async def end(self) -> None:
        """Break every connection and wait until nothing is carried any more."""
        self.cut()
        await asyncio.gather(*self._carried)

    def half_close(self) -> None:
        """Tell the clients that the server will send no more (a FIN), while their own side stays open."""
        for writer in self._clients:
            writer.get_extra_info("socket").shutdown(socket.SHUT_WR)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._carried.add(task)
        try:
            there_reader, there = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.close()
            return
        self._writers |= {writer, there}
        self._clients.add(writer)
        try:
            await asyncio.gather(self._up(reader, there), self._down(there_reader, writer))
        finally:
            for end in (writer, there):
                end.transport.abort()
            self._writers -= {writer, there}
            self._clients.discard(writer)

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                self.to_server += data
                if not self.swallowing:
                    writer.write(data)
                    await writer.drain()
            writer.write_eof()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self.swallowing:
                    continue
                if self.left is not None:
                    data, self.left = data[: self.left], self.left - len(data)
                writer.write(data)
                await writer.drain()
                if self.left is not None and self.left <= 0:
                    writer.close()
                    return
            writer.write_eof()


@asynccontextmanager
async def proxy(target_port: int) -> AsyncIterator[Proxy]:
    """Run a proxy to `target_port` in this event loop."""
    between = Proxy(target_port)
    server = await asyncio.start_server(between.serve, "127.0.0.1", 0)
    between.port = server.sockets[0].getsockname()[1]
    try:
        yield between
    finally:
        server.close()
        await between.end()
        await server.wait_closed()
