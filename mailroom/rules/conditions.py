"""The `If` and `Unless` lines of a rule, and whether they hold.

    If from: any member; vetting unit          If message is: automatic reply; reply to a poll
    If trust: verified                         If attachment name ends with: .xlsx
    If subject or text contains: {worry}       If open case: incident; concern received
    If header List-Id contains: bulletin       If reference: ACT; HCD

`;` means any of these. Subject and text are the writer's own new words only: quoted text, signatures, and the
subject of our own mail that somebody answers, are not looked at.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

from mailroom.message.model import Message
from mailroom.rules import vocabulary
from mailroom.rules.lines import Line, canonical
from mailroom.rules.model import Facts
from mailroom.rules.who import Group, belongs, group, has_interest, names
from mailroom.rules.words import Folded, Form, Phrase, Phrases, fold, phrase, together

Look = Literal[
    "from", "trust", "subject", "text", "subject or text", "header", "attachment", "attachment name",
    "attachment type", "message is", "class so far", "flag", "marking", "open case", "reference",
]  # fmt: skip

TEXTUAL: frozenset[Look] = frozenset({"subject", "text", "subject or text"})
LOOKS: tuple[Look, ...] = get_args(Look)
_FORMS: tuple[Form, ...] = get_args(Form)
_WORDED: frozenset[Look] = TEXTUAL | {"header", "attachment name", "attachment type"}
_REPLY = re.compile(r"^\s*(?:(?:re|aw|sv|antw|fw|fwd)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Condition:
    """One line that must hold (`If`) or must not (`Unless`). Two that say the same are equal."""

    look: Look
    form: Form | Literal[""]
    phrases: Phrases
    values: tuple[str, ...]
    groups: tuple[Group, ...]
    header: str
    unless: bool
    line: int = field(compare=False)
    written: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Known:
    """What a rule may name: the office's lists, templates, roles and kinds of case."""

    lists: Mapping[str, tuple[Phrase, ...]]
    templates: Collection[str]
    roles: Collection[str]
    cases: Collection[str] = ()


class Fault(Exception):
    """Why one line could not be understood, and the nearest word that could."""

    def __init__(self, text: str, hint: str = "") -> None:
        """Say what is wrong in a sentence."""
        super().__init__(text)
        self.text = text
        self.hint = hint


class View:
    """One message as conditions see it: folded once, and only the parts some rule asks for."""

    def __init__(self, message: Message, facts: Facts) -> None:
        """Look at `message` with what the office knows."""
        self.message = message
        self.facts = facts
        self.class_ = ""
        self.flags: list[str] = []

    @cached_property
    def subject(self) -> Folded:
        """The subject, when the sender wrote it: an answer's is the one we wrote."""
        if self.facts.answers_template and _REPLY.match(self.message.subject):
            return fold("")
        return fold(_REPLY.sub("", self.message.subject))

    @cached_property
    def text(self) -> Folded:
        """The words newly written."""
        return fold(self.message.new_text)

    @cached_property
    def recused(self) -> bool:
        """Whether the sender has an interest in an open incident."""
        return any(
            has_interest(self.facts.sender, one.place) for one in self.facts.open_cases if one.kind == "incident"
        )

    @cached_property
    def colleague(self) -> bool:
        """Whether our own server vouches for an address of our own force."""
        ours = {address.partition("@")[2] for address in self.facts.own_addresses}
        domain = self.facts.sender.address.partition("@")[2]
        return domain in ours and self.message.authentication.verdict == "pass"


def read_condition(line: Line, known: Known) -> Condition:
    """Read one If or Unless line; raises Fault."""
    word, _, rest = line.label.partition(" ")
    look, form, header = _look(rest)
    phrases: list[Phrase] = []
    values: list[str] = []
    groups: list[Group] = []
    if look in _WORDED:
        phrases = _phrases(line.values, known.lists)
    elif look == "from":
        groups = [_group(value, known.roles) for value in line.values]
    else:
        values = [_value(look, value, known) for value in line.values]
    written = f"{line.label.capitalize()}: {line.value}"
    return Condition(
        look, form, together(phrases), tuple(values), tuple(groups), header, word == "unless", line.line, written
    )


def held_by(condition: Condition, view: View) -> tuple[str, ...] | None:
    """Return the words that make the line's own test true, or None. `unless` is the caller's affair."""
    if condition.look in TEXTUAL:
        return _in_text(condition, view)
    return _TESTS[condition.look](condition, view)


def _look(rest: str) -> tuple[Look, Form | Literal[""], str]:
    form: Form | Literal[""] = next((one for one in _FORMS if rest.endswith(f" {one}")), "")
    what = rest.removesuffix(f" {form}") if form else rest
    if rest == "message is":
        return "message is", "", ""
    if what.startswith("header "):
        name = what.removeprefix("header ").strip()
        if not form:
            raise Fault(
                f"“If header {name}” needs “contains”, “is”, “starts with” or “ends with”.",
                f"If header {name} contains",
            )
        return "header", form, name
    if what == "text or subject":
        what = "subject or text"
    for look in LOOKS:
        if what != look or look == "header":
            continue
        if look in _WORDED and not form:
            raise Fault(f"“If {what}” needs “contains”, “is”, “starts with” or “ends with”.", f"If {what} contains")
        if look in _WORDED or form in {"", "is", "contains"}:
            return look, form if look in _WORDED else "", ""
    labels = [f"{one} {shape}" for one in sorted(_WORDED) for shape in _FORMS]
    labels += [one for one in LOOKS if one not in _WORDED]
    raise Fault(f"there is no condition “{rest}”.", vocabulary.nearest(rest, labels))


