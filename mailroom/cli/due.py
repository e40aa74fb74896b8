"""`mailroom due`: what the clock will send next, from the office's own schedule."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import click

from mailroom.cli.frame import config_option, json_option, now_option


@click.command(epilog="Example: mailroom due --days 7 --config office/config.toml")
@config_option
@json_option
@now_option
@click.option("--days", type=click.IntRange(1, 366), default=14, show_default=True, help="How far to look ahead.")
def due(config_path: Path, now: datetime, days: int, *, as_json: bool) -> None:
    """Show what comes next, and when, by the office's clock.

    Reads the schedule of the files as they are now, bank holidays and clock changes considered. Sends nothing.
    """
    from mailroom import config, rules, schedule
    from mailroom.office import files, templates, wording

    settings = config.load(config_path)
    found = files.read_office(settings)
    names = [templates.name_of(file) for file in found.templates]
    ruleset = rules.load(found.rules, names, rules.ROLES, patterns=found.patterns)
    zone = settings.office.zone
    until = now + timedelta(days=days)
    coming = sorted(
        (one.due, duty.name, duty.to) for duty in ruleset.duties for one in schedule.occurrences(duty, now, until, zone)
    )
    if as_json:
        rows = [{"duty": name, "due": at.astimezone(zone).isoformat(), "to": to} for at, name, to in coming]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for at, name, to in coming:
        who = ", ".join(role.replace("_", " ") for role in to)
        click.echo(f"{wording.short_moment(at, zone):<24}  {name}, to {who}")
    if not coming:
        click.echo(f"Nothing is due in the next {wording.count(days, 'day')}.")
