"""`mailroom init`: the files of a new office, under version control where git is there."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click

from mailroom.defaults import shipped

GITIGNORE = """\
# What the office knows, and its secrets, are not kept in git: only what people write is.
*.db
*.db-*
*password*
*secret*
*token*
~$*
*.bak
*.tmp
"""

REFERENCES = (
    "docs/adding-a-process.md", "docs/cases.md", "docs/forms.md", "docs/newsletter.md", "docs/rules.md",
    "docs/schedule.md", "docs/templates.md",
)  # fmt: skip
"""What a process, a form, a rule, the schedule and a template may say, where the sentences about a fault point; how
a process is added, and what an issue of the newsletter holds."""


@click.command(
    epilog="Example: mailroom init office",
)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def init(directory: Path) -> None:
    """Write a new office into DIR: config.toml, rules, templates, and the pages that explain them.

    Nothing that is already there is overwritten, so it can be run again to bring in what is missing.
    """
    written, kept = _write(directory)
    click.echo(f"{directory}: {len(written)} files written" + (f", {kept} left as they were." if kept else "."))
    if written:
        click.echo(_under_git(directory, written))
    click.echo(f"Next: fill in {directory / 'config.toml'}, then: mailroom check --config {directory / 'config.toml'}")


def _write(directory: Path) -> tuple[list[Path], int]:
    """Write what is missing; return it, and how many files were already there."""
    # The database with everybody's mail will stand in this folder: it is nobody else's to look into.
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    written, kept = [], 0
    for name, data in _contents():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            kept += 1
        else:
            written.append(path)
    return written, kept


def _contents() -> Iterator[tuple[str, bytes]]:
    yield "config.toml", shipped("config.example.toml").read_bytes()
    yield ".gitignore", GITIGNORE.encode()
    for name in ("rules", "templates"):
        root = shipped(name)
        for path in sorted(root.rglob("*")):
            if path.is_file() and not path.name.startswith((".", "~")):
                yield f"{name}/{path.relative_to(root).as_posix()}", path.read_bytes()
    for name in REFERENCES:
        yield name, shipped(name).read_bytes()


def _under_git(directory: Path, written: list[Path]) -> str:
    """Put the files under version control and say in one sentence what came of it."""
    if shutil.which("git") is None:
        return "git is not installed, so changes to rules and templates will have no history. Install git to get one."
    if _git(directory, "rev-parse", "--is-inside-work-tree").returncode == 0:
        return "This folder is already under git; committing the new files is left to you."
    names = [str(path.relative_to(directory)) for path in written]
    identity = [] if _git(directory, "config", "user.email").stdout.strip() else [
        "-c", "user.name=mailroom", "-c", "user.email=mailroom@localhost",
    ]  # fmt: skip
    commit = [*identity, "-c", "commit.gpgsign=false", "commit", "-q", "-m", "The office as mailroom ships it"]
    for step in (["init", "-q"], ["add", "--", *names], commit):
        done = _git(directory, *step)
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
            return f"The files are there, but git would not keep them: {reason}"
    return "They are under git: every change to rules and templates can be seen and taken back."


def _git(directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(directory), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603 - our own words, no shell
