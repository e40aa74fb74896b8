"""What becomes of a message that gives a command, before the command itself is carried out."""

from typing import TYPE_CHECKING, Final

from mailroom.message.model import Message
from mailroom.rules import safety
from mailroom.rules.conditions import View
from mailroom.rules.model import Action, Decision, Facts
from mailroom.rules.priority import priority

if TYPE_CHECKING:
    # A rule set is made of process files, which name the verbs they wait for.
    from mailroom.rules.ruleset import RuleSet

CONTROL: Final = "control"
FOLDER: Final = "Control"
RULE: Final = "a command"


def decide(ruleset: "RuleSet", message: Message, facts: Facts, line: str) -> Decision | None:
    """Decide a message that gives a command; None where safety comes first: danger, a forgery, over-marking."""
    found = safety.judge(View(message, facts), ruleset.lists, danger_case="danger" in ruleset.cases)
    if found.final or "danger" in found.flags:
        return None
    own = tuple(
        Action(verb, (value,), RULE, safety.BUILT_IN, 0, (line,))
        for verb, value in (("class", CONTROL), ("file in", FOLDER))
    )
    return Decision(CONTROL, found.flags, (*own, *found.actions), priority(CONTROL, found.flags), silence=found.silence)
