"""A long sending shows as a bar on a terminal, and as nothing elsewhere."""

import asyncio
import io
import os
import pty
import sys

import pytest
from rich.console import Console

from mailroom.cli import progress
from mailroom.cli.progress import Bars
from mailroom.store.batches import Progress

pytestmark = pytest.mark.fast


def sending(**facts: object) -> Progress:
    known: dict[str, object] = {
        "name": "newsletter:2027-01", "total": 47, "sent": 20, "waiting": 27, "failed": 0, "doubtful": 0, "stopped": "",
        "until": "",
    }  # fmt: skip
    return Progress(**{**known, **facts})  # type: ignore[arg-type]


def seen(*looks: list[Progress]) -> str:
    file = io.StringIO()
    bars = Bars(Console(file=file, force_terminal=True, width=120))
    for found in looks:
        bars.show(found)
    bars.close()
    return file.getvalue()


def test_a_bar_says_how_many_of_how_many_have_gone():
    shown = seen([sending()], [sending(sent=46, waiting=1)])

    assert "newsletter 2027-01" in shown
    assert "20/47" in shown
    assert "46/47" in shown


def test_beside_it_stands_what_went_wrong_and_why_it_stands_still():
    one = sending(failed=2, doubtful=1, stopped="its mails are being written")

    assert progress.note(one) == "2 failed; 1 in doubt; its mails are being written"
    assert "2 failed; 1 in doubt" in seen([one])


def test_two_or_three_mails_are_no_bar():
    assert "/3" not in seen([sending(total=3, sent=1)])


def test_what_has_gone_has_no_bar_any_more():
    file = io.StringIO()
    bars = Bars(Console(file=file, force_terminal=True, width=120))
    bars.show([sending()])
    bars.show([])
    file.truncate(0)
    bars.show([])
    bars.close()

    assert "newsletter" not in file.getvalue()


def test_where_there_is_no_terminal_nothing_is_asked_and_nothing_shown(capfd: pytest.CaptureFixture[str]):
    def look() -> list[Progress]:
        raise AssertionError

    asyncio.run(progress.shown(look))

    assert capfd.readouterr() == ("", "")


def test_on_a_terminal_the_sendings_are_looked_at_as_they_go(monkeypatch: pytest.MonkeyPatch):
    try:
        main, terminal = pty.openpty()
    except OSError as error:
        pytest.skip(f"this machine gives no terminal: {error}")
    looks = 0
    enough = asyncio.Event()

    def look() -> list[Progress]:
        nonlocal looks
        looks += 1
        if looks == 3:
            enough.set()
        return [sending(sent=20 + looks)]

    async def for_a_while() -> None:
        showing = asyncio.create_task(progress.shown(look))
        await enough.wait()
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)

    with os.fdopen(terminal, "w") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setattr(progress, "EVERY", 0)
        monkeypatch.setenv("TERM", "xterm")
        asyncio.run(for_a_while())
        screen.flush()
        shown = os.read(main, 65536).decode()
    os.close(main)

    assert "newsletter 2027-01" in shown
