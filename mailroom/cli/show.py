"""Faults as people see them: the sentence, then the line it is about with a caret under the word."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from mailroom.cli.frame import colour
from mailroom.config.source import masked
from mailroom.errors import Problem

# A line beyond this is cut: the sentence says what matters.
WIDTH = 110


def problems(found: Iterable[Problem], texts: Mapping[str, bytes] | None = None) -> None:
    """Print faults to standard error; `texts` holds the files they are in, others are read from disk."""
    for problem in found:
        click.secho(str(problem), err=True, fg="red", color=colour())
        if excerpt := line_and_caret(problem, texts or {}):
            click.echo(excerpt, err=True)


def line_and_caret(problem: Problem, texts: Mapping[str, bytes]) -> str:
    """Return the line a fault is about and a caret below the word; "" when there is no such line."""
    line = _line(problem, texts)
    if not line.strip():
        return ""
    margin = f"{problem.line:5} | "
    start, length = _spot(problem, line)
    caret = " " * (len(margin) - 2) + "| " + " " * start + "^" * max(1, length)
    return f"{margin}{line}\n{caret}"


def _line(problem: Problem, texts: Mapping[str, bytes]) -> str:
    data = texts.get(problem.file)
    if data is None:
        try:
            data = Path(problem.file).read_bytes()
        except (OSError, ValueError):
            return ""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    lines = data.decode(encoding, errors="replace").splitlines()
    if not 0 < problem.line <= len(lines):
        return ""
    shown = masked(lines[problem.line - 1]) if problem.file.endswith(".toml") else lines[problem.line - 1]
    return "".join(letter if letter.isprintable() else " " for letter in shown.rstrip())[:WIDTH]


def _spot(problem: Problem, line: str) -> tuple[int, int]:
    """Find where the sentence's first quoted word stands in the line; else the whole line is meant."""
    for word in re.findall("“(.+?)”", problem.text):
        at = line.casefold().find(word.casefold())
        if at >= 0:
            return at, len(word)
    indent = len(line) - len(line.lstrip())
    return indent, len(line.strip())
