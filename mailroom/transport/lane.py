"""One thread that does one thing at a time: how a blocking connection is used from the event loop.

Not a ThreadPoolExecutor: the interpreter joins a pool's threads at exit, so that a connect or a name lookup which
hangs would hold up the stop. This thread is a daemon and holds nothing that a sudden end could damage.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class Lane:
    """Owns one thread. Calls run in the order given, never two at once."""

    def __init__(self, name: str) -> None:
        """Start the thread; `name` is what a debugger shows."""
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    async def run(self, call: Callable[[], T]) -> T:
        """Return what `call` returns. Cancelling stops the waiting, not a call that has begun."""
        future: Future[T] = Future()
        self._jobs.put((future, call))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Let the thread end after what was already asked of it. Returns at once."""
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, call = job
            if future.set_running_or_notify_cancel():
                with _Carried(future):
                    future.set_result(call())


class _Carried:
    """Hands what a call raised to whoever awaits it: nothing is handled or swallowed here."""

    def __init__(self, future: Future[Any]) -> None:
        self._future = future

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is not None:
            self._future.set_exception(error)
        return error is not None
