"""One message against the whole set of rules: the Decision, and why.

1. The safety filters look first (safety.py); a forgery or an over-marked mail goes no further. Nor does one whose
   words cannot be read here: its subject alone decides nothing.
2. The rules are asked in order of file name and line. Every `If` must hold and no `Unless`. The first rule that
   gives a class decides, and likewise the first that names a folder; a later rule changes the class only if it
   says `If class so far`. `Stop` ends. Nothing changes the class of a message that is flagged danger.
3. Rules on trial are asked too; what they would have done is only reported.
4. A rule that failed by a single line, and of which some other line spoke to the words or the mail it answers,
   is a near miss. When no rule decided, near misses become suggestions.
"""

from dataclasses import replace

from mailroom.message.model import Message
from mailroom.rules import safety
from mailroom.rules.conditions import TEXTUAL, Condition, View, held_by
from mailroom.rules.model import Action, Decision, Facts, NearMiss, Suggestion
from mailroom.rules.priority import priority
from mailroom.rules.ruleset import RuleSet
from mailroom.rules.safety import Safety
from mailroom.rules.sorting import Rule

DANGER_ANSWER = "danger/answer"

# Verbs of which a message takes one: where it is filed.
_ONCE = frozenset({"file in"})
_MOST_SUGGESTIONS = 3

# A near miss must have been near by what was written, not only by who wrote.
_TELLING = TEXTUAL | {"header", "attachment name", "message is", "reference", "flag"}


class _Outcome:
    """What has been decided so far, while the rules are asked."""

    def __init__(self, view: View, found: Safety) -> None:
        self.view = view
        self.danger = "danger" in found.flags
        self.actions: list[Action] = list(found.actions)
        self.trial: list[Action] = []
        self.misses: list[tuple[Rule, NearMiss]] = []
        view.class_ = found.class_
        view.flags = list(found.flags)

    def take(self, rule: Rule, words: tuple[str, ...]) -> None:
        """Carry out what a rule says; words are those that made it hold."""
        actions = [replace(one, words=words) for one in rule.actions]
        if rule.status == "trial":
            self.trial += actions
            return
        for action in actions:
            if self._welcome(action, rule):
                self.actions.append(action)
                if action.verb == "class":
                    self.view.class_ = action.values[0]
                elif action.verb == "flag":
                    self.view.flags += [flag for flag in action.values if flag not in self.view.flags]

    def _welcome(self, action: Action, rule: Rule) -> bool:
        if any((one.verb, one.values) == (action.verb, action.values) for one in self.actions):
            return False
        if action.verb == "class" and self.view.class_:
            return not self.danger and any(one.look == "class so far" for one in rule.conditions)
        return action.verb not in _ONCE or all(one.verb != action.verb for one in self.actions)


def decide(ruleset: RuleSet, message: Message, facts: Facts) -> Decision:
    """Decide what is to happen with one message, from the rules and what the office knows.

    `reply with` is left out where the decision is silence, save the danger answer to a person.
    """
    view = View(message, facts)
    found = safety.judge(view, ruleset.lists, danger_case="danger" in ruleset.cases)
    outcome = _Outcome(view, found)
    for rule in () if found.final or message.sealed else ruleset.rules:
        if rule.status == "off":
            continue
        words, missed = _ask(rule, view)
        if words is None:
            if missed is not None and rule.status == "on":
                outcome.misses.append((rule, NearMiss(rule.name, rule.file, missed.line, missed.written)))
            continue
        outcome.take(rule, words)
        if rule.stop and rule.status == "on":
            break
    return _decision(outcome, found)


def _ask(rule: Rule, view: View) -> tuple[tuple[str, ...] | None, Condition | None]:
    """Return the words that made the rule hold; else None and the one line that failed, if it was only one."""
    words: list[str] = []
    failed: list[Condition] = []
    telling = False
    for condition in rule.conditions:
        held = held_by(condition, view)
        if (held is None) == condition.unless:
            if held is not None:
                words += held
                telling = telling or condition.look in _TELLING
        else:
            failed.append(condition)
            if len(failed) > 1:
                return None, None
    if not failed:
        # What was written explains more than who wrote it.
        return tuple(dict.fromkeys(sorted(words, key=lambda word: word.startswith("from ")))), None
    return None, failed[0] if telling else None


def _decision(outcome: _Outcome, found: Safety) -> Decision:
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
        () if view.class_ else _suggestions(outcome.misses),
        found.silence,
        quarantine,
        tuple(outcome.trial),
    )


def _suggestions(misses: list[tuple[Rule, NearMiss]]) -> tuple[Suggestion, ...]:
    near: dict[str, str] = {}
    for rule, miss in misses:
        if rule.class_:
            near.setdefault(rule.class_, f"“{rule.name}” but for “{miss.text}”")
    return tuple(Suggestion(class_, why) for class_, why in list(near.items())[:_MOST_SUGGESTIONS])
