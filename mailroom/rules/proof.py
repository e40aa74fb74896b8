"""What a whole set of rules must be: every rule reachable, every folder spelt one way, nothing going in circles."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from mailroom.errors import Problem
from mailroom.rules.cases import CaseFile
from mailroom.rules.sorting import Rule


def prove(rules: Sequence[Rule], cases: Mapping[str, CaseFile]) -> list[Problem]:
    """Return what is wrong with rules that are right one by one; those that are off harm nobody."""
    asked = [rule for rule in rules if rule.status != "off"]
    return [*_openers(asked, cases), *_unreachable(asked)]


def stages(case_file: CaseFile) -> tuple[str, ...]:
    """Return every stage a case of this kind may be in."""
    return tuple(dict.fromkeys([*(one.name for one in case_file.stages), *case_file.final]))


def _openers(rules: Collection[Rule], cases: Mapping[str, CaseFile]) -> Iterator[Problem]:
    """A rule may open a case only on a class that the case says it opens on."""
    for rule in rules:
        for action in rule.actions:
            made = cases.get(action.values[0]) if action.verb == "open" else None
            wanted = {trigger.class_ for trigger in made.opens_on} if made else set()
            if made and wanted and rule.class_ and rule.class_ not in wanted:
                text = f"this opens “{made.name}”, which opens only on {' or '.join(sorted(wanted))}."
                yield Problem(rule.file, action.line, text, min(wanted))


def _unreachable(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Find rules that can never hold, as an earlier one asks no more and stops."""
    stops: list[Rule] = []
    for rule in rules:
        conditions = set(rule.conditions)
        if before := next((one for one in stops if set(one.conditions) <= conditions), None):
            text = (
                f"the rule “{rule.name}” is never reached: “{before.name}” at {before.file}:{before.line} stops first"
            )
            yield Problem(rule.file, rule.line, text)
        if rule.stop and rule.status == "on":
            stops.append(rule)
