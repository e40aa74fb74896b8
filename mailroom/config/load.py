"""config.toml in, Config or every fault at once out. Opens no socket and reads no secret."""

import math
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import msgspec
from msgspec.structs import FieldInfo, fields

from mailroom.config import checks, secrets, words
from mailroom.config.model import Config, Hours, Section
from mailroom.config.source import Source, read
from mailroom.errors import Problem, Problems

SECTIONS = {info.name: info for info in fields(Config) if info.name != "path"}


def load(path: Path) -> Config:
    """Read config.toml at `path`; paths in it count from the folder it stands in.

    Raises:
        Problems: every fault of the file, with line, what was expected and the nearest valid word.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else (error.strerror or "unreadable")
        text = f"{reason}. `mailroom init DIR` writes one; --config says where it is."
        raise Problems([Problem(str(path), 0, text)]) from None
    source, problems = read(data, str(path))
    root = path.resolve().parent
    problems += _strays(source)
    values = {name: _section(source, name, root, problems) for name in SECTIONS}
    problems += checks.check(source, values)
    if problems:
        raise Problems(sorted(dict.fromkeys(problems), key=lambda problem: (problem.line == 0, problem.line)))
    built: dict[str, Any] = {name: kind_of(name)(**given) for name, given in values.items() if given is not None}
    return Config(path=path.resolve(), **built)


def kind_of(section: str) -> type[Section]:
    """Return the Struct that describes a section."""
    kind = words.bare(SECTIONS[section].type)
    if not (isinstance(kind, type) and issubclass(kind, Section)):
        raise TypeError(section)
    return kind


def _strays(source: Source) -> list[Problem]:
    """Find sections, and keys outside any section, that mean nothing."""
    problems = []
    for name, value in source.tree.items():
        if name in SECTIONS or name.startswith("again "):
            continue
        if isinstance(value, dict):
            text = f"there is no section “[{name}]”. There are: {', '.join(SECTIONS)}."
            problems.append(Problem(source.file, source.line(name), text, words.nearest(name, SECTIONS)))
        else:
            owners = _owners(name)
            text = f"“{name}” stands outside any section" + (f"; it belongs under [{owners[0]}]." if owners else ".")
            problems.append(Problem(source.file, source.line("", name), text))
    return problems


def _owners(key: str) -> list[str]:
    return [name for name in SECTIONS if key in {info.name for info in fields(kind_of(name))}]


def _section(source: Source, name: str, root: Path, problems: list[Problem]) -> dict[str, Any] | None:
    """Convert one section key by key, so that one fault hides no other. Absent and optional: None."""
    kind, table = kind_of(name), source.tree.get(name)
    known = {info.name: info for info in fields(kind)}
    needed = [info.name for info in known.values() if info.required]
    if table is None:
        if not SECTIONS[name].required:
            return None if words.optional(SECTIONS[name].type) else _defaults(known, {}, root)
        if name in (words.nearest(stray, SECTIONS) for stray in source.tree if stray not in SECTIONS):
            return {}
        text = f"the section [{name}] is missing; it needs at least {', '.join(needed)}."
        problems.append(Problem(source.file, source.line(name), text))
        return {}
    if not isinstance(table, dict):
        text = f"[{name}] is one section: write it once, with single square brackets."
        problems.append(Problem(source.file, source.line(name), text))
        return {}
    given: dict[str, Any] = {}
    unread = {key for section, key in source.unread if section == name}
    for key, value in table.items():
        if key not in known:
            problems.append(_unknown(source, name, key, known))
            continue
        try:
            given[key] = convert(value, known[key].type, root)
        except (msgspec.ValidationError, ValueError):
            problems.append(_wrong(source, name, value, known[key]))
    near = {words.nearest(key, known) for key in (*table, *unread) if key not in known}
    for key in needed:
        if key not in table and key not in unread and key not in near:
            text = f"[{name}] needs “{key}”, which should be {words.expected(known[key].type)}."
            problems.append(Problem(source.file, source.line(name), text))
    return _defaults(known, given, root, skip=set(table) | unread)


def _defaults(
    known: dict[str, FieldInfo], given: dict[str, Any], root: Path, skip: set[str] | None = None
) -> dict[str, Any]:
    """Fill in what was not written; default paths count from `root` as written ones do."""
    for key, info in known.items():
        if key not in (skip or ()) and not info.required:
            given[key] = root / info.default if isinstance(info.default, Path) else info.default
    return given


def _wrong(source: Source, section: str, value: object, info: FieldInfo) -> Problem:
    found = words.got(value, shown=not info.name.startswith(("password", "client_secret")))
    text = f"“{info.name}” should be {words.expected(info.type)}; here it is {found}."
    valid = words.choices(info.type) or (available_timezones() if words.bare(info.type) is ZoneInfo else ())
    hint = words.nearest(value, valid) if isinstance(value, str) else ""
    return Problem(source.file, source.line(section, info.name), text, hint)


def convert(value: object, annotation: object, root: Path) -> Any:  # noqa: ANN401 - as the annotation says
    """Turn one TOML value into what its key holds.

    Raises:
        ValueError: it is no such value (msgspec.ValidationError is one too).
    """
    kind = words.bare(annotation)
    if value == "" and words.optional(annotation):
        return None
    if kind in (Path, Hours, ZoneInfo):
        text = msgspec.convert(value, str)
        if not text.strip() or "\0" in text:
            raise ValueError
        return root / Path(text).expanduser() if kind is Path else Hours.parse(text) if kind is Hours else _zone(text)
    converted = msgspec.convert(value, annotation)
    if isinstance(converted, float) and not math.isfinite(converted):
        raise ValueError
    folded = any(meta.extra and meta.extra.get("folded") for meta in words.metas(annotation))
    if not folded:
        return converted
    return converted.lower() if isinstance(converted, str) else tuple(one.lower() for one in converted)


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(text) from error


def _unknown(source: Source, section: str, key: str, known: dict[str, FieldInfo]) -> Problem:
    line = source.line(section, key)
    if key.casefold() in secrets.LITERAL:
        right = "client_secret_file" if section == "m365" else "password_file"
        text = (
            f"“{key}” never stands in this file, which gets copied and shown around. "
            f'Put the secret in a file of its own, readable by its owner only, and name that: {right} = "…".'
        )
        return Problem(source.file, line, text)
    hint = words.nearest(key, known)
    owners = [f"[{owner}]" for owner in _owners(key)]
    if owners and not hint:
        return Problem(source.file, line, f"“{key}” does not belong under [{section}] but under {' or '.join(owners)}.")
    return Problem(source.file, line, f"there is no setting “{key}” under [{section}].", hint)
