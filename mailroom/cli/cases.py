"""`mailroom cases`: how a process goes on, how one case came to where it is, and the board of what is open."""

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailroom.cli.frame import config_option, json_option, now_option

if TYPE_CHECKING:
    from mailroom.config import Config
    from mailroom.office.board import Row
    from mailroom.office.office import Office
    from mailroom.rules.ruleset import RuleSet

_REFERENCE = re.compile(r"[A-Z]{2,6}-\d{4}(?:-(?:\d{2,4}|Q\d))?", re.IGNORECASE)


@click.group(
    epilog="Examples:  mailroom cases list    mailroom cases show incident    mailroom cases show INC-2031-004"
)
def cases() -> None:
    """Draw a process, tell the history of a case, or list what is open."""


@cases.command(epilog="Examples:  mailroom cases show incident --svg incident.svg    mailroom cases show INC-2031-004")
@click.argument("name", metavar="NAME|REF")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="Write the picture into this file.")
@config_option
@json_option
@now_option
def show(name: str, svg: Path | None, config_path: Path, now: datetime, *, as_json: bool) -> int:
    """Draw the process NAME, or tell how the case REF came to where it is, and what it waits for.

    A process is drawn from its file in rules/cases/ as it is now, also before it is in force.
    """
    from mailroom import config

    settings = config.load(config_path)
    if _REFERENCE.fullmatch(name):
        if svg is not None:
            message = "a picture is drawn of a process, such as incident; a case has a history"
            raise click.BadParameter(message, param_hint="--svg")
        return _show_case(settings, name, now, as_json=as_json)
    return _show_process(settings, name, svg, as_json=as_json)


def _show_process(settings: "Config", name: str, svg: Path | None, *, as_json: bool) -> int:
    from mailroom.rules import vocabulary
    from mailroom.rules.cases.drawing import boxes, draw, ends, heading
    from mailroom.rules.cases.svg import svg as picture

    processes = _rules(settings).cases
    made = processes.get(name.casefold().removesuffix(".txt"))
    if made is None:
        near = vocabulary.nearest(name, processes)
        hint = f" Did you mean “{near}”?" if near else f" There are: {', '.join(processes)}."
        click.echo(f"There is no process “{name}” in rules/cases/.{hint}", err=True)
        return 1
    if svg is not None:
        try:
            svg.write_text(picture(made), encoding="utf-8")
        except OSError as error:
            message = f"{svg}: {error.strerror}"
            raise click.BadParameter(message, param_hint="--svg") from error
        click.echo(f"{svg}: {made.title}, {len(made.stages)} stages.")
    elif as_json:
        told = {"name": made.name, "title": made.title, "reference": made.reference, "file": made.file}
        stages = [asdict(box) for box in boxes(made)]
        ended = {end: list(sources) for end, sources in ends(made).items()}
        click.echo(json.dumps(told | {"head": heading(made), "stages": stages, "ends": ended}, ensure_ascii=False))
    else:
        click.echo(draw(made), nl=False)
    return 0


def _rules(settings: "Config") -> "RuleSet":
    from mailroom import rules
    from mailroom.office import files, templates

    found = files.read_office(settings)
    names = [templates.name_of(file) for file in found.templates]
    return rules.load(found.rules, names, rules.ROLES, patterns=found.patterns)


def _show_case(settings: "Config", ref: str, now: datetime, *, as_json: bool) -> int:
    from mailroom.cli.why import case_in_words
    from mailroom.office.explain import recall_case

    with _office(settings, now) as office:
        found = recall_case(office, ref)
        if found is None:
            click.echo(f"There is no case {ref.upper()} in this office. See: mailroom cases list", err=True)
            return 1
        found |= _ahead(office, str(found["ref"])) if found["open"] else {"waits_for": [], "clocks": []}
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False))
            return 0
        click.echo(case_in_words(found, office.zone))
        for words in found["waits_for"]:
            click.echo(f"  waits for {words}")
        for clock in found["clocks"]:
            click.echo(f"  then, {_at(clock['at'], office)}: {clock['what']} ({clock['file']}:{clock['line']})")
    return 0


