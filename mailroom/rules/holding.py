"""Whether an `If` or `Unless` line holds for a message, and which words make it hold."""

from collections.abc import Callable, Iterable, Mapping

from mailroom.message.kind import CHALLENGE, RECALL
from mailroom.rules import patterns, vocabulary, when
from mailroom.rules.lines import canonical
from mailroom.rules.looks import PATTERN, TEXTUAL, Condition, Look
from mailroom.rules.model import OpenCase, Sender
from mailroom.rules.view import View
from mailroom.rules.who import belongs
from mailroom.rules.words import fold

Held = tuple[str, ...] | None


def held_by(condition: Condition, view: View) -> Held:
    """Return the words that make the line's own test true, or None. `unless` is the caller's affair."""
    if condition.look in TEXTUAL:
        return _in_text(condition, view)
    return _TESTS[condition.look](condition, view)


def _in_text(condition: Condition, view: View) -> Held:
    if condition.form == PATTERN:
        written = []
        if condition.look != "text":
            written.append(view.plain_subject)
        if condition.look != "subject":
            written.append(view.plain_text)
        return _patterned(condition, written)
    texts = []
    if condition.look != "text":
        texts.append(view.subject)
    if condition.look != "subject":
        texts.append(view.text)
    return condition.phrases.found(texts, condition.form or "contains") or None


def _in_header(condition: Condition, view: View) -> Held:
    return _worded(condition, [value for name, value in view.message.headers if name == condition.header])


def _in_forwarded(condition: Condition, view: View) -> Held:
    if condition.form == PATTERN:
        return _patterned(condition, [patterns.plain(view.forwarded_written)])
    return condition.phrases.found([view.forwarded], condition.form or "contains") or None


def _in_attachments(condition: Condition, view: View) -> Held:
    by_name = condition.look == "attachment name"
    return _worded(condition, [one.name if by_name else one.type for one in view.message.attachments])


def _worded(condition: Condition, written: list[str]) -> Held:
    if condition.form == PATTERN:
        return _patterned(condition, [patterns.plain(one) for one in written])
    return condition.phrases.found(map(fold, written), condition.form or "contains") or None


def _patterned(condition: Condition, written: Iterable[str]) -> Held:
    return _some(part for text in written for one in condition.values if (part := patterns.found(one, text)))


def _attachment(condition: Condition, view: View) -> Held:
    found = []
    for one in view.message.attachments:
        found += [one.name or "an attachment" for value in condition.values if value == "any"]
        found += [f"{note}: {one.name}" for note in one.notes if note in condition.values]
    return _some(found)


def _from(condition: Condition, view: View) -> Held:
    sender = view.facts.sender
    return _some(
        f"from {one.written}"
        for one in condition.groups
        if belongs(
            sender, one, recused=view.recused, colleague=view.colleague, requester=view.is_requester,
            own=view.facts.own_addresses,
        )
    )  # fmt: skip


def _addressed(condition: Condition, view: View) -> Held:
    shown: tuple[Sender, ...] = ()
    if condition.look != "cc":
        shown += view.to
    if condition.look != "to":
        shown += view.cc
    own = view.facts.own_addresses
    word = condition.look.removesuffix(" or cc")
    return _some(
        f"{word} {group.written}"
        for group in condition.groups
        for one in shown
        if belongs(one, group, recused=False, own=own)
    )


def _is(value: str, view: View) -> bool:
    message = view.message
    if value.startswith("reply to "):
        answered = view.facts.answers_template
        return bool(answered) and answered.startswith(vocabulary.ANSWERS[value.removeprefix("reply to ")])
    if value in vocabulary.MESSAGE_KINDS:
        return message.kind == vocabulary.MESSAGE_KINDS[value]
    reason = message.automatic.reason if message.automatic else ""
    method = message.calendar.method.upper() if message.calendar else ""
    match value:
        case "forward":
            return message.forward is not None
        case "reply":
            return view.is_reply
        case "recall":
            return reason == RECALL
        case "challenge":
            return reason == CHALLENGE
        case "calendar reply":
            return method in {"REPLY", "COUNTER"}
        case "cancellation":
            return method == "CANCEL"
        case _:
            return method in {"REQUEST", "PUBLISH", "ADD"}


def _cases(condition: Condition, cases: Iterable[OpenCase], word: str) -> Held:
    held = []
    for value in condition.values:
        kind, _, stage = value.partition(" ")
        held += [
            f"{word} {one.kind} {one.ref}"
            for one in cases
            if kind in {"any", one.kind} and stage in {"", canonical(one.stage)}
        ]
    return _some(held)


def _its_case(condition: Condition, view: View) -> Held:
    if not view.its_cases:
        return ("no case",) if "none" in condition.values else None
    return _cases(condition, view.its_cases, "its")


def _reference(condition: Condition, view: View) -> Held:
    refs = (view.facts.answers_ref, *view.facts.known_refs)
    return _some(ref for ref in refs for value in condition.values if ref == value or ref.startswith(f"{value}-"))


def _language(condition: Condition, view: View) -> Held:
    found = view.language
    if found is None:
        return None
    held = any(
        found.name == value or (value.startswith("not ") and found.name != value.removeprefix("not "))
        for value in condition.values
    )
    return (f"{found.name}: {' '.join(found.words)}",) if held else None


def _reads_like(condition: Condition, view: View) -> Held:
    found = view.reads_like
    return (f"{found[0]}: {found[1]}",) if found is not None and found[0] in condition.values else None


def _said(condition: Condition, said: str) -> Held:
    """Hold where the one thing that is so is among the values."""
    return (said,) if said and said in condition.values else None


def _some(words: Iterable[str]) -> Held:
    return tuple(dict.fromkeys(words)) or None


_TESTS: Mapping[Look, Callable[[Condition, View], Held]] = {
    "from": _from,
    "to": _addressed,
    "cc": _addressed,
    "to or cc": _addressed,
    "trust": lambda line, view: _said(line, view.facts.sender.trust),
    "forwarded text": _in_forwarded,
    "header": _in_header,
    "attachment": _attachment,
    "attachment name": _in_attachments,
    "attachment type": _in_attachments,
    "message is": lambda line, view: _some(value for value in line.values if _is(value, view)),
    "class so far": lambda line, view: _said(line, view.class_ or "none"),
    "flag": lambda line, view: _some(one for one in line.values if one in view.flags),
    "marking": lambda line, view: _said(line, view.message.marking),
    "open case": lambda line, view: _cases(line, view.facts.open_cases, "open"),
    "its case": _its_case,
    "reference": _reference,
    "weekday": lambda line, view: _some(one for one in line.values if when.is_weekday(one, view.facts.now)),
    "date": lambda line, view: _some(
        f"{view.facts.now.day} {view.facts.now:%B %Y}" for one in line.values if when.is_dated(one, view.facts.now)
    ),
    "time": lambda line, view: _some(
        one for one in line.values if when.is_timed(one, view.facts.now, out_of_hours=view.facts.out_of_hours)
    ),
    "size": lambda line, view: _some(one for one in line.values if when.is_sized(one, view.message.size)),
    "language": _language,
    "reads like": _reads_like,
}
