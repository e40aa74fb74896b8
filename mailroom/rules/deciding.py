"""One message against the whole set of rules: the Decision, and why.

1. The safety filters look first (safety.py); a forgery or an over-marked mail goes no further. Nor does one whose
   words cannot be read here: its subject alone decides nothing.
2. The rules are asked in order of file name and line. Every `If` must hold and no `Unless`. The first rule that
   gives a class decides, and likewise the first that names a folder; a later rule changes the class only if it
   says `If class so far`. `Stop` ends. Nothing changes the class of a message that is flagged danger.
3. Rules on trial are asked too; what they would have done is only reported. So are those below a `Stop`: nothing
   comes of them, but `why` can say that they held and came too late.
4. A rule that failed by a single line, and of which some other line spoke to the words or the mail it answers,
   is a near miss. When no rule decided, near misses and the nearest examples (nearest.py) become suggestions.
"""

from collections.abc import Callable
from dataclasses import replace

from mailroom.message.model import Message
from mailroom.rules import safety
from mailroom.rules.holding import Held
from mailroom.rules.looks import Condition
from mailroom.rules.model import Action, Decision, Facts, Match, NearMiss, Suggestion
from mailroom.rules.nearest import MOST_SUGGESTIONS, Nearest
from mailroom.rules.plan import TELLING, Plan, Planned, plan
from mailroom.rules.priority import priority
from mailroom.rules.ruleset import RuleSet
from mailroom.rules.safety import Safety
from mailroom.rules.sorting import Rule
from mailroom.rules.view import View

DANGER_ANSWER = "danger/answer"

# Verbs of which a message takes one: where it is filed.
_ONCE = frozenset({"file in"})

_ON_TRIAL = "it is on trial, so nothing of it was done"


class _Outcome:
    """What has been decided so far, while the rules are asked."""

    def __init__(self, view: View, found: Safety) -> None:
        self.view = view
        self.danger = "danger" in found.flags
        self.actions: list[Action] = list(found.actions)
        self.trial: list[Action] = []
        self.matched: list[Match] = []
        self.misses: list[tuple[Rule, NearMiss]] = []
        self.stopped = ""
        view.class_ = found.class_
        view.flags = list(found.flags)

    def take(self, rule: Rule, words: tuple[str, ...]) -> None:
        """Carry out what a rule says; words are those that made it hold."""
        late = self._carry_out(rule, words)
        self.matched.append(Match(rule.name, rule.file, rule.line, words, late))
        if rule.stop and rule.status == "on" and not self.stopped:
            self.stopped = rule.name

    def _carry_out(self, rule: Rule, words: tuple[str, ...]) -> str:
        """Do what is still to be decided, and say why the rest was not done."""
        if self.stopped:
            return f"“{self.stopped}” had ended the sorting"
        actions = [replace(one, words=words) for one in rule.actions]
        if rule.status == "trial":
            self.trial += actions
            return _ON_TRIAL
        late = ""
        for action in actions:
            if reason := self._unwelcome(action, rule):
                late = late or reason
                continue
            if any((one.verb, one.values) == (action.verb, action.values) for one in self.actions):
                continue
            self.actions.append(action)
            if action.verb == "class":
                self.view.class_ = action.values[0]
            elif action.verb == "flag":
                self.view.flags += [flag for flag in action.values if flag not in self.view.flags]
        return late

    def _unwelcome(self, action: Action, rule: Rule) -> str:
        """Say why it is too late for an action, "" when it is not."""
        verb = action.verb
        earlier = next((one for one in self.actions if one.verb == verb), None)
        if earlier is not None and earlier.values == action.values:
            return ""
        if verb == "class" and self.view.class_:
            if self.danger:
                return "danger outranks every rule"
            if any(one.look == "class so far" for one in rule.conditions):
                return ""
            return f"“{earlier.rule}” had given the class before" if earlier else "it had its class before"
        if verb in _ONCE and earlier is not None:
            return f"“{earlier.rule}” had named the folder before"
        return ""


