"""The coordinator's files, from disk to bytes: rule files and templates, and nothing that editors leave beside them.

Keys are "rules/sorting/10-danger.txt" and "templates/incident/received.md", wherever the two folders are.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from mailroom.config import Config
from mailroom.errors import Problem, Problems

RULES, TEMPLATES = "rules/", "templates/"
ENCLOSED = "files"
_SUFFIX = {RULES: ".txt", TEMPLATES: ".md"}

# A rule file is read aloud in minutes; one beyond this is something else saved under its name.
MOST_BYTES = 1 << 20

# What Word, Notepad, Excel, vim and Emacs leave beside a file while it is edited, or after.
_LEFT_BEFORE = ("~$", ".", "#", "~")
_LEFT_AFTER = (".bak", ".tmp", ".swp", ".orig", ".old", "~", "#")

# Saved by a word processor: silently passing over such a file would leave its rules out.
_DOCUMENTS = (".doc", ".docx", ".odt", ".rtf", ".pages", ".txt.txt", ".md.txt", ".md.md", ".txt.md")

Snapshot = tuple[tuple[str, int, int, int], ...]
"""What tells that a file was saved: its key, time of change in ns, size in bytes and inode."""


class Held(Problems):
    """Some file could not be read at this moment; the next look may find it free."""


@dataclass(frozen=True, slots=True)
class OfficeFiles:
    """The bytes of every rule file and template, by key, in the order of their names."""

    rules: dict[str, bytes]
    templates: dict[str, bytes]
    patterns: bool = field(default=True, compare=False)
    """Whether “matches pattern” is allowed in them; a set that was in force once is not refused for it later."""
    enclosed: tuple[str, ...] | None = field(default=None, compare=False)
    """The files that may go along with mails, by name; None for a set whose folder was not looked at."""

    @property
    def all(self) -> dict[str, bytes]:
        """Both together, as a set is kept in the database."""
        return self.rules | self.templates

    @classmethod
    def of(cls, kept: Mapping[str, bytes], *, patterns: bool = True) -> Self:
        """Take apart what `all` put together."""
        return cls(
            {key: data for key, data in kept.items() if key.startswith(RULES)},
            {key: data for key, data in kept.items() if key.startswith(TEMPLATES)},
            patterns,
        )


def read_office(config: Config) -> OfficeFiles:
    """Read every rule file and template.

    Raises:
        Held: a file is there and cannot be read, as when a word processor has it open on a shared folder.
        Problems: a folder cannot be read; a file is far too big, or is a word processor's document.

    """
    problems: list[Problem] = []
    held: list[Problem] = []
    found: dict[str, bytes] = {}
    for key, path in _walk(config, problems):
        if fault := _fault(key, path):
            problems.append(Problem(key, 0, fault))
            continue
        try:
            found[key] = path.read_bytes()
        except OSError as error:
            held.append(Problem(key, 0, f"this file cannot be read: {error.strerror}."))
    if held:
        raise Held([*problems, *held])
    if problems:
        raise Problems(problems)
    return replace(OfficeFiles.of(found, patterns=config.rules.patterns), enclosed=enclosed(config))


def enclosed(config: Config) -> tuple[str, ...]:
    """Return the names of the files that mails may carry along: those in the folder `files` beside the config."""
    folder = config.path.parent / ENCLOSED
    try:
        return tuple(sorted(path.name for path in folder.iterdir() if path.is_file() and not is_left_over(path.name)))
    except OSError:
        return ()


def snapshot(config: Config) -> Snapshot:
    """Say in a few microseconds a file which files there are and when they were saved; never raises."""
    marks = []
    for key, path in _walk(config, []):
        try:
            status = path.stat()
        except OSError:
            continue  # saved over at this moment: the next look sees it
        marks.append((key, status.st_mtime_ns, status.st_size, status.st_ino))
    # Only whether it is there: what stands in it is read as it is sent.
    marks += [(f"{ENCLOSED}/{name}", 0, 0, 0) for name in enclosed(config)]
    return tuple(marks)


def lying(config: Config) -> dict[str, bytes]:
    """Read what can be read, sound or not, to compare it with what is in force; never raises."""
    found: dict[str, bytes] = {}
    for key, path in _walk(config, []):
        with contextlib.suppress(OSError):
            found[key] = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
    return found


def owner(config: Config, keys: Iterable[str]) -> str:
    """Return the login of whoever owns these files, as whoever saved a file usually does; "" when it can't be told."""
    names = set()
    for key in keys:
        try:
            names.add(path_of(config, key).owner())
        except (OSError, KeyError):
            continue
    return names.pop() if len(names) == 1 else ""


def path_of(config: Config, key: str) -> Path:
    """Return where a file lies, by its key such as "rules/lists.txt"."""
    for prefix, root in ((RULES, config.office.rules), (TEMPLATES, config.office.templates)):
        if key.startswith(prefix):
            return (root / key.removeprefix(prefix)).resolve()
    raise KeyError(key)


def is_left_over(name: str) -> bool:
    """Whether an editor left this file beside the real one, as `~$rules.txt` or `rules.txt.bak`."""
    return name.startswith(_LEFT_BEFORE) or name.lower().endswith(_LEFT_AFTER)


def _walk(config: Config, problems: list[Problem]) -> Iterator[tuple[str, Path]]:
    for prefix, root in ((RULES, config.office.rules), (TEMPLATES, config.office.templates)):
        if not root.is_dir():
            problems.append(Problem(prefix, 0, f"there is no folder {root}."))
        unread = lambda error: problems.append(Problem(prefix, 0, f"this folder cannot be read: {error.filename}."))  # noqa: E731, B023
        for folder, below, names in os.walk(root, onerror=unread):
            below[:] = sorted(name for name in below if not is_left_over(name))
            for name in sorted(names):
                wanted = name.lower().endswith((_SUFFIX[prefix], *_DOCUMENTS))
                if wanted and not is_left_over(name):
                    path = Path(folder, name)
                    yield prefix + path.relative_to(root).as_posix(), path


def _fault(key: str, path: Path) -> str:
    right = _SUFFIX[RULES if key.startswith(RULES) else TEMPLATES]
    if key.lower().endswith(_DOCUMENTS):
        return f"this should be plain text in a file that ends in {right}, and in nothing else. Save it so, or move it."
    try:
        size = path.stat().st_size
    except OSError as error:
        return f"this file cannot be read: {error.strerror}."
    return f"this file is {size >> 20} MiB; the most is {MOST_BYTES >> 20}." if size > MOST_BYTES else ""
