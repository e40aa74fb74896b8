"""`mailroom try`: what edited rules would do with the mail that is stored, before they do it with the next."""

import asyncio
import contextlib
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailroom.cli import show
from mailroom.cli.frame import config_option, json_option, now_option
from mailroom.errors import Problems

if TYPE_CHECKING:
    from sqlite_utils import Database

    from mailroom.config import Config
    from mailroom.message import Message
    from mailroom.office.files import OfficeFiles
    from mailroom.office.moving import Moved
    from mailroom.office.office import Office
    from mailroom.office.replay import Difference, Outcome, Progress, Replay
    from mailroom.rules import RuleSet

_MOST_CASES = 50
_BAR_FROM = 500
"""Fewer messages than these are decided before a bar could be read."""


@dataclass(frozen=True, slots=True)
class _Sets:
    """The files to compare with, those to try, and which sets these are, in words."""

    before: "OfficeFiles"
    after: "OfficeFiles"
    told: str


@dataclass(frozen=True, slots=True)
class _Cases:
    """How many cases are open, and those that would go on otherwise."""

    open: int = 0
    moved: "tuple[Moved, ...]" = ()


@click.command("try", epilog="Examples:  mailroom try --days 30    mailroom try 66-concerns.txt    mailroom try a.eml")
@config_option
@json_option
@now_option
@click.option("--days", type=click.IntRange(1, 36500), help="Only messages of the last DAYS days; else all.")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def try_(config_path: Path, files: tuple[Path, ...], days: int | None, now: datetime, *, as_json: bool) -> int:
    """Show which stored messages edited rules would sort differently, and which open cases would go on otherwise.

    Compares the files of the office as they are on disk with the rules in force; where both are the
    same, with the rules that were in force before. FILE is a rule file (.txt) or template (.md), tried in place
    of the one of its name, or a message (.eml), decided by both sets instead of the stored ones.
    Nothing is sent, filed or written.
    """
    from mailroom import config
    from mailroom.store import looking

    loaded = config.load(config_path)
    edited = [path for path in files if path.suffix.lower() in {".txt", ".md"}]
    mails = [path for path in files if path not in edited]
    with looking(loaded.office.database) as db:
        sets = _sets(loaded, db, edited)
        try:
            office, ruleset = _built(loaded, db, sets)
        except Problems as error:
            show.problems(error.problems, sets.after.all)
            return 1
        since = now - timedelta(days=days) if days else None
        with _bar() as progress:
            found = _of_mails(office, ruleset, mails, now) if mails else _stored(office, ruleset, since, progress)
        cases = _Cases() if mails else _open_cases(office, db, ruleset, now)
    if as_json:
        told = _as_json(found, sets.told) | {"cases": [asdict(one) for one in cases.moved]}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo(_in_words(found, sets, cases))
    return 0


def _sets(loaded: "Config", db: "Database", edited: Sequence[Path]) -> _Sets:
    """Say what is compared with what."""
    from mailroom.office.files import OfficeFiles, read_office
    from mailroom.store import rule_sets

    patterns = loaded.rules.patterns
    kept = rule_sets.last_good(db)
    in_force = OfficeFiles.of(kept, patterns=patterns) if kept else read_office(loaded)
    if edited:
        laid = {_key(path, in_force.all): path.read_bytes() for path in edited}
        return _Sets(
            in_force, OfficeFiles.of({**in_force.all, **laid}, patterns=patterns), f"{', '.join(laid)} as given"
        )
    on_disk = read_office(loaded)
    if on_disk.all != in_force.all:
        return _Sets(in_force, on_disk, "the files on disk, compared with the rules in force")
    former = rule_sets.formerly(db)
    if not former:
        return _Sets(in_force, on_disk, "the files on disk are the rules in force, and there were none before")
    newest = rule_sets.in_force(db)
    words = f" ({newest.words})" if newest and newest.words else ""
    told = f"the files on disk are in force already, so the last change{words} is compared with what was before it"
    return _Sets(OfficeFiles.of(former, patterns=patterns), on_disk, told)


def _key(path: Path, known: dict[str, bytes]) -> str:
    """Return which of the office's files a file on the command line stands for: that of its name, or a new one."""
    same = [key for key in known if key.rpartition("/")[2].casefold() == path.name.casefold()]
    near = [key for key in same if path.resolve().as_posix().endswith(key)]
    if near or same:
        return (near or same)[0]
    if path.suffix.lower() == ".md":
        return f"templates/{path.resolve().parent.name}/{path.name}"
    return f"rules/cases/{path.name}" if path.resolve().parent.name == "cases" else f"rules/sorting/{path.name}"


