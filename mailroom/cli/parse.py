"""`mailroom parse`: what each message says, as mailroom reads it. Reads files only; changes nothing."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path

import click

from mailroom.errors import Unreadable
from mailroom.message import Border, Message, as_json, opaque
from mailroom.reader import Reader

# Files handed to the reader in one go: enough to keep it busy, few enough that lines come out as it works.
_BATCH = 32
# From this many files on, a person at a terminal wants to see how far it is.
_BAR_FROM = 50
# No mail server takes a message this large; reading a disk image into memory helps nobody.
_LARGEST = 64 * 1024 * 1024


@click.command(epilog="Example: mailroom parse --json inbox/*.eml | jq .kind")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "json_lines", is_flag=True, help="Print one JSON object a line, in the order of the files.")
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    envvar="MAILROOM_CONFIG",
    show_envvar=True,
    help="Believe the Authentication-Results of this office's server; without it nobody is authenticated.",
)
def parse(files: tuple[Path, ...], json_lines: bool, config_path: Path | None) -> int:
    """Say what is in each message file: who, when, new text, kind, attachments, verdicts, defects.

    A file that cannot be read gives a line that says so, and the next one goes on. Exit code 1 when there
    was one.
    """
    return asyncio.run(_parse(files, _border(config_path), json_lines=json_lines))


def _border(config_path: Path | None) -> Border:
    if config_path is None:
        return Border()
    from mailroom import config

    return config.load(config_path).border


async def _parse(files: tuple[Path, ...], border: Border, *, json_lines: bool) -> int:
    failed = 0
    reader = Reader(border)
    try:
        with _bar(len(files)) as advance:
            async for file, outcome in _outcomes(reader, files):
                failed += isinstance(outcome, str)
                click.echo(_json_line(file, outcome) if json_lines else _summary(file, outcome))
                advance()
    finally:
        await reader.close()
    return int(failed > 0)


async def _outcomes(reader: Reader, files: Iterable[Path]) -> AsyncIterator[tuple[Path, Message | str]]:
    """Give each file with its message, or with the reason why there is none."""
    paths = list(files)
    for start in range(0, len(paths), _BATCH):
        batch = paths[start : start + _BATCH]
        contents = [_content(path) for path in batch]
        understood = iter(await reader.read_many([raw for raw in contents if isinstance(raw, bytes)]))
        for path, raw in zip(batch, contents, strict=True):
            outcome = raw if isinstance(raw, str) else next(understood)
            yield path, f"it could not be read: {outcome}" if isinstance(outcome, Unreadable) else outcome


def _content(path: Path) -> bytes | str:
    try:
        if path.stat().st_size > _LARGEST:
            return f"the file is larger than {_LARGEST // (1024 * 1024)} MiB and was not read"
        return path.read_bytes()
    except OSError as fault:
        return f"the file could not be read: {fault.strerror or fault}"


def _json_line(file: Path, outcome: Message | str) -> str:
    if isinstance(outcome, str):
        outcome = opaque(0, "", (outcome,))
    return json.dumps(as_json(outcome, str(file)), ensure_ascii=False)


def _summary(file: Path, outcome: Message | str) -> str:
    """Say the same for a person: a few lines a message."""
    if isinstance(outcome, str):
        return f"{file}\n  {outcome}\n"
    name = f"{outcome.sender.name} <{outcome.sender.address}>" if outcome.sender.name else outcome.sender.address
    lines = [
        str(file),
        f"  from     {name or '(nobody)'} ({outcome.kind}, authentication: {outcome.authentication.verdict})",
        f"  date     {outcome.date.isoformat(' ') if outcome.date else '(none)'}",
        f"  subject  {outcome.subject or '(none)'}",
    ]
    if outcome.marking:
        lines.append(f"  marking  {outcome.marking}")
    if outcome.silence:
        lines.append(f"  answer   none: {outcome.silence}")
    lines += [
        f"  file     {', '.join((item.name or '(no name)', item.type, f'{item.size} bytes', *item.notes))}"
        for item in outcome.attachments
    ]
    lines += [f"  defect   {defect}" for defect in outcome.defects]
    lines += [f"  | {line}" for line in outcome.new_text.split("\n")[:6]]
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def _bar(total: int) -> Iterator[Callable[[], None]]:
    """Show a bar on standard error where somebody is there to see it; calling what it gives moves it on."""
    if total < _BAR_FROM or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Reading", total=total)
        yield lambda: progress.advance(task)
