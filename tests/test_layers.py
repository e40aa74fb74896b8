"""Design, section 3: imports only go left, the pure packages touch nothing, SQL and broad excepts keep their place."""

import ast
import functools
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[1] / "mailroom"
FILES = sorted(ROOT.rglob("*.py"))

# Each layer may import those in the lines above it, and itself.
LAYERS = (
    {"__init__", "errors"},
    {"clock", "defaults", "lock"},
    {"message"},
    {"rules", "reader", "transport"},
    {"config"},
    {"store"},
    {"office"},
    {"intake", "delivery", "schedule"},
    {"sent", "moves"},
    {"keep"},
    {"wiring"},
    {"daemon"},
    {"story"},
    {"cli"},
    {"__main__"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

# More than the order of the layers: these two know nothing but the values.
NARROW = {"transport": {"message", "errors", "transport"}, "reader": {"message", "errors", "reader", "__init__"}}

PURE = ("message", "rules")
# logging is not among them: silencing a library's logger is all that a pure package does with it.
IMPURE = {
    "asyncio", "concurrent", "ctypes", "fcntl", "getpass", "glob", "http", "io", "multiprocessing", "os", "pathlib",
    "platform", "random", "resource", "secrets", "select", "selectors", "shutil", "signal", "smtplib", "imaplib",
    "socket", "sqlite3", "sqlite_utils", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid",
    "aiosmtplib", "imapclient", "apscheduler", "click", "rich",
}  # fmt: skip
# Bytes that only look like a file, for a library that reads nothing else.
IN_MEMORY = {"io.BytesIO"}

SQL = re.compile(
    r"^\s*(SELECT\b.+|INSERT (OR \w+ )?INTO|UPDATE\b.+\bSET|DELETE FROM|REPLACE INTO|PRAGMA|BEGIN|CREATE"
    r"|WITH\b.+\bAS)\b",
    re.DOTALL,
)

# The four places of a broad except, and how many each may have.
BROAD = {"message": 1, "intake": 1, "schedule": 1, "cli": 1}


@cache
@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Return every node of a module; it is asked for by each test, and read once."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))))


def layer(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Each module a file imports, in dotted form, and the line."""
    here = ("mailroom", *path.relative_to(ROOT).parent.parts)
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = (
                ".".join((*here[: len(here) - node.level + 1], node.module or "")) if node.level else node.module or ""
            )
            for alias in node.names:
                yield (f"{base}.{alias.name}" if base in ("mailroom", "io") else base), node.lineno


def own_layers(path: Path) -> Iterator[tuple[str, int]]:
    for module, line in imports(path):
        if module.split(".")[0] == "mailroom":
            named = ([*module.split("."), "__init__"])[1]
            yield (named if named in LEVEL or named == layer(path) else "__init__"), line


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_module_has_its_layer():
    assert [named(path) for path in FILES if layer(path) not in LEVEL] == []


@pytest.mark.parametrize("path", FILES, ids=named)
def test_imports_only_go_left(path: Path):
    here = layer(path)
    wrong = [
        f"line {line}: {here} imports {other}"
        for other, line in own_layers(path)
        if other != here and (LEVEL[other] >= LEVEL[here] or (here in NARROW and other not in NARROW[here]))
    ]

    assert wrong == []


@pytest.mark.parametrize("path", [path for path in FILES if layer(path) in PURE], ids=named)
def test_the_pure_packages_touch_nothing(path: Path):
    wrong = [
        f"line {line}: {module}"
        for module, line in imports(path)
        if module.split(".")[0] in IMPURE and module not in IN_MEMORY
    ]
    wrong += [
        f"line {node.lineno}: reads the clock"
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "today", "utcnow"}
        and ast.unparse(node.value) in {"datetime", "date", "dt.datetime", "dt.date"}
    ]
    wrong += [
        f"line {node.lineno}: {node.func.id}()"
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"open", "print", "input", "eval", "exec", "__import__"}
    ]

    assert wrong == []


def test_only_the_clock_reads_the_time():
    readers = {
        named(path)
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and re.fullmatch(r"(dt\.)?(datetime|date)(\.datetime)?\.(now|utcnow|today)|time\.time", ast.unparse(node.func))
    }

    assert readers <= {"clock.py"}


def test_only_message_imports_mail_parser():
    assert {"message"} >= {
        layer(path) for path in FILES for module, _ in imports(path) if module.split(".")[0] == "mailparser"
    }


def test_sql_stands_only_in_store_and_office():
    found = [
        f"{named(path)}:{node.lineno}"
        for path in FILES
        if layer(path) not in {"store", "office"}
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]

    assert found == []


def test_a_broad_except_stands_in_four_places_at_most():
    found: dict[str, list[str]] = {}
    for path in FILES:
        for node in nodes(path):
            if isinstance(node, ast.ExceptHandler) and catches_all(node):
                found.setdefault(layer(path), []).append(f"{named(path)}:{node.lineno}")

    assert {place: lines for place, lines in found.items() if len(lines) > BROAD.get(place, 0)} == {}


def catches_all(handler: ast.ExceptHandler) -> bool:
    """Whether this keeps whatever it catches; a handler that ends in a bare `raise` only tidies up and passes it on."""
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    named = ast.walk(handler.type) if handler.type else ()
    return handler.type is None or any(
        isinstance(node, ast.Name) and node.id in {"Exception", "BaseException"} for node in named
    )


@pytest.mark.parametrize("path", FILES, ids=named)
def test_files_and_functions_stay_short(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= 60
    ]

    assert long == []
