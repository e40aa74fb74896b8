"""Plain words about values: what a key expects, what it got, and the nearest valid word."""

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from msgspec import Meta

from mailroom.config.model import Hours

# Python writes `str | None` as one and `Annotated[str, …] | None` as the other.
UNIONS = (UnionType, Union)


def nearest(word: str, valid: Collection[str]) -> str:
    """Return the valid word most like `word`, or "" when none is near."""
    folded = {one.casefold(): one for one in valid}
    close = get_close_matches(word.casefold().replace("-", "_"), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""


def bare(annotation: object) -> object:
    """Return the type under Annotated and beside None."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in UNIONS:
            annotation = next(arg for arg in get_args(annotation) if arg is not NoneType)
        else:
            return annotation


def optional(annotation: object) -> bool:
    """Whether the key may stand for nothing, written as ""."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return get_origin(annotation) in UNIONS


def metas(annotation: object) -> list[Meta]:
    """Every Meta of an annotation, innermost first, through None and tuple."""
    inner = [meta for arg in get_args(annotation)[:1] for meta in metas(arg)] if get_args(annotation) else []
    own = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return inner + [meta for meta in own if isinstance(meta, Meta)]


def choices(annotation: object) -> tuple[str, ...]:
    """The words a key may have, in the order they are declared; () when it is not a choice."""
    kind = bare(annotation)
    return get_args(kind) if get_origin(kind) is Literal else ()


def expected(annotation: object) -> str:
    """Say what a right value looks like, to follow "should be"."""
    kind = bare(annotation)
    titles = [meta.title for meta in metas(annotation) if meta.title]
    if words := choices(annotation):
        return "one of " + ", ".join(f'"{word}"' for word in words)
    if get_origin(kind) is tuple and "list" not in "".join(titles[-1:]):
        return 'a list between square brackets, such as ["one", "two"]'
    if titles:
        return titles[-1]
    if kind in (int, float):
        return ("a whole number" if kind is int else "a number") + _bounds(annotation)
    plain: dict[object, str] = {
        bool: "true or false, without quotes",
        Path: "a path between quotes",
        ZoneInfo: 'a time zone, such as "Europe/London"',
        Hours: 'hours such as "08:30-16:30", or "" for none',
    }
    return plain.get(kind, "text between quotes")


def got(value: object, *, shown: bool) -> str:
    """Say what stands there; only its kind, unless `shown`, for it may be a secret."""
    if isinstance(value, str):
        return f"the text {_short(value)}" if shown and value else "text" if value else "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}" if shown else "a number"
    kinds: dict[type, str] = {list: "a list", dict: "a section"}
    return kinds.get(type(value), "a date or time")


def _short(text: str, most: int = 60) -> str:
    line = " ".join(text.split())
    return f'"{line[:most]}…"' if len(line) > most else f'"{line}"'


def _bounds(annotation: object) -> str:
    low = next((meta.ge for meta in metas(annotation) if meta.ge is not None), None)
    above = next((meta.gt for meta in metas(annotation) if meta.gt is not None), None)
    high = next((meta.le for meta in metas(annotation) if meta.le is not None), None)
    start = f" from {low}" if low is not None else f" above {above}"
    return f"{start} to {high}" if low is not None else f"{start}, at most {high}"
