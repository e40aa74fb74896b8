"""What a whole set of rules must be: every rule reachable, every folder spelt one way, nothing going in circles.

What can go in circles here: a message from class to class, a case from stage to stage, a mail between us and a desk.
Within one message every rule is asked once, so none of these hangs the office; each would be a slip all the same.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from mailroom.errors import Problem
from mailroom.rules.cases import CaseFile, GoTo
from mailroom.rules.folders import misspelt
from mailroom.rules.model import Action
from mailroom.rules.reach import unreachable
from mailroom.rules.sorting import Rule
from mailroom.rules.vocabulary import MACHINES


def prove(rules: Sequence[Rule], cases: Mapping[str, CaseFile]) -> list[Problem]:
    """Return what is wrong with rules that are right one by one; those that are off harm nobody."""
    asked = [rule for rule in rules if rule.status != "off"]
    return [
        *_openers(asked, cases),
        *unreachable(asked),
        *misspelt(asked),
        *_class_circles(asked),
        *_stage_circles(asked, cases),
        *_sent_back(asked),
        *_machines_answered(asked),
    ]


def _openers(rules: Collection[Rule], cases: Mapping[str, CaseFile]) -> Iterator[Problem]:
    """A rule may open a case only on a class that the case says it opens on."""
    for rule in rules:
        for action in _of(rule, "open"):
            made = cases.get(action.values[0])
            wanted = {one.class_ for one in made.opens_on if one.class_} if made else set()
            if made and wanted and rule.class_ and rule.class_ not in wanted:
                text = f"this opens “{made.name}”, which opens only on {' or '.join(sorted(wanted))}."
                yield Problem(rule.file, action.line, text, min(wanted))


def _class_circles(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Rules that change a class, each what the other gave, would leave it to their order what a message is."""
    steps = [
        (before, action, rule)
        for rule in rules
        for line in rule.conditions
        for before in line.values
        for action in _of(rule, "class")
        if line.look == "class so far" and not line.unless and before not in {"none", action.values[0]}
    ]
    for number, (before, action, rule) in enumerate(steps):
        if _leads(steps[:number], action.values[0], before):
            back = next(other for _, one, other in steps[:number] if one.values[0] == before)
            text = (
                f"the rules “{back.name}” and “{rule.name}” pass a message in a circle, from {action.values[0]} to "
                f"{before} and back."
            )
            yield Problem(rule.file, action.line, text)


def _leads(steps: Sequence[tuple[str, Action, Rule]], start: str, end: str) -> bool:
    """Tell whether these steps lead from one class to another."""
    reached = {start}
    for _ in steps:
        reached |= {action.values[0] for before, action, _ in steps if before in reached}
    return end in reached


def _stage_circles(rules: Collection[Rule], cases: Mapping[str, CaseFile]) -> Iterator[Problem]:
    """A rule that moves a case from a stage must not lead back into it, or every message would move it again."""
    for rule in rules:
        for action in _of(rule, "move"):
            kind, stage = action.values
            asked = {
                value.partition(" ")[2]
                for line in rule.conditions
                for value in line.values
                if line.look in {"open case", "its case"} and not line.unless and value.startswith(f"{kind} ")
            }
            ends = _onward(cases[kind], stage) if kind in cases else (stage,)
            if back := next((one for one in ends if one in asked), ""):
                text = f"the rule “{rule.name}” moves a case from “{back}” to “{stage}”, which is where it was already."
                if back != stage:
                    text = (
                        f"the rule “{rule.name}” moves a case from “{back}” to “{stage}”, which passes it straight "
                        f"back to “{back}”."
                    )
                yield Problem(rule.file, action.line, text)


def _onward(case_file: CaseFile, stage: str) -> tuple[str, ...]:
    """Return the stages a case passes through once it enters one, until it waits."""
    seen: list[str] = []
    while stage not in seen:
        seen.append(stage)
        here = case_file.stage(stage)
        moves = [one for one in here.entering if isinstance(one, GoTo) and one.condition is None] if here else []
        stage = moves[0].stage if moves else stage
    return tuple(seen)


def _sent_back(rules: Collection[Rule]) -> Iterator[Problem]:
    """A desk must not be sent its own mail: its answering machine and ours would write to each other."""
    for rule in rules:
        senders = {
            one.value
            for line in rule.conditions
            for one in line.groups
            if line.look == "from" and not line.unless and one.kind == "role"
        }
        for action in _of(rule, "forward to"):
            if back := next((role for role in action.values[:-1] if role in senders), ""):
                words = back.replace("_", " ")
                text = f"the rule “{rule.name}” would send “{words}” the mail that came from them."
                yield Problem(rule.file, action.line, text)


def _machines_answered(rules: Collection[Rule]) -> Iterator[Problem]:
    for rule in rules:
        machine = next(
            (
                line.values[0]
                for line in rule.conditions
                if line.look == "message is" and not line.unless and MACHINES.issuperset(line.values)
            ),
            "",
        )
        for action in _of(rule, "reply with") if machine else ():
            text = f"the rule “{rule.name}” would answer a machine ({machine}), which is never done."
            yield Problem(rule.file, action.line, text)


def _of(rule: Rule, verb: str) -> tuple[Action, ...]:
    return tuple(one for one in rule.actions if one.verb == verb)
