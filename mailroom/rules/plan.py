"""A set of rules made ready to be asked: hundreds of rules cost a message no more than the few its words point to.

What several rules ask is answered once a message. Each different phrase is looked for at most once, and only where
its longest word stands in the message; a line about words of which none stands there is answered “no” by that. What
may change while the rules are asked is asked each time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, get_args

from mailroom.rules.holding import Held, held_by
from mailroom.rules.looks import TEXTUAL, Condition
from mailroom.rules.ruleset import RuleSet
from mailroom.rules.sorting import Rule
from mailroom.rules.view import View
from mailroom.rules.words import Form

CHANGING: Final = frozenset({"class so far", "flag"})
"""What a line may look at that the rules before it change."""

LIKENESS: Final = "reads like"
"""What costs most to answer, so it is asked only of a rule whose other lines all hold."""

TELLING: Final = TEXTUAL | {"forwarded text", "header", "attachment name", "message is", "reference", "flag"}
"""What speaks for a rule: a near miss must have been near by what was written, not only by who wrote."""

_WORDED: Final = frozenset(get_args(Form))
_OPEN: Final = ("\0not asked yet",)
_SURE: Final = ("\0held by a phrase that stands there",)


@dataclass(frozen=True, slots=True)
class Planned:
    """A rule, the numbers of its lines as written, and how to ask them."""

    rule: Rule
    numbers: tuple[int, ...]
    tests: tuple[tuple[int, bool, bool], ...]
    """Of each line, those quickly answered first: its number, whether it must not hold, and whether the rule is not
    even a near miss when it fails."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The different lines of a set of rules, and which of them a phrase may make hold."""

    rules: tuple[Planned, ...]
    lines: tuple[Condition, ...]
    phrases: Mapping[str, Mapping[str, Sequence[int]]]
    """By their longest word, and of each the numbers of the lines it stands in."""
    start: tuple[Held, ...]
    costly: frozenset[int]
    """The lines that ask what a message is like."""
    plain: frozenset[int]
    """The lines that hold as soon as one of their phrases stands anywhere in the message."""

    def words(self, number: int, view: View) -> tuple[str, ...]:
        """Return the words that make a line hold."""
        return held_by(self.lines[number], view) or ()

    def asked(self, view: View) -> Callable[[int], Held]:
        """Return what answers, for this message, whether a line holds: None where it does not."""
        answers = list(self.start)
        said = f"{view.subject.text}\n{view.text.text}"
        for word in (view.subject.words | view.text.words) & self.phrases.keys():
            for phrase, numbers in self.phrases[word].items():
                if phrase in said:  # a phrase with room in it is "" here, and left to be looked at
                    for number in numbers:
                        answers[number] = _SURE if phrase and number in self.plain else answers[number] or _OPEN
        lines = self.lines

        def answer(number: int) -> Held:
            known = answers[number]
            if known is not _OPEN:
                return known
            line = lines[number]
            held = held_by(line, view)
            if line.look not in CHANGING:
                answers[number] = held
            return held

        return answer


def plan(ruleset: RuleSet) -> Plan:
    """Return the plan of a set; that of a set asked lately is at hand."""
    for rules, made in _made:
        if rules is ruleset.rules:
            return made
    made = plan_of(ruleset.rules)
    _made.insert(0, (ruleset.rules, made))
    del _made[_MOST:]
    return made


# The set in force, and one on trial beside it. Which sets are remembered changes no answer.
_MOST = 3
_made: list[tuple[tuple[Rule, ...], Plan]] = []


def plan_of(rules: tuple[Rule, ...]) -> Plan:
    """Make ready those rules that are not off."""
    numbers: dict[Condition, int] = {}
    planned = []
    for rule in rules:
        if rule.status == "off":
            continue
        own = tuple(numbers.setdefault(replace(one, unless=False), len(numbers)) for one in rule.conditions)
        telling = [line for line in rule.conditions if line.look in TELLING and not line.unless]
        tests = sorted(
            zip(own, rule.conditions, strict=True),
            key=lambda test: (test[1].look == LIKENESS, test[1].look not in TEXTUAL),
        )
        planned.append(
            Planned(rule, own, tuple((number, line.unless, not telling or telling == [line]) for number, line in tests))
        )
    phrases: dict[str, dict[str, list[int]]] = {}
    start: list[Held] = []
    for line, number in numbers.items():
        worded = line.look in TEXTUAL and line.form in _WORDED
        start.append(None if worded else _OPEN)
        for one in line.phrases.all if worded else ():
            phrases.setdefault(one.head, {}).setdefault("" if one.gaps else one.text, []).append(number)
    plain = frozenset(
        number for line, number in numbers.items() if line.look == "subject or text" and line.form == "contains"
    )
    costly = frozenset(number for line, number in numbers.items() if line.look == LIKENESS)
    return Plan(tuple(planned), tuple(numbers), phrases, tuple(start), costly, plain)