def _ahead(office: "Office", ref: str) -> dict[str, Any]:
    """Return whom a case waits for, and its clocks, the soonest first."""
    from mailroom.clock import stamp
    from mailroom.office import board
    from mailroom.rules.cases.awaited import awaited
    from mailroom.store import case_timers
    from mailroom.store import cases as store_cases

    case = store_cases.by_ref(office.store.db, ref)
    process = office.rules.cases.get(case.kind) if case else None
    if case is None or process is None:
        return {"waits_for": [], "clocks": []}
    clocks = [
        {"at": stamp(one.due_at), "what": board.coming(process, case.stage, one.line) or one.kind, "file": one.file,
         "line": one.line}
        for one in case_timers.of_case(office.store.db, case.id)
    ]  # fmt: skip
    return {"waits_for": list(awaited(process, case.stage)), "clocks": clocks}


@cases.command("list", epilog="Example: mailroom cases list --config office/config.toml")
@click.option("--role", default="coordinator", show_default=True, help="Whose board: cases hidden from them stay so.")
@config_option
@json_option
@now_option
def list_(role: str, config_path: Path, now: datetime, *, as_json: bool) -> None:
    """List the open cases by process and stage: whose, how old, what comes next, and whom each waits for."""
    from mailroom import config
    from mailroom.office import board
    from mailroom.rules import vocabulary

    settings = config.load(config_path)
    with _office(settings, now) as office:
        known = sorted({*vocabulary.ROLES, *office.rules.roles})
        name = vocabulary.role(role, known)
        if not name:
            message = f"there is no role “{role}”; did you mean {vocabulary.nearest(role, known) or 'coordinator'}?"
            raise click.BadParameter(message, param_hint="--role")
        found, hidden = board.rows(office.store.db, office.rules.cases, office.zone, now, role=name)
        if as_json:
            click.echo(json.dumps([asdict(row) for row in found], ensure_ascii=False))
            return
        for line in _board(found, office, now):
            click.echo(line)
        if hidden:
            click.echo(f"{hidden} more {'is' if hidden == 1 else 'are'} not for the {name.replace('_', ' ')} to see.")


def _board(found: "list[Row]", office: "Office", now: datetime) -> Iterator[str]:
    from mailroom.clock import moment
    from mailroom.office import wording

    if not found:
        yield "No case is open."
    for title, process in groupby(found, key=lambda row: row.title):
        yield click.style(title, bold=True)
        for stage, standing in groupby(process, key=lambda row: row.stage):
            here = list(standing)
            yield f"  {stage.replace('_', ' ')} ({len(here)})"
            for row in here:
                due = f", due {wording.short_day(datetime.fromisoformat(row.due).date())}" if row.due else ""
                age = wording.count(row.age, "working day") if row.age else "today"
                yield f"    {row.ref:<14}  {row.owner}, {age}{due}"
                if row.next_at:
                    late = "next" if moment(row.next_at) > now else "was due"
                    yield f"{'':20}{late}: {_at(row.next_at, office)}, {row.next or 'a deadline'}"
                yield from (f"{'':20}waits for {words}" for words in row.waits_for)
                if row.tasks:
                    yield f"{'':20}task of {', '.join(row.tasks)}"


@contextlib.contextmanager
def _office(settings: "Config", now: datetime) -> "Iterator[Office]":
    from mailroom.office.office import open_office
    from mailroom.store import open_store

    store = open_store(settings.office.database)
    with contextlib.closing(store):
        yield open_office(settings, store, now, remember=False)


def _at(written: str, office: "Office") -> str:
    from mailroom.clock import moment
    from mailroom.office.wording import short_moment

    return short_moment(moment(written), office.zone)
