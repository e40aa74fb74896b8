"""A template as the coordinator writes it: labelled lines to the first empty line, then Markdown.

    Subject: We have your request [{{ ref }}]
    Kind: ack
    # Who gets it: the officer who asked.

    Hello {{ recipient_first_name }}, ...

`Subject` comes first; `Marking`, `Kind`, `Any hour` and `Catch up` may follow in any order. A file whose name
begins with `_` is part of other mails and has no labels. What Word and Notepad do to a text (byte order
marks, UTF-16, CRLF, curly quotes inside `{{ }}`) is read as meant. What the words mean is not known here.
"""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple, get_args

from mailroom.errors import Problem
from mailroom.rules.lines import Line, canonical, decoded, read_lines, typewritten
from mailroom.rules.lines import rows as rows_of
from mailroom.rules.vocabulary import MARKINGS, nearest
from mailroom.store.outbox import MailKind

MOST_CHARACTERS = 32_000
"""A mail of this office fits a page or two; more is a document saved under the wrong name."""

KINDS: tuple[str, ...] = get_args(MailKind)
PLAIN_KIND = "mail"
PLAIN_MARKING = "OFFICIAL"
"""What a mail is when its template says nothing (domain, section E5)."""

LABELS = ("subject", "marking", "kind", "any hour", "catch up")
NEVER = "never"
CATCH_UP = ("until closes", NEVER)

STRAY: Final = "isn't “Label: value”. Expected an empty line before the mail's text."

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_ONLY_TAGS = re.compile(r"\s*(\{%.*?%\}\s*)+")


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """One file, read. Lines count from 1; `marking` is "" when the file states none."""

    name: str
    file: str
    subject: str
    subject_line: int
    body: str
    body_line: int
    marking: str = ""
    kind: str = PLAIN_KIND
    any_hour: bool = False
    catch_up: str = NEVER


class Fact(NamedTuple):
    """What a label says, and where."""

    value: str
    line: Line


def name_of(file: str) -> str:
    """Return the name rules use: templates/incident/received.md is incident/received."""
    return file.removeprefix("templates/").removesuffix(".md")


def is_part(name: str) -> bool:
    """Tell whether a template is part of other mails, such as _footer, and never one itself."""
    return name.rpartition("/")[2].startswith("_")


def read(file: str, data: bytes) -> tuple[TemplateFile | None, list[Problem]]:
    """Read one file, and say what is wrong with its form."""
    text = decoded(data)
    if len(text) > MOST_CHARACTERS:
        return None, [Problem(file, 0, f"is over {MOST_CHARACTERS // 1000},000 characters. Expected a mail's length.")]
    rows = [_kept_apart(row) for row in rows_of(_TAG.sub(lambda tag: typewritten(tag[0]), text))]
    name = name_of(file)
    if is_part(name):
        return TemplateFile(name, file, "", 0, "\n".join(rows), 1), []
    start = next((n for n, row in enumerate(rows) if row.strip()), None)
    if start is None:
        return None, [Problem(file, 0, "is empty. Expected “Subject: …”, an empty line, then the mail.")]
    end = next((n for n in range(start, len(rows)) if not rows[n].strip()), len(rows))
    facts, problems = _labels(file, rows, start, end)
    body = "\n".join(rows[end:]).rstrip()
    if not problems and not body.strip():
        problems.append(Problem(file, len(rows), "has no text. Expected an empty line, then the mail."))
    if problems:
        return None, problems
    said = {label: fact.value for label, fact in facts.items()}
    return (
        TemplateFile(
            name,
            file,
            said["subject"],
            facts["subject"].line.line,
            body,
            end + 1,
            marking=said.get("marking", ""),
            kind=said.get("kind", PLAIN_KIND),
            any_hour=said.get("any hour", "no") == "yes",
            catch_up=said.get("catch up", NEVER),
        ),
        [],
    )


def _kept_apart(row: str) -> str:
    """Keep the line end after a `{% … %}` that ends a line of text; Jinja would join the next line to it.

    A line of nothing but `{% … %}` leaves no line behind: that is what a person expects of both.
    """
    if not row.endswith("%}") or row.endswith(("-%}", "+%}")) or _ONLY_TAGS.fullmatch(row):
        return row
    return row.removesuffix("%}") + "+%}"


def _labels(file: str, rows: list[str], start: int, end: int) -> tuple[dict[str, Fact], list[Problem]]:
    """Read the labelled lines above the first empty line, by label."""
    # The rows above keep their places, so that a fault counts the file's lines.
    head = "\n" * start + "\n".join(rows[start:end])
    lines, strays = read_lines(head, file, alone=(), stray=STRAY)
    facts: dict[str, Fact] = {}
    # The first row of prose says it all: the empty line is missing there.
    first = next((one.line for one in strays if one.text.endswith(STRAY)), end)
    problems = [one for one in strays if one.line <= first or not one.text.endswith(STRAY)]
    for line in lines:
        name = line.label.capitalize()
        if line.label not in LABELS:
            text = f"there is no label “{name}”; expected {', '.join(label.capitalize() for label in LABELS)}."
            problems.append(line.problem(file, text, nearest(line.label, LABELS).capitalize()))
        elif line.label in facts:
            problems.append(line.problem(file, f"“{name}” stands here twice. Expected it once."))
        elif line.value:
            facts[line.label] = Fact(_as_written(line, rows), line)
    if not problems and next(iter(facts), "") != "subject":
        found = f"Found “{next(iter(facts)).capitalize()}”." if facts else "Found none."
        problems.append(Problem(file, start + 1, f"the first label should be “Subject”. {found}"))
    problems += [fault for label in facts if (fault := _settle(file, facts, label)) is not None]
    return facts, sorted(problems, key=lambda problem: problem.line)


def _as_written(line: Line, rows: list[str]) -> str:
    """Return a value with the quotes and dashes its writer chose: a subject is read by people."""
    return " ".join(" ".join(rows[piece.line - 1][piece.column - 1 :] for piece in line.pieces).split())


def _settle(file: str, facts: dict[str, Fact], label: str) -> Problem | None:
    """Write a label's value as the program knows it, or say which values there are."""
    choices = {"marking": MARKINGS, "kind": KINDS, "any hour": ("yes", "no"), "catch up": CATCH_UP}.get(label)
    if choices is None:
        return None
    value, line = facts[label].value, facts[label].line
    for choice in choices:
        if line.values and canonical(choice).replace("-", " ") == canonical(line.values[0]).replace("-", " "):
            facts[label] = Fact(choice, line)
            return None
    hint = nearest(value, choices)
    text = f"“{label.capitalize()}” cannot be “{value}”; expected {', '.join(choices)}."
    return line.problem(file, text, hint, line.value)
