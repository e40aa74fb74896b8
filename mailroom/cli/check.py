"""`mailroom check`: every fault a person could have made in the office's files, before it can matter."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from mailroom.cli import show
from mailroom.cli.frame import config_option, json_option
from mailroom.errors import Problem, Problems

if TYPE_CHECKING:
    from mailroom.config import Config

T = TypeVar("T")

NEEDED = ("coordinator", "cover", "chief_inspector", "control")
"""Roles that danger and incidents are told to: an office where one is empty would be silent when it matters."""


@dataclass(slots=True)
class Findings:
    """What was looked at and what was found; `warnings` do not keep the office from running."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    texts: Mapping[str, bytes] = field(default_factory=dict)
    checked: list[str] = field(default_factory=list)


@click.command(epilog="Example: mailroom check --config office/config.toml")
@config_option
@json_option
def check(config_path: Path, as_json: bool) -> int:
    """Find every fault in config, rules, cases, schedule and templates.

    Reads no mail and reaches no server. Exit code 1 when there is a fault.
    """
    findings = look(config_path)
    if as_json:
        faults = [asdict(problem) for problem in findings.problems]
        found = {"ok": not faults, "problems": faults, "warnings": findings.warnings}
        click.echo(json.dumps(found, ensure_ascii=False))
        return int(bool(faults))
    show.problems(findings.problems, findings.texts)
    for warning in findings.warnings:
        click.echo(f"Note: {warning}", err=True)
    if findings.problems:
        n = len(findings.problems)
        click.echo(f"{n} {'fault' if n == 1 else 'faults'} found.", err=True)
        return 1
    click.echo(f"All is well: {', '.join(findings.checked)}.")
    return 0


def look(config_path: Path) -> Findings:
    """Check everything that can be checked; a fault in one part hides none in another."""
    from mailroom import config

    findings = Findings()
    loaded = _collect(findings, lambda: config.load(config_path))
    if loaded:
        findings.checked.append("config")
        _collect(findings, lambda: config.check_clock(loaded))
        _office_files(loaded, findings)
        _people(loaded, findings)
    return findings


def _collect(findings: Findings, part: Callable[[], T]) -> T | None:
    """Do one part of the check; None when it found problems."""
    try:
        return part()
    except Problems as error:
        findings.problems += error.problems
        return None


def _office_files(config: "Config", findings: Findings) -> None:
    from mailroom import rules
    from mailroom.office import files, templates
    from mailroom.office.office import missing

    found = _collect(findings, lambda: files.read_office(config))
    if found is None:
        return
    findings.texts = found.all
    findings.problems += missing(found)
    names = [templates.name_of(key) for key in found.templates]
    ruleset = _collect(
        findings,
        lambda: rules.load(found.rules, names, rules.ROLES, patterns=found.patterns, enclosed=found.enclosed),
    )
    if ruleset:
        findings.checked.append(f"{len(ruleset.rules)} rules, {len(ruleset.cases)} cases, {len(ruleset.duties)} duties")
    if faults := templates.check(found.templates):
        findings.problems += faults
    else:
        findings.checked.append(f"{len(found.templates)} templates")


def _people(config: "Config", findings: Findings) -> None:
    """Name those nobody can write to; an office without a database has no people yet."""
    from mailroom.errors import StoreFault
    from mailroom.store import open_store, people

    if not config.office.database.exists():
        findings.warnings.append("there is no database yet; `mailroom people import people.csv` makes it.")
        return
    try:
        store = open_store(config.office.database)
    except StoreFault as error:
        findings.problems.append(Problem(str(config.office.database), 0, str(error)))
        return
    try:
        for role in NEEDED:
            if not any(people.address_of(store.db, person) for person in people.holders(store.db, role)):
                words = role.replace("_", " ")
                findings.problems.append(
                    Problem("people.csv", 0, f"nobody who can be written to holds the role “{words}”.")
                )
        for named in people.without_address(store.db):
            findings.warnings.append(f"{named.name} ({named.id}) has no usable address.")
        findings.checked.append("people")
    finally:
        store.close()
