"""Which rules can never hold, or never have a say, as their own lines or the rules above leave them nothing."""

from collections.abc import Iterator, Sequence
from typing import Final

from mailroom.errors import Problem
from mailroom.rules.looks import PATTERN, PEOPLED, WORDED, Condition, Look
from mailroom.rules.sorting import Rule
from mailroom.rules.vocabulary import MESSAGE_KINDS

# A message has one of these, so two lines that want different ones can't both hold.
_ONE_ONLY: Final[frozenset[Look]] = frozenset({"trust", "class so far", "marking"})
_ANY_REPLY: Final = "reply to anything of ours"
_KINDS: Final = frozenset(MESSAGE_KINDS)


def unreachable(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Find rules that can never hold, and classes and folders that an earlier rule always gives first."""
    for number, rule in enumerate(rules):
        if fault := _never(rule):
            yield fault
            continue
        above = [one for one in rules[:number] if one.status == "on" and _holds_whenever(one, rule)]
        if stop := next((one for one in above if one.stop), None):
            text = f"the rule “{rule.name}” is never reached: “{stop.name}” at {stop.file}:{stop.line} stops first."
            yield Problem(rule.file, rule.line, text)
            continue
        for verb, gives in (("class", "gives its class"), ("file in", "files a message")):
            own = next((one for one in rule.actions if one.verb == verb), None)
            if own is None or (verb == "class" and any(one.look == "class so far" for one in rule.conditions)):
                continue
            before = next(((one, first) for one in above for first in one.actions if first.verb == verb), None)
            if before is not None and before[1].values != own.values:
                first, value = before[0], before[1].values[0]
                text = (
                    f"the rule “{rule.name}” never {gives}: “{first.name}” at {first.file}:{first.line} holds whenever "
                    f"it does, and says “{value}” first."
                )
                yield Problem(rule.file, own.line, text)


def _holds_whenever(before: Rule, rule: Rule) -> bool:
    """Tell whether `before` holds for every message that `rule` holds for."""
    return all(_anyone(asked) or any(_implies(line, asked) for line in rule.conditions) for asked in before.conditions)


def _anyone(line: Condition) -> bool:
    return not line.unless and any(one.kind == "anyone" for one in line.groups) and line.look == "from"


def _implies(line: Condition, asked: Condition) -> bool:
    """Tell whether `asked` holds wherever `line`, further down, does."""
    if line.unless != asked.unless or line.header != asked.header:
        return False
    if line.unless:
        return line.look != "class so far" and _within(asked, line)
    # What is raised or given between the two rules was not there for the first.
    if line.look == "flag" or (line.look == "class so far" and line.values != ("none",)):
        return False
    return _within(line, asked)


def _within(narrow: Condition, wide: Condition) -> bool:
    """Tell whether whatever the one line names, the other names too."""
    same = narrow.look == wide.look or (wide.look == "subject or text" and narrow.look in {"subject", "text"})
    if not same or PATTERN in {narrow.form, wide.form}:
        return narrow.look == wide.look and narrow.form == wide.form and set(narrow.values) <= set(wide.values)
    if narrow.look in WORDED:
        found = {one.text for one in wide.phrases.all}
        return wide.form in {"contains", narrow.form} and {one.text for one in narrow.phrases.all} <= found
    if narrow.look in PEOPLED:
        return {(one.kind, one.value) for one in narrow.groups} <= {(one.kind, one.value) for one in wide.groups}
    covered = {value for value in narrow.values if _ANY_REPLY in wide.values and value.startswith("reply to ")}
    return "any" in wide.values or set(narrow.values) - covered <= set(wide.values)


def _never(rule: Rule) -> Problem | None:
    """Find two lines of a rule that can't both hold."""
    for number, line in enumerate(rule.conditions):
        for other in rule.conditions[:number]:
            if line.unless == other.unless:
                apart = not line.unless and _apart(line, other)
            else:
                wanted, barred = (other, line) if line.unless else (line, other)
                apart = _within(wanted, barred)
            if apart:
                text = (
                    f"“{line.written}” and “{other.written}” above can never both hold, so the rule “{rule.name}” "
                    "catches nothing. Alternatives stand in one line, with “;” between them."
                )
                return Problem(rule.file, line.line, text)
    return None


def _apart(line: Condition, other: Condition) -> bool:
    if line.look != other.look:
        return False
    if line.look == "from":
        groups = (*line.groups, *other.groups)
        plain = all(one.kind == "kind" for one in groups)
        return plain and not {one.value for one in line.groups} & {one.value for one in other.groups}
    kinds = line.look == "message is" and {*line.values, *other.values} <= _KINDS
    return (kinds or line.look in _ONE_ONLY) and not set(line.values) & set(other.values)
