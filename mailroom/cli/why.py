"""`mailroom why`: what would happen with a message, or what happened, and which words decided."""

import asyncio
import contextlib
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailroom.cli.frame import config_option, json_option, now_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailroom.errors import Unreadable
    from mailroom.message import Message
    from mailroom.office.office import Office


@click.command(epilog="Examples:  mailroom why message.eml    mailroom why '#412'    mailroom why --json *.eml")
@config_option
@json_option
@now_option
@click.argument("messages", nargs=-1, required=True, metavar="FILE|#NUMBER...")
def why(config_path: Path, messages: tuple[str, ...], now: datetime, *, as_json: bool) -> None:
    """Say how a message is sorted, by which rule and words, and what follows.

    A file takes the very path a message takes, inside a transaction that is rolled back: nothing is
    sent, filed or remembered. A number such as '#412' tells what was decided about a stored message.
    """
    from mailroom import config
    from mailroom.office.office import open_office
    from mailroom.reader import Reader
    from mailroom.store import open_store

    settings = config.load(config_path)
    store = open_store(settings.office.database)
    limits = settings.limits
    reader = Reader(settings.border, seconds=limits.reader_seconds, mib=limits.reader_mib)
    with contextlib.closing(store), asyncio.Runner() as runner:
        office = open_office(settings, store, now, remember=False)
        try:
            for name in messages:
                found = _explained(office, name, now, lambda raw: runner.run(reader.read_many([raw]))[0])
                click.echo(json.dumps(found, ensure_ascii=False) if as_json else in_words(found))
        finally:
            runner.run(reader.close())


def _explained(
    office: "Office", name: str, now: datetime, read: "Callable[[bytes], Message | Unreadable]"
) -> dict[str, Any]:
    from mailroom.office.explain import explain, recall

    number = name.removeprefix("#")
    if name.startswith("#") and number.isdecimal():
        found = recall(office, int(number))
        if found is None:
            message = f"there is no message {name} in this office"
            raise click.BadParameter(message, param_hint="FILE|#NUMBER")
        return found
    try:
        raw = Path(name).read_bytes()
    except OSError as error:
        message = f"{name}: {error.strerror}"
        raise click.BadParameter(message, param_hint="FILE|#NUMBER") from error
    return explain(office, name, raw, read(raw), now)


def in_words(found: dict[str, Any]) -> str:
    """Say what `explain` found as a person would read it."""
    sender = found["sender"]
    who = found.get("from", {}).get("name") or found.get("from", {}).get("address") or "an unread sender"
    known = sender["person"] or "not in the directory"
    flagged = f", flagged {', '.join(found['flags'])}" if found["flags"] else ""
    return "\n".join(
        (
            f"{found['file']}: “{found['subject'] or ''}” from {who} ({known}, {sender['trust']})",
            f"  sorted as {found['class'] or 'nothing any rule knows: a person looks'}{flagged}",
            f"  priority {found['priority']['n']}: {found['priority']['words']}",
            *(f"  {link['state']} link to {link['ref']}: {link['how']}" for link in found["links"]),
            *(_action_in_words(action) for action in found["actions"]),
            *(
                f"  nearly: rule “{miss['rule']}” ({miss['file']}:{miss['line']}), but for “{miss['text']}”"
                for miss in found["near_misses"]
            ),
            *(f"  perhaps {one['class']}: {one['near']}" for one in found["suggestions"]),
            *(
                f"  writes {mail['template']} to {mail['person'] or mail['recipient']} ({mail['kind']})"
                for mail in found["mails"]
            ),
        )
    )


def _action_in_words(action: dict[str, Any]) -> str:
    words = ", ".join(f"“{word}”" for word in action["words"]) or "all its lines hold"
    where = f"{action['file']}:{action['line']}" if action["line"] else action["file"]
    return f"  {action['action']}  (rule “{action['rule']}”, {where}, because {words})"
