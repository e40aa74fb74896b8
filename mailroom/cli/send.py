"""`mailroom send`: who would get what a line of the schedule sends, and how it looks. Nothing is sent from here."""

import contextlib
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailroom.cli.frame import config_option, json_option, now_option

if TYPE_CHECKING:
    from mailroom.office.rehearsal import Mail, Rehearsal
    from mailroom.rules.schedule_file import Duty


@click.command(epilog="Examples:  mailroom send digest --dry-run    mailroom send summary --proof")
@config_option
@json_option
@now_option
@click.option("--dry-run", is_flag=True, help="List who would get it, and under which subject.")
@click.option("--proof", is_flag=True, help="Print the whole mail, as the one with the longest name would get it.")
@click.argument("name", metavar="NAME")
def send(config_path: Path, name: str, now: datetime, *, as_json: bool, dry_run: bool, proof: bool) -> None:
    """Show what the line “Send: NAME” of the schedule would send at this moment.

    It takes the very path the clock's own mail takes, in a transaction that is rolled back. Sending itself is the
    daemon's: it sends when the time comes, once.
    """
    from mailroom import config
    from mailroom.cli import show
    from mailroom.office import rehearsal
    from mailroom.office.office import open_office
    from mailroom.store import open_store

    if not dry_run and not proof:
        message = "only the clock sends. Say --dry-run to see who would get it, or --proof to see the mail."
        raise click.UsageError(message)
    settings = config.load(config_path)
    with contextlib.closing(open_store(settings.office.database)) as store:
        office = open_office(settings, store, now, remember=False)
        if office.problems:
            show.problems(office.problems, office.broken)
            click.echo("Note: the files have faults, so this is what the last good ones send.", err=True)
        duty = _named(office.rules.duties, name)
        found = rehearsal.rehearse(office, duty, now)
    if as_json:
        click.echo(json.dumps({"status": duty.status, **_as_json(found, proof=proof)}, ensure_ascii=False))
        return
    for line in in_words(duty, found) if dry_run else ():
        click.echo(line)
    if proof:
        click.echo(_proof(found) if found.mails else "No mail would be written, so there is nothing to show.")


def in_words(duty: "Duty", found: "Rehearsal") -> list[str]:
    """Say who would get what."""
    from mailroom.office import wording

    status = {"on": "", "trial": " It is on trial: nothing is sent.", "off": " It is off: nothing is sent."}
    lines = [f"“{duty.name}” would be {wording.count(len(found.mails), 'mail')}.{status[duty.status]}"]
    for mail in found.mails:
        held = ", waits for approval" if mail.held else ""
        lines.append(f"  {mail.name}: “{mail.subject}” ({mail.template}, {mail.size} bytes{held})")
    lines += [f"  not to {one.name}: {one.why_not or 'nothing would be written'}" for one in found.without]
    return lines


def _named(duties: "tuple[Duty, ...]", name: str) -> "Duty":
    from mailroom.rules import vocabulary
    from mailroom.rules.lines import canonical

    names = {duty.name: duty for duty in duties}
    if canonical(name) in names:
        return names[canonical(name)]
    near = vocabulary.nearest(name, names)
    hint = f" Did you mean “{near}”?" if near else f" There are: {', '.join(names)}." if names else ""
    raise click.BadParameter(f"the schedule sends nothing called “{name}”.{hint}", param_hint="NAME")


def _proof(found: "Rehearsal") -> str:
    """Show the mail that is hardest to get right: the one to the longest name."""
    mail = _hardest(found)
    others = len(found.mails) - 1
    more = f"  (and {others} more, each to one person)" if others else ""
    return f"To: {mail.name}{more}\nSubject: {mail.subject}\n\n{mail.text.rstrip()}"


def _hardest(found: "Rehearsal") -> "Mail":
    return max(found.mails, key=lambda mail: len(mail.name))


def _as_json(found: "Rehearsal", *, proof: bool) -> dict[str, object]:
    rows = [asdict(mail) for mail in found.mails]
    hardest = _hardest(found) if found.mails else None
    for row, mail in zip(rows, found.mails, strict=True):
        if not proof or mail is not hardest:
            del row["text"]
    return {"mails": rows, "without": [asdict(one) for one in found.without]}
