"""How far each sending has come, as a bar on a terminal; on anything else there is nothing to see."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

if TYPE_CHECKING:
    from rich.progress import TaskID

    from mailroom.store.batches import Progress as Sending

EVERY: Final = 1.0
"""Seconds between two looks."""
LONG: Final = 5
"""Mails of a sending that is worth a bar."""

Look = Callable[[], Sequence["Sending"]]


class Bars:
    """Owns the lines of the terminal in which the bars stand."""

    def __init__(self, console: Console) -> None:
        """Begin to show bars on this console."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
        )
        self._progress = Progress(*columns, console=console, transient=True)
        self._bars: dict[str, TaskID] = {}
        self._progress.start()

    def show(self, found: Sequence["Sending"]) -> None:
        """Bring the bars up to date; a sending of which nothing waits any more loses its own."""
        for one in found:
            if one.total < LONG:
                continue
            if one.name not in self._bars:
                self._bars[one.name] = self._progress.add_task(one.name.replace(":", " "), total=one.total, note="")
            self._progress.update(self._bars[one.name], total=one.total, completed=one.sent, note=note(one))
        for name in self._bars.keys() - {one.name for one in found}:
            self._progress.remove_task(self._bars.pop(name))
        self._progress.refresh()

    def close(self) -> None:
        """Take the bars away."""
        self._progress.stop()


def note(one: "Sending") -> str:
    """Say what a bar cannot: what went wrong, and why a sending stands still."""
    wrong = [f"{n} {words}" for n, words in ((one.failed, "failed"), (one.doubtful, "in doubt")) if n]
    return "; ".join([*wrong, *filter(None, [one.stopped])])


@contextlib.contextmanager
def on_terminal() -> Iterator[Bars | None]:
    """Give the bars of this terminal, None where there is none."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    bars = Bars(console)
    try:
        yield bars
    finally:
        bars.close()


async def shown(look: Look) -> None:
    """Show the sendings as they go, until it is cancelled."""
    with on_terminal() as bars:
        while bars is not None:
            bars.show(look())
            await asyncio.sleep(EVERY)
