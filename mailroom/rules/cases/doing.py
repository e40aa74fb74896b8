"""What a line does, beside writing to somebody.

    Then set: window ends = form reply by          Then open: gold, linked
    Then set: due = 1 month from now               Then flag: breach
    Then set: right = foi                          Then hand to: chief inspector
    Then record: advice, unattributed              Then hide from: coordinator
    Then go to: closed_for_advice                  Then freeze: everything of the requester
    Read: level, low medium or high; conditions, numbered lines

Any of them, and any that writes to somebody, may end in `, if FACT`, `, if no FACT` or `, if FACT is ANSWER`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from mailroom.rules import vocabulary
from mailroom.rules.actions import read_fact, read_flag
from mailroom.rules.cases import moments
from mailroom.rules.cases.effects import (
    Effect,
    Flag,
    GoTo,
    HandTo,
    HideFrom,
    If,
    LegalHold,
    Open,
    Read,
    Record,
    Set,
)
from mailroom.rules.cases.people import roles
from mailroom.rules.cases.readers import read_readings
from mailroom.rules.cases.scope import Scope, either, parts
from mailroom.rules.cases.sending import read_hold, read_send, read_tell
from mailroom.rules.known import Fault
from mailroom.rules.lines import Line, canonical

FREEZING: Final = {
    "the case": "nothing of the case is disposed of until it is final",
    "everything of the requester": "nor anything else of the person who asks",
}
RECORDING: Final = {
    "unattributed": "it is passed on without its writer's name",
    "apart": "it is kept and shown, but never counted or passed on",
    "late": "it is marked as having come after the window",
}
OPENING: Final = {
    "linked": "the new case stands beside this one",
    "as a child": "commands about the new case count under this one's reference too",
    "with FACT ANSWER": "a fact the new case is handed, and one word for what it is: “with right foi”",
}


def _plain(line: Line, scope: Scope) -> tuple[list[str], If | None]:
    """Split at commas, and take the condition off the end."""
    found = parts(line.value)
    if found and canonical(found[-1]).startswith("if "):
        return found[:-1], scope.condition(canonical(found[-1]).removeprefix("if "))
    return found, None


def _marked(line: Line, scope: Scope, allowed: Mapping[str, str]) -> tuple[str, set[str], If | None]:
    """Read `NAME, MARK, MARK`; raises Fault on a mark there is not."""
    found, condition = _plain(line, scope)
    name, *marks = [canonical(one) for one in found] or [""]
    for one in marks:
        if one not in allowed:
            text = f"“{one}” can't stand here; write {either(allowed)}."
            raise Fault(text, vocabulary.nearest(one, allowed), one)
    return name, set(marks), condition


def read_set(line: Line, scope: Scope) -> Set:
    """Read `Then set: FACT = form FIELD`, a moment, or words; raises Fault."""
    found, condition = _plain(line, scope)
    name, equals, value = ", ".join(found).partition("=")
    name, written = canonical(name), canonical(value)
    if not equals or not name or not written:
        text = "“Then set” needs a fact, an equals sign and what it becomes."
        raise Fault(text, "feedback due = 10 working days from now")
    at = scope.at(line)
    if written.startswith("form "):
        return Set(name, at, field=written.removeprefix("form ").strip(), condition=condition)
    if moment := moments.from_now(written, scope):
        return Set(name, at, moment=moment, condition=condition)
    if (fact := scope.facts.get(name)) and fact.choices:
        scope.answer(fact, written)
    return Set(name, at, words=" ".join(value.split()), condition=condition)


def read_record(line: Line, scope: Scope) -> Record:
    """Read `Then record: NAME, unattributed`; raises Fault."""
    name, marks, condition = _marked(line, scope, RECORDING)
    return Record(name, scope.at(line), "unattributed" in marks, "apart" in marks, "late" in marks, condition)


def read_open(line: Line, scope: Scope) -> Open:
    """Read `Then open: CASE, linked` or `, as a child`, `with FACT ANSWER`; raises Fault."""
    found, condition = _plain(line, scope)
    kind, *marks = [canonical(one) for one in found] or [""]
    if kind not in scope.known.cases:
        raise Fault(f"there is no file cases/{kind}.txt.", vocabulary.nearest(kind, scope.known.cases), kind)
    facts: list[tuple[str, str]] = []
    for one in marks:
        if one.startswith("with "):
            facts.append(read_fact(kind, one.removeprefix("with "), scope.known))
        elif one not in OPENING:
            text = f"“{one}” can't stand here; write {either(OPENING)}."
            raise Fault(text, vocabulary.nearest(one, OPENING), one)
    return Open(kind, scope.at(line), "as a child" in marks, condition, tuple(facts))


def read_go_to(line: Line, scope: Scope) -> GoTo:
    """Read `Then go to: STAGE`; that there is such a stage is seen once the whole file is read."""
    found, condition = _plain(line, scope)
    return GoTo(canonical(", ".join(found)), scope.at(line), condition)


def read_freeze(line: Line, scope: Scope) -> LegalHold:
    """Read `Then freeze: the case` or `everything of the requester`; raises Fault."""
    found, condition = _plain(line, scope)
    name = canonical(", ".join(found))
    if name not in FREEZING:
        text = f"“{name}” can't be frozen; write {either(FREEZING)}."
        raise Fault(text, vocabulary.nearest(name, FREEZING), name)
    return LegalHold(name != "the case", scope.at(line), condition)


def read_raise(line: Line, scope: Scope) -> Flag:
    """Read `Then flag: NAME`; raises Fault."""
    found, condition = _plain(line, scope)
    return Flag(read_flag(", ".join(found)), scope.at(line), condition)


def _hand_to(line: Line, scope: Scope) -> HandTo:
    found, condition = _plain(line, scope)
    return HandTo(roles(";".join(found), scope), scope.at(line), condition)


def _hide_from(line: Line, scope: Scope) -> HideFrom:
    found, condition = _plain(line, scope)
    return HideFrom(roles(";".join(found), scope), scope.at(line), condition)


def read_read(line: Line, scope: Scope) -> Read:
    """Read `Read: FACT, READER; FACT, READER`; raises Fault."""
    return Read(read_readings(line, scope.at(line), scope.known), scope.at(line))


EFFECTS: Final[Mapping[str, Callable[[Line, Scope], Effect]]] = {
    "send": read_send,
    "hold": read_hold,
    "tell": read_tell,
    "set": read_set,
    "record": read_record,
    "open": read_open,
    "flag": read_raise,
    "hand to": _hand_to,
    "hide from": _hide_from,
    "freeze": read_freeze,
    "go to": read_go_to,
}
"""Every `Then …`, which may also stand as `Otherwise …`, and what reads it."""
