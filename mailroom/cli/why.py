"""`mailroom why`: what would happen with a message, or what happened, and which words decided."""

import asyncio
import contextlib
import json
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from mailroom.cli.frame import config_option, json_option, now_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailroom.errors import Unreadable
    from mailroom.message import Message
    from mailroom.office.office import Office


_REFERENCE = re.compile(r"[A-Z]{2,6}-\d{4}(?:-(?:\d{2,4}|Q\d))?", re.IGNORECASE)
_MOST_MISSES = 8


@click.command(epilog="Examples:  mailroom why message.eml    mailroom why '#412'    mailroom why INC-2031-004")
@config_option
@json_option
@now_option
@click.argument("messages", nargs=-1, required=True, metavar="FILE|#NUMBER|REF...")
def why(config_path: Path, messages: tuple[str, ...], now: datetime, *, as_json: bool) -> None:
    """Say how a message is sorted, by which rule and words, and what follows.

    A file takes the very path a message takes, inside a transaction that is rolled back: nothing is
    sent, filed or remembered. A number such as '#412' tells what was decided about a stored message,
    and who has done what with it since. A case's reference tells how the case came to where it is.
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
                if as_json:
                    click.echo(json.dumps(found, ensure_ascii=False))
                else:
                    click.echo(case_in_words(found, office.zone) if "ref" in found else in_words(found, office.zone))
        finally:
            runner.run(reader.close())


def _explained(
    office: "Office", name: str, now: datetime, read: "Callable[[bytes], Message | Unreadable]"
) -> dict[str, Any]:
    from mailroom.office.explain import explain, recall, recall_case

    number = name.removeprefix("#")
    if name.startswith("#") and number.isdecimal():
        found = recall(office, int(number))
        if found is None:
            message = f"there is no message {name} in this office"
            raise click.BadParameter(message, param_hint="FILE|#NUMBER|REF")
        return found
    if _REFERENCE.fullmatch(name) and not Path(name).exists():
        found = recall_case(office, name)
        if found is None:
            message = f"there is no case {name.upper()} in this office"
            raise click.BadParameter(message, param_hint="FILE|#NUMBER|REF")
        return found
    try:
        raw = Path(name).read_bytes()
    except OSError as error:
        message = f"{name}: {error.strerror}"
        raise click.BadParameter(message, param_hint="FILE|#NUMBER|REF") from error
    return explain(office, name, raw, read(raw), now)


def in_words(found: dict[str, Any], zone: ZoneInfo) -> str:
    """Say what `explain` found as a person would read it."""
    sender = found["sender"]
    who = found.get("from", {}).get("name") or found.get("from", {}).get("address") or "an unread sender"
    known = sender["person"] or "not in the directory"
    flagged = f", flagged {', '.join(found['flags'])}" if found["flags"] else ""
    by_hand = f" (so {found['confirmed']['by']} says)" if "confirmed" in found else ""
    late = [match for match in found["matched"] if match["late"]]
    misses = found["near_misses"]
    return "\n".join(
        (
            f"{found['file']}: “{found['subject'] or ''}” from {who} ({known}, {sender['trust']})",
            f"  sorted as {found['class'] or 'nothing any rule knows: a person looks'}{by_hand}{flagged}",
            f"  priority {found['priority']['n']}: {found['priority']['words']}",
            *(f"  {link['state']} link to {link['ref']}: {link['how']}" for link in found["links"]),
            *(_action_in_words(action) for action in found["actions"]),
            *(
                f"  also held: rule “{match['rule']}” ({_where(match)}, because {_words(match)}); {match['late']}"
                for match in late
            ),
            *(
                f"  nearly: rule “{miss['rule']}” ({miss['file']}:{miss['line']}), but for “{miss['text']}”"
                for miss in misses[:_MOST_MISSES]
            ),
            *([f"  and {len(misses) - _MOST_MISSES} rules more nearly held"] if len(misses) > _MOST_MISSES else ()),
            *(f"  perhaps {one['class']}: {one['near']}" for one in found["suggestions"]),
            *(
                f"  writes {mail['template']} to {mail['person'] or mail['recipient']} ({mail['kind']})"
                for mail in found["mails"]
            ),
            *(_event_in_words(event, zone) for event in found["history"] if _stored(found)),
        )
    )


def case_in_words(found: dict[str, Any], zone: ZoneInfo) -> str:
    """Say how a case came to where it is."""
    stage = found["stage"].replace("_", " ")
    due = f", due {found['due'][:10]}" if found["due"] and found["open"] else ""
    return "\n".join(
        (
            f"{found['ref']}: {found['kind']}, {'open' if found['open'] else 'closed'} in the stage “{stage}”{due}",
            *(
                f"  {_at(event['at'], zone)}  {event['event']}: {event['to_stage'].replace('_', ' ')}"
                f"{_by_message(event['message'])}. {event['why']}"
                for event in found["events"]
            ),
            *(
                f"  {mail['message']} {mail['class'] or 'of no class'}, from {mail['person'] or 'a stranger'}:"
                f" {mail['state']} ({mail['how']})"
                for mail in found["messages"]
            ),
            *(_form_in_words(form) for form in found["forms"]),
            *(
                f"  mail {mail['template']} to {mail['to']}: {mail['state']}"
                + (f", because of {mail['cause']}" if mail["cause"] else "")
                for mail in found["mails"]
            ),
            *(_event_in_words(event, zone) for event in found["history"]),
        )
    )


def _form_in_words(form: dict[str, Any]) -> str:
    said = (
        "; ".join(f"{label}: {value.replace(chr(10), ' / ')}" for label, value in form["said"].items()) or "nothing yet"
    )
    still = f", still open: {', '.join(form['unread'])}" if form["unread"] else ""
    return f"  form “{form['form']}” in {form['message']}, from {form['person'] or 'a stranger'}: {said}{still}"


def _stored(found: dict[str, Any]) -> bool:
    return str(found["file"]).startswith("#")


def _action_in_words(action: dict[str, Any]) -> str:
    return f"  {action['action']}  (rule “{action['rule']}”, {_where(action)}, because {_words(action)})"


def _where(told: dict[str, Any]) -> str:
    return f"{told['file']}:{told['line']}" if told["line"] else str(told["file"])


def _words(told: dict[str, Any]) -> str:
    return ", ".join(f"“{word}”" for word in told["words"]) or "all its lines hold"


def _event_in_words(event: dict[str, Any], zone: ZoneInfo) -> str:
    by = f" ({event['by']})" if event["by"] else ""
    back = f" Taken back {_at(event['taken_back'], zone)}." if event["taken_back"] else ""
    return f"  {_at(event['at'], zone)}  {event['words']}{by}{back}"


def _by_message(message: int | None) -> str:
    return f", because of #{message}" if message else ""


def _at(written: str, zone: ZoneInfo) -> str:
    from mailroom.clock import moment
    from mailroom.office.wording import short_moment

    return short_moment(moment(written), zone)