def _built(loaded: "Config", db: "Database", sets: _Sets) -> "tuple[Office, RuleSet]":
    """Build both sets; the one to try first, as its faults are what a person wants to hear of."""
    from mailroom import rules
    from mailroom.office import template_file
    from mailroom.office.office import Office, build
    from mailroom.store import Store

    ruleset, texts = build(sets.after, sets.before.all)
    names = [template_file.name_of(file) for file in sets.before.templates]
    try:
        before = rules.load(sets.before.rules, names, rules.ROLES, patterns=sets.before.patterns)
    except Problems as error:
        message = "the rules that were in force can't be read by this version of mailroom, so nothing can be compared."
        raise click.ClickException(message) from error
    return Office(loaded, Store(db, loaded.office.database), before, texts, (), b"nothing is sent by trying"), ruleset


def _stored(office: "Office", ruleset: "RuleSet", since: datetime | None, progress: "Progress") -> "Replay":
    from mailroom.office.replay import replay

    return replay(office, ruleset, since=since, progress=progress)


def _open_cases(office: "Office", db: "Database", ruleset: "RuleSet", now: datetime) -> _Cases:
    from mailroom.office.moving import moved

    return _Cases(*moved(office, db, ruleset, now))


def _of_mails(office: "Office", ruleset: "RuleSet", paths: Sequence[Path], now: datetime) -> "Replay":
    from mailroom.errors import Unreadable
    from mailroom.office.replay import of_files
    from mailroom.reader import Reader

    limits = office.config.limits
    reader = Reader(office.config.border, seconds=limits.reader_seconds, mib=limits.reader_mib)

    async def understood() -> "list[Message | Unreadable]":
        try:
            return await reader.read_many([path.read_bytes() for path in paths])
        finally:
            await reader.close()

    found = []
    for path, message in zip(paths, asyncio.run(understood()), strict=True):
        if isinstance(message, Unreadable):
            click.echo(f"{path} could not be read: {message}. It would be quarantined by any rules.", err=True)
        else:
            found.append((str(path), message))
    return of_files(office, ruleset, found, now)


def _in_words(found: "Replay", sets: _Sets, cases: _Cases) -> str:
    from mailroom.office.replay import table

    before, after = sets.before.all, sets.after.all
    said = [f"Tried: {sets.told}.", "", table(found, shutil.get_terminal_size((100, 24)).columns)]
    said += _of_cases(cases)
    said.append(f"It took {found.seconds:.1f} s. Nothing was sent, filed or written.")
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    apart = sorted(key for key in changed if key.startswith(("templates/", "rules/schedule")))
    if apart:
        said.append(f"Only sorting and cases are tried here; what else has changed is not: {', '.join(apart)}.")
    return "\n".join(said)


def _of_cases(cases: _Cases) -> Iterator[str]:
    """Say which open cases would go on otherwise, and how."""
    from mailroom.office import wording

    for one in cases.moved[:_MOST_CASES]:
        yield f"{one.ref}, {one.kind} in the stage “{one.stage}”"
        yield from (f"      {words}" for words in one.words)
    if cases.open:
        looked = f"{wording.count(cases.open, 'open case')} looked at"
        yield f"{looked}, {len(cases.moved) or 'none'} would go on otherwise."


def _as_json(found: "Replay", told: str) -> dict[str, Any]:
    return {
        "tried": told,
        "looked_at": found.looked_at,
        "seconds": round(found.seconds, 3),
        "differences": [_difference(one) for one in found.differences],
    }


def _difference(one: "Difference") -> dict[str, Any]:
    return {
        "message": one.name,
        "at": one.at.isoformat(),
        "sender": one.sender,
        "subject": one.subject,
        "before": _outcome(one.before),
        "after": _outcome(one.after),
        "words": list(one.words),
        "confirmed": one.confirmed or None,
    }


def _outcome(one: "Outcome") -> dict[str, Any]:
    said = asdict(one)
    return {"class": said.pop("class_") or None, **said, "does": sorted(one.does)}


@contextlib.contextmanager
def _bar() -> "Iterator[Progress]":
    """Show a bar on standard error where somebody is there to see it."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Deciding again", total=None, visible=False)

        def moved(done: int, of: int) -> None:
            if of >= _BAR_FROM and (done % 50 == 0 or done == of):
                bar.update(task, completed=done, total=of, visible=True)

        yield moved
