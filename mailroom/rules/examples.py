"""“Should catch” and “Should not catch”: a rule's own examples, tried whenever it is loaded.

An example is a subject line that might as well be the text. Only what it can say is tried: the lines about words,
and danger. Who writes, what they answer and what is open are granted.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from mailroom.errors import Problem
from mailroom.message.model import Address, Authentication, Message
from mailroom.rules.conditions import TEXTUAL, View, held_by
from mailroom.rules.model import Facts, Sender
from mailroom.rules.safety import danger_words
from mailroom.rules.sorting import Rule
from mailroom.rules.words import Phrase

_NOBODY = Address("", "")
_NOTHING = Facts(Sender(""), datetime.min.replace(tzinfo=UTC))


def try_examples(rule: Rule, lists: Mapping[str, tuple[Phrase, ...]]) -> list[Problem]:
    """Return a Problem for each example that the rule gets wrong."""
    problems: list[Problem] = []
    for example in rule.examples:
        caught = _catches(rule, _message(example.text), lists)
        if caught == example.caught:
            continue
        done, wanted = ("catches", "should not") if caught else ("does not catch", "should")
        text = f"the rule “{rule.name}” {done} “{example.text}”, but it {wanted}."
        problems.append(Problem(rule.file, example.line, text))
    return problems


def _catches(rule: Rule, message: Message, lists: Mapping[str, tuple[Phrase, ...]]) -> bool:
    view = View(message, _NOTHING)
    for condition in rule.conditions:
        if condition.look in TEXTUAL:
            held = held_by(condition, view) is not None
        elif condition.look == "flag" and "danger" in condition.values:
            held = bool(danger_words(view, lists))
        else:
            continue
        if held == condition.unless:
            return False
    return True


def _message(text: str) -> Message:
    return Message(
        message_id="",
        sender=_NOBODY,
        reply_to=(),
        to=(),
        cc=(),
        date=None,
        subject=text,
        in_reply_to="",
        references=(),
        text=text,
        new_text=text,
        kind="person",
        automatic=None,
        silence="",
        bounces=(),
        calendar=None,
        forward=None,
        authentication=Authentication(),
        marking="",
        attachments=(),
        headers=(),
        size=len(text),
        sha256="",
    )
