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
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from mailroom.errors import Problem
from mailroom.rules.lines import canonical, typewritten
from mailroom.rules.vocabulary import MARKINGS, nearest
from mailroom.store.outbox import MailKind

MOST_CHARACTERS = 32_000
"""A mail of this office fits a page or two; more is a document saved under the wrong name."""

KINDS: tuple[str, ...] = get_args(MailKind)
PLAIN_KIND = "mail"
PLAIN_MARKING = "OFFICIAL"
"""What a mail is when its template says nothing (domain, section E5)."""

LABELS = ("subject", "marking", "kind", "any hour", "catch up")
CATCH_UP = ("until closes", "never")

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_ONLY_TAGS = re.compile(r"\s*(\{%.*?%\}\s*)+")
_ROW_END = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


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
    catch_up: str = "never"


def name_of(file: str) -> str:
    """Return the name rules use: templates/incident/received.md is incident/received."""
    return file.removeprefix("templates/").removesuffix(".md")


def is_part(name: str) -> bool:
    """Tell whether a template is part of other mails, such as _footer, and never one itself."""
    return name.rpartition("/")[2].startswith("_")


def read(file: str, data: bytes) -> tuple[TemplateFile | None, list[Problem]]:
    """Read one file, and say what is wrong with its form."""
    text = _decoded(data)
    if len(text) > MOST_CHARACTERS:
        return None, [Problem(file, 0, f"is over {MOST_CHARACTERS // 1000},000 characters. Expected a mail's length.")]
    rows = [_kept_apart(row) for row in _ROW_END.split(_TAG.sub(lambda tag: typewritten(tag[0]), text))]
    name = name_of(file)
    if is_part(name):
        return TemplateFile(name, file, "", 0, "\n".join(rows), 1), []
    start = next((n for n, row in enumerate(rows) if row.strip()), None)
    if start is None:
        return None, [Problem(file, 0, "is empty. Expected “Subject: …”, an empty line, then the mail.")]
    end = next((n for n in range(start, len(rows)) if not rows[n].strip()), len(rows))
    facts, problems = _labels(file, {n + 1: rows[n] for n in range(start, end)})
    body = "\n".join(rows[end:]).rstrip()
    if not problems and not body.strip():
        problems.append(Problem(file, len(rows), "has no text. Expected an empty line, then the mail."))
    if problems:
        return None, problems
    subject, line = facts["subject"]
    return (
        TemplateFile(
            name,
            file,
            subject,
            line,
            body,
            end + 1,
            marking=facts.get("marking", ("", 0))[0],
            kind=facts.get("kind", (PLAIN_KIND, 0))[0],
            any_hour=facts.get("any hour", ("no", 0))[0] == "yes",
            catch_up=facts.get("catch up", ("never", 0))[0],
        ),
        [],
    )


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    # Notepad's "Unicode" without its mark: every other byte of English text is zero.
    for zeros, encoding in ((data[1::2], "utf-16-le"), (data[::2], "utf-16-be")):
        if zeros.count(0) > len(data) // 4:
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _kept_apart(row: str) -> str:
    """Keep the line end after a `{% … %}` that ends a line of text; Jinja would join the next line to it.

    A line of nothing but `{% … %}` leaves no line behind: that is what a person expects of both.
    """
    if not row.endswith("%}") or row.endswith(("-%}", "+%}")) or _ONLY_TAGS.fullmatch(row):
        return row
    return row.removesuffix("%}") + "+%}"


def _labels(file: str, rows: Mapping[int, str]) -> tuple[dict[str, tuple[str, int]], list[Problem]]:
    """Read the labelled lines above the first empty line into label → (value, line)."""
    facts: dict[str, tuple[str, int]] = {}
    problems: list[Problem] = []
    for line, row in rows.items():
        if row.lstrip().startswith("#"):
            continue
        head, colon, value = row.replace("\uff1a", ":", 1).partition(":")
        label, value = canonical(head), " ".join(value.split())
        if not colon:
            text = f"“{row.strip()[:60]}” isn't “Label: value”. Expected an empty line before the mail's text."
            problems.append(Problem(file, line, text))
            break
        if label not in LABELS:
            text = f"there is no label “{head.strip()}”; expected {', '.join(name.capitalize() for name in LABELS)}."
            problems.append(Problem(file, line, text, nearest(label, LABELS).capitalize()))
        elif label in facts:
            problems.append(Problem(file, line, f"“{label.capitalize()}” stands here twice. Expected it once."))
        elif not value:
            problems.append(Problem(file, line, f"“{label.capitalize()}” has nothing after its colon."))
        else:
            facts[label] = (value, line)
    if not problems and next(iter(facts), "") != "subject":
        found = f"Found “{next(iter(facts)).capitalize()}”." if facts else "Found none."
        problems.append(Problem(file, min(rows), f"the first label should be “Subject”. {found}"))
    problems += [fault for label in facts if (fault := _settle(file, facts, label)) is not None]
    return facts, problems


def _settle(file: str, facts: dict[str, tuple[str, int]], label: str) -> Problem | None:
    """Write a label's value as the program knows it, or say which values there are."""
    choices = {"marking": MARKINGS, "kind": KINDS, "any hour": ("yes", "no"), "catch up": CATCH_UP}.get(label)
    if choices is None:
        return None
    value, line = facts[label]
    for choice in choices:
        if canonical(choice).replace("-", " ") == canonical(value).replace("-", " "):
            facts[label] = (choice, line)
            return None
    hint = nearest(value, choices)
    return Problem(file, line, f"“{label.capitalize()}” cannot be “{value}”; expected {', '.join(choices)}.", hint)
