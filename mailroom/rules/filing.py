"""Which folder a class is filed in, and which classes a folder tells of: the `file in` and `class` lines in force."""

from collections.abc import Iterator
from typing import Final

from mailroom.rules.ruleset import RuleSet
from mailroom.rules.sorting import Rule

QUARANTINE: Final = "Quarantine"


def folders(ruleset: RuleSet) -> list[str]:
    """Return every folder some rule in force files in, in the order of the rules."""
    return list(dict.fromkeys(folder for rule in ruleset.rules if (folder := _folder(rule))))


def folder_of(ruleset: RuleSet, class_: str) -> str:
    """Return the folder of a class, "" where no rule names one: the first that gives the class and files it."""
    return next((folder for one, folder in _pairs(ruleset) if one == class_), "")


def classes_in(ruleset: RuleSet, folder: str) -> tuple[str, ...]:
    """Return the classes that are filed in a folder."""
    wanted = folder.casefold()
    return tuple(dict.fromkeys(one for one, where in _pairs(ruleset) if where.casefold() == wanted))


def rule_for(ruleset: RuleSet, class_: str, folder: str) -> Rule | None:
    """Return the rule that says most plainly what is done with a class in a folder: the first with both."""
    wanted = folder.casefold()
    return next(
        (rule for rule in ruleset.rules if rule.class_ == class_ and _folder(rule).casefold() == wanted and _on(rule)),
        None,
    )


def _pairs(ruleset: RuleSet) -> Iterator[tuple[str, str]]:
    for rule in ruleset.rules:
        folder = _folder(rule)
        if rule.class_ and folder:
            yield rule.class_, folder
        elif folder:
            # Such a rule files what another has classed, or what is flagged: `If flag: danger`.
            for condition in rule.conditions:
                if condition.look == "class so far" and not condition.unless:
                    yield from ((one, folder) for one in condition.values)


def _folder(rule: Rule) -> str:
    if not _on(rule):
        return ""
    if any(one.verb == "quarantine" for one in rule.actions):
        return QUARANTINE
    return next((one.values[0] for one in rule.actions if one.verb == "file in"), "")


def _on(rule: Rule) -> bool:
    return rule.status == "on"