def decide(ruleset: RuleSet, message: Message, facts: Facts, nearest: Nearest | None = None) -> Decision:
    """Decide what is to happen with one message, from the rules and what the office knows.

    `reply with` is left out where the decision is silence, save the danger answer to a person. `nearest` has the
    examples that “reads like” and the suggestions for a message no rule knows are drawn from.
    """
    view = View(message, facts, nearest.clearly if nearest is not None else None)
    found = safety.judge(view, ruleset.lists, danger_case="danger" in ruleset.cases)
    outcome = _Outcome(view, found)
    if not found.final and not message.sealed:
        _ask_all(ruleset, view, outcome)
    return _decision(outcome, found, nearest)


def _ask_all(ruleset: RuleSet, view: View, outcome: _Outcome) -> None:
    made = plan(ruleset)
    answer = made.asked(view)
    for one in made.rules:
        # Below a “Stop” nothing comes of a rule, so the dear question is not worth asking for `why` alone.
        if outcome.stopped and not made.costly.isdisjoint(one.numbers):
            continue
        failed = -1
        for number, unless, hopeless in one.tests:
            if failed >= 0 and number in made.costly:
                break
            if (answer(number) is None) != unless:
                if hopeless or failed >= 0:
                    break
                failed = number
        else:
            if failed < 0:
                outcome.take(one.rule, _words(one, made, view))
            elif one.rule.status == "on" and not outcome.stopped and (missed := _missed(one, failed, answer)):
                miss = NearMiss(one.rule.name, one.rule.file, missed.line, missed.written)
                outcome.misses.append((one.rule, miss))


def _words(one: Planned, made: Plan, view: View) -> tuple[str, ...]:
    """Return the words that made a rule hold: what was written explains more than who wrote it."""
    lines = zip(one.rule.conditions, one.numbers, strict=True)
    words = [word for condition, number in lines if not condition.unless for word in made.words(number, view)]
    return tuple(dict.fromkeys(sorted(words, key=lambda word: word.startswith("from "))))


def _missed(one: Planned, failed: int, answer: Callable[[int], Held]) -> Condition | None:
    """Return the one line by which a rule failed, if some other line speaks for the rule."""
    missed, telling = None, False
    for condition, number in zip(one.rule.conditions, one.numbers, strict=True):
        if number == failed and (answer(number) is None) != condition.unless:
            missed = condition
        elif not condition.unless and condition.look in TELLING:
            telling = True
    return missed if telling else None


def _decision(outcome: _Outcome, found: Safety, nearest: Nearest | None) -> Decision:
    view = outcome.view
    answerable = view.message.kind == "person"
    actions = tuple(
        one
        for one in outcome.actions
        if one.verb != "reply with" or not found.silence or (one.values[0] == DANGER_ANSWER and answerable)
    )
    quarantine = found.quarantine or next((one.values[0] for one in actions if one.verb == "quarantine"), "")
    misses = tuple(miss for _, miss in outcome.misses)
    return Decision(
        view.class_,
        tuple(view.flags),
        actions,
        priority(view.class_, view.flags),
        misses,
        () if view.class_ or view.message.sealed else _suggestions(view, outcome.misses, nearest),
        found.silence,
        quarantine,
        tuple(outcome.trial),
        tuple(outcome.matched),
    )


def _suggestions(view: View, misses: list[tuple[Rule, NearMiss]], nearest: Nearest | None) -> tuple[Suggestion, ...]:
    near: dict[str, str] = {}
    for rule, miss in misses:
        if rule.class_:
            near.setdefault(rule.class_, f"“{rule.name}” but for “{miss.text}”")
    if nearest is not None:
        return nearest.suggest(view, near)
    return tuple(Suggestion(class_, why) for class_, why in list(near.items())[:MOST_SUGGESTIONS])
