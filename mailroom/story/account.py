"""The running account: what the office does, line by line, as a person would tell it; and the table at the end."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from mailroom.clock import moment
from mailroom.store.links import Link
from mailroom.store.views import MailView, MessageView
from mailroom.story.judge import Check, Played

Out = Callable[[str], object]
INDENT = " " * 18
SHOWN = 3
"""How many of the words that decided are shown; `mailroom why` has them all."""


def when(at: datetime, zone: ZoneInfo) -> str:
    """Say when in sixteen letters: `Mon  4 Jan 09:12`."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day:>2} {local:%b %H:%M}"


def message_lines(message: MessageView, links: Sequence[Link], mails: Sequence[MailView], zone: ZoneInfo) -> list[str]:
    """Tell what became of one message."""
    known = f"{message.person}, {message.trust}" if message.person else message.trust
    sender = message.from_name or message.from_address or "nobody"
    then = [_sorted(message)]
    then += [
        f"linked to {link.ref}" + (" (proposed)" if link.state == "proposed" else "") + f": {link.how}"
        for link in links
    ]
    then.append(f"filed in {message.folder}" if message.folder else "left in the inbox for a person")
    then += [f"{_verb(mail)} {mail.person or mail.recipient}: “{mail.subject}” ({mail.template})" for mail in mails]
    if not mails:
        then.append("answered nobody")
    first = f"{when(moment(message.received_at), zone)}  received “{message.subject}” from {sender} ({known})"
    return [first, *(INDENT + line for line in then)]


def mail_line(mail: MailView, zone: ZoneInfo) -> str:
    """Tell of a mail that left by itself: a summary, a digest, a notice whose time had come."""
    at = moment(mail.settled_at)
    return f"{when(at, zone)}  sent {mail.person or mail.recipient}: “{mail.subject}” ({mail.template})"


def table(verdicts: Iterable[tuple[Played, tuple[Check, ...]]], wire: Sequence[Check], out: Out) -> None:
    """Print row by row what was judged, and the totals."""
    grid = Table(title="The rows, judged", title_justify="left", pad_edge=False)
    for column in ("row", "", "sorted as", "sender", "because of it", "left in time"):
        grid.add_column(column, overflow="fold")
    rows = list(verdicts)
    for played, checks in rows:
        named = {check.name: check for check in checks}
        left = [check for check in checks if check.name not in ("class", "sender", "nothing to")]
        grid.add_row(
            played.row.id,
            _mark(ok=all(check.ok for check in checks)),
            *(_cell(named[name]) for name in ("class", "sender", "nothing to")),
            "\n".join(f"{_mark(ok=check.ok)} {check.name} {check.words}" for check in left) or "nothing had to",
        )
    console = Console()
    with console.capture() as text:
        console.print(grid)
    out("\n" + text.get().rstrip())
    for check in wire:
        out(f"{_mark(ok=check.ok)} {check.name}: {check.words}")
    good = sum(all(check.ok for check in checks) for _, checks in rows)
    out(f"{good} of {len(rows)} rows as expected.")


def _sorted(message: MessageView) -> str:
    if message.state == "stuck":
        return f"stuck: {message.reason}"
    words = ", ".join(f"“{word}”" for word in message.words[:SHOWN])
    because = (f" by rule “{message.rule}”" if message.rule else "") + (f" because {words}" if words else "")
    flags = f", flagged {', '.join(message.flags)}" if message.flags else ""
    aside = f"; set apart: {message.reason}" if message.state == "quarantined" else ""
    return f"sorted as {message.class_ or 'nothing any rule knows'}{because}{flags}{aside}"


def _verb(mail: MailView) -> str:
    told = {"ack": "answered", "danger": "answered", "alert": "alerted", "forward": "forwarded it to"}.get(
        mail.kind, "wrote"
    )
    return told if mail.state == "sent" else f"will write ({mail.state})"


def _mark(*, ok: bool) -> str:
    return "✓" if ok else "✗"


def _cell(check: Check) -> str:
    return check.words if check.ok else f"✗ {check.words}"
