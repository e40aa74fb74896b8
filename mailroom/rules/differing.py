"""Whether two sets of rules may decide a message differently: what makes trying a change on thousands of mails quick.

Two sets that differ in a few rules decide a message alike unless one of those rules holds for it. What such a rule
asks of the class or flags so far depends on the rules before it, so that is taken as said. What a message reads like
depends on the examples, so a rule that asks it is as good as changed with them. Where the lists differ
that are looked at before every rule, safety is judged by both.
"""

from difflib import SequenceMatcher
from typing import Any

from mailroom.rules.plan import CHANGING, LIKENESS, Plan, plan_of
from mailroom.rules.ruleset import RuleSet
from mailroom.rules.safety import SAFETY_LISTS, judge
from mailroom.rules.sorting import Rule
from mailroom.rules.view import View


class Differing:
    """What is different between two sets."""

    def __init__(self, before: RuleSet, after: RuleSet) -> None:
        """Find the rules that stand in only one of the sets, or elsewhere in the order."""
        self._sets = before, after
        self._safety = any(before.lists.get(name) != after.lists.get(name) for name in SAFETY_LISTS) or (
            ("danger" in before.cases) != ("danger" in after.cases)
        )
        self._plan: Plan = plan_of(_changed(before, after))

    @property
    def nothing(self) -> bool:
        """Whether both sets sort every message alike."""
        return not self._safety and not self._plan.rules

    def may(self, view: View) -> bool:
        """Tell whether a message may be decided differently; False is sure."""
        if self._safety:
            first, second = (judge(view, one.lists, danger_case="danger" in one.cases) for one in self._sets)
            if first != second:
                return True
        answer, lines = self._plan.asked(view), self._plan.lines
        for one in self._plan.rules:
            tests = ((number, unless) for number, unless, _ in one.tests if lines[number].look not in _TAKEN_AS_SAID)
            if all((answer(number) is None) == unless for number, unless in tests):
                return True
        return False


_TAKEN_AS_SAID = CHANGING | {LIKENESS}


def _changed(before: RuleSet, after: RuleSet) -> tuple[Rule, ...]:
    # A rule on trial decides nothing, so it makes no difference.
    first, second = ([rule for rule in one.rules if rule.status == "on"] for one in (before, after))
    numbers: dict[Any, int] = {}
    left, right = ([numbers.setdefault(_meaning(rule), len(numbers)) for rule in rules] for rules in (first, second))
    changed: list[Rule] = []
    for step, i, j, k, n in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if step != "equal":
            changed += [*first[i:j], *second[k:n]]
    if before.samples != after.samples:
        changed += [rule for rule in (*first, *second) if any(line.look == LIKENESS for line in rule.conditions)]
    return tuple(changed)


def _meaning(rule: Rule) -> tuple[Any, ...]:
    """Return what a rule says, without its name and the line it stands on."""
    return rule.conditions, tuple((one.verb, one.values) for one in rule.actions), rule.stop
