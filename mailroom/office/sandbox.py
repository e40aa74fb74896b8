"""Jinja, cut down to what a letter needs: show a value, choose, go through a list.

A template is the coordinator's, but it may come from anybody she asked for help, and one that never
ends would stop the office. Jinja's own sandbox keeps a template from reaching the machine; it does
not keep it from using it up: `{{ 'a' * 10**9 }}` takes 25 seconds and a gigabyte, part of it while
the template is merely compiled. So what may stand in a template is a list of allowed forms, checked
on the syntax tree before Jinja compiles anything; loops go only through lists that the office hands
over, at most two deep; and the length of what comes out is capped. That bounds time without a clock.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailroom.message.picture import Picture
from mailroom.rules.vocabulary import nearest

MOST_OUTPUT = 60_000
"""Characters of one mail. A digest page is under 10,000; mail programs cut off at 102 KB of HTML."""
DEEPEST_LOOP = 2
DEEPEST = 40
"""Levels of anything inside anything: far beyond a letter, far below what Python's own stack bears."""
FILTERS = ("capitalize", "default", "first", "join", "last", "length", "lower", "title", "trim", "truncate", "upper")
LOOP_FACTS = ("first", "last", "index", "length")

# What a template of plain mistakes may raise while it is filled, besides Jinja's own errors:
# a text compared with a number, a list given to a filter for text.
FAULTS = (TemplateError, TypeError, ValueError, AttributeError, LookupError)

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.If, nodes.For,
    nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Filter, nodes.Keyword,
    nodes.Test, nodes.List, nodes.Tuple,
)  # fmt: skip
_TAGS = ("if", "elif", "else", "endif", "for", "endfor")
_REFUSED: tuple[tuple[type[nodes.Node], str], ...] = (
    (nodes.BinExpr, "a template cannot calculate"),
    (nodes.UnaryExpr, "a template cannot calculate"),
    (nodes.Concat, "a template cannot join texts with “~”; write them one after the other"),
    (nodes.Call, "a template cannot call anything with “( )”"),
    (nodes.Getitem, "a template cannot take things out with “[ ]”; write a dot and the name"),
)


class TooLong(TemplateError):
    """The mail grew beyond what a mail may be."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a source; `line` counts from 1 in that source."""

    line: int
    text: str
    hint: str = ""


_TOO_DEEP = Fault(1, "so many things inside one another cannot be read.")


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment that can only show, choose and list; `shown` turns a value into text."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self, shown: Callable[[str], str], pictured: Callable[[Picture], str] | None = None) -> None:
        """Make an environment whose every value passes through `shown`, and pictures, if any, through `pictured`."""
        super().__init__(
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # what is rendered is Markdown; `shown` escapes each value for it
            finalize=lambda value: pictured(value) if pictured and isinstance(value, Picture) else shown(_text(value)),
            cache_size=0,
        )
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS}

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> NoReturn:  # noqa: ANN401, ARG002
        """Refuse what the check of the syntax tree lets nobody write in the first place."""
        raise SecurityError("a template cannot calculate")

    def is_safe_callable(self, obj: object) -> bool:  # noqa: ARG002
        """Say no: there is nothing a letter has to call."""
        return False


def faults(environment: Sandbox, source: str) -> list[Fault]:
    """Return what is not allowed in a source, without compiling it."""
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        return [_syntax(error)]
    except RecursionError:
        return [_TOO_DEEP]
    if _deeper_than(tree, DEEPEST):
        return [_TOO_DEEP]
    return list(dict.fromkeys((*_refusals(tree), *_deep_loops(tree, 0))))


def names(environment: Sandbox, source: str) -> Iterator[tuple[str, int]]:
    """Give every variable a source uses and does not make itself, with its line; it must have no faults."""
    tree = environment.parse(source)
    yield from _free(tree, frozenset())


def only_shows(environment: Sandbox, source: str, those: Collection[str]) -> bool:
    """Tell whether a source does no more with these variables than show them or ask whether they are there."""
    return _only_shows(environment.parse(source), those)


def _only_shows(node: nodes.Node, those: Collection[str]) -> bool:
    match node:
        case nodes.Name(name=name):
            return name not in those
        case nodes.Output(nodes=parts):
            return all(isinstance(part, nodes.Name) or _only_shows(part, those) for part in parts)
        case nodes.If(test=test):
            rest = (child for child in node.iter_child_nodes() if child is not test)
            return _only_asks(test, those) and all(_only_shows(child, those) for child in rest)
    return all(_only_shows(child, those) for child in node.iter_child_nodes())


def _only_asks(test: nodes.Node, those: Collection[str]) -> bool:
    match test:
        case nodes.Name():
            return True
        case nodes.Not() | nodes.And() | nodes.Or():
            return all(_only_asks(part, those) for part in test.iter_child_nodes())
    return _only_shows(test, those)


