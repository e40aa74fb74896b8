"""Which rules can never hold, or never have a say, as their own lines or the rules above leave them nothing."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from mailroom.errors import Problem
from mailroom.rules.actions import ANY
from mailroom.rules.looks import PATTERN, PEOPLED, WORDED, Condition, Look
from mailroom.rules.sorting import Rule
from mailroom.rules.vocabulary import MESSAGE_IS, MESSAGE_KINDS

# A message has one of these, so two lines that want different ones can't both hold.
_ONE_ONLY: Final[frozenset[Look]] = frozenset({"trust", "class so far", "marking", "reads like"})
_ANY_REPLY: Final = "reply to anything of ours"
_REPLIES: Final = frozenset(one for one in MESSAGE_IS if one.startswith("reply to "))
_KINDS: Final = frozenset(MESSAGE_KINDS)
_NARROWER: Final[frozenset[Look]] = frozenset({"subject", "text"})


class _Asked(NamedTuple):
    """A line by what it asks: all it names, any of which will do."""

    line: Condition
    names: frozenset[object]
    anyone: bool


class _Said(NamedTuple):
    """A rule by its lines."""

    rule: Rule
    lines: tuple[_Asked, ...]


class _Above:
    """The rules above, by what one of their lines names: few of them can hold whenever a given rule does."""

    def __init__(self) -> None:
        self._rules: list[_Said] = []
        self._by_name: dict[tuple[str, object], list[int]] = {}
        self._any: list[int] = []

    def add(self, said: _Said) -> None:
        """Add the next rule."""
        number = len(self._rules)
        self._rules.append(said)
        telling = [one for one in said.lines if not one.line.unless and not one.anyone]
        if not telling or telling[0].names & {ANY, _ANY_REPLY}:
            self._any.append(number)
            return
        for name in telling[0].names:
            self._by_name.setdefault((_group(telling[0].line), name), []).append(number)

    def near(self, said: _Said) -> list[_Said]:
        """Return the rules that may hold whenever this does, in their order."""
        numbers = set(self._any)
        for one in said.lines:
            if not one.line.unless and one.names:
                # Whatever names all of them names the first.
                numbers.update(self._by_name.get((_group(one.line), next(iter(one.names))), ()))
        return [self._rules[number] for number in sorted(numbers)]


def unreachable(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Find rules that can never hold, and classes and folders that an earlier rule always gives first."""
    above = _Above()
    for rule in rules:
        here = _said(rule)
        if fault := _never(here):
            yield fault
            continue
        yield from _late(here, [one.rule for one in above.near(here) if _holds_whenever(one, here)])
        if rule.status == "on":
            above.add(here)


def _late(here: _Said, above: Sequence[Rule]) -> Iterator[Problem]:
    """Say what of a rule comes too late; `above` are the rules that hold whenever it does."""
    rule = here.rule
    if stop := next((one for one in above if one.stop), None):
        text = f"the rule “{rule.name}” is never reached: “{stop.name}” at {stop.file}:{stop.line} stops first."
        yield Problem(rule.file, rule.line, text)
        return
    if rule.status == "trial":
        return  # it is there to be compared with those that decide
    for verb, gives in (("class", "gives its class"), ("file in", "files a message")):
        own = next((one for one in rule.actions if one.verb == verb), None)
        if own is None or (verb == "class" and any(one.look == "class so far" for one in rule.conditions)):
            continue
        before = next(((one, first) for one in above for first in one.actions if first.verb == verb), None)
        if before is not None and before[1].values != own.values:
            first, value = before[0], before[1].values[0]
            text = (
                f"the rule “{rule.name}” never {gives}: “{first.name}” at {first.file}:{first.line} holds whenever it "
                f"does, and says “{value}” first."
            )
            yield Problem(rule.file, own.line, text)


def _said(rule: Rule) -> _Said:
    return _Said(rule, tuple(_Asked(line, _names(line), _anyone(line)) for line in rule.conditions))


def _group(line: Condition) -> str:
    return "subject or text" if line.look in _NARROWER else line.look


def _names(line: Condition) -> frozenset[object]:
    if line.look in PEOPLED:
        return frozenset((one.kind, one.value) for one in line.groups)
    if line.form == PATTERN or line.look not in WORDED:
        return frozenset(line.values)
    return frozenset(one.text for one in line.phrases.all)


def _anyone(line: Condition) -> bool:
    return not line.unless and any(one.kind == "anyone" for one in line.groups) and line.look == "from"


def _holds_whenever(before: _Said, rule: _Said) -> bool:
    """Tell whether `before` holds for every message that `rule` holds for."""
    return all(asked.anyone or any(_implies(line, asked) for line in rule.lines) for asked in before.lines)


def _implies(line: _Asked, asked: _Asked) -> bool:
    """Tell whether `asked` holds wherever `line`, further down, does."""
    here, there = line.line, asked.line
    if here.unless != there.unless or here.header != there.header:
        return False
    if here.unless:
        return here.look != "class so far" and _within(asked, line)
    # What is raised or given between the two rules was not there for the first.
    if here.look == "flag" or (here.look == "class so far" and here.values != ("none",)):
        return False
    return _within(line, asked)


def _within(narrow: _Asked, wide: _Asked) -> bool:
    """Tell whether whatever the one line names, the other names too."""
    here, there = narrow.line, wide.line
    if here.look != there.look and not (there.look == "subject or text" and here.look in _NARROWER):
        return False
    if here.form != there.form and (there.form != "contains" or here.form == PATTERN):
        return False
    if narrow.names <= wide.names:
        return True
    if here.look in WORDED or here.look in PEOPLED:
        return False
    return ANY in wide.names or (_ANY_REPLY in wide.names and narrow.names - _REPLIES <= wide.names)


def _never(said: _Said) -> Problem | None:
    """Find two lines of a rule that can't both hold."""
    rule = said.rule
    for number, line in enumerate(said.lines):
        for other in said.lines[:number]:
            if line.line.unless == other.line.unless:
                apart = not line.line.unless and _apart(line, other)
            else:
                wanted, barred = (other, line) if line.line.unless else (line, other)
                apart = wanted.line.header == barred.line.header and _within(wanted, barred)
            if apart:
                text = (
                    f"“{line.line.written}” and “{other.line.written}” above can never both hold, so the rule "
                    f"“{rule.name}” catches nothing. Alternatives stand in one line, with “;” between them."
                )
                return Problem(rule.file, line.line.line, text)
    return None


def _apart(line: _Asked, other: _Asked) -> bool:
    look = line.line.look
    if look != other.line.look or line.names & other.names:
        return False
    if look == "from":
        return all(one.kind == "kind" for one in (*line.line.groups, *other.line.groups))
    return look in _ONE_ONLY or (look == "message is" and (line.names | other.names) <= _KINDS)