def _phrases(values: Collection[str], lists: Mapping[str, tuple[Phrase, ...]]) -> list[Phrase]:
    found: list[Phrase] = []
    for value in values:
        if value.startswith("{") and value.endswith("}"):
            name = canonical(value[1:-1])
            if name not in lists:
                raise Fault(f"there is no list “{name}” in lists.txt.", vocabulary.nearest(name, lists))
            found += lists[name]
        elif made := phrase(value):
            found.append(made)
        else:
            raise Fault(f"“{value}” holds no word to look for.")
    return found


def _group(value: str, roles: Collection[str]) -> Group:
    found = group(value, roles)
    if found is None:
        raise Fault(f"“{value}” is no group, role, address or domain.", vocabulary.nearest(value, names(roles)))
    return found


def _value(look: Look, value: str, known: Known) -> str:
    name = canonical(value)
    if look == "attachment":
        if name not in {"any", "yes"}:
            raise Fault("“If attachment” takes only “any”; for its name write “If attachment name ends with”.", "any")
        return "any"
    if look == "marking":
        return _one_of(name.upper(), vocabulary.MARKINGS, "marking")
    if look == "reference":
        return name.upper()
    if look == "flag":
        return _one_of(name.replace(" ", "_").replace("-", "_"), vocabulary.FLAGS, "flag")
    if look == "trust":
        return _one_of(name, vocabulary.TRUSTS, "level of trust")
    if look == "class so far":
        return "none" if name == "none" else _one_of(name, vocabulary.CLASSES, "class")
    if look == "open case":
        if name != "any":
            _one_of(name.partition(" ")[0], known.cases, "kind of case")
        return name
    return _message_is(name)


def _message_is(name: str) -> str:
    bare = re.sub(r"^(an?|the) ", "", name)
    if bare.startswith("reply to "):
        answered = re.sub(r"^(an?|the) ", "", bare.removeprefix("reply to "))
        if answered in vocabulary.ANSWERS:
            return f"reply to {answered}"
    elif bare in vocabulary.MESSAGE_IS:
        return bare
    raise Fault(f"a message is never “{name}”.", vocabulary.nearest(name, vocabulary.MESSAGE_IS))


def _one_of(name: str, choices: Collection[str], what: str) -> str:
    if name not in choices:
        near = vocabulary.nearest(name, [canonical(one) for one in choices])
        raise Fault(f"there is no {what} “{name}”.", next((one for one in choices if canonical(one) == near), ""))
    return name


def _in_text(condition: Condition, view: View) -> tuple[str, ...] | None:
    form: Form = condition.form or "contains"
    texts = []
    if condition.look != "text":
        texts.append(view.subject)
    if condition.look != "subject":
        texts.append(view.text)
    return condition.phrases.found(texts, form) or None


def _in_header(condition: Condition, view: View) -> tuple[str, ...] | None:
    form: Form = condition.form or "contains"
    bodies = [fold(value) for name, value in view.message.headers if name == condition.header]
    return condition.phrases.found(bodies, form) or None


def _in_attachments(condition: Condition, view: View) -> tuple[str, ...] | None:
    form: Form = condition.form or "contains"
    by_name = condition.look == "attachment name"
    bodies = [fold(one.name if by_name else one.type) for one in view.message.attachments]
    return condition.phrases.found(bodies, form) or None


def _from(condition: Condition, view: View) -> tuple[str, ...] | None:
    sender = view.facts.sender
    return _some(
        f"from {one.written}"
        for one in condition.groups
        if belongs(sender, one, recused=view.recused, colleague=view.colleague)
    )


def _kind(condition: Condition, view: View) -> tuple[str, ...] | None:
    return _some(value for value in condition.values if _is(value, view))


def _is(value: str, view: View) -> bool:
    message = view.message
    if value.startswith("reply to "):
        answered = view.facts.answers_template
        return bool(answered) and answered.startswith(vocabulary.ANSWERS[value.removeprefix("reply to ")])
    if value == "forward":
        return message.forward is not None
    method = message.calendar.method.upper() if message.calendar else ""
    if value == "calendar reply":
        return method in {"REPLY", "COUNTER"}
    if value == "invitation":
        return method in {"REQUEST", "PUBLISH", "ADD"}
    return message.kind == vocabulary.MESSAGE_KINDS[value]


def _open_case(condition: Condition, view: View) -> tuple[str, ...] | None:
    held = []
    for value in condition.values:
        kind, _, stage = value.partition(" ")
        held += [
            f"open {one.kind} {one.ref}"
            for one in view.facts.open_cases
            if kind in {"any", one.kind} and stage in {"", canonical(one.stage)}
        ]
    return _some(held)


def _reference(condition: Condition, view: View) -> tuple[str, ...] | None:
    refs = (view.facts.answers_ref, *view.facts.known_refs)
    return _some(ref for ref in refs for value in condition.values if ref == value or ref.startswith(f"{value}-"))


def _some(words: Iterable[str]) -> tuple[str, ...] | None:
    return tuple(dict.fromkeys(words)) or None


_TESTS: Mapping[str, Callable[[Condition, View], tuple[str, ...] | None]] = {
    "from": _from,
    "trust": lambda condition, view: _some(one for one in condition.values if one == view.facts.sender.trust),
    "header": _in_header,
    "attachment": lambda _, view: _some(one.name or "an attachment" for one in view.message.attachments),
    "attachment name": _in_attachments,
    "attachment type": _in_attachments,
    "message is": _kind,
    "class so far": lambda condition, view: _some(one for one in condition.values if one == (view.class_ or "none")),
    "flag": lambda condition, view: _some(one for one in condition.values if one in view.flags),
    "marking": lambda condition, view: _some(one for one in condition.values if one == view.message.marking),
    "open case": _open_case,
    "reference": _reference,
}
