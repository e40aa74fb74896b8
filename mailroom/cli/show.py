"""Faults as people see them: the sentence, then the line it is about with a caret under the word."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from mailroom.cli.frame import colour
from mailroom.config.source import masked
from mailroom.errors import Problem
from mailroom.rules import excerpt


def problems(found: Iterable[Problem], texts: Mapping[str, bytes] | None = None) -> None:
    """Print faults to standard error; `texts` holds the files they are in, others are read from disk."""
    for problem in found:
        click.secho(str(problem), err=True, fg="red", color=colour())
        if excerpt := line_and_caret(problem, texts or {}):
            click.echo(excerpt, err=True)


def line_and_caret(problem: Problem, texts: Mapping[str, bytes]) -> str:
    """Return the line a fault is about and a caret below the word; "" when there is no such line."""
    data = texts.get(problem.file)
    if data is None:
        try:
            data = Path(problem.file).read_bytes()
        except (OSError, ValueError):
            return ""
    line = excerpt.line_of(problem, data)
    if problem.file.endswith(".toml"):
        line = masked(line)
    if not line.strip():
        return ""
    margin = f"{problem.line:5} | "
    start, length = excerpt.spot(problem, line)
    caret = " " * (len(margin) - 2) + "| " + " " * start + "^" * max(1, length)
    return f"{margin}{line}\n{caret}"
