"""What a line of a case file may name: the office's words, and the file's own facts and groups.

Facts and groups are gathered before the lines are read in earnest, for a line may speak of what stands below it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from mailroom.rules import vocabulary
from mailroom.rules.cases import readers
from mailroom.rules.cases.effects import At, If
from mailroom.rules.known import Fault, Known
from mailroom.rules.lines import Line, canonical, split_values

HEALTH: Final = "health words"
"""A fact that, kept apart, is read by itself: the words of the list “health” that the opening message holds."""

GROUP: Final = "group "

Kind = Literal["moment", "date", "choice", "other"]
"""What a fact can be used for: a `moment` or `date` can be counted from, a `choice` has few answers."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a case, as far as its file tells."""

    name: str
    kind: Kind = "other"
    reader: str = ""
    choices: tuple[str, ...] = ()


@dataclass(slots=True)
class Scope:
    """One case file's words. `listed` gathers the groups of groups.txt that it turns out to use."""

    name: str
    file: str
    known: Known
    facts: Mapping[str, Fact] = field(default_factory=dict)
    groups: Collection[str] = ()
    listed: dict[str, At] = field(default_factory=dict)

    def at(self, line: Line) -> At:
        """Return where a line stands."""
        return At(self.file, line.line)

    def fact(self, name: str) -> Fact:
        """Return a fact that this file reads or sets somewhere; raises Fault."""
        name = canonical(name)
        if name not in self.facts:
            near = vocabulary.nearest(name, self.facts)
            raise Fault(f"no line reads or sets “{name}”, so it is never known.", near, name)
        return self.facts[name]

    def group(self, name: str, line: Line) -> str:
        """Return a group of the case, or of groups.txt, "" where there is none such."""
        name = canonical(name)
        if name in self.groups:
            return name
        if name in self.known.groups:
            self.listed.setdefault(name, self.at(line))
            return name
        return ""

    def condition(self, written: str) -> If:
        """Read `no place`, `right is foi` or `health words`, as they stand after “if”; raises Fault."""
        text = canonical(written)
        name, is_, value = text.partition(" is ")
        if is_ and name in self.facts:
            negated = value.startswith("not ")
            value = value.removeprefix("not ")
            return If(name, self.answer(self.facts[name], value), negated)
        negated = text.startswith("no ") and text not in self.facts
        return If(self.fact(text.removeprefix("no ") if negated else text).name, "", negated)

    def answer(self, fact: Fact, value: str) -> str:
        """Return an answer that a fact may have; raises Fault where it has few and this is none of them."""
        choices = ("yes", "no") if fact.reader in {"yes or no", readers.ABOUT} else fact.choices
        if choices and value not in choices:
            text = f"“{fact.name}” is {either(choices)}, never “{value}”."
            raise Fault(text, vocabulary.nearest(value, choices), value)
        return value


def either(choices: Collection[str]) -> str:
    """Write `low, medium or high`."""
    *most, last = choices
    return f"{', '.join(most)} or {last}" if most else last


def facts_of(lines: Collection[Line]) -> dict[str, Fact]:
    """Gather every fact that some line reads, sets or keeps apart, however wrong the rest of that line is."""
    found: dict[str, Fact] = {}
    for line in lines:
        for fact in _facts(line):
            found.setdefault(fact.name, fact)
    return found


def _facts(line: Line) -> Iterator[Fact]:
    if line.label == "read":
        for value in line.values:
            name, _, reader = value.partition(",")
            yield _read(canonical(name), canonical(reader))
    elif line.label in {"then set", "otherwise set"}:
        name, equals, value = canonical(line.value).partition("=")
        if equals and name.strip():
            yield Fact(name.strip(), "moment" if _is_moment(value.strip()) else "other")
    elif line.label == "keep apart" and canonical(line.value).startswith(HEALTH):
        yield Fact(HEALTH, "other", "words")


def _is_moment(value: str) -> bool:
    # What a field of a form holds is known only when somebody has filled it in: it may be a time.
    return value.startswith("form ") or " from now" in value or " after " in value or " before " in value


def _read(name: str, reader: str) -> Fact:
    kind, choices = readers.split(reader)
    if kind in readers.TIMES:
        return Fact(name, "moment" if kind == "a time" else "date", kind)
    return Fact(name, "choice" if choices else "other", kind, choices)


def groups_of(lines: Collection[Line]) -> tuple[str, ...]:
    """Gather the names of every group the file has a line for."""
    return tuple(
        canonical(line.label.removeprefix(GROUP)) for line in lines if line.label.startswith(GROUP) and line.values
    )


def parts(value: str) -> list[str]:
    """Split a value at its commas: what is done, and what more is said of it."""
    return [part.strip() for part in value.split(",") if part.strip()]


def several(value: str) -> tuple[str, ...]:
    """Split a value at `;`."""
    return split_values(value)
