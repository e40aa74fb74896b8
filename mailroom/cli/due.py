"""`mailroom due`: what the clock will send next, from the office's own schedule."""

import json
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailroom.cli.frame import config_option, json_option, now_option

if TYPE_CHECKING:
    from mailroom.config import Config
    from mailroom.office.occurrences import Dates


@click.command(epilog="Example: mailroom due --days 7 --config office/config.toml")
@config_option
@json_option
@now_option
@click.option("--days", type=click.IntRange(1, 366), default=14, show_default=True, help="How far to look ahead.")
def due(config_path: Path, now: datetime, days: int, *, as_json: bool) -> None:
    """Show what comes next, and when, by the office's clock.

    Reads the schedule of the files as they are now, bank holidays and clock changes considered, and for what counts
    from somebody's date the records of the office. Sends nothing.
    """
    from mailroom import config, rules
    from mailroom.office import files, occurrences, templates, wording
    from mailroom.rules.rhythm import Dated

    settings = config.load(config_path)
    found = files.read_office(settings)
    names = [templates.name_of(file) for file in found.templates]
    ruleset = rules.load(found.rules, names, rules.ROLES, patterns=found.patterns)
    zone = settings.office.zone
    dates = _dates(settings) if any(isinstance(duty.when, Dated) for duty in ruleset.duties) else {}
    coming: list[tuple[datetime, dict[str, Any]]] = []
    for duty in ruleset.duties:
        if duty.status == "off":
            continue
        for one in occurrences.between(duty, now, now + timedelta(days=days), zone, dates):
            row: dict[str, Any] = {"duty": duty.name, "due": one.due.astimezone(zone).isoformat()}
            row |= {"to": [*duty.to, *duty.groups], "status": duty.status, "about": one.row, "key": one.key}
            coming.append((one.due, row))
    coming.sort(key=lambda one: (one[0], one[1]["key"]))
    if as_json:
        click.echo(json.dumps([row for _, row in coming], ensure_ascii=False))
        return
    for at, row in coming:
        who = ", ".join(to.replace("_", " ") for to in row["to"])
        about = f", about {row['about']}" if row["about"] else ""
        trial = " (on trial: nothing is sent)" if row["status"] == "trial" else ""
        click.echo(f"{wording.short_moment(at, zone):<24}  {row['duty']}{about}, to {who}{trial}")
    if not coming:
        click.echo(f"Nothing is due in the next {wording.count(days, 'day')}.")


def _dates(settings: "Config") -> "Dates":
    """Read what the records hold at this moment; an office that has none yet has no dates."""
    from mailroom.office import dates
    from mailroom.store import looking

    if not settings.office.database.exists():
        return {}
    with looking(settings.office.database) as db:
        read = {name: tuple(rows()) for name, rows in dates.of(db).items()}
    return {name: partial(tuple, rows) for name, rows in read.items()}
