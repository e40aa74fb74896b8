"""config.example.toml, printed from the Structs: `python -m mailroom.config.example > config.example.toml`.

Keys an office must or should decide stand open with an example; the others stand commented out
with their default, so that the file says everything and changes nothing.
"""

from pathlib import Path
from textwrap import fill
from zoneinfo import ZoneInfo

from msgspec.structs import FieldInfo, fields

from mailroom.config import words
from mailroom.config.load import SECTIONS, kind_of
from mailroom.config.model import Hours

OPENING = """\
# mailroom's configuration. Each key stands under one or two lines that say what it is for; those
# commented out show their default. Paths count from this file's folder. No password stands here.
# After every change: mailroom check
"""

# What a person wants to see first of a server, before how to log in to it.
FIRST = ("host", "port", "security", "user")


def text() -> str:
    """Return config.example.toml."""
    return OPENING + "".join(_section(name) for name in SECTIONS)


def _section(name: str) -> str:
    kind, closed = kind_of(name), words.optional(SECTIONS[name].type)
    about = (kind.__doc__ or "").strip().splitlines()[0]
    header = f"\n# --- {about}\n{'# ' if closed else ''}[{name}]\n"
    infos = sorted(fields(kind), key=lambda info: FIRST.index(info.name) if info.name in FIRST else len(FIRST))
    return header + "\n".join(_key(info, closed=closed) for info in infos) + "\n"


def _key(info: FieldInfo, *, closed: bool) -> str:
    own = words.metas(info.type)[-1]
    example = (own.examples or [None])[0]
    choices = f"One of {', '.join(words.choices(info.type))}. " if words.choices(info.type) else ""
    default = "Required." if info.required else f"Default: {_toml(info.default)}."
    default = default.replace('""', "none").replace("[]", "none")
    about = fill(f"{own.description} {choices}{default}", 110, initial_indent="# ", subsequent_indent="# ")
    shown = info.default if example is None else example
    open_key = example is not None and not closed
    return f"{about}\n{'' if open_key else '# '}{info.name} = {_toml(shown)}"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, list | tuple) and not isinstance(value, Hours):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    known = (str, Path, ZoneInfo, Hours)
    return f'"{value}"' if isinstance(value, known) else '""'


if __name__ == "__main__":
    print(text(), end="")  # noqa: T201 - printing is its purpose
