"""`mailroom people`: bring in the office's people from a spreadsheet, and look at them."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailroom.cli.frame import config_option, json_option, now_option

if TYPE_CHECKING:
    from mailroom.store.people import Person


@click.group(epilog="Example: mailroom people import people.csv")
def people() -> None:
    """Import, list or show the people of the office."""


@people.command("import", epilog="Example: mailroom people import people.csv --config office/config.toml")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@config_option
@now_option
def import_(file: Path, config_path: Path, now: datetime) -> None:
    """Bring in people from FILE, a CSV of any form Excel saves.

    All of it or, where there is a fault, nothing. Needed are the columns name and emails; a second
    import brings changes, and removes nobody.
    """
    from mailroom import config
    from mailroom.office import files, imports
    from mailroom.rules import roles_file
    from mailroom.store import open_store

    settings = config.load(config_path)
    roles = roles_file.names(files.lying(settings).get("rules/roles.txt"))
    store = open_store(settings.office.database)
    try:
        with store.immediate() as db:
            result = imports.people(db, file.read_bytes(), file.name, now, roles=roles)
    finally:
        store.close()
    click.echo(str(result))
    for person in result.added:
        click.echo(f"  new: {person}")


@people.command("list", epilog="Example: mailroom people list --json")
@config_option
@json_option
def list_(config_path: Path, *, as_json: bool) -> None:
    """List everybody in the directory."""
    found = _everyone(config_path)
    if as_json:
        for person in found:
            click.echo(json.dumps(_as_json(person), ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    grid = Table(pad_edge=False, box=None)
    for column in ("id", "name", "kind", "state", "roles", "address"):
        grid.add_column(column, overflow="fold")
    for person in found:
        roles = ", ".join(role.replace("_", " ") for role in person.roles)
        grid.add_row(person.id, person.name, person.kind, person.state, roles, ", ".join(person.emails) or "none")
    Console().print(grid)


@people.command("show", epilog="Example: mailroom people show M07")
@click.argument("person")
@config_option
@json_option
def show(person: str, config_path: Path, *, as_json: bool) -> int:
    """Show all the office knows of PERSON, named by id, name or address."""
    word = person.casefold()
    found = [one for one in _everyone(config_path) if word in (one.id.casefold(), one.name.casefold(), *one.emails)]
    if not found:
        click.echo(f"Nobody here is “{person}”. See: mailroom people list", err=True)
        return 1
    for one in found:
        facts = _as_json(one)
        if as_json:
            click.echo(json.dumps(facts, ensure_ascii=False))
            continue
        for name, value in facts.items():
            if value not in ("", None, []):
                text = "; ".join(map(str, value)) if isinstance(value, list) else value
                click.echo(f"{name.replace('_', ' '):<24} {text}")
    return 0


def _everyone(config_path: Path) -> "list[Person]":
    from mailroom import config
    from mailroom.store import open_store
    from mailroom.store import people as store_people

    store = open_store(config.load(config_path).office.database)
    try:
        return store_people.everyone(store.db)
    finally:
        store.close()


def _as_json(person: "Person") -> dict[str, object]:
    """Return a person with the names of people.csv; lists are lists, absent dates null."""
    member = {
        name: json.loads(value) if value is not None and value.startswith("[") else value
        for name, value in person.member.items()
    }
    return {
        "id": person.id, "name": person.name, "kind": person.kind, "organisation": person.organisation,
        "rank": person.rank, "roles": list(person.roles), "station": person.station, "emails": list(person.emails),
        "phone": person.phone, "state": person.state, "joined": person.joined, "left": person.left,
        "agreement_until": person.agreement_until, "newsletter": person.newsletter, **member,
    }  # fmt: skip