def compiled(environment: Sandbox, source: str, file: str) -> Template:
    """Return a template ready to be filled; `file` is what tracebacks call it."""
    return Template.from_code(environment, environment.compile(source, filename=file), environment.globals)


def fill(template: Template, values: Mapping[str, object]) -> str:
    """Fill a template. Raises one of FAULTS, TooLong among them."""
    pieces: list[str] = []
    length = 0
    for piece in template.generate(values):
        length += len(piece)
        if length > MOST_OUTPUT:
            raise TooLong(f"the mail would be over {MOST_OUTPUT // 1000},000 characters")
        pieces.append(piece)
    return "".join(pieces)


def line_of(error: BaseException, file: str) -> int:
    """Return the line of a template at which filling it failed, 0 when that cannot be told."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def words_of(error: BaseException) -> str:
    """Say what went wrong while a template was filled, as a person would."""
    message = str(error).rstrip(".")
    if found := re.search(r"has no attribute '(\w+)'", message):
        return f"this value has no “{found[1]}”."
    return f"{message or 'this cannot be filled'}."


def _text(value: object) -> str:
    if isinstance(value, Undefined):
        str(value)  # raises, and names the variable
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, Picture):
        raise TypeError("a picture cannot stand here")
    if isinstance(value, list | tuple):
        raise TypeError("a list cannot be shown as it is; go through it with {% for … %}")
    raise TypeError("this value has several columns; name one after a dot")


def _refusals(tree: nodes.Template) -> Iterator[Fault]:
    for node in _all(tree):
        text, hint = _refusal(node)
        if text:
            yield Fault(node.lineno, f"{text}.", hint)


def _refusal(node: nodes.Node) -> tuple[str, str]:
    """Say why a node is not allowed, and the nearest that is."""
    match node:
        case nodes.Filter(name=name) if name not in FILTERS:
            return f"there is no “| {name}”; expected one of {', '.join(FILTERS)}", nearest(name, FILTERS)
        case nodes.Getattr(node=nodes.Name(name="loop"), attr=fact) if fact not in LOOP_FACTS:
            return f"there is no “loop.{fact}”; expected {', '.join(LOOP_FACTS)}", nearest(fact, LOOP_FACTS)
        case nodes.Getattr(attr=word) | nodes.Name(name=word) if word == "self" or word.startswith("_"):
            return f"there is no “{word}”", ""
    if isinstance(node, _ALLOWED):
        return "", ""
    reason = next((words for kind, words in _REFUSED if isinstance(node, kind)), "")
    return reason or "a template can only show, choose (if) and list (for)", ""


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _all(child)


def _deeper_than(node: nodes.Node, levels: int) -> bool:
    return levels == 0 or any(_deeper_than(child, levels - 1) for child in node.iter_child_nodes())


def _deep_loops(node: nodes.Node, depth: int) -> Iterator[Fault]:
    depth += isinstance(node, nodes.For)
    if depth > DEEPEST_LOOP:
        yield Fault(node.lineno, "a third “for” stands inside two others. Expected two at most.")
        return
    for child in node.iter_child_nodes():
        yield from _deep_loops(child, depth)


def _free(node: nodes.Node, bound: frozenset[str]) -> Iterator[tuple[str, int]]:
    if isinstance(node, nodes.Name):
        if node.ctx == "load" and node.name not in bound:
            yield node.name, node.lineno
        return
    if isinstance(node, nodes.For):
        yield from _free(node.iter, bound)
        inside = bound | {"loop"} | {one.name for one in _all(node.target) if isinstance(one, nodes.Name)}
        for part in (node.test, *node.body):
            if part is not None:
                yield from _free(part, inside)
        for part in node.else_:
            yield from _free(part, bound)
        return
    for child in node.iter_child_nodes():
        yield from _free(child, bound)


def _syntax(error: TemplateSyntaxError) -> Fault:
    """Say what Jinja's parser stumbled over, as a person would."""
    message = error.message or ""
    if found := re.search(r"unknown tag '(\w+)'", message):
        tag = found[1]
        if tag in _TAGS:
            return Fault(error.lineno, f"“{{% {tag} %}}” stands here without its beginning.")
        return Fault(error.lineno, f"there is no “{{% {tag} %}}”; expected {', '.join(_TAGS)}.", nearest(tag, _TAGS))
    if found := re.search(r"innermost block that needs to be closed is '(\w+)'", message):
        return Fault(error.lineno, f"“{{% {found[1]} … %}}” is never closed; expected “{{% end{found[1]} %}}”.")
    if "end of print statement" in message or "unexpected '}'" in message:
        return Fault(error.lineno, "a “{{ … }}” is not closed with two braces, or holds more than one name.")
    if "end of statement block" in message:
        return Fault(error.lineno, "a “{% … %}” is not closed with “%}”, or holds more than it may.")
    return Fault(error.lineno, f"this cannot be read: {message.rstrip('.')}.")
