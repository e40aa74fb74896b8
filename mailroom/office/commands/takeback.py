"""UNDO: take back the last act on a message or case, or the last change of the rules."""

from mailroom.clock import moment
from mailroom.errors import Problems
from mailroom.office import changes
from mailroom.office import undo as acts
from mailroom.office.commands.given import Given, Outcome, named, not_done
from mailroom.office.wording import short_moment
from mailroom.store import rule_sets


def undo(given: Given) -> Outcome:
    """Take back what the command names, and say what was and what can't be."""
    found = given.about
    if given.command.rules or found.rules is not None:
        return _rules(given)
    if found.message is None and found.case is None:
        return not_done("UNDO of what? Please answer a mail about it, or name it, such as UNDO #412.")
    try:
        if found.message is not None:
            done = acts.undo(given.office, given.db, given.now, given.sender.person, message=found.message)
        else:
            done = acts.undo(given.office, given.db, given.now, given.sender.person, case=found.case)
    except acts.NotUndone as error:
        return not_done(f"{error}")
    lines = done.reversed or (f"There was nothing to reverse of {named(given.db, found)}.",)
    return Outcome(tuple(lines), kept=tuple(done.kept))


def _rules(given: Given) -> Outcome:
    """Put the set of rules before this one into force, with this transaction; the files follow."""
    in_force = next(one for one in rule_sets.accepted(given.db) if one.in_force)
    if not given.command.rules and in_force.id != given.about.rules:
        return not_done(
            f"The rules were changed again since ({in_force.words}). To take that last change back, write UNDO RULES."
        )
    try:
        back = changes.go_back(given.office, given.db, given.now, who=given.who)
    except changes.NotNow as error:
        return not_done(f"The rules were left as they are: {error}.")
    except Problems as error:
        return not_done(f"The rules before these have a fault today, so these stay: {error.problems[0]}")
    when = f" of {short_moment(moment(back.at), given.office.zone)}" if back.at else ""
    by = f" by {back.who}" if back.who else ""
    lines = (
        f"This change{when}{by} was taken back: {back.words}.",
        f"As before are now: {', '.join(back.files)}.",
        "Messages that were sorted meanwhile stay as they are.",
    )
    return Outcome(lines)
