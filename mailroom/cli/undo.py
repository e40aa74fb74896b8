"""`mailroom undo`: take back a change of the rules, or what was last done with a message or case."""

import contextlib
import json
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailroom.cli.frame import config_option, json_option, now_option

if TYPE_CHECKING:
    from mailroom.office.office import Office

BY = "the command line"


@click.command(epilog="Examples: mailroom undo rules    mailroom undo '#412'    mailroom undo INC-2031-004")
@click.argument("what", metavar="rules|#NUMBER|REF")
@config_option
@now_option
@json_option
@click.option("--list", "only_list", is_flag=True, help="With rules: list every set that was in force.")
@click.option("--to", type=int, metavar="N", help="With rules: take the set with this number of the list.")
def undo(what: str, config_path: Path, now: datetime, to: int | None, *, only_list: bool, as_json: bool) -> int:
    """Take something back.

    “rules” puts the rules, lists, cases, schedule and templates that were in force before into force again, and into
    their files; again, and it goes back one more. A message's number or a case's reference takes back the last thing
    that was done with it, where nothing has happened to it since, and says what cannot be taken back.
    """
    from mailroom import config
    from mailroom.office.office import open_office
    from mailroom.store import open_store

    if what != "rules" and (only_list or to is not None):
        message = "--list and --to are for rules"
        raise click.UsageError(message)
    settings = config.load(config_path)
    with contextlib.closing(open_store(settings.office.database)) as store:
        office = open_office(settings, store, now, remember=False)
        if only_list:
            return _list(office, as_json=as_json)
        return _rules(office, now, to) if what == "rules" else _act(office, what, now)


def _list(office: "Office", *, as_json: bool) -> int:
    from mailroom.clock import moment
    from mailroom.office import wording
    from mailroom.store import rule_sets

    sets = rule_sets.accepted(office.store.db)
    if as_json:
        rows = [
            {"n": one.id, "at": one.at, "who": one.who, "words": one.words, "in_force": one.in_force} for one in sets
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return 0
    for one in sets:
        mark = "in force" if one.in_force else ""
        when = wording.short_moment(moment(one.at), office.zone)
        click.echo(f"{one.id:4}  {when:<24}  {one.who or '-':<12}  {mark:<8}  {one.words}")
    return 0


def _rules(office: "Office", now: datetime, to: int | None) -> int:
    from mailroom.office import changes

    try:
        with office.store.immediate() as db:
            back = changes.go_back(office, db, now, who=BY, to=to)
    except changes.NotNow as error:
        click.echo(f"Nothing was taken back: {error}.", err=True)
        return 1
    changes.carry_out(office, now)
    fault = changes.write_history(office)
    by = f", by {back.who}" if back.who else ""
    click.echo(f"Taken back: {back.words}{by}.")
    for name in back.files:
        click.echo(f"  {name} is as before")
    if fault:
        click.echo(f"Note: {fault}.", err=True)
    return 0


def _act(office: "Office", what: str, now: datetime) -> int:
    from mailroom.office.undo import NotUndone, undo
    from mailroom.store import cases

    number = re.fullmatch(r"#?(\d+)", what)
    message = int(number[1]) if number else None
    case = None if number else cases.by_ref(office.store.db, what.upper())
    if message is None and case is None:
        text = f"“{what}” is neither rules, a message's number such as #412, nor a case's reference"
        raise click.BadParameter(text, param_hint="rules|#NUMBER|REF")
    try:
        with office.store.immediate() as db:
            done = undo(office, db, now, BY, message=message, case=case.id if case else None)
    except NotUndone as error:
        click.echo(f"Nothing was taken back: {error}", err=True)
        return 1
    for words in done.reversed:
        click.echo(f"Taken back: {words}")
    for words in done.kept:
        click.echo(f"Cannot be taken back: {words}")
    return 0
