"""The text of config.toml: what it says, on which line, and every line that is not TOML.

tomllib stops at the first slip and keeps no positions. So a line it refuses is reported in plain
words, taken out, and the rest is read again; keys are found by their shape, first come first served.
"""

import re
import tomllib
from dataclasses import dataclass

from mailroom.errors import Problem

# More slips than this in one file mean that it is no config.toml at all.
MOST_SLIPS = 40

_HEADER = re.compile(r"^\s*\[\[?\s*([^\[\]=]+?)\s*(\]|$)")
_KEY = re.compile(r"""^\s*(["']?)([\w-]+)\1\s*(\.\s*[\w.-]+\s*)?=""")
_LOOSE_KEY = re.compile(r"^\s*[“”\"']?([\w-]+)")
_AT = re.compile(r" \(at line (\d+), column \d+\)$| \(at end of document\)$")
_SECRET = re.compile(r"(?i)^(\s*\w*(?:password|passwort|secret|token)(?<!_file)(?<!_env)\s*[=:]\s*)\S.*$")


@dataclass(frozen=True, slots=True)
class Source:
    """One TOML file, read as far as it can be.

    `lines` maps (section,) and (section, key) to the line each stands on, from 1. `unread` are the
    keys whose own line was refused: they are not missing, and have been complained of already.
    """

    file: str
    tree: dict[str, object]
    lines: dict[tuple[str, ...], int]
    unread: frozenset[tuple[str, str]]

    def line(self, section: str, key: str = "") -> int:
        """Return the line of a key, else of its section, else 0."""
        return self.lines.get((section, key)) or self.lines.get((section,), 0)


def read(data: bytes, file: str) -> tuple[Source, list[Problem]]:
    """Read `data` as TOML; every refused line becomes a Problem."""
    text, problems = _decode(data, file)
    lines = text.split("\n")
    unread: set[tuple[str, str]] = set()
    tree: dict[str, object] = {}
    for _ in range(MOST_SLIPS):
        try:
            tree = tomllib.loads("\n".join(lines))
            break
        except tomllib.TOMLDecodeError as error:
            number, words = _blame(error, lines)
            if not number:
                problems.append(Problem(file, 0, f"this is not TOML from here on: {words}"))
                break
            problems.append(Problem(file, number, _plain(lines, number, words)))
            _take_out(lines, number, unread)
    return Source(file, tree, _positions(text.split("\n")), frozenset(unread)), problems


def masked(line: str) -> str:
    """Return the line fit to be shown: a password written into it by mistake becomes ***."""
    return _SECRET.sub(r"\1***", line)


def _decode(data: bytes, file: str) -> tuple[str, list[Problem]]:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text, problems = data.decode(encoding), []
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        text = data.decode("cp1252", errors="replace")
        problems = [Problem(file, line, "this letter is not UTF-8. Save the file with the encoding UTF-8.")]
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\N{NO-BREAK SPACE}", " "), problems


def _positions(lines: list[str]) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    section = ""
    for number, line in enumerate(lines, 1):
        if header := _HEADER.match(line):
            section = header[1].strip("\"' ")
            found.setdefault((section,), number)
        elif key := _KEY.match(line):
            found.setdefault((section, key[2]), number)
    return found


def _blame(error: tomllib.TOMLDecodeError, lines: list[str]) -> tuple[int, str]:
    """Return the line at fault (0: none can be named) and what tomllib said of it."""
    place = _AT.search(str(error))
    words = str(error)[: place.start()] if place else str(error)
    number = int(place[1]) if place and place[1] else len(lines)
    if "nclosed array" in words or not (place and place[1]):
        opened = [n for n, line in enumerate(lines[:number], 1) if _opens(line)]
        return (opened[-1] if opened else 0), "the value that begins here is not closed"
    return (number if lines[number - 1].strip() else 0), words


def _opens(line: str) -> bool:
    value = line.partition("=")[2]
    return bool(_KEY.match(line)) and (value.count("[") > value.count("]") or '"""' in value or "'''" in value)


def _take_out(lines: list[str], number: int, unread: set[tuple[str, str]]) -> None:
    """Blank the refused line, or mend it where it is a header: its keys must not land in the section above."""
    line, section = lines[number - 1], ""
    for above in lines[: number - 1]:
        if header := _HEADER.match(above):
            section = header[1].strip("\"' ")
    header = _HEADER.match(line)
    if header and "=" not in line:
        name = header[1].strip("\"' ")
        again = any((match := _HEADER.match(above)) and match[1] == name for above in lines[: number - 1])
        lines[number - 1] = f'["again {number}"]' if again or not re.fullmatch(r"\w+", name) else f"[{name}]"
        return
    if key := _LOOSE_KEY.match(line):
        unread.add((section, key[1]))
    opened = _opens(line)
    lines[number - 1] = ""
    while opened and number < len(lines) and not (_KEY.match(lines[number]) or re.match(r"\s*\[\w+\]", lines[number])):
        lines[number] = ""
        number += 1


def _plain(lines: list[str], number: int, words: str) -> str:
    """Say in plain words what is wrong with a line that tomllib refuses."""
    line = lines[number - 1].strip()
    key, equals, value = (part.strip() for part in line.partition("="))
    if re.search("[“”„‘’]", line):
        return 'this line has curly quotes, which word processors put in. Use straight ones: "'
    if "Cannot" in words and "mutate" not in words:
        return f"“{key}” is here a second time. Keep one of the two."
    if line.startswith("["):
        return "a section is one word between square brackets, alone on its line, such as [office]."
    if not equals:
        return 'a setting is a key, an equals sign and a value, such as name = "value".'
    if not value:
        return f"“{key}” has no value. Write one after the equals sign, or take the line out."
    if value.startswith('"') and "\\" in value:
        return "a backslash means something else in TOML. Write / in paths, or put the value in single quotes: '…'."
    if value[0] in "\"'" and value.count(value[0]) == 1:
        return f"the value of “{key}” begins with a quote that is not closed on the same line."
    if value.lower() in ("yes", "no", "on", "off", "true", "false"):
        return "write true or false here, in small letters."
    if words == "Invalid value" and value[0].isalpha():
        return f'text stands between straight quotes: {key} = "…"'
    if value[0].isdigit():
        return "a number stands alone, without unit; text stands between straight quotes."
    return f"this line is not TOML: {words[0].lower()}{words[1:]}."
