"""`mailroom import`: the work that is open when the office begins, from cases.csv and actions.csv."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailroom.cli.frame import config_option, now_option

if TYPE_CHECKING:
    from mailroom.office.imports import Imported
    from mailroom.store import Store

KINDS = ("cases", "actions")


@click.command("import", epilog="Example: mailroom import cases.csv actions.csv")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "kind", type=click.Choice(KINDS), help="What FILES hold, where their names do not say it.")
@config_option
@now_option
def import_(files: tuple[Path, ...], kind: str | None, config_path: Path, now: datetime) -> None:
    """Bring in open work from FILES, named cases.csv and actions.csv, in any form Excel saves.

    All of it or, where there is a fault, nothing. A case the office has already is left as it is, and
    no number is ever given out again. Import the people first.
    """
    from mailroom import config
    from mailroom.office.office import open_office
    from mailroom.store import open_store

    kinds = [kind or _kind(file) for file in files]
    settings = config.load(config_path)
    store = open_store(settings.office.database)
    try:
        processes = open_office(settings, store, now).rules.cases
        final = {name: frozenset(process.final) for name, process in processes.items()}
        for result in _bring(store, files, kinds, now, final):
            click.echo(str(result))
    finally:
        store.close()


def _bring(
    store: "Store", files: tuple[Path, ...], kinds: list[str], now: datetime, final: dict[str, frozenset[str]]
) -> "list[Imported]":
    from mailroom.office import imports

    def is_final(kind: str, stage: str) -> bool:
        return stage in final[kind] if kind in final else imports.ends(kind, stage)

    with store.immediate() as db:
        how = {"cases": imports.cases, "actions": imports.actions}
        return [
            how[kind](db, file.read_bytes(), file.name, now, is_final=is_final)
            for file, kind in zip(files, kinds, strict=True)
        ]


def _kind(file: Path) -> str:
    for kind in KINDS:
        if kind in file.stem.casefold():
            return kind
    message = f"whether {file.name} holds cases or actions is not clear. Say it: --as cases"
    raise click.UsageError(message)
