"""“Should catch” and “Should not catch”: a rule's own examples, tried whenever it is loaded.

Only what an example says is tried: its words always (and the danger in them), who writes, what is answered and
what is attached where it names them. Everything else a rule asks for is granted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from mailroom.errors import Problem
from mailroom.message.model import Address, Attachment, Authentication, Message
from mailroom.rules import vocabulary
from mailroom.rules.conditions import Condition, View, held_by
from mailroom.rules.example_lines import Example
from mailroom.rules.looks import TEXTUAL
from mailroom.rules.model import Facts, Sender
from mailroom.rules.safety import danger_words
from mailroom.rules.sorting import Rule
from mailroom.rules.who import Group
from mailroom.rules.words import Phrase

_NOBODY = Address("", "")
_NOTHING = Facts(Sender(""), datetime.min.replace(tzinfo=UTC))
_ATTACHED = ("attachment", "attachment name")


def try_examples(rule: Rule, lists: Mapping[str, tuple[Phrase, ...]]) -> list[Problem]:
    """Return a Problem for each example that the rule gets wrong."""
    problems: list[Problem] = []
    for example in rule.examples:
        caught = _catches(rule, example, lists)
        if caught == example.caught:
            continue
        done, wanted = ("catches", "should not") if caught else ("does not catch", "should")
        text = f"the rule “{rule.name}” {done} “{example.written}”, but it {wanted}."
        problems.append(Problem(rule.file, example.line, text, "", example.column))
    return problems


def _catches(rule: Rule, example: Example, lists: Mapping[str, tuple[Phrase, ...]]) -> bool:
    return any(_holds(rule, example, View(_message(example), facts), lists) for facts in _facts(example))


def _holds(rule: Rule, example: Example, view: View, lists: Mapping[str, tuple[Phrase, ...]]) -> bool:
    for condition in rule.conditions:
        if condition.look == "flag" and "danger" in condition.values:
            held = bool(danger_words(view, lists))
        elif _says(example, condition):
            held = held_by(condition, view) is not None
        else:
            continue
        if held == condition.unless:
            return False
    return True


def _says(example: Example, condition: Condition) -> bool:
    """Tell whether the example says what the condition asks for."""
    look = condition.look
    if look == "from":
        # Whether somebody opened the case, or has an interest in it, no example can say.
        return example.sender is not None and all(one.kind not in {"requester", "recused"} for one in condition.groups)
    if look == "message is":
        replies = all(value.startswith("reply to ") for value in condition.values)
        return bool(example.answers) and replies
    if look in _ATTACHED:
        return bool(example.attachment) and set(condition.values) <= {"any"}
    return look in TEXTUAL or look == "language"


def _facts(example: Example) -> Iterator[Facts]:
    """Return the facts an example may be about: of a role it is not said whether an officer or a desk has it."""
    answered = vocabulary.ANSWERS[example.answers][0] or "notice/told" if example.answers else ""
    for sender in _senders(example.sender):
        yield replace(_NOTHING, sender=sender, answers_template=answered)


def _senders(group: Group | None) -> Iterator[Sender]:
    person = Sender("", person="P1", trust="verified")
    match group:
        case Group("kind", kind):
            yield replace(person, kind=kind)
        case Group("state", value):
            state, _, kind = value.partition(" ")
            yield replace(person, kind=kind, state=state)
        case Group("role", role):
            yield from (replace(person, kind=kind, roles=(role,)) for kind in ("officer", "desk", "partner"))
        case Group("person", id_):
            yield from (replace(person, person=id_, kind=kind) for kind in vocabulary.PEOPLE)
        case Group("address", address):
            yield Sender(address)
        case Group("domain", domain):
            yield Sender(f"somebody@{domain}")
        case Group("known" | "recused" | "requester"):
            yield from (replace(person, kind=kind) for kind in vocabulary.PEOPLE)
        case _:
            yield Sender("")


def _message(example: Example) -> Message:
    return Message(
        message_id="",
        sender=_NOBODY,
        reply_to=(),
        to=(),
        cc=(),
        date=None,
        subject=example.subject,
        in_reply_to="",
        references=(),
        text=example.body,
        new_text=example.body,
        kind="person",
        automatic=None,
        silence="",
        bounces=(),
        calendar=None,
        forward=None,
        authentication=Authentication(),
        marking="",
        attachments=(Attachment(example.attachment, "", 0, ""),) if example.attachment else (),
        headers=(),
        size=len(example.text),
        sha256="",
    )
